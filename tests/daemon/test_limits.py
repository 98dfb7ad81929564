"""What a process needs stays what it is, however much there is to read, and running out of it ends nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from tests import killed, kit

MIB = 1024 * 1024
ROOT = Path(__file__).parents[2]
SMALL, LARGE = 3_000, 24_000


def peak(command: list[str], folder: Path) -> int:
    """The peak of resident memory of a program of ours, in bytes."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("SYNCD_", "COVERAGE_"))}
    launch = [sys.executable, "-I", "-S", str(ROOT / "tests" / "launch.py"), str(folder / "spent.json")]
    done = subprocess.run([*launch, *command], cwd=ROOT, env=environ, capture_output=True, text=True, check=False)
    assert 0 == done.returncode, done.stderr[-2000:]
    return int(json.loads((folder / "spent.json").read_text())["peak"])


def test_p9_memory_is_flat_however_many_records_come(tmp_path: Path) -> None:
    """Short here; `make prove` goes to a million records."""
    peaks = []
    for size in (SMALL, LARGE):
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
