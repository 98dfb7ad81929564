from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from itertools import pairwise
from statistics import quantiles

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syncd.clock import SystemClock
from syncd.http.pace import Pace, Turn
from syncd.http.spacing import spacing_s
from syncd.lane import Lane
from syncd.vendors.base import Limits
from tests.turned_clock import TurnedClock

LIMITS = Limits(rate=(1, 1.0), documented=(1, 1.0), parallel=1, after_answer=True)


@asynccontextmanager
async def strict(
    clock: TurnedClock | SystemClock, *, gap_s: float = 1.0, limits: Limits = LIMITS
) -> AsyncIterator[Pace]:
    pace = Pace([(1, gap_s)], after_answer=True, parallel=1, clock=clock, limits=limits)
    yield pace
    await pace.aclose()


@asynccontextmanager
async def spaced(*rates: tuple[float, float], parallel: int = 4) -> AsyncIterator[Pace]:
    limits = replace(LIMITS, after_answer=False, parallel=parallel)
    pace = Pace(rates, after_answer=False, parallel=parallel, clock=SystemClock(), limits=limits)
    yield pace
    await pace.aclose()


async def settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


async def test_p11_the_first_request_waits_one_gap_after_the_start() -> None:
    clock = TurnedClock()
    async with strict(clock) as pace, pace.turn(Lane.TRIGGER) as turn:
        assert 1.0 == clock.passed
        assert 1.0 == turn.waited_s


@pytest.mark.parametrize("answer_s", [0.0, 0.3, 7.0])
async def test_v3_the_gap_counts_from_the_end_of_the_previous_answer(answer_s: float) -> None:
    clock = TurnedClock()
    sent, ended = [], []
    async with strict(clock) as pace:
        for _ in range(5):
            async with pace.turn(Lane.INCREMENT):
                sent.append(clock.passed)
                clock.turn(answer_s)
                ended.append(clock.passed)
    assert [pytest.approx(1.0)] * 4 == [b - a for a, b in zip(ended, sent[1:], strict=False)]


async def test_v3_a_timer_that_fires_early_never_sends_early() -> None:
    clock = TurnedClock(early=0.9)
    async with strict(clock) as pace:
        for _ in range(3):
            before = clock.passed
            async with pace.turn(Lane.INCREMENT):
                assert clock.passed - before >= 1.0


async def test_v3_only_one_request_is_in_flight_whatever_parallel_says() -> None:
    clock = TurnedClock()
    most = flying = 0

    async def ask(pace: Pace) -> None:
        nonlocal most, flying
        async with pace.turn(Lane.INCREMENT):
            flying += 1
            most = max(most, flying)
            await clock.sleep(0.2)
            flying -= 1

    pace = Pace([(1, 1.0)], after_answer=True, parallel=8, clock=clock, limits=LIMITS)
    await asyncio.gather(*(ask(pace) for _ in range(10)))
    assert 1 == most
    # Ten gaps, nine of them after an answer of 0.2 s, and the last answer.
    assert pytest.approx(12.0) == clock.passed


@pytest.mark.parametrize("error", [TimeoutError, asyncio.CancelledError])
async def test_p13_after_an_answer_of_unknown_time_the_gap_is_doubled(error: type[BaseException]) -> None:
    clock = TurnedClock()
    async with strict(clock) as pace:
        with pytest.raises(error):
            async with pace.turn(Lane.INCREMENT):
                raise error
        ended = clock.passed
        async with pace.turn(Lane.INCREMENT):
            assert pytest.approx(2.0) == clock.passed - ended


async def test_after_any_other_error_the_gap_is_the_usual_one() -> None:
    clock = TurnedClock()
    async with strict(clock) as pace:
        with pytest.raises(ConnectionResetError):
            async with pace.turn(Lane.INCREMENT):
                raise ConnectionResetError
        ended = clock.passed
        async with pace.turn(Lane.INCREMENT):
            assert pytest.approx(1.0) == clock.passed - ended


async def test_n7_sending_again_waits_the_gap_like_any_request() -> None:
    clock = TurnedClock()
    async with strict(clock) as pace, pace.turn(Lane.INCREMENT) as turn:
        clock.turn(0.4)
        broken = clock.passed
        await turn.again()
        assert pytest.approx(1.0) == clock.passed - broken
        assert pytest.approx(2.0) == turn.waited_s
        assert 2 == pace.usage.used


# --- lanes -----------------------------------------------------------------------------------------------------------
async def order_of(waiting: list[Lane], *, turns: int, again: bool = True) -> list[Lane]:
    """The lanes of the first *turns* turns while one asker per entry of *waiting* always has a next question."""
    clock, order = TurnedClock(), []
    done = asyncio.Event()

    async def ask(pace: Pace, lane: Lane) -> None:
        while not done.is_set():
            async with pace.turn(lane):
                order.append(lane)
                if len(order) == turns:
                    done.set()
            if not again:
                return

    async with strict(clock) as pace:
        tasks = [asyncio.create_task(ask(pace, lane)) for lane in waiting]
        await done.wait()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    return order[:turns]


async def test_a_waiting_higher_lane_goes_first() -> None:
    waiting = [Lane.BACKFILL, Lane.SWEEP, Lane.TRIGGER, Lane.LOOKBACK, Lane.INCREMENT]
    assert sorted(Lane) == await order_of(waiting, turns=5, again=False)


async def test_within_a_lane_the_first_to_come_goes_first() -> None:
    clock, order = TurnedClock(), []

    async def ask(pace: Pace, number: int) -> None:
        async with pace.turn(Lane.SWEEP):
            order.append(number)

    async with strict(clock) as pace:
        await asyncio.gather(*(ask(pace, number) for number in range(30)))
    assert list(range(30)) == order


async def test_an_increment_that_comes_late_overtakes_all_that_only_wait() -> None:
    clock, order = TurnedClock(), []

    async def ask(pace: Pace, lane: Lane) -> None:
        async with pace.turn(lane):
            order.append(lane)

    async with strict(clock) as pace:
        async with pace.turn(Lane.BACKFILL):
            low = [asyncio.create_task(ask(pace, Lane.BACKFILL)) for _ in range(20)]
            await settle()
            high = asyncio.create_task(ask(pace, Lane.INCREMENT))
            await settle()
        await asyncio.gather(high, *low)
    assert Lane.INCREMENT == order[0]


async def test_twenty_backfills_do_not_slow_one_increment_down() -> None:
    order = await order_of([Lane.BACKFILL] * 20 + [Lane.INCREMENT], turns=200)
    assert 180 == Counter(order)[Lane.INCREMENT]


@pytest.mark.parametrize(
    "lower", [[Lane.BACKFILL], [Lane.LOOKBACK, Lane.BACKFILL], [Lane.LOOKBACK, Lane.SWEEP, Lane.BACKFILL]]
)
@pytest.mark.parametrize("higher", [[Lane.INCREMENT] * 3, [Lane.TRIGGER, Lane.TRIGGER]])
async def test_each_lower_lane_keeps_a_tenth(higher: list[Lane], lower: list[Lane]) -> None:
    turns = Counter(await order_of(higher + lower, turns=300))
    for lane in lower:
        assert 29 <= turns[lane] <= 30
    assert turns[higher[0]] >= 300 - 30 * len(lower)


@pytest.mark.parametrize("before", range(1, 25))
@pytest.mark.parametrize("new", [Lane.TRIGGER, Lane.INCREMENT, Lane.LOOKBACK])
async def test_what_comes_above_waiting_work_of_all_lower_lanes_goes_next(new: Lane, before: int) -> None:
    """However many turns the lower lanes are owed at that moment."""
    clock, order = TurnedClock(), list[Lane]()
    below, tasks = [lane for lane in Lane if lane > new], list[asyncio.Task[None]]()

    async def ask(pace: Pace, lane: Lane) -> None:
        while len(order) < before + 1:
            async with pace.turn(lane):
                order.append(lane)
                if len(order) == before:
                    tasks.append(asyncio.create_task(ask(pace, new)))
                    await settle()

    async with strict(clock) as pace:
        tasks += [asyncio.create_task(ask(pace, lane)) for lane in below * 2]
        while not all(task.done() for task in tasks):
            await asyncio.gather(*tasks)
    assert new not in order[:before]
    assert new == order[before]


# --- refusals --------------------------------------------------------------------------------------------------------
async def refuse(pace: Pace, clock: TurnedClock, retry_after_s: float | None = None) -> float:
    """One refused request; returns the seconds until the next may go."""
    async with pace.turn(Lane.INCREMENT) as turn:
        clock.turn(0.1)
    pace.refused(retry_after_s, turn.granted_at)
    return pace.held_s


async def test_v1_a_refusal_holds_the_whole_connection_for_as_long_as_the_vendor_says() -> None:
    clock = TurnedClock()
    async with strict(clock) as pace:
        assert pytest.approx(30.0) == await refuse(pace, clock, 30.0)
        before = clock.passed
        async with pace.turn(Lane.TRIGGER):
            assert pytest.approx(30.0) == clock.passed - before


async def test_v1_without_a_time_of_its_own_the_vendors_list_of_waits_holds() -> None:
    clock = TurnedClock()
    async with strict(clock) as pace:
        held = [await refuse(pace, clock) for _ in range(8)]
    assert [2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0, 60.0] == [pytest.approx(h) for h in held]


async def test_v1_no_vendor_holds_a_connection_longer_than_an_hour() -> None:
    clock = TurnedClock()
    async with strict(clock) as pace:
        assert pytest.approx(3600.0) == await refuse(pace, clock, 1e9)


async def test_v1_retry_at_once_is_believed_only_the_first_time() -> None:
    clock = TurnedClock()
    async with strict(clock) as pace:
        held = [await refuse(pace, clock, 0.0) for _ in range(3)]
    assert [pytest.approx(1.1), pytest.approx(4.0), pytest.approx(8.0)] == held


async def test_an_accepted_request_ends_the_row_of_refusals() -> None:
    clock = TurnedClock()
    async with strict(clock) as pace:
        assert [2.0, 4.0] == [pytest.approx(await refuse(pace, clock)) for _ in range(2)]
        pace.accepted()
        assert pytest.approx(2.0) == await refuse(pace, clock)


async def test_refusals_of_what_was_in_flight_together_count_once() -> None:
    clock = TurnedClock()
    pace = Pace([(100, 1.0)], after_answer=False, parallel=8, clock=clock, limits=replace(LIMITS, after_answer=False))
    clock.turn(1.0)
    for _ in range(8):
        pace.refused(None, 0.5)
    assert pytest.approx(2.0) == pace.held_s


async def test_three_refusals_in_a_row_widen_the_gap_to_two_seconds_which_returns_slowly() -> None:
    clock = TurnedClock()
    async with strict(clock) as pace:
        for expected in (1.1, 1.2, 2.0):
            await refuse(pace, clock)
            assert pytest.approx(expected, abs=0.02) == pace.gap_s
        pace.accepted()
        clock.turn(450.0)
        assert pytest.approx(1.5, abs=0.01) == pace.gap_s
        clock.turn(450.0)
        assert 1.0 == pace.gap_s


async def test_refusals_without_end_widen_the_gap_only_so_far() -> None:
    clock = TurnedClock()
    async with strict(clock) as pace:
        for _ in range(100):
            await refuse(pace, clock)
        assert pace.gap_s <= 4.0


async def test_a_hold_that_comes_while_others_wait_holds_them_too() -> None:
    clock = TurnedClock()
    async with strict(clock) as pace:
        async with pace.turn(Lane.INCREMENT):
            waiting = asyncio.create_task(refuse(pace, clock))
            await settle()
            pace.hold(50.0)
        before = clock.passed
        await waiting
        assert clock.passed - before >= 50.0


# --- spacing ---------------------------------------------------------------------------------------------------------
async def test_v3_fifty_a_second_are_never_a_burst_and_reach_what_the_spacing_allows() -> None:
    sent: list[float] = []

    async def ask(pace: Pace) -> None:
        async with pace.turn(Lane.INCREMENT):
            sent.append(time.monotonic())
            await asyncio.sleep(0.03)

    async with spaced((50, 1.0), parallel=16) as pace:
        began = time.monotonic()
        await asyncio.gather(*(ask(pace) for _ in range(40)))
    # The loop may be late with a turn and in time with the next: only many together are as far apart as their grants.
    assert min(after - before for before, after in zip(sent, sent[10:], strict=False)) >= 10 * 0.024 - 0.1
    assert sent[0] - began >= 0.024
    # Timers of the loop have milliseconds; a machine that is busy elsewhere makes most gaps longer.
    assert quantiles(b - a for a, b in pairwise(sent))[0] <= 0.027


async def test_a_hold_that_comes_while_the_next_waits_for_its_spacing_holds_it() -> None:
    async def ask(pace: Pace) -> float:
        async with pace.turn(Lane.INCREMENT):
            return time.monotonic()

    async with spaced((20, 1.0)) as pace:
        await ask(pace)
        waiting = asyncio.create_task(ask(pace))
        await settle()
        held_at = time.monotonic()
        pace.hold(0.2)
        assert await waiting - held_at >= 0.2


async def test_after_a_refusal_spaced_requests_are_wider_apart() -> None:
    clock, sent = TurnedClock(), []
    pace = Pace([(500, 1.0)], after_answer=False, parallel=4, clock=clock, limits=replace(LIMITS, after_answer=False))
    async with pace.turn(Lane.INCREMENT) as turn:
        pass
    pace.refused(None, turn.granted_at)
    widened_s = pace.gap_s
    assert pytest.approx(1.1 * spacing_s([(500, 1.0)], after_answer=False, documented=(1, 1.0))) == widened_s
    for _ in range(4):
        async with pace.turn(Lane.INCREMENT):
            sent.append(clock.passed)
    # The gap returns to its base by the second.
    assert min(after - before for before, after in pairwise(sent)) >= 0.99 * widened_s
    await pace.aclose()


async def test_requests_in_flight_are_bounded() -> None:
    most = flying = 0

    async def ask(pace: Pace) -> None:
        nonlocal most, flying
        async with pace.turn(Lane.INCREMENT):
            flying += 1
            most = max(most, flying)
            await asyncio.sleep(0.02)
            flying -= 1

    async with spaced((1000, 1.0), parallel=3) as pace:
        await asyncio.gather(*(ask(pace) for _ in range(20)))
    assert 3 == most


async def test_spaced_requests_sent_again_need_no_second_place() -> None:
    """All places taken by requests that must be sent again: each keeps its place and waits for a turn only."""

    async def ask(pace: Pace) -> float:
        async with pace.turn(Lane.INCREMENT) as turn:
            await asyncio.sleep(0.02)
            await turn.again()
            return turn.waited_s

    async with spaced((500, 1.0), parallel=2) as pace, asyncio.timeout(2):
        await asyncio.gather(*(ask(pace) for _ in range(6)))
        assert 12 == pace.usage.used


async def test_the_strict_gap_costs_no_more_than_a_few_milliseconds() -> None:
    """97 % of what the rule allows, in real time."""
    async with strict(SystemClock(), gap_s=0.05) as pace:
        sent = []
        for _ in range(21):
            async with pace.turn(Lane.INCREMENT):
                sent.append(time.monotonic())
    # The shortest, because a machine that is busy elsewhere makes any of them longer.
    assert 0.05 <= min(b - a for a, b in pairwise(sent)) <= 0.05 / 0.97


async def test_usage_counts_the_last_minute() -> None:
    clock = TurnedClock()
    async with strict(clock) as pace:
        for _ in range(5):
            async with pace.turn(Lane.INCREMENT):
                pass
        assert 5 == pace.usage.used
        assert pytest.approx(60.0) == pace.usage.allowed
        clock.turn(58.0)
        assert 2 == pace.usage.used
        clock.turn(10.0)
        assert 0 == pace.usage.used


# --- declared figures ------------------------------------------------------------------------------------------------
UNIT_LIMITS = Limits(
    rate=(10, 1.0), documented=(50, 1.0), parallel=16, after_answer=False,
    hold_s=(5.0, 10.0, 20.0, 900.0), hold_jitter=0.5, widen_after=1, widened_by=2.0,
)  # fmt: skip


@pytest.mark.parametrize("drawn, held", [(0.0, [5.0, 10.0, 20.0, 900.0, 900.0]), (0.5, [6.25, 12.5, 25.0, 1125.0])])
async def test_v1_chance_only_makes_waits_longer(drawn: float, held: list[float]) -> None:
    clock = TurnedClock()
    pace = Pace([(10, 1.0)], after_answer=False, parallel=1, clock=clock, limits=UNIT_LIMITS, random=lambda: drawn)
    assert [pytest.approx(seconds) for seconds in held] == [await refuse(pace, clock) for _ in held]
    await pace.aclose()


async def test_a_vendor_can_declare_that_one_refusal_halves_the_pace() -> None:
    clock = TurnedClock()
    pace = Pace([(10, 1.0)], after_answer=False, parallel=1, clock=clock, limits=UNIT_LIMITS, random=lambda: 0.0)
    await refuse(pace, clock)
    assert pytest.approx(0.2) == pace.gap_s
    clock.turn(450.0)
    assert pytest.approx(0.15) == pace.gap_s
    await pace.aclose()


async def test_how_many_may_be_in_flight_can_be_read() -> None:
    async with spaced((10, 1.0), parallel=7) as pace, strict(TurnedClock()) as one:
        assert (7, 1) == (pace.parallel, one.parallel)


# --- cancellation ----------------------------------------------------------------------------------------------------
async def one_turn(pace: Pace, clock: TurnedClock) -> Turn:
    async with pace.turn(Lane.INCREMENT) as turn:
        await clock.sleep(0.1)
        await turn.again()
        await clock.sleep(0.1)
    return turn


@pytest.mark.parametrize("steps", range(16))
@pytest.mark.parametrize("others", [0, 1, 3])
async def test_p13_cancelled_at_any_await_no_turn_is_lost(steps: int, others: int) -> None:
    clock = TurnedClock()
    async with strict(clock) as pace:
        cancelled = asyncio.create_task(one_turn(pace, clock))
        rest = [asyncio.create_task(one_turn(pace, clock)) for _ in range(others)]
        for _ in range(steps):
            await asyncio.sleep(0)
        cancelled.cancel()
        async with asyncio.timeout(2):
            await asyncio.gather(cancelled, return_exceptions=True)
            await asyncio.gather(*rest)
            await one_turn(pace, clock)
        assert 0 == pace._in_flight
        assert [] == pace._waiting


@pytest.mark.parametrize("steps", range(12))
async def test_p13_cancelled_at_any_await_no_place_in_flight_is_lost(steps: int) -> None:
    async def ask(pace: Pace) -> None:
        async with pace.turn(Lane.INCREMENT) as turn:
            await asyncio.sleep(0)
            await turn.again()

    async with spaced((1000, 1.0), parallel=2) as pace:
        tasks = [asyncio.create_task(ask(pace)) for _ in range(6)]
        for _ in range(steps):
            await asyncio.sleep(0.001 if steps % 2 else 0)
        for task in tasks[::2]:
            task.cancel()
        async with asyncio.timeout(2):
            await asyncio.gather(*tasks, return_exceptions=True)
            await asyncio.gather(*(ask(pace) for _ in range(4)))
        assert 0 == pace._in_flight


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(Lane), st.one_of(st.none(), st.integers(0, 40))), min_size=1, max_size=12))
def test_p13_whoever_is_cancelled_the_gap_holds_and_the_others_get_their_turns(
    askers: list[tuple[Lane, int | None]],
) -> None:
    async def play() -> tuple[list[float], list[float], int]:
        clock = TurnedClock()
        sent: list[float] = []
        ended = [0.0]

        async def ask(pace: Pace, lane: Lane) -> None:
            async with pace.turn(lane):
                sent.append(clock.passed)
                try:
                    await clock.sleep(0.25)
                finally:
                    ended.append(clock.passed)

        async with strict(clock) as pace:
            tasks = [asyncio.create_task(ask(pace, lane)) for lane, _ in askers]
            for step in range(41):
                for task, (_, at) in zip(tasks, askers, strict=True):
                    if at == step:
                        task.cancel()
                await asyncio.sleep(0)
            async with asyncio.timeout(5):
                results = await asyncio.gather(*tasks, return_exceptions=True)
        return sent, ended, sum(result is None for result in results)

    sent, ended, served = asyncio.run(play())
    assert served >= sum(at is None for _, at in askers)
    assert all(after - before >= 1.0 - 1e-9 for before, after in zip(ended, sent, strict=False))


async def test_nothing_is_left_running_when_all_who_waited_are_gone() -> None:
    async with strict(SystemClock(), gap_s=3600.0) as pace:
        task = asyncio.create_task(one_turn(pace, TurnedClock()))
        await settle()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await settle()
        assert {"pace"}.isdisjoint(task.get_name() for task in asyncio.all_tasks())


async def test_closing_ends_all_waits() -> None:
    pace = Pace([(1, 3600.0)], after_answer=True, parallel=1, clock=SystemClock(), limits=LIMITS)
    task = asyncio.create_task(one_turn(pace, TurnedClock()))
    await settle()
    await pace.aclose()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_broken_clock_ends_all_waits_with_its_error() -> None:
    class Broken(TurnedClock):
        async def sleep(self, seconds: float) -> None:
            raise OSError("no timers")

    async with strict(Broken()) as pace:
        with pytest.raises(OSError, match="no timers"):
            await one_turn(pace, TurnedClock())
