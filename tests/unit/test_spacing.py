"""How far apart requests are sent: margins, late timers, and limits that connections share."""

from __future__ import annotations

import asyncio
from bisect import bisect_left
from collections import Counter
from itertools import combinations, cycle, islice, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syncd.clock import SystemClock
from syncd.http.pace import Pace
from syncd.http.spacing import HostPace, Hosts, Schedule, spacing_s
from syncd.lane import Lane
from syncd.vendors.base import Limits
from tests.turned_clock import TurnedClock


async def settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


@pytest.mark.parametrize(
    "rates, expected",
    [
        pytest.param([(50, 1.0)], 0.024, id="the limit itself"),
        pytest.param([(45, 1.0)], 0.024, id="so near it that the margin still counts"),
        pytest.param([(40, 1.0)], 0.025, id="slower than the limit with its margin"),
        pytest.param([(10, 1.0)], 0.1, id="far below: exactly as told"),
        pytest.param([(50, 1.0), (600, 60.0)], 0.1, id="two that hold at once"),
        pytest.param([(100, 1.0)], 0.012, id="above the limit: as told, with a margin of its own"),
    ],
)
def test_the_margin_guards_the_documented_limit_only(rates: list[tuple[float, float]], expected: float) -> None:
    assert pytest.approx(expected) == spacing_s(rates, after_answer=False, documented=(50, 1.0))


@pytest.mark.parametrize(
    "documented, expected",
    [((4, 1.0), 0.254), ((180, 60.0), 1 / 3 + 0.004), ((1000, 1.0), 0.0012)],
)
def test_the_margin_is_a_fifth_and_four_milliseconds_at_most(documented: tuple[float, float], expected: float) -> None:
    assert pytest.approx(expected) == spacing_s([documented], after_answer=False, documented=documented)


def test_a_gap_after_the_answer_needs_no_margin() -> None:
    assert 1.0 == spacing_s([(1, 1.0), (5, 1.0)], after_answer=True, documented=(1, 1.0))


# --- late timers -----------------------------------------------------------------------------------------------------
class LateClock(TurnedClock):
    """Every wait lasts *late_s* longer than asked for."""

    def __init__(self, *late_s: float) -> None:
        super().__init__()
        self._late = cycle(late_s)

    async def sleep(self, seconds: float) -> None:
        await super().sleep(seconds)
        self.turn(next(self._late))


async def sent_with(clock: TurnedClock, *, turns: int, parallel: int = 4) -> list[float]:
    """When the turns were had, with somebody always waiting, at ten a second where fifty are documented."""
    limits = Limits(rate=(10, 1.0), documented=(50, 1.0), parallel=parallel, after_answer=False)
    sent: list[float] = []

    async def ask(pace: Pace) -> None:
        while len(sent) < turns:
            async with pace.turn(Lane.INCREMENT):
                sent.append(clock.passed)

    pace = Pace([(10, 1.0)], after_answer=False, parallel=parallel, clock=clock, limits=limits)
    await asyncio.gather(*(ask(pace) for _ in range(parallel + 2)))
    await pace.aclose()
    return sent[:turns]


async def test_timers_that_fire_late_cost_no_rate() -> None:
    sent = await sent_with(LateClock(0.004, 0.0, 0.015), turns=301)
    assert (sent[-1] - sent[0]) / 300 <= 0.1 / 0.97


async def test_what_is_made_up_shortens_a_gap_by_a_fifth_at_most() -> None:
    sent = await sent_with(LateClock(0.0, 0.0, 0.09, 0.0), turns=200)
    assert min(after - before for before, after in pairwise(sent)) >= 0.08 - 1e-9


def test_a_loop_that_stood_still_is_made_up_for_only_so_far() -> None:
    """After ten seconds without a turn there is no rush: three gaps are made up, and no more."""
    schedule, gaps, now = Schedule(0.0), [], 10.0
    schedule.take(now, 0.1, 10.0)
    for _ in range(40):
        gaps.append(schedule.free_at - now)
        now = schedule.free_at
        schedule.take(now, 0.1, 0.0)
    assert [0.08] * 15 + [0.1] * 24 == [pytest.approx(gap) for gap in gaps[:39]]


async def test_idleness_is_not_made_up_for() -> None:
    clock = TurnedClock()
    limits = Limits(rate=(10, 1.0), documented=(50, 1.0), parallel=4, after_answer=False)
    pace = Pace([(10, 1.0)], after_answer=False, parallel=4, clock=clock, limits=limits)
    sent = []
    clock.turn(60.0)
    for _ in range(5):
        async with pace.turn(Lane.INCREMENT):
            sent.append(clock.passed)
    assert [pytest.approx(0.1)] * 4 == [after - before for before, after in pairwise(sent)]
    assert sent[0] == 60.0
    await pace.aclose()


async def test_places_in_flight_that_were_all_taken_are_not_made_up_for() -> None:
    clock = TurnedClock()
    limits = Limits(rate=(10, 1.0), documented=(50, 1.0), parallel=1, after_answer=False)
    pace = Pace([(10, 1.0)], after_answer=False, parallel=1, clock=clock, limits=limits)
    sent = []

    async def ask(answer_s: float) -> None:
        async with pace.turn(Lane.INCREMENT):
            sent.append(clock.passed)
            await settle()
            clock.turn(answer_s)

    await asyncio.gather(ask(5.0), *(ask(0.0) for _ in range(4)))
    assert [5.0, 0.1, 0.1, 0.1] == [pytest.approx(after - before) for before, after in pairwise(sent)]
    await pace.aclose()


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.floats(0.0, 0.2), min_size=1, max_size=20),
    st.lists(st.sampled_from([None, 0.0, 0.001, 0.03]), min_size=1, max_size=20),
)
def test_v3_however_late_and_however_idle_no_second_has_more_than_the_limit(
    late: list[float], idle: list[float | None]
) -> None:
    """At 50/s: one schedule, loops late and pauses at random; what is sent in any second stays below fifty."""
    schedule, gap_s, sent = Schedule(0.0), spacing_s([(50, 1.0)], after_answer=False, documented=(50, 1.0)), []
    for late_s, pause_s in islice(zip(cycle(late), cycle(idle), strict=False), 400):
        if pause_s is None:
            now = schedule.free_at + late_s
            schedule.take(now, gap_s, late_s)
        else:
            now = schedule.free_at + pause_s
            schedule.take(now, gap_s, None)
        sent.append(now)
    assert max(bisect_left(sent, at + 1.0) - i for i, at in enumerate(sent)) <= 46


# --- limits by address -----------------------------------------------------------------------------------------------
HOSTED = Limits(rate=(40, 1.0), documented=(50, 1.0), parallel=4, after_answer=False, host=(50, 1.0))


def paces(clock: TurnedClock | SystemClock, *rates: float) -> list[Pace]:
    """One pace for each rate, all of connections to the same address."""
    hosts = Hosts()
    return [
        Pace(
            [(rate, 1.0)],
            after_answer=False,
            parallel=4,
            clock=clock,
            limits=HOSTED,
            host=hosts.pace("https://api.example/v2", (50, 1.0), clock.monotonic()),
        )
        for rate in rates
    ]


async def sent_by(clock: TurnedClock | SystemClock, several: list[Pace], *, turns: int) -> list[tuple[float, int]]:
    """When the turns were had and by which of *several*, each of which always has somebody waiting."""
    sent: list[tuple[float, int]] = []

    async def ask(number: int) -> None:
        while len(sent) < turns:
            async with several[number].turn(Lane.INCREMENT):
                sent.append((clock.monotonic(), number))

    await asyncio.gather(*(ask(number) for number in range(len(several)) for _ in range(3)))
    for pace in several:
        await pace.aclose()
    return sent[:turns]


async def test_v3_connections_to_one_address_keep_its_limit_together() -> None:
    clock = SystemClock()
    sent = await sent_by(clock, paces(clock, 40, 40, 40), turns=60)
    assert (sent[-1][0] - sent[0][0]) / 59 >= 0.024 * 0.97
    # In turns: nobody waits while others go twice.
    assert max(abs(a - b) for a, b in combinations(Counter(number for _, number in sent).values(), 2)) <= 2


async def test_v3_each_connection_keeps_its_own_limit_too() -> None:
    clock = SystemClock()
    sent = await sent_by(clock, paces(clock, 40, 5), turns=30)
    slow = [at for at, number in sent if number == 1]
    assert min(after - before for before, after in pairwise(slow)) >= 0.2 * 0.8
    assert len(slow) <= 5


async def test_whoever_waits_for_its_own_pace_does_not_hold_the_address_up() -> None:
    clock = SystemClock()
    quick, held = paces(clock, 40, 40)
    held.hold(3600.0)
    waiting = asyncio.create_task(sent_by(clock, [held], turns=1))
    async with asyncio.timeout(2):
        await sent_by(clock, [quick], turns=10)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    await held.aclose()


def test_p11_the_first_request_to_an_address_waits_one_gap_after_the_start() -> None:
    """Whoever asked from this address a moment ago, in a process that died, counts too."""
    host = HostPace((50, 1.0), 100.0)
    assert pytest.approx(100.024) == host.line_up("first")
    assert not host.is_free(100.02)


def test_the_line_of_an_address_is_in_the_order_of_coming() -> None:
    host = HostPace((50, 1.0), 0.0)
    assert [0.024, 0.048, 0.072] == [pytest.approx(host.line_up(who)) for who in ("a", "b", "c")]
    assert pytest.approx(0.024) == host.line_up("a")
    host.take("a", 0.024, host.gap_s, 0.0)
    assert [0.048, 0.072, 0.096] == [pytest.approx(host.line_up(who)) for who in ("b", "c", "a")]
    host.leave("b")
    assert pytest.approx(0.048) == host.line_up("c")
    assert not host.is_free(1.0)


async def test_whoever_gives_up_waiting_for_an_address_leaves_its_line() -> None:
    clock = SystemClock()
    host = HostPace((50, 1.0), clock.monotonic() + 3600.0)
    pace = Pace([(1000, 1.0)], after_answer=False, parallel=4, clock=clock, limits=HOSTED, host=host)
    giving_up = [asyncio.create_task(sent_by(clock, [pace], turns=9)) for _ in range(2)]
    await asyncio.sleep(0.05)
    assert [pace] == host._line
    for task in giving_up:
        task.cancel()
    await asyncio.gather(*giving_up, return_exceptions=True)
    await settle()
    assert [] == host._line


async def test_a_rate_above_the_documented_one_is_wanted_for_the_address_too() -> None:
    clock = SystemClock()
    sent = await sent_by(clock, paces(clock, 200), turns=60)
    assert (sent[-1][0] - sent[0][0]) / 59 <= 0.012


def test_addresses_are_told_apart_by_host_and_port() -> None:
    hosts, limit = Hosts(), (50, 1.0)
    one = hosts.pace("https://api.example/v2", limit, 0.0)
    assert hosts.pace("https://API.example:443/other", limit, 5.0) is one
    for other in ("https://api.example:8443/v2", "http://api.example/v2", "https://b.example/v2"):
        assert hosts.pace(other, limit, 0.0) is not one
    assert hosts.pace("https://api.example/v2", (10, 1.0), 0.0) is not one
