"""``syncd status``, ``runs``, ``rejects`` and ``forget``: what the database knows, and letting go of a connection."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from syncd import __version__
from syncd.cli import output
from syncd.cli.options import Json, Selectors, load_config, new_app
from syncd.clock import SystemClock
from syncd.errors import UsageError

if TYPE_CHECKING:
    # Only loaded where there is a configuration and a database to look at.
    from syncd.config import Config
    from syncd.store import ConnectionState, Store

Row = dict[str, Any]

status_app = new_app()
runs_app = new_app()
rejects_app = new_app()
forget_app = new_app()


# --- status -----------------------------------------------------------------------------------------------------------
@status_app.command(
    epilog="Example: syncd status --json | jq '.connections[].collections[] | select(.state != \"fresh\")'"
)
def status(ctx: typer.Context, as_json: Json = False) -> None:
    """Show how fresh and complete every collection is, what is wrong with it and when it is read next."""
    from syncd.status import document

    config = load_config(ctx, secrets=False, warn=False)
    freshness, states, complete = asyncio.run(_freshness(config))
    shown = document(config, freshness, states)
    if as_json:
        output.print_json(shown)
        return
    output.say(f"syncd {__version__}, database {config.database.shown}")
    for connection in shown["connections"]:
        output.say()
        _show_connection(connection, complete.get(connection["name"], {}))


async def _freshness(config: Config) -> tuple[list[Row], dict[str, ConnectionState], dict[str, dict[str, datetime]]]:
    from syncd.cli.present import present_store
    from syncd.status import complete_from

    async with present_store(config, SystemClock()) as store:
        if store is None:
            return [], {}, {}
        complete = {one.name: await complete_from(store, one) for one in config.connections}
        return await store.freshness(), await store.connection_states(), complete


def _show_connection(connection: Row, complete: Mapping[str, datetime]) -> None:
    says = f": {connection['message']}" if connection["message"] else ""
    output.say(f"{connection['name']} ({connection['vendor']}), {connection['state']}{says}")
    output.print_table(
        (
            "collection",
            "state",
            "rows",
            "behind",
            *(("complete from",) if complete else ()),
            "last success (UTC)",
            "next due (UTC)",
            "last error",
        ),
        [
            (
                row["collection"],
                row["state"],
                row["live_rows"],
                output.spelled(row["lag_seconds"]),
                *((_day(complete.get(row["collection"])),) if complete else ()),
                row["last_success_at"],
                row["next_due_at"],
                row["last_error"] or "",
            )
            for row in connection["collections"]
        ],
        right=("rows", "behind"),
    )


def _day(moment: datetime | None) -> str:
    return "" if moment is None else f"{moment:%Y-%m-%d}"


# --- runs -------------------------------------------------------------------------------------------------------------
@runs_app.command(epilog="Example: syncd runs acme.cases --last 5")
def runs(
    ctx: typer.Context,
    selectors: Selectors = None,
    last: Annotated[int, typer.Option("--last", min=1, metavar="N", help="How many, newest first.")] = 20,
    as_json: Json = False,
) -> None:
    """List past runs, newest first: when, how long, what they asked for and what came of it."""
    config = load_config(ctx, secrets=False, warn=False)
    rows = asyncio.run(_runs(config, selectors, last))
    if as_json:
        output.print_json(rows)
        return
    output.print_table(
        (
            "run",
            "collection",
            "kind",
            "state",
            "started (UTC)",
            "took",
            "requests",
            "received",
            "written",
            "gone",
            "error",
        ),
        [
            (
                row["id"],
                f"{row['connection']}.{row['collection']}",
                row["kind"],
                row["state"],
                row["started_at"],
                output.spelled(_took_s(row)),
                row["requests"],
                row["received"],
                row["inserted"] + row["updated"],
                row["tombstoned"],
                row["error"] or "",
            )
            for row in rows
        ],
        right=("run", "took", "requests", "received", "written", "gone"),
    )


def _took_s(row: Row) -> float | None:
    return None if row["finished_at"] is None else (row["finished_at"] - row["started_at"]).total_seconds()


async def _runs(config: Config, selectors: Sequence[str] | None, last: int) -> list[Row]:
    from syncd.cli.present import present_store

    async with present_store(config, SystemClock()) as store:
        await _check_selectors(config, store, selectors)
        return [] if store is None else await store.runs(selectors, last)


# --- rejects ----------------------------------------------------------------------------------------------------------
@rejects_app.command(epilog="Example: syncd rejects acme.cases   (Example of another try: syncd rejects --retry)")
def rejects(
    ctx: typer.Context,
    selectors: Selectors = None,
    retry: Annotated[bool, typer.Option("--retry", help="Try once more to store what was set aside.")] = False,
    as_json: Json = False,
) -> None:
    """List records and values that could not be stored as typed, and why. They are kept whole until they can be."""
    config = load_config(ctx, secrets=retry, warn=retry and not as_json)
    tried = asyncio.run(_retry(config, selectors)) if retry else None
    rows = asyncio.run(_rejects(config, selectors))
    if as_json:
        output.print_json(rows)
        return
    if tried is not None:
        output.say(f"{tried} set aside no longer, {len(rows)} still are.")
    if not rows:
        output.say("Nothing is set aside.")
        return
    output.print_table(
        ("collection", "key", "column", "reason", "last seen (UTC)"),
        [
            (
                f"{row['connection']}.{row['collection']}",
                _key(row["key"]),
                row["column_name"] or "(whole record)",
                row["reason"],
                row["last_seen_at"],
            )
            for row in rows
        ],
    )


async def _retry(config: Config, selectors: Sequence[str] | None) -> int:
    from syncd.cli.retry import retried
    from syncd.cli.selectors import selected
    from syncd.service import open_service

    chosen = selected(config, selectors)
    names = [f"{one.connection.name}.{name}" for one in chosen for name in one.collections]
    connections = [one.connection.name for one in chosen]
    async with open_service(config, lock=True, holder="syncd rejects --retry", connections=connections) as service:
        return await retried(service, names)


def _key(key: object) -> str:
    """A stored key as people say it: its values."""
    if isinstance(key, dict):
        return ", ".join(f"{name} {value}" for name, value in key.items())
    return "-" if key is None else str(key)


async def _rejects(config: Config, selectors: Sequence[str] | None) -> list[Row]:
    from syncd.cli.present import present_store

    async with present_store(config, SystemClock()) as store:
        await _check_selectors(config, store, selectors)
        return [] if store is None else await store.rejects(selectors)


# --- forget -----------------------------------------------------------------------------------------------------------
@forget_app.command(epilog="Example: syncd forget acme")
def forget(
    ctx: typer.Context,
    connection: Annotated[str, typer.Argument(metavar="CONNECTION", help="Whose rows to remove.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Remove all that is held of a connection: rows, cursors, runs, its session. Nothing changes at the vendor."""
    config = load_config(ctx, secrets=False)
    rows = asyncio.run(_rows_of(config, connection))
    configured = any(one.name == connection and one.enabled for one in config.connections)
    if not yes:
        if not sys.stdin.isatty():
            raise UsageError(f"Nobody is there to ask whether {connection} is to be forgotten.", remedy="Add --yes.")
        again = " It is still configured: the next sync reads everything again." if configured else ""
        typer.confirm(f"Remove {rows:,} live rows of {connection} from {config.database.shown}?{again}", abort=True)
    gone = asyncio.run(_forget(config, connection))
    output.say(f"{connection} is forgotten: {gone:,} rows removed.")


async def _rows_of(config: Config, name: str) -> int:
    from syncd.cli.present import present_store

    async with present_store(config, SystemClock()) as store:
        await _check_selectors(config, store, [name])
        if "." in name:
            raise UsageError(f"{name} is a collection; only a whole connection can be forgotten.")
        return (
            0
            if store is None
            else sum(row["live_rows"] for row in await store.freshness() if row["connection"] == name)
        )


async def _forget(config: Config, name: str) -> int:
    from syncd.cli.present import present_store
    from syncd.vendors import VENDORS

    async with present_store(config, SystemClock()) as looked:
        if looked is None:
            await _forget_session(config, name)
            return 0
        states = await looked.connection_states()
    vendors = {vendor.name: vendor for vendor in config.vendors()}
    if name in states and states[name].vendor in VENDORS:
        # The last connection of a vendor may be gone from the configuration, its tables are not.
        vendors[states[name].vendor] = VENDORS[states[name].vendor]
    async with present_store(config, SystemClock(), vendors=tuple(vendors.values())) as store:
        if store is None:
            return 0
        await store.lock([name], holder="syncd forget")
        gone = await store.forget(name)
        await _forget_session(config, name)
        return gone


async def _forget_session(config: Config, name: str) -> None:
    from syncd.http.session_file import SessionFile

    try:
        await SessionFile(config.state_dir, name).forget(SystemClock())
    except OSError as error:
        folder = config.state_dir / "sessions"
        raise UsageError(
            f"The session of {name} cannot be removed: {error.strerror}.",
            remedy=f"Delete {folder / name}.json and .lock yourself: whoever reads them can act for the account.",
        ) from error


# --- shared -----------------------------------------------------------------------------------------------------------
async def _check_selectors(config: Config, store: Store | None, selectors: Sequence[str] | None) -> None:
    """UsageError for what is neither configured nor stored; what is no longer configured may still be asked about."""
    from syncd.config.reader import nearest

    if not selectors:
        return
    known = {one.name: {c.name for c in one.vendor.collections} for one in config.connections}
    for name in await store.connection_states() if store is not None else ():
        known.setdefault(name, set())
    for row in await store.states() if store is not None else ():
        known.setdefault(row.connection, set()).add(row.collection)
    problems = []
    for selector in selectors:
        name, dot, collection = selector.partition(".")
        if name not in known:
            problems.append(f"There is no connection {name!r}{nearest(name, known)}")
        elif dot and collection not in known[name]:
            problems.append(f"Connection {name} has no collection {collection!r}{nearest(collection, known[name])}")
    if problems:
        raise UsageError(" ".join(problems))
