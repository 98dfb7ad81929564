"""Every fault that syncd promises to survive has a test with its id in the name, and a guard in the list of guards."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from tests.guards import GUARDS
from tests.guards.__main__ import PAGE
from tests.guards.guard import Guard

TESTS = Path(__file__).parents[1]
ROOT = TESTS.parent
COUNTS = {"n": 12, "v": 24, "d": 10, "c": 6, "s": 14, "p": 13, "k": 7, "x": 8}
FAULTS = {f"{kind}{number}" for kind, most in COUNTS.items() for number in range(1, most + 1)}


@cache
def text(file: str) -> str:
    return (ROOT / file).read_text()


def functions(file: str) -> set[str]:
    """A file's tests, as pytest calls them: those of a class by its name, too."""
    found, inside = set(), ""
    for of_class, indent, name in re.findall(
        r"^(?:class (\w+)|( *)(?:async )?def (test_\w+))", text(file), re.MULTILINE
    ):
        inside = of_class or inside
        if name:
            found.add(f"{inside}::{name}" if indent else name)
    return found


def ids(test: str) -> list[str]:
    """The faults that a test's name has: ``test_v10_v11_…`` stands for both."""
    found = re.match(r"test_((?:[nvdcspkx]\d+_)+)", test.rpartition("::")[2])
    return found[1].strip("_").split("_") if found else []


def ids_in_names() -> dict[str, list[str]]:
    """The test functions by the ids in their names."""
    found: dict[str, list[str]] = {}
    for file in TESTS.rglob("test_*.py"):
        for name in functions(str(file.relative_to(ROOT))):
            for one in ids(name):
                found.setdefault(one, []).append(name)
    return found


def test_every_fault_has_a_test() -> None:
    assert [] == sorted(FAULTS - ids_in_names().keys())


def test_no_test_names_a_fault_that_is_none() -> None:
    assert set() == ids_in_names().keys() - FAULTS


def test_there_are_ninety_four_faults() -> None:
    assert 94 == len(FAULTS)


# --- the guards, which `make guards` breaks -----------------------------------------------------------------------
each_guard = pytest.mark.parametrize(
    "guard", GUARDS, ids=[f"{guard.fault} {guard.promise}".replace(" ", "_") for guard in GUARDS]
)


def test_every_fault_has_a_guard() -> None:
    assert [] == sorted(FAULTS - {guard.fault.lower() for guard in GUARDS})


@each_guard
def test_what_guards_stands_once_where_the_list_says(guard: Guard) -> None:
    assert guard.fault.lower() in FAULTS
    assert guard.guard != guard.broken
    assert 1 == text(guard.file).count(guard.guard)


@each_guard
def test_a_program_whose_guard_is_broken_still_compiles(guard: Guard) -> None:
    if guard.file.endswith(".py"):
        compile(text(guard.file).replace(guard.guard, guard.broken), guard.file, "exec")


@each_guard
def test_whoever_must_notice_is_there_and_carries_the_faults_id(guard: Guard) -> None:
    assert guard.tests
    for test in guard.tests:
        file, _, named = test.partition("[")[0].partition("::")
        assert named in functions(file)
        assert guard.fault.lower() in ids(named)


def test_no_guard_stands_twice_in_the_list() -> None:
    assert [] == [which for which, times in Counter((g.fault, g.file, g.guard) for g in GUARDS).items() if times > 1]


def test_the_page_says_of_every_fault_that_a_guard_was_broken_and_that_all_were_noticed() -> None:
    lines = [line for line in PAGE.read_text().splitlines() if re.match(r"\| [A-Z]\d+ \| ", line)]
    assert [] == sorted(FAULTS - {line.split(" | ")[0].removeprefix("| ").lower() for line in lines})
    assert [] == [line for line in lines if " | **no** | " in line]
