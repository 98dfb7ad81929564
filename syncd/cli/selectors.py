"""Selectors: ``CONNECTION`` or ``CONNECTION.COLLECTION``, checked against the configuration."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from syncd.config import Config, ConnectionConfig
from syncd.config.reader import nearest
from syncd.errors import UsageError


@dataclass(frozen=True, slots=True)
class Selected:
    """One connection and the names of its selected collections, in the vendor's order."""

    connection: ConnectionConfig
    collections: tuple[str, ...]


def selected(config: Config, selectors: Iterable[str] | None) -> tuple[Selected, ...]:
    """What *selectors* name, in the order of the configuration; none name every enabled collection.

    UsageError names what does not exist, or is switched off, with the nearest name; all of them at once.
    """
    chosen: dict[str, set[str]] = {}
    problems: list[str] = []
    for selector in selectors or [connection.name for connection in config.enabled]:
        name, dot, collection = selector.partition(".")
        connections = {connection.name: connection for connection in config.connections}
        connection = connections.get(name)
        if connection is None:
            problems.append(f"There is no connection {name!r}{nearest(name, connections)}")
        elif not connection.enabled:
            problems.append(f"Connection {name} is switched off (connections.{name}.enabled).")
        elif not dot:
            chosen.setdefault(name, set()).update(connection.collections)
        elif collection in connection.collections:
            chosen.setdefault(name, set()).add(collection)
        elif any(known.name == collection for known in connection.vendor.collections):
            problems.append(
                f"Collection {selector} is switched off (connections.{name}.collections.{collection}.enabled)."
            )
        else:
            known = [known.name for known in connection.vendor.collections]
            problems.append(f"{connection.vendor.title} has no collection {collection!r}{nearest(collection, known)}")
    if problems:
        raise UsageError(" ".join(dict.fromkeys(problems)))
    return tuple(
        Selected(connection, tuple(name for name in connection.collections if name in chosen[connection.name]))
        for connection in config.connections
        if connection.name in chosen
    )
