"""The account behind the stand-in: seeded, related rows that change as a fleet and its office change them."""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from typing import Any

from syncd.standin.itrack import building, driving, truth
from syncd.standin.itrack.making import trips
from syncd.standin.itrack.sessions import Sessions
from syncd.standin.itrack.settings import Settings
from syncd.standin.itrack.times import period
from syncd.standin.itrack.world import Key, Row, Sizes, World, key_of
from syncd.standin.waiting import Waiting

# Rows that go with another: table → (table, member that holds the lost row's key).
LOST_WITH: dict[str, tuple[tuple[str, str], ...]] = {
    "trackers": (
        ("tracker_states", "_tracker_id"), ("sensors", "_tracker_id"), ("readings", "_tracker_id"),
        ("counters", "_tracker_id"), ("driver_assignments", "_tracker_id"), ("tracker_statuses", "_tracker_id"),
        ("driver_journal", "tracker_id"),
    ),
    "sensors": (("readings", "sensor_id"),),
    "status_listings": (("statuses", "_listing_id"),),
    "vehicles": (("service_tasks", "vehicle_id"),),
    "entities": (("custom_fields", "_entity_id"),),
}  # fmt: skip
# Lists of keys inside other rows: table → (table, member).
NAMED_IN: dict[str, tuple[tuple[str, str], ...]] = {
    "trackers": (("rules", "trackers"), ("subusers", "_trackers")),
    "zones": (("rules", "zone_ids"),),
    "tasks": (("tasks", "checkpoint_ids"),),
    "statuses": (("status_listings", "entries"),),
}
COMPUTED = ("track_points", "mileage_daily", "sensor_data", "counter_data")


class Content(World):
    """All rows of one account. Every change happens at the clock's now, as the vendor would stamp it."""

    def __init__(self, seed: int, sizes: Sizes, settings: Settings, now: Callable[[], datetime]) -> None:
        """`now` is the account's clock, aware and UTC."""
        super().__init__(seed, sizes, now)
        self.settings = settings
        self.sessions = Sessions(settings, now, seed)
        self.writes: list[str] = []  # calls that would have changed something
        self.undocumented: list[tuple[str, str]] = []  # calls and the parameters they do not have
        self.version = 0
        self._timeline: list[tuple[datetime, int]] = []
        self._trips: dict[int, list[Row]] = {}
        self._waiting = Waiting(now)
        self._gone: dict[str, dict[Key, Row]] = {}
        building.build(self)

    # -- what is served ---------------------------------------------------------------------------------------------

    @property
    def logins(self) -> int:
        """Logins that succeeded."""
        return self.sessions.logins

    def noted(self) -> dict[str, Any]:
        """What was noted of the clients, for those who steer from another process."""
        sessions = self.sessions
        return {
            "logins": sessions.logins, "login_calls": sessions.login_calls, "renewals": sessions.renewals,
            "writes": self.writes, "undocumented": self.undocumented,
        }  # fmt: skip

    def rows(self, collection: str) -> list[Row]:
        """The rows of a table, in order of their keys' making."""
        return list(self.table(collection).values())

    def counts(self) -> dict[str, int]:
        """How many rows each table has."""
        return {name: len(rows) for name, rows in self.tables.items()}

    def oldest(self) -> datetime:
        """What is older is behind the storage period."""
        return self.moment() - period(self.settings.store_period)

    def events_between(self, start: datetime, end: datetime) -> list[Row]:
        """Events in [start, end], by time."""
        first = bisect_left(self._timeline, (start, 0))
        last = bisect_right(self._timeline, (end, 2**63))
        table = self.table("events")
        return [table[number] for _, number in self._timeline[first:last]]

    def trips(self, tracker_id: int) -> list[Row]:
        """The trips of a tracker's source, by time."""
        return self._trips.get(self.table("trackers")[tracker_id]["source"]["id"], [])

    def heard_until(self, tracker_id: int) -> datetime:
        """Up to when there are sensor and counter values."""
        heard: datetime = self.table("tracker_states")[tracker_id]["_heard_until"]
        return heard

    def snapshot(
        self, since: datetime | None = None, until: datetime | None = None, names: Iterable[str] | None = None
    ) -> dict[str, list[Row]]:
        """All that a reader could have now, as JSON values with ISO times in UTC; see `truth`."""
        return truth.snapshot(self, since, until, names)

    # -- changes ----------------------------------------------------------------------------------------------------

    def put(self, table: str, row: Row) -> Row:
        """Adds or replaces a row."""
        self._unlist(table, key_of(table, row))
        super().put(table, row)
        if table == "events":
            insort(self._timeline, (row["time"], row["id"]))
        elif table == "tracks":
            insort(self._trips.setdefault(row["_source_id"], []), row, key=trips.starts_at)
        self.version += 1
        return row

    def drop(self, table: str, key: Key) -> Row:
        """Takes a row out; KeyError if there is none."""
        self._unlist(table, key)
        self.version += 1
        return self.table(table).pop(key)

    def insert(self, collection: str, **changes: object) -> Row:
        """Adds a row with what belongs to it, these members as given; returns it, as served with its context."""
        return truth.shown(collection, building.add(self, collection, changes))

    def update(self, collection: str, key: object, **changes: object) -> Row:
        """Changes a row: these members (objects are merged), or something that fits."""
        row = self.table(collection)[_key(key)]
        changes = {name: like(row.get(name), value) for name, value in changes.items()} or building.edited(
            self, collection, row
        )
        fresh = row | {name: merged(row.get(name), value) for name, value in changes.items()}
        row.update(fresh)
        if collection == "events":
            self._timeline = sorted((one["time"], one["id"]) for one in self.table("events").values())
        self.version += 1
        return truth.shown(collection, row)

    def delete(self, collection: str, key: object) -> int:
        """Deletes a row and what goes with it; returns how many went. KeyError if there is none."""
        row = self.drop(collection, _key(key))
        self._gone.setdefault(collection, {})[_key(key)] = row
        number = 1
        for table, member in LOST_WITH.get(collection, ()):
            lost = [one for one, child in self.table(table).items() if child.get(member) == key]
            for one in lost:
                number += self.delete(table, one)
        for table, member in NAMED_IN.get(collection, ()):
            for other in self.table(table).values():
                if key in other.get(member, ()):
                    other[member] = [one for one in other[member] if one != key]
        if collection == "trackers" and not self._shares_source(row):
            for trip in list(self._trips.get(row["source"]["id"], ())):
                self.drop("tracks", key_of("tracks", trip))
        return number

    def recover(self, collection: str, key: object) -> Row:
        """Brings a deleted row back, alone."""
        return truth.shown(collection, self.put(collection, self._gone[collection].pop(_key(key))))

    def deleted(self, collection: str) -> list[Key]:
        """The keys of rows that `recover` can bring back."""
        return list(self._gone.get(collection, ()))

    def late(
        self, collection: str, *, seconds: float | None = None, requests: int | None = None, **changes: object
    ) -> Row:
        """Adds a row made now that is served only `seconds` or so many requests later."""
        row = building.add(self, collection, changes)
        self.drop(collection, key_of(collection, row))
        self._waiting.add(lambda: self.put(collection, row), seconds, requests)
        return truth.shown(collection, row)

    def tick(self, requests: int = 1) -> None:
        """Counts requests, and shows the late rows whose time has come."""
        self._waiting.tick(requests)

    # -- what devices and users do ----------------------------------------------------------------------------------

    def drive(self, tracker_id: int, *, at: datetime | None = None, minutes: float = 20) -> Row:
        """A new trip with points and events, ending now or from `at` on, and the state moves. Returns the track."""
        return driving.drive(self, tracker_id, at, minutes)

    def grow(self, tracker_id: int, minutes: float = 5) -> Row:
        """The newest trip goes on. Returns the track."""
        return driving.grow(self, tracker_id, minutes)

    def buffer(self, tracker_id: int, ago: timedelta | float, *, minutes: float = 20, events: int = 3) -> Row:
        """A device sends what it kept: a trip and events `ago` (seconds, if a number); its last movement stays."""
        ago = ago if isinstance(ago, timedelta) else timedelta(seconds=ago)
        return driving.buffer(self, tracker_id, ago, minutes, events)

    def merge_trips(self, tracker_id: int, first: int | None = None) -> tuple[int, int]:
        """Two trips in a row become one under the first's id; returns the id that stays and the one that vanished."""
        return driving.merge(self, tracker_id, first)

    def burst(self, number: int, at: datetime | None = None, tracker_id: int | None = None) -> list[int]:
        """So many events within one second; returns their ids."""
        return driving.burst(self, number, at or self.moment(), tracker_id)

    def block(self, tracker_id: int) -> None:
        """The tariff blocks a tracker, and its clones."""
        self._set_blocked(tracker_id, is_blocked=True)

    def unblock(self, tracker_id: int) -> None:
        """It is paid again."""
        self._set_blocked(tracker_id, is_blocked=False)

    def is_blocked(self, tracker_id: int) -> bool:
        """True if calls for this tracker are refused."""
        return bool(self.table("trackers")[tracker_id]["source"]["blocked"])

    def expire_sessions(self) -> int:
        """Every session ends; returns how many."""
        return self.sessions.expire()

    def change_password(self, password: str) -> int:
        """The account's owner takes a new password, which ends every session; returns how many."""
        self.settings.password = password
        return self.sessions.expire()

    # -- inside -----------------------------------------------------------------------------------------------------

    def _set_blocked(self, tracker_id: int, *, is_blocked: bool) -> None:
        source_id = self.table("trackers")[tracker_id]["source"]["id"]
        for tracker in self.table("trackers").values():
            if tracker["source"]["id"] == source_id:
                tracker["source"]["blocked"] = is_blocked
        self.version += 1

    def _shares_source(self, tracker: Row) -> bool:
        return any(one["source"]["id"] == tracker["source"]["id"] for one in self.table("trackers").values())

    def _unlist(self, table: str, key: Key) -> None:
        row = self.table(table).get(key)
        if row is None:
            return
        if table == "events":
            del self._timeline[bisect_left(self._timeline, (row["time"], row["id"]))]
        elif table == "tracks":
            self._trips[row["_source_id"]] = [one for one in self._trips[row["_source_id"]] if one is not row]


def _key(given: object) -> Key:
    """A key as JSON has it, as tables have it."""
    key: Any = tuple(given) if isinstance(given, list) else given
    found: Key = key
    return found


def like(old: object, new: Any) -> Any:  # noqa: ANN401  any value of a row
    """A given value in the type of the one it replaces: times and dates may be given as text."""
    if isinstance(new, str) and isinstance(old, datetime):
        return datetime.fromisoformat(new)
    if isinstance(new, str) and isinstance(old, date):
        return date.fromisoformat(new)
    return new


def merged(old: object, new: Any) -> Any:  # noqa: ANN401  any value of a row
    """An object's members replaced one by one, anything else as a whole."""
    return old | new if isinstance(old, dict) and isinstance(new, dict) else new
