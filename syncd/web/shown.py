"""What the pages show, in words: pure, from rows and figures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from syncd.store.history import Day
from syncd.store.overview import Total
from syncd.web.charts import Bar, Chart, chart
from syncd.wording import many, spelled

Row = Mapping[str, Any]

NOTHING: Final = "\u2013"
WORST: Final = ("stopped", "failed", "held", "late", "running", "never", "unavailable", "paused", "fresh")
"""The states of a collection in the order in which somebody should look at them."""
RESTING: Final = ("stopped", "paused")
"""What is not read when it is due, but when somebody has acted."""
TROUBLED: Final = ("failed", "held", "late")
MEANS: Final[Mapping[str, str]] = {
    "never": "not read yet",
    "fresh": "as current as it should be",
    "late": "read last longer ago than it should be",
    "running": "being read now",
    "held": "deletions wait for a second look",
    "failed": "the last run failed",
    "stopped": "the vendor refuses the connection",
    "paused": "left alone because somebody said so",
    "unavailable": "the account does not have this",
    "ok": "works",
    "off": "switched off in the configuration",
    "unconfigured": "no longer in the configuration",
}
NEEDS: Final[Mapping[str, str]] = {
    "Unavailable": "Usually nothing: it is tried again by itself.",
    "Refused": "Look at the message; after an update of the vendor's, update syncd.",
    "Malformed": "If it does not pass by itself, report it with what `syncd run --debug` logs.",
}
"""What an error needs that does not say it itself."""


@dataclass(frozen=True, slots=True)
class Summary:
    """The collections of a connection, or of all, at a glance."""

    collections: int = 0
    rows: int = 0
    states: Mapping[str, int] = field(default_factory=dict)
    next_due_at: datetime | None = None
    changed_at: datetime | None = None
    lag_seconds: int | None = None

    @property
    def worst(self) -> str:
        """The state that somebody should look at first; "never" where there is nothing."""
        return next((state for state in WORST if self.states.get(state)), "never")

    @property
    def says(self) -> str:
        """``28 fresh, 2 late``, the worst first."""
        return ", ".join(f"{self.states[state]:,} {state}" for state in WORST if self.states.get(state)) or "nothing"


def summary(totals: Iterable[Total]) -> Summary:
    """What *totals* come to."""
    found = list(totals)
    states: dict[str, int] = {}
    for one in found:
        states[one.state] = states.get(one.state, 0) + one.collections
    return Summary(
        sum(states.values()),
        sum(one.rows for one in found),
        states,
        min((one.next_due_at for one in found if one.next_due_at and one.state not in RESTING), default=None),
        max((one.changed_at for one in found if one.changed_at), default=None),
        max((one.lag_seconds for one in found if one.lag_seconds is not None), default=None),
    )


@dataclass(frozen=True, slots=True)
class Freshness:
    """How old a collection is against its target: ``share`` of it (0 to 1), and in words."""

    age: str
    target: str
    share: float
    is_late: bool


def freshness(row: Row, now: datetime) -> Freshness | None:
    """Of a row of ``syncd_freshness``; None before the first success."""
    at, target = row["last_success_at"], row["late_after_s"]
    if at is None or not target:
        return None
    age = max(0.0, (now - at).total_seconds())
    return Freshness(_coarse(age), spelled(target), min(1.0, age / target), age > target)


def needs(row: Row) -> str:
    """What somebody has to do about a collection, in words; "" if nothing."""
    error, name = row["last_error"], row.get("error_class")
    # What a whole connection needs is said once, there.
    if not error or row["state"] in {"fresh", "paused", "stopped"}:
        return ""
    more = NEEDS.get(name or "", "")
    return error if more and more in error else f"{error} {more}".strip()


def ago(moment: datetime | None, now: datetime) -> str:
    """``3 min ago``; a dash for never."""
    return NOTHING if moment is None else f"{_coarse((now - moment).total_seconds())} ago"


def due(row: Row) -> datetime | None:
    """When a collection is read next; None if nobody knows."""
    return None if row["state"] in RESTING else row["next_due_at"]


def ahead(moment: datetime | None, now: datetime) -> str:
    """``in 3 min``, ``now`` if it is due."""
    if moment is None:
        return NOTHING
    seconds = (moment - now).total_seconds()
    return "now" if seconds <= 0 else f"in {_coarse(seconds)}"


def number(value: float | None) -> str:
    """``12,345`` or ``0.83``; a dash for None."""
    if value is None:
        return NOTHING
    return f"{value:,}" if isinstance(value, int) else f"{value:,.2f}".rstrip("0").rstrip(".")


def moment(value: datetime | None) -> str:
    """``2024-01-31 12:00`` UTC; a dash for None."""
    return NOTHING if value is None else value.astimezone(UTC).strftime("%Y-%m-%d %H:%M")


def took(row: Row) -> str:
    """How long a run took."""
    return NOTHING if row["finished_at"] is None else spelled((row["finished_at"] - row["started_at"]).total_seconds())


def _coarse(seconds: float) -> str:
    """Seconds in one unit: what stands in a table needs no second one."""
    whole = max(0, round(seconds))
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if whole >= size:
            return f"{whole // size} {unit}"
    return f"{whole} s"


# --- pictures ---------------------------------------------------------------------------------------------------------
def day_charts(days: Sequence[Day], today: date, length: int = 30) -> list[Chart]:
    """Rows changed, requests, waiting and runs by day, for the last *length* days."""
    known = {one.day: one for one in days}
    dates = [today - timedelta(days=back) for back in range(length - 1, -1, -1)]
    empty = [known.get(day, Day(day, 0, 0, 0, 0.0, 0, 0, 0, 0)) for day in dates]
    ends = (f"{dates[0]:%b} {dates[0].day}", "today")

    def one(title: str, unit: str, value: Any, *, failing: bool = False) -> Chart:  # noqa: ANN401 (a small function)
        bars = [
            Bar(f"{day.day}: {_spelled(value(day), unit)}{_failed(day)}", value(day), _kind(day, failing=failing))
            for day in empty
        ]
        total, top = sum(bar.value for bar in bars), max(bar.value for bar in bars)
        says = f"{_spelled(total, unit)} in {length} days, at most {_spelled(top, unit)} in one"
        return chart(title, bars, spelled=says, most=_spelled(top, unit), ends=ends)

    return [
        one("Rows changed a day", "row", lambda day: day.inserted + day.updated + day.tombstoned),
        one("Requests a day", "request", lambda day: day.requests),
        one("Waited for pace a day", "s", lambda day: day.waited_s),
        one("Runs a day, failed ones marked", "run", lambda day: day.runs, failing=True),
    ]


def run_charts(runs: Sequence[Row]) -> list[Chart]:
    """Duration and requests of the last runs, the newest on the right."""
    ended = [row for row in reversed(runs) if row["finished_at"] is not None]
    if not ended:
        return []
    first, last = (row["started_at"].astimezone(UTC) for row in (ended[0], ended[-1]))
    ends = (f"{first:%H:%M}" if first.date() == last.date() else f"{first:%b} {first.day}", "newest")

    def one(title: str, unit: str, value: Any) -> Chart:  # noqa: ANN401 (a small function)
        bars = [
            Bar(
                f"{moment(row['started_at'])}, {row['kind']}, {row['state']}: {_spelled(value(row), unit)}",
                value(row),
                "bad" if row["state"] in {"failed", "partial"} else "plain",
            )
            for row in ended
        ]
        top = max(bar.value for bar in bars)
        says = f"the last {many(len(bars), 'run')}, at most {_spelled(top, unit)}"
        return chart(title, bars, spelled=says, most=_spelled(top, unit), ends=ends)

    return [
        one("Duration of the last runs", "s", lambda row: (row["finished_at"] - row["started_at"]).total_seconds()),
        one("Requests of the last runs", "request", lambda row: row["requests"]),
    ]


def _spelled(value: float, unit: str) -> str:
    return spelled(value) if unit == "s" else many(int(value), unit)


def _failed(day: Day) -> str:
    return f", {day.failed} failed" if day.failed else ""


def _kind(day: Day, *, failing: bool) -> str:
    return "bad" if failing and day.failed else "plain"
