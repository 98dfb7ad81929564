"""Ordinals for records without an id: what tells apart records whose key would otherwise be the same.

A number is put into a record as ``@name``, as every value that is no member of the vendor's record.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any

from syncd.errors import RecordInvalid
from syncd.values import canonical, instant_text

Same = Callable[[dict[str, Any]], Hashable]
"""What a record's key is without the number."""


def number_by_content(records: list[Any], same: Same, name: str = "ordinal") -> list[Any]:
    """*records*, those that are the *same* numbered 0, 1, 2 … in the order of their content.

    Content is canonical JSON (members sorted, no spaces, nulls left out) of what the vendor sent, so that a record gets
    the same number in whatever order the vendor gives them. What is no object is left alone.
    """
    place = f"@{name}"
    first: dict[Hashable, dict[str, Any]] = {}
    ties: dict[Hashable, list[dict[str, Any]]] = {}
    for record in records:
        if isinstance(record, dict):
            record[place] = 0
            key = same(record)
            if (before := first.setdefault(key, record)) is not record:
                ties.setdefault(key, [before]).append(record)
    for tied in ties.values():
        for number, record in enumerate(sorted(tied, key=_content)):
            record[place] = number
    return records


def number_in_order(records: list[Any], same: Same, name: str = "seq") -> list[Any]:
    """*records*, those that are the *same* numbered 0, 1, 2 … in the order given. What is no object is left alone."""
    place = f"@{name}"
    counts: dict[Hashable, int] = {}
    for record in records:
        if isinstance(record, dict):
            key = same(record)
            record[place] = counts[key] = counts.get(key, -1) + 1
    return records


def moment(value: object) -> str:
    """A time as vendors send it as the text of its stored microsecond; anything else as it is.

    Two times that are stored as one have to count as the same.
    """
    # The usual spellings; whether there is such a day does not matter here.
    if isinstance(value, str) and value[10:11] == "T" and value[-1] == "Z":
        if len(value) == 28 and value[19] == ".":  # noqa: PLR2004 (seven digits of a second)
            return f"{value[:10]} {value[11:26]}"
        if len(value) == 20:  # noqa: PLR2004 (none)
            return f"{value[:10]} {value[11:19]}.000000"
    try:
        return instant_text(value, "")
    except RecordInvalid:
        return str(value)


def _content(record: dict[str, Any]) -> bytes:
    return canonical(_without_nulls({name: value for name, value in record.items() if not name.startswith("@")}))


def _without_nulls(value: Any) -> Any:  # noqa: ANN401 (any JSON value)
    if isinstance(value, dict):
        return {name: _without_nulls(member) for name, member in value.items() if member is not None}
    return [_without_nulls(element) for element in value] if isinstance(value, list) else value
