"""What a person sees while runs are under way, and the summary behind them; on standard error, results go elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any, Final

from syncd.cli import output
from syncd.passes import Report
from syncd.reader import Progress
from syncd.service import Service

if TYPE_CHECKING:
    from rich.progress import Progress as Bars
    from rich.progress import TaskID

    from syncd.run import RunResult

Places = Iterable[tuple[str, str]]
"""Collections of connections."""
SAYS_EVERY_S: Final = 10.0


class Lines:
    """Plain lines: one when a run ends, and one every ten seconds while it goes on."""

    def __init__(self, service: Service, wanted: Places) -> None:
        self._service = service
        self._clock = service.clock
        self._coming = set(wanted)
        self._ended = 0
        self._last: dict[tuple[str, str], Progress] = {}
        self._said_at: dict[tuple[str, str], float] = {}
        for reader in service.readers.values():
            reader.watch = self.watch

    def shown(self) -> AbstractContextManager[object]:
        """To be entered while runs are under way."""
        return nullcontext()

    def watch(self, progress: Progress) -> None:
        """A page has been committed."""
        place = progress.connection, progress.collection
        self._last[place] = progress
        now = self._clock.monotonic()
        if now - self._said_at.setdefault(place, now) >= SAYS_EVERY_S:
            self._said_at[place] = now
            output.note(f"{'.'.join(place)}: {_so_far(progress)}{self._left(progress)}")

    def hear(self, connection: str, collection: str, result: RunResult | None) -> None:
        """A run begins or ends."""
        place = connection, collection
        if result is None:
            # Parents whose time has not come are read first, though nobody asked for them.
            self._coming.add(place)
            self._said_at[place] = self._clock.monotonic()
            return
        self._ended += 1
        last = self._last.pop(place, None)
        counts = f", {_so_far(last)}" if last else ""
        output.note(f"[{self._ended}/{len(self._coming)}] {connection}.{collection}: {_outcome(result)}{counts}")

    def _left(self, progress: Progress) -> str:
        seconds = seconds_left(self._service, progress)
        return "" if seconds is None else f", about {output.spelled(seconds)} left"


class Ruled:
    """Bars on a terminal: one for all of it, one for each collection that is being read."""

    def __init__(self, service: Service, wanted: Places) -> None:
        # Loaded here: only a terminal needs it.
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
        from rich.progress import Progress as Bars
        from rich.table import Column

        self._service = service
        self._bars: Bars = Bars(
            TextColumn("{task.fields[name]}", table_column=Column(no_wrap=True)),
            BarColumn(bar_width=12),
            MofNCompleteColumn(),
            TextColumn("{task.fields[detail]}", table_column=Column(no_wrap=True, overflow="ellipsis", ratio=1)),
            expand=True,
            console=Console(file=sys.stderr, highlight=False, markup=False),
            transient=True,
        )
        self._coming = set(wanted)
        self._all: TaskID = self._bars.add_task("", total=len(self._coming), name="collections", detail="")
        self._each: dict[tuple[str, str], TaskID] = {}
        self._last: dict[tuple[str, str], Progress] = {}
        for reader in service.readers.values():
            reader.watch = self.watch

    def shown(self) -> AbstractContextManager[object]:
        """To be entered while runs are under way."""
        return self._bars

    def watch(self, progress: Progress) -> None:
        """A page has been committed."""
        place = progress.connection, progress.collection
        self._last[place] = progress
        if place in self._each:
            seconds = seconds_left(self._service, progress)
            left = "" if seconds is None else f", {output.spelled(seconds)} left"
            detail = f"page {progress.page:,}, {_many(progress.requests, 'request')}{left}"
            # A second pass for the proof reads more than there is.
            completed = min(progress.received, progress.expected) if progress.expected else progress.received
            self._bars.update(self._each[place], completed=completed, total=progress.expected, detail=detail)

    def hear(self, connection: str, collection: str, result: RunResult | None) -> None:
        """A run begins or ends."""
        place = connection, collection
        if result is None:
            self._coming.add(place)
            self._bars.update(self._all, total=len(self._coming))
            self._each[place] = self._bars.add_task("", total=None, name=".".join(place), detail="")
            return
        self._bars.remove_task(self._each.pop(place))
        self._bars.advance(self._all)
        last = self._last.pop(place, None)
        counts = f", {_so_far(last)}" if last else ""
        self._bars.console.print(output.redacted(f"{connection}.{collection}: {_outcome(result)}{counts}"))


def progress(service: Service, wanted: Places) -> Lines | Ruled:
    """Bars if a person watches standard error, lines otherwise; *wanted* are the collections whose runs are to come."""
    return Ruled(service, wanted) if sys.stderr.isatty() else Lines(service, wanted)


def seconds_left(service: Service, progress: Progress) -> float | None:
    """Seconds until a walk has read what the vendor counts, at the pace of its calls; None if it did not count."""
    if progress.expected is None or progress.connection not in service.readers:
        return None
    reader = service.readers[progress.connection]
    pages = max(0, progress.expected - progress.received) / reader.vendor.page_size
    return pages * reader.pace(reader.vendor.collection(progress.collection)).gap_s


def print_summary(report: Report, rows: Sequence[Mapping[str, Any]]) -> None:
    """What every run did, on standard output; then what failed and what to do."""
    print_rows(rows)
    for problem in problems(report):
        output.note(problem)


def print_rows(rows: Sequence[Mapping[str, Any]]) -> None:
    """What every run did, as a table with a line below it; columns that would say nothing are left out."""
    if not rows:
        return
    columns: dict[str, list[Any]] = {
        "collection": [f"{row['connection']}.{row['collection']}" for row in rows],
        "run": [row["kind"] for row in rows],
        "state": [_state(row) for row in rows],
        "records": [row["received"] for row in rows],
        "changed": [_changed(row) for row in rows],
        "deleted": [row["tombstoned"] for row in rows],
        "rejected": [row["rejected"] for row in rows],
        "requests": [row["requests"] for row in rows],
        "took": [row["finished_at"] - row["started_at"] if row["finished_at"] else None for row in rows],
    }
    # A terminal of 80 columns is wide enough for what is usual.
    silent = {name for name in ("deleted", "rejected") if not any(columns[name])}
    silent |= {"run"} if len({*columns["run"]}) == 1 else set()
    shown = {name: cells for name, cells in columns.items() if name not in silent}
    right = [name for name in shown if name not in {"collection", "run", "state"}]
    output.print_table(list(shown), zip(*shown.values(), strict=True), right=right)
    changed, requests = sum(map(_changed, rows)), sum(row["requests"] for row in rows)
    output.say(f"{_many(len(rows), 'run')}, {_many(changed, 'row')} changed, {_many(requests, 'request')}.")


def _state(row: Mapping[str, Any]) -> str:
    # What the account lacks is told with a run that is well.
    return "unavailable" if row["state"] == "ok" and row["error"] is not None else str(row["state"])


def _changed(row: Mapping[str, Any]) -> int:
    return int(row["inserted"] + row["updated"])


def _many(number: int, what: str) -> str:
    return f"1 {what}" if number == 1 else f"{number:,} {what}s"


def problems(report: Report) -> list[str]:
    """What went wrong, one sentence or two each, with what to do; the same trouble of several collections once."""
    found: dict[str, list[str]] = {}
    for ended in report.runs:
        error = ended.result.error
        if error is not None and ended.connection not in report.refused:
            found.setdefault(str(error), []).append(f"{ended.connection}.{ended.result.collection}")
    said = [f"{', '.join(places)}: {message}" for message, places in found.items()]
    said += [f"{name}: stopped. {error}" for name, error in report.refused.items()]
    said += [
        f"{name}: its other collections were not tried, the vendor cannot be reached." for name in report.unreachable
    ]
    if report.fatal is not None:
        said.append(f"Everything was stopped: {report.fatal}")
    if report.interrupted:
        said.append("Interrupted. What was committed is kept, and the next run goes on from there.")
    return said


def _so_far(progress: Progress) -> str:
    rows = f"{_many(progress.received, 'record')}, {progress.changed:,} changed"
    return f"{rows}, page {progress.page:,}, {_many(progress.requests, 'request')}"


def _outcome(result: RunResult) -> str:
    if result.error is None:
        return result.state
    return f"{result.state} ({result.error.message})" if result.state != "ok" else "unavailable"
