"""``syncd db``: migration and upkeep of the database."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from syncd.cli import output
from syncd.cli.options import Json, load_config, new_app
from syncd.clock import SystemClock
from syncd.errors import StoreBroken, UsageError

if TYPE_CHECKING:
    # Only loaded where there is a configuration and a database to look at.
    from syncd.config import Config
    from syncd.store import Lock, Store
    from syncd.store.backup import Hear
    from syncd.store.engine import Database

UNUSABLE: Final = StoreBroken.exit_code
_MB: Final = 1_000_000

app = new_app("Migration and upkeep of the database.")


@app.command(epilog="Example: syncd db upgrade")
def upgrade(ctx: typer.Context) -> None:
    """Bring the schema up to date: make what is missing, change what an older syncd made. Rows stay."""
    config = load_config(ctx, secrets=False)
    due = _due(config)
    if not due:
        output.say(f"{config.database.shown} is up to date.")
        return
    output.say(f"{config.database.shown}: applying {', '.join(due)}.")
    asyncio.run(_upgrade(config))
    output.say("Done.")


def _due(config: Config) -> list[str]:
    """The revisions to apply, with the file or server as it is: nothing is made."""
    from syncd.store import migrate

    names = [vendor.name for vendor in config.vendors()]
    if _is_missing(config):
        return [revision for branch in migrate.branches(names) for revision in migrate.revisions(branch)]
    database = _opened(config)
    try:
        with database.transaction() as transaction:
            return migrate.pending(transaction, names)
    finally:
        database.close()


def _is_missing(config: Config) -> bool:
    file = config.database.file
    return file is not None and (not file.exists() or not file.stat().st_size)


async def _upgrade(config: Config) -> None:
    from syncd.store import Store
    from syncd.store.engine import Database
    from syncd.store.lock import take_lock

    # Nobody may work on a schema that changes below it; the lock of a new file is made with the file.
    database = Database(config.database.url)
    try:
        database.open(create=True)
        lock = take_lock(database, [one.name for one in config.connections], "syncd db upgrade")
        try:
            _require_all(lock)
            store = await Store.open(config.database.url, config.vendors(), clock=SystemClock())
            await store.close()
        finally:
            lock.release()
    finally:
        database.close()


def _require_all(lock: Lock) -> None:
    """StoreBroken if another syncd works on one of the connections: on a server it need not have all of them."""
    if lock.refused:
        holders = ", ".join(sorted(set(lock.refused.values())))
        raise StoreBroken(f"The database is in use by {holders}.", remedy="Stop it first.")


@app.command(epilog="Example: syncd db current")
def current(ctx: typer.Context, as_json: Json = False) -> None:
    """Show which revision of the schema the database has, and which this program wants."""
    config = load_config(ctx, secrets=False, warn=False)
    found = _current(config)
    rows = [
        {"branch": branch, "database": has, "program": wants, "current": has == wants}
        for branch, (has, wants) in found.items()
    ]
    if as_json:
        output.print_json(rows)
        return
    output.print_table(("branch", "database", "program", "current"), [tuple(row.values()) for row in rows])
    if not all(row["current"] for row in rows):
        output.say("`syncd db upgrade` brings it up to date.")


def _current(config: Config) -> dict[str, tuple[str | None, str]]:
    from syncd.store import migrate

    names = [vendor.name for vendor in config.vendors()]
    if _is_missing(config):
        return {branch: (None, migrate.revisions(branch)[-1]) for branch in migrate.branches(names)}
    database = _opened(config)
    try:
        with database.transaction() as transaction:
            return migrate.current(transaction, names)
    finally:
        database.close()


def _opened(config: Config, *, read_only: bool = False) -> Database:
    from syncd.store.engine import Database

    database = Database(config.database.url, read_only=read_only)
    database.open(create=False)
    return database


@app.command(epilog="Example: syncd db check")
def check(ctx: typer.Context, as_json: Json = False) -> None:
    """Verify that the schema is what this program expects, and that the file is sound. Exit code 3 if not."""
    config = load_config(ctx, secrets=False, warn=False)
    problems = asyncio.run(_check(config))
    if as_json:
        output.print_json({"ok": not problems, "problems": problems})
    elif problems:
        for problem in problems:
            output.say(problem)
        output.say("Restore a backup, or `syncd db upgrade` if something is only missing.")
    else:
        output.say(f"{config.database.shown} is sound, and its schema is this program's.")
    if problems:
        raise typer.Exit(UNUSABLE)


async def _check(config: Config) -> list[str]:
    async with _store(config) as store:
        return await store.check()


@app.command(epilog="Example: syncd db backup /srv/backup/syncd-$(date +%F).db")
def backup(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where the backup goes; it must not be there yet.")],
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace FILE, once the new backup is complete.")
    ] = False,
) -> None:
    """Copy the whole database, as of one moment, into one file that only you can read. The daemon may go on meanwhile.

    SQLite: a database like the first one, checked page by page. PostgreSQL: a dump for pg_restore, made by pg_dump,
    which has to be installed and no older than the server. FILE appears when it is complete.
    """
    from syncd.store.backup import backup as write

    # A table of cron mails whatever is said; warnings are for those who change something.
    config = load_config(ctx, secrets=False, warn=False)
    _require_there(config)
    database = _opened(config, read_only=True)
    try:
        with _drawn() as hear:
            size = write(database, file, overwrite=overwrite, hear=hear)
    finally:
        database.close()
    output.say(f"{config.database.shown} is in {file}: {size:,} bytes, read back and sound.")


@contextmanager
def _drawn() -> Iterator[Hear]:
    """How far a backup is, on a terminal. SIGTERM ends it like Ctrl-C, so that nothing half-made stays behind."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        if not sys.stderr.isatty():
            yield lambda _done, _total: None
            return
        from rich.console import Console

        with Console(stderr=True).status("copying") as line:

            def hear(done: int, total: int | None) -> None:
                so_far = f"{done / _MB:,.0f} MB" if total is None else f"{done / max(total, 1):.0%}"
                line.update("checking the copy" if done == total else f"copying: {so_far}")

            yield hear
    finally:
        signal.signal(signal.SIGTERM, before)


@app.command(epilog="Example: syncd db vacuum")
def vacuum(ctx: typer.Context) -> None:
    """Give unused space back to the disk. Not beside a running daemon; SQLite needs free space as large as the file."""
    config = load_config(ctx, secrets=False)
    before = _bytes(config)
    asyncio.run(_vacuum(config))
    after = _bytes(config)
    freed = "" if before is None or after is None else f": {before:,} bytes before, {after:,} after"
    output.say(f"{config.database.shown} is vacuumed{freed}.")


async def _vacuum(config: Config) -> None:
    async with _store(config) as store:
        _require_all(await store.lock([one.name for one in config.connections], holder="syncd db vacuum"))
        await store.vacuum()


def _bytes(config: Config) -> int | None:
    file = config.database.file
    return file.stat().st_size if file is not None and file.exists() else None


@app.command(epilog="Example: syncd db copy env:NEW_DATABASE_URL")
def copy(
    ctx: typer.Context,
    url: Annotated[
        str,
        typer.Argument(metavar="URL", help="Empty database; env:NAME or file:PATH hide its password."),
    ],
) -> None:
    """Copy everything, rows and bookkeeping, to another database: from SQLite to PostgreSQL, or back."""
    config = load_config(ctx, secrets=False)
    target, shown = _target(url)
    if target == config.database.url:
        raise UsageError(f"{shown} is the database that is to be copied.", remedy="Name another one.")
    counts = asyncio.run(_copy(config, target))
    output.print_table(("table", "rows"), [(table, count) for table, count in counts.items() if count], right=("rows",))
    output.say(f"{sum(counts.values()):,} rows copied to {shown}. Set database.url to go on with it.")


def _target(text: str) -> tuple[str, str]:
    """A database URL of the command line, and how it is shown."""
    from syncd.config import addresses
    from syncd.secret import secret_from

    url = secret_from(text, folder=Path.cwd(), environ=os.environ).reveal().strip()
    try:
        if url.startswith("sqlite:"):
            found = addresses.sqlite_url(url, Path.cwd())
            return found, found
        found, shown, password = addresses.postgresql_url(url)
    except ValueError as error:
        raise UsageError(f"URL cannot be used; allowed is {error}.") from None
    if password:
        output.redact_also(password)
    return found, shown


async def _copy(config: Config, target: str) -> dict[str, int]:
    async with _store(config) as store:
        return await store.copy_to(target)


@asynccontextmanager
async def _store(config: Config) -> AsyncIterator[Store]:
    """The database as it is: neither made nor upgraded."""
    from syncd.store import Store

    _require_there(config)
    store = await Store.open(config.database.url, config.vendors(), clock=SystemClock(), upgrade=False)
    try:
        yield store
    finally:
        await store.close()


def _require_there(config: Config) -> None:
    if _is_missing(config):
        shown = config.database.shown
        raise StoreBroken(f"{shown} does not exist yet.", remedy="`syncd sync` or `syncd db upgrade` makes it.")
