"""What commands share: the global options, the --json option, selectors, and loading the configuration."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    # The configuration is only loaded by commands that have one.
    from syncd.config import Config

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document on standard output.")]
Selectors = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[CONNECTION[.COLLECTION]]...", show_default=False, help="What to act on; nothing is everything."
    ),
]


@dataclass(frozen=True, slots=True)
class Globals:
    """The options before the command."""

    config: Path | None = None
    debug: bool = False


def options(ctx: typer.Context) -> Globals:
    """The global options of the command that *ctx* belongs to."""
    found = ctx.find_object(Globals)
    return found if found is not None else Globals()


def load_config(ctx: typer.Context, *, secrets: bool = True, daemon: bool = False, warn: bool = True) -> Config:
    """The configuration, with logging set up by it and its secrets taken out of every log line and error.

    *secrets* False is for commands that speak to no vendor; without --debug they log nothing. Only a *daemon* logs at
    level info by default: beside the output of a command that a person waits for, warnings are enough. *warn* prints
    the configuration's warnings. Raises ConfigError.
    """
    from syncd.cli import output
    from syncd.config import load
    from syncd.http.redact import Redactor

    config = load(options(ctx).config, secrets=secrets)
    if secrets or daemon or options(ctx).debug:
        apply(ctx, config, daemon=daemon)
    else:
        # Setting logging up takes a sixth of the time in which `syncd status` must answer.
        output.redact_with(Redactor(config.secrets()).text)
    if warn:
        for warning in config.warnings:
            output.note(f"warning: {warning}")
    return config


def apply(ctx: typer.Context, config: Config, *, daemon: bool = False) -> None:
    """Log as *config* says, and take its secrets out of everything logged and printed from now on."""
    from syncd import log
    from syncd.cli import output
    from syncd.http.redact import Redactor

    redact = Redactor(config.secrets()).text
    output.redact_with(redact)
    level = config.log.level if daemon or config.log.level != "info" else "warning"
    log.configure(level="debug" if options(ctx).debug else level, format=config.log.format, redact=redact)


def new_app(help: str = "") -> typer.Typer:  # noqa: A002 (typer's name for it)
    """A typer application as all commands of syncd are: plain help, no completion of its own."""
    return typer.Typer(
        help=help or None,
        no_args_is_help=bool(help),
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
    )
