"""``make soak``: the daemon for an hour with all vendors, faults of every kind, a SIGKILL a minute; then the oracle.

The stand-ins live in this process, where their accounts change between requests; the daemon is the real program. What
must hold at the end: the copy equals what the vendors serve, no row is lost or doubled, memory and log stayed flat.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import platform
import random
import signal
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from syncd.standin.server import StandIn
from syncd.vendors import VENDORS
from tests import kit, oracle
from tests.proving import MIB, ROOT, environment

PAGE = ROOT / "docs" / "soak.md"
FAULTY = 0.01
CHURN = 0.05
LATENCY_S = 0.05
"""Of each answer, and as much again by chance: a kill should meet runs that are under way."""
KILL_EVERY_S = 60.0
SAMPLE_EVERY_S = 5.0
SWEEPS = 8
AGAIN_S = 4.0
FLAT = 1.25
"""Of the last quarter's largest figure to the one of the quarter before: what counts as flat."""
INTRODUCTION = """# Soak

Written by `make soak`: the daemon with the stand-ins of all four vendors, every collection on, their accounts changing,
1 % of the answers spoiled by faults of every kind, a SIGKILL about once a minute; then full passes without faults, and
the comparison of every cell. Do not edit.
"""


@dataclass(slots=True)
class Soak:
    """The accounts, the configuration and what was seen."""

    folder: Path
    vendors: dict[str, StandIn]
    kills: int = 0
    rss: list[int] = field(default_factory=list)
    wal: list[int] = field(default_factory=list)

    @property
    def database(self) -> Path:
        """The copy."""
        return self.folder / "soak.db"

    @property
    def config(self) -> Path:
        """The configuration of all connections."""
        return self.folder / "config.toml"

    def sample(self, process: int) -> None:
        """Look at the daemon's memory and at SQLite's log."""
        self.rss.append(_resident(process))
        log = Path(f"{self.database}-wal")
        self.wal.append(log.stat().st_size if log.exists() else 0)

    def requests(self) -> int:
        """How many requests came."""
        return sum(vendor.log.count() for vendor in self.vendors.values())

    def differences(self) -> list[str]:
        """Every way in which the copy differs from what the vendors serve."""
        found = []
        for name, vendor in self.vendors.items():
            snapshot = vendor.content.snapshot()
            told = oracle.differences(f"sqlite:///{self.database}", snapshot, connection=name, vendor_name=name)
            found += [f"{name}: {each}" for each in told]
        return found

    def write_config(self) -> None:
        """Every collection of every vendor on, at short intervals so that an hour has many cycles."""
        lines = [f'state_dir = "{self.folder}"', "[database]", f'url = "sqlite:///{self.database}"']
        lines += ["[server]", 'listen = "off"']
        for name, vendor in self.vendors.items():
            settings = {"token": vendor.token} if name == "trackunit" else dict(vendor.credentials)
            if name == "itrack":
                settings = {key: value for key, value in settings.items() if key != "api_key"}
            lines += [f"[connections.{name}]", f'vendor = "{name}"', f'base_url = "{vendor.url}"']
            lines += [f"{key} = {json.dumps(value)}" for key, value in settings.items()]
            lines += ['rate = "100/s"', 'timeout = "5s"', *(['since = "60d"'] if name != "trackops" else [])]
            for one in VENDORS[name].collections:
                lines += [f"[connections.{name}.collections.{one.name}]", "enabled = true", 'every = "1m"']
        self.config.write_text("\n".join(lines) + "\n")
        self.config.chmod(0o600)


@asynccontextmanager
async def soaking(folder: Path) -> AsyncIterator[Soak]:
    """Four accounts that live while they are read."""
    async with AsyncExitStack() as stack:
        vendors = {
            name: await stack.enter_async_context(getattr(StandIn, name)(**kit.SMALL.get(name, {"cases": 40})))
            for name in VENDORS
        }
        soak = Soak(folder, vendors)
        soak.write_config()
        yield soak


def _resident(process: int) -> int:
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{process}/status").read_text().splitlines():
            if line.startswith("VmRSS"):
                return int(line.split()[1]) * 1024
    return 0


@asynccontextmanager
async def daemon(soak: Soak) -> AsyncIterator[asyncio.subprocess.Process]:
    """``syncd run``, its log beside the database."""
    with (soak.folder / "log").open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "syncd", "--config", str(soak.config), "run",
            cwd=ROOT, env=environment(), stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log,
        )  # fmt: skip
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def storm(soak: Soak, minutes: float, chance: random.Random) -> None:
    """The daemon under faults and kills, begun again after each, for so long."""
    for vendor in soak.vendors.values():
        vendor.switch.storm(FAULTY)
        vendor.switch.delay(LATENCY_S, LATENCY_S)
        vendor.switch.churn(CHURN, seed=chance.randrange(1000))
    ends = time.monotonic() + 60 * minutes
    while (left := ends - time.monotonic()) > 0:
        async with daemon(soak) as process:
            dies = time.monotonic() + min(left, KILL_EVERY_S * chance.uniform(0.5, 1.5))
            while time.monotonic() < dies and process.returncode is None:
                await asyncio.sleep(SAMPLE_EVERY_S)
                soak.sample(process.pid)
            if process.returncode is not None:
                raise RuntimeError(f"the daemon ended by itself with {process.returncode}: see {soak.folder / 'log'}")
            process.send_signal(signal.SIGKILL)
            soak.kills += 1


async def settle(soak: Soak) -> list[str]:
    """Calm weather: full passes until all of them end well; what still differs then."""
    for vendor in soak.vendors.values():
        vendor.switch.clear()
    for _ in range(SWEEPS):
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "syncd", "--config", str(soak.config), "sync", "--full", "--allow-deletes", "--json",
            cwd=ROOT, env=environment(), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        await process.communicate()
        if process.returncode == 0:
            return soak.differences()
        await asyncio.sleep(AGAIN_S)
    return [f"a full pass does not end well, even after {SWEEPS} of them", *soak.differences()]


def is_flat(samples: list[int]) -> bool:
    """Whether the last quarter's largest sample is not clearly above that of the quarter before it."""
    quarter = len(samples) // 4
    if not quarter:
        return True
    before, last = max(samples[-2 * quarter : -quarter]), max(samples[-quarter:])
    return last <= FLAT * max(before, 8 * MIB)


def curve(samples: list[int]) -> str:
    """The largest sample of each tenth of the time, in MiB."""
    tenth = max(1, len(samples) // 10)
    return " · ".join(f"{max(samples[at : at + tenth]) / MIB:.0f}" for at in range(0, len(samples), tenth))


def report(soak: Soak, minutes: float, differences: list[str]) -> tuple[str, bool]:
    """The page, and whether all holds."""
    doubled = _doubled(soak)
    flat = is_flat(soak.rss) and is_flat(soak.wal)
    well = not differences and not doubled and flat
    gib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    machine = f"{os.cpu_count()} CPUs, {gib:.0f} GiB of memory, {platform.system()}, Python {platform.python_version()}"
    rows = sum(int(row["n"]) for row in _rows(soak, "SELECT sum(live_rows) AS n FROM syncd_collections"))
    runs = {row["state"]: row["n"] for row in _rows(soak, "SELECT state, count(*) AS n FROM syncd_runs GROUP BY state")}
    figures = {
        "length": f"{minutes:.0f} minutes",
        "SIGKILLs": f"{soak.kills}",
        "requests": f"{soak.requests():,}",
        "runs by state": ", ".join(f"{state} {number:,}" for state, number in sorted(runs.items())),
        "live rows at the end": f"{rows:,}",
        "cells that differ": f"{len(differences)}",
        "keys that stand twice": f"{doubled}",
        "memory of the daemon, MiB, tenth by tenth": curve(soak.rss),
        "SQLite's log, MiB, tenth by tenth": curve(soak.wal),
        "memory and log flat": "yes" if flat else "**no**",
    }
    lines = [
        INTRODUCTION,
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {machine}.",
        "",
        "| what | figure |",
        "| --- | --- |",
        *(f"| {what} | {figure} |" for what, figure in figures.items()),
        "",
        *(f"* {each}" for each in differences[:50]),
    ]
    return "\n".join(lines).rstrip() + "\n", well


def _rows(soak: Soak, sql: str) -> list[dict[str, Any]]:
    return oracle.read(f"sqlite:///{soak.database}", sql)


def _doubled(soak: Soak) -> int:
    """How many keys stand twice among all main tables."""
    found = 0
    for vendor in VENDORS.values():
        for one in vendor.collections:
            keys = ", ".join(("connection", *one.key))
            query = f"SELECT count(*) AS n FROM (SELECT 1 FROM {one.table} GROUP BY {keys} HAVING count(*) > 1) AS d"
            found += int(_rows(soak, query)[0]["n"])
    return found


async def soaked(minutes: float, seed: int) -> bool:
    """The whole of it; whether all holds."""
    with tempfile.TemporaryDirectory(prefix="syncd-soak-") as folder:
        async with soaking(Path(folder)) as soak:
            await storm(soak, minutes, random.Random(seed))
            page, well = report(soak, minutes, await settle(soak))
    print(page)
    PAGE.write_text(page)
    return well


def main() -> int:
    """0 if all holds."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    return 0 if asyncio.run(soaked(chosen.minutes, chosen.seed)) else 1


if __name__ == "__main__":
    sys.exit(main())
