"""What alerts are about: incidents read and written, and how fast rejects grow."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from syncd.alerts.incidents import Incident, Kind, State, Subject
from syncd.store.bookkeeping import INCIDENTS, REJECTS
from syncd.store.state import put

_KEY = ("kind", "connection", "collection", "about", "opened_at")


def incidents(transaction: sa.Connection, since: datetime) -> list[Incident]:
    """Those that are open, or ended at or after *since*, oldest first. Kinds of a newer program are left out."""
    c = INCIDENTS.c
    query = (
        sa.select(INCIDENTS)
        .where(sa.or_(c.state == State.OPEN.value, c.ended_at >= since), c.kind.in_([kind.value for kind in Kind]))
        .order_by(c.opened_at)
    )
    return [_incident(dict(row)) for row in transaction.execute(query).mappings()]


def save(transaction: sa.Connection, changed: Iterable[Incident]) -> None:
    """Insert or change their rows."""
    for incident in changed:
        row = _row(incident)
        key = {name: row.pop(name) for name in _KEY}
        put(transaction, INCIDENTS, key, row, {})


def forget(transaction: sa.Connection, before: datetime) -> int:
    """Remove what was last seen before *before*; how many."""
    return transaction.execute(sa.delete(INCIDENTS).where(INCIDENTS.c.seen_at < before)).rowcount


def rejects_since(transaction: sa.Connection, since: datetime) -> dict[tuple[str, str], int]:
    """How many rejects were first seen at or after *since*, by connection and collection."""
    c = REJECTS.c
    query = (
        sa.select(c.connection, c.collection, sa.func.count())
        .where(c.first_seen_at >= since)
        .group_by(c.connection, c.collection)
    )
    return {(connection, collection): count for connection, collection, count in transaction.execute(query)}


def _incident(row: dict[str, Any]) -> Incident:
    subject = Subject(Kind(row.pop("kind")), row.pop("connection"), row.pop("collection"), row.pop("about"))
    return Incident(subject, **{**row, "state": State(row["state"]), "told": row["told"] or {}})


def _row(incident: Incident) -> dict[str, Any]:
    subject = incident.subject
    return {
        "kind": subject.kind.value,
        "connection": subject.connection,
        "collection": subject.collection,
        "about": subject.about,
        "opened_at": incident.opened_at,
        "since": incident.since,
        "what": incident.what,
        "remedy": incident.remedy,
        "seen_at": incident.seen_at,
        "state": incident.state.value,
        "times": incident.times,
        "quiet_since": incident.quiet_since,
        "ended_at": incident.ended_at,
        "told": dict(incident.told),
    }
