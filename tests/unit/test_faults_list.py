"""Every fault that syncd promises to survive has a test with its id in the name, or a part that brings it."""

from __future__ import annotations

import re
from pathlib import Path

TESTS = Path(__file__).parents[1]
COUNTS = {"n": 12, "v": 24, "d": 10, "c": 6, "s": 14, "p": 13, "k": 7, "x": 8}
FAULTS = {f"{kind}{number}" for kind, most in COUNTS.items() for number in range(1, most + 1)}

# What has no test yet: the part of the plan that builds what the fault is about.
LATER = {
    "x7": (4, "known holes of dependencies are looked for when the image is built"),
    "x8": (4, "the unit that systemd-analyze judges"),
}


def ids_in_names() -> dict[str, list[str]]:
    """The test functions by the ids in their names: ``test_v10_v11_…`` stands for both."""
    found: dict[str, list[str]] = {}
    for file in TESTS.rglob("test_*.py"):
        for name in re.findall(r"^\s*(?:async )?def (test_\w+)", file.read_text(), re.MULTILINE):
            ids = re.match(r"test_((?:[nvdcspkx]\d+_)+)", name)
            for one in ids[1].strip("_").split("_") if ids else ():
                found.setdefault(one, []).append(name)
    return found


def test_every_fault_has_a_test_or_a_part_that_brings_it() -> None:
    assert [] == sorted(FAULTS - ids_in_names().keys() - LATER.keys())


def test_no_fault_stands_in_both() -> None:
    assert [] == sorted(ids_in_names().keys() & LATER.keys())


def test_no_test_names_a_fault_that_is_none() -> None:
    assert set() == ids_in_names().keys() - FAULTS
    assert set() == LATER.keys() - FAULTS
    assert {1, 2, 3, 4} >= {part for part, _ in LATER.values()}


def test_there_are_ninety_four_faults() -> None:
    assert 94 == len(FAULTS)
