"""SIGKILL in syncs of whole accounts that live meanwhile: every collection of a vendor is on, and sweeps are equal."""

from __future__ import annotations

import os
import time
from pathlib import Path
from random import Random
from typing import Any

import pytest

from syncd.vendors import VENDORS
from tests.daemon.test_kill_fleets import Fleet, all_ok, driver_of, vendor

RANDOM_KILLS = int(os.environ.get("SYNCD_TEST_KILLS", "4"))
STEPS = (("before_commit", 15), ("after_fetch", 20), ("before_commit", 25), ("after_commit", 30))
PASSES = 10  # for each kill that is wanted: some passes end before theirs comes
# Plain times of an old server are to be told at any time of the year, so its user's clock is never set.
OLD = ("--set", 'dialect="2020"', "--set", 'zone="Asia/Kolkata"')

accounts = pytest.mark.parametrize(
    "database, vendor_name, more",
    [
        ("sqlite", "trackunit", ()),
        ("postgresql", "trackunit", ()),
        ("postgresql", "itrack", ()),
        ("sqlite", "itrack", OLD),
        ("sqlite", "trackier", ()),
        ("postgresql", "trackier", ()),
    ],
    indirect=["database", "vendor_name"],
    ids=[
        "trackunit", "trackunit on postgresql", "itrack on postgresql", "itrack of 2020", "trackier",
        "trackier on postgresql",
    ],
)  # fmt: skip


@pytest.fixture
def vendor_name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def settled(driver: Fleet) -> None:
    """Nobody changes anything any more: a few sweeps make the copy equal, and the next one writes nothing."""
    driver.vendor.call("clear")
    # A run reads up to the vendor's last whole second: what is of this very one is for the next run.
    time.sleep(2.1)
    answers = []
    for _ in range(3):
        answers.append(driver.run(kind="sweep"))
        if all_ok(answers[-1]) and not driver.differences():
            break
    assert all_ok(answers[-1]), answers
    assert [] == driver.differences()
    assert [] == driver.lost()
    assert [] == driver.query("SELECT id FROM syncd_runs WHERE state = 'running'")
    assert [] == driver.query("SELECT stage FROM syncd_staged")
    last = driver.query("SELECT max(id) AS id FROM syncd_runs")[0]["id"]
    assert all_ok(driver.run(kind="sweep"))
    wrote = f"SELECT collection FROM syncd_runs WHERE id > {last} AND inserted + updated + tombstoned > 0"
    assert [] == driver.query(wrote)
    assert [] == driver.differences()


@accounts
def test_s1_a_whole_account_that_lives_while_its_reader_is_killed_is_equal_after_sweeps(
    database_url: str, tmp_path: Path, vendor_name: str, more: tuple[str, ...]
) -> None:
    """First nothing changes during a pass, and no ledger is ahead of its rows; then rows do, between all requests."""
    chance, kills, most_s = Random(3), 0, 1.0
    before: dict[str, Any] | None = None
    names = tuple(one.name for one in VENDORS[vendor_name].collections)
    with (
        vendor(vendor_name, *more) as at,
        driver_of(tmp_path, database_url, at, vendor_name, names, "20d") as driver,
    ):
        for step, nth in STEPS:
            assert driver.run(kind="cycle", step=step, nth=nth)["signal"]
            assert [] == driver.lost(), (step, nth)
        for number in range(PASSES * RANDOM_KILLS):
            is_quiet = kills < RANDOM_KILLS // 2
            kind = chance.choice(("cycle", "sweep")) if not is_quiet else "sweep" if before else "cycle"
            if not is_quiet:
                at.call("clear")
                at.call("churn", rate=0.3, seed=number)
            answer = driver.run(kind=kind, after_s=chance.uniform(0.05, most_s))
            if is_quiet:
                assert [] == driver.lost(before), kind
                if all_ok(answer):
                    assert [] == driver.differences()
                    before = driver.lives(chance)
            kills += bool(answer["signal"])
            # How long a pass takes is the machine's affair: kills are to fall into it, anywhere.
            most_s *= 1.3 if answer["signal"] else 0.8
            if kills == RANDOM_KILLS:
                break
        assert RANDOM_KILLS == kills
        settled(driver)
        assert [] == [name for name in names if not driver.query(f"SELECT 1 FROM live_{vendor_name}_{name} LIMIT 1")]
