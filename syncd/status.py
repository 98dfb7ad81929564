"""The status document: what ``syncd status --json`` prints and ``/api/status`` serves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from syncd import __version__
from syncd.collection import Windows
from syncd.ledger import Ledger

if TYPE_CHECKING:
    # `syncd status` must answer at once: what only names types is not loaded for it.
    from syncd.config import Config, ConnectionConfig
    from syncd.store import ConnectionState, Store

Row = dict[str, Any]

NO_LONGER_CONFIGURED: Final = "no longer configured; its rows stay until `syncd forget`"
SWITCHED_OFF: Final = "switched off in the configuration"


def document(config: Config, freshness: Sequence[Row], states: Mapping[str, ConnectionState]) -> Row:
    """The whole document, from the rows of ``syncd_freshness`` and what is known of the connections."""
    connections = reported(config, freshness, states)
    return {"version": __version__, "database": config.database.shown, "connections": connections}


async def complete_from(store: Store, connection: ConnectionConfig) -> dict[str, datetime]:
    """From when on each windowed collection of *connection* is complete in all its parts, as far as they were begun."""
    found = {}
    for name in connection.collections:
        strategy = connection.vendor.collection(name).strategy
        if isinstance(strategy, Windows):
            cursors = await store.cursors(connection.name, name)
            ledgers = [Ledger.from_json(cursor) for part, cursor in cursors.items() if strategy.parents or not part]
            if starts := [ledger.done[-1][0] for ledger in ledgers if ledger.done]:
                found[name] = max(starts)
    return found


def reported(config: Config, freshness: Sequence[Row], states: Mapping[str, ConnectionState]) -> list[Row]:
    """What ``status --json`` has under ``connections``: the configured ones in their order, then those only stored.

    Collections that were never read are there with the state ``never``.
    """
    stored: dict[str, dict[str, Row]] = {}
    for row in freshness:
        stored.setdefault(row["connection"], {})[row["collection"]] = row
    found = [_configured(one, stored.get(one.name, {}), states.get(one.name)) for one in config.connections]
    names = {connection.name for connection in config.connections}
    for name in sorted((stored.keys() | states.keys()) - names):
        vendor = states[name].vendor if name in states else ""
        rows = list(stored.get(name, {}).values())
        word, message = state_of(None, states.get(name))
        found.append({"name": name, "vendor": vendor, "state": word, "message": message, "collections": rows})
    return found


def _configured(connection: ConnectionConfig, stored: Mapping[str, Row], state: ConnectionState | None) -> Row:
    rows = []
    for collection in connection.vendor.collections:
        if collection.name in stored:
            rows.append(stored[collection.name])
        elif connection.enabled and collection.name in connection.collections:
            rows.append(
                {**_NEVER, "connection": connection.name, "collection": collection.name, "table_name": collection.table}
            )
    word, message = state_of(connection, state)
    return {
        "name": connection.name,
        "vendor": connection.vendor.name,
        "state": word,
        "message": message,
        "collections": rows,
    }


def state_of(connection: ConnectionConfig | None, state: ConnectionState | None) -> tuple[str, str | None]:
    """How a connection is, by its configuration (None: it has none any more) and what is known of it; why, in words."""
    if connection is None:
        return "unconfigured", NO_LONGER_CONFIGURED
    if not connection.enabled:
        return "off", SWITCHED_OFF
    if state is None:
        return "ok", None
    return ("paused" if state.paused_at is not None else state.state), state.message


_NEVER: Final[Row] = {
    "connection": "",
    "collection": "",
    "table_name": "",
    "live_rows": 0,
    "last_success_at": None,
    "cursor_at": None,
    "lag_seconds": None,
    "state": "never",
    "last_error": None,
    "next_due_at": None,
}
