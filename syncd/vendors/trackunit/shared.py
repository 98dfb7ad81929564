"""Parts that several Trackunit collections share."""

from __future__ import annotations

from functools import partial
from typing import Any

from syncd.collection import Child, Column, Kind, Origin, column


def _named(kind: Kind, name: str, doc: str, **more: Any) -> Column:  # noqa: ANN401 (what ``column`` takes)
    """A column whose source is its name as the vendor writes names, unless told otherwise: ``gsm_level``, gsmLevel."""
    if "origin" not in more:
        first, *others = name.split("_")
        more.setdefault("source", first + "".join(word.capitalize() for word in others))
    return column(kind, name, doc, **more)


integer = partial(_named, Kind.INTEGER)
text = partial(_named, Kind.TEXT)
double = partial(_named, Kind.DOUBLE)
boolean = partial(_named, Kind.BOOLEAN)
date = partial(_named, Kind.DATE)
time = partial(_named, Kind.TIME)
json = partial(_named, Kind.JSON)
instant = partial(_named, Kind.INSTANT)
local_datetime = partial(_named, Kind.LOCAL_DATETIME)


def location(prefix: str = "", doc: str = "", *, flat: bool = False) -> tuple[Column, ...]:
    """Latitude and longitude of a place; *prefix* as in ``start_``, with *flat* also under their bare names."""
    source = f"{prefix.rstrip('_')}Location" if prefix else "location"
    where = f"{doc}: " if doc else ""
    return tuple(
        double(
            f"{prefix}{name}",
            f"{where}degrees; a place of exactly 0, 0 means no fix",
            source=f"{source}.{name}",
            aliases=name if flat else "",
        )
        for name in ("latitude", "longitude")
    )


def address(prefix: str = "", doc: str = "", *, flat: bool = False) -> tuple[Column, ...]:
    """The four parts of an address; any may be empty or missing."""
    source = f"{prefix.rstrip('_')}Address" if prefix else "address"
    where = f"{doc}: " if doc else ""
    parts = (
        ("country", "country", "country, two letters", "country"),
        ("zip_code", "zipCode", "postal code", "postalCode"),
        ("city", "city", "town", "city"),
        ("street_address", "streetAddress", "street and number", "streetAddress"),
    )
    return tuple(
        text(f"{prefix}{name}", f"{where}{says}", source=f"{source}.{member}", aliases=alias if flat else "")
        for name, member, says, alias in parts
    )


def numbered(make: partial[Column], name: str, numbers: tuple[int, ...], doc: str, **more: bool) -> tuple[Column, ...]:
    """Columns such as ``run1`` to ``run4``; ``{n}`` in *name* and *doc* stands for the number."""
    return tuple(make(name.format(n=n), doc.format(n=n), **more) for n in numbers)


INPUTS = numbered(boolean, "input{n}", tuple(range(1, 11)), "digital input {n}")
OUTPUTS = numbered(boolean, "output{n}", tuple(range(1, 6)), "output {n}")
ANALOG_INPUTS = numbered(double, "analog_input{n}", (1, 2, 4), "analogue input {n}; there is no number 3")
RUNS = numbered(double, "run{n}", (1, 2, 3, 4), "seconds counted on input {n} since the device was fitted")
TEMPERATURES = numbered(double, "temperature{n}", (1, 2), "degrees Celsius (inferred), sensor {n}")


def ids(name: str, source: str, owner: tuple[str, str], member: tuple[str, str], doc: str) -> Child:
    """A child table of bare ids; *owner* and *member* are (column, table it points to)."""
    return Child(
        name=name,
        table=f"trackunit_{name}",
        source=source,
        key=(owner[0], member[0]),
        parent_key=(owner[0],),
        columns=(
            text(owner[0], "owner", required=True, origin=Origin.CONTEXT, references=f"trackunit_{owner[1]}.id"),
            text(member[0], doc, required=True, source=".", references=f"trackunit_{member[1]}.id"),
        ),
        doc=doc,
    )


def asked_for(name: str, table: str, doc: str) -> Column:
    """The column with the id that we asked for, which the records do not carry."""
    return text(name, doc, required=True, origin=Origin.CONTEXT, references=f"trackunit_{table}.id")


ORDINAL = integer(
    "ordinal",
    "place among rows that are equal in the rest of the key, from 0; the vendor gives no id",
    required=True,
    origin=Origin.COMPUTED,
)
