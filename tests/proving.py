"""What every proof uses: a figure, what a process took, where proofs work."""

from __future__ import annotations

import hashlib
import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests import killed, kit
from tests.postgres import Server

ROOT = Path(__file__).parents[1]
MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table."""

    what: str
    promised: str
    measured: str
    holds: bool
    how: str

    def line(self, on: str) -> str:
        """Its line of the page's table, measured *on* a day."""
        holds = "yes" if self.holds else "**no**"
        return f"| {self.what} | {self.promised} | {self.measured} | {holds} | {self.how} | {on} |"


@dataclass(frozen=True, slots=True)
class Cost:
    """What a program's process took: seconds of CPU and wall, peak of resident memory in bytes, and what it said."""

    cpu_s: float
    wall_s: float
    peak: int
    code: int
    said: str


@dataclass(frozen=True, slots=True)
class Bench:
    """Where proofs work: a folder of their own and a PostgreSQL server."""

    folder: Path
    server: Server

    def config(
        self, vendor: killed.Vendor, name: str, names: Sequence[str], url: str = "", rate: str = "100000/s"
    ) -> Path:
        """A configuration for *vendor*, by default with an SQLite file called *name*."""
        file = self.folder / f"{name}.toml"
        file.write_text(kit.toml(vendor, url or f"sqlite:///{self.folder / name}.db", names, rate=rate))
        file.chmod(0o600)
        return file


def environment() -> dict[str, str]:
    """No setting of the caller's may change what is measured."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("SYNCD_", "COVERAGE_"))}


def cost(*arguments: str | Path, stop_after_s: float | None = None) -> Cost:
    """Run ``syncd ARGUMENTS``, interrupted after a while if asked, and say what it took."""
    with tempfile.TemporaryDirectory(prefix="syncd-cost-") as folder, tempfile.TemporaryFile() as output:
        spent = Path(folder, "spent.json")
        launch = [sys.executable, "-I", "-S", str(ROOT / "tests" / "launch.py"), str(spent)]
        command = [*launch, sys.executable, "-m", "syncd", *map(str, arguments)]
        began = time.perf_counter()
        # A group of its own: the interrupt is for the command, and for the launcher too, which waits for it.
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd=ROOT,
            env=environment(),
            start_new_session=True,
        )
        if stop_after_s is not None:
            time.sleep(stop_after_s)
            os.killpg(process.pid, signal.SIGINT)
        process.wait()
        wall = time.perf_counter() - began
        output.seek(0)
        said = output.read().decode(errors="replace")
        if stop_after_s is not None:
            return Cost(0.0, wall, 0, process.returncode, said)
        found = json.loads(spent.read_text())
    return Cost(found["cpu_s"], wall, found["peak"], found["code"], said)


def pytest_run(*arguments: str, **environ: str) -> tuple[bool, str]:
    """Whether these tests pass, and the summary of the run."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments],
        cwd=ROOT,
        env={**os.environ, **environ},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        print(done.stdout[-6000:], file=sys.stderr)
    summary = (done.stdout.strip().splitlines() or ["nothing was run"])[-1]
    return done.returncode == 0, re.sub(r" in [\d.]+s.*", "", summary)


def rows_digest(file: Path, table: str) -> str:
    """A digest of every value of every row of a table."""
    connection = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
    digest = hashlib.blake2b()
    for row in connection.execute(f"SELECT * FROM {table} ORDER BY 1, 2, 3"):
        digest.update(repr(row).encode())
    connection.close()
    return digest.hexdigest()
