"""The network behind the stand-in: seeded, related rows that change as its people, visitors and panel change them."""

from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from syncd.standin.trackier import building, truth
from syncd.standin.trackier.making.happenings import about_pair
from syncd.standin.trackier.settings import Settings
from syncd.standin.trackier.times import begin_of, day_of
from syncd.standin.trackier.world import Key, Row, Sizes, World, key_member
from syncd.standin.waiting import Waiting

# Tables whose rows go with one of another.
LOST_WITH = {
    "campaigns": ("campaign_goals", "campaign_caps", "landing_pages", "campaign_access"),
    "publishers": ("publisher_transactions", "publisher_payments", "campaign_access"),
}
NAMED_IN_LOGS = {"campaigns", "publishers", "advertisers", "accounts"}
FED = {"campaigns": "status_changed", "campaign_goals": "goal_updated"}  # whose edits the change feed tells
ON_TIME = ("created", "modified")


class Content(World):
    """All rows of one network. Every change happens at the clock's now, as the vendor would stamp it."""

    def __init__(self, seed: int, sizes: Sizes, settings: Settings, now: Callable[[], datetime]) -> None:
        """`now` is the network's clock, aware and UTC."""
        super().__init__(seed, sizes, now)
        self.settings = settings
        self.writes: list[str] = []  # requests that would have changed something
        self.undocumented: list[tuple[str, str]] = []  # paths and the parameters they do not have
        self._pairs: dict[tuple[int, int], Row] = {}
        self._waiting = Waiting(now)
        self._gone: dict[str, dict[Key, Row]] = {}
        building.build(self)

    # -- what is served ---------------------------------------------------------------------------------------------

    def noted(self) -> dict[str, Any]:
        """What was noted of the clients, for those who steer from another process."""
        return {"writes": self.writes, "undocumented": self.undocumented}

    def ids(self, collection: str) -> list[Key]:
        """The keys of a table."""
        return list(self.table(collection))

    def counts(self) -> dict[str, int]:
        """How many rows each table has."""
        return {name: len(rows) for name, rows in self.tables.items()}

    def pair(self, campaign: Row, publisher: Row) -> Row:
        """What rows of logs say of both, shared by all that are made until one of them is called otherwise."""
        key = campaign["id"], publisher["id"]
        if key not in self._pairs:
            self._pairs[key] = about_pair(self, campaign, publisher)
        return self._pairs[key]

    def snapshot(
        self, since: datetime | None = None, until: datetime | None = None, names: Iterable[str] | None = None
    ) -> dict[str, list[Row]]:
        """All that a copy must hold now, as JSON values with ISO times in UTC; see `truth`."""
        return truth.snapshot(self, since, until, names)

    # -- changes ----------------------------------------------------------------------------------------------------

    def insert(self, collection: str, **changes: object) -> Row:
        """Adds a row, these members as given; returns it as a copy must hold it."""
        row = building.add(self, collection, changes)
        if collection in FED:
            self._feed(row, "created")
        return truth.shown(self, collection, row)

    def update(self, collection: str, key: Key, **changes: object) -> Row:
        """Changes a row: these members (objects are merged), or something that fits."""
        row = self.table(collection)[key]
        given = {name: _like(row.get(name), name, value) for name, value in changes.items()}
        given = given or building.edited(self, collection, row)
        fresh = row | {name: _merged(row.get(name), value) for name, value in given.items()}
        if "created" in given:
            self.drop(collection, key)
            row.update(fresh)
            self.put(collection, row)
        else:
            row.update(fresh)
        self._touched(collection)
        if collection in FED:
            self._feed(row, FED[collection])
            if collection == "campaign_goals" and self.settings.goal_edits_touch:
                self.table("campaigns")[row["$campaign"]]["modified"] = self.moment()
        return truth.shown(self, collection, row)

    def delete(self, collection: str, key: Key) -> int:
        """Deletes a row and what goes with it; returns how many went. KeyError if there is none."""
        self._gone.setdefault(collection, {})[key] = self.drop(collection, key)
        self._touched(collection)
        number = 1
        for table in LOST_WITH.get(collection, ()):
            for row in self.hanging(table, collection[:-1], key):
                number += self.delete(table, row[key_member(table)])
        return number

    def recover(self, collection: str, key: Key) -> Row:
        """Brings a deleted row back, alone."""
        row = self.put(collection, self._gone[collection].pop(key))
        self._touched(collection)
        return truth.shown(self, collection, row)

    def deleted(self, collection: str) -> list[Key]:
        """The keys of rows that `recover` can bring back."""
        return list(self._gone.get(collection, ()))

    def lost(self, collection: str, key: Key) -> Row:
        """A deleted row."""
        return self._gone[collection][key]

    def late(
        self, collection: str, *, seconds: float | None = None, requests: int | None = None, **changes: object
    ) -> Row:
        """Adds a row made now that is served only `seconds` or so many requests later."""
        row = building.add(self, collection, {"created": self.moment()} | changes)
        self.drop(collection, row[key_member(collection)])
        self._waiting.add(lambda: self.put(collection, row), seconds, requests)
        return truth.shown(self, collection, row)

    def tick(self, requests: int = 1) -> None:
        """Counts requests, and shows the late rows whose time has come."""
        self._waiting.tick(requests)

    # -- what visitors and the panel do -----------------------------------------------------------------------------

    def click(self, number: int = 1, **about: object) -> list[Key]:
        """So many clicks now, of `campaign_id` and `publisher_id` or any; returns their ids."""
        return [self._add("clicks", about) for _ in range(number)]

    def convert(self, number: int = 1, **about: object) -> list[Key]:
        """So many conversions now, of a click each where `campaign_id` and `publisher_id` say nothing else."""
        return [self._add("conversions", about) for _ in range(number)]

    def import_conversions(self, number: int = 1, days: float = 30, **about: object) -> list[Key]:
        """Conversions that were made so many days ago, and are known only now; returns their ids."""
        at = self.moment() - timedelta(days=days)
        return [self._add("conversions", {"created": at} | about) for _ in range(number)]

    def settle(self, key: Key, status: str) -> Row:
        """A conversion's status changes, as weeks later by a check for fraud."""
        return self.update("conversions", key, status=status, modified=self.moment())

    def burst(self, number: int = 700, at: datetime | None = None, collection: str = "clicks") -> list[Key]:
        """So many clicks (or rows of another log) within one second, of yesterday if `at` does not say."""
        at = (at or self.moment() - timedelta(days=1)).replace(microsecond=0)
        return [self._add(collection, {"created": at}) for _ in range(number)]

    def adjust(
        self, day: date | str, campaign_id: int | None = None, publisher_id: int | None = None, *,
        goal_id: str = "", **adds: float | str | Decimal,
    ) -> Key:  # fmt: skip
        """Somebody adjusts a day's figures by hand: reports show more (or less) than the logs. KPIs by their names."""
        number = self.number("adjustments")
        pick = self.pick("adjustments", number)
        campaign = self.table("campaigns")[campaign_id] if campaign_id else self.any_of("campaigns", pick)
        publisher = self.table("publishers")[publisher_id] if publisher_id else self.any_of("publishers", pick)
        if campaign is None or publisher is None:
            raise KeyError("adjustments")
        pair = self.pair(campaign, publisher)
        goal = self.table("campaign_goals").get(goal_id, {})
        money = {name: Decimal(str(value)) if not isinstance(value, int) else value for name, value in adds.items()}
        row = self.put("adjustments", {
            "$number": number, "day": date.fromisoformat(day) if isinstance(day, str) else day, "$pair": pair,
            "goal_id": goal_id, "goal_name": goal.get("title") or (pair["$default_goal"] or "" if not goal_id else ""),
            "adds": money,
        })  # fmt: skip
        key: int = row["$number"]
        return key

    def today(self) -> date:
        """The network's day."""
        return day_of(self.moment(), self.settings.zone)

    def noon(self, day: date) -> datetime:
        """The middle of a day of the network."""
        return begin_of(day, self.settings.zone) + timedelta(hours=12)

    # -- inside -----------------------------------------------------------------------------------------------------

    def _add(self, collection: str, about: dict[str, Any]) -> Key:
        row = building.add(self, collection, {"created": self.moment()} | about)
        key: Key = row[key_member(collection)]
        return key

    def _feed(self, row: Row, event: str) -> None:
        """Adds to the change feed what happened to a campaign; one moment tells of one kind of event once."""
        about = {"campaignId": row.get("campaignId") or row["hashId"], "event": event, "created": self.moment()}
        now = self.between("campaign_timelines", about["created"], about["created"] + timedelta(milliseconds=1))
        if not any(one["campaignId"] == about["campaignId"] and one["event"] == event for one in now):
            building.add(self, "campaign_timelines", about)

    def _touched(self, collection: str) -> None:
        self.version += 1
        if collection in NAMED_IN_LOGS:
            self._pairs.clear()


def _like(old: object, name: str, new: Any) -> Any:  # noqa: ANN401  any value of a row
    """A given value in the type of the one it replaces: times and money may be given as text."""
    if isinstance(new, str) and (isinstance(old, datetime) or name in ON_TIME):
        return datetime.fromisoformat(new)
    if isinstance(new, str) and isinstance(old, date):
        return date.fromisoformat(new)
    return Decimal(new) if isinstance(new, str) and isinstance(old, Decimal) else new


def _merged(old: object, new: Any) -> Any:  # noqa: ANN401  any value of a row
    """An object's members replaced one by one, anything else as a whole."""
    return old | new if isinstance(old, dict) and isinstance(new, dict) else new
