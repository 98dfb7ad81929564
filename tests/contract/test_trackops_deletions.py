"""Rows that vanish at the vendor: found exactly, held when in doubt, never on a lying answer, revived when seen."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import parse_qs

import psycopg
import pytest

from syncd.standin.trackops.world import Key
from tests import kit
from tests.accounts import Open, both
from tests.kit import COLLECTIONS, DAY, HOUR, TIMED, Account

every = pytest.mark.parametrize("name", COLLECTIONS)
every_timed = pytest.mark.parametrize("name", TIMED)

# Answers that lie about what there is, each in force for a whole sweep.
LIES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("empty_first", {}),
    ("fewer", {}),
    ("short", {"records": 5}),
    ("close_delimited", {"records": 4}),
    ("cut_body", {}),
    ("cut_chunked", {}),
    ("reset", {}),
    ("html", {}),
    ("empty", {}),
    ("no_content", {}),
    ("wrong_kind", {}),
    ("unsuccessful", {}),
    ("status", {"status": 404}),
    ("status", {"status": 500}),
)


def keys(found: list[tuple[int, ...]]) -> list[Key]:
    """Keys as the stand-in has them."""
    return [key[0] if len(key) == 1 else (key[0], key[1]) for key in found]


def months_read(account: Account, name: str) -> set[str]:
    """The months of the ranges that were read again: pages asked for with an end of the time of making."""
    strategy = account.collection(name).strategy
    made_to = getattr(strategy, "made_to", "")
    found = set()
    for entry in account.vendor.log.entries:
        asked = parse_qs(entry.query)
        if made_to in asked and "mode" not in asked:
            found.add(asked[made_to][0][:7])
    return found


@every
async def test_a_deletion_is_found_by_the_sweep_and_by_nothing_before(open_account: Open, name: str) -> None:
    account = await open_account(names=[name], cases=12)
    await account.cycle()
    gone = kit.remove(account, name, 2)
    if name in TIMED:
        account.clock.turn(HOUR)
        await account.cycle()
        assert [] == account.tombstones(name)
    await account.sweep()
    assert gone == keys(account.tombstones(name))
    assert [] == account.differences()


@every_timed
async def test_a_deletion_is_found_a_day_later_within_the_months_that_differ(open_account: Open, name: str) -> None:
    """By one count, counts of halves of the time, and a second reading of no other months."""
    account = await open_account(names=[name], cases=20, rows={name: 60})
    await account.cycle()
    rows = account.vendor.content.rows(name)
    made = getattr(account.collection(name).strategy, "made", "")
    chosen = (rows[3], rows[40])
    gone = sorted((kit.key_of(name, row) for row in chosen), key=lambda key: key if isinstance(key, tuple) else (key,))
    for key in gone:
        account.vendor.content.delete(name, key)
    account.clock.turn(1.05 * DAY)
    if name in kit.TOGETHER:
        await account.cycle("cases")
    account.vendor.log.clear()
    await account.cycle(name)
    assert gone == keys(account.tombstones(name))
    assert months_read(account, name) <= {f"{row[made]:%Y-%m}" for row in chosen}
    assert account.vendor.log.count(query="mode=count") <= 30
    assert [] == account.differences()
    account.clock.turn(1.05 * DAY)
    account.vendor.log.clear()
    await account.cycle(name)
    assert {"count": 1, "all": 2} == {
        "count": account.vendor.log.count(query="mode=count"),
        "all": account.vendor.log.count(),
    }


@every
async def test_v10_v11_v8_n5_n6_no_answer_that_lies_deletes_a_row(open_account: Open, name: str) -> None:
    """Empty, cut, garbled, or 59 % smaller, for a whole sweep: all rows stay, a clean sweep mends nothing."""
    account = await open_account(names=[name], cases=10, rows={name: 40})
    await account.cycle()
    before = account.picture()
    # The list alone lies: for a row that the vendor says is gone (404), single records would be the truth.
    path = account.collection(name).path
    for kind, options in LIES:
        rule = account.vendor.switch.fail(kind, path=path, **options)
        await account.sweep(name)
        account.vendor.switch.remove(rule)
        account.clock.turn(0.2 * HOUR)
        assert [] == account.tombstones(name), kind
    assert before == account.picture()
    await account.converges()


@both
async def test_v10_v11_lies_that_last_an_hour_and_are_told_twice_still_delete_nothing_that_is_there(
    open_account: Open,
) -> None:
    """Lists and counts agree with each other for hours; but single records are still served."""
    account = await open_account(names=["clients"], rows={"clients": 150})
    await account.cycle()
    for kind in ("fewer", "empty_first"):
        rule = account.vendor.switch.fail(kind, path="/clients")
        for _ in range(3):
            account.clock.turn(1.1 * HOUR)
            await account.sweep()
            assert [] == account.tombstones("clients")
        account.vendor.switch.remove(rule)
    await account.converges()


@both
@pytest.mark.parametrize(
    "name, left", [("subjects", 10), ("fields", 10), ("case_update_notifications", 10), ("clients", 0)]
)
async def test_many_deletions_are_held_until_an_hour_later_they_are_found_again(
    open_account: Open, name: str, left: int
) -> None:
    account = await open_account(names=[name], cases=10, rows={name: 40})
    await account.cycle()
    kit.remove(account, name, 40 - left)
    result = await account.read(name, kit.RunKind.SWEEP)
    assert "held" == result.state
    assert [] == account.tombstones(name)
    assert "held" == account.query(f"SELECT state FROM syncd_freshness WHERE collection = '{name}'")[0]["state"]
    account.clock.turn(0.5 * HOUR)
    assert "held" == (await account.read(name, kit.RunKind.SWEEP)).state
    assert [] == account.tombstones(name)
    account.clock.turn(0.6 * HOUR)
    assert "ok" == (await account.read(name, kit.RunKind.SWEEP)).state
    assert 40 - left == len(account.tombstones(name))
    assert [] == account.differences()


async def test_what_is_held_is_read_again_by_itself_when_the_hour_is_over(open_account: Open) -> None:
    account = await open_account(names=["clients"], rows={"clients": 60})
    await account.cycle()
    kit.remove(account, "clients", 30)
    await account.sweep()
    account.clock.turn(0.25 * HOUR)
    assert "ok" == (await account.read("clients")).state
    assert "held" == account.query("SELECT state FROM syncd_freshness WHERE collection = 'clients'")[0]["state"]
    account.clock.turn(0.9 * HOUR)
    result = await account.read("clients")
    assert ("sweep", "ok") == (result.kind, result.state)
    assert 30 == len(account.tombstones("clients"))


async def test_what_is_held_waits_anew_when_other_rows_are_missing(open_account: Open) -> None:
    account = await open_account(names=["clients"], rows={"clients": 60})
    await account.cycle()
    kit.remove(account, "clients", 30)
    await account.sweep()
    account.clock.turn(1.1 * HOUR)
    kit.remove(account, "clients", 5)
    assert "held" == (await account.sweep())["clients"].state
    assert [] == account.tombstones("clients")
    account.clock.turn(1.1 * HOUR)
    assert "ok" == (await account.sweep())["clients"].state
    assert [] == account.differences()


@both
async def test_a_person_can_apply_what_is_held_at_once(open_account: Open) -> None:
    account = await open_account(names=["clients"], rows={"clients": 60})
    await account.cycle()
    kit.remove(account, "clients", 60)
    assert "held" == (await account.sweep())["clients"].state
    assert "ok" == (await account.sweep(allow_deletes=True))["clients"].state
    assert 60 == len(account.tombstones("clients"))
    await account.converges()


async def test_more_than_two_hundred_deletions_are_confirmed_by_a_part_of_them(open_account: Open) -> None:
    account = await open_account(names=["clients"], rows={"clients": 600})
    await account.cycle()
    kit.remove(account, "clients", 300)
    await account.sweep()
    account.clock.turn(1.1 * HOUR)
    account.vendor.log.clear()
    assert "ok" == (await account.sweep())["clients"].state
    assert 300 == len(account.tombstones("clients"))
    assert account.vendor.log.count(status=404) <= 200
    assert [] == account.differences()


@pytest.mark.parametrize("name", [name for name in COLLECTIONS if name != "case_status_history"])
async def test_a_recovered_record_is_live_again(open_account: Open, name: str) -> None:
    """At the next cycle when its time of change moved, else by the count of the day (a snapshot sees it at once)."""
    account = await open_account(names=[name], cases=12)
    await account.cycle()
    first, second = kit.remove(account, name, 2)
    await account.sweep()
    content = account.vendor.content
    account.clock.turn(HOUR)
    touched = "updated_at" in account.collection(name).stored[-1].name
    content.recover(name, first, touch=touched)
    await account.cycle()
    if touched:
        assert [second] == keys(account.tombstones(name))
    content.recover(name, second, touch=False)
    account.clock.turn(1.05 * DAY)
    await account.cycle()
    assert [] == account.tombstones(name)
    assert [] == account.differences()


async def test_children_of_a_deleted_record_stay_and_its_live_view_hides_them(open_account: Open) -> None:
    account = await open_account(names=["cases"], cases=12)
    await account.cycle()
    case = next(row["casefile_id"] for row in account.query("SELECT casefile_id FROM trackops_case_custom_fields"))
    where = f"FROM trackops_case_custom_fields WHERE casefile_id = {case}"
    before = account.query(f"SELECT count(*) AS n {where}")[0]["n"]
    account.vendor.content.delete("cases", case)
    await account.sweep()
    assert before == account.query(f"SELECT count(*) AS n {where}")[0]["n"]
    assert 0 == account.query(f"SELECT count(*) AS n {where.replace('FROM ', 'FROM live_')}")[0]["n"]


async def test_a_case_takes_everything_of_it_along_and_brings_it_back(open_account: Open) -> None:
    account = await open_account(cases=12)
    await account.cycle()
    case = account.vendor.content.rows("cases")[4]["id"]
    account.vendor.content.delete("cases", case)
    account.clock.turn(1.05 * DAY)
    await account.cycle()
    account.clock.turn(1.05 * HOUR)
    await account.converges()
    account.vendor.content.recover("cases", case)
    account.clock.turn(1.05 * DAY)
    await account.cycle()
    assert [] == account.differences()


async def test_many_months_of_a_few_deletions_are_judged_together(open_account: Open) -> None:
    """Half of a collection gone, spread over all its months: found by the daily count, held like any other half."""
    account = await open_account(names=["tasks"], cases=20, rows={"tasks": 120})
    await account.cycle()
    rows = account.vendor.content.rows("tasks")
    for row in rows[::2]:
        account.vendor.content.delete("tasks", row["id"])
    account.clock.turn(1.05 * DAY)
    assert "held" == (await account.read("tasks")).state
    assert [] == account.tombstones("tasks")
    assert [] == sorted(months_read(account, "tasks"))


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
async def test_what_is_missing_is_found_in_seconds_whatever_the_planner_takes_the_staging_for(
    open_account: Open,
) -> None:
    """Statistics of an earlier walk had its staging looked through once for every row: minutes for a sweep."""
    account = await open_account(names=["clients"])
    await account.cycle()
    with psycopg.connect(account.url, autocommit=True) as server:
        server.execute("ALTER TABLE syncd_staged SET (autovacuum_enabled = off)")
        server.execute(
            "INSERT INTO trackops_clients (connection, id, _syncd_synced_at)"
            " SELECT 'acme', n, now() FROM generate_series(100001, 140000) n"
        )
        staged = "INSERT INTO syncd_staged SELECT {}, n::text, true FROM generate_series(100003, 140000) n"
        server.execute(staged.format(6))
        server.execute("ANALYZE syncd_staged, trackops_clients")
        server.execute("DELETE FROM syncd_staged")
        server.execute(staged.format(7))
    clients = account.collection("clients")
    found = await asyncio.wait_for(account.service.store.absent(kit.NAME, clients, 7, limit=1000), 10)
    assert len(account.vendor.content.rows("clients")) + 2 == found.count


@both
async def test_what_vanishes_behind_a_sweep_that_was_cut_short_is_found_by_its_end(open_account: Open) -> None:
    """The pages read before are not read again; that rows of them are gone meanwhile shows in the vendor's count."""
    account = await open_account(names=["clients"], rows={"clients": 450})
    await account.cycle()
    account.clock.turn(HOUR)
    rule = account.vendor.switch.fail("status", status=400, path="/clients", nth=6)
    assert "failed" == (await account.sweep())["clients"].state
    account.vendor.switch.remove(rule)
    assert account.cursor("clients")["walk"]["page"] > 2
    account.clock.turn(6 * HOUR)
    gone = kit.remove(account, "clients", 3)
    assert "ok" == (await account.sweep())["clients"].state
    assert gone == keys(account.tombstones("clients"))
    assert [] == account.differences()
