"""The parents of a collection: the rows of another one that are asked for one by one or in batches."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog

from syncd.collection import Collection, Parents, Windows
from syncd.config import ConnectionConfig
from syncd.errors import FeatureMissing, Unread
from syncd.reading import Parent
from syncd.store import Store

SEPARATOR = "\x1f"

log = structlog.get_logger(__name__)


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


async def of(store: Store, connection: ConnectionConfig, collection: Collection, wanted: Parents) -> list[Marked]:
    """The parents of *collection* that may be asked now, in the order of their keys."""
    vendor, options = connection.vendor, connection.collections[collection.name].options
    rows = await store.parents(
        connection.name,
        vendor.collection(wanted.collection),
        columns=tuple(dict.fromkeys((*(theirs for _, theirs in wanted.link), *wanted.columns))),
        mark=wanted.mark or None,
        mark_in=vendor.collection(wanted.mark_in) if wanted.mark_in else None,
    )
    only = frozenset(options.get(wanted.option, ())) if wanted.option else frozenset()
    if strangers := only - {partition(row.key) for row in rows}:
        # Nobody would notice that nothing was asked.
        log.warning(
            "the configuration names ids that the account does not have",
            action="strange_parents",
            connection=connection.name,
            collection=collection.name,
            key=wanted.option,
            ids=sorted(strangers),
        )
    having: set[tuple[Any, ...]] | None = None
    if wanted.having and wanted.having in connection.collections:
        ours = tuple(ours for ours, _ in wanted.link)
        having = await store.with_rows(connection.name, vendor.collection(wanted.having), ours)
    return [
        Marked(parent, (row.mark or "") if wanted.mark else None)
        for row in rows
        for parent in [Parent(row.key, row.values)]
        if (wanted.may_ask is None or wanted.may_ask(row.values))
        and (not only or partition(row.key) in only)
        and (having is None or linked(parent, wanted.link) in having)
    ]


async def check(store: Store, connection: ConnectionConfig, collection: Collection, wanted: Parents) -> None:
    """Raises if what says whom to ask is not known: nobody would notice that nothing was asked."""
    states = {state.collection: state for state in await store.states([connection.name])}
    for name in wanted.needs:
        if name == wanted.having and name not in connection.collections:
            continue
        state = states.get(name)
        if state is not None and state.state == "unavailable":
            raise FeatureMissing(f"The account lacks {name}, which {collection.name} needs.")
        if state is None or (state.last_success_at is None and state.state != "held"):
            raise Unread(
                f"{name} has not been read yet, which says what to ask of {collection.name}.",
                remedy=f"It is tried again once {name} could be read.",
            )


async def unfinished(
    store: Store, connection: str, collection: Collection, parents: Iterable[Parent]
) -> dict[str, datetime]:
    """By partition, the start of the earliest row that will still change."""
    strategy = collection.strategy
    if not isinstance(strategy, Windows) or not strategy.unfinished or strategy.parents is None:
        return {}
    link = strategy.parents.link
    names = {linked(parent, link): partition(parent.key) for parent in parents}
    columns = tuple(ours for ours, _ in link)
    found = await store.earliest(connection, collection, columns, strategy.start, strategy.unfinished)
    return {names[values]: at for values, at in found.items() if values in names}
