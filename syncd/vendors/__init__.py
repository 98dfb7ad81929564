"""The vendors: what each declares, and what it does differently."""

from __future__ import annotations

from syncd.errors import UsageError
from syncd.vendors.base import Vendor
from syncd.vendors.itrack import ITRACK
from syncd.vendors.trackier import TRACKIER
from syncd.vendors.trackops import TRACKOPS
from syncd.vendors.trackunit import TRACKUNIT

VENDORS: dict[str, Vendor] = {vendor.name: vendor for vendor in (TRACKOPS, TRACKUNIT, ITRACK, TRACKIER)}


def vendor_named(name: str) -> Vendor:
    """The vendor called *name*; UsageError names the known ones."""
    try:
        return VENDORS[name]
    except KeyError:
        raise UsageError(f"Unknown vendor {name!r}; known are {', '.join(VENDORS)}.") from None
