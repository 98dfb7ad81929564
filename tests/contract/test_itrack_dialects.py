"""iTrack's servers of 2020 and of today, whole or with calls missing: every collection is read from each of them."""

from __future__ import annotations

from typing import Any

import pytest

from syncd.standin.itrack import Settings
from tests.accounts import Open
from tests.contract.test_fleets import weathers
from tests.kit import Account

SMALL: dict[str, Any] = {"trackers": 4, "days": 4, "trips_per_day": 2, "events_per_day": 4, "point_every_s": 900,
                         "sensor_every_s": 14_400}  # fmt: skip
KEY = Settings().api_key


@pytest.fixture
def vendor_name() -> str:
    return "itrack"


def well(results: dict[str, Any]) -> None:
    """Every run of a cycle ended well."""
    assert dict.fromkeys(results, "ok") == {name: result.state for name, result in results.items()}, results


def different(account: Account) -> list[str]:
    """Every difference but for nulls inside of JSON, where the server leaves nulls out."""
    found = account.differences()
    return [one for one in found if not (account.vendor.settings.leaves_out_nulls and "_form_templates" in one)]


async def equal(account: Account, *, lasting: bool = True) -> None:
    """A first sync equals the vendor, so does a sweep after life went on; nothing was asked that is in no document."""
    well(await account.cycle())
    assert [] == different(account)
    assert [] == account.rejects()
    if lasting:
        content = account.vendor.content
        for tracker in content.ids("trackers")[:2]:
            account.clock.turn(3_600)
            content.drive(tracker, minutes=30)
            content.buffer(tracker, 50_000)
            content.merge_trips(tracker)
        for name in ("zones", "places", "employees", "rules", "tasks"):
            content.delete(name, content.ids(name)[0])
            content.update(name, content.ids(name)[0])
            content.insert(name)
        account.clock.turn(900)
        well(await account.sweep())
        assert [] == different(account)
    assert [] == account.vendor.content.writes
    assert set() == {one for one in account.vendor.content.undocumented if one[1] != "with_points"}


FORMS: dict[str, dict[str, Any]] = {
    "offsets": {},
    "utc": {"iso_form": "utc"},
    "no nulls": {"leaves_out_nulls": True},
    "another order each time": {"shifting": True},
    "on premise": {"base_path": ""},
}


@pytest.mark.parametrize("dialect", ["current", "2020"])
@pytest.mark.parametrize("form", FORMS)
async def test_every_collection_equals_the_server_of_either_dialect(
    open_account: Open, dialect: str, form: str
) -> None:
    settings = Settings(**{name: value for name, value in FORMS[form].items() if name != "base_path"})
    about = {"base_path": ""} if form == "on premise" else {}
    account = await open_account(dialect=dialect, settings=settings, **about, **SMALL)
    assert 38 == len(account.names)
    await equal(account, lasting=form == "offsets")


MISSING: dict[str, dict[str, Any]] = {
    **{f"limits, code {code}": {"dealer/get_ui_config": code} for code in (111, 112, 5, 7, 13, 102)},
    **{f"the account's history, code {code}": {"history/user/list": code} for code in (111, 112, 5, 7)},
    "batches of sensors": {"tracker/sensor/batch_list": 112},
    "batches of readings": {"tracker/readings/batch_list": 111},
    "readings": {"tracker/readings/batch_list": 112, "tracker/readings/list": 112},
    "batches": {"tracker/sensor/batch_list": 112, "tracker/readings/batch_list": 112, "history/user/list": 112},
}


@pytest.mark.parametrize("what", MISSING)
async def test_what_a_server_lacks_is_asked_for_in_another_way(open_account: Open, what: str) -> None:
    names = ("user", "trackers", "sensors", "counters", "events", *(() if what == "readings" else ("readings",)))
    account = await open_account(names=names, settings=Settings(missing=MISSING[what]), **{**SMALL, "blocked": 0})
    await equal(account, lasting=False)


@pytest.mark.parametrize("opens", [True, False])
@pytest.mark.parametrize("auth", ["field", "header"])
async def test_a_key_reads_everything_whether_or_not_it_may_ask_for_the_limits(
    open_account: Open, auth: str, opens: bool
) -> None:
    account = await open_account(
        names=("user", "trackers", "events", "tracks", "tasks"), settings=Settings(key_opens_config=opens),
        more=f'api_key = "{KEY}"\nauth = "{auth}"', **SMALL,
    )  # fmt: skip
    await equal(account, lasting=False)
    assert 0 == account.vendor.content.sessions.login_calls


async def test_points_of_zones_are_asked_for_one_by_one_where_the_list_has_none(open_account: Open) -> None:
    account = await open_account(names=("zones",), dialect="2020", **SMALL)
    await equal(account, lasting=False)
    shapes = [zone for zone in account.vendor.content.rows("zones") if zone["type"] != "circle"]
    assert shapes
    assert len(shapes) == account.vendor.log.count(path="/zone/point/list")


async def test_a_collection_that_no_server_of_this_age_has_is_unavailable_and_no_failure(open_account: Open) -> None:
    missing = {"status/listing/list": 236, "tariff/list": 13, "user/audit/log/list": 111, "garage/list": 222,
               "subuser/list": 225, "transaction/list": 101}  # fmt: skip
    account = await open_account(
        names=("tags", "status_listings", "tariffs", "audit_log", "garages", "subusers", "transactions"),
        settings=Settings(missing=missing), **SMALL,
    )  # fmt: skip
    results = await account.cycle()
    assert {"ok"} == {result.state for result in results.values()}, results
    states = {row["collection"]: row["state"] for row in account.query("SELECT * FROM syncd_freshness")}
    assert {"tags"} == {name for name, state in states.items() if state != "unavailable" and name in results}


async def test_a_storm_of_faults_of_an_old_server_costs_no_row(open_account: Open) -> None:
    await weathers(await open_account(dialect="2020", **SMALL))
