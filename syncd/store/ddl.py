"""The tables of vendors as SQL text, for people who read or prepare a database by hand."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Compiled
from sqlalchemy.schema import CreateIndex, CreateTable, SetColumnComment, SetTableComment

from syncd.store.schema import schema
from syncd.vendors.base import Vendor

_DIALECTS: Final = {"sqlite": sqlite.dialect, "postgresql": postgresql.dialect}


def ddl(vendors: Iterable[Vendor], dialect: str) -> str:
    """CREATE statements of all tables and indexes of *vendors* for *dialect*: ``sqlite`` or ``postgresql``."""
    chosen = _DIALECTS[dialect]()
    statements: list[Compiled] = []
    for table in schema(vendors).metadata.sorted_tables:
        statements.append(CreateTable(table).compile(dialect=chosen))
        for index in sorted(table.indexes, key=lambda i: str(i.name)):
            if (where := index.info.get("where")) is not None:
                index.dialect_options["postgresql"]["where"] = where
            statements.append(CreateIndex(index).compile(dialect=chosen))
        if chosen.supports_comments:
            statements.append(SetTableComment(table).compile(dialect=chosen))
            statements += [
                SetColumnComment(column).compile(dialect=chosen) for column in table.columns if column.comment
            ]
    text = "".join(f"{str(statement).strip()};\n\n" for statement in statements)
    return text.replace("\t", "  ").replace(", \n", ",\n")
