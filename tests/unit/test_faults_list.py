"""Every fault that syncd promises to survive has a test with its id in the name."""

from __future__ import annotations

import re
from pathlib import Path

TESTS = Path(__file__).parents[1]
COUNTS = {"n": 12, "v": 24, "d": 10, "c": 6, "s": 14, "p": 13, "k": 7, "x": 8}
FAULTS = {f"{kind}{number}" for kind, most in COUNTS.items() for number in range(1, most + 1)}


def ids_in_names() -> dict[str, list[str]]:
    """The test functions by the ids in their names: ``test_v10_v11_…`` stands for both."""
    found: dict[str, list[str]] = {}
    for file in TESTS.rglob("test_*.py"):
        for name in re.findall(r"^\s*(?:async )?def (test_\w+)", file.read_text(), re.MULTILINE):
            ids = re.match(r"test_((?:[nvdcspkx]\d+_)+)", name)
            for one in ids[1].strip("_").split("_") if ids else ():
                found.setdefault(one, []).append(name)
    return found


def test_every_fault_has_a_test() -> None:
    assert [] == sorted(FAULTS - ids_in_names().keys())


def test_no_test_names_a_fault_that_is_none() -> None:
    assert set() == ids_in_names().keys() - FAULTS


def test_there_are_ninety_four_faults() -> None:
    assert 94 == len(FAULTS)
