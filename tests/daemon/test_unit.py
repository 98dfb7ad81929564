"""The unit for systemd: judged by systemd's own tools, held to the program and to the page that explains it."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from syncd.cli.app import COMMANDS
from syncd.daemon.schedule import SILENT_S
from syncd.daemon.stop import DRAIN_S
from syncd.daemon.supervise import WRITER_ANSWERS_S
from syncd.errors import ConfigError
from tests.accounts import both
from tests.daemon.processes import FEW, place, until

ROOT = Path(__file__).parents[2]
UNIT = ROOT / "systemd/syncd.service"
PAGE = ROOT / "docs/operations.md"
MOST_EXPOSED = 2.0
PATIENCE_S = 60.0
# What MemoryDenyWriteExecute= asks of the kernel, asked by the process itself before the program starts.
REFUSE_WRITE_EXECUTE = """
import ctypes
PR_SET_MDWE, REFUSE_EXEC_GAIN = 65, 1
libc = ctypes.CDLL(None, use_errno=True)
assert 0 == libc.prctl(PR_SET_MDWE, REFUSE_EXEC_GAIN, 0, 0, 0), "no such thing in this kernel"
"""


def settings(text: str | None = None) -> list[tuple[str, str]]:
    """Keys and values of the unit, in order."""
    lines = (UNIT.read_text() if text is None else text).splitlines()
    return [(line.partition("=")[0], line.partition("=")[2]) for line in lines if re.match(r"[A-Z]\w+=", line)]


def value(key: str) -> str:
    [found] = [told for name, told in settings() if name == key]
    return found


def seconds(text: str) -> float:
    number, unit = re.fullmatch(r"(\d+)(s|min)", text).groups()  # type: ignore[union-attr]
    return float(number) * (60 if unit == "min" else 1)


def analyze(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    if shutil.which("systemd-analyze") is None:
        if os.environ.get("CI"):
            pytest.fail("CI needs systemd-analyze: make systemd")
        pytest.skip("no systemd-analyze: make systemd")
    return subprocess.run(
        ["systemd-analyze", *map(str, arguments)],
        capture_output=True, text=True, timeout=60, check=False, env={**os.environ, "LC_ALL": "C"},
    )  # fmt: skip


def exposure(unit: Path) -> float:
    done = analyze("security", "--offline=true", "--no-pager", unit)
    found = re.search(r"Overall exposure level for \S+: ([\d.]+)", done.stdout)
    assert found, done.stderr
    return float(found[1])


def test_x8_systemd_calls_the_unit_hardly_exposed(tmp_path: Path) -> None:
    assert exposure(UNIT) <= MOST_EXPOSED
    # And its judgement means something: the same unit without its third part is far from that.
    bare = tmp_path / "syncd.service"
    bare.write_text(UNIT.read_text().split("# --- what it may not do")[0].replace("DynamicUser=yes", ""))
    assert exposure(bare) > 3 * MOST_EXPOSED


def test_x8_systemd_understands_every_line_of_the_unit(tmp_path: Path) -> None:
    program = tmp_path / "syncd"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    unit = tmp_path / "syncd.service"
    unit.write_text(UNIT.read_text().replace("/opt/syncd/bin/syncd", str(program)))
    done = analyze("verify", "--man=no", unit)
    assert (0, "") == (done.returncode, done.stderr)
    unit.write_text(unit.read_text().replace("ProtectSystem=", "ProtectSystems="))
    assert "ProtectSystems" in analyze("verify", "--man=no", unit).stderr


def test_every_line_of_the_unit_stands_under_its_reason() -> None:
    explained = False
    for line in UNIT.read_text().splitlines():
        if line.startswith("#"):
            explained = not line.startswith("# ---")
        elif re.match(r"[A-Z]\w+=", line):
            assert explained, line
        else:
            explained = False


def test_the_unit_says_what_the_program_does() -> None:
    assert str(ConfigError.exit_code) == value("RestartPreventExitStatus")
    assert "notify" == value("Type")
    # Behind the end that the daemon sets itself, or it would be killed in the middle of it.
    assert seconds(value("TimeoutStopSec")) > DRAIN_S
    assert (300.0, 900.0) == (SILENT_S, WRITER_ANSWERS_S), "the unit's comment on WatchdogSec= names these"
    program, option, file, command = shlex.split(value("ExecStart"))
    assert ("/opt/syncd/bin/syncd", "--config", "/etc/syncd/config.toml") == (program, option, file)
    assert command in {entry.name for entry in COMMANDS}
    assert f"/bin/kill -{signal.SIGHUP.name.removeprefix('SIG')} $MAINPID" == value("ExecReload")
    assert value("WorkingDirectory") == f"/var/lib/{value('StateDirectory')}"


def test_the_page_about_operations_tells_of_the_unit_as_it_is() -> None:
    page = PAGE.read_text()
    places = [value("ExecStart").split()[0], "/etc/syncd/config.toml", value("WorkingDirectory")]
    name, _, folder = value("LoadCredential").partition(":")
    for told in (*places, folder, f"credential:{name}_"):
        assert told in page, told
    ours = settings()
    shown = [pair for pair in re.findall(r"`([A-Z][A-Za-z]+)=([^`\n]*)`", page) if pair[0] in dict(ours)]
    assert len(shown) >= 5
    assert [] == [pair for pair in shown if pair not in ours]
    # By hand the secrets are given as the unit gives them.
    assert {value("LoadCredential")} == set(re.findall(r"LoadCredential=([^`\s]+)", page))
    # The unit stands in its file only; a page shows what one may lay beside it.
    for other in (ROOT / "docs").rglob("*.md"):
        assert "ExecStart=" not in re.sub(r"`ExecStart=[^`]*`", "", other.read_text()), other


@both
async def test_the_daemon_works_where_no_memory_is_both_written_and_run(tmp_path: Path, database_url: str) -> None:
    assert "yes" == value("MemoryDenyWriteExecute")
    assert sys.platform == "linux"
    async with place(tmp_path, database_url) as here, here.run(code=REFUSE_WRITE_EXECUTE) as daemon:
        await until(lambda: here.runs() >= len(FEW), "runs", PATIENCE_S)
        daemon.signal(signal.SIGTERM)
        assert 0 == await daemon.ends(PATIENCE_S)
    assert [] == here.differences()
