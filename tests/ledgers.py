"""Ledgers held against the vendor: whatever range a ledger calls read has all its rows, as they are served."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from syncd.collection import Windows
from syncd.parents import partition
from syncd.vendors import VENDORS
from tests import kit, oracle


def windowed(vendor: str, names: Iterable[str]) -> tuple[str, ...]:
    """Those of *names* that are read in windows."""
    chosen = set(names)
    return tuple(c.name for c in VENDORS[vendor].collections if c.name in chosen and isinstance(c.strategy, Windows))


def ledgers(url: str, name: str) -> dict[str, dict[str, Any]]:
    """The stored cursors of a collection by partition, as JSON; "" is the account's."""
    found = oracle.read(url, f"SELECT partition, cursor FROM syncd_cursors WHERE collection = '{name}'")
    return {
        row["partition"] or "": json.loads(row["cursor"]) if isinstance(row["cursor"], str) else row["cursor"]
        for row in found
    }


def done(url: str, name: str) -> dict[str, list[list[str]]]:
    """By partition, the ranges of a collection that are known complete."""
    return {key: told["done"] for key, told in ledgers(url, name).items() if told.get("done")}


def ended(url: str, names: Iterable[str]) -> dict[str, Any]:
    """By collection, when the last run began that came to its end."""
    return {name: ledgers(url, name).get("", {}).get("at") for name in names}


def lost(
    url: str,
    snapshot: oracle.Snapshot,
    vendor: str,
    names: Iterable[str],
    *,
    before: Mapping[str, Any] | None = None,
) -> list[str]:
    """What a ledger vouches for and is not there, or is not as served: rows that no cycle would ask for again.

    *before* is ``ended`` as it was when the vendor changed last (None: before anything was read): only what has been
    read anew since then is judged.
    """
    found: list[str] = []
    entry = oracle.vendor(vendor)
    for name in windowed(vendor, names):
        collection = next(one for one in entry["collections"] if one["name"] == name)
        wanted = oracle.main_rows(collection, snapshot[name])
        have = oracle._table(url, collection, kit.NAME, "AND t._syncd_deleted_at IS NULL")
        known = ledgers(url, name)
        account = known.get("", {})
        if before is not None and "sweep" not in account and account.get("at") == before.get(name):
            continue
        owners = _owners(vendor, name, snapshot)
        for key, row in wanted.items():
            owner = owners.get(_link(vendor, name, row)) if owners is not None else ""
            if owner is None or owner not in known:
                continue
            if have.get(key) != row and _vouches(known[owner], account, _start(vendor, name, row)):
                found.append(f"{name} {key}: {'is otherwise' if key in have else 'missing'}, but read as of {owner!r}")
    # A reader that was ended before it made its collections known has said nothing of them.
    if oracle.read(url, "SELECT collection FROM syncd_collections"):
        found += oracle._live_rows(url, oracle._part(entry, set(names)), kit.NAME)
    return found


def _vouches(ledger: Mapping[str, Any], account: Mapping[str, Any], at: str) -> bool:
    if "sweep" in account and ledger.get("tiers", {}).get("sweep") != account["sweep"]:
        return False  # its turn in the re-reading under way has not come
    return _inside(ledger.get("done", ()), at) and not _inside(ledger.get("left", ()), at)


def _inside(ranges: Iterable[Iterable[str]], at: str) -> bool:
    return any(start <= at < end for start, end in ranges)


def _strategy(vendor: str, name: str) -> Windows:
    strategy = VENDORS[vendor].collection(name).strategy
    assert isinstance(strategy, Windows)
    return strategy


def _start(vendor: str, name: str, row: Mapping[str, Any]) -> str:
    """A row's time as ledgers have it."""
    at = str(row[_strategy(vendor, name).start])
    return f"{at} 00:00:00.000000" if len(at) == len("2026-03-17") else at


def _link(vendor: str, name: str, row: Mapping[str, Any]) -> tuple[Any, ...]:
    parents = _strategy(vendor, name).parents
    return tuple(row[ours] for ours, _ in parents.link) if parents else ()


def _owners(vendor: str, name: str, snapshot: oracle.Snapshot) -> dict[tuple[Any, ...], str] | None:
    """The partition by the values of our link columns; None where the account is read as one."""
    parents = _strategy(vendor, name).parents
    if parents is None:
        return None
    entry = next(one for one in oracle.vendor(vendor)["collections"] if one["name"] == parents.collection)
    rows = oracle.main_rows(entry, snapshot[parents.collection])
    return {tuple(row[theirs] for _, theirs in parents.link): partition(key) for key, row in rows.items()}
