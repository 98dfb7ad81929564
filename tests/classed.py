"""Vendors as they are, but with classes of calls: no declared one has any yet that could be tested by its stand-in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from syncd.vendors import VENDORS
from syncd.vendors.base import Limits

PEOPLE = ("fields", "staff", "clients", "client_locations", "client_contacts", "case_status_history")
"""The collections of Trackops in the class "people"; the last of them is read behind one of "work"."""
PATHS = ("/fields", "/staff", "/client", "/cases/status_history")

ANY_PACE = Limits(rate=(100000, 1.0), documented=(100000, 1.0), parallel=2, after_answer=False)


def class_of(path: str) -> str:
    """The class of the calls to a path, of Trackops or iTrack."""
    return "people" if path.startswith(PATHS) or "tracker" in path else "work"


def classed() -> None:
    """Let every vendor that is known have two classes of calls, in this process."""
    for name, vendor in VENDORS.items():
        VENDORS[name] = replace(vendor, classes={"people": ANY_PACE, "work": ANY_PACE}, class_of=class_of)


@contextmanager
def two_classes() -> Iterator[None]:
    """Every vendor that is known has two classes of calls as long as the block lasts."""
    before = dict(VENDORS)
    classed()
    try:
        yield
    finally:
        VENDORS.update(before)
