"""What a process needs stays what it is, however much there is to read, and running out of it ends nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import killed, kit

MIB = 1024 * 1024
SMALL, LARGE = 3_000, 24_000


def peak(command: list[str], folder: Path) -> int:
    """The peak of resident memory of a program of ours, in bytes."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("SYNCD_", "COVERAGE_"))}
    with (folder / "output").open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, cwd=Path(__file__).parents[2], env=environ)
        _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert 0 == process.returncode, (folder / "output").read_text()[-2000:]
    return usage.ru_maxrss * 1024


@pytest.mark.parametrize("more", [0])
def test_p9_memory_is_flat_however_many_records_come(tmp_path: Path, more: int) -> None:
    """Short here; `make prove` goes to a million records."""
    peaks = []
    for size in (SMALL, LARGE + more):
        with killed.vendor("--bulk", str(size)) as vendor:
            file = tmp_path / f"{size}.toml"
            file.write_text(kit.toml(vendor, f"sqlite:///{tmp_path / str(size)}.db", ("subjects",)))
            file.chmod(0o600)
            peaks.append(peak([sys.executable, "-m", "syncd", "--config", str(file), "sync", "--json"], tmp_path))
    assert max(peaks) <= 150 * MIB
    assert peaks[1] - peaks[0] <= 16 * MIB


def test_p10_a_process_without_files_to_open_fails_its_runs_and_goes_on_later(
    tmp_path: Path, database_url: str
) -> None:
    """Every collection fails with a sentence, the process lives, and the next pass in it is as good as any."""
    with (
        killed.vendor("--cases", "3") as vendor,
        killed.driver(tmp_path, database_url, vendor, names=("clients", "events")) as driver,
    ):
        answer = driver.run(spare_files=0)
        assert {"signal": 0, "states": {"clients": "ok", "events": "ok"}} == answer
        failed = driver.query("SELECT DISTINCT error_class FROM syncd_runs WHERE state = 'failed'")
        assert ["Unavailable"] == [row["error_class"] for row in failed]
        assert [] == driver.differences()
