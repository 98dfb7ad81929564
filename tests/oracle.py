"""The convergence oracle: what the tables must hold for what a vendor serves, cell for cell.

Worked out from the catalogue alone, by other code than the product's, and read from the database by plain drivers: an
error in parsing or storing cannot hide in both.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

CATALOG = json.loads((Path(__file__).parent / "catalog.json").read_text())
STRUCTURED = (
    {"address_1", "address_2", "city", "state", "zip", "country"},
    {"first_name", "middle_name", "last_name"},
)
Row = dict[str, Any]
Snapshot = Mapping[str, Iterable[Row]]


def vendor(name: str) -> Row:
    """One vendor's part of the catalogue."""
    return next(entry for entry in CATALOG["vendors"] if entry["vendor"] == name)


# --- what is expected -------------------------------------------------------------------------------------------------
def _at(value: object, path: str) -> object:
    for part in path.split("."):
        if not isinstance(value, dict):
            return None
        value = value.get(part)
    return value


def _raw(record: Row, column: Row) -> Any:
    for path in (column["source"], *column.get("aliases", ())):
        if (value := _at(record, path)) is not None:
            return value
    return None


def _instant(value: str) -> str:
    text = value.strip().replace("Z", "+00:00").replace("z", "+00:00")
    moment = datetime.fromisoformat(text)
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    return moment.strftime("%Y-%m-%d %H:%M:%S.%f")


def _text(value: Any) -> str:
    if isinstance(value, str):
        try:
            found = json.loads(value) if value.startswith("{") else None
        except ValueError:
            found = None
        if isinstance(found, dict) and any(set(found) <= names for names in STRUCTURED):
            value = found
    if isinstance(value, str):
        return value.replace("\0", "").encode("utf-8", "replace").decode()
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def expected(kind: str, value: Any) -> Any:
    """A vendor's value as the column of this type must hold it, in the form that ``stored`` gives."""
    if value is None:
        return None
    if kind in {"integer", "bigint"}:
        return int(value)
    if kind == "boolean":
        return str(value).lower() in {"1", "true", "yes"}
    if kind == "decimal":
        return Decimal(str(value))
    if kind == "double":
        return float(value)
    if kind == "instant":
        return _instant(value)
    return value if kind == "date" else _text(value)


def main_rows(collection: Row, records: Iterable[Row]) -> dict[tuple[Any, ...], Row]:
    """The expected rows of a main table, by key."""
    rows = {}
    for record in records:
        row = {
            column["name"]: expected(column["type"], _raw(record, column))
            for column in collection["columns"]
            if not column.get("sensitive")
        }
        rows[tuple(row[name] for name in collection["key"])] = row
    return rows


def child_rows(collection: Row, child: Row, records: Iterable[Row]) -> dict[tuple[Any, ...], Row]:
    """The expected rows of a child table, by key."""
    rows = {}
    types = {column["name"]: column for column in collection["columns"]}
    for record in records:
        parent = [expected(types[name]["type"], _raw(record, types[name])) for name in collection["key"]]
        for element in record.get(child["source"]) or ():
            row = {
                column["name"]: parent[child["parent_key"].index(column["name"])]
                if column["source"] is None
                else expected(column["type"], _raw(element, column))
                for column in child["columns"]
            }
            rows[tuple(row[name] for name in child["key"])] = row
    return rows


def lookup_rows(lookup: Row, snapshot: Snapshot) -> dict[tuple[Any, ...], Row]:
    """The rows of a lookup table that what is served now calls for, by key; older ones may stand beside them."""
    rows: dict[tuple[Any, ...], Row] = {}
    for source in lookup["from"]:
        name, _, path = source.partition(".")
        for record in snapshot[name]:
            for found in _embedded(record, path.split(".")):
                row = {c["name"]: expected(c["type"], _raw(found, c)) for c in lookup["columns"]}
                key = tuple(row[name] for name in lookup["key"])
                if None in key:
                    continue
                before = rows.get(key, {})
                rows[key] = {n: v if v is not None else before.get(n) for n, v in row.items()}
    return rows


def _embedded(value: Any, path: list[str]) -> Iterable[Row]:
    inner = value.get(path[0].removesuffix("[]")) if isinstance(value, dict) else None
    for item in inner if isinstance(inner, list) else [inner]:
        if len(path) > 1:
            yield from _embedded(item, path[1:])
        elif isinstance(item, dict):
            yield item


# --- what is stored ---------------------------------------------------------------------------------------------------
def stored(kind: str, value: Any) -> Any:
    """A database's value in the form that ``expected`` gives; both databases come out alike."""
    if value is None:
        return None
    if kind == "boolean":
        return bool(value)
    if kind == "decimal":
        return Decimal(str(value))
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
    return value.isoformat() if isinstance(value, date) else value


def read(url: str, sql: str) -> list[Row]:
    """The rows of a query, by a plain driver."""
    if url.startswith("sqlite:///"):
        path = url.removeprefix("sqlite:///")
        connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        try:
            connection.row_factory = sqlite3.Row
            return [dict(row) for row in connection.execute(sql)]
        finally:
            connection.close()
    import psycopg  # noqa: PLC0415 (only where there is such a server)
    from psycopg.rows import dict_row  # noqa: PLC0415

    with psycopg.connect(url, row_factory=dict_row) as server:
        return list(server.execute(sql))


def _table(url: str, table: Row, connection: str, where: str = "") -> dict[tuple[Any, ...], Row]:
    types = {column["name"]: column["type"] for column in table["columns"] if not column.get("sensitive")}
    columns = ", ".join(f't."{name}"' for name in types)
    rows = read(url, f"SELECT {columns} FROM {table['table']} t WHERE t.connection = '{connection}' {where}")
    typed = ({name: stored(types[name], value) for name, value in row.items()} for row in rows)
    return {tuple(row[name] for name in table["key"]): row for row in typed}


def differences(
    url: str,
    snapshot: Snapshot,
    *,
    connection: str,
    vendor_name: str = "trackops",
    only: Iterable[str] | None = None,
) -> list[str]:
    """Every way in which the live rows differ from what is served now; empty when the copy is exact.

    *only* names the collections that are read; None are all.
    """
    found: list[str] = []
    entry = vendor(vendor_name)
    if only is not None:
        entry = _part(entry, set(only))
    for collection in entry["collections"]:
        records = list(snapshot[collection["name"]])
        live = _table(url, collection, connection, "AND t._syncd_deleted_at IS NULL")
        found += _compare(collection["table"], main_rows(collection, records), live)
        for child in collection["children"]:
            joined = " AND ".join(
                f't."{own}" = p."{parent}"' for own, parent in zip(child["parent_key"], collection["key"], strict=True)
            )
            alive = (
                f"AND EXISTS (SELECT 1 FROM {collection['table']} p WHERE p.connection = t.connection"
                f" AND {joined} AND p._syncd_deleted_at IS NULL)"
            )
            stored_rows = _table(url, child, connection, alive)
            found += _compare(child["table"], child_rows(collection, child, records), stored_rows)
    for lookup in entry["lookups"]:
        wanted = lookup_rows(lookup, snapshot)
        have = _table(url, lookup, connection)
        found += _compare(lookup["table"], wanted, {key: have[key] for key in have.keys() & wanted.keys()})
    found += _live_rows(url, entry, connection)
    return found


def _part(entry: Row, only: set[str]) -> Row:
    """A vendor's part of the catalogue cut to some collections."""
    lookups = [
        {**lookup, "from": sources}
        for lookup in entry["lookups"]
        if (sources := [source for source in lookup["from"] if source.partition(".")[0] in only])
    ]
    return {**entry, "collections": [c for c in entry["collections"] if c["name"] in only], "lookups": lookups}


def _live_rows(url: str, entry: Row, connection: str) -> list[str]:
    """Where ``live_rows`` of the freshness view is not what a count says."""
    told = {
        row["table_name"]: row["live_rows"]
        for row in read(url, f"SELECT table_name, live_rows FROM syncd_freshness WHERE connection = '{connection}'")
    }
    counted = {
        table: read(url, f"SELECT count(*) AS n FROM live_{table} WHERE connection = '{connection}'")[0]["n"]
        for table in (collection["table"] for collection in entry["collections"])
    }
    return [f"{t}: live_rows says {told.get(t)}, there are {n}" for t, n in counted.items() if told.get(t) != n]


def _compare(table: str, wanted: dict[tuple[Any, ...], Row], have: dict[tuple[Any, ...], Row]) -> list[str]:
    found = [f"{table} {key}: missing" for key in wanted.keys() - have.keys()]
    found += [f"{table} {key}: should not be there" for key in have.keys() - wanted.keys()]
    for key in wanted.keys() & have.keys():
        found += [
            f"{table} {key}.{name}: {have[key][name]!r} instead of {value!r}"
            for name, value in wanted[key].items()
            if have[key][name] != value
        ]
    return found
