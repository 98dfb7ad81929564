"""How Trackunit's records are asked for: pure generators of questions. No call has pages; each brings all there is.

The parameters that name the parent and the ends of the range are called differently in nearly every report. Both ends
are asked a second wider: whether the vendor counts them in is not documented, and rows that are equal but for the last
digit of their time (which we do not store) must come together to be numbered alike each time.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from syncd.ask import Answer, Question
from syncd.errors import Malformed, NotFound
from syncd.numbering import Same, moment, number_by_content
from syncd.reading import Account, Part, Read, Reading, Taken, Window
from syncd.vendors.trackunit.protocol import listed

DAY = timedelta(days=1)
WIDER = timedelta(seconds=1)
LONGEST = timedelta(days=30) - 2 * WIDER
"""The longest window: with its margins 30 days, for whether exactly 31 pass is not documented."""
MANY = 1000
"""Units whose past is read together in reports of the whole account: however many, it is one call."""


def whole(path: str) -> Read:
    """A reading of everything a call lists."""

    def read(_account: Account, _part: Part) -> Reading:
        answer = yield Question(path)
        return Taken(records(answer))

    return read


def groups(_account: Account, _part: Part) -> Reading:
    """All groups with their ``units``; where the list does not say them, units are asked for group by group."""
    found = records((yield Question("/Group")))
    if any(isinstance(group, dict) and group.get("units") is not None for group in found):
        return Taken(found)
    kept = []
    for group in found:
        if isinstance(group, dict) and isinstance(group.get("id"), str | int):
            try:
                answer = yield Question("/Unit", (("groupId", str(group["id"])),))
            except NotFound:
                continue  # deleted since the list was made
            group["units"] = [unit["id"] for unit in records(answer) if isinstance(unit, dict) and "id" in unit]
        kept.append(group)
    return Taken(kept)


def extended_info(_account: Account, part: Part) -> Reading:
    """The latest value of every variable of one unit."""
    unit = str(part.parent.key[0])
    answer = yield Question("/GetUnitExtendedInfo", (("id", unit),))
    return Taken(placed(records(answer), "unit_id", unit))


def unit_history(_account: Account, part: Part) -> Reading:
    """The messages of one unit."""
    unit = str(part.parent.key[0])
    answer = yield _report("/Report/UnitHistory", ("unitId", unit), ("from", "to"), part.window)
    return Taken(placed(numbered(answer, "time"), "unit_id", unit))


def can_history(_account: Account, part: Part) -> Reading:
    """The CAN values of one unit; only of the ``variables`` that are chosen, if any are."""
    unit = str(part.parent.key[0])
    answer = yield _report("/Report/UnitExtendedInfo", ("id", unit), ("from", "to"), part.window)
    found = numbered(answer, "time", "variableId")
    chosen = frozenset(part.options.get("variables", ()))
    if chosen:
        found = [row for row in found if not isinstance(row, dict) or str(row.get("variableId")) in chosen]
    return Taken(placed(found, "unit_id", unit))


def active_faults(_account: Account, part: Part) -> Reading:
    """The fault codes that one unit reported."""
    unit = str(part.parent.key[0])
    answer = yield _report("/Report/UnitActiveFaults", ("id", unit), ("from", "to"), part.window)
    return Taken(placed(numbered(answer, "time", "spn", "fmi"), "unit_id", unit))


def trips(_account: Account, part: Part) -> Reading:
    """The trips of one unit, which carry their unit and are known by their start."""
    unit = str(part.parent.key[0])
    answer = yield _report("/Report/Trip", ("unitId", unit), ("dateFrom", "dateTo"), part.window)
    return Taken(records(answer))


def key_history(_account: Account, part: Part) -> Reading:
    """The messages of all units while one key was in use; two of one second may be equal in every member."""
    key = str(part.parent.key[0])
    answer = yield _report("/Report/KeyHistory", ("keyId", key), ("from", "to"), part.window)
    return Taken(placed(numbered(answer, "time", "unitId"), "key_id", key))


def alarm_log(_account: Account, part: Part) -> Reading:
    """The alarms of the whole account, or of a unit whose past is read again; always with both dates."""
    answer = yield _report("/AlarmLog", _only_unit(part), ("dateFrom", "dateTo"), part.window)
    return Taken(records(answer))


def day_summaries(_account: Account, part: Part) -> Reading:
    """The sums of each day of the window: of all units in one call, or of a unit whose past is read again."""
    found = []
    parent = _only_unit(part)
    for day in _days(part.window):
        asked = (*((parent,) if parent[1] else ()), ("date", _text(day)))
        answer = yield Question("/Report/UnitSummary", asked)
        found += placed(records(answer), "date", day.date().isoformat())
    return Taken(found)


def _only_unit(part: Part) -> tuple[str, str]:
    """The parameter for the only unit; without a value for all, and for several: one call brings those too."""
    return "unitId", str(part.parent.key[0]) if len(part.parents) == 1 else ""


def records(answer: Answer) -> list[Any]:
    """The records of an answer, their members' names beginning in lower case. Raises Malformed without a list."""
    return _in_lower_case(_listed(answer))


def _listed(answer: Answer) -> list[Any]:
    found = listed(answer.value)
    if found is None:
        raise Malformed("Trackunit answered with something that holds no list.")
    return found


def numbered(answer: Answer, *same: str) -> list[Any]:
    """The records of a report, which have no id: equal ones in *same* (the first a time) are told apart by ordinals."""
    found = _listed(answer)
    # What is numbered is what was sent: only then are members renamed.
    return _in_lower_case(number_by_content(found, _alike(*same)))


def _alike(time: str, *others: str) -> Same:
    if not others:
        return lambda row: moment(row.get(time))
    return lambda row: (moment(row.get(time)), *(str(row.get(name)) for name in others))


def placed(found: list[Any], column: str, value: str) -> list[Any]:
    """*found* with what our question knew and the records do not say."""
    for row in found:
        if isinstance(row, dict):
            row[f"@{column}"] = value
    return found


def _in_lower_case(found: list[Any]) -> list[Any]:
    """*found* with the first letter of every member's name small: the vendor's own pages print some in capitals."""
    if {dict}.issuperset(map(type, found)):
        names: set[str] = set().union(*found)
        if not any(name[:1].isupper() for name in names):
            return found
    return [_decapitalised(row) if isinstance(row, dict) else row for row in found]


def _decapitalised(row: dict[str, Any]) -> dict[str, Any]:
    told = {name: item for name, item in row.items() if not name[:1].isupper()}
    for name, item in row.items():
        if name[:1].isupper():
            small = name[0].lower() + name[1:]
            told.setdefault(small, item)
    return told


def _report(path: str, parent: tuple[str, str], ends: tuple[str, str], window: Window | None) -> Question:
    """The question for a window of a report; a *parent* without a value is left out."""
    if window is None:
        raise TypeError("a report is read in windows")
    first, last = ends
    asked = (parent,) if parent[1] else ()
    ranged = ((first, _text(window.start - WIDER)), (last, _text(window.end, "9999999")))
    return Question(path, (*asked, *ranged))


def _days(window: Window | None) -> Iterable[datetime]:
    if window is None:
        raise TypeError("a report is read in windows")
    day = window.start
    while day < window.end:
        yield day
        day += DAY


def _text(at: datetime, ticks: str = "0000000") -> str:
    """An instant as the vendor writes and reads it: UTC, seven digits of a second, and a Z."""
    return f"{at.isoformat(timespec='seconds')[:19]}.{ticks}Z"
