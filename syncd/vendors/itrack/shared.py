"""Parts that several iTrack collections share."""

from __future__ import annotations

from datetime import timedelta

from syncd.collection import Child, Origin, Tier, integer, text

NIGHTLY = (Tier(timedelta(days=14), timedelta(days=1)),)
"""Devices keep what they cannot send for days and bring it later, with times of the past."""

CROSSING = timedelta(days=1)
"""How much longer than a window is asked for where records last: one that began in it has to come, so that whatever
does not come is gone, and no document says whether one that goes on beyond the question does."""


def tags(name: str, parent: str, table: str) -> Child:
    """The child table of ``tags``, an array of ids; *parent* is its column that holds the id of a row of *table*."""
    return Child(
        name=name,
        table=f"itrack_{name}",
        source="tags",
        key=(parent, "tag_id"),
        parent_key=(parent,),
        columns=(
            integer(parent, "of the parent", required=True, origin=Origin.CONTEXT, references=f"{table}.id"),
            integer("tag_id", "tag", required=True, source=".", references="itrack_tags.id"),
        ),
    )


def fields(name: str, parent: str, table: str, references: str = "") -> Child:
    """The child table of ``fields``, the values of the account's own fields by the field's id."""
    return Child(
        name=name,
        table=f"itrack_{name}",
        source="fields",
        key=(parent, "field_id"),
        parent_key=(parent,),
        doc="values of the account's own fields",
        columns=(
            integer(parent, "of the parent", required=True, origin=Origin.CONTEXT, references=f"{table}.id"),
            text("field_id", "field", required=True, origin=Origin.MAP_KEY, references=references),
            text("type", "kind of value", required=True),
            text("value", "value"),
        ),
    )
