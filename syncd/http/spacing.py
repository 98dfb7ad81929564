"""How far apart requests are sent, as figures, and the schedule that keeps them so: nothing here waits."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

# Requests sent a spacing apart arrive a little closer or wider. 24 ms at 50/s kept every second below the limit in
# simulation (21 ms did not); at low rates a few milliseconds are as much as the network's jitter needs.
MARGIN = 0.2
MOST_MARGIN_S = 0.004

# A timer that fires late must not lower the rate: the gaps after it are shorter until that is made up. A fifth off
# 24 ms leaves 19.2, and three gaps made up within one second are three requests more in it: in simulation, with a loop
# that is late at random, 48 at most where 50 are allowed. Eight would have been too many.
CATCH_UP = 0.2
MOST_BEHIND = 3.0


def spacing_s(rates: Sequence[tuple[float, float]], *, after_answer: bool, documented: tuple[float, float]) -> float:
    """Seconds between two requests so that all *rates* (requests, seconds) hold at once.

    The margin guards the vendor's *documented* limit: a slower rate needs none of its own, a faster one was wanted by
    somebody whose vendor allows more, and has it on top.
    """
    longest = max(seconds / requests for requests, seconds in rates)
    if after_answer:
        return longest
    requests, seconds = documented
    limit = seconds / requests
    return max(longest, _with_margin(limit)) if longest >= limit else _with_margin(longest)


def _with_margin(gap_s: float) -> float:
    return gap_s + min(gap_s * MARGIN, MOST_MARGIN_S)


class Schedule:
    """When the next request may be sent: ``free_at``, in monotonic seconds."""

    __slots__ = ("_behind_s", "free_at")

    def __init__(self, free_at: float) -> None:
        self.free_at = free_at
        self._behind_s = 0.0

    def hold(self, until: float) -> None:
        """Send nothing before *until*."""
        self.free_at = max(self.free_at, until)

    def take(self, now: float, gap_s: float, late_s: float | None) -> None:
        """A request is sent *now*, *late_s* after it could have been; None if nothing waited for that moment."""
        behind_s = 0.0 if late_s is None else min(self._behind_s + max(0.0, late_s), MOST_BEHIND * gap_s)
        made_up_s = min(behind_s, CATCH_UP * gap_s)
        self._behind_s = behind_s - made_up_s
        self.free_at = now + gap_s - made_up_s


class HostPace:
    """The limit that a vendor keeps by address: the connections that wait for it go in the order they came."""

    def __init__(self, limit: tuple[float, float], now: float) -> None:
        self.gap_s = spacing_s([limit], after_answer=False, documented=limit)
        # Whoever asked from this address a moment ago, in a process that died, counts too.
        self._schedule = Schedule(now + self.gap_s)
        self._line: list[object] = []

    def is_free(self, now: float) -> bool:
        """Whether whoever comes now need not wait."""
        return not self._line and self._schedule.free_at <= now

    def line_up(self, who: object) -> float:
        """The monotonic time at which it will be the turn of *who*, who is in line from the first call on."""
        if who not in self._line:
            self._line.append(who)
        return self._schedule.free_at + self._line.index(who) * self.gap_s

    def leave(self, who: object) -> None:
        """*who* waits no more."""
        if who in self._line:
            self._line.remove(who)

    def take(self, who: object, now: float, gap_s: float, late_s: float | None) -> None:
        """*who* sends a request *now*; the next one may follow after *gap_s*."""
        self.leave(who)
        self._schedule.take(now, gap_s, late_s)


class Hosts:
    """The limits by address that the clients of one process share."""

    def __init__(self) -> None:
        self._paces: dict[tuple[str, tuple[float, float]], HostPace] = {}

    def pace(self, base_url: str, limit: tuple[float, float], now: float) -> HostPace:
        """The pace of *base_url*'s host and port under *limit* (requests, seconds); *now* in monotonic seconds."""
        parts = urlsplit(base_url)
        address = f"{parts.hostname}:{parts.port or (443 if parts.scheme == 'https' else 80)}"
        return self._paces.setdefault((address, limit), HostPace(limit, now))
