"""The demonstration: a made-up agency at a stand-in vendor, its copy, and what an owner would ask of it.

The reports are SQL for SQLite and run unchanged on any copy of a Trackops account.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from syncd.clock import SystemClock
from syncd.config import Config
from syncd.config.draft import Draft, connection_text, new_file
from syncd.errors import UsageError
from syncd.reader import Progress
from syncd.run import RunResult
from syncd.service import Report as Pass
from syncd.service import cycle, open_service
from syncd.standin import StandIn
from syncd.store import report
from syncd.vendors.trackops import TRACKOPS

FOLDER: Final = Path("syncd-demo")
CONNECTION: Final = "agency"
RATE: Final = 50
SEED: Final = 7
CASES: Final = 60

_MARK: Final = "# Made by `syncd demo`: its vendor is a stand-in that only runs while the demo does."


@dataclass(frozen=True, slots=True)
class Question:
    """One report: what an owner wants to know, and the SQL that answers it."""

    title: str
    sql: str


REPORTS: Final = (
    Question(
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
        "Invoiced and paid by client and month",
        """\
SELECT k.name AS client,
       strftime('%Y-%m', v.created_on) AS month,
       count(*) AS invoices,
       round(sum(v.total), 2) AS invoiced,
       round(sum(v.amount_paid), 2) AS paid,
       round(sum(v.total - coalesce(v.amount_paid, 0)), 2) AS open
FROM live_trackops_invoices AS v
JOIN live_trackops_client_locations AS l ON l.connection = v.connection AND l.id = v.client_id
JOIN live_trackops_clients AS k ON k.connection = l.connection AND k.id = l.parent_id
WHERE v.status <> 'draft'
GROUP BY 1, 2
HAVING sum(v.total) > 0
ORDER BY month DESC, invoiced DESC
LIMIT 8""",
    ),
    Question(
        "Cases whose expenses pass their budget furthest",
        """\
SELECT c.case_number,
       c.budget_money AS budget,
       round(sum(e.total), 2) AS expenses,
       CAST(100 * sum(e.total) / c.budget_money AS INTEGER) AS percent,
       count(*) AS entries
FROM live_trackops_cases AS c
JOIN live_trackops_expense_entries AS e ON e.connection = c.connection AND e.casefile_id = c.id
WHERE e.status IN ('pending', 'approved', 'committed') AND c.budget_money > 0
GROUP BY c.connection, c.id
ORDER BY percent DESC
LIMIT 8""",
    ),
)


@dataclass(frozen=True, slots=True)
class Watch:
    """Whoever looks on: told of the size of each collection to come, of every page, and of every run's end."""

    page: Callable[[Progress], None]
    ended: Callable[[str, RunResult | None], None]


@dataclass(frozen=True, slots=True)
class Shown:
    """What the demonstration made: ``first`` and ``second`` are the rows of ``syncd_runs`` of the two cycles."""

    config: Config
    exit_code: int
    first: list[dict[str, Any]]
    second: list[dict[str, Any]]
    tables: dict[str, int]
    answers: list[report.Answered]


async def demonstrate(folder: Path, watch: Watch) -> Shown:
    """Serve an agency on loopback, copy it into ``folder/demo.db``, look again, and answer the reports."""
    async with StandIn.trackops(seed=SEED, cases=CASES, rate=RATE) as vendor:
        config = _configured(folder, vendor)
        passes, rows = await _copied(config, watch)
    tables: list[str] = []
    for collection in TRACKOPS.collections:
        tables += [collection.table, *(child.table for child in collection.children)]
    tables += [lookup.table for lookup in TRACKOPS.lookups]
    url = config.database.url
    return Shown(
        config,
        next((one.exit_code for one in passes if one.exit_code), 0),
        rows[0],
        rows[1] if len(rows) > 1 else [],
        report.table_sizes(url, tables),
        report.ask(url, [question.sql for question in REPORTS]),
    )


async def _copied(config: Config, watch: Watch) -> tuple[list[Pass], list[list[dict[str, Any]]]]:
    """Two cycles: the first reads everything, the second finds that nothing changed."""
    passes: list[Pass] = []
    rows: list[list[dict[str, Any]]] = []
    wanted = {CONNECTION: list(config.connection(CONNECTION).collections)}
    async with open_service(config, lock=True, holder="syncd demo", clock=SystemClock(), watch=watch.page) as service:
        for hear in (lambda _name, collection, result: watch.ended(collection, result), lambda *_: None):
            done = await cycle(service, wanted, hear=hear)
            passes.append(done)
            rows.append(await service.rows(done))
            if done.exit_code:
                break
    return passes, rows


def _configured(folder: Path, vendor: StandIn) -> Config:
    """A configuration for the stand-in, and no database from an earlier demonstration beside it."""
    file, database = folder / "config.toml", folder / "demo.db"
    ours = file.exists() and file.read_text(encoding="utf-8", errors="replace").startswith(_MARK)
    if (file.exists() or database.exists()) and not ours:
        raise UsageError(
            f"{folder} holds a config.toml or demo.db that no demo made.", remedy="Name another folder: --dir DIR."
        )
    for name in ("demo.db", "demo.db-wal", "demo.db-shm"):
        # The stand-in makes its agency anew each time: rows of an earlier one would be strangers.
        (folder / name).unlink(missing_ok=True)
    settings = {"username": vendor.username, "token": vendor.token, "base_url": vendor.url, "rate": f"{RATE}/s"}
    text = f"{_MARK}\n{new_file('sqlite:///demo.db')}\n{connection_text(CONNECTION, TRACKOPS, settings)}"
    draft = Draft(file, text)
    try:
        # Whatever the environment configures is meant for a real account.
        config = draft.load(environ={})
        draft.keep()
    finally:
        draft.discard()
    return config
