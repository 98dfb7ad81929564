"""When to try again, as figures and plain values: nothing here waits, sends or asks for the time."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

BASE_S = 1.0
CAP_S = 60.0
MOST_ATTEMPTS = 5
MOST_ATTEMPTS_AT_ADDRESS = 3
"""Names that do not resolve and certificates that do not verify rarely mend themselves: fewer tries, then a person."""
MOST_SPENT_S = 600.0
"""Of sending and of waiting between attempts, per question; waiting for a turn does not count."""
MOST_HELD_S = 3600.0
"""The longest hold, and the longest that one question is refused for going too fast."""

BREAKER_OPENS_AFTER = 5
BREAKER_CAP_S = 3600.0


def wait_s(attempt: int, random: float) -> float:
    """Seconds before the next try after *attempt* (from 1) failed: full jitter, *random* in [0, 1)."""
    return random * min(CAP_S, BASE_S * 2.0 ** min(attempt - 1, 16))


def retry_after_s(header: str | None, now: datetime) -> float | None:
    """Seconds that a ``Retry-After`` asks for, from 0 to an hour; None if it is absent or unreadable."""
    if header is None:
        return None
    try:
        seconds = float(header)
    except ValueError:
        try:
            named = parsedate_to_datetime(header)
        except (ValueError, OverflowError):
            return None
        seconds = (named.replace(tzinfo=named.tzinfo or UTC) - now).total_seconds()
    if math.isnan(seconds):
        return None
    return min(max(seconds, 0.0), MOST_HELD_S)


class RetryBudget:
    """How many retries a connection may still spend: a tenth of its requests, and ten to begin with.

    Without it a vendor in trouble would get five times the usual requests, just when it can bear them least.
    """

    START = 10.0
    SHARE = 0.1
    MOST = 100.0

    def __init__(self) -> None:
        self.left = self.START

    def earn(self) -> None:
        """A request was sent."""
        self.left = min(self.MOST, self.left + self.SHARE)

    def spend(self) -> bool:
        """Take one retry; False if there is none."""
        # A tenth added ten times is not quite one.
        if self.left < 1.0 - 1e-9:
            return False
        self.left -= 1.0
        return True


@dataclass(frozen=True, slots=True)
class Breaker:
    """Refusal to try while a vendor is down: opens after five failed runs in a row, then lets single probes through.

    ``failures`` in a row so far; times are monotonic seconds. Between probes it waits the interval of the collection,
    doubled with every further failure up to an hour (or the interval, if that is longer).
    """

    failures: int = 0
    next_probe_at: float = 0.0

    @property
    def is_open(self) -> bool:
        """Whether only probes may pass."""
        return self.failures >= BREAKER_OPENS_AFTER

    def allows(self, now: float) -> bool:
        """Whether a run may start at *now*."""
        return not self.is_open or now >= self.next_probe_at

    def failed(self, now: float, interval_s: float) -> Breaker:
        """After one more failed run."""
        failures = self.failures + 1
        doublings = min(max(0, failures - BREAKER_OPENS_AFTER), 16)
        wait = min(interval_s * 2.0**doublings, max(BREAKER_CAP_S, interval_s))
        return Breaker(failures, now + wait)

    def probing(self, now: float, interval_s: float) -> Breaker:
        """While a probe runs nothing else may pass, for one interval at least."""
        return replace(self, next_probe_at=now + interval_s) if self.is_open else self

    def succeeded(self) -> Breaker:
        """Closed again."""
        return Breaker()
