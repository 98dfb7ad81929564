"""``syncd sync``: one cycle now."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from syncd.cli import output
from syncd.cli.options import Json, Selectors, load_config, new_app
from syncd.clock import Clock, SystemClock
from syncd.errors import StoreError, UsageError
from syncd.plan import RunKind

if TYPE_CHECKING:
    # Loaded when the command runs: its help must be quick.
    from syncd.config import Config
    from syncd.passes import Report

app = new_app()


@app.command(epilog="Example: syncd sync acme.cases acme.clients")
def sync(
    ctx: typer.Context,
    selectors: Selectors = None,
    full: Annotated[
        bool,
        typer.Option(
            "--full", help="Read everything again, windows back to where they start, and find what was deleted."
        ),
    ] = False,
    since: Annotated[
        str | None,
        typer.Option(
            "--since",
            metavar="T",
            help="Ask for changes, or read windows again, from here on, not only from where the last cycle was.",
        ),
    ] = None,
    allow_deletes: Annotated[
        bool, typer.Option("--allow-deletes", help="Apply deletions that were held back, however many.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Run one cycle now: everything new and changed, page by page, with progress; then a summary."""
    from syncd.cli.selectors import selected

    config = load_config(ctx)
    clock = SystemClock()
    wanted = {each.connection.name: each.collections for each in selected(config, selectors)}
    if not any(wanted.values()):
        raise UsageError("There is nothing to sync: no connection is switched on.", remedy="`syncd init` adds one.")
    kind = RunKind.SWEEP if full else None
    start = moment(since, "--since", clock.now())
    check_retention(config, wanted, start, clock.now())
    code = asyncio.run(
        one_pass(
            config,
            wanted,
            kind=kind,
            since=start,
            allow_deletes=allow_deletes,
            as_json=as_json,
            clock=clock,
        )
    )
    if code:
        raise typer.Exit(code)


async def one_pass(
    config: Config,
    wanted: Mapping[str, Sequence[str]],
    *,
    kind: RunKind | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    allow_deletes: bool = False,
    as_json: bool = False,
    clock: Clock,
    holder: str = "syncd sync",
) -> int:
    """One pass over *wanted* (collections by connection) with progress and summary; the exit code.

    Raises InUse if another syncd works on the database, StoreError if it cannot be used.
    """
    from syncd.cli.progress import progress
    from syncd.daemon.due import next_due
    from syncd.daemon.stop import stop_on_signals
    from syncd.passes import cycle, rows_of
    from syncd.service import InUse, open_service

    names = list(wanted)
    try:
        opened = open_service(config, lock=True, holder=holder, clock=clock, connections=names, next_due=next_due)
        async with opened as service:
            stop = asyncio.Event()
            display = progress(service, [(name, one) for name, collections in wanted.items() for one in collections])
            with stop_on_signals(stop), display.shown():
                report = await cycle(
                    service,
                    wanted,
                    kind=kind,
                    since=since,
                    until=until,
                    allow_deletes=allow_deletes,
                    stop=stop,
                    hear=display.hear,
                )
            try:
                rows = await rows_of(service, report)
            except StoreError:
                rows = []
    except InUse as error:
        error.remedy = (
            "It keeps the copy current by itself: `syncd status` shows how far it is, `syncd trigger` has it read "
            "something now, `syncd backfill` hands it a past range. To sync by hand, stop it first."
            if error.by_daemon
            else "Wait until it has ended."
        )
        raise
    _print(report, rows, as_json=as_json)
    return report.exit_code


def _print(report: Report, rows: list[dict[str, object]], *, as_json: bool) -> None:
    from syncd.cli.progress import print_summary, problems

    if as_json:
        output.print_json({"exit_code": report.exit_code, "runs": rows})
        for problem in problems(report):
            output.note(problem)
    else:
        print_summary(report, rows)


def check_retention(config: Config, wanted: Mapping[str, Sequence[str]], since: datetime | None, now: datetime) -> None:
    """UsageError if something of *wanted* is not kept for as long as since *since*: it would be removed at once."""
    from syncd.windows import kept_since

    gone = [
        f"{connection}.{name} (since {kept:%Y-%m-%d})"
        for connection, names in wanted.items()
        for name in names
        if since is not None
        and (kept := kept_since(config.connection(connection).collections[name].retention, now)) is not None
        and since < kept
    ]
    if gone:
        raise UsageError(
            f"--since {since:%Y-%m-%d} is longer ago than rows are kept of {', '.join(gone)}.",
            remedy="Ask for a later time, or raise retention of these collections.",
        )


def moment(text: str | None, option: str, now: datetime) -> datetime | None:
    """The instant that an option names: a date, a date with time (UTC unless it says otherwise), or how long ago."""
    from syncd.config import units

    if text is None:
        return None
    try:
        found = units.since(text)
    except ValueError as error:
        raise UsageError(f"{option} is {text!r}; allowed is {error}.") from None
    at = now - found if isinstance(found, timedelta) else found
    if at > now:
        raise UsageError(f"{option} {text} is in the future.")
    return at
