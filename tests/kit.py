"""One account for a test: a stand-in over real HTTP, a real database, and the product's own parts between them.

Time is turned by hand: waits take none, and the vendor's clock is the same as ours unless a skew is set.
"""

from __future__ import annotations

import io
import json
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, Protocol

import structlog

from syncd import log as logs
from syncd.clock import Clock
from syncd.collection import Collection, Reconciliation, Snapshot, UpdatedSince
from syncd.passes import cycle
from syncd.plan import RunKind
from syncd.reader import Progress, Reader
from syncd.run import RunResult
from syncd.service import Service, open_service
from syncd.standin.server import StandIn
from syncd.standin.trackops.service import Settings
from syncd.standin.trackops.spelling import Spelling
from syncd.standin.trackops.world import Key
from syncd.vendors import VENDORS
from syncd.vendors.base import Vendor
from syncd.vendors.trackops import TRACKOPS
from tests import oracle
from tests.configured import loaded
from tests.turned_clock import TurnedClock

NAME = "acme"
NOW = datetime(2026, 3, 17, 12, tzinfo=UTC)
HOUR, DAY = 3600.0, 86400.0
COLLECTIONS = tuple(collection.name for collection in TRACKOPS.collections)
TIMED = tuple(c.name for c in TRACKOPS.collections if isinstance(c.strategy, UpdatedSince))
WHOLE = tuple(c.name for c in TRACKOPS.collections if isinstance(c.strategy, Snapshot))
# What a collection cannot be read without: its own disappearance is decided by what the other one holds.
TOGETHER = {"case_requests": ("cases",), "case_status_history": ("cases",)}


class SkewedClock(TurnedClock):
    """A turned clock whose wall shows another time than it should: ``skew`` is how far it is ahead."""

    skew = timedelta(0)

    def true(self) -> datetime:
        """What a right clock shows."""
        return super().now()

    def now(self) -> datetime:
        return super().now() + self.skew


def names_of(vendor: str) -> tuple[str, ...]:
    """All collections of a vendor."""
    return tuple(collection.name for collection in VENDORS[vendor].collections)


def together(vendor: str, names: Iterable[str]) -> tuple[str, ...]:
    """These collections and those they cannot be read without, in the vendor's order."""
    known = VENDORS[vendor]
    chosen = set(names)
    while (
        more := {need for name in chosen for need in (*TOGETHER.get(name, ()), *known.collection(name).needs)} - chosen
    ):
        chosen |= more
    return tuple(name for name in names_of(vendor) if name in chosen)


def tables_of(names: Iterable[str], vendor: Vendor = TRACKOPS) -> tuple[str, ...]:
    """The main and child tables of these collections."""
    chosen = [vendor.collection(name) for name in names]
    return tuple(table for one in chosen for table in (one.table, *(child.table for child in one.children)))


def all_tables() -> tuple[str, ...]:
    """Every mirrored table, lookups too."""
    return (*tables_of(COLLECTIONS), *(lookup.table for lookup in TRACKOPS.lookups))


@dataclass(slots=True)
class Account:
    """An account at a vendor and its copy in a database."""

    vendor: StandIn
    url: str
    clock: SkewedClock
    service: Service
    names: tuple[str, ...]
    said: io.StringIO
    progress: list[Progress] = field(default_factory=list)

    @property
    def reader(self) -> Reader:
        """The connection made ready."""
        return self.service.readers[NAME]

    @property
    def declared(self) -> Vendor:
        """What is declared of the vendor."""
        return self.reader.vendor

    def collection(self, name: str) -> Collection:
        """The declaration of a collection."""
        return self.declared.collection(name)

    # --- reading ------------------------------------------------------------------------------------------------------
    async def cycle(
        self,
        *names: str,
        kind: RunKind | None = None,
        allow_deletes: bool = False,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> dict[str, RunResult]:
        """One pass over these collections (none: all of the account); how each run ended."""
        wanted = names or self.names
        report = await cycle(
            self.service, {NAME: wanted}, kind=kind, allow_deletes=allow_deletes, since=since, until=until
        )
        if report.fatal is not None:
            raise report.fatal
        return {ended.result.collection: ended.result for ended in report.runs}

    async def sweep(self, *names: str, allow_deletes: bool = False) -> dict[str, RunResult]:
        """Everything read again."""
        return await self.cycle(*names, kind=RunKind.SWEEP, allow_deletes=allow_deletes)

    async def read(self, name: str, kind: RunKind | None = None, **more: Any) -> RunResult:
        """One run of one collection."""
        return (await self.cycle(name, kind=kind, **more))[name]

    async def settle(self) -> None:
        """What is new is now older than the lookback, and has been read: the next cycle has nothing to read again."""
        self.clock.turn(2 * self.reader.vendor.lookback.total_seconds())
        await self.cycle()
        self.clock.turn(2 * self.reader.vendor.lookback.total_seconds())
        await self.cycle()

    async def leave(self) -> None:
        """Let another process have the database."""
        if self.service.lock is not None:
            await self.service.store.release(self.service.lock)

    # --- what the vendor saw ------------------------------------------------------------------------------------------
    async def asked(self, *names: str, kind: RunKind | None = None) -> int:
        """How many requests one pass takes; its runs end well."""
        before = self.vendor.log.count()
        results = await self.cycle(*names, kind=kind)
        assert {"ok"} == {result.state for result in results.values()}, results
        return self.vendor.log.count() - before

    # --- what the database holds --------------------------------------------------------------------------------------
    def query(self, sql: str) -> list[dict[str, Any]]:
        """Rows, by a plain driver."""
        return oracle.read(self.url, sql)

    def run_row(self, result: RunResult) -> dict[str, Any]:
        """A run's row of ``syncd_runs``."""
        return self.query(f"SELECT * FROM syncd_runs WHERE id = {result.run}")[0]

    def cursor(self, name: str) -> Any:
        """The stored cursor of a collection, as JSON; None before the first."""
        found = self.query(f"SELECT cursor FROM syncd_cursors WHERE collection = '{name}'")
        value = found[0]["cursor"] if found else None
        return json.loads(value) if isinstance(value, str) else value

    def state(self, name: str) -> dict[str, Any]:
        """What is known of a collection."""
        return self.query(f"SELECT * FROM syncd_collections WHERE collection = '{name}'")[0]

    def live(self, name: str) -> int:
        """Live rows of a collection."""
        table = self.collection(name).table
        found = self.query(f"SELECT count(*) AS n FROM {table} WHERE _syncd_deleted_at IS NULL")
        return int(found[0]["n"])

    def tombstones(self, name: str) -> list[tuple[Any, ...]]:
        """Keys of the rows a collection's vendor no longer has, in order."""
        collection = self.collection(name)
        rows = self.query(
            f"SELECT {', '.join(collection.key)} FROM {collection.table} WHERE _syncd_deleted_at IS NOT NULL"
            f" ORDER BY {', '.join(collection.key)}"
        )
        return [tuple(row.values()) for row in rows]

    def row(self, name: str, key: Key) -> dict[str, Any]:
        """One row of a main table."""
        collection = self.collection(name)
        parts = key if isinstance(key, tuple) else (key,)
        where = " AND ".join(f"{column} = {part!r}" for column, part in zip(collection.key, parts, strict=True))
        return self.query(f"SELECT * FROM {collection.table} WHERE {where}")[0]

    def rejects(self) -> list[dict[str, Any]]:
        """What was set aside."""
        return self.query("SELECT * FROM syncd_rejects ORDER BY id")

    def picture(self) -> dict[str, list[dict[str, Any]]]:
        """Every mirrored row with its bookkeeping columns: equal pictures mean that nothing was written."""
        return {
            table: sorted(self.query(f"SELECT * FROM {table}"), key=repr)
            for table in (*tables_of(self.names, self.declared), *(lookup.table for lookup in self.declared.lookups))
        }

    # --- the oracle ---------------------------------------------------------------------------------------------------
    def differences(self) -> list[str]:
        """Every way in which the copy differs from what is served now, in the collections of this account."""
        snapshot = self.vendor.content.snapshot()
        return oracle.differences(self.url, snapshot, connection=NAME, vendor_name=self.declared.name, only=self.names)

    async def converges(self, *, patience: int = 4, differences: Callable[[], list[str]] | None = None) -> None:
        """Without faults, sweeps an hour apart make the copy equal to what is served, and the next writes nothing.

        *differences* tells what counts as unequal; by itself, everything.
        """
        self.vendor.switch.clear()
        results: Mapping[str, RunResult] = {}
        for _ in range(patience):
            self.clock.turn(1.1 * HOUR)
            results = await self.sweep()
            if {"ok"} == {result.state for result in results.values()}:
                break
        assert dict.fromkeys(results, "ok") == {name: one.state for name, one in results.items()}, results
        assert [] == (differences or self.differences)()
        before = self.picture()
        again = await self.sweep()
        assert dict.fromkeys(again, "ok") == {name: one.state for name, one in again.items()}, again
        changed = [row for one in again.values() if self.changes(row := self.run_row(one))]
        assert [] == changed
        assert before == self.picture()
        assert [] == self.query("SELECT * FROM syncd_staged")

    @staticmethod
    def changes(row: Mapping[str, Any]) -> int:
        """Rows that a run wrote."""
        return int(row["inserted"] + row["updated"] + row["tombstoned"])


def key_of(name: str, row: Mapping[str, Any]) -> Key:
    """The stand-in's key of one of its rows."""
    key = tuple(row[column] for column in TRACKOPS.collection(name).key)
    return key[0] if len(key) == 1 else (key[0], key[1])


def add(account: Account, name: str, number: int = 1) -> list[Key]:
    """New records at the vendor; their keys."""
    return [key_of(name, account.vendor.content.insert(name)) for _ in range(number)]


def change(account: Account, name: str, nth: int = 0) -> Key:
    """A record changed at the vendor as its collection allows: by another text, by a status entered; its key."""
    content = account.vendor.content
    if name == "case_update_notifications":  # is only ever added to
        return add(account, name)[0]
    if name == "case_status_history":
        case = content.rows("cases")[nth]
        content.move_case(case["id"], case["case_status_id"] + 1 if case["case_status_id"] else 1)
        return case["id"], case["case_status_id"]
    row = content.rows(name)[nth]
    content.update(name, key_of(name, row))
    return key_of(name, row)


def edit(account: Account, name: str, key: Key, members: dict[str, Any]) -> None:
    """These members of a record changed at the vendor."""
    account.vendor.content.update(name, key, **members)


def remove(account: Account, name: str, number: int = 1, first: int = 0) -> list[Key]:
    """Records that vanish at the vendor, spread over the list from its *first*; their keys in order."""
    rows = account.vendor.content.rows(name)
    step = max(1, (len(rows) - first) // number)
    keys = [key_of(name, row) for row in rows[first::step][:number]]
    for key in keys:
        account.vendor.content.delete(name, key)
    return sorted(keys, key=lambda key: key if isinstance(key, tuple) else (key,))


def reconciliation() -> Reconciliation:
    """The rule by which status history is reconciled."""
    rule = TRACKOPS.collection("case_status_history").reconciles
    assert rule is not None
    return rule


class Address(Protocol):
    """Where an account is and who may read it."""

    @property
    def url(self) -> str:
        """The base URL."""

    @property
    def username(self) -> str:
        """The login."""

    @property
    def token(self) -> str:
        """The token."""


def fleet_toml(vendor: StandIn, url: str, folder: Path, names: Sequence[str], collections: str, more: str) -> str:
    """A configuration of one connection to a vendor of fleets; *more* may have credentials, ``since`` and ``rate``."""
    kind = vendor_of(vendor)
    credentials = {} if any(line.startswith(("token", "login", "api_key")) for line in more.splitlines()) else {
        name: value for name, value in vendor.credentials.items()
        if name != "api_key" or "login" not in vendor.credentials
    }  # fmt: skip
    default = {"rate": "100000/s", "since": "60d"}
    lines = [f'{name} = "{value}"' for name, value in {**credentials, **default}.items() if f"{name} =" not in more]
    tables = []
    for one in VENDORS[kind].collections:
        header = f"[connections.{NAME}.collections.{one.name}]"
        if header in collections:
            assert ((one.name in names) and f"{header}\nenabled = true" in collections) or one.enabled_by_default
        elif (one.name in names) != one.enabled_by_default:
            tables.append(f"{header}\nenabled = {str(one.name in names).lower()}")
    return "\n".join([
        f'state_dir = "{folder}"', "[database]", f'url = "{url}"', f"[connections.{NAME}]", f'vendor = "{kind}"',
        f'base_url = "{vendor.url}"', *lines, *(["timeout = 5"] if "timeout" not in more else []), more, *tables,
        collections,
    ])  # fmt: skip


def vendor_of(vendor: StandIn) -> str:
    """Which vendor a stand-in stands in for."""
    return type(vendor.service).__module__.split(".")[2]


def toml(
    vendor: Address, url: str, names: Sequence[str], collections: str = "", more: str = "", rate: str = "100000/s"
) -> str:
    """A configuration of one connection, with only these collections switched on and no limit to speak of."""
    off = "".join(
        f"[connections.{NAME}.collections.{name}]\nenabled = false\n" for name in COLLECTIONS if name not in names
    )
    return f"""
[database]
url = "{url}"
[server]
listen = "off"
[connections.{NAME}]
vendor = "trackops"
base_url = "{vendor.url}"
username = "{vendor.username}"
token = "{vendor.token}"
rate = "{rate}"
timeout = 5
{more}
{off}
{collections}
"""


@asynccontextmanager
async def account(
    folder: Path,
    url: str,
    *,
    names: Sequence[str] | None = None,
    clock: SkewedClock | None = None,
    vendor: StandIn | str = "trackops",
    collections: str = "",
    more: str = "",
    level: str = "debug",
    **content: Any,
) -> AsyncIterator[Account]:
    """An account with *content* (of Trackops ``cases``, ``rows``, ``seed``, ``spelling``, ``settings``; of others what
    their ``make`` takes) and its copy at *url*.

    *names* are the collections that are read (with those they cannot do without; None: all), *collections* and *more*
    TOML for the configuration. Give *vendor* and *clock* of an earlier account to come back to it as another process
    would; otherwise *vendor* is the name of one.
    """
    clock = clock or SkewedClock(NOW)
    said = io.StringIO()
    logs.configure(level=level, format="json", stream=said)
    is_ours = isinstance(vendor, str)
    made = _made(vendor, clock, content) if isinstance(vendor, str) else vendor
    kind = vendor_of(made)
    chosen = together(kind, names_of(kind) if names is None else names)
    if is_ours:
        await made.start()
    try:
        text = (
            toml(made, url, chosen, collections, more)
            if kind == "trackops"
            else fleet_toml(made, url, folder, chosen, collections, more)
        )
        config = loaded(folder, text)
        progress: list[Progress] = []
        async with open_service(config, lock=True, holder="a test", clock=clock, watch=progress.append) as service:
            yield Account(made, url, clock, service, chosen, said, progress)
    finally:
        structlog.reset_defaults()
        if is_ours:
            await made.stop()


SMALL: dict[str, dict[str, Any]] = {
    "trackops": {"cases": 4},
    "trackunit": {"units": 4, "days": 14, "rows_per_day": 6, "can_per_day": 1, "faults_per_day": 0.3},
    "itrack": {"trackers": 4, "days": 6, "trips_per_day": 2, "events_per_day": 4, "point_every_s": 600},
    "trackier": {
        "campaigns": 5,
        "publishers": 4,
        "advertisers": 3,
        "days": 6,
        "clicks_per_day": 8,
        "conversions_per_day": 4,
    },
}
"""How much an account has where a test does not say."""


def _made(vendor: str, clock: SkewedClock, content: Mapping[str, Any]) -> StandIn:
    if vendor == "trackops":
        return StandIn.trackops(now=clock.true, monotonic=clock.monotonic, **{**SMALL[vendor], **content})
    return StandIn.of(vendor, now=clock.true, monotonic=clock.monotonic, **{**SMALL[vendor], **content})


def unlimited(**more: Any) -> Settings:
    """The stand-in's settings without a limit."""
    return Settings(rate=None, **more)


def spelled(**forms: Any) -> Spelling:
    """The stand-in's forms of values."""
    return Spelling(**forms)


Change = Callable[[dict[str, Any]], dict[str, Any]]

__all__ = [
    "Account",
    "Change",
    "Clock",
    "Random",
    "RunKind",
    "account",
    "all_tables",
    "key_of",
    "spelled",
    "tables_of",
    "timedelta",
    "toml",
    "unlimited",
]
