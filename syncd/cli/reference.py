"""The page of commands for the documentation, made from the commands themselves: ``python -m syncd.cli.reference``."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from typing import Any

import typer

from syncd.cli import output
from syncd.cli.app import COMMANDS

_HEAD = """\
# Commands

`syncd [--config FILE] [--debug] COMMAND`. Every command says this with `--help`. Made by `make docs`; do not edit.

A *selector* names what to act on: `CONNECTION`, `CONNECTION.COLLECTION`; none means everything. With `--json` one JSON
document goes to standard output; logs, warnings and progress always go to standard error.

| exit code | meaning |
| --- | --- |
| 0 | all well |
| 1 | at least one collection failed or was cut short; the others are done and committed |
| 2 | the command line or the configuration is wrong; every problem is told at once |
| 3 | the database is unusable: unreachable, in use by another syncd, newer than the program, disk full |
| 4 | every selected connection was refused: credentials, permission |
| 130 | interrupted; what was committed is kept |
"""


def commands() -> str:
    """The page as Markdown."""
    return "\n".join([_HEAD, *(line for entry in COMMANDS for line in _entry(entry.name, entry.where))])


def _entry(name: str, where: str) -> Iterator[str]:
    module, _, attribute = where.partition(":")
    try:
        found = importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name != module:
            raise
        return  # listed for a later version
    command = typer.main.get_command(getattr(found, attribute))
    subcommands: dict[str, Any] = getattr(command, "commands", {})
    if not subcommands:
        yield from _command(f"syncd {name}", command)
    for sub in subcommands.values():
        yield from _command(f"syncd {name} {sub.name}", sub)


def _command(name: str, command: Any) -> Iterator[str]:  # noqa: ANN401 (typer's own types are private)
    arguments = [each for each in command.params if each.param_type_name == "argument"]
    options = [each for each in command.params if each.param_type_name == "option" and each.name != "help"]
    usage = " ".join([name, *(["[OPTIONS]"] if options else []), *map(_place, arguments)])
    yield f"## {name}"
    yield ""
    yield f"`{usage}`"
    yield ""
    yield from str(command.help or "").splitlines()
    yield ""
    if options:
        yield "| option | does | default |"
        yield "| --- | --- | --- |"
        for each in options:
            flags = ", ".join(f"`{flag}`" for flag in (*each.opts, *each.secondary_opts))
            yield f"| {flags} | {' '.join((each.help or '').split())} | {_default(each)} |"
        yield ""
    if command.epilog:
        yield f"Example: `{' '.join(command.epilog.removeprefix('Example: ').split())}`"
        yield ""


def _place(argument: Any) -> str:  # noqa: ANN401
    shown = str(argument.metavar or argument.name.upper())
    return shown if argument.required or shown.startswith("[") else f"[{shown}]"


def _default(option: Any) -> str:  # noqa: ANN401
    value = option.default
    if value in (None, False, (), []) or callable(value):
        return ""
    return "yes" if value is True else f"`{getattr(value, 'value', value)}`"


if __name__ == "__main__":
    output.say(commands().rstrip())
