"""What vendors declare of their connections and collections, the configuration takes: settings, windows, parents."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from syncd.config.show import as_toml, effective, schema
from syncd.vendors import VENDORS
from syncd.vendors.base import Vendor
from tests.configured import CANARY, DATABASE, DAY, MADE_UP, VANS, loaded, made_up, problems

WHOLE = DATABASE + VANS
POINTS = "[connections.vans.collections.points]\nenabled = true\n"


@pytest.fixture(autouse=True)
def _known() -> Iterator[None]:
    with made_up():
        yield


def test_what_is_not_written_holds_as_declared(tmp_path: Path) -> None:
    vans = loaded(tmp_path, WHOLE).connection("vans")
    assert ("https://vans.example.com", {"": 4}, {"": ((10, 1.0),)}) == (vans.base_url, vans.parallel, vans.rates)
    assert {"key": CANARY, "auth": "field"} == vans.credentials()
    assert ["vans", "trips"] == list(vans.collections)
    trips = vans.collections["trips"]
    assert (MADE_UP.every, None, None, (), None) == (
        trips.every,
        trips.sweep,
        trips.since,
        trips.reread,
        trips.lookback,
    )
    assert {} == trips.options
    assert (timedelta(hours=1), MADE_UP.sweep) == (vans.collections["vans"].every, vans.collections["vans"].sweep)


def test_what_is_written_of_windows_takes_effect_without_a_warning(tmp_path: Path) -> None:
    text = f"""{WHOLE}since = "30d"
auth = "header"
rate = ["40/s", "600/min"]
[connections.vans.collections.trips]
since = "2025-02-01"
lookback = "6h"
sweep = "30d"
reread = ["2d every 1h", "60d every 1d"]
{POINTS}vans = ["7", 8, 7]
"""
    config = loaded(tmp_path, text)
    assert () == config.warnings
    vans = config.connection("vans")
    trips, points = vans.collections["trips"], vans.collections["points"]
    assert datetime(2025, 2, 1, tzinfo=UTC) == trips.since
    assert 30 * DAY == points.since == vans.since
    assert (timedelta(hours=6), 30 * DAY) == (trips.lookback, trips.sweep)
    assert ((2 * DAY, timedelta(hours=1)), (60 * DAY, DAY)) == trips.reread
    assert {"vans": ("7", "8")} == points.options
    assert "header" == vans.settings["auth"]
    assert {"": ((40.0, 1.0), (600.0, 60.0))} == vans.rates


@pytest.mark.parametrize("key, value", [("since", "30d"), ("lookback", "1h")])
def test_keys_of_windows_have_no_effect_elsewhere_and_say_so(tmp_path: Path, key: str, value: str) -> None:
    config = loaded(tmp_path, f'{WHOLE}[connections.vans.collections.vans]\n{key} = "{value}"\n')
    (warning,) = config.warnings
    assert f"connections.vans.collections.vans.{key} has no effect" in warning


def test_a_rate_above_the_documented_one_is_used_with_a_warning(tmp_path: Path) -> None:
    config = loaded(tmp_path, f'{WHOLE}rate = ["40/s", "80/s"]\n')
    assert {"": ((40.0, 1.0), (80.0, 1.0))} == config.connection("vans").rates
    (warning,) = config.warnings
    assert "rate 80/s is above Made Up's documented limit of 50/s" in warning


# --- settings ---------------------------------------------------------------------------------------------------------
def test_settings_that_do_not_go_together_are_one_problem_at_their_key(tmp_path: Path) -> None:
    (found,) = problems(tmp_path, f'{WHOLE}login = "ida@example.com"\npassword = "p"\n')
    assert found.startswith("config.toml, line 6: connections.vans.key is missing, or stands beside a login")
    (found,) = problems(tmp_path, WHOLE.replace("key =", "# key ="))
    assert found.startswith("config.toml, line 3: connections.vans.key is missing, or stands beside a login")


def test_a_setting_that_cannot_be_read_is_not_called_missing_too(tmp_path: Path) -> None:
    (found,) = problems(tmp_path, WHOLE.replace(f'"{CANARY}"', '"env:NOT_SET"'))
    assert "NOT_SET" in found
    (found,) = problems(tmp_path, WHOLE.replace(f'"{CANARY}"', "5"))
    assert "key is a number" in found
    config = loaded(tmp_path, WHOLE.replace(f'"{CANARY}"', '"env:NOT_SET"'), secrets=False)
    assert ["vans"] == [connection.name for connection in config.connections]


def test_k4_what_a_vendor_finds_strange_is_a_warning_without_the_secret(tmp_path: Path) -> None:
    config = loaded(tmp_path, WHOLE.replace(CANARY, "another-canary"))
    (warning,) = config.warnings
    assert "line 6: connections.vans.key is none of this vendor's: they hold 7f3e." in warning
    assert "another-canary" not in warning


def test_a_choice_that_is_none_names_the_choices(tmp_path: Path) -> None:
    (found,) = problems(tmp_path, f'{WHOLE}auth = "cookie"\n')
    assert 'auth is "cookie"; allowed is "field" or "header"' in found


def test_a_vendor_without_an_address_of_its_own_needs_one(tmp_path: Path) -> None:
    (found,) = problems(tmp_path, WHOLE.replace("base_url", "# base_url"))
    assert 'connections.vans.base_url is missing, such as base_url = "https://api.example.com/v2"' in found
    (found,) = problems(tmp_path, WHOLE.replace("https://vans.example.com", "http://vans.example.com"))
    assert "https:// (http:// only for this machine" in found


@pytest.mark.parametrize(
    "one, other, refused",
    [
        (f'key = "{CANARY}"', f'key = "{CANARY}"', True),
        (f'key = "{CANARY}"', 'key = "7f3e"', False),
        ('login = "ida@example.com"\npassword = "p"', 'login = "Ida@Example.com"\npassword = "q"', True),
        ('login = "ida@example.com"\npassword = "p"', 'login = "bo@example.com"\npassword = "p"', False),
        ('login = "ida@example.com"\npassword = "p"', f'key = "{CANARY}"', False),
    ],
)
def test_k3_accounts_are_told_apart_by_login_or_by_key(tmp_path: Path, one: str, other: str, refused: bool) -> None:
    mine = VANS.replace(f'key = "{CANARY}"', one)
    found = problems(tmp_path, DATABASE + mine + VANS.replace(f'key = "{CANARY}"', other).replace("vans]", "beta]"))
    assert ["beta is the same account as vans" in problem for problem in found] == [True] * refused


def test_accounts_whose_secrets_cannot_be_read_are_not_taken_for_one(tmp_path: Path) -> None:
    text = (WHOLE + VANS.replace("vans]", "beta]")).replace(CANARY, "env:NOT_SET")
    assert 2 == len(loaded(tmp_path, text, secrets=False).connections)


def test_two_accounts_where_all_share_one_address_are_no_warning(tmp_path: Path) -> None:
    again = VANS.replace("vans]", "beta]").replace(CANARY, "7f3e")
    assert () == loaded(tmp_path, WHOLE + again).warnings


# --- collections ------------------------------------------------------------------------------------------------------
def test_an_enabled_collection_whose_parent_is_off_names_both_keys(tmp_path: Path) -> None:
    (found,) = problems(tmp_path, f"{WHOLE}{POINTS}[connections.vans.collections.vans]\nenabled = false\n")
    assert found == (
        "config.toml, line 9: connections.vans.collections.trips is on but needs connections.vans.collections.vans, "
        "which is off, as do points; set vans.enabled = true, or trips.enabled = false."
    )
    (found,) = problems(tmp_path, f"{WHOLE}[connections.vans.collections.key_history]\nenabled = true\n")
    assert "connections.vans.collections.key_history is on but needs connections.vans.collections.keys" in found
    assert found.startswith("config.toml, line 7: ")


def test_what_only_spares_requests_may_be_off(tmp_path: Path) -> None:
    on = "".join(f"[connections.vans.collections.{name}]\nenabled = true\n" for name in ("keys", "key_history"))
    assert () == loaded(tmp_path, WHOLE + on).warnings
    (warning,) = loaded(tmp_path, f"{WHOLE}{on}[connections.vans.collections.trips]\nenabled = false\n").warnings
    assert "trips is off, so key_history is asked for where there is nothing, too." in warning


@pytest.mark.parametrize("vendor", VENDORS.values(), ids=lambda vendor: vendor.name)
def test_what_is_on_by_default_finds_its_parents_on(vendor: Vendor) -> None:
    kept = {collection.name: collection for collection in vendor.collections}
    on = {name for name, collection in kept.items() if collection.enabled_by_default}
    assert {} == {name: set(kept[name].needs) - on for name in on if set(kept[name].needs) - on}


def test_an_unknown_option_is_answered_with_the_collections_own(tmp_path: Path) -> None:
    (found,) = problems(tmp_path, f"{WHOLE}{POINTS}vanz = ['7']\n")
    assert "did you mean vans?" in found
    (found,) = problems(tmp_path, f"{WHOLE}[connections.vans.collections.trips]\nvans = ['7']\n")
    assert "trips.vans is not a key of a collection" in found


@pytest.mark.parametrize("value", ["[]", "'7'", "[true]", "['']", "[1.5]"])
def test_k6_an_option_that_lists_nothing_is_refused(tmp_path: Path, value: str) -> None:
    (found,) = problems(tmp_path, f"{WHOLE}{POINTS}vans = {value}\n")
    assert "allowed is a list of ids with at least one in it" in found


def test_an_option_from_the_environment_is_a_list_between_commas(tmp_path: Path) -> None:
    environ = {"SYNCD_CONNECTIONS__VANS__COLLECTIONS__POINTS__VANS": "7, 8"}
    config = loaded(tmp_path, WHOLE + POINTS, environ)
    assert {"vans": ("7", "8")} == config.connection("vans").collections["points"].options


@pytest.mark.parametrize("column", ["van_id", "time"])
def test_columns_that_reading_goes_by_cannot_be_left_out(tmp_path: Path, column: str) -> None:
    (found,) = problems(tmp_path, f"{WHOLE}[connections.vans.collections.trips]\nexclude = ['{column}']\n")
    assert "cannot be left out" in found


def test_a_column_that_marks_parents_cannot_be_left_out(tmp_path: Path) -> None:
    (found,) = problems(tmp_path, f"{WHOLE}[connections.vans.collections.vans]\nexclude = ['seen_at', 'label']\n")
    assert "seen_at cannot be left out" in found


# --- what is shown ----------------------------------------------------------------------------------------------------
def test_what_is_shown_has_the_declared_values_and_reads_back_as_the_same(tmp_path: Path) -> None:
    first = loaded(tmp_path, f"{WHOLE}{POINTS}vans = [7]\n")
    shown = effective(first)["connections"]["vans"]
    assert ("90d", "field") == (shown["since"], shown["auth"])
    assert {
        "enabled": True,
        "every": "15m",
        "reread": ["7d every 1d"],
        "lookback": "2d",
        "since": "90d",
        "vans": ["7"],
    } == shown["collections"]["points"]
    assert {"enabled": True, "every": "1h", "sweep": "7d"} == shown["collections"]["vans"]
    again = loaded(tmp_path, as_toml(effective(first)).replace("***", CANARY))
    assert effective(first) == effective(again)
    assert [] == [warning for warning in again.warnings if "vans" in warning]


def test_the_json_schema_tells_vendors_and_their_options_apart() -> None:
    rules = json.loads(json.dumps(schema()))["$defs"]["connection"]["allOf"]
    of = {rule["if"]["properties"]["vendor"]["const"]: rule["then"] for rule in rules}
    assert ["base_url"] == of["made_up"]["required"]
    assert {"enum": ["field", "header"], "title": "where the key goes", "default": "field"} == (
        of["made_up"]["properties"]["auth"]
    )
    assert of["made_up"]["properties"]["subdomain"] is False
    assert of["trackops"]["properties"]["auth"] is False
    points = of["made_up"]["properties"]["collections"]["properties"]["points"]
    assert {"enabled", "since", "vans"} <= points["properties"].keys()
