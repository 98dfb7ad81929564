"""SIGKILL at random and at every named step, on both databases: nothing lost, doubled or wrong, and it goes on."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests import killed
from tests.accounts import both

RANDOM_KILLS = int(os.environ.get("SYNCD_TEST_KILLS", "5"))


def mended(driver: killed.Driver) -> None:
    """The next run converges: all ok, equal cell for cell, and no run still seems to be under way."""
    answer: dict[str, Any] = {}
    for _ in range(3):
        answer = driver.run(kind="sweep")
        assert 0 == answer["signal"]
        if {"ok"} == set(answer["states"].values()):
            break
    assert {"ok"} == set(answer["states"].values()), answer
    assert [] == driver.differences()
    assert [] == driver.query("SELECT id FROM syncd_runs WHERE state = 'running'")
    assert [] == driver.query("SELECT stage FROM syncd_staged")


def changed(vendor: killed.Vendor, chance: Random) -> str:
    """An office goes on between two runs; when that was."""
    snapshot = vendor.call("snapshot")
    vendor.call("delete", collection="clients", key=chance.choice(snapshot["clients"])["id"])
    vendor.call("insert", collection="clients")
    vendor.call("update", collection="clients", key=chance.choice(snapshot["clients"][:100])["id"])
    vendor.call("insert", collection="invoices")
    vendor.call("update", collection="cases", key=chance.choice(snapshot["cases"])["id"])
    # The cursor has whole seconds of the vendor's clock: only later ones vouch for these changes.
    return (datetime.now(UTC) + timedelta(seconds=1)).isoformat()


@both
def test_s1_a_process_killed_at_any_step_loses_doubles_and_corrupts_nothing(database_url: str, tmp_path: Path) -> None:
    """Each step the first time and a later time it is reached, the first half of them in a first sync."""
    chance = Random(1)
    with (
        killed.vendor("--cases", "6", "--rows", "clients=350") as vendor,
        killed.driver(tmp_path, database_url, vendor) as driver,
    ):
        since = "0"
        reached = set()
        for kind in ("cycle", "sweep"):
            for step in killed.STEPS:
                nth = chance.choice((1, 2, 3))
                answer = driver.run(step=step, nth=nth, kind=kind)
                reached |= {step} if answer["signal"] else set()
                assert [] == driver.ahead(since), (kind, step, nth)
            mended(driver)
            since = changed(vendor, chance)
        assert set(killed.STEPS) == reached
        mended(driver)


@both
def test_s1_a_process_killed_at_random_loses_doubles_and_corrupts_nothing(database_url: str, tmp_path: Path) -> None:
    """Short here; `make prove` kills fifty times on each database."""
    chance = Random(2)
    kills = 0
    with (
        killed.vendor("--cases", "6", "--rows", "clients=350") as vendor,
        killed.driver(tmp_path, database_url, vendor) as driver,
    ):
        since, most_s = "0", 0.4
        for _ in range(20 * RANDOM_KILLS):
            kind = "cycle" if since == "0" else chance.choice(("cycle", "sweep"))
            was_killed = bool(driver.run(after_s=chance.uniform(0.01, most_s), kind=kind)["signal"])
            # How long a pass takes is the machine's affair: kills are to fall into it, anywhere.
            most_s *= 1.1 if was_killed else 0.8
            kills += was_killed
            assert [] == driver.ahead(since)
            since = changed(vendor, chance)
            if kills == RANDOM_KILLS:
                break
        assert RANDOM_KILLS == kills
        mended(driver)


@pytest.mark.parametrize("pages", [60])
def test_s1_a_first_walk_killed_at_sixty_percent_keeps_its_pages(
    tmp_path: Path, sqlite_template: Path, database_url: str, pages: int
) -> None:
    """The next run asks for what is left, and the proof; `make prove` has three hundred pages."""
    with (
        killed.vendor("--bulk", str(100 * pages - 50)) as vendor,
        killed.driver(tmp_path, database_url, vendor, names=("subjects",)) as driver,
    ):
        assert driver.run(step="after_commit", nth=pages * 6 // 10)["signal"]
        kept = driver.query("SELECT count(*) AS n FROM trackops_subjects")[0]["n"]
        assert pages * 6 // 10 * 100 == kept
        before = vendor.call("requests")
        assert {"subjects": "ok"} == driver.run()["states"]
        assert vendor.call("requests") - before <= pages * 4 // 10 + 5
        assert 100 * pages - 50 == driver.query("SELECT count(*) AS n FROM trackops_subjects")[0]["n"]
