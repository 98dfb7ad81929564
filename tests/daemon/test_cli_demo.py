"""``syncd demo``: a newcomer's first minute."""

from __future__ import annotations

import json
import re
import sqlite3
import stat
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

from syncd.demo import CASES, REPORTS
from syncd.vendors.trackops import TRACKOPS
from tests.program import inside, syncd


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, CompletedProcess[str]]:
    """The demonstration as people see it, in the folder it takes by itself."""
    folder = tmp_path_factory.mktemp("newcomer")
    return folder, syncd("demo", folder=folder)


def test_it_ends_well_and_fills_every_table(shown: tuple[Path, CompletedProcess[str]]) -> None:
    folder, done = shown
    assert 0 == done.returncode, done.stderr
    names = [one.table for one in TRACKOPS.collections] + [one.table for one in TRACKOPS.lookups]
    names += [child.table for one in TRACKOPS.collections for child in one.children]
    assert 43 == len(names)
    with sqlite3.connect(f"file:{folder}/syncd-demo/demo.db?mode=ro", uri=True) as database:
        counts = {name: database.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in names}
        states = {row[0] for row in database.execute("SELECT state FROM syncd_freshness")}
    database.close()
    assert [] == [name for name, count in counts.items() if not count]
    assert {"fresh"} == states
    assert CASES == counts["trackops_cases"]
    for name, count in counts.items():
        assert re.search(rf"\b{name}\s+{count:,}\b", done.stdout), name


def test_it_answers_three_reports_with_their_sql(shown: tuple[Path, CompletedProcess[str]]) -> None:
    _, done = shown
    assert 3 == len(REPORTS)
    for question in REPORTS:
        assert question.title in done.stdout
        assert question.sql in done.stdout


def test_it_says_that_the_real_vendor_is_slower_and_what_to_do_next(shown: tuple[Path, CompletedProcess[str]]) -> None:
    _, done = shown
    assert "the real Trackops allows 1" in done.stdout
    assert all(re.search(rf"syncd {command}\b", done.stdout) for command in ("init", "plan", "sync", "run"))
    assert "The second found nothing new: 18 requests, 0 rows written." in done.stdout


def test_only_its_owner_can_read_what_it_made(shown: tuple[Path, CompletedProcess[str]]) -> None:
    folder, _ = shown
    for name in ("config.toml", "demo.db"):
        assert 0o600 == stat.S_IMODE((folder / "syncd-demo" / name).stat().st_mode)


def test_other_commands_read_what_it_made(shown: tuple[Path, CompletedProcess[str]]) -> None:
    folder, _ = shown
    done = inside("--config", "syncd-demo/config.toml", "status", "--json", folder=folder)
    [connection] = json.loads(done.stdout)["connections"]
    assert ("agency", 18) == (connection["name"], len(connection["collections"]))


def test_it_may_be_run_again_and_speaks_json(shown: tuple[Path, CompletedProcess[str]]) -> None:
    folder, _ = shown
    done = syncd("demo", "--json", "--dir", folder / "syncd-demo", folder=folder, SYNCD_CONNECTIONS__ACME__TOKEN="x")
    assert 0 == done.returncode, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    assert (0, 43, 36) == (found["exit_code"], len(found["tables"]), len(found["runs"]))
    assert all(report["rows"] for report in found["reports"])
    assert {("ok", 0)} == {(run["state"], run["retries"]) for run in found["runs"]}


@pytest.mark.parametrize("name", ["config.toml", "demo.db"])
def test_it_touches_no_file_that_it_did_not_make(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("mine")
    done = inside("demo", "--dir", ".", folder=tmp_path)
    assert 2 == done.returncode
    assert "no demo made" in done.stderr
    assert "mine" == (tmp_path / name).read_text()
    assert [name] == [file.name for file in tmp_path.iterdir()]
