"""Records of the vendors of fleets that surprise, vanish or may not be seen: what becomes of their rows."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from syncd.collection import Absence, Listing, Windows
from syncd.vendors import VENDORS
from tests import oracle
from tests.accounts import Open
from tests.contract.test_fleets import all_well, fleets
from tests.kit import HOUR, Account

Record = dict[str, Any]
FLEETS = ("trackunit", "itrack", "trackier")
EVERY = [(vendor, collection.name) for vendor in FLEETS for collection in VENDORS[vendor].collections]
LISTED = [
    (vendor, one.name) for vendor in FLEETS for one in VENDORS[vendor].collections if isinstance(one.strategy, Listing)
]
every = pytest.mark.parametrize("vendor_name, name", EVERY)
# What stands in no table of the stand-in by itself but follows from something else.
FOLLOWS = {
    "unit_extended_info", "user", "readings", "tracker_states", "driver_assignments", "tracker_statuses",
    "custom_fields",
}  # fmt: skip
CALLS_OF_ALL = {"units", "clients", "categories", "user", "trackers"}
"""Who may not read these may read nothing."""


def told(value: Any) -> Any:
    """A JSON column's value, of either database."""
    return json.loads(value) if isinstance(value, str) else value


def declared(vendor: str, name: str) -> Record:
    """What the catalogue says of a collection."""
    found: Record = next(one for one in oracle.vendor(vendor)["collections"] if one["name"] == name)
    return found


@fleets
async def test_v21_unknown_members_are_kept_beside_the_row(open_account: Open) -> None:
    account = await open_account()
    found = {"new_member": {"deep": [1, "two", None]}, "anotherOne": "ü"}
    account.vendor.switch.mutate(lambda record: record | found)
    assert all_well(await account.cycle())
    assert [] == account.differences()
    for name in account.names:
        rows = account.query(f"SELECT _syncd_extra FROM {account.collection(name).table}")
        # A server's counters are read among the readings, whose rows keep what is not known of them; who drives is
        # told by the members of an answer that is no record of its own. Payments are the other list of an answer.
        wanted = {} if name in {"counters", "driver_assignments", "publisher_payments"} else found
        for row in rows:
            extra = told(row["_syncd_extra"]) or {}
            assert wanted == {member: extra[member] for member in wanted if member in extra}, name


def key_members(vendor: str, name: str) -> list[str]:
    """Where a record's key stands in it; nothing where it is known from the question, or comes among other records."""
    entry = declared(vendor, name)
    return [
        path
        for column in entry["columns"]
        if column["name"] in entry["key"]
        and column["source"] is not None
        and name not in {"counters", "publisher_payments"}
        for path in (column["source"], *column.get("aliases", ()))
    ]


@pytest.mark.parametrize("vendor_name, name", [(v, name) for v, name in EVERY if key_members(v, name)])
async def test_v20_a_record_without_a_key_is_set_aside_and_the_others_go_on(
    open_account: Open, vendor_name: str, name: str
) -> None:
    members = key_members(vendor_name, name)
    account = await open_account(names=[name])
    spoiled: list[Record] = []

    def spoil(record: Record) -> Record:
        inner = record.get("form", record)
        # Some lists are asked for twice, and some calls bring other records too.
        if members[0] not in inner or spoiled not in ([], [inner]):
            return record
        spoiled[:] = [dict(inner)]
        without = {member: value for member, value in inner.items() if member not in members}
        return record | {"form": without} if "form" in record else without

    account.vendor.switch.mutate(spoil, path=path_of(account, name))
    results = await account.cycle()
    # A list that is read whole proves nothing gone while one of its records cannot be told from others.
    is_listing = isinstance(account.collection(name).strategy, Listing)
    assert results[name].state == ("held" if is_listing else "ok")
    assert 1 == len(spoiled)
    whole = [reject for reject in account.rejects() if reject["column_name"] is None and reject["collection"] == name]
    assert 1 == len(whole)
    await account.converges()
    assert [] == account.rejects()


def path_of(account: Account, name: str) -> str:
    """Where a collection's records come from, as the stand-in's switchboard knows it."""
    return re.sub(r"\{\w+\}", "*", account.collection(name).path.rstrip("/"))


def vanish(account: Account, name: str, number: int = 1) -> int:
    """Records of a collection that are gone at the vendor; how many."""
    content = account.vendor.content
    if account.declared.name == "trackunit" and name not in content.tables:
        for unit in list(content.tables["units"])[:number]:
            collection = "unit_history" if name == "key_history" else name
            content.erase(unit, collection=collection, ago=3 * 24 * HOUR)
        return number
    keys = list(content.tables[name])[:number]
    for key in keys:
        content.delete(name, key)
    return len(keys)


@pytest.mark.parametrize(
    "vendor_name, name",
    [
        (vendor, name)
        for vendor, name in EVERY
        if declared(vendor, name)["absence"] == "tombstone" and name not in FOLLOWS
    ],
)
async def test_a_record_that_is_gone_is_a_tombstone_after_a_sweep(
    open_account: Open, vendor_name: str, name: str
) -> None:
    account = await open_account(names=[name])
    await account.cycle()
    live = account.live(name)
    vanish(account, name)
    account.clock.turn(HOUR)
    results = await account.sweep()
    if "held" == results[name].state:  # it was the only one
        assert live == account.live(name)
        account.clock.turn(HOUR)
        results = await account.sweep()
    assert all_well(results)
    assert live - 1 >= account.live(name)
    assert live - account.live(name) == len(account.tombstones(name))
    assert [] == account.differences()
    await account.converges()


@pytest.mark.parametrize("name", ["unit_history", "can_history", "active_faults", "key_history"])
@pytest.mark.parametrize("vendor_name", ["trackunit"])
async def test_a_message_that_is_gone_leaves_no_row(open_account: Open, vendor_name: str, name: str) -> None:
    assert vendor_name
    account = await open_account(names=[name], units=3, rows_per_day=20, can_per_day=2, faults_per_day=4, extended=1)
    await account.cycle()
    assert Absence.REMOVE is account.collection(name).absence
    rows = account.live(name)
    for unit in account.vendor.content.tables["units"]:
        source = "unit_history" if name == "key_history" else name
        account.vendor.content.erase(unit, collection=source, ago=24 * HOUR)
    account.clock.turn(HOUR)
    await account.sweep()
    assert rows > account.live(name) or name == "key_history"
    assert account.live(name) == account.query(f"SELECT count(*) AS n FROM {account.collection(name).table}")[0]["n"]
    assert [] == account.differences()
    await account.converges()


LOGS = [
    (vendor, one.name) for vendor in FLEETS for one in VENDORS[vendor].collections
    if isinstance(one.strategy, Windows) and one.absence is Absence.KEEP
    and one.strategy.parents is None and not one.strategy.replaces
]  # fmt: skip


@pytest.mark.parametrize("vendor_name, name", LOGS)
async def test_what_a_log_no_longer_lists_stays(open_account: Open, vendor_name: str, name: str) -> None:
    account = await open_account(names=[name])
    await account.cycle()
    live = account.live(name)
    if vendor_name == "trackunit":
        account.vendor.content.erase("", collection=name)
    else:
        account.vendor.content.delete(name, account.vendor.content.ids(name)[0])
    account.clock.turn(HOUR)
    assert all_well(await account.sweep())
    assert live == account.live(name)


COUNTED = [
    *(("itrack", name) for name in ("places", "employees", "forms", "tasks", "checkins")),
    *(("trackier", name) for name in (
        "publishers", "advertisers", "campaign_access", "coupons", "deals", "postbacks", "smart_links", "invoices",
        "conversions", "impressions", "postback_sent_logs", "campaign_timelines",
    )),
]  # fmt: skip


@pytest.mark.parametrize("vendor_name, name", COUNTED)
async def test_v18_a_list_that_stays_shorter_than_its_count_is_stored_but_never_called_whole(
    open_account: Open, vendor_name: str, name: str
) -> None:
    """What came is there, nothing is concluded from what did not, and the run says that something may be missing."""
    account = await open_account(names=[name], **({"more": 'since = "20d"'} if vendor_name == "trackier" else {}))
    rule = account.vendor.switch.fail("lying_count", off_by=2, path=path_of(account, name))
    for _ in range(2):
        results = await account.cycle()
        assert "held" == results[name].state
        assert "counts other records than it lists" in str(results[name].error)
        assert [] == account.differences()
        account.clock.turn(1.1 * HOUR)
    account.vendor.switch.remove(rule)
    account.clock.turn(25 * HOUR)
    assert "ok" == (await account.cycle())[name].state
    assert [] == account.differences()
    await account.converges()


@pytest.mark.parametrize(
    "name", ["campaign_access", "coupons", "deals", "invoices", "conversions", "postback_sent_logs"]
)
@pytest.mark.parametrize("vendor_name", ["trackier"])
async def test_v18_a_count_below_what_there_is_ends_no_list_and_costs_no_row(
    open_account: Open, vendor_name: str, name: str
) -> None:
    """The pages that it counts are full: there may be more, and what is on those is no less there."""
    assert vendor_name
    account = await open_account(names=[name], more='since = "20d"', coupons=6, deals=6, invoices_per_day=2)
    assert all_well(await account.cycle())
    account.vendor.settings.clamp = 2
    account.vendor.switch.fail("lying_count", off_by=-2, path=path_of(account, name))
    before = account.picture()
    account.clock.turn(HOUR)
    assert (await account.sweep(name))[name].state in {"held", "partial"}
    assert before == account.picture()
    await account.converges()


@pytest.mark.parametrize("vendor_name", ["itrack"])
@pytest.mark.parametrize("is_read_before", [True, False])
async def test_a_form_is_out_of_reach_with_what_tells_of_it_and_back_with_it(
    open_account: Open, is_read_before: bool
) -> None:
    """Nobody learns of a form whose task, route or check-in is gone; one that was read stays, as the catalogue says."""
    account = await open_account(names=["forms"])
    content = account.vendor.content
    stop = content.insert("tasks", type="route")["checkpoint_ids"][0]
    route = next(row["id"] for row in content.rows("tasks") if stop in row.get("checkpoint_ids", ()))
    task, checkin = content.insert("tasks")["id"], content.insert("checkins")["id"]
    forms = [content.insert("forms", **about)["id"] for about in (
        {"task_id": stop}, {"task_id": task}, {"checkin_id": checkin},
    )]  # fmt: skip
    content.update("checkins", checkin, form_id=forms[-1], form_label="Formular")
    parents = (("tasks", route), ("tasks", task), ("checkins", checkin))
    if is_read_before:
        await account.cycle()
    for table, key in parents:
        content.delete(table, key)
    await account.converges()
    assert (set(forms) if is_read_before else set()) == set(forms) & held(account)
    for table, key in parents:
        content.recover(table, key)
    await account.converges()
    assert set(forms) <= held(account)


def held(account: Account) -> set[int]:
    """The numbers of the forms that the copy has."""
    return {row["id"] for row in account.query("SELECT id FROM itrack_forms WHERE _syncd_deleted_at IS NULL")}


@pytest.mark.parametrize("vendor_name, name", [one for one in LISTED if one[1] != "driver_assignments"])
async def test_v10_an_empty_answer_where_there_were_rows_is_held_and_costs_none(
    open_account: Open, vendor_name: str, name: str
) -> None:
    """Of parents that have their own questions, those that were empty before stay so."""
    assert vendor_name
    account = await open_account(names=[name])
    await account.cycle()
    before = account.picture()
    account.clock.turn(HOUR)
    account.vendor.switch.fail("short", path=path_of(account, name))
    await account.sweep(name)
    assert account.picture()[account.collection(name).table] == before[account.collection(name).table]
    await account.converges()
    assert account.tombstones(name) == []


@pytest.mark.parametrize("vendor_name, name", [(v, name) for v, name in EVERY if name not in CALLS_OF_ALL])
async def test_what_the_account_lacks_is_unavailable_and_no_failure(
    open_account: Open, vendor_name: str, name: str
) -> None:
    account = await open_account(names=[name])
    path, settings = account.collection(name).path, account.vendor.settings
    if vendor_name == "trackunit":
        settings.refused[path.lower()] = 403
    elif vendor_name == "trackier":
        settings.denied.append("publisher_transactions" if name == "publisher_payments" else name)
    else:
        for call in {"counters": ("tracker/readings/batch_list", "tracker/get_counters")}.get(name, (path.strip("/"),)):
            settings.missing[call] = 236
    results = await account.cycle()
    assert "ok" == results[name].state, results[name].error
    assert "unavailable" == account.state(name)["state"]
    getattr(settings, {"trackunit": "refused", "trackier": "denied"}.get(vendor_name, "missing")).clear()
    account.clock.turn(25 * HOUR)
    assert all_well(await account.cycle())
    assert "unavailable" != account.state(name)["state"]
    assert [] == account.differences()
