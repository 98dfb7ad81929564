"""``syncd schema``: the data dictionary, made from the declarations."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import Annotated, Any, Final

import typer

from syncd.cli import output
from syncd.cli.options import new_app
from syncd.collection import Child, Collection, Column, Kind, Lookup
from syncd.vendors import VENDORS
from syncd.vendors.base import Vendor

app = new_app()


class Format(StrEnum):
    """What the dictionary is printed as."""

    MARKDOWN = "markdown"
    JSON = "json"
    MERMAID = "mermaid"
    SQL = "sql"


class Dialect(StrEnum):
    """Whose SQL."""

    SQLITE = "sqlite"
    POSTGRESQL = "postgresql"


_CONNECTION: Final = Column("connection", Kind.TEXT, "the connection it came over", required=True)
_SYNCED_AT: Final = Column("_syncd_synced_at", Kind.INSTANT, "when this row or its children last changed here")
_OURS: Final = (
    Column("_syncd_extra", Kind.JSON, "members of the record that feed no column; null if there are none"),
    Column("_syncd_hash", Kind.INTEGER, "hash of the record as the vendor sent it"),
    _SYNCED_AT,
    Column("_syncd_deleted_at", Kind.INSTANT, "null while the vendor has the record"),
)


@app.command(epilog="Example: syncd schema --format mermaid > schema.mmd")
def schema(
    form: Annotated[Format, typer.Option("--format", help="What to print it as.")] = Format.MARKDOWN,
    vendor: Annotated[list[str] | None, typer.Option("--vendor", help="Only this vendor; may be repeated.")] = None,
    dialect: Annotated[Dialect, typer.Option("--dialect", help="Whose SQL, for --format sql.")] = Dialect.SQLITE,
) -> None:
    """Print every table and column: type, meaning, reference. Needs no configuration."""
    from syncd.vendors import vendor_named

    vendors = tuple(vendor_named(name) for name in vendor) if vendor else tuple(VENDORS.values())
    if form is Format.JSON:
        output.print_json({"vendors": [described(one) for one in vendors]})
    elif form is Format.SQL:
        from syncd.store.ddl import ddl

        output.say(ddl(vendors, dialect.value).rstrip())
    else:
        output.say((markdown if form is Format.MARKDOWN else mermaid)(vendors).rstrip())


def described(vendor: Vendor) -> dict[str, Any]:
    """A vendor's tables as plain values, in the order of its declarations."""
    declared: list[Collection | Child | Lookup] = []
    for collection in vendor.collections:
        declared += [collection, *collection.children]
    return {
        "name": vendor.name,
        "title": vendor.title,
        "tables": [_table(table) for table in (*declared, *vendor.lookups)],
    }


def markdown(vendors: Iterable[Vendor]) -> str:
    """The data dictionary as Markdown: one heading per vendor, one below it per table."""
    return "\n".join(line for vendor in vendors for line in _markdown(vendor))


def mermaid(vendors: Iterable[Vendor]) -> str:
    """Tables and references as a Mermaid entity-relationship diagram."""
    lines, known = ["erDiagram"], set()
    tables = [table for vendor in vendors for table in described(vendor)["tables"]]
    for table in tables:
        known.add(table["name"])
        lines.append(f"    {table['name']} {{")
        for column in table["columns"]:
            mark = " PK" if column["name"] in table["key"] else " FK" if column.get("references") else ""
            lines.append(f"        {column['type']} {column['name']}{mark}")
        lines.append("    }")
    for table in tables:
        for column in table["columns"]:
            target = str(column.get("references") or "").partition(".")[0]
            if target in known:
                lines.append(f'    {target} ||--o{{ {table["name"]} : "{column["name"]}"')
    return "\n".join(lines) + "\n"


def _table(table: Collection | Child | Lookup) -> dict[str, Any]:
    columns: tuple[Column, ...]
    if isinstance(table, Collection):
        sort, columns = "main", (*table.stored, *_OURS)
    elif isinstance(table, Child):
        sort, columns = "child", table.columns
    else:
        sort, columns = "lookup", (*table.columns, _SYNCED_AT)
    found: dict[str, Any] = {"name": table.table, "sort": sort, "collection": table.name, "about": table.doc}
    if isinstance(table, Child):
        found["parent_key"] = ["connection", *table.parent_key]
    key = ["connection", *table.key]
    return {**found, "key": key, "columns": [_column(column, key) for column in (_CONNECTION, *columns)]}


def _column(column: Column, key: list[str]) -> dict[str, Any]:
    found: dict[str, Any] = {
        "name": column.name,
        "type": column.kind.value,
        "nullable": column.name not in key,
        "about": column.doc,
    }
    if column.source:
        found["source"] = column.source
    if column.references:
        found["references"] = column.references
    if column.values:
        found["values"] = list(column.values)
    if column.sensitive:
        found["sensitive"] = True
    return found


def _markdown(vendor: Vendor) -> Iterator[str]:
    yield f"# {vendor.title}"
    yield ""
    for table in described(vendor)["tables"]:
        yield f"## {table['name']}"
        yield ""
        says = {
            "main": f"Collection `{table['collection']}`; without tombstones and bookkeeping: `live_{table['name']}`.",
            "child": f"Rows of their parent ({', '.join(table.get('parent_key', ()))}), replaced with it as a set.",
            "lookup": "Gathered from objects embedded in other records.",
        }[table["sort"]]
        yield f"{says} {_sentence(table['about'])}".rstrip()
        yield ""
        yield f"Key: {', '.join(table['key'])}."
        yield ""
        yield "| column | type | meaning | reference |"
        yield "| --- | --- | --- | --- |"
        for column in table["columns"]:
            yield f"| {column['name']} | {column['type']} | {_meaning(column)} | {column.get('references', '')} |"
        yield ""


def _meaning(column: dict[str, Any]) -> str:
    parts = [column["about"]]
    if "values" in column:
        parts.append(f"one of {', '.join(column['values'])}")
    if column.get("sensitive"):
        parts.append("sensitive: null unless included or hashed")
    return "; ".join(filter(None, parts)).replace("|", "\\|").replace("\n", " ")


def _sentence(text: str) -> str:
    return text and f"{text[0].upper()}{text[1:].rstrip('.')}."
