"""``syncd trigger``, ``pause`` and ``resume``: what a person asks of the running daemon."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from syncd.cli import output
from syncd.cli.options import Json, load_config, new_app
from syncd.clock import Clock, SystemClock
from syncd.errors import UsageError

if TYPE_CHECKING:
    # Loaded when the command runs: its help must be quick.
    from syncd.cli.handing import Wanted
    from syncd.config import Config
    from syncd.store import Store

trigger_app = new_app()
pause_app = new_app()
resume_app = new_app()

Named = Annotated[
    list[str], typer.Argument(metavar="CONNECTION[.COLLECTION]...", show_default=False, help="What to act on.")
]


@trigger_app.command(epilog="Example: syncd trigger acme.cases")
def trigger(ctx: typer.Context, selectors: Named, as_json: Json = False) -> None:
    """Have the running daemon read this now, before whatever else is due, and show what came of it.

    Of what is being read already the run under way is waited for, then one more is made; one that only reads the past
    again makes room at once. Of collections read in windows what is new is read: the rest follows by itself.
    """
    from syncd.cli.selectors import selected

    config, clock = load_config(ctx), SystemClock()
    wanted = {each.connection.name: each.collections for each in selected(config, selectors)}
    code = asyncio.run(_triggered(config, clock, wanted, as_json=as_json))
    if code:
        raise typer.Exit(code)


async def _triggered(config: Config, clock: Clock, wanted: dict[str, tuple[str, ...]], *, as_json: bool) -> int:
    from syncd.cli.handing import opened, runs_handed_over
    from syncd.service import kept_by_daemon

    async with opened(config, clock) as store:
        kept = await kept_by_daemon(store, list(wanted), "syncd trigger")
    if alone := [name for name in wanted if name not in kept]:
        raise UsageError(
            f"No daemon keeps {', '.join(alone)} current.",
            remedy=f"`syncd sync {' '.join(alone)}` reads it now, `syncd run` starts the daemon.",
        )
    return await runs_handed_over(config, clock, "trigger", wanted, as_json=as_json)


@pause_app.command(epilog="Example: syncd pause acme")
def pause(ctx: typer.Context, selectors: Named) -> None:
    """Have the daemon leave this alone until `syncd resume`, also after it was started anew.

    What is being read of it stops after the page in hand. A person's own `syncd sync` reads it all the same.
    """
    wanted = _changed(ctx, "pause", selectors)
    output.say(f"Paused: {_spelled(wanted)}. `syncd resume` lets the daemon read it again.")


@resume_app.command(epilog="Example: syncd resume acme")
def resume(ctx: typer.Context, selectors: Named) -> None:
    """Have the daemon read this again; of what became due meanwhile one run is made."""
    wanted = _changed(ctx, "resume", selectors)
    output.say(f"Read again: {_spelled(wanted)}.")


def _changed(ctx: typer.Context, verb: str, selectors: Sequence[str]) -> Wanted:
    from syncd.cli.selectors import selected

    config, clock = load_config(ctx, secrets=False), SystemClock()
    wanted = {
        each.connection.name: None if each.connection.name in selectors else each.collections
        for each in selected(config, selectors)
    }
    asyncio.run(_change(config, clock, verb, wanted))
    return wanted


async def _change(config: Config, clock: Clock, verb: str, wanted: Wanted) -> None:
    from syncd.cli.handing import handed_over, opened
    from syncd.service import kept_by_daemon

    async with opened(config, clock) as store:
        if verb == "resume":
            await _check_connections(store, wanted)
        kept = await kept_by_daemon(store, list(wanted), f"syncd {verb}")
        await handed_over(store, clock, verb, {name: names for name, names in wanted.items() if name in kept})
        for name, names in wanted.items():
            if name not in kept:  # nobody reads it now; the next daemon finds it so
                # Only what is read has a row: one of a collection that is switched off would be shown as never read.
                connection = config.connection(name)
                await store.enroll(name, connection.vendor, names or connection.collections)
                await (store.pause if verb == "pause" else store.resume)(name, names)


async def _check_connections(store: Store, wanted: Wanted) -> None:
    """UsageError where a collection is to be read again whose whole connection is paused."""
    states = await store.connection_states()
    for name, names in wanted.items():
        if names is not None and name in states and states[name].paused_at is not None:
            raise UsageError(f"All of {name} is paused.", remedy=f"`syncd resume {name}` lets it be read again.")


def _spelled(wanted: Wanted) -> str:
    parts = [[name] if names is None else [f"{name}.{one}" for one in names] for name, names in wanted.items()]
    return ", ".join(one for part in parts for one in part)
