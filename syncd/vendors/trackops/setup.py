"""What the account itself defines: custom fields."""

from __future__ import annotations

from syncd.collection import Collection, Snapshot, integer, text

FIELDS = Collection(
    name="fields",
    table="trackops_fields",
    doc="No time filters: read it whole each cycle (1-3 requests).",
    path="/fields",
    one="/fields/{id}",
    key=("id",),
    strategy=Snapshot(),
    drops=("FieldType",),
    columns=(
        integer("id", "numeric id of the custom field", required=True),
        text("name", "label of the field", required=True),
        integer("field_type_id", "field type id", required=True, aliases="FieldType.id"),
        text(
            "field_type_tag",
            "type tag",
            required=True,
            values=(
                "ADDRESS",
                "COUNTRY",
                "DATE",
                "BIRTHDAY",
                "EMAIL",
                "LONG",
                "INPUT",
                "CURRENCY",
                "SELECT",
                "RADIO",
                "NAME",
                "NUMBER",
                "LINK",
                "YESNO",
                "YESNONA",
            ),
        ),
    ),
)
