"""Parts that several Trackier collections share."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from syncd.collection import Child, Column, Origin, Parents, integer, text

NIGHTLY = timedelta(days=1)


def _is_known(row: Mapping[str, Any]) -> bool:
    """Whether a campaign has the long id by which its rows are known."""
    return row.get("hash_id") is not None


CAMPAIGNS = Parents(
    "campaigns",
    (("campaign_long_id", "hash_id"),),
    mark="modified",
    columns=("hash_id",),
    may_ask=_is_known,
    rotates=NIGHTLY,
)
"""Campaigns one by one: those that are new or changed, and beside them every one once a day, for whether an edit of a
goal changes its campaign is not documented."""

CAMPAIGNS_BY_ID = Parents("campaigns", (("campaign_id", "id"),), mark="modified", rotates=NIGHTLY)

PUBLISHERS = Parents("publishers", (("publisher_id", "id"),))
"""All of them each time: nothing tells whose account moved."""


def filled(value: object) -> object:
    """*value*, or None for an empty text, which means that there is none."""
    return None if value == "" else value


def own_values(name: str, doc: str) -> tuple[Column, ...]:
    """The columns ``p1`` to ``p10`` or ``sub1`` to ``sub10``; ``{n}`` in *doc* is the number."""
    return tuple(text(f"{name}{n}", doc.format(n=n)) for n in range(1, 11))


def values(name: str, source: str, owner: tuple[str, str], doc: str, *, references: str = "") -> Child:
    """A child table of a list of texts; *owner* is its column with the parent's id, and the parent's collection."""
    column, parent = owner
    return Child(
        name=name,
        table=f"trackier_{name}",
        source=source,
        key=(column, "position"),
        parent_key=(column,),
        columns=(
            integer(column, "of the parent", required=True, origin=Origin.CONTEXT, references=f"trackier_{parent}.id"),
            integer("position", "place in the list, from 0", required=True, origin=Origin.COMPUTED),
            text("value", doc, required=True, source=".", references=references),
        ),
    )


def managers(owner: str, parent: str) -> Child:
    """The child table of the team members who look after an advertiser or publisher."""
    name = f"{parent.removesuffix('s')}_managers"
    return Child(
        name=name,
        table=f"trackier_{name}",
        source="managers",
        key=(owner, "id"),
        parent_key=(owner,),
        columns=(
            integer(owner, "of the parent", required=True, origin=Origin.CONTEXT, references=f"trackier_{parent}.id"),
            integer("id", "the manager", required=True, references="trackier_accounts.id"),
            text("name", "name of the manager"),
            text("email", "e-mail address of the manager"),
        ),
    )
