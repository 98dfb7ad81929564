"""The commands with vendors of windows, parents and sessions: what they ask for, what they cost, what they show."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from syncd.config import load
from syncd.standin import StandIn
from syncd.vendors import VENDORS
from tests.daemon.test_cli_init import on_a_terminal, written
from tests.program import inside
from tests.standins import served

FAST = ["--rate", "2000/s"]
ANSWERS = {
    "--base-url": "https://api.itrack.live/v2",
    "--subdomain": "mycompany",
    "--username": "ida",
    "--time-zone": "Asia/Kolkata",
}


@pytest.fixture(scope="module")
def _fleet() -> Iterator[StandIn]:
    with served(StandIn.trackunit(units=4, days=6, rows_per_day=6)) as vendor:
        yield vendor


@pytest.fixture
def fleet(_fleet: StandIn) -> StandIn:
    _fleet.log.clear()
    return _fleet


@pytest.fixture
def network() -> Iterator[StandIn]:
    with served(StandIn.trackier(campaigns=3, days=6)) as vendor:
        yield vendor


@pytest.fixture
def vans() -> Iterator[StandIn]:
    with served(StandIn.itrack(trackers=4, days=6)) as vendor:
        yield vendor


def configured(folder: Path, vendor: str, served: StandIn, settings: str, more: str = "") -> None:
    """A configuration whose first sync is short."""
    file = folder / "config.toml"
    file.write_text(f"""\
[database]
url = "sqlite:///syncd.db"

[connections.mine]
vendor = "{vendor}"
base_url = "{served.url}"
{settings}
rate = "2000/s"
since = "5d"
{more}
""")
    file.chmod(0o600)


def token(vendor: StandIn) -> str:
    return f'token = "{vendor.token}"'


def key(vendor: StandIn) -> str:
    return f'api_key = "{vendor.credentials["api_key"]}"'


def login(vendor: StandIn) -> str:
    return f'login = "{vendor.credentials["login"]}"\npassword = "{vendor.credentials["password"]}"'


def plan(folder: Path, *arguments: str) -> dict[str, dict[str, Any]]:
    done = inside("plan", "--json", *arguments, folder=folder)
    assert 0 == done.returncode, done.stderr
    [connection] = json.loads(done.stdout)["connections"]
    return {cost["name"]: cost for cost in connection["collections"]}


def sync(folder: Path, *arguments: str) -> dict[str, dict[str, Any]]:
    done = inside("sync", "--json", *arguments, folder=folder)
    assert 0 == done.returncode, done.stderr
    return {run["collection"]: run for run in json.loads(done.stdout)["runs"]}


# --- init -------------------------------------------------------------------------------------------------------------
def test_a_fleet_is_written_with_its_cost_by_one_request_for_the_units(tmp_path: Path, fleet: StandIn) -> None:
    arguments = ["--vendor", "trackunit", "--base-url", fleet.url, "--token-from", "env:T", "--yes", "--count", *FAST]
    done = inside("init", *arguments, folder=tmp_path, T=fleet.token)
    assert (0, 2) == (done.returncode, fleet.log.count()), done.stderr
    assert "The first sync reads 4 units and what belongs to them, 365d back: about " in done.stderr
    text = (tmp_path / "config.toml").read_text()
    assert "Not read unless you say so: can_history, key_history." in text
    assert '# since = "365d"' in text
    assert max(map(len, text.splitlines())) <= 120
    config = load(tmp_path / "config.toml", environ={"T": fleet.token})
    assert "header" == config.connection("trackunit").settings["token_in"]
    lines = text.splitlines()
    uncommented = [line.removeprefix("# ") if " = " in line or line.startswith("# [") else line for line in lines]
    (tmp_path / "config.toml").write_text("\n".join(uncommented))
    load(tmp_path / "config.toml", environ={"T": fleet.token})


def test_a_network_is_written_with_its_cost_by_classes_of_calls(tmp_path: Path, network: StandIn) -> None:
    arguments = ["--vendor", "trackier", "--base-url", network.url, "--api-key-from", "env:K", "--yes", *FAST]
    secret = network.credentials["api_key"]
    done = inside("init", *arguments, "--count", "--time-zone", "Asia/Kolkata", folder=tmp_path, K=secret)
    assert 0 == done.returncode, done.stderr
    assert "The first sync reads 3 campaigns and what belongs to them, 180d back" in done.stderr
    assert "2000/s for entities, 2000/s for reports" in done.stderr
    assert max(map(len, (tmp_path / "config.toml").read_text().splitlines())) <= 120
    config = load(tmp_path / "config.toml", environ={"K": secret})
    assert "Asia/Kolkata" == config.connections[0].settings["time_zone"]


def test_without_a_person_every_flag_that_is_said_to_be_needed_is_one(tmp_path: Path) -> None:
    for vendor in VENDORS.values():
        given = ["--vendor", vendor.name, "--no-test"]
        while (done := inside("init", *given, folder=tmp_path)).returncode:
            flag = done.stderr.partition("nobody to ask, so ")[2].partition(" ")[0]
            assert flag not in {"", *given}, done.stderr
            given += [flag, "env:SECRET" if flag.endswith("-from") else ANSWERS[flag]]
        (tmp_path / "config.toml").unlink()


def test_another_setting_is_given_by_its_name(tmp_path: Path, fleet: StandIn) -> None:
    arguments = ["--vendor", "trackunit", "--base-url", fleet.url, "--token-from", "env:T", "--yes", *FAST]
    done = inside("init", *arguments, "--set", "token_in=url", folder=tmp_path, T=fleet.token)
    assert 0 == done.returncode, done.stderr
    assert "url" == load(tmp_path / "config.toml", environ={"T": fleet.token}).connections[0].settings["token_in"]


@pytest.mark.parametrize(
    "more,says",
    [
        (["--username", "ida"], "Connections to Trackunit Classic have no username"),
        (["--set", "token=abc"], "token is a secret"),
        (["--set", "token_in"], "--set takes KEY=VALUE"),
        (["--set", "token_in=cookie"], 'allowed is "header" or "url"'),
    ],
)
def test_what_a_vendor_does_not_have_is_refused_and_nothing_is_written(
    tmp_path: Path, fleet: StandIn, more: list[str], says: str
) -> None:
    arguments = ["--vendor", "trackunit", "--base-url", fleet.url, "--token-from", "env:T", "--yes", *more]
    done = inside("init", *arguments, folder=tmp_path, T=fleet.token)
    assert (2, 0) == (done.returncode, fleet.log.count())
    assert says in done.stderr
    assert "abc" not in done.stderr
    assert [] == written(tmp_path)


def test_a_login_is_used_once_and_its_session_kept_for_the_sync(tmp_path: Path, vans: StandIn) -> None:
    secret = vans.credentials["password"]
    arguments = ["--vendor", "itrack", "--base-url", vans.url, "--login", vans.credentials["login"], *FAST]
    done = inside("init", *arguments, "--password-from", "env:P", "--yes", "--count", folder=tmp_path, P=secret)
    assert 0 == done.returncode, done.stderr
    assert "The first sync reads 4 trackers and what belongs to them, 90d back" in done.stderr
    assert 0 == inside("check", folder=tmp_path, P=secret).returncode
    assert 0 == inside("sync", "itrack.tags", folder=tmp_path, P=secret).returncode
    assert 1 == vans.content.logins
    assert secret not in done.stdout + done.stderr + (tmp_path / "config.toml").read_text()


def test_without_a_person_the_recommended_way_and_the_address_are_named(tmp_path: Path, vans: StandIn) -> None:
    done = inside("init", "--vendor", "itrack", "--base-url", vans.url, "--yes", folder=tmp_path)
    assert 2 == done.returncode
    assert "--api-key-from is needed" in done.stderr
    done = inside("init", "--vendor", "itrack", "--login", "ida@example.com", "--yes", folder=tmp_path)
    assert "--base-url is needed" in done.stderr
    assert [] == written(tmp_path)


def test_a_person_chooses_between_key_and_login(tmp_path: Path, vans: StandIn) -> None:
    api_key, password = vans.credentials["api_key"], vans.credentials["password"]
    code, shown = on_a_terminal(
        ["init", *FAST, "--no-count"],
        [
            (b"Vendor (trackops, trackunit, itrack, trackier)", "itrak"), (b"Unknown vendor 'itrak'", "iTrack"),
            (b"such as https://", vans.url),
            (b"1 = api_key (recommended)", "1"), (b"does it stand", "here"), (b"not shown", api_key),
            (b"name [", "keyed"),
        ],
        tmp_path,
    )  # fmt: skip
    assert 0 == code, shown
    assert 0 == vans.content.logins
    code, shown = on_a_terminal(
        ["init", *FAST, "--no-count", "--vendor", "itrack", "--base-url", vans.url],
        [
            (b"2 = login and password", "2"), (b"login:", vans.credentials["login"]),
            (b"does it stand", "here"), (b"not shown", password), (b"name [", "person"),
        ],
        tmp_path,
    )  # fmt: skip
    assert 0 == code, shown
    assert password not in shown
    config = load(tmp_path / "config.toml", environ={})
    assert {"api_key", "auth"} == config.connection("keyed").settings.keys()
    assert {"login", "password", "auth"} == config.connection("person").settings.keys()


def test_a_person_is_asked_for_the_networks_zone_until_it_is_one(tmp_path: Path, network: StandIn) -> None:
    api_key = network.credentials["api_key"]
    code, shown = on_a_terminal(
        ["init", *FAST, "--no-count", "--vendor", "trackier", "--base-url", network.url],
        [
            (b"does it stand", "here"), (b"not shown", api_key),
            (b"such as Asia/Kolkata", "Bombay"), (b"is not a time zone", "Asia/Kolkata"), (b"name [", "ads"),
        ],
        tmp_path,
    )  # fmt: skip
    assert 0 == code, shown
    assert api_key not in shown
    assert "Asia/Kolkata" == load(tmp_path / "config.toml", environ={}).connection("ads").settings["time_zone"]
    assert 1 == network.log.count()


def test_a_network_is_added_without_a_person_and_its_zone_is_checked(tmp_path: Path, network: StandIn) -> None:
    secret = network.credentials["api_key"]
    arguments = ["--vendor", "trackier", "--base-url", network.url, "--api-key-from", "env:K", "--yes", *FAST]
    done = inside("init", *arguments, folder=tmp_path, K=secret)
    assert 2 == done.returncode
    assert "--time-zone is needed" in done.stderr
    done = inside("init", *arguments, "--time-zone", "Kolkata", folder=tmp_path, K=secret)
    assert 2 == done.returncode
    assert 'such as "Asia/Kolkata"' in done.stderr
    assert [] == written(tmp_path)
    done = inside("init", *arguments, "--time-zone", "Asia/Kolkata", "--count", folder=tmp_path, K=secret)
    assert 0 == done.returncode, done.stderr
    assert "The first sync reads 3 campaigns" in done.stderr
    assert 0 == inside("check", folder=tmp_path, K=secret).returncode
    assert 0 == inside("sync", "trackier.campaign_goals", "trackier.report_daily", folder=tmp_path, K=secret).returncode
    assert secret not in done.stdout + done.stderr + (tmp_path / "config.toml").read_text()


def test_an_address_of_the_old_api_is_told_what_changed(tmp_path: Path, network: StandIn) -> None:
    arguments = ["--vendor", "trackier", "--time-zone", "UTC", "--api-key-from", "env:K", "--yes"]
    done = inside("init", *arguments, "--base-url", f"{network.url}/v1", folder=tmp_path, K="k" * 40)
    assert (2, 0) == (done.returncode, network.log.count())
    assert "2022-12-01" in done.stderr


# --- check ------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("settings", [key, login])
def test_check_asks_one_question_with_a_key_and_logs_in_at_most_once(
    tmp_path: Path, vans: StandIn, settings: Any
) -> None:
    configured(tmp_path, "itrack", vans, settings(vans))
    assert [0, 0] == [inside("check", folder=tmp_path).returncode for _ in range(2)]
    assert (2 if settings is key else 3) == vans.log.count()
    assert (settings is login) == vans.content.logins


def test_a_wrong_password_and_a_wrong_key_end_with_4_and_what_to_do(tmp_path: Path, vans: StandIn) -> None:
    configured(tmp_path, "itrack", vans, login(vans).replace("correct", "wrong"))
    done = inside("check", folder=tmp_path)
    assert 4 == done.returncode, done.stdout
    configured(tmp_path, "itrack", vans, f'api_key = "{"0" * 32}"')
    done = inside("check", folder=tmp_path)
    assert 4 == done.returncode, done.stdout
    assert "key" in done.stdout


def test_k4_a_token_of_another_form_is_a_warning_and_tried_all_the_same(tmp_path: Path, fleet: StandIn) -> None:
    configured(tmp_path, "trackunit", fleet, 'token = "short"')
    done = inside("check", folder=tmp_path)
    assert (4, True) == (done.returncode, fleet.log.count() > 0)
    assert "connections.mine.token is not 32 hexadecimal characters" in done.stderr


# --- plan -------------------------------------------------------------------------------------------------------------
def test_a_plan_of_windows_is_never_above_what_the_sync_asks(tmp_path: Path, fleet: StandIn) -> None:
    configured(tmp_path, "trackunit", fleet, token(fleet))
    before = plan(tmp_path)
    assert 0 == fleet.log.count()
    assert "units were never read" in before["unit_history"]["why"]
    sync(tmp_path, "mine.units")
    first = plan(tmp_path)
    assert ("first sync", 4) == (first["unit_history"]["strategy"], first["unit_history"]["requests"])
    runs = sync(tmp_path)
    for name, cost in (before | first).items():
        assert cost["requests"] <= runs[name]["requests"], name
    again = plan(tmp_path)
    assert "none of 4 units now" in again["unit_history"]["why"]
    assert 0 == again["unit_history"]["requests"] + again["trips"]["requests"] + again["unit_extended_info"]["requests"]
    assert 3 <= again["unit_day_summaries"]["requests"] <= 4
    later = sync(tmp_path)
    assert {name: run["requests"] for name, run in later.items() if name in again} == {
        name: cost["requests"] for name, cost in again.items()
    }


def test_a_plan_counts_units_that_reported_since(tmp_path: Path, fleet: StandIn) -> None:
    configured(tmp_path, "trackunit", fleet, token(fleet))
    sync(tmp_path)
    fleet.content.report(fleet.content.snapshot()["units"][0]["id"], 3)
    sync(tmp_path, "mine.units")
    found = plan(tmp_path, "mine.unit_history", "mine.trips")
    assert [1, 1] == [cost["requests"] for cost in found.values()]
    assert "1 of 4 units now" in found["trips"]["why"]


def test_of_a_vendor_that_cannot_count_the_list_that_others_are_asked_for_by_is_read_once(
    tmp_path: Path, fleet: StandIn
) -> None:
    configured(tmp_path, "trackunit", fleet, token(fleet))
    told = inside("plan", "--count", folder=tmp_path)
    assert "mine: Trackunit Classic has no call that counts; read once instead: 4 units." in told.stderr
    assert ["/public/Unit"] == [entry.path for entry in fleet.log.entries]
    counted = plan(tmp_path, "--count")
    runs = sync(tmp_path)
    for name in ("unit_history", "trips", "unit_extended_info"):
        assert 4 <= counted[name]["requests"] <= runs[name]["requests"], name
    fleet.log.clear()
    told = inside("plan", "--count", folder=tmp_path)
    assert "mine: Trackunit Classic has no call that counts, so nothing is asked." in told.stderr
    assert 0 == fleet.log.count()


def test_a_list_that_comes_in_pages_is_planned_as_it_came_last(tmp_path: Path, vans: StandIn) -> None:
    configured(tmp_path, "itrack", vans, key(vans))
    before, runs = plan(tmp_path)["custom_fields"], sync(tmp_path)
    after = plan(tmp_path)["custom_fields"]
    assert (1, runs["custom_fields"]["requests"]) == (before["requests"], after["requests"])
    assert after["requests"] > 1
    assert "as in the last cycle" in after["why"]


# --- status, backfill -------------------------------------------------------------------------------------------------
def test_status_shows_from_when_on_windows_are_complete(tmp_path: Path, fleet: StandIn) -> None:
    configured(tmp_path, "trackunit", fleet, token(fleet), '[connections.mine.collections.trips]\nsince = "2026-01-15"')
    sync(tmp_path, "mine.trips", "mine.clients")
    lines = {line.split()[0]: line for line in inside("status", folder=tmp_path).stdout.splitlines() if line.strip()}
    assert "complete from" in lines["collection"]
    assert "2026-01-15" in lines["trips"]
    assert "complete from" not in json.dumps(json.loads(inside("status", "--json", folder=tmp_path).stdout))


def test_a_backfill_asks_for_its_range_of_each_unit(tmp_path: Path, fleet: StandIn) -> None:
    configured(tmp_path, "trackunit", fleet, token(fleet))
    sync(tmp_path, "mine.units", "mine.unit_history")
    fleet.log.clear()
    arguments = ["mine.unit_history", "--since", "20d", "--until", "10d", "--json"]
    done = inside("backfill", *arguments, folder=tmp_path)
    assert 0 == done.returncode, done.stderr
    assert 4 == fleet.log.count(path="/Report/UnitHistory")


def test_a_backfill_behind_what_is_kept_is_refused(tmp_path: Path, fleet: StandIn) -> None:
    """It would be removed by the next run; nothing is asked."""
    table = '[connections.mine.collections.trips]\nretention = "30d"'
    configured(tmp_path, "trackunit", fleet, token(fleet), table)
    done = inside("backfill", "mine.trips", "--since", "40d", folder=tmp_path)
    assert 2 == done.returncode
    assert "longer ago than rows are kept of mine.trips" in done.stderr
    assert 0 == fleet.log.count()


@pytest.mark.parametrize("sweep, planned", [('sweep = "30d"', True), ("", False)])
def test_windows_are_swept_by_themselves_only_if_it_is_configured(
    tmp_path: Path, fleet: StandIn, sweep: str, planned: bool
) -> None:
    configured(tmp_path, "trackunit", fleet, token(fleet), f"[connections.mine.collections.alarm_log]\n{sweep}")
    sync(tmp_path, "mine.alarm_log")
    with sqlite3.connect(tmp_path / "syncd.db") as database:
        query = "SELECT next_sweep_at FROM syncd_collections WHERE collection = 'alarm_log'"
        assert planned == (database.execute(query).fetchone()[0] is not None)
    database.close()


# --- sync -------------------------------------------------------------------------------------------------------------
def test_runs_of_parents_are_counted_among_those_to_come(tmp_path: Path, fleet: StandIn) -> None:
    configured(tmp_path, "trackunit", fleet, token(fleet))
    done = inside("sync", "mine.trips", folder=tmp_path)
    assert 0 == done.returncode, done.stderr
    counts = [line.split()[0] for line in done.stderr.splitlines() if line.startswith("[")]
    assert ["[1/2]", "[2/2]"] == counts


def test_what_the_account_lacks_is_not_summed_up_as_ok(tmp_path: Path, vans: StandIn) -> None:
    vans.settings.missing = {"tag/list": 13}
    configured(tmp_path, "itrack", vans, key(vans))
    done = inside("sync", "mine.tags", "mine.places", folder=tmp_path)
    assert 0 == done.returncode, done.stderr
    states = [line.split()[:2] for line in done.stdout.splitlines() if line.startswith("mine.")]
    assert [["mine.tags", "unavailable"], ["mine.places", "ok"]] == states


def test_units_that_the_account_does_not_have_are_told(tmp_path: Path, fleet: StandIn) -> None:
    unit = fleet.content.snapshot()["units"][0]["id"]
    table = "[connections.mine.collections.can_history]\nenabled = true"
    configured(tmp_path, "trackunit", fleet, token(fleet), f'{table}\nunits = ["{unit}", "Digger 7"]')
    done = inside("sync", "mine.can_history", folder=tmp_path)
    assert 0 == done.returncode, done.stderr
    [warned] = [json.loads(line) for line in done.stderr.splitlines() if '"strange_parents"' in line]
    assert ("can_history", "units", ["Digger 7"]) == (warned["collection"], warned["key"], warned["ids"])


def test_a_password_that_was_mended_is_told_why_it_has_to_wait(tmp_path: Path, vans: StandIn) -> None:
    configured(tmp_path, "itrack", vans, login(vans).replace("battery", "bettery"))
    assert 4 == inside("check", folder=tmp_path).returncode
    configured(tmp_path, "itrack", vans, login(vans))
    done = inside("check", folder=tmp_path)
    assert 1 == done.returncode
    assert "The next login is not before " in done.stdout
    assert "An API key needs no login." in done.stdout


# --- forget -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("synced", [True, False])
def test_a_forgotten_connection_leaves_no_session_behind(tmp_path: Path, vans: StandIn, synced: bool) -> None:
    configured(tmp_path, "itrack", vans, login(vans))
    done = inside(*(["sync", "mine.tags"] if synced else ["check"]), folder=tmp_path)
    assert 0 == done.returncode, done.stderr
    sessions = tmp_path / "sessions"
    others = {"yours.json", "mine_too.json"}
    for other in others:
        (sessions / other).write_text("{}")
    assert {*others, "mine.json", "mine.lock"} == {file.name for file in sessions.iterdir()}
    done = inside("forget", "mine", "--yes", folder=tmp_path)
    assert 0 == done.returncode, done.stderr
    assert others == {file.name for file in sessions.iterdir()}
    assert 0 == inside("forget", "mine", "--yes", folder=tmp_path).returncode
