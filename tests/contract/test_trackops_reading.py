"""What every collection promises about reading: first sync, quiet cycles, changes, pages of every size."""

from __future__ import annotations

import pytest

from syncd.standin.trackops.service import Settings
from tests import kit
from tests.accounts import Open, both
from tests.kit import COLLECTIONS, DAY, HOUR, TIMED

every = pytest.mark.parametrize("name", COLLECTIONS)
every_timed = pytest.mark.parametrize("name", TIMED)


@both
async def test_a_first_sync_holds_what_the_vendor_serves_cell_for_cell(open_account: Open) -> None:
    """Every table of the account, children and lookups too, and nothing is written by the sweep after it."""
    account = await open_account(cases=8)
    results = await account.cycle()
    assert {"ok"} == {result.state for result in results.values()}
    assert [] == account.differences()
    assert all(account.live(name) for name in COLLECTIONS)
    await account.converges()


@both
async def test_a_quiet_cycle_asks_once_for_each_collection_and_writes_nothing(open_account: Open) -> None:
    """One request each, at most; no row rewritten; what came again is counted as unchanged."""
    account = await open_account(cases=6)
    await account.cycle()
    again = await account.cycle()
    rows = [account.run_row(result) for result in again.values()]
    assert [] == [row for row in rows if account.changes(row)]
    assert {row["received"]: row["unchanged"] for row in rows} == {row["received"]: row["received"] for row in rows}
    await account.settle()
    before = account.picture()
    account.vendor.log.clear()
    account.clock.turn(0.25 * HOUR)
    await account.cycle()
    paths = [entry.path for entry in account.vendor.log.entries]
    assert sorted(set(paths)) == sorted(paths)
    assert len(COLLECTIONS) == len(paths)
    assert before == account.picture()


@every
async def test_a_quiet_cycle_of_each_collection_is_one_request(open_account: Open, name: str) -> None:
    account = await open_account(names=[name])
    await account.cycle()
    await account.settle()
    assert 1 == await account.asked(name)


@every
async def test_one_changed_and_one_added_record_take_three_requests_at_most(open_account: Open, name: str) -> None:
    """In a collection of several pages; what a snapshot has to read again is its pages, so its list is short."""
    rows = {name: 40 if name in kit.WHOLE else 250}
    account = await open_account(names=[name], cases=40, rows=rows)
    await account.cycle()
    await account.settle()
    kit.change(account, name)
    kit.add(account, name)
    account.clock.turn(60)
    if name in kit.TOGETHER:
        await account.cycle("cases")
    assert await account.asked(name) <= 3
    assert [] == account.differences()


@every
async def test_v13_a_last_page_that_is_exactly_full_is_not_the_end_until_the_next_is_empty(
    open_account: Open, name: str
) -> None:
    account = await open_account(names=[name], cases=30, rows={name: 200})
    await account.cycle()
    assert 200 == account.live(name)
    assert [] == account.differences()


@pytest.mark.parametrize("records", [0, 1, 99, 100, 101, 200, 301])
async def test_v13_a_walk_goes_to_the_end_at_every_size(open_account: Open, records: int) -> None:
    account = await open_account(names=["clients"], rows={"clients": records})
    await account.cycle()
    assert records == account.live("clients")
    await account.converges()


@pytest.mark.parametrize("size", [1, 7, 50, 99])
async def test_v13_pages_smaller_than_asked_for_are_read_to_the_end(open_account: Open, size: int) -> None:
    account = await open_account(names=["clients", "fields"], rows={"clients": 120, "fields": 30})
    account.vendor.switch.fail("clamped", size=size)
    await account.cycle()
    assert [] == account.differences()
    kit.add(account, "clients", 12)
    await account.cycle()
    assert [] == account.differences()
    assert [] == account.tombstones("clients")


@pytest.mark.parametrize("name", ["clients", "case_update_notifications", "cases", "invoices"])
async def test_v15_seven_hundred_records_of_one_second_come_whole(open_account: Open, name: str) -> None:
    """A bulk import has far more records in one second than a page holds; it is read once, then the cycle is quiet."""
    account = await open_account(names=[name])
    await account.cycle()
    kit.add(account, name, 700)
    await account.cycle(name)
    assert [] == account.differences()
    await account.settle()
    assert 1 == await account.asked(name)


@pytest.mark.parametrize("name", ["clients", "case_updates", "fields"])
async def test_accounts_without_counts_are_read_whole_too(open_account: Open, name: str) -> None:
    """``mode=count`` is answered 400: a second pass proves the walk, and deletions come to light by the sweep."""
    account = await open_account(
        names=[name], cases=30, rows={name: 350}, settings=Settings(rate=None, has_count=False)
    )
    await account.cycle()
    assert [] == account.differences()
    gone = kit.remove(account, name, 3)
    account.clock.turn(1.1 * DAY)
    await account.sweep()
    assert gone == [key[0] for key in account.tombstones(name)]
    await account.converges()


@every_timed
async def test_the_cursor_is_the_vendors_clock_when_the_walk_began_even_when_nothing_came(
    open_account: Open, name: str
) -> None:
    """It stands with the rows, and moves in quiet cycles too."""
    account = await open_account(names=[name])
    await account.cycle()
    began = account.clock.now()
    assert began.isoformat(timespec="seconds")[:16] == account.cursor(name)["at"][:16]
    account.clock.turn(3 * HOUR)
    await account.cycle()
    assert (account.clock.now()).isoformat(timespec="seconds")[:16] == account.cursor(name)["at"][:16]


@pytest.mark.parametrize("name", ["clients", "cases", "case_updates"])
async def test_v16_a_late_row_is_found_within_the_lookback_and_later_by_the_daily_count(
    open_account: Open, name: str
) -> None:
    account = await open_account(names=[name])
    await account.cycle()
    account.clock.turn(2 * HOUR)
    soon = account.vendor.content.late(name, seconds=300)
    account.clock.turn(120)
    # The cursor is younger than that row by now, which is still to come.
    await account.cycle()
    assert soon["id"] not in {row["id"] for row in account.query(f"SELECT id FROM {account.collection(name).table}")}
    account.clock.turn(240)
    await account.cycle()
    assert [] == account.differences()
    account.vendor.content.late(name, seconds=3 * HOUR)
    for _ in range(4):
        account.clock.turn(HOUR)
        await account.cycle()
    account.clock.turn(DAY)
    await account.cycle()
    assert [] == account.differences()


@pytest.mark.parametrize("ahead_s", [-HOUR, -600, 600, HOUR])
async def test_c1_a_clock_ahead_or_behind_loses_no_row(open_account: Open, ahead_s: float) -> None:
    """The cursor is the vendor's time, whatever ours shows."""
    account = await open_account(names=["clients", "case_updates"])
    account.clock.skew = kit.timedelta(seconds=ahead_s)
    await account.cycle()
    for _ in range(3):
        kit.add(account, "clients")
        kit.change(account, "case_updates")
        account.clock.turn(0.3 * HOUR)
        await account.cycle()
        assert [] == account.differences()


async def test_c3_a_clock_a_day_behind_the_cursor_asks_nothing(open_account: Open) -> None:
    """The run is refused with a sentence that names both times, and the cursor stays."""
    account = await open_account(names=["clients"])
    await account.cycle()
    before = account.cursor("clients")
    account.clock.skew = kit.timedelta(days=-20_000)
    account.vendor.log.clear()
    result = await account.read("clients")
    assert "failed" == result.state
    assert "clock" in str(result.error)
    assert 0 == account.vendor.log.count()
    assert before == account.cursor("clients")


@every
async def test_v14_rows_that_move_while_they_are_read_converge(open_account: Open, name: str) -> None:
    """Rows change, appear, vanish and come back between any two requests; then the account is quiet."""
    account = await open_account(names=[name], cases=25, rows={name: 230})
    account.vendor.switch.churn(2.0, seed=COLLECTIONS.index(name))
    await account.cycle()
    account.clock.turn(0.3 * HOUR)
    await account.cycle()
    account.clock.turn(0.3 * HOUR)
    await account.converges()


@both
async def test_v14_a_whole_account_that_changes_all_the_time_converges_when_it_rests(open_account: Open) -> None:
    account = await open_account(cases=10)
    account.vendor.switch.churn(0.7, seed=3)
    for _ in range(3):
        await account.cycle()
        account.clock.turn(0.25 * HOUR)
    await account.converges()


async def test_a_walk_is_never_bounded_above_by_time_of_change(open_account: Open) -> None:
    """A record changed in mid-walk would leave the set, and another would slip past the page edge."""
    account = await open_account(cases=6)
    await account.cycle()
    account.clock.turn(DAY + HOUR)
    await account.cycle()
    assert 0 == account.vendor.log.count(query="updated_to")
    assert 0 == account.vendor.log.count(query="dir=desc")
    assert account.vendor.log.count(query="updated_from")
