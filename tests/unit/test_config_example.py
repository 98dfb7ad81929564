"""The example file says everything there is to say, and is right."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from syncd.config import keys
from syncd.config.show import schema
from syncd.vendors import VENDORS
from syncd.vendors.base import Vendor
from tests.configured import DAY, loaded

EXAMPLE = Path(__file__).parents[2] / "config.example.toml"
SECRETS = ("TRACKOPS_TOKEN", "TRACKUNIT_TOKEN", "ITRACK_KEY", "ITRACK_PASSWORD", "TRACKIER_KEY")
_OPTION = re.compile(r"^# (\w+ = .*|\[[\w.]+\])$", re.MULTILINE)


def test_k5_the_example_is_a_configuration(tmp_path: Path) -> None:
    config = loaded(tmp_path, EXAMPLE.read_text(), {"TRACKOPS_TOKEN": "t"})
    assert config.warnings == ()
    assert [connection.name for connection in config.enabled] == ["acme"]
    assert {connection.vendor.name for connection in config.connections} == set(VENDORS)
    assert len(config.connection("acme").collections) == len(VENDORS["trackops"].collections)


def test_k5_every_option_of_the_example_can_be_switched_on(tmp_path: Path) -> None:
    (tmp_path / "page.token").write_text("p" * 16)
    (tmp_path / "hash.key").write_text("h" * 64)
    (tmp_path / "proxy-ca.pem").write_text("-----BEGIN CERTIFICATE-----\n")
    for name in ("page.token", "hash.key"):
        (tmp_path / name).chmod(0o600)
    # every and cron exclude each other
    text = _OPTION.sub(r"\1", EXAMPLE.read_text()).replace('every = "15m"\n', "")
    text = re.sub(r'(vendor = "\w+"\n)enabled = false', r"\1enabled = true", text)
    environ = {"ALERT_URL": "json://alerts", **dict.fromkeys(SECRETS, "0" * 32)}
    config = loaded(tmp_path, text, environ)
    assert sorted(warning.split(": ")[1].split()[0] for warning in config.warnings) == [
        "connections.acme.collections.cases.history",
    ]
    assert all("has no effect" in warning for warning in config.warnings)
    assert config.connection("acme").collections["cases"].cron == "0 3 * * *"
    assert config.privacy.hash_key is not None
    assert "files" not in config.connection("acme").collections
    fleet, vans = config.connection("fleet"), config.connection("more_vans")
    assert {"units": ("51877", "51878"), "variables": ("7", "12")} == fleet.collections["can_history"].options
    assert 730 * DAY == fleet.collections["trips"].since
    assert ((2 * DAY, timedelta(hours=1)), (60 * DAY, DAY)) == fleet.collections["trips"].reread
    assert "track_points" in vans.collections


@pytest.mark.parametrize("vendor", VENDORS.values(), ids=lambda vendor: vendor.name)
def test_k5_the_example_names_the_vendors_own_address_pace_and_parallel(vendor: Vendor) -> None:
    text = EXAMPLE.read_text()
    assert all(f"{vendor.name} {limits.parallel}" in text for limits in vendor.limits_by_class.values())
    assert not vendor.base_url_example or vendor.base_url_example in text
    assert vendor.since is None or f"{vendor.name} {vendor.since.days}d" in text.replace("\n# ", " ")


def test_k5_the_example_has_every_key() -> None:
    text = EXAMPLE.read_text()
    declared = [
        *keys.TOP,
        *keys.CONNECTION,
        *keys.COLLECTION,
        *(key for keys_ in keys.SECTIONS.values() for key in keys_),
    ]
    names = {key.name for key in declared}
    for vendor in VENDORS.values():
        names |= {setting.name for setting in vendor.settings}
        names |= {name for collection in vendor.collections for name, _ in collection.options}
    missing = {name for name in names if not re.search(rf"^(# )?{name} = ", text, re.MULTILINE)}
    assert missing == set()


def test_the_json_schema_knows_every_key_and_collection() -> None:
    described = json.loads(json.dumps(schema()))
    connection = described["$defs"]["connection"]["properties"]
    assert {key.name for key in keys.CONNECTION} | {"subdomain", "username", "token"} <= connection.keys()
    assert described["$defs"]["collection"]["properties"].keys() == {key.name for key in keys.COLLECTION}
    of_vendor = {each["if"]["properties"]["vendor"]["const"]: each["then"] for each in connection_rules(described)}
    assert list(VENDORS) == list(of_vendor)
    for name, vendor in VENDORS.items():
        collections = of_vendor[name]["properties"]["collections"]["properties"]
        assert [collection.name for collection in vendor.collections] == list(collections)
        for setting in vendor.settings:
            assert setting.doc == of_vendor[name]["properties"][setting.name]["title"]
    assert described["properties"].keys() == {"connections", "state_dir", *keys.SECTIONS}


def connection_rules(described: dict[str, Any]) -> list[dict[str, Any]]:
    rules: list[dict[str, Any]] = described["$defs"]["connection"]["allOf"]
    return rules
