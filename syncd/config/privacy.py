"""The ``[privacy]`` table: the key of hashes, which must be there, and hard to guess, where something is hashed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from syncd.config.reader import Reader, dotted
from syncd.config.source import KeyPath
from syncd.config.values import PrivacyConfig

SHORTEST: Final = 16
"""Characters of a key. With a shorter one whoever has the database may find by trying whose hash is whose."""
_PATH: Final = ("privacy", "hash_key")
_REMEDY: Final = (
    "`(umask 077; openssl rand -hex 32 > hash.key)` makes one; write "
    'hash_key = "file:hash.key" below [privacy], and keep that file'
)


def privacy(reader: Reader, values: Mapping[str, Any]) -> PrivacyConfig:
    """The key, if there is one; that there is none, or one too short, is a problem."""
    text = values.get("hash_key")
    if text is None:
        wanted = next(_hashes(reader), None)
        if wanted is not None and "hash_key" not in (reader.table(_PATH[:1]) or {}):
            reader.problem(wanted, f"{dotted(_PATH)} is missing, and {dotted(wanted)} needs it; {_REMEDY}.")
        return PrivacyConfig()
    key = reader.secret(_PATH, text)
    if key is not None and len(key.reveal()) < SHORTEST:
        short = f"shorter than {SHORTEST} characters, so that it can be found by trying"
        reader.problem(_PATH, f"{dotted(_PATH)} is {short}; {_REMEDY}.")
        return PrivacyConfig()
    return PrivacyConfig(key)


def _hashes(reader: Reader) -> Iterator[KeyPath]:
    """Every place where something is to be hashed, whatever else is wrong there."""
    connections = reader.source.tree.get("connections")
    for name, connection in _tables(connections):
        for collection, table in _tables(connection.get("collections")):
            if table.get("hash"):
                yield "connections", name, "collections", collection, "hash"


def _tables(value: object) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if isinstance(value, Mapping):
        yield from ((name, table) for name, table in value.items() if isinstance(table, Mapping))
