"""Every line of the log has an action, and every action stands in the reference."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import syncd

PACKAGE = Path(syncd.__file__).parent
PAGE = PACKAGE.parent / "docs/reference/logs.md"
LEVELS = {"debug", "info", "warning", "error"}
# What a library says comes by another way, with an action of its own.
LIBRARY = ("library", {"warning"})


def calls() -> Iterator[tuple[str, ast.Call, set[str]]]:
    """Every place that logs, with its levels: ``log.warning(…)``, or a name bound to one or the other."""
    for file in sorted(PACKAGE.rglob("*.py")):
        if "standin" in file.parts:
            continue
        tree = ast.parse(file.read_text())
        chosen = {
            node.targets[0].id: levels
            for node in ast.walk(tree)
            if isinstance(node, ast.Assign)
            and isinstance(node.targets[0], ast.Name)
            and (levels := _levels(node.value))
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                levels = _levels(node.func)
                if isinstance(node.func, ast.Name):
                    levels = chosen.get(node.func.id, set())
                if levels:
                    yield f"{file.relative_to(PACKAGE)}:{node.lineno}", node, levels


def _levels(node: ast.AST) -> set[str]:
    """The levels that an expression may log at, itself uncalled."""
    if isinstance(node, ast.IfExp):
        return _levels(node.body) | _levels(node.orelse)
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "log":
        return {"error"} if node.attr in {"exception", "critical"} else {node.attr} & LEVELS
    return set()


def _action(call: ast.Call) -> str | None:
    found = [each.value for each in call.keywords if each.arg == "action"]
    return str(found[0].value) if found and isinstance(found[0], ast.Constant) else None


def actions() -> dict[str, set[str]]:
    found: dict[str, set[str]] = {LIBRARY[0]: LIBRARY[1]}
    for _, call, levels in calls():
        found.setdefault(str(_action(call)), set()).update(levels)
    return found


def test_every_line_of_the_log_has_an_action_that_is_a_word() -> None:
    assert len(list(calls())) > 40
    assert [] == [place for place, call, _ in calls() if not re.fullmatch(r"[a-z]+(_[a-z]+)*", _action(call) or "")]


def test_every_logger_is_called_log() -> None:
    """By that name the calls are found."""
    other = [
        f"{file.relative_to(PACKAGE)}: {line}"
        for file in PACKAGE.rglob("*.py")
        if "standin" not in file.parts
        for line in file.read_text().splitlines()
        if "get_logger(" in line and not re.fullmatch(r"log = structlog\.get_logger\((__name__)?\)", line)
    ]
    assert [] == other


def test_k5_the_reference_has_every_action_with_its_levels() -> None:
    rows = re.findall(r"^\| `([a-z_]+)` \| ([a-z, ]+) \| .+ \|$", PAGE.read_text(), re.MULTILINE)
    assert len(rows) == len(dict(rows))
    assert actions() == {action: set(levels.split(", ")) for action, levels in rows}
    assert sorted(action for action, _ in rows) == [action for action, _ in rows]
