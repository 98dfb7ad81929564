"""``syncd backfill``: a past range, read again."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from syncd.cli.options import Json, load_config, new_app
from syncd.clock import SystemClock
from syncd.errors import UsageError
from syncd.plan import RunKind

app = new_app()


@app.command(epilog="Example: syncd backfill fleet.trips --since 2024-01-01 --until 2024-04-01")
def backfill(
    ctx: typer.Context,
    selector: Annotated[str, typer.Argument(metavar="CONNECTION[.COLLECTION]", help="What to read again.")],
    since: Annotated[
        str, typer.Option("--since", metavar="T", help="From here on: a date, a time (UTC), or how long ago (90d).")
    ],
    until: Annotated[str | None, typer.Option("--until", metavar="T", help="Up to here; else up to now.")] = None,
    as_json: Json = False,
) -> None:
    """Read the records of a past range again: made in it, or of collections read in windows, that happened in it.

    A range before the configured `since` is read once and not looked after. Beside a running daemon it is handed to
    that, and followed.
    """
    from syncd.cli.handing import runs_handed_over
    from syncd.cli.selectors import selected
    from syncd.cli.sync import check_retention, moment, one_pass
    from syncd.service import InUse

    config = load_config(ctx)
    clock = SystemClock()
    start, end = moment(since, "--since", clock.now()), moment(until, "--until", clock.now())
    if start is not None and end is not None and end <= start:
        raise UsageError(f"--until {until} is not after --since {since}.")
    wanted = {each.connection.name: each.collections for each in selected(config, [selector])}
    check_retention(config, wanted, start, clock.now())
    try:
        code = asyncio.run(
            one_pass(
                config,
                wanted,
                kind=RunKind.BACKFILL,
                since=start,
                until=end,
                as_json=as_json,
                clock=clock,
                holder="syncd backfill",
            )
        )
    except InUse as error:
        if not error.by_daemon:
            raise
        since_text, until_text = (at.isoformat() if at else None for at in (start, end))
        handed = runs_handed_over(
            config, clock, "backfill", wanted, as_json=as_json, since=since_text, until=until_text
        )
        code = asyncio.run(handed)
    if code:
        raise typer.Exit(code)
