"""The parents of a collection: the rows of another one that are asked for one by one or in batches."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from syncd.collection import Parents, Windows
from syncd.errors import FeatureMissing, Unavailable
from syncd.reading import Parent
from syncd.session import Session

SEPARATOR = "\x1f"


@dataclass(frozen=True, slots=True)
class Marked:
    """A parent and its mark now; "" where it has none yet (it never reported), None where marks are not looked at."""

    parent: Parent
    mark: str | None


def partition(key: Iterable[Any]) -> str:
    """The name of a parent's partition: its key as text."""
    return SEPARATOR.join(map(str, key))


def linked(parent: Parent, link: tuple[tuple[str, str], ...]) -> tuple[Any, ...]:
    """The values of our link columns for *parent*."""
    return tuple(parent.row[theirs] for _, theirs in link)


def link_of(strategy: Windows, *, reopened: bool) -> tuple[tuple[str, str], ...]:
    """Our columns that hold the key of the parents a window was read for."""
    parents = strategy.reopens if reopened else strategy.parents
    return parents.link if parents is not None else ()


async def of(session: Session, wanted: Parents) -> list[Marked]:
    """The parents that may be asked now, in the order of their keys."""
    reader = session.reader
    vendor, options = reader.vendor, reader.options(session.collection).options
    collection = vendor.collection(wanted.collection)
    await _check(session, wanted)
    columns = tuple(dict.fromkeys((*(theirs for _, theirs in wanted.link), *wanted.columns)))
    rows = await reader.store.parents(
        reader.name,
        collection,
        columns=columns,
        mark=wanted.mark or None,
        mark_in=vendor.collection(wanted.mark_in) if wanted.mark_in else None,
    )
    only = frozenset(options.get(wanted.option, ())) if wanted.option else frozenset()
    having: set[tuple[Any, ...]] | None = None
    if wanted.having and wanted.having in reader.connection.collections:
        ours = tuple(ours for ours, _ in wanted.link)
        having = await reader.store.with_rows(reader.name, vendor.collection(wanted.having), ours)
    found = []
    for row in rows:
        if wanted.may_ask is not None and not wanted.may_ask(row.values):
            continue
        if only and partition(row.key) not in only:
            continue
        if having is not None and tuple(row.values[theirs] for _, theirs in wanted.link) not in having:
            continue
        mark = None if not wanted.mark else row.mark or ""
        found.append(Marked(Parent(row.key, row.values), mark))
    return found


async def _check(session: Session, wanted: Parents) -> None:
    """Raises if what says whom to ask is not known: nobody would notice that nothing was asked."""
    for name in wanted.needs:
        if name == wanted.having and name not in session.reader.connection.collections:
            continue
        state = await session.reader.state(session.reader.vendor.collection(name))
        if state.state == "unavailable":
            raise FeatureMissing(f"The account lacks {name}, which {session.collection.name} needs.")
        if state.last_success_at is None and state.state != "held":
            raise Unavailable(f"{name} has not been read yet, which says what to ask of {session.collection.name}.")


async def unfinished(session: Session, strategy: Windows, parents: list[Parent]) -> dict[str, datetime]:
    """By partition, the start of the earliest row that will still change."""
    if not strategy.unfinished or strategy.parents is None:
        return {}
    link = strategy.parents.link
    names = {linked(parent, link): partition(parent.key) for parent in parents}
    found = await session.reader.store.earliest(
        session.reader.name,
        session.collection,
        tuple(ours for ours, _ in link),
        strategy.start,
        strategy.unfinished,
    )
    return {names[values]: at for values, at in found.items() if values in names}
