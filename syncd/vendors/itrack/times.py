"""Times: the user's wall clock in questions and answers, UTC everywhere else.

A server that can send offsets is asked for them. From others a time is plain text in the user's zone, which once a
year cannot be told apart: the repeated hour of autumn. What is written here keeps every row then, and what is asked
never names such an hour, nor one that the clock skips in spring.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from syncd.collection import Child, Collection, Kind, Origin
from syncd.errors import Malformed, RecordInvalid
from syncd.reading import Account
from syncd.values import to_instant, to_local_datetime

SECOND = timedelta(seconds=1)

Path = tuple[str, ...]
"""Members to a value; ``[]`` stands for every element of an array, ``{}`` for every value of an open map."""


def zone_named(name: object) -> ZoneInfo:
    """The zone of an account. Malformed if nobody knows it: no plain time could be read."""
    try:
        if isinstance(name, str) and name:
            return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        pass
    shown = repr(name)[:60]
    raise Malformed(
        f"The account's time zone is {shown}, which is not known here: its times cannot be read.",
        remedy="Choose a zone of the usual names (as Europe/Copenhagen) in the account, or update the package tzdata.",
    )


# --- in questions ---------------------------------------------------------------------------------------------------


def since(account: Account, moment: datetime) -> str:
    """The start of a range as a parameter: a second earlier, for nobody says whether bounds are included."""
    return _asked(account, moment - SECOND, later=False)


def until(account: Account, moment: datetime) -> str:
    """The end of a range as a parameter."""
    return _asked(account, moment, later=True)


def before_repeat(account: Account, moment: datetime) -> datetime:
    """*moment*, or the last second before the repeated hour in which it cannot be asked for."""
    return moment if account.facts.get("iso") else _clear(account.tz, moment, later=False)


def after_repeat(account: Account, moment: datetime) -> datetime:
    """*moment*, or the end of the repeated hour in which it cannot be asked for."""
    return moment if account.facts.get("iso") else _clear(account.tz, moment, later=True)


def _asked(account: Account, moment: datetime, *, later: bool) -> str:
    if account.facts.get("iso"):
        return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return _clear(account.tz, moment, later=later).astimezone(account.tz).strftime("%Y-%m-%d %H:%M:%S")


def _clear(zone: ZoneInfo, moment: datetime, *, later: bool) -> datetime:
    """*moment*, or the next one (*later*) or the last one whose wall time exists once."""
    wall = moment.astimezone(zone).replace(tzinfo=None)
    first, second = _both(zone, wall)
    if second <= first:
        return moment
    repeated = second - first
    # The clock was set back between the two: from then on the later offset holds.
    offset = second.astimezone(zone).utcoffset()
    low, high = first, second
    while high - low > SECOND:
        middle = low + (high - low) // 2 // SECOND * SECOND
        low, high = (low, middle) if middle.astimezone(zone).utcoffset() == offset else (middle, high)
    return high + repeated if later else high - repeated - SECOND


def _both(zone: ZoneInfo, wall: datetime) -> tuple[datetime, datetime]:
    """The two instants that a wall time may stand for.

    Of a repeated one the second is later, else they are the same; of a skipped one the first is moved on by the gap, as
    the vendor's Java does it.
    """
    first = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    return first, wall.replace(tzinfo=zone, fold=1).astimezone(UTC)


def midnight(account: Account, day: date) -> datetime:
    """When a calendar day begins for the user."""
    return datetime(day.year, day.month, day.day, tzinfo=account.tz).astimezone(UTC)


# --- in answers -----------------------------------------------------------------------------------------------------


def localised(
    collection: Collection, account: Account, records: Iterable[Any], order: tuple[str, ...] = ()
) -> list[Any]:
    """*records* with every instant that *collection* declares as ``…Z``; whatever is no time stays as it is.

    *order* names the columns by which the vendor sorted, as ``("start_date", "end_date")`` for ranges one after the
    other: a time of the repeated hour that would run backwards is the later one of its two.
    """
    chained = [_column_path(collection, name) for name in order]
    loose = [path for path in instants(collection) if path not in chained]
    clock = _Clock(account.tz)
    found = []
    for record in records:
        if isinstance(record, dict):
            told = dict(record)
            for path in chained:
                _change(told, path, clock.next)
            for path in loose:
                _change(told, path, clock.any)
            found.append(told)
        else:
            found.append(record)
    return found


def moment(record: object, name: str) -> datetime | None:
    """The instant in a member of a localised record; None if there is none that can be read."""
    value = record.get(name) if isinstance(record, dict) else None
    try:
        return None if value is None else to_instant(value)
    except RecordInvalid:
        return None


def instants(collection: Collection) -> list[Path]:
    """Where in a record of *collection* instants stand, children's too."""
    found = [_path(path) for c in collection.columns if c.kind is Kind.INSTANT and c.source for path in c.paths]
    for child in collection.children:
        found += [
            (*_path(child.source), _each(child), *_path(path))
            for c in child.columns
            if c.kind is Kind.INSTANT and c.source
            for path in c.paths
        ]
    return found


def _each(child: Child) -> str:
    return "{}" if any(c.origin is Origin.MAP_KEY for c in child.columns) else "[]"


def _path(dotted: str) -> Path:
    return tuple(dotted.split("."))


def _column_path(collection: Collection, name: str) -> Path:
    return _path(collection.column(name).source or name)


def _change(record: dict[str, Any], path: Path, convert: Callable[[str], str]) -> None:
    """Convert the text under *path*, in copies of whatever holds it: answers may be shared."""
    head, rest = path[0], path[1:]
    if head in record:
        record[head] = _changed(record[head], rest, convert)


def _changed(value: Any, path: Path, convert: Callable[[str], str]) -> Any:  # noqa: ANN401 (any JSON value)
    if not path:
        return convert(value) if isinstance(value, str) else value
    head, rest = path[0], path[1:]
    if head == "[]":
        return [_changed(item, rest, convert) for item in value] if isinstance(value, list) else value
    if not isinstance(value, Mapping):
        return value
    if head == "{}":
        return {name: _changed(item, rest, convert) for name, item in value.items()}
    return {**value, head: _changed(value[head], rest, convert)} if head in value else value


class _Clock:
    """Reads times as the server writes them; remembers the last one of those that stand in order."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        self._last: datetime | None = None

    def any(self, text: str) -> str:
        """A time by itself: of two possible ones the earlier."""
        found = self._read(text, None)
        return text if found is None else _spelled(found)

    def next(self, text: str) -> str:
        """A time that is not before the last one."""
        found = self._read(text, self._last)
        if found is None:
            return text
        self._last = found
        return _spelled(found)

    def _read(self, text: str, last: datetime | None) -> datetime | None:
        try:
            wall = to_local_datetime(text)
            if text[10:].strip()[-1:] in "Zz" or "+" in text or "-" in text[10:]:
                return to_instant(text)
            first, second = _both(self._zone, wall)
        except (RecordInvalid, OverflowError):
            return None
        return second if last is not None and first < last <= second else first


def _spelled(found: datetime) -> str:
    return found.replace(tzinfo=None).isoformat() + "Z"
