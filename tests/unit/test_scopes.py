"""What is new goes first, the rest of what is due behind it: which ranges those are, and when, as tables of cases."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from syncd import windows
from syncd.collection import Tier, Windows
from syncd.daemon.workers import Part, wanted_at, wanted_now
from syncd.lane import Lane
from syncd.ledger import Doubt, Ledger
from syncd.plan import RunKind, Scope
from syncd.reader import Request
from syncd.service import CollectionState
from syncd.windows import Aim

START = datetime(2026, 1, 1, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
TIER = "864000s"  # ten days back, once a week
MARK = "2026-01-30T00:00:00Z"


def day(number: float) -> datetime:
    return START + number * DAY


def aim(scope: Scope, now: float = 30, **more: object) -> Aim:
    how = Windows(None, start="time", lookback=2 * DAY, tiers=(Tier(10 * DAY, 7 * DAY),))  # type: ignore[arg-type]
    how = replace(how, **{name: value for name, value in more.items() if name in {"daily", "ahead"}})  # type: ignore[arg-type]
    rest = {name: value for name, value in more.items() if name not in {"daily", "ahead"}}
    return Aim(how, START, day(now), how.lookback, how.tiers, scope=scope, **rest)  # type: ignore[arg-type]


def days(ledger: Ledger, what: Aim, mark: str | None = None) -> list[tuple[float, float]]:
    """What is read, in days."""
    prepared = windows.prepared(ledger, what, mark=mark)
    return [((a - START) / DAY, (b - START) / DAY) for a, b in windows.to_read(prepared, what, mark=mark)]


def known(*done: tuple[float, float], tier: float = 29, **more: object) -> Ledger:
    """A ledger of days; its tier was read last at *tier*."""
    return Ledger(tuple((day(a), day(b)) for a, b in done), tiers={TIER: day(tier)}, **more)  # type: ignore[arg-type]


DOUBT = Doubt(day(5), day(6), day(29.5), frozenset({"a"}))
CASES = {
    # what is known: what is new, what is read again, what is a gap
    "a quarter of a day later": (known((0, 29.75)), [(27.75, 30)], [], []),
    "a tier is due": (known((0, 29.75), tier=22), [(27.75, 30)], [(20, 30)], []),
    "since was moved": (known((10, 29.75)), [(27.75, 30)], [], [(0, 10)]),
    "an outage of ten days": (known((0, 20)), [(27, 30)], [], []),
    "what was left by a kill": (known((0, 29.75), left=((day(3), day(5)),)), [(27.75, 30)], [(3, 5)], []),
    "a gap and a tier": (known((0, 5), (8, 29.75), tier=20), [(27.75, 30)], [(20, 30)], [(5, 8)]),
    "a second look is due": (known((0, 29.75), doubts=(DOUBT,)), [(27.75, 30)], [(5, 6)], []),
    "never read": (Ledger(), [(27, 30)], [], []),
    "behind what the vendor keeps": (known((20, 29.75), floor=day(20)), [(27.75, 30)], [], []),
}


@pytest.mark.parametrize("case", CASES)
def test_what_is_new_is_read_without_what_else_is_due(case: str) -> None:
    ledger, new, again, gaps = CASES[case]
    assert new == days(ledger, aim(Scope.NEW))
    assert again == days(ledger, aim(Scope.AGAIN))
    assert gaps == days(ledger, aim(Scope.GAPS))


@pytest.mark.parametrize("case", CASES)
def test_once_all_three_are_read_nothing_is_left_of_what_one_run_would_have_read(case: str) -> None:
    ledger = CASES[case][0]
    for scope in (Scope.NEW, Scope.AGAIN, Scope.GAPS):
        what = aim(scope)
        ledger = windows.prepared(ledger, what)
        for start, end in windows.to_read(ledger, what):
            ledger = ledger.read(start, end)
        if scope is Scope.AGAIN:
            ledger = replace(ledger, doubts=())  # the second look has decided
    at = windows.past_at(ledger, aim(Scope.NEW))
    assert at is not None
    assert at > day(30)
    assert [] == days(replace(ledger, mark=MARK), aim(Scope.ALL), MARK)


def test_an_outage_is_a_gap_once_what_is_new_was_read() -> None:
    what = aim(Scope.NEW)
    ledger = windows.prepared(known((0, 20)), what).read(day(27), day(30))
    assert [(20.0, 27.0)] == days(ledger, aim(Scope.GAPS))
    assert [(18.0, 20.0)] == days(ledger, aim(Scope.AGAIN))


def test_a_cycle_that_is_seldom_has_no_outage_in_between() -> None:
    assert [(18.0, 30.0)] == days(known((0, 20)), aim(Scope.NEW, usual=14 * DAY))


def test_of_a_parent_that_reported_nothing_the_past_alone_is_read() -> None:
    ledger = known((0, 5), (8, 25), tier=20, mark=MARK)
    assert [] == days(ledger, aim(Scope.NEW), MARK)
    assert [(20.0, 30.0)] == days(ledger, aim(Scope.AGAIN), MARK)  # a mark does not tell of what came late
    assert [(5.0, 8.0)] == days(ledger, aim(Scope.GAPS), MARK)


def test_what_is_new_of_whole_days_is_today_and_yesterday() -> None:
    assert [(29.0, 31.0)] == days(known((0, 30.25)), aim(Scope.NEW, now=30.5, daily=True))


def test_rows_of_times_to_come_are_looked_at_around_now() -> None:
    assert [(28.0, 32.0)] == days(known((0, 39)), aim(Scope.NEW, ahead=2 * DAY))
    assert [(28.0, 39.0)] == days(known((0, 32)), aim(Scope.NEW, ahead=2 * DAY))  # another week has come into sight


@pytest.mark.parametrize(
    "ledger, expected",
    [
        (known((0, 29.75)), 36),  # the tier of the 29th, a week later
        (known((0, 29.75), tier=22), 30),
        (known((10, 29.75)), 30),
        (known((0, 29.75), left=((day(3), day(5)),)), 30),
        (known((0, 29.75), doubts=(replace(DOUBT, at=day(30) - HOUR / 2),)), 30 + 0.5 / 24),
        (known((0, 29.75), doubts=(DOUBT,)), 30),
        (Ledger(), None),  # what is new of it goes first
    ],
)
@pytest.mark.parametrize("scope", list(Scope))
def test_when_something_of_the_past_is_due(ledger: Ledger, expected: float | None, scope: Scope) -> None:
    found = windows.past_at(ledger, aim(scope))
    assert expected == (None if found is None else pytest.approx((found - START) / DAY))


# --- who reads it -----------------------------------------------------------------------------------------------------
NOW = day(30)
CYCLE = Request(lane=Lane.INCREMENT, scope=Scope.NEW)
PAST = Request(lane=Lane.LOOKBACK, scope=Scope.PAST, gives_way_at=NOW + HOUR)
FIRST = Request(lane=Lane.SWEEP)
SWEEP = Request(kind=RunKind.SWEEP, lane=Lane.SWEEP)


def state(**more: object) -> CollectionState:
    return CollectionState("acme", "trips", "trackunit", "trips", cursor_at=NOW, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "known, is_new, cycles, past, whole",
    [
        ({"next_due_at": NOW}, False, CYCLE, None, None),
        ({"next_due_at": NOW, "next_past_at": NOW}, False, CYCLE, None, None),
        ({"next_due_at": NOW + HOUR, "next_past_at": NOW}, False, None, PAST, None),
        ({"next_due_at": NOW + HOUR, "next_past_at": NOW + HOUR}, False, None, None, None),
        ({"next_due_at": NOW + HOUR, "next_past_at": None}, False, None, None, None),
        ({"next_due_at": NOW + HOUR, "next_past_at": NOW, "failures": 1}, False, None, None, None),
        ({"next_due_at": NOW + HOUR, "next_past_at": NOW, "state": "unavailable"}, False, None, None, None),
        ({"next_due_at": NOW + HOUR, "next_past_at": NOW, "past_failures": 1}, False, None, PAST, None),
        ({"next_due_at": NOW, "next_past_at": NOW}, True, None, None, FIRST),
        ({"next_due_at": NOW + HOUR, "next_past_at": NOW}, True, None, None, None),
        ({"next_due_at": NOW + HOUR, "next_sweep_at": NOW}, False, None, None, SWEEP),
    ],
)
def test_who_reads_what_is_due(
    known: dict[str, object], is_new: bool, cycles: Request | None, past: Request | None, whole: Request | None
) -> None:
    found = [wanted_now(part, state(**known), NOW, is_new=is_new) for part in (Part.CYCLES, Part.PAST, Part.WHOLE)]
    assert [cycles, past, whole] == found


@pytest.mark.parametrize(
    "known, expected",
    [
        ({"next_due_at": NOW + HOUR, "next_past_at": NOW + DAY}, NOW + DAY),
        ({"next_due_at": NOW + HOUR, "next_past_at": NOW}, NOW),
        # The end of the cycle that is due, or has to end well first, wakes who waits for it.
        ({"next_due_at": NOW, "next_past_at": NOW}, None),
        ({"next_due_at": NOW + HOUR, "next_past_at": NOW, "failures": 1}, None),
        ({"next_due_at": NOW + HOUR}, None),
    ],
)
def test_when_the_past_is_looked_at(known: dict[str, object], expected: datetime | None) -> None:
    assert expected == wanted_at(Part.PAST, state(**known), NOW, is_new=False)
    assert None is wanted_at(Part.PAST, state(**known), NOW, is_new=True)
