"""What is measured: jobs, the two programs that do each as commands, and the check that each did the whole of it."""

from __future__ import annotations

import os
import sqlite3
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psycopg

from benchmarks import history, record
from benchmarks.measure import FailedError

FLOOR: Final = "floor"
SYNCD: Final = "syncd"
FIRST: Final = "first load"
AGAIN: Final = "sweep, 1 % changed"
UNITS: Final = 20  # of the second job

CONFIGURATION = """\
[database]
url = "{database}"

[connections.bench]
{connection}
rate     = "100000/s"  # the server has no limit: the program is measured, not its pace
"""

TRACKOPS = """\
vendor   = "trackops"
base_url = "{url}/api/v1"
username = "bench"
token    = "secret"\
"""

TRACKUNIT = """\
vendor   = "trackunit"
base_url = "{url}/public"
token    = "0123456789abcdef0123456789abcdef"\
"""

SQL_PREFIX = "postgresql://"


@dataclass(frozen=True, slots=True)
class Job:
    """One vendor's records into their tables.

    ``rows`` is how many usually, ``loads`` what is measured in turn, ``most_mb`` the promised peak of memory (10⁶
    bytes). ``server`` makes the arguments of its server from the number of rows; ``checks`` says, for the tables of
    the floor (False) or ours (True), each query with what it must give from the rows and whether they were changed.
    """

    name: str
    title: str
    rows: int
    loads: tuple[str, ...]
    most_mb: float
    server: Callable[[int], Sequence[str]]
    floor: str
    connection: str
    selector: str
    checks: Callable[[bool, int, bool], Mapping[str, int]]

    def command(self, program: str, *, url: str, database: str, folder: Path, again: bool) -> Sequence[str]:
        """What reads everything from *url* into *database* once; *again* for the second time."""
        if program == FLOOR:
            return [sys.executable, "-m", self.floor, url, database]
        file = folder / "config.toml"
        place = database if database.startswith(SQL_PREFIX) else f"sqlite:///{database}"
        file.write_text(CONFIGURATION.format(connection=self.connection.format(url=url), database=place))
        file.chmod(0o600)
        # A plain second sync would ask for what changed since and show nothing of the cost of a sweep.
        sync = [sys.executable, "-m", "syncd", "--config", str(file), "sync", self.selector, "--json"]
        return [*sync, "--full"] if again else sync

    def check(self, program: str, database: str, rows: int, *, changed: bool) -> None:
        """Raise unless *database* holds what the server served."""
        for query, expected in self.checks(program == SYNCD, rows, changed).items():
            found = _ask(database, query)
            if found != expected:
                raise FailedError(f"{program}: {query} gives {found}, the server served {expected}.")


def _events(ours: bool, rows: int, changed: bool) -> Mapping[str, int]:  # noqa: FBT001 (as ``Job.checks`` is called)
    events, users, calendars = (
        ("trackops_events", "trackops_event_users", "trackops_calendars")
        if ours
        else ("events", "event_users", "calendars")
    )
    return {
        f"SELECT count(*) FROM {events}": rows,
        f"SELECT count(*) FROM {users}": sum(record.children(n) for n in range(1, rows + 1)),
        f"SELECT count(*) FROM {calendars}": min(rows, len(record.CALENDARS)),
        f"SELECT count(*) FROM {events} WHERE title LIKE '%, moved'": rows // 100 if changed else 0,
        f"SELECT count(*) FROM {events} WHERE end_at IS NULL": rows // 9,
    }


def _history(ours: bool, rows: int, _changed: bool) -> Mapping[str, int]:  # noqa: FBT001 (as ``Job.checks`` is called)
    table, each = "trackunit_unit_history" if ours else "history", rows // UNITS
    return {
        f"SELECT count(*) FROM {table}": each * UNITS,
        f"SELECT count(DISTINCT unit_id) FROM {table}": UNITS,
        f"SELECT count(*) FROM {table} WHERE city IS NULL": -(-each // history.LEAVES_OUT) * UNITS,
        f"SELECT count(*) FROM {table} WHERE external_power IS NULL": 0,
        f"SELECT CAST(sum(run1) AS BIGINT) FROM {table}": UNITS * (each * 3_240_000 + 60 * (each * (each - 1) // 2)),
    }


EVENTS = Job(
    name="events",
    title="Trackops events: 15 scalars, an object, 0 to 3 children",
    rows=100_000,
    loads=(FIRST, AGAIN),
    most_mb=150 * 1.048576,
    server=lambda rows: ("benchmarks.server", "--rows", str(rows)),
    floor="benchmarks.floor",
    connection=TRACKOPS,
    selector="bench.events",
    checks=_events,
)
HISTORY = Job(
    name="history",
    title=f"Trackunit messages of {UNITS} units in a year: 45 values",
    rows=1_000_000,
    loads=(FIRST,),
    most_mb=200,
    server=lambda rows: ("benchmarks.history_server", "--units", str(UNITS), "--rows", str(rows // UNITS)),
    floor="benchmarks.history_floor",
    connection=TRACKUNIT,
    selector="bench.unit_history",
    checks=_history,
)
JOBS: Final = {job.name: job for job in (EVENTS, HISTORY)}


def environment() -> Mapping[str, str]:
    """The environment of both programs: no setting of the caller's may change what is measured.

    Python's own too: without its cache of compiled modules every start would compile the larger program anew.
    """
    foreign = ("SYNCD_", "COVERAGE_", "PYTHON")
    return {name: value for name, value in os.environ.items() if not name.startswith(foreign)}


def _ask(database: str, query: str) -> int:
    if database.startswith(SQL_PREFIX):
        with psycopg.connect(database) as connection:
            row = connection.execute(query.encode()).fetchone()
    else:
        opened = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
        row = opened.execute(query).fetchone()
        opened.close()
    return int(row[0]) if row else 0
