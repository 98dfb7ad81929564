"""The pace of a connection: who may send when, so that the vendor never sees more than its limit.

A turn is taken before the library is called and ends when the body is read. Two rules exist. With ``after_answer`` one
request is in flight and the gap is counted from the end of the previous answer: whatever the network does, no two
requests arrive closer. Otherwise requests are spaced as they are sent, never in bursts, with a margin for what the
network does to the spacing. Either way a limit that the vendor keeps by address holds as well.

The choice who goes next is made when the turn is free, not when it was asked for: a higher lane that comes while a
lower one waits goes first.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count
from random import SystemRandom

from syncd.clock import Clock
from syncd.http.retry import MOST_HELD_S
from syncd.http.spacing import HostPace, Schedule, spacing_s
from syncd.lane import Lane
from syncd.vendors.base import Limits

# Lower lanes keep a tenth each: one that has been passed over nine times is owed a turn. It is not paid just when
# something higher has come, but after that has had a turn: what is new waits for no more than what is in flight.
PASSED_OVER_MOST = 9

# Refusals although we kept the pace mean that somebody else spends from the same allowance: give way, and come back
# slowly, or both sides are refused for ever.
WIDENED_BY = 1.1
WIDENED_MOST = 4.0
RETURN_S = 900.0

USAGE_S = 60.0

_JITTER = SystemRandom()


@dataclass(frozen=True, slots=True)
class Usage:
    """Requests sent in the last minute, and how many the pace allows in one."""

    used: int
    allowed: float


@dataclass(eq=False, slots=True)
class _Waiter:
    lane: Lane
    order: int
    granted: asyncio.Future[None]
    has_slot: bool


class Turn:
    """The right to send one request, from the grant to the end of its answer; ``waited_s`` is what it took to get."""

    def __init__(self, pace: Pace, lane: Lane, waited_s: float, granted_at: float) -> None:
        self._pace = pace
        self._lane = lane
        self.waited_s = waited_s
        self.granted_at = granted_at

    async def again(self) -> None:
        """Wait until the same question may be sent once more, as its connection broke: a request like any other."""
        self.waited_s += await self._pace.wait_again(self._lane)
        self.granted_at = self._pace.now()


class Pace:
    """Turns for one connection (or one class of its calls), by lanes; belongs to one event loop."""

    def __init__(
        self,
        rates: Sequence[tuple[float, float]],
        *,
        after_answer: bool,
        parallel: int,
        clock: Clock,
        limits: Limits,
        host: HostPace | None = None,
        random: Callable[[], float] = _JITTER.random,
    ) -> None:
        self._clock = clock
        self._random = random
        self._limits = limits
        self._after_answer = after_answer
        self._base_s = spacing_s(rates, after_answer=after_answer, documented=limits.documented)
        # More than one in flight would break the only rule that is strict at the vendor's end.
        self._slots = 1 if after_answer else max(1, parallel)
        self._host = host
        # Whoever sets a rate above the documented one says that this host allows it.
        self._host_gap_s = 0.0 if host is None else min(host.gap_s, self._base_s)
        self._in_flight = 0
        self._waiting: list[_Waiter] = []
        self._order = count()
        self._passed_over = dict.fromkeys(Lane, 0)
        self._last = Lane.TRIGGER
        self._changed = asyncio.Event()
        self._granting: asyncio.Task[None] | None = None
        self._sent: deque[float] = deque()
        self._refusals = 0
        self._refused_at = float("-inf")
        self._widened_s = self._base_s
        # A process that dies and starts again and again must not burst.
        self._schedule = Schedule(clock.monotonic() + self._base_s)

    @property
    def gap_s(self) -> float:
        """Seconds kept between two requests now: the base, or more for a while after refusals."""
        returned = (self._clock.monotonic() - self._refused_at) / RETURN_S
        return self._base_s + (self._widened_s - self._base_s) * max(0.0, 1.0 - returned)

    @property
    def held_s(self) -> float:
        """Seconds until anything may be sent; at most the gap unless the connection is held."""
        return max(0.0, self._schedule.free_at - self._clock.monotonic())

    @property
    def parallel(self) -> int:
        """How many requests may be in flight at once."""
        return self._slots

    @property
    def waiting(self) -> int:
        """How many requests wait for a turn."""
        return len(self._waiting)

    @property
    def in_flight(self) -> int:
        """How many requests have been sent and not been answered yet."""
        return self._in_flight

    @property
    def usage(self) -> Usage:
        """What was sent in the last minute against what is allowed."""
        self._forget_old()
        return Usage(len(self._sent), USAGE_S / self.gap_s)

    @asynccontextmanager
    async def turn(self, lane: Lane) -> AsyncIterator[Turn]:
        """Wait for a turn, and hold it until the answer's body is read."""
        waited_s = await self._wait(lane, has_slot=False)
        answered = True
        try:
            yield Turn(self, lane, waited_s, self._clock.monotonic())
        except (TimeoutError, asyncio.CancelledError):
            # The request may still be on its way: nobody knows when it arrives.
            answered = False
            raise
        finally:
            self._in_flight -= 1
            self._end_answer(answered=answered)

    async def wait_again(self, lane: Lane) -> float:
        """Seconds waited until a request that holds a turn may be sent a second time."""
        self._end_answer(answered=True)
        return await self._wait(lane, has_slot=True)

    def now(self) -> float:
        """The monotonic time that turns are measured in."""
        return self._clock.monotonic()

    def hold(self, seconds: float) -> None:
        """Send nothing for *seconds*."""
        self._schedule.hold(self._clock.monotonic() + seconds)

    def refused(self, retry_after_s: float | None, granted_at: float) -> float:
        """The vendor said "too fast" to a request granted at *granted_at*: hold, and widen the gap.

        Returns the seconds held: what the vendor asked for (at most an hour), else one of its declared waits.
        """
        # Answers to what was in flight when the first refusal came tell nothing new.
        if granted_at >= self._refused_at:
            self._refusals += 1
            self._widen()
        waits = self._limits.hold_s
        listed = waits[min(max(self._refusals, 1), len(waits)) - 1]
        listed *= 1.0 + self._limits.hold_jitter * self._random()
        # "Retry at once" is believed only the first time.
        if retry_after_s is None or (retry_after_s <= 0.0 and self._refusals > 1):
            seconds = listed
        else:
            seconds = min(retry_after_s, MOST_HELD_S)
        self.hold(max(seconds, self.gap_s))
        return seconds

    def accepted(self) -> None:
        """The vendor took a request: refusals in a row end."""
        self._refusals = 0

    async def aclose(self) -> None:
        """Stop granting turns; whoever still waits is cancelled."""
        for waiter in self._waiting:
            waiter.granted.cancel()
        self._waiting.clear()
        if self._granting is not None:
            self._granting.cancel()
            await asyncio.wait([self._granting])

    # --- waiting ---------------------------------------------------------------------------------------------------
    async def _wait(self, lane: Lane, *, has_slot: bool) -> float:
        asked_at = self._clock.monotonic()
        if self._is_free(asked_at, has_slot=has_slot):
            # Nobody is in the way: no task has to be started to find that out.
            self._take(asked_at, has_slot=has_slot, late_s=None)
            self._passed_over = dict.fromkeys(Lane, 0)
            self._note_sent(asked_at)
            return 0.0
        waiter = _Waiter(lane, next(self._order), asyncio.get_running_loop().create_future(), has_slot)
        self._waiting.append(waiter)
        self._wake()
        try:
            await waiter.granted
        except asyncio.CancelledError:
            self._withdraw(waiter)
            raise
        now = self._clock.monotonic()
        self._note_sent(now)
        return now - asked_at

    def _is_free(self, now: float, *, has_slot: bool) -> bool:
        """Whether a turn can be had without waiting or choosing."""
        slot_free = has_slot or self._in_flight < self._slots
        host_free = self._host is None or self._host.is_free(now)
        return slot_free and not self._waiting and self._schedule.free_at <= now and host_free

    def _withdraw(self, waiter: _Waiter) -> None:
        """Give up waiting; a turn that was granted at the same moment goes on to the next."""
        if waiter in self._waiting:
            self._waiting.remove(waiter)
        elif waiter.granted.done() and not waiter.granted.cancelled() and not waiter.has_slot:
            self._in_flight -= 1
        if self._waiting:
            self._wake()
        elif self._granting is not None:
            self._granting.cancel()

    def _wake(self) -> None:
        self._changed.set()
        if self._granting is None or self._granting.done() or self._granting.cancelling():
            self._granting = asyncio.create_task(self._grant_turns(), name="pace")
            self._granting.add_done_callback(self._pass_on)

    def _pass_on(self, granting: asyncio.Task[None]) -> None:
        """Whoever waits must not wait for a task that died."""
        if granting.cancelled() or (error := granting.exception()) is None:
            return
        for waiter in self._waiting:
            if not waiter.granted.done():
                waiter.granted.set_exception(error)
        self._waiting.clear()

    # --- granting --------------------------------------------------------------------------------------------------
    async def _grant_turns(self) -> None:
        # The moment that was waited for, once somebody could go: what comes after it is the loop's delay, not idleness.
        free_at = None
        try:
            while self._waiting:
                self._changed.clear()
                now = self._clock.monotonic()
                if not self._ready():
                    free_at = None
                    self._leave_host()
                    await self._changed.wait()
                # Timers may fire early by the resolution of the clock, and a hold may have come meanwhile: look again.
                elif (next_at := self._next_at(now)) > now:
                    free_at = next_at
                    await self._clock.sleep(next_at - now)
                else:
                    self._grant(self._next(), now, None if free_at is None else now - free_at)
                    free_at = None
        finally:
            self._leave_host()

    def _next_at(self, now: float) -> float:
        """When the next request may be sent, if one is ready."""
        own_at = self._schedule.free_at
        if self._host is None:
            return own_at
        # In the host's line stands only who could go at once, or the others would wait for nothing.
        if own_at > now:
            self._host.leave(self)
            return own_at
        return self._host.line_up(self)

    def _leave_host(self) -> None:
        if self._host is not None:
            self._host.leave(self)

    def _ready(self) -> list[_Waiter]:
        slot_free = self._in_flight < self._slots
        return [w for w in self._waiting if (w.has_slot or slot_free) and not w.granted.done()]

    def _next(self) -> _Waiter:
        ready = self._ready()
        lanes = {waiter.lane for waiter in ready}
        highest = chosen = min(lanes)
        owed = [lane for lane in lanes if lane > highest and self._passed_over[lane] >= PASSED_OVER_MOST]
        if owed and self._last <= highest:
            chosen = max(owed, key=lambda lane: (self._passed_over[lane], lane))
        for lane in lanes:
            self._passed_over[lane] += 1
        self._passed_over[chosen] = 0
        self._last = chosen
        return min((waiter for waiter in ready if waiter.lane == chosen), key=lambda waiter: waiter.order)

    def _grant(self, waiter: _Waiter, now: float, late_s: float | None) -> None:
        self._waiting.remove(waiter)
        self._take(now, has_slot=waiter.has_slot, late_s=late_s)
        waiter.granted.set_result(None)

    def _take(self, now: float, *, has_slot: bool, late_s: float | None) -> None:
        self._in_flight += not has_slot
        if self._host is not None:
            self._host.take(self, now, self._host_gap_s, late_s)
        # With the other rule the gap begins when the answer has ended.
        if not self._after_answer:
            self._schedule.take(now, self.gap_s, late_s)

    def _end_answer(self, *, answered: bool) -> None:
        if self._after_answer:
            self.hold(self.gap_s if answered else 2 * self.gap_s)
        self._changed.set()

    def _widen(self) -> None:
        widened_s = self.gap_s * WIDENED_BY
        if self._refusals >= self._limits.widen_after:
            widened_s = max(widened_s, self._base_s * self._limits.widened_by)
        self._widened_s = min(widened_s, self._base_s * WIDENED_MOST)
        self._refused_at = self._clock.monotonic()

    def _note_sent(self, now: float) -> None:
        self._sent.append(now)
        self._forget_old()

    def _forget_old(self) -> None:
        oldest = self._clock.monotonic() - USAGE_S
        while self._sent and self._sent[0] <= oldest:
            self._sent.popleft()
