"""``syncd backfill``: a past range, read again."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from syncd.cli import output
from syncd.cli.options import Json, load_config, new_app
from syncd.clock import Clock, SystemClock
from syncd.errors import UsageError
from syncd.plan import RunKind

if TYPE_CHECKING:
    # Loaded when the command runs: its help must be quick.
    from syncd.config import Config

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
    from syncd.cli.selectors import selected
    from syncd.cli.sync import moment, one_pass
    from syncd.service import InUse

    config = load_config(ctx)
    clock = SystemClock()
    start, end = moment(since, "--since", clock.now()), moment(until, "--until", clock.now())
    if start is not None and end is not None and end <= start:
        raise UsageError(f"--until {until} is not after --since {since}.")
    wanted = {each.connection.name: each.collections for each in selected(config, [selector])}
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
        code = asyncio.run(_handed_over(config, wanted, start, end, as_json=as_json, clock=clock))
    if code:
        raise typer.Exit(code)


async def _handed_over(
    config: Config,
    wanted: Mapping[str, Sequence[str]],
    since: datetime | None,
    until: datetime | None,
    *,
    as_json: bool,
    clock: Clock,
) -> int:
    """The daemon's part of it: asked for, followed until it has ended, and told; the exit code."""
    from syncd.service import ask_daemon
    from syncd.store import Store

    arguments = {
        "wanted": {name: list(names) for name, names in wanted.items()},
        "since": since.isoformat() if since else None,
        "until": until.isoformat() if until else None,
    }
    store = await Store.open(config.database.url, config.vendors(), clock=clock, upgrade=False)
    try:
        output.note("Handed to the running daemon; interrupting this command does not stop it there.")
        task = await ask_daemon(store, clock, "backfill", arguments)
        result: dict[str, Any] = task.result or {}
        numbers = set(result.get("runs", ()))
        rows = [row for row in reversed(await store.runs(list(wanted))) if row["id"] in numbers]
    finally:
        await store.close()
    code = int(result.get("exit_code", 1))
    if as_json:
        output.print_json({"exit_code": code, "runs": rows})
    else:
        from syncd.cli.progress import print_rows

        print_rows(rows)
    for problem in result.get("problems", ()):
        output.note(problem)
    return code
