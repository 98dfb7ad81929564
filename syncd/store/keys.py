"""How a key is written as one text: in Python, and in SQL on both databases.

Walks stage the keys they see as such texts and rows are compared with them, so both ways have to give the same: points
in time as ``YYYY-MM-DD HH:MM:SS.ffffff`` (instants in UTC), numbers without trailing zeros.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from syncd.parse import Key
from syncd.store.types import Exact, UTCDateTime, instant_text, local_text

JOINED_BY = "\x1f"
_MOMENT = "YYYY-MM-DD HH24:MI:SS.US"
_DAY = "YYYY-MM-DD"


def staged_key(key: Key) -> str:
    """The text a key is staged as; ``staged_text`` builds the same in SQL."""
    return _staged(key[0]) if len(key) == 1 else JOINED_BY.join(map(_staged, key))


def _staged(part: object) -> str:
    if isinstance(part, datetime):
        return local_text(part) if part.tzinfo is None else instant_text(part)
    if isinstance(part, Decimal):
        return format(part.normalize() if part else Decimal(0), "f")
    return str(part)


def staged_text(columns: Sequence[sa.Column[object]], dialect: str) -> sa.ColumnElement[str]:
    """The text that a row's values of *columns* would be staged as, in the words of *dialect*."""
    parts = [_in_sql(column) if dialect == "postgresql" else sa.cast(column, sa.Text) for column in columns]
    text: sa.ColumnElement[str] = parts[0]
    for part in parts[1:]:
        text = text.concat(JOINED_BY).concat(part)
    return text


def _in_sql(column: sa.Column[Any]) -> sa.ColumnElement[str]:
    if isinstance(column.type, UTCDateTime):
        return sa.func.to_char(sa.func.timezone("UTC", column), _MOMENT)
    if isinstance(column.type, sa.DateTime):
        return sa.func.to_char(column, _MOMENT)
    if isinstance(column.type, sa.Date):
        return sa.func.to_char(column, _DAY)
    if isinstance(column.type, Exact):
        return sa.cast(sa.func.trim_scale(column), sa.Text)
    return sa.cast(column, sa.Text)
