"""The two programs that are measured, as commands, and the check that each did the whole job."""

from __future__ import annotations

import os
import sqlite3
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg

from benchmarks import record
from benchmarks.measure import FailedError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

CONFIGURATION = """\
[database]
url = "{database}"

[connections.bench]
vendor   = "trackops"
base_url = "{url}/api/v1"
username = "bench"
token    = "secret"
rate     = "100000/s"  # the server has no limit: the program is measured, not its pace
"""

SQL_PREFIX = "postgresql://"


@dataclass(frozen=True, slots=True)
class Program:
    """A program under measurement: its name and the tables it fills."""

    name: str
    events: str
    users: str
    calendars: str

    def command(self, *, url: str, database: str, folder: Path, again: bool) -> Sequence[str]:
        """What reads everything from *url* into *database* once; *again* for the second time."""
        if self is FLOOR:
            return [sys.executable, "-m", "benchmarks.floor", url, database]
        file = folder / "config.toml"
        place = database if database.startswith(SQL_PREFIX) else f"sqlite:///{database}"
        file.write_text(CONFIGURATION.format(url=url, database=place))
        file.chmod(0o600)
        # A plain second sync would ask for what changed since and show nothing of the cost of a sweep.
        sync = [sys.executable, "-m", "syncd", "--config", str(file), "sync", "bench.events", "--json"]
        return [*sync, "--full"] if again else sync


FLOOR = Program(name="floor", events="events", users="event_users", calendars="calendars")
SYNCD = Program(name="syncd", events="trackops_events", users="trackops_event_users", calendars="trackops_calendars")


def environment() -> Mapping[str, str]:
    """The environment of both programs: no setting of the caller's may change what is measured.

    Python's own too: without its cache of compiled modules every start would compile the larger program anew.
    """
    foreign = ("SYNCD_", "COVERAGE_", "PYTHON")
    return {name: value for name, value in os.environ.items() if not name.startswith(foreign)}


def check(program: Program, database: str, rows: int, *, changed: bool) -> None:
    """Raise unless *database* holds what the server served."""
    queries = {
        f"SELECT count(*) FROM {program.events}": rows,
        f"SELECT count(*) FROM {program.users}": sum(record.children(n) for n in range(1, rows + 1)),
        f"SELECT count(*) FROM {program.calendars}": min(rows, len(record.CALENDARS)),
        f"SELECT count(*) FROM {program.events} WHERE title LIKE '%, moved'": rows // 100 if changed else 0,
        f"SELECT count(*) FROM {program.events} WHERE end_at IS NULL": rows // 9,
    }
    for query, expected in queries.items():
        found = _ask(database, query)
        if found != expected:
            raise FailedError(f"{program.name}: {query} gives {found}, the server served {expected}.")


def _ask(database: str, query: str) -> int:
    if database.startswith(SQL_PREFIX):
        with psycopg.connect(database) as connection:
            row = connection.execute(query.encode()).fetchone()
    else:
        opened = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
        row = opened.execute(query).fetchone()
        opened.close()
    return int(row[0]) if row else 0
