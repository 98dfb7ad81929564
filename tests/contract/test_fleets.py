"""The vendors of fleets and the ad network, all collections at once: a copy equals the stand-in cell for cell."""

from __future__ import annotations

from typing import Any

import pytest

from tests.accounts import Open, both
from tests.kit import HOUR, Account

NAMELESS = {"smart_links"}
"""Have flags that the vendor's documents mention, but do not name."""

fleets = pytest.mark.parametrize("vendor_name", ["trackunit", "itrack", "trackier"])


def all_well(results: dict[str, Any]) -> bool:
    """Whether every run ended well; shows those that did not."""
    off = {name: (result.state, str(result.error)) for name, result in results.items() if result.state != "ok"}
    assert {} == off
    return True


def lives(account: Account, rate: float, seed: int) -> None:
    """Rows change between requests, and each request takes a second."""
    account.vendor.switch.churn(rate, seed=seed)
    account.vendor.switch.between(lambda _: account.clock.turn(1))


@both
@fleets
async def test_a_first_sync_equals_the_vendor_and_a_second_writes_nothing(open_account: Open) -> None:
    account = await open_account()
    assert all_well(await account.cycle())
    assert [] == account.differences()
    assert [] == account.rejects()
    assert [] == [name for name in account.names if not account.live(name)], "nothing to compare"
    before = account.picture()
    account.clock.turn(300)
    again = await account.cycle()
    assert all_well(again)
    assert [] == [row for one in again.values() if account.changes(row := account.run_row(one))]
    assert before == account.picture()
    assert [] == account.differences()


@fleets
async def test_an_account_as_documented_has_nothing_beside_its_rows(open_account: Open) -> None:
    account = await open_account()
    await account.cycle()
    for name in set(account.names) - NAMELESS:
        table = account.collection(name).table
        extra = account.query(f"SELECT _syncd_extra FROM {table} WHERE _syncd_extra IS NOT NULL")
        assert [] == extra, name


@both
@fleets
async def test_what_came_late_changed_and_went_is_equal_after_a_sweep(open_account: Open) -> None:
    account = await open_account()
    await account.cycle()
    for seed in range(3):
        lives(account, 0.5, seed)
        account.clock.turn(HOUR)
        assert all_well(await account.cycle())
    await account.converges()


async def weathers(account: Account) -> None:
    """One request in ten meets a fault of every kind that a client can notice, while the fleet lives on."""
    for seed in range(3):
        account.vendor.switch.clear()
        account.vendor.switch.storm(0.1)
        lives(account, 0.2, seed)
        account.clock.turn(HOUR)
        results = await account.cycle()
        assert {"ok", "partial", "failed", "held"} >= {result.state for result in results.values()}
    account.clock.turn(24 * HOUR)  # whatever the faults closed is open again
    await account.converges()
    assert [] == account.rejects()


@fleets
async def test_a_storm_of_faults_costs_no_row(open_account: Open) -> None:
    await weathers(await open_account())
