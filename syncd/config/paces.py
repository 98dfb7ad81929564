"""``rate`` and ``parallel`` of a connection: one value for every class of the vendor's calls, or a table of classes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from syncd.config import keys, units
from syncd.config.reader import Reader, dotted
from syncd.config.source import KeyPath
from syncd.vendors.base import Vendor

BY_CLASS: Final = tuple(key for key in keys.CONNECTION if key.by_class)


def tables(vendor: Vendor | None, table: Mapping[str, Any]) -> set[str]:
    """The keys of a connection's *table* that name classes, where its vendor has several (None: nobody knows)."""
    several = vendor is None or bool(vendor.classes)
    return {key.name for key in BY_CLASS if several and isinstance(table.get(key.name), dict)}


def of_tables(reader: Reader, path: KeyPath, vendor: Vendor, names: set[str]) -> dict[str, dict[str, Any]]:
    """The values of the keys *names* below *path*, by class; what names no class has become a problem."""
    return {
        key.name: reader.values(
            (*path, key.name),
            [replace(key, name=name, required=False) for name in vendor.classes],
            what=f"{vendor.title}'s {key.name}",
        )
        for key in BY_CLASS
        if key.name in names
    }


def rates(vendor: Vendor, values: Mapping[str, Any]) -> dict[str, tuple[units.Rate, ...]]:
    """The rates in effect, by class: what is written, else the vendor's pace."""
    given = _given(vendor, values, "rate")
    return {name: given.get(name, usual) for name, usual in vendor.usual_rates.items()}


def parallel(vendor: Vendor, values: Mapping[str, Any]) -> dict[str, int]:
    """The requests in flight in effect, by class."""
    given = _given(vendor, values, "parallel")
    return {name: given.get(name, limits.parallel) for name, limits in vendor.limits_by_class.items()}


def warn(reader: Reader, path: KeyPath, vendor: Vendor, values: Mapping[str, Any]) -> None:
    """Say which of the written rates are above what the vendor documents, and what has no effect."""
    given_rates, given_parallel = _given(vendor, values, "rate"), _given(vendor, values, "parallel")
    for name, limits in vendor.limits_by_class.items():
        requests, seconds = limits.documented
        of_class = f" for {name}" if name else ""
        for rate in given_rates.get(name, ()):
            if rate[0] / rate[1] > requests / seconds:
                place = _place(path, "rate", name, values)
                above, limit = units.rate_text(rate), units.rate_text(limits.documented)
                reader.warn(
                    place, f"{dotted(place)} {above} is above {vendor.title}'s documented limit of {limit}{of_class}."
                )
        if limits.after_answer and given_parallel.get(name, 1) > 1:
            place = _place(path, "parallel", name, values)
            asked = f"{vendor.title} is asked one question after the other{of_class}"
            reader.warn(place, f"{dotted(place)} has no effect: {asked}.")


def _given(vendor: Vendor, values: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """What is written at *key* by class; a plain value holds for every class."""
    found = values.get(key, {})
    return found if isinstance(found, dict) else dict.fromkeys(vendor.limits_by_class, found)


def _place(path: KeyPath, key: str, name: str, values: Mapping[str, Any]) -> KeyPath:
    return (*path, key, name) if isinstance(values.get(key), dict) else (*path, key)
