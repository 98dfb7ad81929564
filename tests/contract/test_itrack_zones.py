"""iTrack's times: users in four zones on both special nights of the year, read as offsets and as plain wall clocks."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest

from syncd import steps
from tests import kit, oracle
from tests.accounts import Open, both
from tests.kit import NAME, Account, SkewedClock
from tests.property import ended

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MINUTE = timedelta(minutes=1)
# Zone and when its clock is set: forward, and back (then the hour before comes twice, and the hour after is its twin).
SPRING = [
    ("Europe/Copenhagen", datetime(2026, 3, 29, 1, 0, tzinfo=UTC)),
    ("America/Los_Angeles", datetime(2026, 3, 8, 10, 0, tzinfo=UTC)),
    ("America/St_Johns", datetime(2026, 3, 8, 5, 30, tzinfo=UTC)),
    ("Pacific/Auckland", datetime(2025, 9, 27, 14, 0, tzinfo=UTC)),
]
AUTUMN = [
    ("Europe/Copenhagen", datetime(2025, 10, 26, 1, 0, tzinfo=UTC)),
    ("America/Los_Angeles", datetime(2025, 11, 2, 9, 0, tzinfo=UTC)),
    ("America/St_Johns", datetime(2025, 11, 2, 4, 30, tzinfo=UTC)),
    ("Pacific/Auckland", datetime(2026, 4, 4, 14, 0, tzinfo=UTC)),
]
ROWS = {"trackers": 2, "blocked": 0, "clones": 0, "days": 2, "trips_per_day": 10, "events_per_day": 60,
        "point_every_s": 300, "sensor_every_s": 1_200, "counter_every_s": 1_800}  # fmt: skip
STORMY = {**ROWS, "days": 1, "trips_per_day": 4, "events_per_day": 20, "clones": 1, "trackers": 3}


# All that hold instants.
TIMED = ("user", "trackers", "tracker_states", "readings", "counters", "events", "tracks", "track_points", "tasks",
         "checkins", "mileage_daily", "sensor_data", "counter_data", "driver_journal", "driver_assignments",
         "transactions", "audit_log", "forms", "form_templates", "service_tasks", "tracker_statuses",
         "subusers")  # fmt: skip


@pytest.fixture
def vendor_name() -> str:
    return "itrack"


def well(results: dict[str, Any]) -> None:
    """Every run of a cycle ended well."""
    assert dict.fromkeys(results, "ok") == {name: result.state for name, result in results.items()}, results


# --- what can be told of a repeated hour ------------------------------------------------------------------------------
def blurred(account: Account, *turned: datetime) -> list[str]:
    """Every way in which the copy differs, but for which of the two hours an instant of a repeated hour belongs to.

    Rows are counted, not looked up: one that is lost or doubled shows, even if its key holds such an instant.
    """
    snapshot, found = account.vendor.content.snapshot(), []
    kinds = {
        table["table"]: {column["name"]: column["type"] for column in table["columns"]}
        for collection in oracle.vendor("itrack")["collections"]
        for table in (collection, *collection["children"])
    }
    for table, wanted, have in oracle.compared(
        account.url, snapshot, connection=NAME, vendor_name="itrack", only=account.names
    ):
        must, does = (_rows(rows.values(), kinds[table], turned) for rows in (wanted, have))
        found += [f"{table}: lost {dict(row)}" for row in (must - does).elements()]
        found += [f"{table}: more {dict(row)}" for row in (does - must).elements()]
    return found


def _rows(rows: Iterable[dict[str, Any]], kinds: dict[str, str], turned: tuple[datetime, ...]) -> Counter[Any]:
    def told(row: dict[str, Any]) -> tuple[tuple[str, Any], ...]:
        moved = {name: _once(value, turned) if kinds[name] == "instant" else value for name, value in row.items()}
        repeated = moved != row
        told = {n: float(v) if isinstance(v, Decimal) else str(v) for n, v in moved.items()}
        return tuple((n, v) for n, v in sorted(told.items()) if not (n == "seq" and repeated))

    return Counter(told(row) for row in rows)


def _once(text: str | None, turned: tuple[datetime, ...]) -> str | None:
    """An instant of a repeated hour as what can be told of it; others as they are."""
    at = datetime.fromisoformat(text).replace(tzinfo=UTC) if text else None
    for back in turned:
        if at is not None and back - HOUR <= at < back + HOUR:
            return "twice " + (at if at < back else at - HOUR).isoformat()
    return text


# --- a first reading --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("dialect", ["current", "2020"])
@pytest.mark.parametrize("zone, turned", [*SPRING, *AUTUMN])
async def test_c5_a_first_sync_over_a_special_night(
    open_account: Open, zone: str, turned: datetime, dialect: str
) -> None:
    """Equal cell for cell; on an old server but for which of its two hours a time of the repeated hour belongs to."""
    account = await open_account(names=TIMED, clock=SkewedClock(turned + 30 * HOUR), zone=zone, dialect=dialect, **ROWS)
    well(await account.cycle())
    assert [] == (blurred(account, turned) if dialect == "2020" else account.differences())


# --- while the clock is turned ----------------------------------------------------------------------------------------
def moves(account: Account) -> None:
    """Something happens now in every collection that holds instants."""
    content, now = account.vendor.content, account.clock.now().replace(microsecond=0)
    for tracker in content.ids("trackers"):
        content.drive(tracker, minutes=15)
        content.insert("driver_journal", tracker_id=tracker, at=now - 10 * MINUTE)
    for name in ("driver_assignments", "tracker_statuses"):
        for key in content.ids(name):
            content.update(name, key, last_change={"changed": now})
    for seconds in (0, 0, 7, 300, 1_100):
        content.insert("events", time=now - timedelta(seconds=seconds))
    for name in ("transactions", "audit_log", "checkins", "tasks"):
        for seconds in (0, 500):
            content.insert(name, at=now - timedelta(seconds=seconds))
    for name in ("tasks", "readings", "counters"):
        content.update(name, content.ids(name)[0])
    content.update("subusers", content.insert("subusers")["id"], creation_date=now)
    content.update("form_templates", content.insert("form_templates")["id"], updated=now)
    content.update("service_tasks", content.insert("service_tasks")["id"], start={"date": now})


@pytest.mark.parametrize("dialect", ["current", "2020"])
@pytest.mark.parametrize("zone, turned", [*SPRING, *AUTUMN])
async def test_c5_increments_over_a_special_night(
    open_account: Open, zone: str, turned: datetime, dialect: str
) -> None:
    """Nothing is lost or doubled at any time of the night, nor afterwards, when all of it has been read again."""
    clock = SkewedClock(turned - 80 * MINUTE)
    account = await open_account(
        names=TIMED, clock=clock, zone=zone, dialect=dialect, level="warning", **{**ROWS, "days": 1}
    )
    well(await account.cycle())
    for minutes in (40, 35, 25, 35, 50, 24 * 60):
        clock.turn(minutes * 60)
        moves(account)
        well(await account.cycle())
        assert [] == (blurred(account, turned) if dialect == "2020" else account.differences()), clock.now() - turned
    assert [] == account.rejects()
    assert [] == [name for name in TIMED if not account.live(name)], "nothing to compare"


# --- while everything goes wrong --------------------------------------------------------------------------------------
async def cycle_ended_at(account: Account, nth: int) -> None:
    """A pass over everything that is cancelled at its *nth* named step, in whichever run that is."""
    passed = 0

    def hook(_step: str) -> None:
        nonlocal passed
        passed += 1
        if passed == nth:
            task.cancel()

    steps.watch(hook)
    task = asyncio.create_task(account.cycle())
    try:
        with suppress(asyncio.CancelledError):
            await task
    finally:
        steps.watch(None)


@pytest.mark.parametrize(
    "dialect, zone, turned",
    [
        ("current", *SPRING[1]), ("current", *AUTUMN[2]), ("2020", *SPRING[3]), ("2020", *AUTUMN[0]),
        ("2020", *AUTUMN[2]),
    ],
)  # fmt: skip
async def test_c5_a_storm_in_a_special_night_costs_no_row(
    open_account: Open, zone: str, turned: datetime, dialect: str
) -> None:
    """All collections; faults in one of ten requests, changes between them, and runs that end at any step, all night.

    Of an old server's autumn night nothing is unknown afterwards but the hour an instant of the repeated one is of.
    """
    chance = Random(7)
    clock = SkewedClock(turned - 3 * HOUR)
    account = await open_account(
        clock=clock, zone=zone, dialect=dialect, level="warning", more='since = "4d"', **STORMY
    )
    for part, offset in enumerate((-80, -50, -20, 5, 25, 50, 75, 150)):
        clock.turn(max(0.0, (turned + offset * MINUTE - clock.now()).total_seconds()))
        account.vendor.switch.clear()
        moves(account)
        account.vendor.switch.storm(0.1)
        account.vendor.switch.churn(0.2, seed=part)
        account.vendor.switch.between(lambda _: clock.turn(1))
        await cycle_ended_at(account, chance.randint(1, 120))
        kind = chance.choice((kit.RunKind.CYCLE, kit.RunKind.SWEEP))
        await ended.at_step(account, chance.choice(account.names), chance.randint(0, 12), kind)
        if part % 2:
            results = await account.cycle()
            assert {"ok", "partial", "failed", "held"} >= {result.state for result in results.values()}
    clock.turn(DAY.total_seconds())  # whatever the faults closed is open again
    if dialect == "2020":
        await account.converges(differences=lambda: blurred(account, turned))
    else:
        await account.converges()
    assert [] == account.rejects()


# --- what plain times cannot tell -------------------------------------------------------------------------------------
@pytest.mark.parametrize("zone, turned", AUTUMN)
@pytest.mark.parametrize(
    "happened, stored",
    [
        ((-61, -20, 30, 61), (-61, -20, 30, 61)),  # half past after twenty to: the clock was set back in between
        ((-61, -50, 30, 61), (-61, -50, -30, 61)),
        ((30,), (-30,)),
        ((-30,), (-30,)),
    ],
    ids=["backwards", "forwards", "lone", "lone and earlier"],
)
async def test_c5_of_a_repeated_hour_the_order_of_an_answer_decides_else_the_earlier_offset(
    open_account: Open, zone: str, turned: datetime, happened: tuple[int, ...], stored: tuple[int, ...]
) -> None:
    """Events so many minutes after the clock was set back; reading them again changes nothing."""
    account = await open_account(names=("events",), clock=SkewedClock(turned + 5 * HOUR), zone=zone, dialect="2020",
                                 trackers=2, blocked=0, clones=0, days=0)  # fmt: skip
    for minute in happened:
        account.vendor.content.insert("events", time=turned + minute * MINUTE)
    for _ in range(2):
        well(await account.cycle("events"))
        rows = account.query("SELECT time FROM itrack_events ORDER BY id")
        times = [datetime.fromisoformat(row["time"]).replace(tzinfo=UTC) for row in rows]
        assert list(stored) == [(at - turned) // MINUTE for at in times]
        account.clock.turn(600)
    assert 1 == len(account.query("SELECT id FROM syncd_runs WHERE collection = 'events' AND inserted + updated > 0"))


# --- a user who moves -------------------------------------------------------------------------------------------------
@both
@pytest.mark.parametrize("dialect", ["current", "2020"])
async def test_c5_a_changed_time_zone_leaves_every_stored_instant(open_account: Open, dialect: str) -> None:
    """Between two cycles the user moves from one end of the world to the other: only what he is asked in changes."""
    account = await open_account(names=(*TIMED, "service_tasks"), dialect=dialect, zone="America/Los_Angeles", **ROWS)
    well(await account.cycle())
    names = [name for name in account.names if name not in {"user", "mileage_daily"}]
    before = {name: account.query(f"SELECT * FROM {account.collection(name).table}") for name in names}
    for zone in ("Pacific/Auckland", "America/St_Johns"):
        account.vendor.settings.zone = zone
        account.clock.turn(900)
        well(await account.cycle())
        assert zone == account.query("SELECT time_zone FROM itrack_user")[0]["time_zone"]
        after = {name: account.query(f"SELECT * FROM {account.collection(name).table}") for name in names}
        assert {} == {name: rows for name, rows in after.items() if rows != before[name]}
    # Days are the user's: these are others now.
    account.clock.turn(86_400)
    well(await account.sweep())
    assert [] == account.differences()
