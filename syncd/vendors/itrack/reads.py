"""How iTrack's lists are read: whole where the server gives them whole, else page by page; one tracker or many."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from syncd.ask import Answer, Question
from syncd.collection import Collection, Parents
from syncd.errors import BadBatch, Malformed, NotFound, WindowTooBig
from syncd.numbering import number_in_order
from syncd.reading import Account, Part, Read, Reading, Taken, Window
from syncd.vendors.itrack.protocol import question, timed
from syncd.vendors.itrack.times import SECOND, localised

PAGE = 1000
MOST_ROUNDS = 3
LEAST_LIMIT = 100  # rows in an answer by the oldest documents
SMALLEST = timedelta(hours=1)
MOST_PAGES = 10_000  # ten million rows of one list: no account has as many, a server that ignores paging may

Asked = Generator[Question, Answer, list[Any]]
Late = Callable[[], Collection]
"""The collection that is being read, known when its module has been."""


def listed(answer: Answer, member: str = "list") -> list[Any]:
    """The records in an answer. Malformed without the member: nothing may be concluded from an answer that lacks it."""
    found = answer.value.get(member)
    if not isinstance(found, list):
        raise Malformed(f"The answer holds no {member}.")
    return found


def mapped(answer: Answer, member: str) -> Mapping[str, Any]:
    """What an answer tells of each id, by its text. Malformed without the member; an empty array is an empty object."""
    found = answer.value.get(member)
    if found == []:
        return {}
    if not isinstance(found, dict):
        raise Malformed(f"The answer holds no {member}.")
    return found


def put(record: Any, **context: object) -> Any:  # noqa: ANN401 (any JSON value)
    """*record* with what we know of it besides: members called ``@`` and the column's name."""
    if not isinstance(record, dict):
        return record
    return {**record, **{f"@{name}": value for name, value in context.items()}}


def is_open(row: Mapping[str, Any]) -> bool:
    """Whether a tracker may be asked for: calls for one that the tariff blocks are answered 208, and 217 in batches."""
    return not row.get("source_blocked")


def trackers(*, batch: int = 1, marked: bool = False) -> Parents:
    """The account's trackers, all that are not blocked or (*marked*) those that moved since."""
    return Parents(
        "trackers",
        (("tracker_id", "id"),),
        mark="actual_track_update" if marked else "",
        mark_in="tracker_states" if marked else "",
        columns=("source_blocked",),
        may_ask=is_open,
        batch=batch,
    )


# --- lists of the account -------------------------------------------------------------------------------------------


def whole(path: str, of: Late | None = None, *, sort: str = "", **params: object) -> Read:
    """A reading of everything that a list call has; *of* where records hold times, *sort* where it can be paged."""

    def read(account: Account, _part: Part) -> Reading:
        records, complete = yield from everything(account, path, params, sort=sort, iso=of is not None)
        return Taken(localised(of(), account, records) if of else records, trusted=complete)

    return read


def everything(
    account: Account, path: str, params: Mapping[str, Any], *, sort: str = "", iso: bool = True
) -> Generator[Question, Answer, tuple[list[Any], bool]]:
    """All records of a list call, and whether they are complete.

    Asked for without a limit, a server answers with everything at once, so that nothing can shift between pages. One
    that counts more than it sent, or an answer beyond our bound, is asked page by page.
    """
    asked = {**params, **({"sort": [sort]} if sort else {})}
    try:
        answer = yield timed(account, path, asked) if iso else question(path, asked)
    except WindowTooBig as error:
        if error.code is not None:  # the vendor's own word for a range of time
            raise
    else:
        records = listed(answer)
        count = _count(answer)
        if count is None or count <= len(records):
            return records, True
    return (yield from paged(account, path, asked))


def paged(
    account: Account, path: str, params: Mapping[str, Any], size: int = PAGE
) -> Generator[Question, Answer, tuple[list[Any], bool]]:
    """All records of a list call, page by page, and whether they are complete.

    Rows shift while pages are read. Records are told apart by id, and all is read again when the vendor's own count
    changed on the way or differs from what came; what came in any round counts.
    """
    found: dict[Any, Any] = {}
    for _ in range(MOST_ROUNDS):
        counts: set[int | None] = set()
        seen: set[Any] = set()
        offset = 0
        for _page in range(MOST_PAGES):
            answer = yield timed(account, path, {**params, "offset": offset, "limit": size})
            records = listed(answer)
            count = _count(answer)
            counts.add(count)
            page = {identity(record): record for record in records}
            is_new = not page.keys() <= seen
            seen |= page.keys()
            found.update(page)
            offset += len(records)
            # A page may be cut below what we asked for: a count says more than its length. One without anything new
            # comes from a server that ignores paging.
            if not is_new or (len(records) < size if count is None else offset >= count):
                break
        else:
            raise Malformed(f"{path} has no end.")
        if len(counts) == 1 and counts <= {None, len(seen)}:
            return [found[ident] for ident in seen], True
    return list(found.values()), False


def identity(record: object) -> object:
    """What tells a record from others: its id, or all of it."""
    inner = record.get("form", record) if isinstance(record, dict) else record
    ident = inner.get("id") if isinstance(inner, dict) else None
    return ident if isinstance(ident, int | str) else repr(record)


def _count(answer: Answer) -> int | None:
    count = answer.value.get("count")
    return count if isinstance(count, int) and not isinstance(count, bool) and count >= 0 else None


# --- trackers, alone or together ------------------------------------------------------------------------------------


def together(part: Part) -> list[int]:
    """The ids of a batch of parents."""
    return [int(ident) for ident in part.ids]


def one_answer(part: Part, asked: Question) -> Generator[Question, Answer, Answer]:
    """The answer for a batch of parents."""
    try:
        return (yield asked)
    except NotFound as error:
        raise bad_batch(error, part) from error


def by_tracker(part: Part, told: Mapping[str, Any]) -> tuple[dict[int, Any], tuple[tuple[Any, ...], ...]]:
    """What was told of each tracker of a batch, and the keys of those of which nothing was."""
    found = {ident: told[str(ident)] for ident in together(part) if told.get(str(ident)) is not None}
    return found, tuple(parent.key for parent in part.parents if int(parent.key[0]) not in found)


def one_by_one(
    part: Part, ask: Callable[[int], Question], take: Callable[[Answer], Any]
) -> Generator[Question, Answer, tuple[dict[int, Any], tuple[tuple[Any, ...], ...]]]:
    """What *take* finds in the answer for each tracker of a batch, and the keys of those that could not be asked."""
    found: dict[int, Any] = {}
    skipped = []
    for parent in part.parents:
        tracker = int(parent.key[0])
        try:
            answer = yield ask(tracker)
        except NotFound:
            skipped.append(parent.key)
        else:
            found[tracker] = take(answer)
    return found, tuple(skipped)


def array(told: object, member: str) -> list[Any]:
    """An array inside an answer; one that is missing or null is empty. Malformed if it is something else."""
    found = told.get(member) if isinstance(told, Mapping) else None
    if found is None:
        return []
    if not isinstance(found, list):
        raise Malformed(f"{member} is no array.")
    return found


def bad_batch(error: NotFound, part: Part) -> NotFound | BadBatch:
    """What to raise for *error*: of many, somebody has to find out who it was."""
    return BadBatch(error.message, remedy=error.remedy, code=error.code) if len(part.parents) > 1 else error


def bisected(ids: list[Any], ask: Callable[[list[Any]], Question]) -> Generator[Question, Answer, list[Answer]]:
    """The answers for a list of ids that no engine knows; those that the vendor does not take are left out."""
    if not ids:
        return []
    try:
        answer = yield ask(ids)
    except (BadBatch, NotFound):
        if len(ids) == 1:
            return []
        middle = len(ids) // 2
        first = yield from bisected(ids[:middle], ask)
        return first + (yield from bisected(ids[middle:], ask))
    return [answer]


def in_batches(ids: list[Any], size: int) -> Iterable[list[Any]]:
    """*ids* in lists of at most *size*."""
    return (ids[start : start + size] for start in range(0, len(ids), size))


# --- windows --------------------------------------------------------------------------------------------------------


def part_window(account: Account, part: Part, most: str = "report_span_s", margins: timedelta = SECOND) -> Window:
    """The window to be read. WindowTooBig, before anything is asked, if it is longer than the server says it takes.

    *most* names the fact with the longest range, *margins* is how much longer the question will be.
    """
    if part.window is None:
        raise ValueError("a reading of windows was given none")
    longest = account.facts.get(most)
    if longest is not None and part.window.end - part.window.start + margins > timedelta(seconds=longest):
        raise WindowTooBig("The server takes shorter ranges.", most=timedelta(seconds=longest) - margins)
    return part.window


def is_exceeded(answer: Answer) -> bool:
    """Whether the question began before what the tariff keeps (of ``history/tracker/list``: whether there is more)."""
    return answer.value.get("limit_exceeded") is True


def windowed(
    window: Window, ask: Callable[[datetime], Question], take: Callable[[list[Any]], list[Any]]
) -> Generator[Question, Answer, Taken]:
    """What *take* makes of a window's records; *ask* is given where the question begins.

    A window that begins before the vendor's storage proves nothing to be gone.
    """
    answer = yield ask(window.start)
    if not is_exceeded(answer):
        return Taken(take(listed(answer)))
    if listed(answer):
        return Taken(take(listed(answer)), floor=window.start, trusted=False)
    start, kept = yield from storage_start(window, ask)
    return Taken(take(listed(kept)) if kept else [], floor=start, trusted=False)


def storage_start(
    window: Window,
    ask: Callable[[datetime], Question],
    *,
    is_nothing: Callable[[Answer], bool] = lambda answer: not listed(answer),
    unit: timedelta = SECOND,
) -> Generator[Question, Answer, tuple[datetime, Answer | None]]:
    """Where in a window the vendor's storage begins, to an hour, and the answer from there on (None: after the window).

    For servers that answer with nothing at all where a question begins too early. *unit* is what windows are made of.
    """
    low, high, good = window.start, window.end, None
    while high - low > max(SMALLEST, unit):
        middle = low + (high - low) // 2 // unit * unit
        answer = yield ask(middle)
        if is_exceeded(answer) and is_nothing(answer):
            low = middle
        else:
            high, good = middle, answer
    return high, good


def numbered(records: list[Any], member: str) -> list[Any]:
    """*records* with ``@seq``: the place among those of the same second, in the order they came."""
    return number_in_order(records, lambda record: record.get(member), "seq")
