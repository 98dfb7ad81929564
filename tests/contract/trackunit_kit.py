"""What tests of Trackunit look at: the ranges that were asked for, and the ledgers of units."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

from syncd.run import RunResult
from tests.kit import Account

Span = tuple[datetime, datetime]
PATHS = {
    "unit_history": "/Report/UnitHistory", "can_history": "/Report/UnitExtendedInfo", "trips": "/Report/Trip",
    "active_faults": "/Report/UnitActiveFaults", "alarm_log": "/AlarmLog", "key_history": "/Report/KeyHistory",
    "unit_extended_info": "/GetUnitExtendedInfo", "unit_day_summaries": "/Report/UnitSummary",
}  # fmt: skip


def params(account: Account, collection: str) -> list[dict[str, str]]:
    """The parameters of every request for a report, names in small letters, in order of arrival."""
    return [
        {name.lower(): values[0] for name, values in parse_qs(entry.query).items()}
        for entry in account.vendor.log.entries
        if entry.path.endswith(PATHS[collection])
    ]


def owner(asked: dict[str, str]) -> str:
    """The unit or key that a request is about; empty for the whole account."""
    return next((asked[name] for name in ("unitid", "id", "keyid") if name in asked), "")


def asked_of(account: Account, collection: str) -> list[str]:
    """Whom a report was asked for, once for each request, in order of arrival."""
    return [owner(each) for each in params(account, collection)]


def spans(account: Account, collection: str, unit: str = "") -> list[Span]:
    """The ranges that were asked for, of one unit if it is named, without their margins, in order of arrival."""
    found = []
    for each in params(account, collection):
        if unit in {"", owner(each)}:
            ends = [each[name] for name in ("from", "datefrom", "to", "dateto") if name in each]
            # Each begins a second early, and its last second is asked whole.
            start, end = (datetime.fromisoformat(text).replace(microsecond=0, tzinfo=UTC) for text in ends)
            found.append((datetime.fromtimestamp(start.timestamp() + 1, UTC), end))
    return found


def ledger(account: Account, collection: str, partition: str = "") -> Any:
    """What is stored of a partition; None before it was ever read."""
    found = account.query(
        f"SELECT cursor FROM syncd_cursors WHERE collection = '{collection}' AND partition = '{partition}'"
    )
    value = found[0]["cursor"] if found else None
    return json.loads(value) if isinstance(value, str) else value


def coverage(account: Account, collection: str, partition: str = "") -> list[tuple[str, str]]:
    """The ranges that SQL shows as complete, as text to the second."""
    rows = account.query(
        f"SELECT complete_from, complete_to FROM syncd_coverage WHERE collection = '{collection}'"
        f" AND partition = '{partition}' ORDER BY complete_from"
    )
    return [(str(row["complete_from"])[:19], str(row["complete_to"])[:19]) for row in rows]


def moments(text: str) -> datetime:
    """An instant of a ledger."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def units(account: Account) -> list[str]:
    """The ids of the vendor's units."""
    return list(account.vendor.content.tables["units"])


def states(results: dict[str, RunResult]) -> dict[str, tuple[str, str]]:
    """The runs that did not end well."""
    return {name: (each.state, str(each.error)) for name, each in results.items() if each.state != "ok"}


async def well(account: Account, *names: str, **how: Any) -> dict[str, RunResult]:
    """A cycle whose runs all end well."""
    results = await account.cycle(*names, **how)
    assert {} == states(results)
    return results


def cost(account: Account) -> int:
    """Requests since the log was cleared."""
    return account.vendor.log.count()
