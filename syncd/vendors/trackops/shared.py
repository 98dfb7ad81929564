"""Parts that several Trackops collections share."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec

from syncd.collection import Child, Origin, UpdatedSince, integer, text
from syncd.values import clean_text, json_text

_decoder = msgspec.json.Decoder(Any, float_hook=Decimal)  # numbers as they were sent

_STRUCTURED = (
    frozenset({"address_1", "address_2", "city", "state", "zip", "country"}),
    frozenset({"first_name", "middle_name", "last_name"}),
)


def changed() -> UpdatedSince:
    """The usual collection: ``created_from`` is the system's clock."""
    return UpdatedSince(since="updated_from", made="created_at", made_from="created_from", made_to="created_to")


def changed_system() -> UpdatedSince:
    """Cases, requests, invoices: there ``created_from`` is the user's business date; the system's clock is asked."""
    return UpdatedSince(
        since="updated_from", made="created_at", made_from="created_from_system", made_to="created_to_system"
    )


def custom_field_value(value: object) -> object:
    """Addresses and names, which come as objects or as JSON in a string, as compact JSON; else *value* itself."""
    found = value
    if isinstance(value, str) and value.lstrip().startswith("{"):
        try:
            found = _decoder.decode(clean_text(value))
        except (msgspec.DecodeError, InvalidOperation, RecursionError):
            return value
    if isinstance(found, dict) and any(found.keys() <= members for members in _STRUCTURED):
        return json_text(found)
    return value


def custom_fields(name: str, parent: str, table: str) -> Child:
    """The child table of ``custom_fields``; *parent* is its column that holds the id of a row of *table*."""
    return Child(
        name=name,
        table=f"trackops_{name}",
        source="custom_fields",
        key=(parent, "field_id"),
        parent_key=(parent,),
        doc="values of the account's own fields; what a field means stands in trackops_fields",
        columns=(
            integer(
                parent,
                "the record the value belongs to",
                origin=Origin.CONTEXT,
                required=True,
                references=f"{table}.id",
            ),
            integer("field_id", "the field", source="id", required=True, references="trackops_fields.id"),
            text("value", "the value as text; addresses and names as compact JSON", prepare=custom_field_value),
        ),
    )
