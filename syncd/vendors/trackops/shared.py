"""Parts that several Trackops collections share."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec

from syncd.collection import Child, Origin, UpdatedSince, decimal, instant, integer, text
from syncd.values import clean_text, json_text

_decoder = msgspec.json.Decoder(Any, float_hook=Decimal)  # numbers as they were sent

_STRUCTURED = (
    frozenset({"address_1", "address_2", "city", "state", "zip", "country"}),
    frozenset({"first_name", "middle_name", "last_name"}),
)

STAMPS = (
    instant("created_at", "when the system stored the record (UTC)", required=True),
    instant("updated_at", "last change (UTC, whole seconds); the cursor", required=True),
)
"""The system's own times, which every collection with the cursor ``updated_at`` has."""


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


def links(
    name: str, source: str, parent: str, owner: str, link: str, target: str, *, volatile: tuple[str, ...] = ()
) -> Child:
    """A child table of bare references, ``[{"id": …, "name": …}]``, to *target* (empty: a user of either kind)."""
    of_users = "" if target else "; a user: id of staff or client_contacts"
    return Child(
        name=name,
        table=f"trackops_{name}",
        source=source,
        key=(parent, link),
        parent_key=(parent,),
        drops=("name",),
        volatile=volatile,
        columns=(
            integer(parent, "owner", required=True, origin=Origin.CONTEXT, references=f"{owner}.id"),
            integer(link, f"`id` of the embedded object{of_users}", required=True, source="id", references=target),
        ),
    )


def money_lines(name: str, source: str, parent: str, owner: str, doc: str) -> Child:
    """The lines of an invoice or an expense entry; *doc* says what their id is."""
    return Child(
        name=name,
        table=f"trackops_{name}",
        source=source,
        key=("id",),
        parent_key=(parent,),
        columns=(
            integer("id", doc, required=True),
            integer(parent, "owner", required=True, origin=Origin.CONTEXT, references=f"{owner}.id"),
            integer("finance_item_id", "item", aliases="FinanceItem.id", references="trackops_finance_items.id"),
            text("notes", "line text"),
            decimal("rate", "rate"),
            decimal("quantity", "quantity"),
            decimal("total", "rate x quantity; can be negative (credit)"),
        ),
    )
