"""What a collection's walk leaves to do: records that live on elsewhere, and rows the vendor erased without a trace."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from syncd.ask import Question
from syncd.deletion import one
from syncd.errors import Malformed, NotFound
from syncd.parse import Key
from syncd.session import Session

_OVERLAP = timedelta(minutes=1)  # a parent committed while the last look was under way is looked at again
_MARKS_MOVE = timedelta(hours=1)  # a cycle that found nothing writes nothing, but looks no further back than this


async def succeeded(session: Session) -> None:
    """End records whose key has appeared in the collection they turn into, once the vendor says they are gone."""
    link = session.collection.follows
    if link is None:
        return
    reader, now = session.reader, session.reader.clock.now()
    successor = reader.vendor.collection(link.collection)
    since = _mark(session, "followed_at")
    if since is None:  # both lists have just been read whole
        await _marked(session, {"followed_at": now.isoformat()})
        return
    keys = await reader.store.succeeded(reader.name, session.collection, successor, since - _OVERLAP)
    gone: list[Key] = []
    for key in keys:
        try:
            await session.ask(one(session, key))
        except NotFound:
            gone.append(key)
    await reader.store.tombstone(reader.name, session.collection, session.run, gone)
    if keys or now - since > _MARKS_MOVE:
        await _marked(session, {"followed_at": now.isoformat()})


async def reconcile(session: Session, *, whole: bool) -> None:
    """Read the rows of parents again whose newest row disagrees with them; at most so many a cycle, the rest is queued.

    After a walk of everything there is nothing to reconcile: the rows are what the vendor served.
    """
    rule = session.collection.reconciles
    if rule is None:
        return
    reader, now = session.reader, session.reader.clock.now()
    since = _mark(session, "reconciled_at")
    if whole or since is None:
        await _marked(session, {"reconciled_at": now.isoformat(), "queue": []})
        return
    parent = reader.vendor.collection(rule.parent)
    queue = list(_marks(session).get("queue", []))
    found = await reader.store.disagreeing(reader.name, session.collection, rule, parent, since - _OVERLAP)
    queue += [key for key in found if key not in queue]
    for key in queue[: rule.most_per_cycle]:
        await _reread_parent(session, key)
    if queue or now - since > _MARKS_MOVE:
        await _marked(session, {"reconciled_at": now.isoformat(), "queue": queue[rule.most_per_cycle :]})


async def _reread_parent(session: Session, parent: Any) -> None:  # noqa: ANN401 (a key's only part)
    """Replace one parent's rows by what the vendor lists for it. An empty list is left to the sweep to judge."""
    rule = session.collection.reconciles
    assert rule is not None  # noqa: S101 (the caller looked)
    question = Question(rule.path.format(**{rule.link: parent}))
    try:
        answer = await session.ask(question)
    except NotFound:
        records: list[Any] = []
    else:
        if not isinstance(answer.value, list):
            msg = f"{question.path} should answer with a list of records"
            raise Malformed(msg)
        records = answer.value
        if not records:
            return
    await session.commit(records)
    keyed, rejected = session.reader.extractor(session.collection).keyed(records)
    if rejected:
        return
    served = {item.key for item in keyed}
    ours = await session.reader.store.rows_of(session.reader.name, session.collection, rule.link, parent)
    gone = [key for key in ours if key not in served]
    await session.reader.store.tombstone(session.reader.name, session.collection, session.run, gone)


def _marks(session: Session) -> Mapping[str, Any]:
    return session.cursor.marks or {}


def _mark(session: Session, name: str) -> datetime | None:
    stored = _marks(session).get(name)
    return datetime.fromisoformat(stored) if stored else None


async def _marked(session: Session, marks: Mapping[str, Any]) -> None:
    await session.bookkeep(replace(session.cursor, marks={**_marks(session), **marks}))
