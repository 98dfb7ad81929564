"""``syncd demo``: a newcomer's first minute."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import signal
import socket
import sqlite3
import stat
import urllib.request
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

from syncd.demo import ACCOUNTS, CAMPAIGNS, CASES, REPORTS, TRACKERS, UNITS
from tests.daemon.processes import started
from tests.program import inside, syncd

TABLES = 129  # of the collections that are read by default, with their children and lookups
VANS = 24  # collections of iTrack that are read by default
ADS = 11  # and of Trackier
USUAL = ("127.0.0.1", 8787)
SLOWER = "Trackops 1/s, Trackunit Classic 10/s, iTrack 10/s, Trackier 4/s for entities, 180/min for reports"


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, CompletedProcess[str]]:
    """The demonstration as people see it, in the folder it takes by itself."""
    folder = tmp_path_factory.mktemp("newcomer")
    return folder, syncd("demo", folder=folder)


def test_it_ends_well_and_fills_every_table(shown: tuple[Path, CompletedProcess[str]]) -> None:
    folder, done = shown
    assert 0 == done.returncode, done.stderr
    names = [lookup.table for made in ACCOUNTS for lookup in made.vendor.lookups]
    for collection in (one for made in ACCOUNTS for one in made.vendor.collections if one.enabled_by_default):
        names += [collection.table, *(child.table for child in collection.children)]
    assert TABLES == len(names)
    with sqlite3.connect(f"file:{folder}/syncd-demo/demo.db?mode=ro", uri=True) as database:
        counts = {name: database.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in names}
        states = {row[0] for row in database.execute("SELECT state FROM syncd_freshness")}
    database.close()
    assert [] == [name for name, count in counts.items() if not count]
    assert {"fresh"} == states
    assert (CASES, UNITS) == (counts["trackops_cases"], counts["trackunit_units"])
    assert counts["itrack_trackers"] >= TRACKERS
    assert CAMPAIGNS == counts["trackier_campaigns"]
    for name, count in counts.items():
        assert re.search(rf"\b{name}\s+{count:,}\b", done.stdout), name


def test_it_answers_a_report_of_each_vendor_with_its_sql(shown: tuple[Path, CompletedProcess[str]]) -> None:
    _, done = shown
    assert [made.name for made in ACCOUNTS] == [question.connection for question in REPORTS]
    for question in REPORTS:
        assert question.title in done.stdout
        assert question.sql in done.stdout


def test_it_says_that_the_real_vendors_are_slower_and_what_to_do_next(
    shown: tuple[Path, CompletedProcess[str]],
) -> None:
    _, done = shown
    assert SLOWER in done.stdout
    assert all(re.search(rf"syncd {command}\b", done.stdout) for command in ("init", "plan", "sync", "run"))


def test_its_second_cycle_asks_next_to_nothing_and_writes_nothing(shown: tuple[Path, CompletedProcess[str]]) -> None:
    _, done = shown
    for name, most in {"agency": 18, "fleet": 15, "vans": 30, "ads": 14}.items():
        told = re.search(rf"^{name} +(\d+) +[\d,]+ +(\d+) +(\d+) ", done.stdout, re.MULTILINE)
        assert told, name
        first, second, written = map(int, told.groups())
        assert second <= most < first, name
        assert 0 == written, name


def test_only_its_owner_can_read_what_it_made(shown: tuple[Path, CompletedProcess[str]]) -> None:
    folder, _ = shown
    for name in ("config.toml", "demo.db"):
        assert 0o600 == stat.S_IMODE((folder / "syncd-demo" / name).stat().st_mode)


def test_other_commands_read_what_it_made(shown: tuple[Path, CompletedProcess[str]]) -> None:
    folder, _ = shown
    done = inside("--config", "syncd-demo/config.toml", "status", "--json", folder=folder)
    found = {one["name"]: len(one["collections"]) for one in json.loads(done.stdout)["connections"]}
    assert {"agency": 18, "fleet": 15, "vans": VANS, "ads": ADS} == found


def test_it_may_be_run_again_and_speaks_json(shown: tuple[Path, CompletedProcess[str]]) -> None:
    folder, _ = shown
    done = syncd("demo", "--json", "--dir", folder / "syncd-demo", folder=folder, SYNCD_CONNECTIONS__ACME__TOKEN="x")
    assert 0 == done.returncode, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    assert (0, TABLES, 2 * (18 + 15 + VANS + ADS)) == (found["exit_code"], len(found["tables"]), len(found["runs"]))
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


@pytest.mark.parametrize("is_taken", [True, False])
async def test_it_goes_on_with_the_daemon_and_its_page_if_asked(tmp_path: Path, is_taken: bool) -> None:
    """On a free port, where another program has the usual one."""
    with socket.socket() as other:
        if is_taken:
            with contextlib.suppress(OSError):  # somebody else has it
                other.bind(USUAL)
                other.listen()
        async with started(tmp_path, "demo", "--serve") as demo:
            served = await demo.says("page_served", 120)
            assert not is_taken or f":{USUAL[1]}/" not in served["url"]
            with await asyncio.to_thread(urllib.request.urlopen, served["url"]) as answer:
                page = answer.read().decode()
            assert all(made.name in page for made in ACCOUNTS)
            demo.signal(signal.SIGINT)
            assert 0 == await demo.ends()
        assert all(question.title in demo.out for question in REPORTS)
