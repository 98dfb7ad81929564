"""Faults of vendors and networks on every way of reading a fleet: what is kept, what is concluded, what is said.

The ways: a list of the account, a question per parent, a batch of parents; windows of the account, of each parent, of a
batch, of whole days, and of pages chained by time. And those of an ad network: by the last id, parents in rotation,
numbered pages, tokens, a report.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import psycopg
import pytest

from syncd import steps
from syncd.collection import Windows
from syncd.errors import StoreBusy, StoreFull
from syncd.store import engine
from tests import kit, ledgers
from tests.accounts import Open, both
from tests.kit import DAY, HOUR, Account

SMALL: dict[str, dict[str, Any]] = {
    "trackunit": {"units": 3, "days": 5, "rows_per_day": 4, "can_per_day": 1, "extended": 1.0, "faults_per_day": 1},
    "itrack": {
        "trackers": 3, "days": 4, "trips_per_day": 2, "events_per_day": 3, "point_every_s": 1200, "blocked": 0,
        "clones": 0, "sensor_every_s": 14_400,
    },
    "trackier": {"campaigns": 3, "publishers": 3, "days": 4, "clicks_per_day": 4, "conversions_per_day": 4},
}  # fmt: skip
SINCE = {"trackunit": "20d", "itrack": "20d", "trackier": "6d"}
LONGER = {"conversions": {"more": 'since = "20d"'}, "report_daily": {"more": 'since = "90d"'}}
"""Where a few days are one question."""
LARGER: dict[str, dict[str, Any]] = {
    "campaigns": {"campaigns": 12}, "campaign_goals": {"campaigns": 12},
    "report_daily": {"campaigns": 9, "publishers": 9, "clicks_per_day": 20},
}  # fmt: skip
"""Where a few rows fit into the pages that an empty file has."""

# What is read how, and by which call.
WAYS = {
    "list": ("trackunit", "zones", "/Zone"),
    "each": ("trackunit", "unit_extended_info", "/GetUnitExtendedInfo"),
    "account": ("trackunit", "alarm_log", "/AlarmLog"),
    "windows": ("trackunit", "unit_history", "/Report/UnitHistory"),
    "days": ("trackunit", "unit_day_summaries", "/Report/UnitSummary"),
    "pages": ("itrack", "places", "/place/list"),
    "batch": ("itrack", "readings", "/tracker/readings/batch_list"),
    "merged": ("itrack", "tracks", "/track/list"),
    "chained": ("itrack", "events", "/history/*/list"),
    "batched": ("itrack", "mileage_daily", "/tracker/stats/mileage/read"),
    "last_id": ("trackier", "campaigns", "/v2/campaigns"),
    "rotation": ("trackier", "campaign_goals", "/v2/campaigns/*/goals"),
    "numbered": ("trackier", "conversions", "/v2/network/conversions"),
    "tokens": ("trackier", "clicks", "/v2/reports/clicks"),
    "report": ("trackier", "report_daily", "/v2/reports/custom"),
}


OF_NETWORK = tuple(way for way, (vendor, _, _) in WAYS.items() if vendor == "trackier")


def ways(*chosen: str) -> pytest.MarkDecorator:
    """These ways of reading, or all."""
    names = chosen or tuple(WAYS)
    return pytest.mark.parametrize("vendor_name, name, path", [WAYS[one] for one in names], ids=names)


fleets = pytest.mark.parametrize("vendor_name", ["trackunit", "itrack", "trackier"])


async def opened(open_account: Open, vendor_name: str, *names: str, **more: Any) -> Account:
    """A small account with these collections (and what they need), or all."""
    more = {"more": f'since = "{SINCE[vendor_name]}"', **SMALL[vendor_name], **more}
    return await open_account(names=list(names) or None, **more)


def no_traceback(account: Account) -> None:
    """Nothing that was logged, or noted of a run, comes from an error that nobody expected."""
    text = account.said.getvalue()
    assert "Traceback" not in text
    assert "run_crashed" not in text
    unexpected = "error LIKE '%Traceback%' OR error LIKE '%syncd does not know%'"
    assert [] == account.query(f"SELECT error FROM syncd_runs WHERE {unexpected}")
    assert [] == [name for name in account.vendor.secrets if account.vendor.credentials[name] in text]


def vouched(account: Account) -> None:
    """No ledger says more than the rows."""
    snapshot = account.vendor.content.snapshot()
    assert [] == ledgers.lost(account.url, snapshot, account.declared.name, account.names)


async def with_parents(account: Account, name: str) -> None:
    """What has to be read before a collection is known."""
    if needs := account.collection(name).needs:
        await account.cycle(*needs)


def known(account: Account, name: str) -> dict[str, list[list[str]]]:
    """What is known complete of a collection, by partition."""
    return ledgers.done(account.url, name)


def later(account: Account) -> None:
    """An hour on, every unit has sent something new."""
    account.clock.turn(HOUR)
    content = account.vendor.content
    if account.declared.name == "trackunit":
        for unit in list(content.tables["units"]):
            content.report(unit, 2)
    elif account.declared.name == "trackier":
        content.click(12)
        content.convert(2)
        for campaign in content.ids("campaigns"):
            content.update("campaigns", campaign, modified=content.moment())
    else:
        for tracker in content.ids("trackers"):
            content.drive(tracker, minutes=40)
    account.clock.turn(60)


# --- the network -----------------------------------------------------------------------------------------------------
@ways()
async def test_n5_a_body_cut_anywhere_is_asked_for_again_and_nothing_of_it_is_stored(
    open_account: Open, vendor_name: str, name: str, path: str
) -> None:
    account = await opened(open_account, vendor_name, name)
    for kind, options in (
        ("cut_body", {"at": 0}), ("cut_body", {"at": 0.9}), ("cut_chunked", {"at": 0.5}), ("reset", {"at": 0.1}),
        ("reset", {"at": 1}), ("drop", {}),
    ):  # fmt: skip
        account.vendor.switch.clear()
        rule = account.vendor.switch.fail(kind, nth=1, path=path, **options)
        account.clock.turn(HOUR)
        results = await account.sweep()
        assert {"ok"} == {result.state for result in results.values()}, kind
        assert 1 == rule.struck
        assert [] == account.differences(), kind
    no_traceback(account)


@both
@ways("batch", "windows", "chained", "rotation", "numbered", "tokens")
async def test_n5_a_network_that_cuts_every_body_moves_no_ledger_and_no_row(
    open_account: Open, vendor_name: str, name: str, path: str
) -> None:
    account = await opened(open_account, vendor_name, name)
    await account.cycle()
    before, done = account.picture(), known(account, name)
    later(account)
    account.vendor.switch.fail("cut_body", path=path)
    for kind in (kit.RunKind.CYCLE, kit.RunKind.SWEEP):
        assert "failed" == (await account.cycle(kind=kind))[name].state
    table = account.collection(name).table
    assert before[table] == account.picture()[table]
    assert done == known(account, name)
    vouched(account)
    await account.converges()
    no_traceback(account)


@ways("list", "each", "windows", "account", "days", "batch", "merged", "chained", "batched", *OF_NETWORK)
async def test_n6_sound_json_without_a_length_is_asked_for_again_before_it_counts(
    open_account: Open, vendor_name: str, name: str, path: str
) -> None:
    """What a closed connection cut off would be missing from a range that is called read."""
    account = await opened(open_account, vendor_name, name)
    account.vendor.switch.fail("close_delimited", records=1, path=path, nth=1)
    results = await account.cycle()
    assert {"ok"} == {result.state for result in results.values()}
    vouched(account)
    assert [] == account.differences()
    account.vendor.switch.clear()
    account.vendor.switch.fail("close_delimited", records=1, path=path, nth=1)
    account.clock.turn(HOUR)
    assert "ok" == (await account.read(name, kit.RunKind.SWEEP)).state
    assert [] == account.tombstones(name)
    assert [] == account.differences()


@fleets
async def test_n6_a_vendor_that_never_tells_a_length_is_read_whole(open_account: Open, vendor_name: str) -> None:
    account = await opened(open_account, vendor_name)
    account.vendor.switch.fail("close_delimited")
    assert {"ok"} == {result.state for result in (await account.cycle()).values()}
    assert [] == account.differences()


@ways("each", "windows", "chained", "days", *OF_NETWORK)
async def test_n7_a_request_that_the_library_sends_again_is_counted(
    open_account: Open, vendor_name: str, name: str, path: str
) -> None:
    account = await opened(open_account, vendor_name, name, **LONGER.get(name, {}))
    if name == "campaigns":
        account.vendor.settings.clamp = 1
    rule = account.vendor.switch.fail("drop", path=path, nth=(2, 3))
    results = await account.cycle()
    assert {"ok"} == {result.state for result in results.values()}
    assert rule.struck >= 1
    runs = [account.run_row(result) for result in results.values()]
    assert account.vendor.log.count() == sum(run["requests"] for run in runs)
    assert rule.struck == sum(run["retries"] for run in runs)
    assert [] == account.differences()


@ways("batch", "windows", "days", "chained", *OF_NETWORK)
async def test_n12_a_body_beyond_the_bound_is_left_at_the_bound_and_read_in_parts_or_reported(
    open_account: Open, vendor_name: str, name: str, path: str
) -> None:
    account = await opened(open_account, vendor_name, name, more=f'since = "{SINCE[vendor_name]}"\nmax_body = "1MB"')
    for kind in ("gzip_bomb", "huge"):
        account.vendor.switch.clear()
        account.vendor.switch.fail(kind, megabytes=3, path=path, nth=1)
        account.clock.turn(HOUR)
        result = await account.read(name, kit.RunKind.SWEEP)
        vouched(account)
        if name == "unit_day_summaries":  # which are asked for day by day: none is shorter
            assert result.state in {"ok", "partial"}
        elif name in ledgers.windowed(vendor_name, [name]):
            assert "ok" == result.state, result.error
            assert [] == account.differences()
        else:
            assert ("partial" if name == "campaign_goals" else "failed") == result.state  # others' goals came
    await account.converges()
    no_traceback(account)


# --- the vendor ------------------------------------------------------------------------------------------------------
@ways("windows", "batch", *OF_NETWORK)
@pytest.mark.parametrize("after", [{"retry_after": 40}, {"retry_date": 40.0}, {"retry_after": -5}, {}], ids=repr)
async def test_v1_a_vendor_that_says_too_fast_hears_nothing_meanwhile_and_loses_no_attempt(
    open_account: Open, vendor_name: str, name: str, path: str, after: dict[str, Any]
) -> None:
    account = await opened(open_account, vendor_name, name)
    account.vendor.switch.fail("status", status=429, path=path, times=6, **after)
    results = await account.cycle()
    assert {"ok"} == {result.state for result in results.values()}
    refused = [nth for nth, entry in enumerate(account.vendor.log.entries) if entry.status == 429]
    assert 6 == len(refused)
    if 40 in after.values():
        # Others may have been under way: the last one that was refused is followed by silence.
        gaps = account.vendor.log.gaps()[refused[-1] :]
        assert max(gaps[: account.reader.client.pace_of(path).parallel]) >= 38
    assert [] == account.differences()


@ways("batch", "merged", "chained", "batched", *OF_NETWORK)
async def test_v2_too_fast_in_the_body_of_a_200_is_the_same(
    open_account: Open, vendor_name: str, name: str, path: str
) -> None:
    account = await opened(open_account, vendor_name, name)
    of_itrack = {"success": False, "status": {"code": 15, "description": "Too many requests"}}
    told = of_itrack if vendor_name == "itrack" else {"errors": [{"code": "40"}]}
    rule = account.vendor.switch.fail("wrong_kind", value=told, path=path, times=6)
    assert {"ok"} == {result.state for result in (await account.cycle()).values()}
    assert 6 == rule.struck
    assert [] == account.differences()
    assert [event for event in map(json.loads, account.said.getvalue().splitlines()) if event["action"] == "held"]


@ways()
async def test_v4_one_failure_of_the_vendor_is_invisible(
    open_account: Open, vendor_name: str, name: str, path: str
) -> None:
    account = await opened(open_account, vendor_name, name)
    for status in (408, 500, 502, 503, 504):
        account.vendor.switch.clear()
        account.vendor.switch.fail("status", status=status, nth=1, path=path)
        account.clock.turn(HOUR)
        results = await account.sweep()
        assert {"ok"} == {result.state for result in results.values()}, status
        # Trackier says so that a range is too long: what can be halved is.
        is_halved = (
            vendor_name == "trackier" and status == 504 and isinstance(account.collection(name).strategy, Windows)
        )
        assert int(not is_halved) == sum(account.run_row(result)["retries"] for result in results.values())
    assert [] == account.differences()


@ways("each", "windows", "days", "batch", "merged", "chained", *OF_NETWORK)
async def test_v4_a_collection_that_fails_for_an_hour_leaves_the_others_alone_and_its_ledger_as_it_is(
    open_account: Open, vendor_name: str, name: str, path: str
) -> None:
    other = {"trackunit": "alarms", "itrack": "zones", "trackier": "coupons"}[vendor_name]
    account = await opened(open_account, vendor_name, name, other)
    await account.cycle()
    done = known(account, name)
    later(account)
    account.vendor.switch.fail("status", status=503, path=path)
    results = await account.cycle()
    assert "failed" == results[name].state
    assert {"ok"} == {result.state for one, result in results.items() if one != name}
    assert done == known(account, name)
    state = account.state(name)
    assert ("failed", "Unavailable", 1) == (state["state"], state["error_class"], state["failures"])
    account.vendor.switch.clear()
    account.clock.turn(HOUR)
    assert {"ok"} == {result.state for result in (await account.cycle()).values()}
    vouched(account)
    assert [] == account.differences()
    assert 0 == account.state(name)["failures"]
    no_traceback(account)


@both
@pytest.mark.parametrize(
    "vendor_name, name, path, refusal, says, more",
    [
        ("trackunit", "unit_history", "/Report/UnitHistory", {"kind": "status", "status": 401}, "token",
         {"units": 8, "more": 'since = "90d"'}),
        ("trackier", "clicks", "/v2/reports/clicks", {"kind": "error", "code": 102}, "api_key",
         {"days": 19, "more": 'since = "20d"\nparallel = 1'}),
    ],
    ids=["trackunit", "trackier"],
)  # fmt: skip
async def test_v5_a_secret_revoked_in_mid_walk_keeps_the_windows_that_were_read(
    open_account: Open, vendor_name: str, name: str, path: str, refusal: dict[str, Any], says: str, more: dict[str, Any]
) -> None:
    """The connection stops and says what to do; once it is valid again it goes on with the windows that are left."""
    account = await opened(open_account, vendor_name, name, **more)
    rule = account.vendor.switch.fail(path=path, nth=range(7, 1000), **refusal)
    results = await account.cycle()
    assert ("failed", "Unauthorized") == (results[name].state, type(results[name].error).__name__)
    (connection,) = account.query("SELECT state, message FROM syncd_connections")
    assert "stopped" == connection["state"]
    assert says in connection["message"]
    vouched(account)
    kept = windows_asked(account, path, 200)
    assert 0 < len(kept) <= 6
    account.vendor.switch.remove(rule)
    account.vendor.log.clear()
    account.clock.turn(1.1 * HOUR)
    assert {"ok"} == {result.state for result in (await account.cycle()).values()}
    stored = sum(len(ranges) > 0 for ranges in known(account, name).values())
    assert more.get("units", 1) == stored
    assert kept.isdisjoint(windows_asked(account, path))
    assert [] == account.differences()
    no_traceback(account)


def windows_asked(account: Account, path: str, status: int | None = None) -> set[str]:
    """The questions to *path* that were asked, and answered so."""
    return {
        entry.query
        for entry in account.vendor.log.entries
        if entry.path.endswith(path) and status in {None, entry.status}
    }


@both
@pytest.mark.parametrize("vendor_name", ["itrack"])
async def test_v5_a_session_lost_in_mid_walk_is_opened_once_more_and_the_walk_goes_on(
    open_account: Open, vendor_name: str
) -> None:
    """Whatever is under way together: one login, no window asked twice by more than those in flight."""
    account = await opened(open_account, vendor_name, "events", "tracks", "readings", "mileage_daily")
    asked = 0

    def expire(content: Any) -> None:
        nonlocal asked
        asked += 1
        if asked == 12:
            content.expire_sessions()

    account.vendor.switch.between(expire)
    assert {"ok"} == {result.state for result in (await account.cycle()).values()}
    assert asked > 12
    assert 2 == account.vendor.content.logins
    assert [] == account.differences()
    vouched(account)


NO_ANSWERS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("html", {}), ("empty", {}), ("no_content", {}), ("wrong_kind", {"value": 7}),
)  # fmt: skip


@ways("list", "each", "windows", "days", "batch", "merged", "chained", "batched", *OF_NETWORK)
async def test_v8_an_answer_that_is_none_moves_no_ledger_and_deletes_no_row(
    open_account: Open, vendor_name: str, name: str, path: str
) -> None:
    account = await opened(open_account, vendor_name, name)
    await account.cycle()
    table = account.collection(name).table
    rows, done = account.picture()[table], known(account, name)
    for kind, options in NO_ANSWERS:
        later(account)
        account.vendor.switch.clear()
        account.vendor.switch.fail(kind, path=path, **options)
        for run in (kit.RunKind.CYCLE, kit.RunKind.SWEEP):
            result = (await account.cycle(kind=run))[name]
            assert result.state in {"failed", "partial"}, (kind, result)
        assert rows == account.picture()[table]
        assert done == known(account, name)
    await account.converges()
    no_traceback(account)


@ways("list", "each", "windows", "days", "batch", "merged", "chained", "batched", *OF_NETWORK)
async def test_v9_a_200_that_says_no_is_no_answer(open_account: Open, vendor_name: str, name: str, path: str) -> None:
    account = await opened(open_account, vendor_name, name)
    await account.cycle()
    table = account.collection(name).table
    rows, done = account.picture()[table], known(account, name)
    later(account)
    if vendor_name == "itrack":
        account.vendor.switch.fail("wrong_kind", path=path, value={"success": False, "status": {"code": 999}})
    elif vendor_name == "trackier":
        account.vendor.switch.fail("wrong_kind", path=path, value={"success": False, "errors": [{"code": "999"}]})
    else:
        account.vendor.switch.fail("error", path=path, code="argumentNull", status=200)
    result = (await account.cycle())[name]
    assert result.state in {"failed", "partial"}, result
    assert rows == account.picture()[table]
    assert done == known(account, name)
    await account.converges()
    no_traceback(account)


@both
@ways("list", "windows", "chained", *OF_NETWORK)
async def test_v19_a_record_that_comes_twice_is_one_row_in_the_end(
    open_account: Open, vendor_name: str, name: str, path: str
) -> None:
    """Rows that have no id cannot be told from two: the next look at the window replaces them."""
    account = await opened(open_account, vendor_name, name)
    account.vendor.switch.fail("duplicate", path=path)
    assert {"ok"} == {result.state for result in (await account.cycle()).values()}
    if name not in {"unit_history", "alarm_log"}:
        assert [] == account.differences()
    account.vendor.switch.clear()
    account.clock.turn(HOUR)
    await account.sweep()
    account.clock.turn(2 * HOUR)
    await account.sweep()
    assert [] == account.differences()
    await account.converges()


KEYS = {
    "zones": "id", "unit_history": "time", "alarm_log": "time", "places": "id", "tracks": "id", "events": "id",
    "campaigns": "id", "campaign_goals": "_id", "conversions": "id", "clicks": "id", "report_daily": "created",
}  # fmt: skip


@ways("list", "pages", "windows", "merged", "chained", *OF_NETWORK)
async def test_v20_records_without_a_key_fail_the_run_before_its_ledger_moves(
    open_account: Open, vendor_name: str, name: str, path: str
) -> None:
    more = {"unit_history": {"rows_per_day": 24}, "tracks": {"trips_per_day": 9}}.get(name, {})
    account = await opened(open_account, vendor_name, name, **more)
    await account.cycle()
    done, live = known(account, name), account.live(name)
    later(account)
    account.vendor.switch.fail("rename", old=KEYS[name], new="another", path=path)
    for kind in (kit.RunKind.CYCLE, kit.RunKind.SWEEP):
        result = (await account.cycle(kind=kind))[name]
        assert result.state in {"failed", "held", "partial"}, result
    # The past of a tracker that was silent may be read besides, and hold nothing.
    assert done == {partition: ranges for partition, ranges in known(account, name).items() if partition in done}
    assert live == account.live(name)
    await account.converges()
    assert [] == account.rejects()
    no_traceback(account)


VALUES = {"zones": ("name", "name"), "unit_history": ("km", "km"), "tracks": ("length", "length"),
          "events": ("message", "message"), "readings": ("value", "value"), "campaigns": ("title", "title"),
          "campaign_goals": ("title", "title"), "conversions": ("payout", "payout"), "clicks": ("country", "country"),
          "report_daily": ("grossClicks", "gross_clicks")}  # fmt: skip


@ways("list", "windows", "merged", "chained", *OF_NETWORK)
async def test_v20_a_member_renamed_removed_or_of_another_type_leaves_its_column_null(
    open_account: Open, vendor_name: str, name: str, path: str
) -> None:
    member, column = VALUES[name]
    account = await opened(open_account, vendor_name, name)
    options: dict[str, dict[str, Any]] = {
        "rename": {"old": member, "new": "another"},
        "remove": {"member": member},
        "replace_value": {"member": member, "value": {"day": [1]}},
    }
    table, is_text = account.collection(name).table, account.collection(name).column(column).kind.value == "text"
    filled = f"SELECT 1 AS one FROM {table} WHERE {column} IS NOT NULL"
    for kind, about in options.items():
        account.vendor.switch.fail(kind, path=path, **about)
        later(account)
        assert "ok" == (await account.sweep())[name].state
        if not (kind == "replace_value" and is_text):  # of a text the JSON is kept
            assert [] == account.query(filled)
        await account.converges()
        assert account.query(filled)


@ways("list", "each", "account", "windows", "days", "pages", "merged", "chained", *OF_NETWORK)
async def test_v21_unknown_members_are_kept_beside_the_row(
    open_account: Open, vendor_name: str, name: str, path: str
) -> None:
    account = await opened(open_account, vendor_name, name)
    found = {"new_member": {"deep": [1, "two", None]}, "another": "ü"}
    account.vendor.switch.mutate(lambda record: record | found, path=path)
    assert {"ok"} == {result.state for result in (await account.cycle()).values()}
    assert [] == account.differences()
    rows = account.query(f"SELECT _syncd_extra FROM {account.collection(name).table}")
    assert rows
    for row in rows:
        extra = row["_syncd_extra"]
        extra = json.loads(extra) if isinstance(extra, str) else extra
        assert found == {member: extra[member] for member in found}


# --- batches ---------------------------------------------------------------------------------------------------------
@both
@pytest.mark.parametrize("vendor_name", ["itrack"])
@pytest.mark.parametrize(
    "name, path", [("readings", "/tracker/readings/batch_list"), ("mileage_daily", "/tracker/stats/mileage/read")]
)
async def test_one_tracker_that_spoils_its_batch_costs_the_others_nothing(
    open_account: Open, vendor_name: str, name: str, path: str
) -> None:
    """Blocked after the trackers were listed: its batch is halved until it stands alone, and its rows stay."""
    account = await opened(open_account, vendor_name, name, trackers=7)
    await account.cycle()
    bad = account.vendor.content.ids("trackers")[2]
    mine = f"SELECT * FROM {account.collection(name).table} WHERE tracker_id = {bad} ORDER BY 1, 2, 3, 4"
    before = account.query(mine)
    assert before
    later(account)
    account.vendor.content.block(bad)
    result = await account.read(name, kit.RunKind.SWEEP)
    assert "ok" == result.state, result
    assert before == account.query(mine)
    assert 2 * 3 + 1 >= account.vendor.log.count(path, query=str(bad)) >= 1
    account.vendor.content.unblock(bad)
    await account.converges()


@pytest.mark.parametrize("code", [109, 111])
@pytest.mark.parametrize("vendor_name", ["trackier"])
async def test_a_campaign_that_is_deleted_after_it_was_listed_costs_the_others_nothing(
    open_account: Open, vendor_name: str, code: int
) -> None:
    """Nobody knows with which code its goals are then refused; its own go when it is no longer listed."""
    account = await opened(open_account, vendor_name, "campaign_goals")
    content = account.vendor.content
    account.vendor.settings.deleted_code = code
    await account.cycle()
    before, (gone, *others) = account.picture()["trackier_campaign_goals"], content.ids("campaigns")
    later(account)

    def delete(content: Any) -> None:
        if gone in content.ids("campaigns") and account.vendor.log.entries[-1].path.endswith("/goals"):
            content.delete("campaigns", gone)

    account.vendor.switch.between(delete)
    assert {"ok"} == {result.state for result in (await account.cycle()).values()}
    assert before == account.picture()["trackier_campaign_goals"]
    assert [200] * len(others) + [404 if code == 109 else 400] == sorted(
        entry.status for entry in account.vendor.log.entries[-3:]
    )
    await account.converges()
    assert account.tombstones("campaign_goals")


# --- the database ----------------------------------------------------------------------------------------------------
@contextmanager
def at_commit(nth: int, act: Any) -> Iterator[None]:
    """*act* happens just before the *nth* commit."""
    passed = 0

    def hook(step: str) -> None:
        nonlocal passed
        passed += step == "before_commit"
        if step == "before_commit" and passed == nth:
            act()

    steps.watch(hook)
    try:
        yield
    finally:
        steps.watch(None)


def first_of(vendor_name: str, name: str) -> int:
    """Which commit of a cycle is to fail: where windows are read, that of the parents goes before."""
    return 2 if name in ledgers.windowed(vendor_name, [name]) else 1


STORED = ways("each", "windows", "batch", "merged", "chained", *OF_NETWORK)


@STORED
async def test_s3_a_database_that_another_holds_in_mid_window_vouches_for_nothing(
    open_account: Open, vendor_name: str, name: str, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "BUSY_TIMEOUT_S", 0.01)
    account = await opened(open_account, vendor_name, name, **LONGER.get(name, {}))
    await with_parents(account, name)
    driver = engine.driver_of(account.service.store._db._connected())
    driver.execute("PRAGMA busy_timeout=10")
    with closing(sqlite3.connect(account.url.removeprefix("sqlite:///"), isolation_level=None)) as other:
        with (
            at_commit(first_of(vendor_name, name), lambda: other.execute("BEGIN IMMEDIATE")),
            pytest.raises(StoreBusy),
        ):
            await account.cycle(name)
        other.execute("ROLLBACK")
    vouched(account)
    await account.converges()


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
@STORED
async def test_s8_a_server_that_ends_our_session_in_mid_window_is_asked_again(
    open_account: Open, vendor_name: str, name: str, path: str
) -> None:
    account = await opened(open_account, vendor_name, name)
    await with_parents(account, name)

    def end() -> None:
        with psycopg.connect(account.url, autocommit=True) as session:
            session.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
                " AND pid <> pg_backend_pid() AND application_name NOT LIKE '%lock%'"
            )

    with at_commit(first_of(vendor_name, name), end):
        results = await account.cycle(name)
    vouched(account)
    assert dict.fromkeys(results, "ok") == {each: result.state for each, result in results.items()}
    assert [] == account.differences()


@ways("each", "windows", "merged", "chained", *OF_NETWORK)
async def test_s5_a_disk_that_fills_in_mid_window_keeps_what_was_whole_and_goes_on_by_itself(
    open_account: Open, vendor_name: str, name: str, path: str
) -> None:
    account = await opened(open_account, vendor_name, name, **LARGER.get(name, {}))
    await with_parents(account, name)
    driver = engine.driver_of(account.service.store._db._connected())
    pages = driver.execute("PRAGMA page_count").fetchone()[0]
    driver.execute(f"PRAGMA max_page_count={pages}")
    with pytest.raises(StoreFull):
        await account.cycle(name)
    vouched(account)
    driver.execute("PRAGMA max_page_count=1000000")
    account.clock.turn(HOUR)
    assert {"ok"} == {result.state for result in (await account.cycle()).values()}
    vouched(account)
    assert [] == account.differences()
    await account.converges()


# --- clocks ----------------------------------------------------------------------------------------------------------
@ways("windows", "merged", "rotation")
async def test_c1_what_a_parent_tells_of_in_the_second_being_read_is_read_in_the_next_cycle(
    open_account: Open, vendor_name: str, name: str, path: str
) -> None:
    """The vendor's clock is known to whole seconds: a mark may be younger than the end of what could be asked."""
    account = await opened(open_account, vendor_name, name)
    await account.cycle()
    later(account)
    account.clock.turn(-63)  # the report lies three seconds ahead of where a run ends now
    assert {"ok"} == {result.state for result in (await account.cycle()).values()}
    account.clock.turn(600)
    assert {"ok"} == {result.state for result in (await account.cycle()).values()}
    assert [] == account.differences()
    asked = account.vendor.log.count(path)
    account.clock.turn(600)
    await account.cycle()
    assert asked == account.vendor.log.count(path)


# --- all at once -----------------------------------------------------------------------------------------------------
@both
@fleets
async def test_ten_percent_of_all_fault_kinds_at_once_and_then_one_sweep_is_equal(
    open_account: Open, vendor_name: str
) -> None:
    """Of every collection; no ledger is ahead of its rows at any time, and nobody has to help."""
    account = await opened(open_account, vendor_name)
    account.vendor.switch.storm(0.1)
    for _ in range(2):
        await account.cycle()
        vouched(account)
        account.clock.turn(0.3 * HOUR)
    account.vendor.switch.clear()
    account.clock.turn(1.1 * DAY)  # whatever the faults closed is open again
    results = await account.sweep()
    assert dict.fromkeys(results, "ok") == {name: result.state for name, result in results.items()}
    assert [] == account.differences()
    no_traceback(account)
