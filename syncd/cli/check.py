"""``syncd check``: configuration, database and one cheap question to every connection, each with what to do."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import typer

from syncd.cli import output
from syncd.cli.options import Json, Selectors, load_config, new_app
from syncd.errors import ConfigError, StoreBroken, StoreError, UsageError

if TYPE_CHECKING:
    # Loaded when the database or a vendor is asked.
    from syncd.cli.selectors import Selected
    from syncd.config import Config
    from syncd.store import Store

app = new_app()

HOLDER: Final = "syncd check"
THOROUGH_UP_TO: Final = 256 * 2**20
"""Bytes of an SQLite file that is read through within a person's patience; `syncd db check` has no such bound."""
TASK_PATIENCE_S: Final = 150.0
_UNUSABLE: Final = 3
_ALL_REFUSED: Final = 4


@dataclass(frozen=True, slots=True)
class Found:
    """What was found out about one thing. ``refused``: the vendor does not accept the credentials."""

    name: str
    ok: bool
    message: str
    remedy: str = ""
    refused: bool = False

    def as_json(self) -> dict[str, Any]:
        """The object of ``check --json``."""
        return {"name": self.name, "ok": self.ok, "message": self.message, "remedy": self.remedy or None}


@dataclass(slots=True)
class Findings:
    """What was found out about everything that was looked at."""

    database: Found
    connections: list[Found] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether nothing needs a person."""
        return self.database.ok and all(found.ok for found in self.connections)

    @property
    def exit_code(self) -> int:
        """The exit code (CONTRACT 2): 3 for the database, 4 if every connection is refused, 1 if some do not work."""
        if not self.database.ok:
            return _UNUSABLE
        if self.connections and all(found.refused for found in self.connections):
            return _ALL_REFUSED
        return 0 if self.ok else 1


@app.command(epilog="Example: syncd check acme --json")
def check(ctx: typer.Context, selectors: Selectors = None, as_json: Json = False) -> None:
    """Look at the configuration and the database, and ask every connection one cheap question.

    Says of each what is wrong and what to do. Beside a running daemon the daemon asks, at its own pace.
    """
    from syncd.cli.selectors import selected

    try:
        config = load_config(ctx, warn=not as_json)
    except ConfigError as error:
        if not as_json:
            raise
        output.print_json({"ok": False, "connections": [], "problems": list(error.problems) or [str(error)]})
        raise typer.Exit(error.exit_code) from None
    chosen = selected(config, selectors)
    findings = asyncio.run(_look(config, chosen))
    if as_json:
        output.print_json({
            "ok": findings.ok,
            "connections": [found.as_json() for found in findings.connections],
            "database": findings.database.as_json(),
            "warnings": config.warnings,
        })  # fmt: skip
    else:
        _show(config, findings)
    raise typer.Exit(findings.exit_code)


def _show(config: Config, findings: Findings) -> None:
    """Each finding with its remedy below it."""
    many = sum(len(connection.collections) for connection in config.enabled)
    configuration = Found("configuration", ok=True, message=f"{config.path or 'the environment'}: {many} collections.")
    for found in (configuration, findings.database, *findings.connections):
        output.say(f"{'ok  ' if found.ok else 'FAIL'}  {found.name}: {found.message}")
        if found.remedy:
            output.say(f"      {found.remedy}")


# --- looking ----------------------------------------------------------------------------------------------------------
async def _look(config: Config, chosen: Sequence[Selected]) -> Findings:
    from syncd.cli.present import present_store
    from syncd.clock import SystemClock

    try:
        async with present_store(config, SystemClock(), vendors=config.vendors()) as store:
            if store is None:
                return Findings(_nothing_yet(config), await _ask(config, chosen))
            return await _beside(config, store, chosen)
    except StoreBroken as error:
        if "is older than" in error.message:
            found = Found("database", ok=True, message=f"{error.message} The next sync or run brings it up to date.")
        else:
            found = Found("database", ok=False, message=error.message, remedy=error.remedy)
        return Findings(found, await _ask(config, chosen))


def _nothing_yet(config: Config) -> Found:
    """A database that is still to be made: can it be?"""
    import os

    shown, file = config.database.shown, config.database.file
    if file is not None:
        folder = next(parent for parent in file.parents if parent.exists())
        if not os.access(folder, os.W_OK | os.X_OK):
            remedy = "Let the user syncd runs as write there, or name another place in [database] url."
            return Found(
                "database", ok=False, message=f"{shown} cannot be made: {folder} is not writable.", remedy=remedy
            )
    return Found("database", ok=True, message=f"{shown} is empty; the first sync fills it.")


async def _beside(config: Config, store: Store, chosen: Sequence[Selected]) -> Findings:
    """The database that is there; connections asked by us if nobody else spends their allowance, else by the daemon."""
    from syncd.service import DAEMON

    names = [one.connection.name for one in chosen]
    try:
        lock = await store.lock(names, holder=HOLDER)
    except StoreBroken as error:
        if DAEMON not in error.message:
            remedy = "Wait until it is done: its connections are at work, and are not asked a second time."
            return Findings(Found("database", ok=False, message=error.message, remedy=remedy))
        database = Found("database", ok=True, message=error.message)
        return Findings(database, await _ask_daemon(store, names))
    database = await _sound(config, store)
    ours = [one for one in chosen if one.connection.name not in lock.refused]
    found = await _ask(config, ours)
    if theirs := [name for name in names if name in lock.refused]:
        found += await _ask_daemon(store, theirs)
    return Findings(database, sorted(found, key=lambda each: names.index(each.name)))


async def _sound(config: Config, store: Store) -> Found:
    file = config.database.file
    if file is not None and file.stat().st_size > THOROUGH_UP_TO:
        return Found("database", ok=True, message=f"{store.database} opens; `syncd db check` reads all of it.")
    try:
        problems = await store.check()
    except StoreError as error:
        return Found("database", ok=False, message=error.message, remedy=error.remedy)
    if problems:
        more = f" (and {len(problems) - 1} more: `syncd db check`)" if problems[1:] else ""
        remedy = "Restore a backup, or move the file away and sync again: everything is read anew."
        return Found("database", ok=False, message=f"{store.database}: {problems[0]}{more}.", remedy=remedy)
    return Found("database", ok=True, message=f"{store.database} is sound and its schema current.")


async def _ask(config: Config, chosen: Sequence[Selected]) -> list[Found]:
    """Connections asked side by side: each has an allowance of its own."""
    from syncd.cli.probe import try_connection
    from syncd.clock import SystemClock
    from syncd.errors import Unauthorized

    tried = await asyncio.gather(*(try_connection(one.connection, SystemClock(), config.state_dir) for one in chosen))
    return [
        Found(one.name, ok=one.ok, message=one.message, remedy=one.remedy, refused=isinstance(one.error, Unauthorized))
        for one in tried
    ]


async def _ask_daemon(store: Store, names: Sequence[str]) -> list[Found]:
    """The running daemon's answer for *names*, through the table of tasks."""
    from syncd.clock import SystemClock
    from syncd.service import ask_daemon

    try:
        async with asyncio.timeout(TASK_PATIENCE_S):
            task = await ask_daemon(store, SystemClock(), "check", {"connections": list(names)})
    except (TimeoutError, UsageError) as error:
        said = str(error) or f"The daemon did not answer within {TASK_PATIENCE_S:.0f} seconds. Look at its log."
        return [Found(name, ok=False, message=said) for name in names]
    return _answers(names, task.result)


def _answers(names: Sequence[str], result: Any) -> list[Found]:  # noqa: ANN401 (JSON)
    """What the daemon said of each connection: ``{"connections": [{"name", "ok", "message", "remedy"}]}``."""
    listed = result.get("connections", []) if isinstance(result, dict) else []
    said = {each["name"]: each for each in listed if isinstance(each, dict) and "name" in each}
    found = []
    for name in names:
        one = said.get(name, {"ok": False, "message": "The daemon said nothing of it."})
        refused = one.get("error_class") == "Unauthorized"
        found.append(Found(name, bool(one["ok"]), str(one["message"]), str(one.get("remedy") or ""), refused))
    return found
