"""The figures of the daemon: what it takes while nothing is due, and how soon its page begins."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path

from syncd.standin.server import StandIn
from syncd.vendors.trackops import TRACKOPS
from tests.proving import ROOT, Bench, Figure, environment, pytest_run

CONNECTIONS, IDLE_S = 20, 600
QUIET_S = 15  # without a request: everything has been read
MIB_KB = 1024
CYCLED = tuple(one.name for one in TRACKOPS.collections)
"""Each only once an hour, so that nothing is due in ten minutes."""


def idle(bench: Bench) -> Iterator[Figure]:
    """Twenty connections, every collection read, then ten minutes in which nothing is due."""
    cpu, resident, asked = asyncio.run(_idle(bench.folder))
    yield Figure(
        f"idle daemon, {CONNECTIONS} connections, its page open, nothing due for {IDLE_S // 60} minutes",
        "≤ 0.5 % of one core; RSS ≤ 120 MB; no request",
        f"{cpu:.2%} of one core; {resident} MB; {asked} requests",
        cpu <= 0.005 and resident <= 120 and asked == 0,
        "`syncd run` as a process on SQLite, by the system's account of it",
    )


async def _idle(folder: Path) -> tuple[float, int, int]:
    """The part of a core, the peak of resident memory in MB and the requests of the time in which nothing is due."""
    async with AsyncExitStack() as stack:
        vendors = [await stack.enter_async_context(StandIn.trackops(cases=5)) for _ in range(CONNECTIONS)]
        lines = ["[database]", f'url = "sqlite:///{folder / "idle.db"}"', "[server]", 'listen = "127.0.0.1:0"']
        for number, vendor in enumerate(vendors):
            lines += [f"[connections.c{number}]", 'vendor = "trackops"', f'base_url = "{vendor.url}"',
                      f'username = "{vendor.username}"', f'token = "{vendor.token}"', 'rate = "1000/s"']  # fmt: skip
            for name in CYCLED:
                lines += [f"[connections.c{number}.collections.{name}]", 'every = "1h"']
        config = folder / "idle.toml"
        config.write_text("\n".join(lines) + "\n")
        config.chmod(0o600)
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "syncd", "--config", str(config), "run",
            cwd=ROOT, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            return await _watched(process.pid, vendors)
        finally:
            process.terminate()
            await process.wait()


async def _watched(process: int, vendors: list[StandIn]) -> tuple[float, int, int]:
    seen, quiet = -1, 0
    while quiet < QUIET_S:
        await asyncio.sleep(1)
        asked = sum(vendor.log.count() for vendor in vendors)
        quiet, seen = (quiet + 1 if asked == seen and asked else 0), asked
    before, began = _cpu_s(process), time.monotonic()
    await asyncio.sleep(IDLE_S)
    spent = (_cpu_s(process) - before) / (time.monotonic() - began)
    return spent, _peak_mb(process), sum(vendor.log.count() for vendor in vendors) - seen


def _cpu_s(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _peak_mb(process: int) -> int:
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{process}/status").read_text())
    return int(found[1]) // MIB_KB if found else 0


def page(_bench: Bench) -> Iterator[Figure]:
    """The page of a large installation."""
    well, summary = pytest_run("-n", "0", "tests/web/test_speed.py")
    yield Figure(
        "first byte of the page, 100 connections of 30 collections, 100,000 runs",
        "≤ 50 ms, by the clock, on both databases",
        summary,
        well,
        "`tests/web/test_speed.py` alone on the machine, the median of nine, nothing kept from an earlier look",
    )
