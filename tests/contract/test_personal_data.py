"""Personal values, planted in everything a vendor serves, are found nowhere unless asked for: not in any table, log or
output."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from syncd.collection import Collection, Column, Kind
from syncd.privacy import Hasher
from syncd.vendors import VENDORS
from tests import kit
from tests.accounts import Open, both
from tests.kit import HOUR, NAME, Account
from tests.program import inside

CANARY = "canary-personal-7f3e@example.com"
KEY = "a key for tests only"
Chosen = dict[str, dict[str, tuple[str, ...]]]
CHOICES: dict[str, Chosen] = {
    "trackops": {
        "client_contacts": {"hash": ("email",), "exclude": ("phone", "client_contact_custom_fields.value")},
        "staff": {"hash": ("email", "staff_custom_fields.value"), "exclude": ("phone",)},
    },
    "trackunit": {
        "contacts": {"hash": ("email",), "exclude": ("phone", "mobile")},
        "keys": {"hash": ("email",), "exclude": ("phone", "mobile")},
        "alarm_log": {
            "hash": ("alarm_log_recipients.email", "street_address"),
            "exclude": ("alarm_log_recipients.phone_number",),
        },
    },
    "itrack": {"employees": {"hash": ("email",), "exclude": ("phone",)}},
    "trackier": {"publishers": {"hash": ("email",)}, "advertisers": {"hash": ("email", "signup_ip")}},
}
"""Beside what is left out by itself; every collection with a sensitive column of its own stands here."""


@pytest.fixture(params=sorted(CHOICES))
def vendor_name(request: pytest.FixtureRequest) -> Iterator[str]:
    """Each vendor, which has a password that is never stored, whatever else it has."""
    name = str(request.param)
    before = VENDORS[name]
    VENDORS[name] = replace(before, never_stored=before.never_stored | {"password"})
    yield name
    VENDORS[name] = before


def hidden(collection: Collection, choice: dict[str, tuple[str, ...]]) -> dict[str, Column]:
    """The columns that are not to be seen, as the configuration names them."""
    told = {c.name: c for c in collection.columns}
    told |= {f"{child.name}.{c.name}": c for child in collection.children for c in child.columns}
    chosen = {name for names in choice.values() for name in names}
    return {name: c for name, c in told.items() if not c.volatile and (c.sensitive or name in chosen)}


def put(record: dict[str, Any], path: str, value: Any) -> None:
    *above, name = path.split(".")
    for part in above:
        inner = record.get(part)
        record[part] = record = dict(inner) if isinstance(inner, dict) else {}
    record[name] = value


def planted(record: dict[str, Any], collection: Collection, choice: dict[str, tuple[str, ...]]) -> dict[str, Any]:
    """*record* with the canary in every column not to be seen, in members of such names, and in passwords."""
    record = deepcopy(record)
    for name, column in hidden(collection, choice).items():
        child = next((c for c in collection.children if name.startswith(f"{c.name}.")), None)
        value: Any = {"iban": [CANARY]} if column.kind is Kind.JSON else CANARY
        if child is None:
            put(record, column.paths[0], value)
        else:
            for element in record.get(child.source) or ():
                put(element, column.paths[0], value)
    record["password"] = record["Pass_Word"] = CANARY
    for value in list(record.values()):
        if isinstance(value, dict):
            value["PASSWORD"] = [CANARY]
    record["unheard_of"] = {"deep": [{"password": {"a": CANARY}}], "kept": "seen"}
    return record


def breaks(collection: Collection) -> str:
    """A member whose value may be anything without more harm than being set aside; "" if there is none."""
    kinds = {Kind.INTEGER, Kind.BOOLEAN, Kind.DOUBLE, Kind.DECIMAL}
    some = (c for c in collection.columns if c.kind in kinds and c.source and c.name not in collection.key)
    return next((c.paths[0] for c in some if c.name not in {"client_id", "tracker_id"} and "." not in c.paths[0]), "")


def plant(account: Account, choices: Chosen) -> None:
    """Have the stand-in serve canaries, in some records beside a value that cannot be read."""
    made = {name: account.collection(name) for name in choices}
    counts = dict.fromkeys(made, 0)

    def change(record: dict[str, Any]) -> dict[str, Any]:
        for name, collection in made.items():
            own = {c.paths[0] for c in collection.columns if c.source and "." not in c.paths[0]}
            if len(own & record.keys()) >= max(4, len(own) // 3):
                counts[name] += 1
                record = planted(record, collection, choices[name])
                if counts[name] % 3 == 0 and breaks(collection):
                    record[breaks(collection)] = "broken"
        return record

    account.vendor.switch.mutate(change)


def toml(choices: Chosen, *, plain: bool) -> str:
    """The choices as configuration; *plain*: everything is asked for."""
    lines = [] if plain else ["[privacy]", f'hash_key = "{KEY}"']
    for name, choice in choices.items():
        lines.append(f"[connections.{NAME}.collections.{name}]")
        columns = next(c for v in VENDORS.values() for c in v.collections if c.name == name).columns
        if plain:
            lines.append(f"include = {json.dumps([c.name for c in columns if c.sensitive and not c.volatile])}")
        else:
            lines += [f"{option} = {json.dumps(names)}" for option, names in choice.items()]
    return "\n".join(lines)


def everything(account: Account) -> str:
    """All rows of all tables and views."""
    if account.url.startswith("sqlite"):
        tables = "SELECT name FROM sqlite_master WHERE type IN ('table', 'view')"
    else:
        tables = "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = current_schema()"
    names = [row["name"] for row in account.query(tables)]
    assert "syncd_rejects" in names
    return "\n".join(repr((name, account.query(f'SELECT * FROM "{name}"'))) for name in names)


@both
async def test_x1_personal_values_are_nowhere_unless_asked_for(
    open_account: Open, vendor_name: str, tmp_path: Path
) -> None:
    choices = CHOICES[vendor_name]
    first = await open_account(names=list(choices), collections=toml(choices, plain=True))
    plant(first, choices)
    await first.cycle()
    told = everything(first)
    assert CANARY in told
    assert '"kept"' in told.replace("'", '"')
    assert "password" not in told.lower().replace("_", "")
    await first.leave()

    first.clock.turn(HOUR)
    account = await open_account(
        names=list(choices), collections=toml(choices, plain=False), vendor=first.vendor, clock=first.clock
    )
    account.said.truncate(0)
    results = await account.cycle()
    assert {"ok"} == {result.state for result in results.values()}, results
    told = everything(account)
    assert CANARY not in told
    assert str(Hasher(KEY)(CANARY)) in told
    assert '"kept"' in told.replace("'", '"')
    assert [] != [row for row in account.rejects() if "broken" in repr(row["record"])]
    assert CANARY not in account.said.getvalue()
    assert "page" in account.said.getvalue() or "answered" in account.said.getvalue()

    await account.leave()
    for command in ("status --json", "runs --json", "rejects --json", "rejects --retry", "config show --json"):
        done = await asyncio.to_thread(inside, "--debug", *command.split(), folder=tmp_path)
        assert done.returncode in {0, 1}, done.stderr
        assert CANARY not in done.stdout + done.stderr
        assert KEY not in done.stdout + done.stderr
    assert CANARY not in everything(account)


def test_every_sensitive_column_is_looked_for() -> None:
    sensitive = {
        (vendor.name, collection.name)
        for vendor in VENDORS.values()
        for collection in vendor.collections
        if any(c.sensitive and not c.volatile for c in collection.columns)
    }
    logs = {("trackier", name) for name in ("conversions", "clicks", "impressions")}
    assert sensitive <= {(vendor, name) for vendor, names in CHOICES.items() for name in names} | logs


def test_names_are_those_of_the_vendors() -> None:
    for vendor, names in CHOICES.items():
        assert set(names) <= set(kit.names_of(vendor))
