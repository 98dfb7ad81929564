"""The demonstration: made-up accounts at the stand-in vendors, their copy, and what an owner would ask of it.

The reports are SQL for SQLite and run unchanged on any copy of such accounts.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from syncd.clock import SystemClock
from syncd.config import Config
from syncd.config.draft import Draft, connection_text, new_file
from syncd.errors import UsageError
from syncd.passes import Report as Pass
from syncd.passes import cycle, rows_of
from syncd.reader import Progress
from syncd.run import RunResult
from syncd.service import open_service
from syncd.standin import StandIn
from syncd.store import report
from syncd.vendors import VENDORS
from syncd.vendors.base import Vendor

FOLDER: Final = Path("syncd-demo")
RATE: Final = 50
SEED: Final = 7
CASES: Final = 60
UNITS: Final = 12
TRACKERS: Final = 12
CAMPAIGNS: Final = 12
DAYS: Final = 15

_MARK: Final = "# Made by `syncd demo`: its vendors are stand-ins that only run while the demo does."
_MARKS: Final = (_MARK, "# Made by `syncd demo`: its vendor is a stand-in that only runs while the demo does.")


@dataclass(frozen=True, slots=True)
class Made:
    """A made-up account: the connection's name, what it is, how its stand-in is made and what is configured of it.

    ``windows`` says whether the vendor has reports over time, of which the last ``DAYS`` days are read.
    """

    name: str
    vendor: Vendor
    what: str
    stand_in: Callable[..., StandIn]
    options: Mapping[str, Any]
    settings: tuple[str, ...]
    windows: bool = True


ACCOUNTS: Final = (
    Made(
        "agency",
        VENDORS["trackops"],
        f"a detective agency with {CASES} cases",
        StandIn.trackops,
        {"cases": CASES},
        ("username", "token"),
        windows=False,
    ),
    Made(
        "fleet",
        VENDORS["trackunit"],
        f"a rental fleet of {UNITS} machines, {DAYS} days back",
        StandIn.trackunit,
        {"units": UNITS, "days": DAYS + 1},
        ("token",),
    ),
    Made(
        "vans",
        VENDORS["itrack"],
        f"a courier with {TRACKERS} vans, {DAYS} days back",
        StandIn.itrack,
        {"trackers": TRACKERS, "days": DAYS + 1},
        ("api_key",),
    ),
    Made(
        "ads",
        VENDORS["trackier"],
        f"an ad network with {CAMPAIGNS} campaigns, {DAYS} days back",
        StandIn.trackier,
        {"campaigns": CAMPAIGNS, "days": DAYS + 1, "conversions_per_day": 60, "clicks_per_day": 240, "usual": True},
        ("api_key", "time_zone"),
    ),
)


@dataclass(frozen=True, slots=True)
class Question:
    """One report: of which connection, what its owner wants to know, and the SQL that answers it."""

    connection: str
    title: str
    sql: str


REPORTS: Final = (
    Question(
        "agency",
        "Who has what open, and how old it is",
        """\
SELECT coalesce(i.name, '(nobody)') AS investigator,
       count(*) AS open_cases,
       coalesce(sum(c.due_on < date('now')), 0) AS overdue,
       CAST(avg(julianday('now') - julianday(c.created_on)) AS INTEGER) AS avg_days,
       CAST(max(julianday('now') - julianday(c.created_on)) AS INTEGER) AS oldest_days,
       group_concat(DISTINCT s.name) AS statuses
FROM live_trackops_cases AS c
JOIN trackops_case_statuses AS s ON s.connection = c.connection AND s.id = c.case_status_id
LEFT JOIN live_trackops_staff AS i ON i.connection = c.connection AND i.id = c.primary_investigator_id
WHERE s.name NOT IN ('Paid', 'Closed', 'Archived') -- the account's own words
GROUP BY c.primary_investigator_id, 1
ORDER BY open_cases DESC, avg_days DESC
LIMIT 8""",
    ),
    Question(
        "fleet",
        "What each machine worked and drove in the last two weeks",
        """\
SELECT u.name AS machine,
       c.name AS category,
       count(*) AS days,
       round(sum(d.run1) / 3600, 1) AS hours,
       round(sum(d.km), 1) AS km,
       max(d.date) AS last_day
FROM live_trackunit_unit_day_summaries AS d
JOIN live_trackunit_units AS u ON u.connection = d.connection AND u.id = d.unit_id
LEFT JOIN live_trackunit_categories AS c ON c.connection = u.connection AND c.id = u.category_id
WHERE d.date >= date('now', '-14 days')
GROUP BY u.connection, u.id
ORDER BY hours DESC
LIMIT 8""",
    ),
    Question(
        "vans",
        "Trips of each van by week, who drives it, and where it is",
        """\
SELECT t.label AS van,
       (SELECT group_concat(trim(e.first_name || ' ' || e.last_name), ', ')
        FROM live_itrack_employees AS e
        WHERE e.connection = k.connection AND e.tracker_id = k.tracker_id) AS driver,
       date(k.start_date, 'weekday 0', '-6 days') AS week,
       count(*) AS trips,
       round(sum(k.length), 1) AS km,
       s.movement_status AS now,
       printf('%.4f, %.4f', s.gps_location_lat, s.gps_location_lng) AS place,
       strftime('%Y-%m-%d %H:%M', coalesce(s.last_update, s.gps_updated)) AS heard
FROM live_itrack_tracks AS k
JOIN live_itrack_trackers AS t ON t.connection = k.connection AND t.id = k.tracker_id
LEFT JOIN live_itrack_tracker_states AS s ON s.connection = k.connection AND s.tracker_id = k.tracker_id
WHERE NOT t.clone -- its trips are those of another tracker
GROUP BY k.connection, k.tracker_id, week
ORDER BY week DESC, km DESC
LIMIT 10""",
    ),
    Question(
        "ads",
        "Revenue and margin of each campaign in the last week",
        """\
SELECT c.title AS campaign,
       c.status,
       r.currency,
       sum(r.clicks) AS clicks,
       sum(r.approved_conversions) AS approved,
       sum(r.pending_conversions) AS pending,
       round(sum(r.revenue), 2) AS revenue,
       round(sum(r.payout), 2) AS payout,
       round(sum(r.revenue) - sum(r.payout), 2) AS margin,
       round(100.0 * (sum(r.revenue) - sum(r.payout)) / nullif(sum(r.revenue), 0), 1) AS percent
FROM live_trackier_report_daily AS r -- days of the network's own zone
JOIN live_trackier_campaigns AS c ON c.connection = r.connection AND c.id = r.campaign_id
WHERE r.created >= date('now', '-7 days')
GROUP BY r.connection, r.campaign_id, r.currency
ORDER BY margin DESC
LIMIT 8""",
    ),
)


@dataclass(frozen=True, slots=True)
class Watch:
    """Whoever looks on: told of every page, and of the start (None) and end of every run of the first cycle."""

    page: Callable[[Progress], None]
    ended: Callable[[str, str, RunResult | None], None]


@dataclass(frozen=True, slots=True)
class Shown:
    """What the demonstration made.

    ``first`` and ``second`` are the rows of ``syncd_runs`` of the two cycles, ``tables`` the rows of each table by
    connection.
    """

    config: Config
    exit_code: int
    first: list[dict[str, Any]]
    second: list[dict[str, Any]]
    tables: dict[str, dict[str, int]]
    answers: list[report.Answered]


async def demonstrate(folder: Path, watch: Watch, then: Callable[[Shown], Awaitable[None]]) -> Shown:
    """Serve the accounts on loopback, copy them into ``folder/demo.db``, look again, and answer the reports.

    What is to come *then* happens before the accounts are served no longer.
    """
    async with AsyncExitStack() as stack:
        served: dict[str, StandIn] = {}
        for made in ACCOUNTS:
            served[made.name] = await stack.enter_async_context(made.stand_in(seed=SEED, rate=RATE, **made.options))
        config = _configured(folder, served)
        passes, rows = await _copied(config, watch)
        shown = _shown(config, passes, rows)
        await then(shown)
    return shown


def _shown(config: Config, passes: list[Pass], rows: list[list[dict[str, Any]]]) -> Shown:
    """What came of it, read from the copy."""
    url = config.database.url
    named = {made.name: list(_tables(config, made)) for made in ACCOUNTS}
    sizes = report.table_sizes(url, [table for tables in named.values() for table in tables])
    return Shown(
        config,
        next((one.exit_code for one in passes if one.exit_code), 0),
        rows[0],
        rows[1] if len(rows) > 1 else [],
        {name: {table: sizes[table] for table in tables} for name, tables in named.items()},
        report.ask(url, [question.sql for question in REPORTS]),
    )


def _tables(config: Config, made: Made) -> Iterator[str]:
    """The tables of the collections that are read, and of the lookups gathered from them."""
    read = config.connection(made.name).collections
    for collection in made.vendor.collections:
        if collection.name in read:
            yield collection.table
            yield from (child.table for child in collection.children)
    yield from (lookup.table for lookup in made.vendor.lookups)


async def _copied(config: Config, watch: Watch) -> tuple[list[Pass], list[list[dict[str, Any]]]]:
    """Two cycles: the first reads everything, the second finds that nothing changed."""
    passes: list[Pass] = []
    rows: list[list[dict[str, Any]]] = []
    wanted = {made.name: list(config.connection(made.name).collections) for made in ACCOUNTS}
    async with open_service(config, lock=True, holder="syncd demo", clock=SystemClock(), watch=watch.page) as service:
        for hear in (watch.ended, lambda *_: None):
            done = await cycle(service, wanted, hear=hear)
            passes.append(done)
            rows.append(await rows_of(service, done))
            if done.exit_code:
                break
    return passes, rows


def _configured(folder: Path, served: Mapping[str, StandIn]) -> Config:
    """A configuration for the stand-ins, and no database from an earlier demonstration beside it."""
    file, database = folder / "config.toml", folder / "demo.db"
    ours = file.exists() and file.read_text(encoding="utf-8", errors="replace").startswith(_MARKS)
    if (file.exists() or database.exists()) and not ours:
        raise UsageError(
            f"{folder} holds a config.toml or demo.db that no demo made.", remedy="Name another folder: --dir DIR."
        )
    for name in ("demo.db", "demo.db-wal", "demo.db-shm"):
        # The stand-ins make their accounts anew each time: rows of earlier ones would be strangers.
        (folder / name).unlink(missing_ok=True)
    text = "\n".join(
        [f"{_MARK}\n{new_file('sqlite:///demo.db')}", *(_connection(made, served[made.name]) for made in ACCOUNTS)]
    )
    draft = Draft(file, text)
    try:
        # Whatever the environment configures is meant for a real account.
        config = draft.load(environ={})
        draft.keep()
    finally:
        draft.discard()
    return config


def _connection(made: Made, vendor: StandIn) -> str:
    settings = {name: vendor.credentials[name] for name in made.settings}
    text = connection_text(made.name, made.vendor, settings | {"base_url": vendor.url, "rate": f"{RATE}/s"})
    return f'{text}\nsince = "{DAYS}d"\n' if made.windows else text
