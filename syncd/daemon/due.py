"""When a collection is due: by its interval or its line of cron, from what the database knows."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from typing import Any, Protocol

from syncd import plan

_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Timed(Protocol):
    """What of a collection's configuration says when it is read: one of the two is set."""

    @property
    def every(self) -> timedelta | None:
        """The time between two cycles."""

    @property
    def cron(self) -> str | None:
        """A line of cron, in UTC."""

    @property
    def sweep(self) -> timedelta | None:
        """The time between two sweeps; None: none comes by itself."""


class Stored(Protocol):
    """What the database knows of when a collection is due."""

    @property
    def next_due_at(self) -> datetime | None:
        """When the next cycle is due; None: never read."""

    @property
    def next_sweep_at(self) -> datetime | None:
        """When the next sweep is due."""

    @property
    def next_count_at(self) -> datetime | None:
        """When the vendor's count is compared next."""

    @property
    def state(self) -> str | None:
        """How its last run ended."""


def next_due(options: Timed, now: datetime) -> datetime:
    """When a collection read at *now* is due again, by its interval or its line of cron."""
    if options.cron is None:
        return plan.next_due(options, now)
    # A line such as "0 0 31 2 *" never comes.
    return _trigger(options.cron).get_next_fire_time(None, now + timedelta(microseconds=1)) or now + timedelta(
        days=36500
    )


def due_at(state: Stored, now: datetime) -> datetime:
    """When a collection is due; what was never read is due now."""
    return state.next_due_at or now


def too_far(state: Stored, options: Timed, now: datetime) -> dict[str, datetime]:
    """The stored times that lie further ahead than a run ending now would put them, with the times to store instead.

    A clock that has been set back since stored them: nobody would look at the collection for as long as it was ahead.
    """
    latest = next_due(options, now)
    if state.state == "unavailable":
        latest = max(latest, now + plan.COUNT_EVERY)
    allowed = {
        "next_due_at": latest,
        "next_sweep_at": now + max(options.sweep or timedelta(0), plan.HELD_FOR + timedelta(minutes=2)),
        "next_count_at": now + plan.COUNT_EVERY,
    }
    return {name: most for name, most in allowed.items() if (at := getattr(state, name)) is not None and at > most}


def quiet_until(quiet: Iterable[tuple[time, time]], now: datetime) -> datetime | None:
    """The end of the quiet hours that *now* (aware, in the zone they are meant in) falls into; None outside of them."""
    for start, end in quiet:
        at = now.time().replace(tzinfo=None)
        inside = start <= at < end if start < end else at >= start or at < end
        if inside:
            until = datetime.combine(now.date(), end, tzinfo=now.tzinfo)
            return (until if until > now else until + timedelta(days=1)).astimezone(UTC)
    return None


def days_of_week(field: str) -> str:
    """Cron's days of the week (0 and 7 are Sunday) as names: APScheduler counts them from Monday."""
    if field == "*":
        return field
    named: list[str] = []
    for part in field.split(","):
        span, _, step = part.partition("/")
        first, _, last = ("0", "", "6") if span == "*" else span.partition("-")
        # A step after a single day means "from there on".
        ends = _day(first), _day(last or ("6" if step else first))
        if ends[1] < ends[0]:
            ends = ends[0], 7
        named += [_DAYS[day] for day in range(ends[0], ends[1] + 1, int(step or 1))]
    return ",".join(dict.fromkeys(named))


def _day(text: str) -> int:
    return int(text) if text.isdecimal() else _DAYS.index(text)


@lru_cache(maxsize=256)
def _trigger(cron: str) -> Any:  # noqa: ANN401 (the library has no types)
    # Loaded here: intervals alone need nothing of it.
    from apscheduler.triggers.combining import OrTrigger  # noqa: PLC0415
    from apscheduler.triggers.cron import CronTrigger  # noqa: PLC0415

    minute, hour, day, month, weekday = cron.split()
    days = [{"day": day, "day_of_week": days_of_week(weekday)}]
    if not day.startswith("*") and not weekday.startswith("*"):
        # Cron's rule: with both restricted, either will do.
        days = [{"day": day}, {"day_of_week": days_of_week(weekday)}]
    return OrTrigger([CronTrigger(minute=minute, hour=hour, month=month, timezone=UTC, **each) for each in days])
