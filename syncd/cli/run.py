"""``syncd run``: the daemon."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import typer

from syncd.cli.options import apply, load_config, new_app, options
from syncd.config import Config
from syncd.errors import ConfigError

if TYPE_CHECKING:
    # Loaded when the command runs: its help must be quick.
    from syncd.daemon.supervise import Beside

app = new_app()


@app.command(epilog="Example: syncd --config /etc/syncd/config.toml run")
def run(ctx: typer.Context) -> None:
    """Keep everything current until SIGTERM or Ctrl-C: the page in hand is finished; a second one stops at once.

    It never ends because a vendor refuses or is down: `syncd status` shows what stands still, and why. SIGHUP has it
    read its configuration anew; one with problems is refused whole, and the one before stays in force.
    """
    from syncd.config import load

    config = load_config(ctx, daemon=True)
    if not any(connection.collections for connection in config.enabled):
        raise ConfigError(
            "There is nothing to keep current: no connection is switched on.", remedy="`syncd init` adds one."
        )
    fresh = partial(load, options(ctx).config)
    code = asyncio.run(daemon(config, fresh, lambda new: apply(ctx, new, daemon=True)))
    if code:
        raise typer.Exit(code)


async def daemon(config: Config, fresh: Callable[[], Config], accept: Callable[[Config], None]) -> int:
    """The daemon until it is asked to stop; its exit code. *fresh* and *accept* are those of ``reload.Daemon``."""
    from syncd.daemon.notify import Notifier
    from syncd.daemon.reload import Daemon, hangups
    from syncd.daemon.stop import stop_on_signals

    stop, asked = asyncio.Event(), asyncio.Event()
    with stop_on_signals(stop), hangups(asked):
        return await Daemon(config, fresh, accept, Notifier.of(os.environ), beside=_page).run(stop, asked)


def _page(config: Config) -> Beside | None:
    """The status page as a part of the daemon, if it is to be served: only then is it loaded."""
    if config.server.address is None:
        return None
    from syncd.cli.outlook import foreteller
    from syncd.web.server import serve

    return partial(serve, foretell=foreteller(config))
