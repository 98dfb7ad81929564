"""How Trackier's lists are asked for: one path from question to answer for all five ways of paging."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from syncd.ask import Answer, Question
from syncd.collection import Collection
from syncd.errors import Malformed, WindowTooBig
from syncd.paging import LastId, PageNumbers, Paging, Params, Whole
from syncd.reading import Account, Part, Read, Reading, Some, Taken, Window, unfinished
from syncd.vendors.trackier.meanings import SHORTEST

USERS_AT_ONCE = 5000
PAGE = 1000
MOST_ROUNDS = 3
DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
UTC_ZONE = (("zone", "UTC"),)
"""Without it times are read, and those of clicks written, in the network's zone."""


def listed(answer: Answer, member: str) -> list[Any]:
    """The records in an answer, under a (dotted) *member*. Malformed without it: nothing may be concluded then."""
    found: Any = answer.value
    for name in member.split("."):
        found = found.get(name) if isinstance(found, dict) else None
    if not isinstance(found, list):
        raise Malformed(f"The answer holds no {member}.")
    return found


def walked(
    path: str, params: Params, member: str, paging: Paging, beside: tuple[str, ...] = ()
) -> Generator[Question | Some, Answer, list[Any]]:
    """Read a list to its end: every page but the last is handed over, the last is returned.

    *beside* are members of the answer that belong to each of its records.
    """
    asked: Params | None = paging.first
    records: list[Any] = []
    while asked is not None:
        if records:
            yield Some(records)
        answer = yield Question(path, (*params, *asked))
        records = listed(answer, member)
        asked = paging.after(answer.value, records)
        if told := {f"@{name}": answer.value[name] for name in beside if name in answer.value}:
            records = placed(records, told)
    return records


@dataclass(frozen=True, slots=True)
class Rounds:
    """A list in numbered pages as it came at last: its last page, and whether it is known to be complete.

    If not: *moved* is whether rows came, went or changed their places meanwhile; else the vendor's number is wrong.
    """

    records: list[Any]
    is_complete: bool = True
    moved: bool = False


def rounds(
    path: str,
    params: Params,
    member: str,
    key: tuple[str, ...],
    limit: int,
    *,
    total: str = "total",
    beside: tuple[str, ...] = (),
    may_grow: bool = False,
) -> Generator[Question | Some, Answer, Rounds]:
    """Read a list in numbered pages until it is known to be complete, or it is time to give up.

    Rows move while pages are read. All is read again where the vendor's own number changed on the way or differs from
    what came; without a number, until two rounds bring the same rows. *may_grow*: it is enough that as many different
    rows came as there were when a round began.
    """
    before: set[str] = set()
    last: PageNumbers | None = None
    moved = False
    records: list[Any] = []
    for left in reversed(range(MOST_ROUNDS)):
        paging = PageNumbers(limit, total=total, key=key)
        records = yield from walked(path, params, member, paging, beside)
        if paging.agrees or (paging.total is None and paging.seen == before):
            return Rounds(records)
        before |= paging.seen
        if may_grow and paging.total is not None and len(before) >= paging.total:
            return Rounds(records)
        changed = last is not None and (last.total, last.seen) != (paging.total, paging.seen)
        moved = moved or changed or paging.came > len(paging.seen)
        last = paging
        if left:
            yield Some(records)
    return Rounds(records, is_complete=False, moved=moved)


def collected(
    steps: Generator[Question | Some, Answer, Rounds],
) -> Generator[Question, Answer, Rounds]:
    """*steps* with everything it hands over kept, for what is judged as a whole."""
    found: list[Any] = []
    try:
        step = next(steps)
        while True:
            if isinstance(step, Some):
                found += step.records
                step = next(steps)
            else:
                step = steps.send((yield step))
    except StopIteration as end:
        last: Rounds = end.value
        return replace(last, records=found + last.records)


# --- lists of the account ---------------------------------------------------------------------------------------------
def whole(path: str, member: str) -> Read:
    """A reading of a list that comes in one answer."""

    def read(_account: Account, _part: Part) -> Reading:
        return Taken((yield from walked(path, (), member, Whole())))

    return read


def by_last_id(path: str, member: str, *, limit: int | None = None) -> Read:
    """A reading of a list in the order of its ids, asked for from the last one on."""
    params = (("limit", str(limit)),) if limit is not None else ()

    def read(_account: Account, _part: Part) -> Reading:
        paging = LastId()
        records = yield from walked(path, params, member, paging)
        return Taken(records, trusted=paging.agrees)

    return read


def paged(path: str, member: str, key: str = "id") -> Read:
    """A reading of a list in numbered pages; if it is not known to be complete, a row's absence means nothing."""

    def read(_account: Account, _part: Part) -> Reading:
        came = yield from rounds(path, (), member, (key,), PAGE)
        return Taken(came.records, trusted=came.is_complete)

    return read


# --- lists of one parent ----------------------------------------------------------------------------------------------
def of_campaign(name: str, member: str, link: str = "") -> Read:
    """A reading of what belongs to one campaign; *link* is the member with its long id, where records have it."""

    def read(_account: Account, part: Part) -> Reading:
        campaign = part.parent
        answer = yield Question(f"/v2/campaigns/{campaign.key[0]}/{name}")
        told = {link: campaign.row["hash_id"]} if link else {"@campaign_id": campaign.key[0]}
        return Taken(placed(listed(answer, member), told))

    return read


def transactions(member: str) -> Read:
    """A reading of one of the two lists that an answer about a publisher's account holds."""

    def read(_account: Account, part: Part) -> Reading:
        publisher = part.parent.key[0]
        answer = yield Question(f"/v2/publishers/{publisher}/transactions", shared=True)
        return Taken(placed(listed(answer, member), {"@publisher_id": publisher}))

    return read


def placed(records: Iterable[Any], told: dict[str, Any]) -> list[Any]:
    """*records* with members that they may lack, or that are no members of theirs."""
    return [{**record, **_missing(record, told)} if isinstance(record, dict) else record for record in records]


def _missing(record: dict[str, Any], told: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in told.items() if record.get(name) is None}


# --- windows ----------------------------------------------------------------------------------------------------------
def logged(path: str, member: str, key: tuple[str, ...], limit: int, params: Callable[[Part], Params]) -> Read:
    """A reading of a log in numbered pages, in a window that *params* make of a part.

    A window whose rows move from page to page is halved, down to the shortest: there rows that came while it was read
    are the next cycle's. One that is counted wrong is not known, whatever its length.
    """
    shortest = SHORTEST.get(path, DAY)

    def read(_account: Account, part: Part) -> Reading:
        window = window_of(part)
        is_shortest = window.end - window.start <= shortest
        came = yield from rounds(path, params(part), member, key, limit, may_grow=is_shortest)
        if came.is_complete:
            return Taken(came.records)
        if is_shortest or not came.moved:
            yield from unfinished(came.records)
        yield Some(came.records)
        raise WindowTooBig(f"{path} moved from page to page while it was read.")

    return read


def window_of(part: Part) -> Window:
    """The window to be read."""
    if part.window is None:
        raise ValueError("a reading of windows was given none")
    return part.window


def between(window: Window) -> Params:
    """The parameters of a window in seconds; a second longer: nobody says if the last is read to its end."""
    return (("start", _second(window.start)), ("end", _second(window.end)), *UTC_ZONE)


def _second(moment: datetime) -> str:
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "seconds")


def days(window: Window) -> Params:
    """The parameters of a window of whole days: both are included."""
    return (("start", window.start.date().isoformat()), ("end", last_day(window).isoformat()))


def last_day(window: Window) -> date:
    """The last day of a window of whole days."""
    return (window.end - SECOND).date()


def fields(collection: Collection, part: Part, names: Mapping[str, str]) -> Params:
    """The parameters that name every wanted column of *collection*.

    Whether they add to a usual choice or replace it is not documented: so both readings bring the same. *names* are
    members that are asked for under another name, or ("") not at all.
    """
    wanted = (c.source or "" for c in collection.columns if c.name in part.columns or c.name in collection.key)
    asked = (names.get(member, member) for member in wanted)
    return tuple(("fields[]", name) for name in asked if name)
