"""``syncd config``: what is configured, whether it is right, and what the file may hold."""

from __future__ import annotations

import typer

from syncd.cli import output
from syncd.cli.options import Json, load_config, new_app
from syncd.errors import ConfigError

app = new_app("Show, check or describe the configuration.")


@app.command(epilog="Example: syncd config show")
def show(ctx: typer.Context, as_json: Json = False) -> None:
    """Print every key with the value in effect; secrets are masked."""
    from syncd.config.show import as_toml, effective

    config = load_config(ctx, secrets=False)
    if as_json:
        output.print_json(effective(config))
        return
    output.say(f"# {config.path or 'the environment'}, with every default filled in")
    output.say(as_toml(effective(config)).rstrip())


@app.command(epilog="Example: syncd --config /etc/syncd/config.toml config check")
def check(ctx: typer.Context, as_json: Json = False) -> None:
    """Say everything that is wrong with the configuration, each with its place; nothing is sent anywhere."""
    try:
        config = load_config(ctx, warn=False)
    except ConfigError as error:
        if not as_json:
            raise
        problems = error.problems or (str(error),)
        output.print_json({"ok": False, "file": None, "problems": problems, "warnings": []})
        raise typer.Exit(error.exit_code) from None
    if as_json:
        output.print_json({"ok": True, "file": config.path, "problems": [], "warnings": config.warnings})
        return
    for warning in config.warnings:
        output.say(f"warning: {warning}")
    enabled = config.enabled
    collections = sum(len(connection.collections) for connection in enabled)
    output.say(
        f"{config.path or 'The environment'} is all right: "
        f"{_many(len(enabled), 'connection')}, {_many(collections, 'collection')}, database {config.database.shown}"
    )


@app.command(epilog="Example: syncd config schema > syncd.schema.json")
def schema() -> None:
    """Print the JSON Schema of the configuration file; many editors complete and check with it."""
    from syncd.config.show import schema as described

    output.print_json(described())


def _many(count: int, what: str) -> str:
    return f"1 {what}" if count == 1 else f"{count} {what}s"
