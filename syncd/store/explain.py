"""Errors of the databases' drivers in our words: what happened, and what a person can do about it.

The drivers' own texts stay behind: they quote statements, values of rows and connection strings.
"""

from __future__ import annotations

import re
import sqlite3

from syncd.errors import StoreAltered, StoreBroken, StoreBusy, StoreError, StoreFull

# PostgreSQL's error codes, by how they begin.
_ALTERED = frozenset({"42P01", "42703"})
_LOST = frozenset({"57P01", "57P02", "57P03", "57P05", "08000", "08001", "08003", "08004", "08006", "53300"})
_MEANINGS: tuple[tuple[tuple[str, ...], type[StoreError], str, str], ...] = (
    (("40001", "40P01", "55", "57014", "25P03", "25006"), StoreBusy, "is busy", "It is tried again."),
    (("53",), StoreFull, "has no room", "Make room; syncd goes on by itself."),
    (("28",), StoreBroken, "refused the login", "Check user and password in [database] url."),
    (("3D000",), StoreBroken, "does not exist", "Create it: createdb --encoding=UTF8 NAME"),
    (("42501",), StoreBroken, "lacks rights for our user", "Grant them: syncd makes tables and views of its own."),
    (("XX",), StoreBroken, "is damaged", "Restore a backup."),
)


class KeyTaken(StoreError):
    """A row that was thought new is there already: the caller writes again, by upsert. Never leaves the store."""


def of_sqlite(error: sqlite3.Error, address: str, *, waited_s: float) -> StoreError:
    """An error of the file *address*, whose locks were waited for *waited_s* seconds."""
    match getattr(error, "sqlite_errorcode", 0) & 0xFF:
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return StoreBusy(
                f"Another program has kept {address} locked for {waited_s:g} seconds.",
                remedy="It is tried again; end long transactions of other programs.",
            )
        case sqlite3.SQLITE_FULL:
            return StoreFull(f"The disk of {address} is full.", remedy="Make room; syncd goes on by itself.")
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            return StoreBroken(
                f"{address} is damaged.", remedy="Restore a backup, or move it away to read everything again."
            )
        case sqlite3.SQLITE_READONLY:
            return StoreBroken(f"{address} cannot be written.", remedy="Check the rights of file and folder.")
        case sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_PERM | sqlite3.SQLITE_IOERR:
            return StoreBroken(
                f"{address} cannot be used ({getattr(error, 'sqlite_errorname', 'error')}).",
                remedy="Check that the disk is there and the rights of file and folder.",
            )
        case sqlite3.SQLITE_CONSTRAINT:
            return KeyTaken(f"A row is already in {address}.")
    if found := re.search(r"no such (?:table|column): \S+|table \S+ has no column named \S+", str(error)):
        return altered(address, found[0])
    return StoreBroken(f"{address} refused a statement ({type(error).__name__}).")


def of_postgres(error: BaseException | None, address: str, *, was_open: bool, broke_off: bool) -> StoreError:
    """An error of the server at *address*, to which a connection *was_open* before or not.

    The driver says that the conversation *broke_off* by the error's class, without a code.
    """
    state = getattr(error, "sqlstate", None) or ""
    if state in _ALTERED:
        return altered(address, getattr(getattr(error, "diag", None), "message_primary", None) or state)
    if state == "23505":
        return KeyTaken(f"A row is already in the {address}.")
    if state in _LOST or (not state and broke_off):
        if was_open:
            return StoreBusy(f"The connection to the {address} was lost.", remedy="It is tried again.")
        if "password" not in str(error) and "authentication" not in str(error):
            return StoreBroken(f"The {address} cannot be reached.", remedy="Check host, port and that it runs.")
        state = "28000"  # a login refused while connecting comes without its number
    for states, kind, message, remedy in _MEANINGS:
        if state.startswith(states):
            return kind(f"The {address} {message}.", remedy=remedy)
    return StoreBroken(f"The {address} refused a statement ({type(error).__name__}, {state or 'no code'}).")


def altered(address: str, what: str) -> StoreAltered:
    """What is said where a table is *what* syncd did not make it."""
    return StoreAltered(
        f"{address}: a table is not as syncd made it: {what}.",
        remedy="`syncd db check` says what differs; put it back.",
    )
