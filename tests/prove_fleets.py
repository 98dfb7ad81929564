"""The figures of vendors with windows, parents and sessions: pace, a first sync, what cycles cost."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from syncd.vendors import VENDORS
from tests.proving import ROOT, Bench, Figure, cost

TOKENS = {
    "trackunit": 'token = "5F0C2A9E71B84D36A0E1F2C3D4B5A697"',
    "itrack": 'login = "ops@example.com"\npassword = "correct horse 9 battery"',
    "trackier": 'api_key = "c0ffee5eed7a11ada5e0fba11ad0decade2b1e55"\ntime_zone = "Asia/Kolkata"',
}
BASES = {"trackunit": "/public", "itrack": "/v2", "trackier": ""}
UNITS, EXTENDED, PARALLEL, LATENCY_S = 500, 0.4, 16, 0.2
WAITING_S = 60  # the length of the proofs of pace
WINDOWS_A_YEAR = 13
ROWS_A_DAY = 5 * WINDOWS_A_YEAR / 365
SPARSE = {"days": 365, "steady": True, "extended": EXTENDED} | dict.fromkeys(
    ("rows_per_day", "trips_per_day", "faults_per_day"), ROWS_A_DAY
)


@dataclass(frozen=True, slots=True)
class Standing:
    """A stand-in in a process of its own, steered over its control calls."""

    name: str
    url: str

    def call(self, what: str, **arguments: Any) -> Any:
        """One control call; what the stand-in says."""
        address = f"{self.url.removesuffix(BASES[self.name])}/_standin/{what}"
        request = urllib.request.Request(address, json.dumps(arguments).encode(), method="POST")  # noqa: S310
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310 (our own, on loopback)
            return json.loads(answer.read())

    def requests(self) -> list[dict[str, Any]]:
        """What arrived, by time."""
        found: list[dict[str, Any]] = self.call("log")
        return found


@contextmanager
def standing(name: str, size: int, *arguments: str, **options: object) -> Iterator[Standing]:
    """A stand-in of that vendor and size, until the block ends; *options* are those of the account, or settings."""
    given = [word for key, value in options.items() for word in ("--set", f"{key}={json.dumps(value)}")]
    command = [sys.executable, "-m", "syncd.standin", name, "--size", str(size), *arguments, *given]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        try:
            assert process.stdout is not None
            yield Standing(name, process.stdout.readline().strip())
        finally:
            process.terminate()


def configured(bench: Bench, vendor: Standing, name: str, *lines: str, only: Sequence[str] = ()) -> Path:
    """A configuration with an SQLite file called *name*: everything that is on by default, or *only* these."""
    off = [
        f"[connections.acme.collections.{one.name}]\nenabled = {str(one.name in only).lower()}"
        for one in VENDORS[vendor.name].collections
        if only and (one.name in only) != one.enabled_by_default
    ]
    head = f'[database]\nurl = "sqlite:///{bench.folder / name}.db"\n[connections.acme]\nvendor = "{vendor.name}"'
    file = bench.folder / f"{name}.toml"
    file.write_text("\n".join([head, f'base_url = "{vendor.url}"', TOKENS[vendor.name], *lines, *off]) + "\n")
    file.chmod(0o600)
    return file


def arrivals(log: Sequence[dict[str, Any]], lasting_s: float) -> list[float]:
    """When the requests of the first so many seconds arrived, the list of units and what comes before it left out."""
    times = [entry["at"] for entry in log if "/Report/" in entry["path"]]
    return [at for at in times if at - times[0] <= lasting_s]


def most_in_any(seconds: float, times: Sequence[float]) -> int:
    """The largest number of arrivals in any so many seconds."""
    most = first = 0
    for last, at in enumerate(times):
        while at - times[first] >= seconds:
            first += 1
        most = max(most, last - first + 1)
    return most


def _waiting(bench: Bench, name: str, *lines: str) -> tuple[list[float], int, int]:
    """Arrivals while work waits, how many were refused, the most in any second."""
    with standing("trackunit", UNITS, "--rate", "50", "--latency", str(LATENCY_S), **SPARSE) as vendor:
        config = configured(bench, vendor, name, *lines, only=("units", "unit_history"))
        cost("--config", config, "sync", stop_after_s=WAITING_S + 6)
        log = vendor.requests()
    times = arrivals(log, WAITING_S)
    return times, sum(entry["status"] == 429 for entry in log), most_in_any(1.0, [entry["at"] for entry in log])


def fleet_pace(bench: Bench) -> Iterator[Figure]:
    """Trackunit as it is configured by itself."""
    times, refused, _ = _waiting(bench, "fleet_pace")
    share = (len(times) - 1) / (times[-1] - times[0]) / 10
    yield Figure(
        f"Trackunit at its default pace, {WAITING_S} s of waiting work",
        "0 refused; ≥ 97 % of what the pace allows",
        f"{refused} refused of {len(times)}; {share:.1%}",
        refused == 0 and share >= 0.97,
        f"`syncd sync` as a process, answers take {LATENCY_S * 1000:.0f} ms; 100 % is 10 requests a second",
    )


def fleet_fast(bench: Bench) -> Iterator[Figure]:
    """Trackunit at all that it allows."""
    times, refused, most = _waiting(bench, "fleet_fast", 'rate = "50/s"', f"parallel = {PARALLEL}")
    speed = (len(times) - 1) / (times[-1] - times[0])
    yield Figure(
        f'Trackunit with `rate = "50/s"`, {PARALLEL} in flight, {WAITING_S} s of waiting work',
        "≥ 40 requests/s; never more than 50 in a sliding second at the server",
        f"{speed:.1f} requests/s; at most {most} in a second; {refused} refused",
        speed >= 40 and most <= 50 and refused == 0,
        f"`syncd sync` as a process, answers take {LATENCY_S * 1000:.0f} ms, arrivals by the server's monotonic clock",
    )


def _runs(file: Path) -> list[dict[str, Any]]:
    connection = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
    connection.row_factory = sqlite3.Row
    found = [dict(row) for row in connection.execute("SELECT * FROM syncd_runs ORDER BY id")]
    connection.close()
    return found


def _took_s(run: dict[str, Any]) -> float:
    start, end = (datetime.fromisoformat(run[name]).replace(tzinfo=UTC) for name in ("started_at", "finished_at"))
    return (end - start).total_seconds()


def fleet_first_sync(bench: Bench) -> Iterator[Figure]:
    """A year of 500 units from a server that has no limit but takes its time."""
    with standing("trackunit", UNITS, "--latency", str(LATENCY_S), **SPARSE) as vendor:
        config = configured(bench, vendor, "fleet_first", 'rate = "1000/s"', f"parallel = {PARALLEL}")
        spent = cost("--config", config, "sync")
        assert spent.code == 0, spent.said
        asked = len(vendor.requests())
    runs = _runs(bench.folder / "fleet_first.db")
    history = next(run for run in runs if run["collection"] == "unit_history")
    alone = LATENCY_S * history["requests"] / PARALLEL / _took_s(history)
    share = LATENCY_S * asked / PARALLEL / spent.wall_s
    yield Figure(
        f"first sync of {UNITS} units, 1 year, about 5 rows a window",
        "≥ 85 % of the bound by latency times requests / parallelism",
        f"{share:.1%} of it: {asked:,} requests in {spent.wall_s:.0f} s ({spent.cpu_s:.0f} s of CPU); "
        f"unit_history alone {alone:.1%} ({history['requests']:,} in {_took_s(history):.0f} s)",
        share >= 0.85,
        f"`syncd sync` as a process from start to end, all collections that are on by default, {PARALLEL} in flight, "
        f"{LATENCY_S * 1000:.0f} ms",
    )


def fleet_cycles(bench: Bench) -> Iterator[Figure]:
    """What a cycle costs where many units reported, and where none did."""
    options = {"days": 40, "rows_per_day": 4, "steady": True, "extended": EXTENDED}
    with standing("trackunit", UNITS, **options) as vendor:
        config = configured(bench, vendor, "fleet_cycles", 'rate = "1000/s"', 'since = "30d"')
        first = cost("--config", config, "sync")
        assert first.code == 0, first.said
        asked = len(vendor.requests())
        assert cost("--config", config, "sync").code == 0
        quiet = len(vendor.requests()) - asked
        file = bench.folder / "fleet_cycles.db"
        connection = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
        units = [row[0] for row in connection.execute("SELECT id FROM live_trackunit_units ORDER BY id")]
        rich = {row[0] for row in connection.execute("SELECT unit_id FROM live_trackunit_unit_extended_info")}
        connection.close()
        reported = [unit for number, unit in enumerate(units) if number % 5 < 3]
        for unit in reported:
            vendor.call("report", unit_id=unit)
        asked = len(vendor.requests())
        assert cost("--config", config, "sync").code == 0
        busy = len(vendor.requests()) - asked
    most = 15 + 2 * len(reported) + 2 * len(rich & set(reported))
    yield Figure(
        f"a cycle of {UNITS} units of which none reported",
        "≤ 15 requests",
        f"{quiet} requests",
        quiet <= 15,
        "`syncd sync` as a process, requests as the server counts them",
    )
    yield Figure(
        f"a cycle of {UNITS} units of which {len(reported)} reported, {len(rich & set(reported))} of them with "
        "extended data",
        f"≤ 15 + 2 for each unit that reported + 2 for each of these with extended data = {most}",
        f"{busy} requests",
        busy <= most,
        "`syncd sync` as a process, requests as the server counts them",
    )


def vans_cycle(bench: Bench) -> Iterator[Figure]:
    """What a cycle of iTrack costs where nothing is new, with a login and a password."""
    with standing("itrack", 100, days=4) as vendor:
        config = configured(bench, vendor, "vans", 'rate = "1000/s"', 'since = "3d"')
        first = cost("--config", config, "sync")
        assert first.code == 0, first.said
        asked, logins = len(vendor.requests()), vendor.call("noted")["login_calls"]
        assert cost("--config", config, "sync").code == 0
        quiet, again = len(vendor.requests()) - asked, vendor.call("noted")["login_calls"] - logins
    yield Figure(
        "an iTrack cycle of 100 trackers, nothing new",
        "≤ 60 requests, no login",
        f"{quiet} requests, {again} logins ({logins} in the first sync)",
        quiet <= 60 and again == 0,
        "`syncd sync` as a process, requests as the server counts them",
    )
