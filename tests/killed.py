"""Real processes that are killed while they sync, against a vendor in a process of its own.

``python -m tests.killed CONFIG`` is the driver: it loads everything once and forks for each job, so that a kill costs a
fraction of a second. A job is a line of JSON on standard input: ``{"names": […], "step": "after_commit", "nth": 3}`` or
``{"names": […], "after_s": 0.2}`` or neither, or ``{"names": […], "spare_files": 0}`` for a first pass that can open no
file. The answer is a line with ``signal`` and ``states``.
"""

from __future__ import annotations

import asyncio
import json
import os
import resource
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from syncd import log as logs
from syncd import steps
from syncd.clock import SystemClock
from syncd.config import Config, load
from syncd.passes import cycle
from syncd.plan import RunKind
from syncd.service import open_service
from tests import kit, oracle
from tests.turned_clock import TurnedClock

NAMES = ("clients", "cases", "case_requests", "case_status_history", "invoices")
SIZES = {"clients": 350, "invoices": 120}
STEPS = (
    "run_started", "before_fetch", "after_fetch", "before_commit", "after_commit", "walk_ended", "before_finish",
    "after_finish", "run_ended",
)  # fmt: skip


# --- the driver: a process of its own -------------------------------------------------------------------------------
def _serve(file: Path) -> None:
    import psycopg  # noqa: F401, PLC0415 (loaded once, before any fork)

    config = load(file)
    for line in sys.stdin:
        job = json.loads(line)
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reading)
            code = 1
            try:
                code = _work(config, job, writing)
            finally:
                os._exit(code)
        os.close(writing)
        if "after_s" in job:
            time.sleep(job["after_s"])
            os.kill(child, signal.SIGKILL)
        with os.fdopen(reading) as said:
            states = said.read()
        _, status = os.waitpid(child, 0)
        answer = {"signal": os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0, "states": json.loads(states or "{}")}
        print(json.dumps(answer), flush=True)


def _work(config: Config, job: dict[str, Any], writing: int) -> int:
    """One pass in the forked process; killed by itself at the step that the job names."""
    passed = 0

    def hook(step: str) -> None:
        nonlocal passed
        passed += step == job["step"]
        if passed == job["nth"]:
            os.kill(os.getpid(), signal.SIGKILL)

    logs.configure(level="error", format="json")
    if "step" in job:
        steps.watch(hook)
    states = asyncio.run(_pass(config, job))
    os.write(writing, json.dumps(states).encode())
    return 0


async def _pass(config: Config, job: dict[str, Any]) -> dict[str, str]:
    kind = RunKind(job["kind"]) if "kind" in job else None
    clock = TurnedClock(datetime.now(UTC)) if "spare_files" in job else SystemClock()
    async with open_service(config, lock=True, holder="a test", clock=clock) as service:
        wanted = {kit.NAME: job["names"]}
        if "spare_files" in job:
            before = resource.getrlimit(resource.RLIMIT_NOFILE)
            resource.setrlimit(resource.RLIMIT_NOFILE, (_free() + job["spare_files"], before[1]))
            report = await cycle(service, wanted, kind=kind)
            resource.setrlimit(resource.RLIMIT_NOFILE, before)
            if {"ok"} == {ended.result.state for ended in report.runs}:
                return {}
        report = await cycle(service, wanted, kind=kind)
        return {ended.result.collection: ended.result.state for ended in report.runs}


def _free() -> int:
    """The number that the next file to be opened gets: as a limit, it lets no more be opened and closes none."""
    found = os.dup(0)
    os.close(found)
    return found


# --- the test's side ------------------------------------------------------------------------------------------------
@dataclass(slots=True)
class Vendor:
    """A stand-in in its own process, steered over its control calls."""

    process: subprocess.Popen[str]
    url: str
    username: str = "ida.sync"
    token: str = "0b7c2f44-6d1e-4a53-9c80-1f2e3d4c5b6a"

    def call(self, what: str, **arguments: Any) -> Any:
        """One control call; what the stand-in says."""
        origin = self.url.removesuffix("/api/v1")
        request = urllib.request.Request(f"{origin}/_standin/{what}", json.dumps(arguments).encode(), method="POST")  # noqa: S310
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 (our own, on loopback)
            return json.loads(answer.read())


@contextmanager
def vendor(*arguments: str) -> Iterator[Vendor]:
    """A stand-in Trackops as a process, until the block ends."""
    command = [sys.executable, "-m", "syncd.standin", "trackops", *arguments]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[1])
    try:
        assert process.stdout is not None
        yield Vendor(process, process.stdout.readline().strip())
    finally:
        process.terminate()
        process.wait(10)
        if process.stdout is not None:
            process.stdout.close()


@dataclass(slots=True)
class Driver:
    """The driver process and what it works on."""

    process: subprocess.Popen[str]
    vendor: Vendor
    url: str
    names: tuple[str, ...]
    ended: list[dict[str, Any]] = field(default_factory=list)

    def run(self, **job: Any) -> dict[str, Any]:
        """One pass, killed as the job says; ``signal`` (0: it was not) and ``states`` by collection."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        print(json.dumps({"names": self.names, **job}), file=self.process.stdin, flush=True)
        answer: dict[str, Any] = json.loads(self.process.stdout.readline())
        self.ended.append(answer)
        self._wait_for_the_server()
        return answer

    def _wait_for_the_server(self) -> None:
        """PostgreSQL finishes what a killed client had sent: look when it has."""
        others = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        until = time.monotonic() + 10
        while self.url.startswith("postgresql") and self.query(others):
            assert time.monotonic() < until, "the server still works for a killed client"
            time.sleep(0.005)

    def query(self, sql: str) -> list[dict[str, Any]]:
        """Rows, by a plain driver."""
        return oracle.read(self.url, sql)

    def differences(self, names: tuple[str, ...] | None = None) -> list[str]:
        """How the copy differs from what is served now."""
        snapshot = self.vendor.call("snapshot")
        return oracle.differences(self.url, snapshot, connection=kit.NAME, only=names or self.names)

    def ahead(self, since: str) -> list[str]:
        """Where a cursor stands further than its rows: pages it counts that are not there, or what changed before it.

        *since* is when the vendor changed last (ISO): a cursor at or past it vouches for everything but deletions.
        """
        found = []
        for row in self.query("SELECT collection, cursor FROM syncd_cursors"):
            name, cursor = row["collection"], row["cursor"]
            cursor = json.loads(cursor) if isinstance(cursor, str) else cursor
            if walk := cursor.get("walk"):
                there = self.query(f"SELECT count(*) AS n FROM syncd_staged WHERE stage = {walk['stage']}")[0]["n"]
                rows = self.query(f"SELECT count(*) AS n FROM {kit.tables_of([name])[0]}")[0]["n"]
                pages = (walk["page"] - 1) * walk["size"] + 1 if walk["page"] else 0
                # No key at all: a run that may not go on with this walk had begun to put it away.
                if 0 < there < pages or rows < pages:
                    found.append(f"{name}: page {walk['page']} is counted, but {there} keys and {rows} rows are there")
            if cursor.get("at", "") >= since:
                found += [line for line in self.differences((name,)) if "should not be there" not in line]
        return found


@contextmanager
def driver(folder: Path, url: str, vendor: Vendor, names: tuple[str, ...] = NAMES) -> Iterator[Driver]:
    """A driver for the database at *url*."""
    file = folder / "killed.toml"
    file.write_text(kit.toml(vendor, url, names))
    file.chmod(0o600)
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.killed", str(file)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[1],
    )
    try:
        yield Driver(process, vendor, url, names)
    finally:
        assert process.stdin is not None
        process.stdin.close()
        process.wait(20)
        if process.stdout is not None:
            process.stdout.close()


if __name__ == "__main__":
    _serve(Path(sys.argv[1]))
