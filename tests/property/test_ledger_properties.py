"""Ledgers and windows: no gap stays, nothing is read again without a reason, whatever happens in between."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd import windows
from syncd.collection import Tier, Windows
from syncd.errors import Refused
from syncd.ledger import Doubt, Ledger, Range, Ranges, common, minus, union
from syncd.plan import HELD_FOR, RunKind, is_few
from syncd.reading import Parent, Window
from syncd.series import Series
from syncd.windows import Aim

START = datetime(2026, 1, 1, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LOOKBACK = 6 * HOUR


def at(hours: float) -> datetime:
    return START + hours * HOUR


ranges = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=6).map(
    lambda pairs: [(at(a), at(b)) for a, b in pairs]
)


def hours(some: list[Range] | Ranges) -> set[int]:
    """The model: the hours that lie in one of the ranges."""
    return {hour for hour in range(60) for start, end in some if start <= at(hour) < end}


@given(ranges, ranges)
def test_ranges_are_the_sets_of_moments_they_stand_for(one: list[Range], other: list[Range]) -> None:
    assert hours(union(one, other)) == hours(one) | hours(other)
    assert hours(minus(one, other)) == hours(one) - hours(other)
    assert hours(common(one, other)) == hours(one) & hours(other)
    found = union(one, other)
    assert all(a[1] < b[0] for a, b in pairwise(found))


@given(ranges, ranges, st.integers(1, 10**6), st.text(max_size=5))
def test_a_ledger_comes_back_from_its_json(done: list[Range], left: list[Range], span_s: int, mark: str) -> None:
    doubt = Doubt(at(1), at(2), at(3), frozenset({"ab", "cd"}))
    ledger = Ledger(union(done), union(left), {"60s": at(2)}, span_s, mark, at(0), (doubt,), "x")
    assert Ledger.from_json(ledger.to_json()) == ledger


def strategy(**more: object) -> Windows:
    return Windows(
        read=None,  # type: ignore[arg-type]
        start="time",
        most=4 * DAY,
        least=HOUR,
        lookback=LOOKBACK,
        tiers=(Tier(3 * DAY, 5 * DAY),),
        **more,  # type: ignore[arg-type]
    )


def aim(now: float, *, since: float = 0, kind: RunKind = RunKind.CYCLE, **more: object) -> Aim:
    how = strategy()
    return Aim(how, at(since), at(now), how.lookback, how.tiers, kind, **more)  # type: ignore[arg-type]


def planned(ledger: Ledger, what: Aim, mark: str | None) -> Series:
    prepared = windows.prepared(ledger, what, mark=mark)
    found = windows.to_read(prepared, what, mark=mark)
    return Series(what, {"": prepared}, found, marks={"": mark})


def read(series: Series, most: int | None = None) -> tuple[list[Window], Ledger]:
    """Read windows to the end, or until a kill after *most* of them; the ledger as it was committed last."""
    taken: list[Window] = []
    committed = series.ledgers[""]
    kept = committed if not series.ranges else None
    while series.newest is not None and (most is None or len(taken) < most):
        window = series.take()
        taken.append(window)
        series.took(window, 5, complete_to=None, floor=None, slow=False)
        kept = series.ledgers[""]
    return taken, kept if kept is not None else Ledger()


steps = st.lists(
    st.tuples(
        st.integers(1, 200),  # hours until the next run
        st.booleans(),  # whether the parent reported
        st.one_of(st.none(), st.integers(0, 4)),  # windows until the kill
        st.integers(-200, 0),  # where `since` lies
    ),
    min_size=1,
    max_size=8,
)


@given(steps)
def test_no_gap_stays_and_nothing_is_read_without_a_reason(story: list[tuple[int, bool, int | None, int]]) -> None:
    now, marked, ledger = 0.0, 0, Ledger()
    for wait, reported, kill, since in story:
        now += wait
        marked += reported
        what, mark = aim(now, since=since), f"m{marked}"
        before = ledger
        series = planned(ledger, what, mark)
        wanted = series.ranges
        lookback = (max(before.tip, at(since)) - LOOKBACK, before.tip) if before.tip else (at(0), at(0))
        reasons = union(
            minus([(what.since, what.now)], before.done), before.left, [lookback], [(what.now - 3 * DAY, what.now)]
        )
        assert minus(wanted, reasons) == ()
        taken, committed = read(series, kill)
        assert all(w.end - w.start <= 4 * DAY for w in taken)
        assert sum((w.end - w.start for w in taken), timedelta()) <= sum((b - a for a, b in wanted), timedelta())
        if taken:
            ledger = committed
    what, mark = aim(now, since=-200), f"m{marked}"
    _, ledger = read(planned(ledger, what, mark)) if planned(ledger, what, mark).ranges else ([], ledger)
    assert minus([(what.since, ledger.tip or what.since)], ledger.done) == ()
    assert ledger.left == ()
    moved = planned(ledger, what, f"m{marked + 1}")
    _, ledger = read(moved)
    assert minus([(what.since, what.now)], ledger.done) == ()
    assert planned(ledger, what, f"m{marked + 1}").ranges == ()


@given(st.integers(1, 2000), st.integers(1, 100))
def test_windows_cover_their_range_newest_first_and_none_is_too_long(length: int, span: int) -> None:
    what = aim(length)
    series = Series(what, {"": Ledger(span_s=span * 3600)}, ((at(0), at(length)),))
    expected = series.planned
    taken, ledger = read(series)
    assert union((w.start, w.end) for w in taken) == ((at(0), at(length)),)
    assert [w.end for w in taken] == sorted((w.end for w in taken), reverse=True)
    assert ledger.done == ((at(0), at(length)),)
    assert len(taken) <= expected


@given(st.integers(2, 500), st.integers(1, 400))
def test_halving_reaches_every_window_that_can_be_answered_or_says_so(length: int, bearable: int) -> None:
    series = Series(aim(length), {"": Ledger()}, ((at(0), at(length)),))
    asked = 0
    while series.newest is not None:
        window = series.take()
        asked += 1
        assert asked < 5000
        if window.end - window.start > bearable * HOUR:
            series.too_big(window, None, "so says the test")
        else:
            series.took(window, 5, complete_to=None, floor=None, slow=False)
    assert series.ledgers[""].done == ((at(0), at(length)),)


def test_a_window_that_cannot_be_halved_is_refused() -> None:
    series = Series(aim(10), {"": Ledger(span_s=3600)}, ((at(0), at(1)),))
    window = series.take()
    with pytest.raises(Refused, match="still too much"):
        series.too_big(window, None, "still too much")


@given(st.integers(0, 40), st.integers(0, 60), st.integers(0, 30), st.booleans(), st.integers(0, 180))
def test_v10_v11_many_missing_rows_are_gone_only_after_a_second_look_an_hour_later(
    missing: int, inside: int, came: int, few: bool, minutes: int
) -> None:
    inside = max(inside, missing)
    keys = [str(n) for n in range(missing)]
    window, first = Window(at(0), at(10)), aim(20)
    once = windows.judged((), window, keys, inside=inside, came=came, few=few, aim=first)
    ordinary = bool(missing) and few and came > 0 and is_few(missing, inside)
    assert once.gone is ordinary
    assert bool(once.doubts) is (bool(missing) and not ordinary)
    later = replace(first, now=first.now + timedelta(minutes=minutes))
    narrower = Window(at(1), at(10))
    twice = windows.judged(once.doubts, narrower, keys[:-1] or keys, inside=inside, came=came, few=few, aim=later)
    if once.doubts:
        few_now = few and came > 0 and is_few(len(keys[:-1] or keys), inside)
        assert twice.gone is (few_now or later.now - first.now >= HELD_FOR)


def test_a_silence_longer_than_the_lookback_is_read_from_where_it_began() -> None:
    ledger = Ledger(done=((at(0), at(100)),), mark="2026-01-01T10:00:00Z", tiers={"259200s": at(99)})
    series = planned(ledger, aim(101), "2026-01-05T03:00:00Z")
    assert series.ranges == ((at(10) - LOOKBACK, at(101)),)


def test_a_parent_that_did_not_report_costs_nothing() -> None:
    ledger = Ledger(done=((at(0), at(100)),), mark="m", tiers={"259200s": at(99)})
    assert planned(ledger, aim(110), "m").ranges == ()


def test_a_killed_sweep_goes_on_and_does_not_begin_again() -> None:
    what = aim(1000, kind=RunKind.SWEEP, sweep=at(1000))
    ledger = Ledger(done=((at(0), at(1000)),), mark="m", tiers={"259200s": at(999)})
    first, ledger = read(planned(ledger, what, "m"), most=6)
    again = planned(ledger, replace(what, now=at(1001)), "m")
    second, ledger = read(again)
    assert len(first) + len(second) == -(-1000 // 96)
    assert ledger.left == ()


# --- what must not be forgotten, and not be done twice ----------------------------------------------------------------


def test_a_catching_up_that_is_killed_goes_on_where_it_was() -> None:
    """A silence of forty days is read once, however often the process is killed meanwhile."""
    ledger = Ledger(done=((at(0), at(1000)),), mark=text_of(40), tiers={"259200s": at(1990)})
    taken: list[Window] = []
    for now in range(2000, 2020):
        series = planned(ledger, aim(now), text_of(1999))
        if not series.ranges:
            break
        some, ledger = read(series, most=2)
        taken += some
    assert minus([(at(40) - LOOKBACK, at(2000))], ledger.done) == ()
    assert ledger.left == ()
    assert sum((w.end - w.start for w in taken), timedelta()) <= at(2020) - at(40) + LOOKBACK


def text_of(hours: float) -> str:
    return at(hours).isoformat().replace("+00:00", "Z")


def test_a_backfill_leaves_the_mark_as_it_is() -> None:
    ledger = Ledger(done=((at(0), at(1000)),), mark="old")
    _, ledger = read(planned(ledger, aim(1010, kind=RunKind.BACKFILL, asked=(at(10), at(20))), "new"))
    assert "old" == ledger.mark
    _, ledger = read(planned(ledger, aim(1011), "new"))
    assert ((at(0), at(1011)),) == ledger.done


def test_what_a_sweep_read_for_the_first_time_it_does_not_read_again() -> None:
    what = aim(1000, kind=RunKind.SWEEP, sweep=at(1000))
    first, ledger = read(planned(Ledger(), what, "m"), most=4)
    second, ledger = read(planned(ledger, replace(what, now=at(1001)), "m"))
    assert len(first) + len(second) <= -(-1001 // 96) + 1


@given(st.integers(1, 500), st.integers(1, 500))
def test_c3_what_a_clock_that_was_ahead_told_of_times_to_come_is_not_believed(ahead: int, outage: int) -> None:
    ledger = Ledger(done=((at(0), at(1000 + ahead)),), mark="m")
    right = windows.prepared(ledger, aim(1000), mark="n")
    assert right.tip == at(1000)
    _, ledger = read(Series(aim(1000), {"": right}, windows.to_read(right, aim(1000), mark="n"), marks={"": "n"}))
    later = aim(1000 + outage)
    _, ledger = read(planned(ledger, later, "o"))
    assert minus([(at(0), later.now)], ledger.done) == ()


@given(st.lists(st.integers(1, 20), min_size=1, max_size=6), st.integers(0, 9))
def test_v10_a_doubt_is_settled_however_windows_are_cut_the_second_time(lengths: list[int], missed: int) -> None:
    """What was missed in one long window is missed again in short ones."""
    whole = sum(lengths)
    gone = [hour for hour in range(whole) if hour % 2 == 0 and hour >= missed]
    digests = [str(hour) for hour in gone]
    first = aim(whole)
    doubts = windows.judged((), Window(at(0), at(whole)), digests, inside=whole, came=0, few=False, aim=first).doubts
    later, start, buried = replace(first, now=first.now + HELD_FOR), 0, set()
    for length in lengths:
        mine = [str(hour) for hour in gone if start <= hour < start + length]
        window = Window(at(start), at(start + length))
        verdict = windows.judged(doubts, window, mine, inside=length, came=0, few=False, aim=later)
        assert verdict.gone is bool(mine)
        buried |= set(mine)
        doubts, start = verdict.doubts, start + length
    assert (set(digests), ()) == (buried, doubts)


def test_v10_one_more_missing_row_does_not_make_the_others_wait_anew() -> None:
    window, now = Window(at(0), at(10)), aim(20)
    doubts = windows.judged((), window, ["a", "b"], inside=2, came=0, few=False, aim=now).doubts
    half = replace(now, now=now.now + HELD_FOR / 2)
    doubts = windows.judged(doubts, window, ["a", "b", "c"], inside=3, came=0, few=False, aim=half).doubts
    assert {now.now: {"a", "b"}, half.now: {"c"}} == {d.at: set(d.keys) for d in doubts}


def test_halves_of_a_batch_read_what_was_still_out_and_the_whole_vouches_for_nothing() -> None:
    parents = tuple(Parent((n,), {}) for n in range(4))
    ledgers = {str(n): Ledger() for n in range(4)}
    series = Series(aim(200), ledgers, ((at(0), at(200)),), parents)
    newest, refused = series.take(), series.take()
    series.put_back(refused)
    halves = series.halves()
    assert [2, 2] == [len(half.parents) for half in halves]
    assert all(((at(0), at(200)),) == half.ranges for half in halves)
    series.drop()
    series.took(newest, 5, complete_to=None, floor=None, slow=False)
    assert {} == series.ledgers
    assert () == series.parents


@given(st.integers(2, 60))
def test_slow_answers_that_are_nearly_empty_do_not_cut_time_into_minutes(days: int) -> None:
    """A vendor that throttles is slow whatever it is asked."""
    how = replace(strategy(), least=timedelta(minutes=1), most=30 * DAY)
    what = replace(aim(24 * days), strategy=how)
    series = Series(what, {"": Ledger()}, ((at(0), at(24 * days)),))
    asked = 0
    while series.newest is not None:
        series.took(series.take(), 5, complete_to=None, floor=None, slow=True)
        asked += 1
    assert asked <= 2 * days + 5


def by_days(days: int) -> Series:
    """So many days in windows of one."""
    how = replace(strategy(), least=timedelta(minutes=15), most=DAY, first=DAY)
    return Series(replace(aim(24 * days), strategy=how), {"": Ledger()}, ((at(0), at(24 * days)),))


def asked_until_read(series: Series, comes: Callable[[Window], bool]) -> tuple[int, int]:
    """How many windows were asked for until all was read, and how many of them did not come."""
    asked, failed = 0, 0
    while series.newest is not None:
        window = series.take()
        asked += 1
        assert asked < 10_000
        if comes(window):
            series.took(window, 5, complete_to=None, floor=None, slow=False)
        else:
            failed += 1
            series.unanswered(window, "so says the test")
    return asked, failed


@given(st.integers(30, 90), st.integers(12, 60), st.integers())
def test_v4_failures_now_and_then_do_not_cut_the_past_into_scraps(days: int, every: int, seed: int) -> None:
    """What did not come costs its halves and a few short windows behind them; nothing that is older."""
    series, chance = by_days(days), Random(seed)
    asked, failed = asked_until_read(series, lambda w: w.end - w.start < HOUR or chance.randrange(every) > 0)
    assert asked <= days + 8 * failed + 8
    assert ((at(0), at(24 * days)),) == series.ledgers[""].done


@given(st.integers(30, 90), st.integers(1, 23))
def test_v4_what_is_too_long_and_does_not_say_so_is_seldom_tried_again(days: int, bearable: int) -> None:
    series = by_days(days)
    asked, failed = asked_until_read(series, lambda w: w.end - w.start <= bearable * HOUR)
    assert failed <= 2 * asked.bit_length()
    assert ((at(0), at(24 * days)),) == series.ledgers[""].done


def test_a_window_that_fails_for_good_does_not_keep_older_ones_from_being_read() -> None:
    series = Series(aim(400), {"": Ledger()}, ((at(0), at(400)),), marks={"": "new"})
    series.skip(series.take())
    taken, ledger = read(series)
    assert union((w.start, w.end) for w in taken) == ledger.done
    assert ledger.mark is None
    assert not series.is_read
