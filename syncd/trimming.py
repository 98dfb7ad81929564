"""What is older than the configuration keeps it: rows go, and with them what ledgers say of their time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from syncd.ledger import Ledger
from syncd.session import Session
from syncd.steps import reached


async def trimmed(
    session: Session, cursors: Mapping[str, dict[str, Any]], before: datetime
) -> dict[str, dict[str, Any]]:
    """The *cursors* by partition after everything before *before* was removed, rows and children too.

    Ledgers move with the first rows: a process killed before the last leaves rows that the next run removes, and no
    ledger that vouches for what is not there.
    """
    moved = {name: kept for name, cursor in cursors.items() if (kept := _kept(cursor, before)) != cursor}
    store, told = session.reader.store, tuple(moved.items())
    while await store.trim(session.reader.name, session.collection, before, told):
        reached("rows_trimmed")
        told = ()
    return {**cursors, **moved}


def _kept(cursor: Mapping[str, Any], before: datetime) -> dict[str, Any]:
    ledger = Ledger.from_json(cursor)
    if "done" not in cursor:
        return dict(cursor)
    own = {name: value for name, value in cursor.items() if name not in ledger.to_json()}
    return {**own, **ledger.kept(before).to_json()}
