"""A connection made ready to be read, what is wanted of a run, and what it tells whoever watches."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from syncd import plan
from syncd.ask import Answer, Ask, Question
from syncd.clock import Clock
from syncd.collection import Collection
from syncd.config import CollectionConfig, ConnectionConfig
from syncd.crew import drive
from syncd.http.client import Client
from syncd.http.options import Meter
from syncd.http.pace import Pace
from syncd.lane import Lane
from syncd.parse import Extractor
from syncd.plan import RunKind, Scope
from syncd.privacy import Hasher
from syncd.reading import Account
from syncd.sharing import Sharing
from syncd.store import CollectionState, Store
from syncd.vendors.base import Vendor

CLOCKS_AGREE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Progress:
    """What a run has done so far, for whoever watches: told after every page.

    ``expected`` are the records that the vendor counts, ``left`` the windows of a backfill that are still to be read.
    """

    connection: str
    collection: str
    kind: RunKind
    page: int
    received: int
    changed: int
    requests: int
    expected: int | None
    left: int | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """What is wanted of a run beyond what is due: everything read, held deletions applied, a past range.

    ``scope`` is the part of what is due. A run with ``gives_way_at`` begins nothing more from then on, as its
    collection's next cycle is due, or as soon as a person wants that; what it leaves is as good as never begun.
    """

    kind: RunKind = RunKind.CYCLE
    lane: Lane = Lane.INCREMENT
    allow_deletes: bool = False
    since: datetime | None = None
    until: datetime | None = None
    scope: Scope = Scope.ALL
    gives_way_at: datetime | None = None


@dataclass(slots=True)
class Reader:
    """One connection made ready to be read: its account, its vendor, the store, the clock and whoever watches.

    ``urged`` says whether somebody waits for a collection, so that a run of its past gives way before its time.
    """

    connection: ConnectionConfig
    client: Client
    store: Store
    clock: Clock
    watch: Callable[[Progress], None] = lambda _progress: None
    urged: Callable[[str], bool] = lambda _name: False
    next_due: Callable[[CollectionConfig, datetime], datetime] = plan.next_due
    _extractors: dict[str, Extractor] = field(default_factory=dict)
    _account: tuple[Account, set[str]] | None = None
    _learning: asyncio.Lock = field(default_factory=asyncio.Lock)
    _sharing: Sharing = field(init=False)

    def __post_init__(self) -> None:
        """Nothing is shared yet."""
        self._sharing = Sharing(self.clock.monotonic)

    @property
    def name(self) -> str:
        """The connection's name, first part of every key."""
        return self.connection.name

    @property
    def vendor(self) -> Vendor:
        """The connection's vendor."""
        return self.connection.vendor

    def pace(self, collection: Collection) -> Pace:
        """The pace of the calls that *collection* is read by."""
        return self.client.pace_of(collection.path)

    def vendor_now(self) -> datetime:
        """The vendor's time as far as its answers have told; ours while the two are less than a minute apart."""
        now, offset = self.clock.now(), self.client.vendor_offset
        return now + offset if offset is not None and abs(offset) > CLOCKS_AGREE else now

    async def account(self, ask: Ask, collection: Collection) -> Account:
        """What reading depends on, asked afresh in every cycle: when the same *collection* wants it again."""
        learn = self.vendor.learn
        if learn is None:
            return self.connection.account()
        # Runs that begin side by side are of one cycle: the second takes what the first was told.
        async with self._learning:
            if self._account is None or collection.name in self._account[1]:
                self._account = await drive(learn(), ask, _nothing), set()
            account, users = self._account
            users.add(collection.name)
            return account

    def asker(self, lane: Lane, meter: Meter, collection: Collection) -> Ask:
        """The client's ask for a run of *collection*; a question may be shared with the other runs of a cycle."""
        ask = self.client.asker(lane, meter)

        async def asked(question: Question) -> Answer:
            if not question.shared:
                return await ask(question)
            return await self._sharing.answer(question, ask, collection.name)

        self._sharing.begin(collection.name)
        return asked

    def options(self, collection: Collection) -> CollectionConfig:
        """What the configuration says of a collection."""
        return self.connection.collections[collection.name]

    async def state(self, collection: Collection) -> CollectionState:
        """What the database knows of a collection; as good as nothing before its first run."""
        states = await self.store.states([self.name])
        unknown = CollectionState(self.name, collection.name, self.vendor.name, collection.table)
        return next((state for state in states if state.collection == collection.name), unknown)

    def extractor(self, collection: Collection) -> Extractor:
        """The collection's compiled extractor."""
        if collection.name not in self._extractors:
            made = extractor_of(self.connection, collection, stamped=self.store.takes_text)
            self._extractors[collection.name] = made
        return self._extractors[collection.name]


def extractor_of(connection: ConnectionConfig, collection: Collection, *, stamped: bool = False) -> Extractor:
    """The extractor of a collection as *connection* wants its columns; *stamped* as ``Extractor`` takes it."""
    options, key = connection.collections[collection.name], connection.hash_key
    return Extractor(
        collection,
        connection.vendor.lookups,
        include=options.include,
        exclude=options.exclude,
        hashed=options.hash,
        hasher=Hasher(key.reveal()) if options.hash and key is not None else None,
        never_stored=connection.vendor.never_stored,
        stamped=stamped,
    )


async def _nothing(_records: list[Any]) -> None:
    """What an account tells is no record."""
