"""``syncd check``: what is wrong, where, and what to do."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from syncd.cli.probe import try_connection
from syncd.clock import SystemClock
from syncd.errors import Unavailable
from syncd.standin import StandIn
from syncd.store.engine import Database
from syncd.store.lock import take_lock
from tests.configured import NOW, loaded
from tests.daemon.processes import started
from tests.postgres import Server
from tests.program import inside, syncd
from tests.standins import configuration, serving
from tests.turned_clock import TurnedClock


@pytest.fixture(scope="module")
def account() -> Iterator[StandIn]:
    with serving() as vendor:
        yield vendor


@pytest.fixture
def vendor(account: StandIn) -> StandIn:
    account.log.clear()
    return account


def configure(folder: Path, text: str) -> None:
    file = folder / "config.toml"
    file.write_text(text)
    file.chmod(0o600)


def checked(folder: Path, *arguments: str) -> tuple[int, dict[str, Any]]:
    done = inside("check", "--json", *arguments, folder=folder)
    return done.returncode, json.loads(done.stdout)


def two(vendor: StandIn, token: str) -> str:
    other = configuration(vendor, name="other", token=token).partition("\n\n")[2]
    return configuration(vendor) + other.replace("127.0.0.1", "localhost")


def test_all_well_is_one_request_and_exit_code_0(tmp_path: Path, vendor: StandIn) -> None:
    configure(tmp_path, configuration(vendor))
    code, found = checked(tmp_path)
    assert (0, 1) == (code, vendor.log.count())
    assert found["ok"] is True
    [connection] = found["connections"]
    assert {"name", "ok", "message", "remedy"} == connection.keys()
    assert ("acme", True) == (connection["name"], connection["ok"])
    assert ["config.toml"] == [file.name for file in tmp_path.iterdir()]


def test_refused_credentials_are_4_with_what_to_do(tmp_path: Path, vendor: StandIn) -> None:
    configure(tmp_path, configuration(vendor, token="a-canary-token"))
    code, found = checked(tmp_path)
    assert (4, False) == (code, found["ok"])
    assert "401" in found["connections"][0]["message"]
    assert "Check username and token" in found["connections"][0]["remedy"]
    done = inside("check", folder=tmp_path)
    assert "FAIL  acme" in done.stdout
    assert "a-canary-token" not in done.stdout + done.stderr


def test_one_refused_connection_of_two_is_1_and_the_other_is_well(tmp_path: Path, vendor: StandIn) -> None:
    configure(tmp_path, two(vendor, "another"))
    code, found = checked(tmp_path)
    assert (1, False) == (code, found["ok"])
    assert {"acme": True, "other": False} == {each["name"]: each["ok"] for each in found["connections"]}
    assert 0 == checked(tmp_path, "acme")[0]
    assert 4 == checked(tmp_path, "other.cases")[0]


async def test_n1_nobody_at_the_address_is_told_after_some_tries_with_what_to_check(
    tmp_path: Path, vendor: StandIn
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    text = configuration(vendor).replace(vendor.url, f"http://127.0.0.1:{port}/api/v1")
    tried = await try_connection(loaded(tmp_path, text).connection("acme"), TurnedClock(NOW), tmp_path)
    assert not tried.ok
    assert isinstance(tried.error, Unavailable)
    assert tried.message
    assert 0 == vendor.log.count()


async def test_c2_a_wrong_clock_of_this_machine_is_told(tmp_path: Path, vendor: StandIn) -> None:
    vendor.settings.clock_skew = timedelta(hours=2)
    try:
        tried = await try_connection(
            loaded(tmp_path, configuration(vendor)).connection("acme"), SystemClock(), tmp_path
        )
    finally:
        vendor.settings.clock_skew = timedelta(0)
    assert tried.ok
    assert "120 minutes behind" in tried.message
    assert "Set this machine's clock" in tried.remedy


def test_k1_every_problem_of_the_configuration_is_told_as_json_too(tmp_path: Path, vendor: StandIn) -> None:
    configure(tmp_path, configuration(vendor, more='evry = "1h"').replace("trackops", "trackpos"))
    code, found = checked(tmp_path)
    assert (2, False, []) == (code, found["ok"], found["connections"])
    assert any("trackpos" in problem for problem in found["problems"])


def test_a_literal_secret_that_others_can_read_is_a_warning(tmp_path: Path, vendor: StandIn) -> None:
    configure(tmp_path, configuration(vendor))
    (tmp_path / "config.toml").chmod(0o644)
    code, found = checked(tmp_path)
    assert 0 == code
    assert any("chmod 600" in warning for warning in found["warnings"])
    assert any("above Trackops" in warning for warning in found["warnings"])


def test_a_damaged_database_is_3_and_the_connection_is_tried_all_the_same(tmp_path: Path, vendor: StandIn) -> None:
    configure(tmp_path, configuration(vendor))
    inside("sync", "acme.fields", folder=tmp_path)
    file = tmp_path / "syncd.db"
    whole = file.read_bytes()
    assert 0 == checked(tmp_path)[0]
    file.write_bytes(b"no database at all\n" * (len(whole) // 19))
    code, found = checked(tmp_path)
    assert (3, False) == (code, found["ok"])
    assert not found["database"]["ok"]
    assert found["connections"][0]["ok"]


def test_a_database_that_cannot_be_made_is_3(tmp_path: Path, vendor: StandIn) -> None:
    (tmp_path / "not-a-folder").write_text("")
    configure(tmp_path, configuration(vendor).replace("syncd.db", "not-a-folder/syncd.db"))
    code, found = checked(tmp_path)
    assert (3, False) == (code, found["database"]["ok"])


def test_an_empty_server_is_as_no_database_and_a_filled_one_is_looked_at(
    tmp_path: Path, vendor: StandIn, postgres: Server
) -> None:
    url = postgres.create(like="check")
    try:
        configure(tmp_path, configuration(vendor).replace("sqlite:///syncd.db", url))
        code, found = checked(tmp_path)
        assert 0 == code, found
        assert "the first sync fills it" in found["database"]["message"]
        assert 0 == inside("plan", folder=tmp_path).returncode
        assert 0 == inside("sync", "acme.fields", folder=tmp_path).returncode
        code, found = checked(tmp_path)
        assert 0 == code, found
        assert "sound" in found["database"]["message"]
        assert 0 == inside("plan", "--count", "acme.fields", folder=tmp_path).returncode
    finally:
        postgres.drop(url)


def test_beside_another_command_nothing_is_asked_twice(tmp_path: Path, vendor: StandIn) -> None:
    configure(tmp_path, configuration(vendor))
    inside("sync", "acme.fields", folder=tmp_path)
    vendor.log.clear()
    lock = take_lock(Database(f"sqlite:///{tmp_path}/syncd.db"), ["acme"], "syncd sync")
    try:
        code, found = checked(tmp_path)
    finally:
        lock.release()
    assert (3, 0) == (code, vendor.log.count())
    assert "in use by syncd sync" in found["database"]["message"]


async def test_beside_the_daemon_the_daemon_asks(tmp_path: Path, vendor: StandIn) -> None:
    """The request comes from the process that keeps the pace, and its answer is ours."""
    only = "\n".join(f"[connections.acme.collections.{c}]\nenabled = false" for c in every_other_than("fields"))
    configure(tmp_path, configuration(vendor, more=only))
    async with started(tmp_path, "run") as daemon:
        await daemon.says("run_ended")
        done = await asyncio.to_thread(syncd, "check", "--json", folder=tmp_path)
        found = json.loads(done.stdout)
        assert (0, True) == (done.returncode, found["ok"])
        assert "in use by syncd run" in found["database"]["message"]
        assert "check" == (await daemon.says("task_ended"))["verb"]


def every_other_than(name: str) -> list[str]:
    from syncd.vendors.trackops import TRACKOPS  # noqa: PLC0415 (only this needs it)

    return [collection.name for collection in TRACKOPS.collections if collection.name != name]


@pytest.mark.parametrize("command", ["status", "runs", "rejects"])
def test_warnings_of_the_configuration_are_not_repeated_by_every_look(
    tmp_path: Path, vendor: StandIn, command: str
) -> None:
    """They stand in `check` and at the start of the daemon, where somebody can act on them."""
    configure(tmp_path, configuration(vendor))
    assert "above Trackops" in inside("config", "check", folder=tmp_path).stdout
    done = inside(command, folder=tmp_path)
    assert (0, "") == (done.returncode, done.stderr)
