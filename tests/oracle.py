"""The convergence oracle: what the tables must hold for what a vendor serves, cell for cell.

Worked out from the catalogue alone, by other code than the product's, and read from the database by plain drivers: an
error in parsing or storing cannot hide in both.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from itertools import zip_longest
from pathlib import Path
from typing import Any

CATALOG = json.loads((Path(__file__).parent / "catalog.json").read_text())
STRUCTURED = (
    {"address_1", "address_2", "city", "state", "zip", "country"},
    {"first_name", "middle_name", "last_name"},
)
Row = dict[str, Any]
Snapshot = Mapping[str, Iterable[Row]]
Rows = dict[tuple[Any, ...], Row]


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


def _raw(record: Any, column: Row) -> Any:
    """A column's value as the vendor has it; what is no member of the record stands there as ``@column``."""
    if column["source"] is None:
        name: str = column["name"]
        return DERIVED[name](record) if name in DERIVED else record.get(f"@{name}")
    if column["source"] == ".":
        return record
    for path in (column["source"], *column.get("aliases", ())):
        if (value := _at(record, path)) is not None:
            return value
    return None


def _limits(record: Row) -> tuple[float, float] | None:
    """The ends of a CAN value: ``1 ... 2.5`` or one number written with digits, a sign and a dot; None of a text."""
    value = record.get("value")
    parts = [part.strip() for part in str(value).split("...")] if value is not None else []
    if len(parts) not in {1, 2} or not all(
        part.lstrip("+-").replace(".", "", 1).isdecimal() and part.lstrip("+-") != "" for part in parts
    ):
        return None
    numbers = [float(part) for part in parts]
    return min(numbers), max(numbers)


def _middle(record: Row) -> float | None:
    limits = _limits(record)
    return None if limits is None else (limits[0] + limits[1]) / 2


def _least(record: Row) -> float | None:
    limits = _limits(record)
    return None if limits is None else limits[0]


def _most(record: Row) -> float | None:
    limits = _limits(record)
    return None if limits is None else limits[1]


def _turned(record: Row) -> str | None:
    """A polygon's text with every two numbers exchanged."""
    told = record.get("polygon")
    if not isinstance(told, str) or not told.strip().upper().startswith(("POLYGON", "MULTIPOLYGON")):
        return None
    words = re.split(r"([^0-9.eE+-]+)", told)
    # The first and the last piece stand outside the numbers, and between them numbers and what parts them alternate.
    places = [index for index, word in enumerate(words) if re.fullmatch(r"[+-]?[0-9.]+(?:[eE][+-]?[0-9]+)?", word)]
    for first, second in zip(places[::2], places[1::2], strict=True):
        words[first], words[second] = words[second], words[first]
    return "".join(words)


DERIVED: dict[str, Callable[[Row], Any]] = {
    "polygon_lon_lat": _turned, "value_num": _middle, "value_min": _least, "value_max": _most,
}  # fmt: skip


def _moment(value: str) -> datetime:
    return datetime.fromisoformat(value.strip().replace("Z", "+00:00").replace("z", "+00:00"))


def _instant(value: str) -> str:
    moment = _moment(value)
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


def _time_of_day(value: Any) -> str:
    if isinstance(value, dict):
        return time(value["hour"], value["minute"]).isoformat()
    return time.fromisoformat(value).isoformat()


EXPECTED: dict[str, Callable[[Any], Any]] = {
    "integer": int, "bigint": int, "double": float,
    "boolean": lambda value: str(value).lower() in {"1", "true", "yes"},
    "decimal": lambda value: Decimal(str(value)),
    "instant": _instant,
    "local_datetime": lambda value: _moment(value).replace(tzinfo=None).strftime("%Y-%m-%d %H:%M:%S.%f"),
    "date": str,
    "time": _time_of_day,
    "json": lambda value: json.loads(json.dumps(value)),
}  # fmt: skip


def expected(kind: str, value: Any) -> Any:
    """A vendor's value as the column of this type must hold it, in the form that ``stored`` gives."""
    convert: Callable[[Any], Any] = EXPECTED.get(kind, _text)
    return None if value is None else convert(value)


def _is_kept(column: Row) -> bool:
    return not column.get("sensitive") and not column.get("volatile")


def main_rows(collection: Row, records: Iterable[Row]) -> dict[tuple[Any, ...], Row]:
    """The expected rows of a main table, by key."""
    rows = {}
    for record in records:
        row = {
            column["name"]: expected(column["type"], _raw(record, column))
            for column in collection["columns"]
            if _is_kept(column)
        }
        rows[tuple(row[name] for name in collection["key"])] = row
    return rows


def _elements(child: Row, record: Row) -> Iterable[Any]:
    """What a child's rows are made of: elements with their place and, of a map, their key, as ``@`` members."""
    source = child["source"].partition(";")[0].partition(" (")[0]
    mapped = next((c["name"] for c in child["columns"] if c.get("origin") == "map_key"), None)
    if "/" in source:  # another call for each parent, whose noun is the member
        source = source.split("/")[-2] + "s"
    if "," in source and "{" not in source:
        kinds = next(column["values"] for column in child["columns"] if column["name"] == "kind")
        for name, kind in zip(source.split(", "), kinds, strict=True):
            yield from ({"@kind": kind, ".": one} for one in record.get(name) or ())
        return
    if "+" in source:
        paths = [path.strip().removesuffix("[]") for path in source.split("+")]
        if any(column["name"] == "excluded" for column in child["columns"]):  # two lists, the second of what is not
            for is_excluded, path in enumerate(paths):
                listed = _at(record, path) or []
                assert isinstance(listed, list)
                yield from ({".": one, "@excluded": bool(is_excluded), "@position": n} for n, one in enumerate(listed))
            return
        first, second = (_at(record, path) or [] for path in paths)
        assert isinstance(first, list)
        assert isinstance(second, list)
        yield from ({".": one, "@zone_label": label} for one, label in zip_longest(first, second[: len(first)]))
        return
    path = source.partition("{")[0].removesuffix("[]")
    found = record[f"@{path}"] if f"@{path}" in record else _at(record, path.rpartition("[].")[2])
    if mapped is not None:
        assert isinstance(found, dict | None)
        for key, value in (found or {}).items():
            yield {**(value if isinstance(value, dict) else {".": value}), f"@{mapped}": key}
        return
    assert isinstance(found, list | None)
    for place, one in enumerate(found or ()):
        places = {f"@{c['name']}": place for c in child["columns"] if c.get("origin") == "computed"}
        yield {**(one if isinstance(one, dict) else {".": one}), **places}


def child_rows(collection: Row, child: Row, records: Iterable[Row]) -> dict[tuple[Any, ...], Row]:
    """The expected rows of a child table, by key."""
    rows = {}
    types = {column["name"]: column for column in collection["columns"]}
    for record in records:
        parent = [expected(types[name]["type"], _raw(record, types[name])) for name in collection["key"]]
        about = dict(zip(child["parent_key"], parent, strict=True))
        for element in _elements(child, record):
            row = {}
            for column in child["columns"]:
                name = column["name"]
                if name in about:
                    row[name] = about[name]
                elif column["source"] == ".":
                    row[name] = expected(column["type"], element["."])
                elif column.get("origin") == "context" and f"@{name}" not in element:
                    row[name] = expected(column["type"], _raw(record, types[name]))
                else:
                    row[name] = expected(column["type"], _raw(element, column))
            rows[tuple(row[name] for name in child["key"])] = row
    return rows


def lookup_rows(lookup: Row, snapshot: Snapshot) -> dict[tuple[Any, ...], Row]:
    """The rows of a lookup table that what is served now calls for, by key; older ones may stand beside them."""
    rows: dict[tuple[Any, ...], Row] = {}
    is_dated = any("by time" in column.get("doc", "") for column in lookup["columns"])
    gathered = [
        found
        for source in lookup["from"]
        for record in snapshot[source.partition(".")[0]]
        for found in (_embedded(record, source.partition(".")[2].split(".")) if "." in source else (record,))
    ]
    for found in sorted(gathered, key=lambda one: _instant(one["time"])) if is_dated else gathered:
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
    if kind == "json":
        return json.loads(value)
    if isinstance(value, datetime):
        utc = value if value.tzinfo is None else value.astimezone(UTC)
        return utc.strftime("%Y-%m-%d %H:%M:%S.%f")
    if kind == "time":
        return (value if isinstance(value, time) else time.fromisoformat(value)).isoformat()
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
    types = {column["name"]: column["type"] for column in table["columns"] if _is_kept(column)}
    shown = {name: f'CAST(t."{name}" AS TEXT)' if kind == "json" else f't."{name}"' for name, kind in types.items()}
    columns = ", ".join(f'{value} AS "{name}"' for name, value in shown.items())
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
    entry = _entry(vendor_name, only)
    found: list[str] = []
    for table, wanted, have in compared(url, snapshot, connection=connection, vendor_name=vendor_name, only=only):
        found += _compare(table, wanted, have)
    for lookup in entry["lookups"]:
        wanted = lookup_rows(lookup, snapshot)
        have = _table(url, lookup, connection)
        found += _compare(lookup["table"], wanted, {key: have[key] for key in have.keys() & wanted.keys()})
    found += _live_rows(url, entry, connection)
    return found


def compared(
    url: str, snapshot: Snapshot, *, connection: str, vendor_name: str, only: Iterable[str] | None = None
) -> Iterator[tuple[str, Rows, Rows]]:
    """Of each main and child table its name, the rows that it must have and the live rows that it has, by key."""
    entry = _entry(vendor_name, only)
    for collection in entry["collections"]:
        records = list(snapshot[collection["name"]])
        live = _table(url, collection, connection, "AND t._syncd_deleted_at IS NULL")
        wanted = main_rows(collection, records)
        kept = _of_the_vanished(entry, collection, snapshot, live.keys() - wanted.keys(), live)
        yield collection["table"], wanted, {key: row for key, row in live.items() if key not in kept}
        for child in collection["children"]:
            joined = " AND ".join(
                f't."{own}" = p."{parent}"' for own, parent in zip(child["parent_key"], collection["key"], strict=True)
            )
            alive = (
                f"AND EXISTS (SELECT 1 FROM {collection['table']} p WHERE p.connection = t.connection"
                f" AND {joined} AND p._syncd_deleted_at IS NULL)"
            )
            stored_rows = {
                key: row
                for key, row in _table(url, child, connection, alive).items()
                if tuple(row[name] for name in child["parent_key"]) not in kept
            }
            yield child["table"], child_rows(collection, child, records), stored_rows


def _entry(vendor_name: str, only: Iterable[str] | None) -> Row:
    return vendor(vendor_name) if only is None else _part(vendor(vendor_name), set(only))


def _of_the_vanished(
    entry: Row, collection: Row, snapshot: Snapshot, extra: Iterable[Any], live: dict[tuple[Any, ...], Row]
) -> set[tuple[Any, ...]]:
    """Rows of parents that the vendor has no more: they keep the history that was read window by window."""
    if "window" not in collection["strategy"] or collection["parent"] is None:
        return set()
    gone: set[tuple[Any, ...]] = set()
    for parent in entry["collections"]:
        # Forms hang on tasks, and on check-ins just as well.
        is_one = parent["vendor_name"] == collection["parent"] or " or " in collection["parent"]
        ours = [c["name"] for c in collection["columns"] if c.get("references") == f"{parent['table']}.id"]
        if is_one and ours and parent["name"] in snapshot:
            there = {key[0] for key in main_rows(parent, snapshot[parent["name"]])}
            gone |= {key for key in extra if live[key][ours[0]] not in {None, *there}}
    return gone


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
