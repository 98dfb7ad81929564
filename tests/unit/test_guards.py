"""How ``make guards`` judges what it sees: a guard is noticed if every test that is named for it fails as tests do."""

from __future__ import annotations

import importlib.util
import py_compile
from pathlib import Path

import pytest

from tests.guards import GUARDS
from tests.guards.__main__ import Verdict, changed, page
from tests.guards.breaking import CannotTellError, Copy, Note, Run
from tests.guards.guard import Guard

FIRST, SECOND = "tests/a.py::test_n1_first", "tests/a.py::test_n1_second"
GUARD = Guard("N1", "it ends", "syncd/a.py", "if late:\n    stop()", "if late:\n    pass", (FIRST, SECOND))


def failed(test: str, why: str = "AssertionError: assert 1 == 2", part: str = "call") -> Note:
    return Note(test, part, "failed", why)


def passed(test: str) -> Note:
    return Note(test, "call", "passed", "")


@pytest.mark.parametrize(
    "code, notes, objection",
    [
        pytest.param(1, [failed(FIRST), failed(SECOND)], None, id="both fail"),
        pytest.param(1, [passed(f"{FIRST}[a]"), failed(f"{FIRST}[b]"), failed(SECOND)], None, id="one case fails"),
        pytest.param(1, [failed(FIRST), passed(SECOND)], f"{SECOND} does not fail", id="one of two fails"),
        pytest.param(1, [failed(FIRST), failed(f"{SECOND}_more")], f"{SECOND} does not fail", id="another fails"),
        pytest.param(1, [failed(FIRST), failed(SECOND, part="setup")], f"{SECOND} does not fail", id="a fixture fails"),
        pytest.param(1, [failed(FIRST), failed(SECOND, "NameError: x")], "the program is broken", id="no name"),
        pytest.param(0, [passed(FIRST), passed(SECOND)], "all tests pass", id="nobody notices"),
        pytest.param(2, [failed(FIRST), failed(SECOND)], "pytest ended with 2", id="pytest fails"),
        pytest.param(None, [failed(FIRST), failed(SECOND)], "not over within", id="a hang"),
    ],
)
def test_a_guard_is_noticed_when_each_of_its_tests_fails(
    code: int | None, notes: list[Note], objection: str | None
) -> None:
    found = Run(code, tuple(notes), 1.0, "").unnoticed(GUARD)
    assert (objection is None) == (found is None)
    assert (objection or "") in (found or "")


@pytest.mark.parametrize(
    "notes, whole",
    [
        pytest.param([Note(FIRST, "setup", "passed", ""), passed(FIRST)], True, id="passed"),
        pytest.param([passed(f"{FIRST}[a]"), failed(f"{FIRST}[b]")], False, id="a case fails"),
        pytest.param([Note(FIRST, "setup", "skipped", "")], False, id="skipped"),
        pytest.param([passed(FIRST), failed(FIRST, part="teardown")], False, id="fails at its end"),
        pytest.param([passed(SECOND)], False, id="not there"),
    ],
)
def test_unbroken_a_test_passes_with_all_its_cases_and_parts(notes: list[Note], whole: bool) -> None:
    assert whole == Run(0, tuple(notes), 1.0, "").passed(FIRST)


def test_a_guard_is_broken_for_a_while_and_no_bytecode_of_before_is_taken_for_it(tmp_path: Path) -> None:
    file, guard = tmp_path / "a.py", Guard("N1", "", "a.py", "1", "2", ())
    file.write_text("first = 1\n")
    bytecode = Path(py_compile.compile(str(file)) or "")
    assert Path(importlib.util.cache_from_source(str(file))) == bytecode
    with Copy(tmp_path, "").broken(guard):
        assert "first = 2\n" == file.read_text()
        assert not bytecode.exists()
        py_compile.compile(str(file))
    assert "first = 1\n" == file.read_text()
    assert not bytecode.exists()


@pytest.mark.parametrize("text", ["first = 2\n", "first = 1\nsecond = 1\n"], ids=["gone", "twice"])
def test_a_guard_that_does_not_stand_there_once_is_not_broken(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.py").write_text(text)
    with (
        pytest.raises(CannotTellError, match="times what guards N1"),
        Copy(tmp_path, "").broken(Guard("N1", "", "a.py", "1", "2", ())),
    ):
        pass


@pytest.mark.parametrize(
    "old, new, words",
    [
        ("if late:\n    stop()", "if late:\n    pass", "`stop()` → `pass`"),
        ("a = 1\nb = 2\nc = 3", "a = 1\nc = 3", "`b = 2` taken out"),
        ("a = 1", "a = 1\nb = 2", "nothing → `b = 2`"),
        ("a or\n    b", "a", "`a or b` → `a`"),
    ],
)
def test_what_is_broken_is_told_by_the_lines_that_differ(old: str, new: str, words: str) -> None:
    assert words == changed(Guard("N1", "", "", old, new, ()))


def test_the_page_keeps_the_lines_of_what_was_not_broken_this_time() -> None:
    first, *others = GUARDS
    whole = page([Verdict(guard, Run(1, (), 54321.0, ""), None) for guard in GUARDS], "")
    again = page([Verdict(first, Run(0, (), 7.0, ""), "all tests pass")], whole)
    assert len(GUARDS) == whole.count("| 54321 | ")
    assert len(others) == again.count("| 54321 | ")
    assert 1 == again.count("| **no** | 7 | ")
    assert [line.split(" | ")[:3] for line in whole.splitlines()] == [
        line.split(" | ")[:3] for line in again.splitlines()
    ]
