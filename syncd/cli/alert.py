"""``syncd alert``: the channels that alerts go through."""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING

import typer

from syncd.cli import output
from syncd.cli.options import Json, load_config, new_app
from syncd.errors import ConfigError

if TYPE_CHECKING:
    # Loaded when something is sent.
    from syncd.alerts.channels import Channel

app = new_app("Try the channels that alerts go through.")


@app.callback()
def _group() -> None:
    """Try the channels that alerts go through."""


@app.command("test", epilog="Example: syncd alert test")
def try_channels(ctx: typer.Context, as_json: Json = False) -> None:
    """Send a test through every channel of [alerts] urls, and say of each whether its service took the message."""
    from syncd.alerts.channels import channels
    from syncd.alerts.letters import trial

    config = load_config(ctx, warn=not as_json)
    found = channels([url.reveal() for url in config.alerts.urls])
    if not found:
        remedy = 'Write the addresses into [alerts], such as urls = ["mailtos://USER:PASSWORD@example.com"].'
        raise ConfigError("No channel is configured.", remedy=remedy)
    title, body = trial(f"syncd on {socket.gethostname()}", len(found))
    reasons = asyncio.run(_sent(found, title, body))
    if as_json:
        listed = [
            {"name": channel.name, "ok": not why, "message": why or "sent"}
            for channel, why in zip(found, reasons, strict=True)
        ]
        output.print_json({"ok": not any(reasons), "channels": listed})
    else:
        for channel, why in zip(found, reasons, strict=True):
            output.say(f"{'FAIL' if why else 'ok  '}  {channel.name}: {why or 'sent; look whether it is there'}")
    if any(reasons):
        raise typer.Exit(1)


async def _sent(found: list[Channel], title: str, body: str) -> list[str]:
    """Why the message did not arrive, channel by channel; they do not wait for each other."""
    return await asyncio.gather(*(channel.send(title, body, good=True) for channel in found))
