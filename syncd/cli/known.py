"""What the database knows of selected collections, for the commands that say beforehand what a cycle costs."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

from syncd import parents
from syncd.cli.forecast import Known, known_of
from syncd.cli.present import present_store
from syncd.cli.selectors import Selected
from syncd.clock import Clock
from syncd.collection import Collection, Parents
from syncd.config import Config, ConnectionConfig
from syncd.errors import StoreBroken
from syncd.forecast import Asked
from syncd.plan import Cursor
from syncd.reader import extractor_of
from syncd.store import CollectionState, Store


@dataclass(frozen=True, slots=True)
class Present:
    """The store as it is: ``store`` None where nothing is stored, ``vendors`` are those whose rows can be looked at."""

    store: Store | None
    vendors: frozenset[str] = frozenset()


@asynccontextmanager
async def present(config: Config, clock: Clock) -> AsyncIterator[Present]:
    """The store with the tables of those vendors whose collections have been read.

    A vendor that was configured a minute ago has no tables yet, which is no problem to a plan.
    """
    async with AsyncExitStack() as stack:
        bare = await stack.enter_async_context(present_store(config, clock))
        read = set() if bare is None else {state.vendor for state in await bare.states() if state.last_success_at}
        vendors = [vendor for vendor in config.vendors() if vendor.name in read]
        if not vendors:
            yield Present(bare)
            return
        try:
            store = await stack.enter_async_context(present_store(config, clock, vendors=vendors))
        except StoreBroken:
            # An older schema: what the bookkeeping tells is still true.
            yield Present(bare)
        else:
            yield Present(store, frozenset(read))


async def known(at: Present, one: Selected, now: datetime) -> dict[str, Known]:
    """What the database knows of each selected collection at *now*."""
    states: dict[str, CollectionState] = {}
    last: Mapping[str, int] = {}
    if at.store is not None:
        states = {state.collection: state for state in await at.store.states([one.connection.name])}
        last = await at.store.last_requests(one.connection.name)
    return {name: await _known(at, one.connection, name, states, now, last.get(name)) for name in one.collections}


async def _known(
    at: Present,
    connection: ConnectionConfig,
    name: str,
    states: Mapping[str, CollectionState],
    now: datetime,
    last: int | None,
) -> Known:
    collection, state = connection.vendor.collection(name), states.get(name)
    cursors = {} if at.store is None else await at.store.cursors(connection.name, name)
    asked = Asked(
        now,
        cursors,
        {each: await _parents(at, connection, collection, each, states) for each in collection.parents},
        last,
    )
    if state is None:
        return Known(asked=asked)
    return known_of(state, Cursor.from_json(cursors.get("")), _version(connection, collection), asked)


async def _parents(
    at: Present,
    connection: ConnectionConfig,
    collection: Collection,
    wanted: Parents,
    states: Mapping[str, CollectionState],
) -> dict[str, str | None] | None:
    """The marks of the parents that would be asked now, by partition; None if they were never read."""
    state, vendor, store = states.get(wanted.collection), connection.vendor, at.store
    if store is None or vendor.name not in at.vendors or state is None or state.last_success_at is None:
        return None
    found = await parents.of(store, connection, collection, wanted)
    return {parents.partition(each.parent.key): each.mark for each in found}


def _version(connection: ConnectionConfig, collection: Collection) -> str:
    """What tells whether the stored rows were parsed as the next cycle would parse them."""
    return extractor_of(connection, collection).version
