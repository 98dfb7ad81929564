"""Column types that mean the same on SQLite and PostgreSQL, and the conversions the fast path makes by itself.

The types are for statements that SQLAlchemy runs (bookkeeping, copies, reports). Pages are written by the driver alone:
``binder`` is what a value passes through there.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, time
from decimal import Decimal
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.types import TypeDecorator, TypeEngine

from syncd.collection import Kind


def postgres() -> Any:
    """SQLAlchemy's module of what only PostgreSQL has: a twentieth of a second to load, which SQLite's users spare."""
    from sqlalchemy.dialects import postgresql  # noqa: PLC0415

    return postgresql


def partial_index(name: str, *columns: str | sa.ColumnElement[Any], where: sa.ColumnElement[bool]) -> sa.Index:
    """An index of the rows for which *where* holds.

    Naming an option of PostgreSQL's loads its dialect: what makes statements for it finds *where* in ``info``.
    """
    return sa.Index(name, *columns, sqlite_where=where, info={"where": where})


class UTCDateTime(TypeDecorator[datetime]):
    """A point in time: TIMESTAMPTZ, or on SQLite the text ``YYYY-MM-DD HH:MM:SS.ffffff`` in UTC. Refuses naive values.

    SQLAlchemy's own DateTime drops the offset on SQLite without a word, so that one instant becomes two texts.
    """

    impl = sa.DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(sa.DateTime(timezone=dialect.name != "sqlite"))

    def process_bind_param(self, value: datetime | str | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        # Keys of pages have their instants as SQLite keeps them.
        aware = _utc(value if isinstance(value, datetime) else datetime.fromisoformat(value).replace(tzinfo=UTC))
        return aware.replace(tzinfo=None) if dialect.name == "sqlite" else aware

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if dialect.name == "sqlite" else value.astimezone(UTC)


class Exact(TypeDecorator[Decimal]):
    """NUMERIC: exact on PostgreSQL, to 15 significant digits on SQLite, which keeps such a number as a float."""

    impl = sa.Numeric
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(sa.Numeric(asdecimal=False) if dialect.name == "sqlite" else sa.Numeric())

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> Decimal | None:
        if value is None or isinstance(value, Decimal):
            return value
        return Decimal(f"{value:.15g}")


class JsonText(TypeDecorator[str]):
    """JSON that stays text in Python: JSONB, or TEXT on SQLite (a column declared JSON would turn ``"12"`` into 12)."""

    impl = sa.Text
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(sa.Text() if dialect.name == "sqlite" else postgres().JSONB(none_as_null=True))

    def process_bind_param(self, value: str | None, dialect: sa.Dialect) -> Any:
        return value if value is None or dialect.name == "sqlite" else json.loads(value)

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> str | None:
        return value if value is None or dialect.name == "sqlite" else dumps(value)


class JsonValue(TypeDecorator[Any]):
    """JSON that is a Python value in Python; stored as ``JsonText``."""

    impl = sa.Text
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(sa.Text() if dialect.name == "sqlite" else postgres().JSONB(none_as_null=True))

    def process_bind_param(self, value: Any, dialect: sa.Dialect) -> Any:
        return dumps(value) if value is not None and dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> Any:
        return json.loads(value) if value is not None and dialect.name == "sqlite" else value


_TYPES: dict[Kind, TypeEngine[Any]] = {
    Kind.INTEGER: sa.BigInteger(),
    Kind.TEXT: sa.Text(),
    Kind.DOUBLE: sa.Double(),
    Kind.DECIMAL: Exact(),
    Kind.BOOLEAN: sa.Boolean(),
    Kind.DATE: sa.Date(),
    Kind.TIME: sa.Time(),
    Kind.JSON: JsonText(),
    Kind.INSTANT: UTCDateTime(),
    Kind.LOCAL_DATETIME: sa.DateTime(),
}


def column_type(kind: Kind) -> TypeEngine[Any]:
    """The SQLAlchemy type of a declared column."""
    return _TYPES[kind]


def dumps(value: object) -> str:
    """*value* as compact JSON text; what JSON lacks becomes its text."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)


def _utc(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise ValueError(f"a point in time without a zone: {value!r}")
    return value if value.tzinfo is UTC else value.astimezone(UTC)


def instant_text(value: datetime) -> str:
    """An aware *value* as SQLite keeps it."""
    return _utc(value).isoformat(" ", "microseconds")[:26]


def _sqlite_instant(value: datetime | str) -> str:
    return value if isinstance(value, str) else instant_text(value)


def _postgres_instant(value: datetime | str) -> datetime:
    return datetime.fromisoformat(value) if isinstance(value, str) else _utc(value)


def local_text(value: datetime) -> str:
    """A naive *value* as SQLite keeps it."""
    return value.isoformat(" ", "microseconds")


def _time_text(value: time) -> str:
    return value.isoformat("microseconds")


Binder = Callable[[Any], Any]

_SQLITE_BINDERS: dict[Kind, Binder] = {
    Kind.DECIMAL: float,
    Kind.DATE: str,
    Kind.TIME: cast("Binder", _time_text),
    Kind.INSTANT: cast("Binder", _sqlite_instant),
    Kind.LOCAL_DATETIME: cast("Binder", local_text),
}
_POSTGRES_BINDERS: dict[Kind, Binder] = {Kind.INSTANT: cast("Binder", _postgres_instant)}


def binder(kind: Kind, dialect: str) -> Binder | None:
    """What turns a parsed value (never None) into the one the driver takes and gives; None where that is the same."""
    return (_SQLITE_BINDERS if dialect == "sqlite" else _POSTGRES_BINDERS).get(kind)
