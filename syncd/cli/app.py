"""The command line as a whole: which commands there are, and what becomes of their errors.

A command's module is imported when the command is called or its help is asked for, never for the list of commands.
"""

from __future__ import annotations

import importlib
import sys
import traceback
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Annotated, Any, Final

import typer
from typer.core import TyperCommand, TyperGroup

from syncd import __version__
from syncd.cli import output
from syncd.cli.options import Globals
from syncd.errors import ConfigError, SyncdError

INTERRUPTED: Final = 130


@dataclass(frozen=True, slots=True)
class Entry:
    """A command: where its typer application stands (``module:name``), and its line in the list of commands."""

    name: str
    where: str
    says: str


COMMANDS: Final = (
    Entry("demo", "syncd.cli.demo:app", "Watch made-up accounts arrive in an SQLite file."),
    Entry("init", "syncd.cli.init:app", "Ask for one connection, test it, write the configuration."),
    Entry("check", "syncd.cli.check:app", "Try configuration, database and every connection."),
    Entry("plan", "syncd.cli.plan:app", "Say what the next cycle would request, and how long that takes."),
    Entry("sync", "syncd.cli.sync:app", "Run one cycle now."),
    Entry("backfill", "syncd.cli.backfill:app", "Read a past range again."),
    Entry("run", "syncd.cli.run:app", "Keep everything current until stopped (the daemon)."),
    Entry("trigger", "syncd.cli.requests:trigger_app", "Have the running daemon read something now."),
    Entry("pause", "syncd.cli.requests:pause_app", "Have the daemon leave something alone."),
    Entry("resume", "syncd.cli.requests:resume_app", "Have the daemon read it again."),
    Entry("status", "syncd.cli.status:status_app", "Show how fresh and complete every collection is."),
    Entry("runs", "syncd.cli.status:runs_app", "List past runs."),
    Entry("rejects", "syncd.cli.status:rejects_app", "List what was set aside."),
    Entry("alert", "syncd.cli.alert:app", "Try the channels that alerts go through."),
    Entry("db", "syncd.cli.db:app", "Migration and upkeep of the database."),
    Entry("forget", "syncd.cli.status:forget_app", "Remove a connection's rows and bookkeeping."),
    Entry("schema", "syncd.cli.schema:app", "Print the data dictionary."),
    Entry("config", "syncd.cli.config:app", "Show, check or describe the configuration."),
)


class LazyCommand(TyperCommand):
    """Stands in the list of commands for one that is not imported yet."""

    def __init__(self, entry: Entry) -> None:
        super().__init__(entry.name, help=entry.says)
        self._entry = entry

    def make_context(self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any) -> Any:  # noqa: ANN401 (typer's own types are private)
        """Parse *args* by the real command; the context carries it from here on."""
        module, _, name = self._entry.where.partition(":")
        real = typer.main.get_command(getattr(importlib.import_module(module), name))
        return real.make_context(info_name, args, parent=parent, **extra)


class Group(TyperGroup):
    """The top of the command line: the one place where an error becomes a message and an exit code."""

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401 (typer's own types are private)
        """Run the command; known errors and interruptions end it with their exit code, without a traceback."""
        debug = bool(ctx.params.get("debug"))
        try:
            return super().invoke(ctx)
        except SyncdError as error:
            if debug:
                output.note(_traceback(error))
            output.note(explained(error))
            raise typer.Exit(error.exit_code) from None
        except KeyboardInterrupt:
            output.note("syncd: interrupted; what was committed is kept.")
            raise typer.Exit(INTERRUPTED) from None


def explained(error: SyncdError) -> str:
    """What a person reads of an error: what went wrong, every problem on a line of its own, what to do."""
    lines = [f"syncd: {error.message}"]
    if isinstance(error, ConfigError):
        lines += [f"  {problem}" for problem in error.problems]
    if error.remedy:
        lines.append(f"  {error.remedy}")
    return "\n".join(lines)


def run() -> None:
    """Run the command of ``sys.argv`` and end the process."""
    sys.excepthook = _surprise
    arguments = sys.argv[1:]
    if "--debug" in arguments:
        # Whoever is told to run it again with --debug adds it at the end.
        arguments = ["--debug", *(argument for argument in arguments if argument != "--debug")]
    command()(arguments, prog_name="syncd")


def command() -> TyperGroup:
    """The whole command line."""
    app = typer.Typer(
        cls=Group,
        help="Keep a local, typed, always-current SQL copy of what your accounts hold.",
        epilog="Start with `syncd demo`, then `syncd init`. `syncd COMMAND --help` explains one, with an example.",
        no_args_is_help=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        add_completion=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_globals)
    group = typer.main.get_command(app)
    if not isinstance(group, TyperGroup):
        raise TypeError("A typer application with a callback is a group.")
    for entry in COMMANDS:
        group.add_command(LazyCommand(entry), entry.name)
    return group


def _version(wanted: bool) -> None:
    if wanted:
        output.say(f"syncd {__version__}")
        raise typer.Exit


def _globals(
    ctx: typer.Context,
    config: Annotated[
        Path | None,
        typer.Option(
            "--config", metavar="FILE", help="Configuration; else $SYNCD_CONFIG, ./config.toml, the user's, /etc."
        ),
    ] = None,
    debug: Annotated[bool, typer.Option("--debug", help="Log everything, and show where an error came from.")] = False,
    version: Annotated[  # noqa: ARG001 (its callback has acted already)
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    ctx.obj = Globals(config=config, debug=debug)


def _surprise(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """An error that nobody foresaw: one line and exit code 1; the traceback is for --debug."""
    if "--debug" in sys.argv:
        output.note(_traceback(error))
    elif issubclass(kind, KeyboardInterrupt):
        output.note("syncd: interrupted.")
    else:
        said = output.redacted(str(error))
        name = trace and traceback.extract_tb(trace)[-1].name
        output.note(f"syncd: unexpected {kind.__name__} in {name}: {said[:300]}; run again with --debug for more.")


def _traceback(error: BaseException) -> str:
    lines = "".join(traceback.format_exception(error)).rstrip().splitlines()
    return "\n".join(output.redacted(line) for line in lines)
