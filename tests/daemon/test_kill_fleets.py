"""SIGKILL and SIGTERM in syncs of fleets, on both databases: a ledger never says more than its rows, and it goes on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest

from syncd.vendors import VENDORS
from tests import kit, ledgers, oracle
from tests.accounts import both
from tests.killed import STEPS, Driver, Vendor

RANDOM_KILLS = int(os.environ.get("SYNCD_TEST_KILLS", "3"))
ROOT = Path(__file__).parents[2]
NAMES = {
    "trackunit": ("zones", "units", "unit_extended_info", "alarm_log", "unit_day_summaries", "unit_history", "trips"),
    "itrack": ("trackers", "tracker_states", "readings", "tracks", "events", "mileage_daily", "tasks"),
    "trackier": ("campaigns", "campaign_goals", "coupons", "invoices", "conversions", "clicks", "report_daily"),
}
SIZES = {
    "trackunit": ("--size", "3", "--set", "days=5", "--set", "rows_per_day=4", "--set", "extended=1.0"),
    "itrack": (
        "--size", "3", "--set", "days=4", "--set", "trips_per_day=2", "--set", "events_per_day=3", "--set", "blocked=0",
        "--set", "point_every_s=1200", "--set", "clones=0",
    ),
    "trackier": (
        "--size", "3", "--set", "days=4", "--set", "publishers=3", "--set", "clicks_per_day=4",
        "--set", "conversions_per_day=4",
    ),
}  # fmt: skip
BASES = {"trackunit": "/public", "itrack": "/v2", "trackier": ""}
CREDENTIALS = {
    "trackunit": 'token = "5F0C2A9E71B84D36A0E1F2C3D4B5A697"',
    "itrack": 'api_key = "5f2c7e0a91b34d6887c0ffee12345678"',
    "trackier": 'api_key = "c0ffee5eed7a11ada5e0fba11ad0decade2b1e55"\ntime_zone = "Asia/Kolkata"',
}
# Only lists that are read page by page with a place to go on from have it.
WALKED = {"walk_ended"}
PATIENCE_S = 20.0
PARALLEL = 4

fleets = pytest.mark.parametrize("vendor_name", ["trackunit", "itrack", "trackier"], indirect=True)


class FleetVendor(Vendor):
    """A stand-in in a process of its own."""

    def call(self, what: str, **arguments: Any) -> Any:
        """One control call."""
        base = self.url
        for suffix in BASES.values():
            base = base.removesuffix(suffix)
        return Vendor(self.process, base).call(what, **arguments)


@dataclass(slots=True)
class Fleet(Driver):
    """The driver of kills, for a vendor of fleets."""

    kind: str = ""

    def differences(self, names: tuple[str, ...] | None = None) -> list[str]:
        """How the copy differs from what is served now."""
        snapshot = self.vendor.call("snapshot")
        return oracle.differences(
            self.url, snapshot, connection=kit.NAME, vendor_name=self.kind, only=names or self.names
        )

    def lost(self, before: dict[str, Any] | None = None) -> list[str]:
        """What a ledger vouches for and is not there; *before* tells when the vendor changed last."""
        return ledgers.lost(self.url, self.vendor.call("snapshot"), self.kind, self.names, before=before)

    def lives(self, chance: Random) -> dict[str, Any]:
        """Devices send, soon and late, and people edit; how far everything had been read then."""
        life(self.vendor, self.kind, chance)
        # A run reads up to the vendor's last whole second: what is of this very one is for the next run.
        time.sleep(2.1)
        return ledgers.ended(self.url, self.names)


@contextmanager
def vendor(kind: str, *more: str) -> Iterator[FleetVendor]:
    """A stand-in as a process, until the block ends."""
    command = [sys.executable, "-m", "syncd.standin", kind, *SIZES[kind], *more]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    try:
        assert process.stdout is not None
        yield FleetVendor(process, process.stdout.readline().strip())
    finally:
        process.terminate()
        process.wait(10)
        if process.stdout is not None:
            process.stdout.close()


def configured(folder: Path, url: str, at: Vendor, kind: str, names: tuple[str, ...], since: str) -> Path:
    """A configuration of these collections."""
    off = "".join(
        f"[connections.{kit.NAME}.collections.{one.name}]\nenabled = {str(one.name in names).lower()}\n"
        for one in VENDORS[kind].collections
        if one.enabled_by_default != (one.name in names)
    )
    file = folder / "config.toml"
    file.write_text(
        f'state_dir = "{folder}"\n[log]\nformat = "json"\n[database]\nurl = "{url}"\n[connections.{kit.NAME}]\n'
        f'vendor = "{kind}"\nbase_url = "{at.url}"\n{CREDENTIALS[kind]}\nrate = "100000/s"\nparallel = {PARALLEL}\n'
        f'since = "{since}"\n{off}'
    )
    file.chmod(0o600)
    return file


@contextmanager
def driver_of(folder: Path, url: str, at: Vendor, kind: str, names: tuple[str, ...], since: str) -> Iterator[Fleet]:
    """The driver for a copy at *url*, with its configuration in *folder*."""
    file = configured(folder, url, at, kind, names, since)
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.killed", str(file)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT,
    )  # fmt: skip
    try:
        yield Fleet(process, at, url, names, kind=kind)
    finally:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.close()
        process.wait(20)
        process.stdout.close()


@contextmanager
def fleet(folder: Path, url: str, kind: str) -> Iterator[Fleet]:
    """A small vendor, and the driver for a copy at *url*."""
    with vendor(kind) as at, driver_of(folder, url, at, kind, NAMES[kind], "20d") as driver:
        yield driver


@pytest.fixture
def vendor_name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def life(at: Vendor, kind: str, chance: Random) -> None:
    """Devices send, soon and late, and people edit."""
    if kind == "trackunit":
        units = [one["id"] for one in at.call("snapshot")["units"]]
        at.call("report", unit_id=chance.choice(units), rows=2)
        at.call("buffer", unit_id=chance.choice(units), rows=2, ago=chance.randint(3600, 80_000))
        at.call("update", collection="zones", key=at.call("snapshot")["zones"][0]["id"])
        at.call("ring")
    elif kind == "trackier":
        campaigns = [one["id"] for one in at.call("snapshot", names=["campaigns"])["campaigns"]]
        at.call("update", collection="campaigns", key=chance.choice(campaigns), modified=datetime.now(UTC).isoformat())
        at.call("update", collection="campaign_goals", key=at.call("ids", collection="campaign_goals")[0])
        at.call("click", number=2)
        at.call("convert")
        at.call("import_conversions", days=chance.uniform(0.1, 1))
        at.call("settle", key=chance.choice(at.call("ids", collection="conversions")), status="rejected")
        at.call("adjust", day=at.call("today"), clicks=2, revenue="0.25")
        at.call("insert", collection="invoices")
    else:
        trackers = [one["id"] for one in at.call("snapshot", names=["trackers"])["trackers"]]
        at.call("drive", tracker_id=chance.choice(trackers), minutes=40)
        at.call("buffer", tracker_id=chance.choice(trackers), ago=chance.randint(3600, 80_000))
        at.call("update", collection="tasks", key=at.call("snapshot", names=["tasks"])["tasks"][0]["id"])


def mended(driver: Fleet) -> None:
    """One sweep makes the copy equal, cell for cell, and no run still seems to be under way."""
    answer = driver.run(kind="sweep")
    assert {"ok"} == set(answer["states"].values()), answer
    assert [] == driver.differences()
    assert [] == driver.lost()
    assert [] == driver.query("SELECT id FROM syncd_runs WHERE state = 'running'")
    assert [] == driver.query("SELECT stage FROM syncd_staged")


def all_ok(answer: dict[str, Any]) -> bool:
    """Whether the pass was not killed, and every run in it went well."""
    return not answer["signal"] and {"ok"} == set(answer["states"].values())


@both
@fleets
def test_s1_a_process_killed_at_any_step_never_has_a_ledger_ahead_of_its_rows(
    database_url: str, tmp_path: Path, vendor_name: str
) -> None:
    """Each step in a first sync and in a sweep of what lived on; then one sweep is equal."""
    chance, reached = Random(1), set()
    before: dict[str, Any] | None = None
    with fleet(tmp_path, database_url, vendor_name) as driver:
        for kind in ("cycle", "sweep"):
            for step in STEPS:
                if step in WALKED:
                    continue
                answer = driver.run(step=step, nth=chance.randint(1, 5), kind=kind)
                reached |= {step} if answer["signal"] else set()
                assert [] == driver.lost(before), (kind, step)
            assert all_ok(driver.run(kind=kind))
            assert [] == driver.differences()
            before = driver.lives(chance)
        assert set(STEPS) - WALKED - {"before_finish", "after_finish"} <= reached
        mended(driver)


@both
@fleets
def test_s1_a_process_killed_at_random_never_has_a_ledger_ahead_of_its_rows(
    database_url: str, tmp_path: Path, vendor_name: str
) -> None:
    """A few here; `SYNCD_TEST_KILLS` says how many."""
    chance, kills, most_s = Random(2), 0, 0.6
    before: dict[str, Any] | None = None
    with fleet(tmp_path, database_url, vendor_name) as driver:
        for _ in range(20 * RANDOM_KILLS):
            kind = "sweep" if before else "cycle"
            answer = driver.run(after_s=chance.uniform(0.02, most_s), kind=kind)
            # How long a pass takes is the machine's affair: kills are to fall into it, anywhere.
            most_s *= 1.1 if answer["signal"] else 0.8
            kills += bool(answer["signal"])
            assert [] == driver.lost(before), kind
            if all_ok(answer):
                assert [] == driver.differences()
                before = driver.lives(chance)
            if kills >= RANDOM_KILLS:
                break
        assert kills >= RANDOM_KILLS
        # What was changed since a sweep began that was killed is for the next one.
        assert all_ok(driver.run(kind="sweep"))
        mended(driver)


@pytest.mark.parametrize(
    "database, vendor_name, since",
    [("sqlite", "trackunit", "350d"), ("postgresql", "itrack", "350d"), ("sqlite", "trackier", "30d")],
    indirect=["database", "vendor_name"],
)
def test_s1_a_first_sync_of_windows_killed_at_sixty_percent_keeps_them_and_asks_for_the_rest(
    database_url: str, tmp_path: Path, vendor_name: str, since: str
) -> None:
    """At most the questions that were in flight are asked again."""
    name, call, parents = {
        "trackunit": ("unit_history", "/UnitHistory", ("units",)),
        "itrack": ("tracks", "/track/list", ("trackers", "tracker_states")),
        "trackier": ("clicks", "/reports/clicks", ("campaigns",)),
    }[vendor_name]
    side = tmp_path / "side"
    side.mkdir()

    def asked(at: Vendor) -> int:
        return sum(entry["path"].rstrip("/").endswith(call) for entry in at.call("log"))

    with (
        vendor(vendor_name, "--size", "6") as at,
        driver_of(side, f"sqlite:///{side / 'side.db'}", at, vendor_name, (*parents, name), since) as other,
        driver_of(tmp_path, database_url, at, vendor_name, (*parents, name), since) as driver,
    ):
        assert all_ok(other.run())
        whole = asked(at)
        assert whole >= 20
        at.call("clear_log")
        driver.run(names=parents)
        kept = whole * 6 // 10
        assert signal.SIGKILL == driver.run(names=[name], step="after_commit", nth=kept)["signal"]
        done, before = ledgers.done(driver.url, name), asked(at)
        assert kept <= before <= kept + PARALLEL
        assert done
        assert [] == driver.lost()
        assert all_ok(driver.run(names=[name]))
        assert asked(at) - before <= whole - kept + PARALLEL
        assert [] == driver.differences()


@pytest.mark.parametrize(
    "database, vendor_name, number",
    [
        ("sqlite", "trackunit", signal.SIGTERM),
        ("sqlite", "itrack", signal.SIGKILL),
        ("postgresql", "trackunit", signal.SIGKILL),
        ("postgresql", "itrack", signal.SIGTERM),
        ("sqlite", "trackier", signal.SIGTERM),
        ("postgresql", "trackier", signal.SIGKILL),
    ],
    indirect=["database", "vendor_name"],
)
def test_p1_s1_a_sync_ended_by_a_signal_in_mid_run_leaves_ledgers_that_agree(
    database_url: str, tmp_path: Path, vendor_name: str, number: signal.Signals
) -> None:
    """The program as its users start it. Asked to end it says so, and has ended its run."""
    with vendor(vendor_name, "--latency", "0.03") as at:
        file = configured(tmp_path, database_url, at, vendor_name, NAMES[vendor_name], "60d")
        process = sync(file, tmp_path)
        until = time.monotonic() + PATIENCE_S
        while len(at.call("log")) < 25:
            assert process.poll() is None, process.communicate()[1]
            assert time.monotonic() < until
            time.sleep(0.02)
        process.send_signal(number)
        _, said = process.communicate(timeout=PATIENCE_S)
        assert "Traceback" not in said
        driver = Fleet(process, at, database_url, NAMES[vendor_name], kind=vendor_name)
        driver._wait_for_the_server()
        states = {row["state"] for row in driver.query("SELECT state FROM syncd_runs")}
        if number == signal.SIGTERM:
            assert 0 <= process.returncode
            assert "interrupted" in states
            assert "running" not in states
        assert [] == driver.lost()
        again = sync(file, tmp_path)
        _, said = again.communicate(timeout=60)
        assert 0 == again.returncode, said
        assert [] == driver.differences()
        assert [] == driver.lost()


def sync(file: Path, folder: Path) -> subprocess.Popen[str]:
    """``syncd sync`` as a process."""
    return subprocess.Popen(
        [sys.executable, "-m", "syncd", "--config", str(file), "sync"],
        cwd=folder, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
