"""A plugin of pytest: what became of each test's parts, one line of JSON each, in the file that ``--noted`` names."""

from __future__ import annotations

import json
from pathlib import Path

import pytest


class _Notes:
    def __init__(self, file: Path) -> None:
        self._file = file

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        crash = getattr(report.longrepr, "reprcrash", None)
        why = getattr(crash, "message", "") or (str(report.longrepr) if report.longrepr else "")
        note = {"test": report.nodeid, "part": report.when, "outcome": report.outcome, "why": why}
        with self._file.open("a") as notes:
            notes.write(json.dumps(note) + "\n")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--noted", type=Path, required=True, help="where to write what became of each test")


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(_Notes(config.getoption("--noted")))
