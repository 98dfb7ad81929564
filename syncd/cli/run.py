"""``syncd run``: the daemon."""

from __future__ import annotations

import asyncio
import os

import typer

from syncd.cli.options import load_config, new_app
from syncd.config import Config
from syncd.errors import ConfigError

app = new_app()


@app.command(epilog="Example: syncd --config /etc/syncd/config.toml run")
def run(ctx: typer.Context) -> None:
    """Keep everything current until SIGTERM or Ctrl-C: the page in hand is finished; a second one stops at once.

    It never ends because a vendor refuses or is down: `syncd status` shows what stands still, and why.
    """
    config = load_config(ctx, daemon=True)
    if not any(connection.collections for connection in config.enabled):
        raise ConfigError(
            "There is nothing to keep current: no connection is switched on.", remedy="`syncd init` adds one."
        )
    code = asyncio.run(_run(config))
    if code:
        raise typer.Exit(code)


async def _run(config: Config) -> int:
    from syncd.daemon.due import next_due
    from syncd.daemon.notify import Notifier, status
    from syncd.daemon.stop import stop_on_signals
    from syncd.daemon.supervise import supervise
    from syncd.service import DAEMON, open_service

    stop = asyncio.Event()
    notifier = Notifier.of(os.environ)
    notifier.send(status("Opening the database, and bringing its schema up to date"))
    with stop_on_signals(stop):
        async with open_service(config, lock=True, holder=DAEMON, all_of_them=False, next_due=next_due) as service:
            return await supervise(service, stop, notifier=notifier)
