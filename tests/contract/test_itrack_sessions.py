"""iTrack's sessions through the whole product: the commands as processes, the daemon, and what an operator reads."""

from __future__ import annotations

import asyncio
import base64
import json
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

import pytest

from syncd.config import load
from syncd.standin import StandIn
from syncd.vendors import VENDORS
from tests.daemon.processes import Clock, supervised, until
from tests.program import inside, syncd
from tests.standins import served

GAP_S = 300.0
FEW = ("user", "trackers", "tracker_states", "tags", "events", "tracks", "zones")


@pytest.fixture
def vans() -> Iterator[StandIn]:
    with served(StandIn.itrack(trackers=3, days=3, blocked=0, clones=0, trips_per_day=2)) as vendor:
        yield vendor


def login(vendor: StandIn, password: str = "") -> str:
    """The settings of a login."""
    told = vendor.credentials
    return f'login = "{told["login"]}"\npassword = "{password or told["password"]}"'


def key(vendor: StandIn) -> str:
    """The settings of a key."""
    return f'api_key = "{vendor.credentials["api_key"]}"'


def configured(folder: Path, vendor: StandIn, settings: str, more: str = "") -> Path:
    """A configuration of one connection, as talkative as can be."""
    file = folder / "config.toml"
    file.write_text(f"""\
[database]
url = "sqlite:///syncd.db"
[log]
level = "debug"
[connections.vans]
vendor = "itrack"
base_url = "{vendor.url}"
{settings}
rate = "2000/s"
since = "5d"
{more}
""")
    file.chmod(0o600)
    return file


def session(folder: Path) -> dict[str, Any]:
    """What is kept of the session."""
    found: dict[str, Any] = json.loads((folder / "sessions" / "vans.json").read_text())
    return found


def told(run: dict[str, Any]) -> str:
    """The run's state, with what went wrong."""
    return f"{run['state']} {run['error'] or ''}".strip()


def synced(folder: Path, *arguments: str) -> tuple[int, dict[str, str], str]:
    """The exit code of a sync, how each run ended, and what an operator reads."""
    done = inside("sync", "--json", *(arguments or [f"vans.{name}" for name in FEW]), folder=folder)
    runs = json.loads(done.stdout)["runs"] if done.stdout else []
    return done.returncode, {run["collection"]: told(run) for run in runs}, done.stderr


# --- one login, and no more -------------------------------------------------------------------------------------------
def test_a_session_lasts_over_restarts_and_is_for_its_owner_only(tmp_path: Path, vans: StandIn) -> None:
    configured(tmp_path, vans, login(vans))
    for _ in range(2):
        done = syncd("sync", "--json", folder=tmp_path)
        assert 0 == done.returncode, done.stderr
    assert (1, 1) == (vans.content.logins, vans.content.sessions.login_calls)
    kept = tmp_path / "sessions"
    assert 0o700 == stat.S_IMODE(kept.stat().st_mode)
    assert {0o600} == {stat.S_IMODE(file.stat().st_mode) for file in kept.iterdir()}
    assert [] == vans.content.writes


def test_x1_no_password_and_no_session_is_shown_or_stored(tmp_path: Path, vans: StandIn) -> None:
    """Of a login, of a lost session and of a refusal, at the loudest, in every table and every output."""
    configured(tmp_path, vans, login(vans))
    done = inside("sync", "--json", folder=tmp_path)
    shown, first = [done.stdout + done.stderr], session(tmp_path)["token"]
    vans.content.expire_sessions()
    for command in ("check", "status", "runs", "rejects", "plan", "config show", "sync"):
        for more in ([], ["--json"]):
            done = inside(*command.split(), *more, folder=tmp_path)
            shown.append(done.stdout + done.stderr)
    second = session(tmp_path)["token"]
    assert first != second
    vans.content.change_password("another one 10 battery")
    done = inside("--debug", "sync", folder=tmp_path)
    shown.append(done.stdout + done.stderr)
    secrets = [vans.credentials["api_key"], first, second, "correct horse 9 battery", "another one 10 battery"]
    forms = {form for one in secrets for form in (one, quote_plus(one), base64.b64encode(one.encode()).decode())}
    assert [] == [form for form in forms for text in shown if form in text]
    stored = b"".join(file.read_bytes() for file in tmp_path.glob("syncd.db*"))
    assert [] == [form for form in forms if form.encode() in stored]
    assert [] == [entry for entry in vans.log.entries if any(form in entry.path for form in forms)]


def test_v5_a_session_that_ends_in_mid_walk_is_opened_again_and_the_walk_goes_on(tmp_path: Path, vans: StandIn) -> None:
    configured(tmp_path, vans, login(vans))
    assert 0 == synced(tmp_path)[0]
    before = vans.log.count()
    _ends_before(vans, 9)
    code, ended, said = synced(tmp_path)
    assert (0, {"ok"}) == (code, set(ended.values())), (ended, said)
    assert 2 == vans.content.logins
    assert before + 9 < vans.log.count()


def test_v5_sessions_that_end_all_the_time_are_not_opened_twice_in_five_minutes(tmp_path: Path, vans: StandIn) -> None:
    """The one exception is a session that ended soon after it was opened; what was read before is kept."""
    configured(tmp_path, vans, login(vans))
    assert 0 == synced(tmp_path)[0]
    for _ in range(2):
        _ends_before(vans, 5)
        synced(tmp_path)
    code, ended, said = synced(tmp_path)
    assert 1 == code, ended
    assert 2 == vans.content.sessions.login_calls
    reasons = {state for state in ended.values() if state != "ok"}
    assert {1} == {reason.count("There is no session, and the last login was ") for reason in reasons}
    assert {1} == {reason.count("The next login is not before ") for reason in reasons}
    assert "give syncd its own login or key" in said


def _ends_before(vans: StandIn, nth: int) -> None:
    """All sessions end right before the *nth* request from now."""
    left = [nth]

    def end(content: Any) -> None:
        left[0] -= 1
        if left[0] == 0:
            content.expire_sessions()

    vans.switch.clear()
    vans.switch.between(end)


# --- refused ----------------------------------------------------------------------------------------------------------
REFUSED = {
    "wrong password": ("", ["wrong login or password", "Check login, password and dealer_id", "api_key"]),
    "second factor": ("second_factor", ["second factor", "Make an API key in the web interface", "set api_key"]),
    "revoked key": ("key_revoked", ["Was the API key revoked", "Make a new key"]),
    "blocked user": ("user_blocked", ["The user is blocked", "Ask the platform's operator"]),
    "blocked dealer": ("dealer_blocked", ["The dealer's access is blocked", "Ask the platform's operator"]),
}


@pytest.mark.parametrize("what", REFUSED)
def test_v5_who_is_refused_is_told_what_to_do_and_is_not_tried_again_at_once(
    tmp_path: Path, vans: StandIn, what: str
) -> None:
    setting, words = REFUSED[what]
    if setting:
        setattr(vans.settings, setting, True)
    configured(tmp_path, vans, key(vans) if "key" in what else login(vans, "" if setting else "of somebody else"))
    done = syncd("sync", "--json", folder=tmp_path)
    assert 4 == done.returncode, done.stdout + done.stderr
    assert {4} == {json.loads(done.stdout)["exit_code"]}
    for word in words:
        assert word.lower() in done.stderr.lower(), done.stderr
    assert "Traceback" not in done.stderr
    asked, calls = vans.log.count(), vans.content.sessions.login_calls
    assert (1 if "key" not in what else 0) == calls
    done = syncd("sync", folder=tmp_path)
    assert 4 == done.returncode
    assert calls == vans.content.sessions.login_calls, "each attempt counts against the account"
    done = inside("check", folder=tmp_path)
    assert 4 == done.returncode
    assert words[-1] in done.stdout
    assert asked + 2 >= vans.log.count()


# --- the daemon -------------------------------------------------------------------------------------------------------
async def test_v5_a_daemon_takes_over_a_session_renews_it_twice_a_day_and_opens_a_lost_one_again(
    tmp_path: Path,
) -> None:
    async with StandIn.itrack(trackers=2, days=1, blocked=0, clones=0) as vans:
        config = load(configured(tmp_path, vans, login(vans), _only("tags")), environ={})
        clock = Clock()
        async with supervised(config, clock):
            await _ran(tmp_path, 1)
        async with supervised(config, clock):
            for cycles in range(2, 17):
                clock.turn(3600)
                await _ran(tmp_path, cycles)
            assert (1, 1) == (vans.content.sessions.login_calls, vans.content.sessions.renewals)
            vans.content.expire_sessions()
            for cycles in (17, 18):
                clock.turn(3600)
                await _ran(tmp_path, cycles)
        assert 2 == vans.content.sessions.login_calls


async def test_v5_a_daemon_that_is_refused_waits_for_another_password(tmp_path: Path) -> None:
    """Not an hour later, nor a day: only a person can mend a login, and each attempt counts against the account."""
    async with StandIn.itrack(trackers=2, days=1, blocked=0, clones=0) as vans:
        secret = tmp_path / "password"
        secret.write_text("of somebody else")
        secret.chmod(0o600)
        settings = f'login = "{vans.credentials["login"]}"\npassword = "file:password"'
        config = load(configured(tmp_path, vans, settings, _only("tags")), environ={})
        clock = Clock()
        async with supervised(config, clock) as daemon:
            await until(lambda: bool(_stopped(tmp_path)), "stopped")
            for _ in range(30):
                clock.turn(3600)
                await asyncio.sleep(0.05)  # a tick of the daemon
            assert 1 == vans.content.sessions.login_calls
            assert not daemon.task.done()
            secret.write_text(vans.credentials["password"])
            clock.turn(60)
            await _ran(tmp_path, 1)
        assert (2, 1) == (vans.content.sessions.login_calls, vans.content.logins)
        assert [] == _stopped(tmp_path)


def _only(*names: str) -> str:
    """All collections switched off but these."""
    others = [one for one in VENDORS["itrack"].collections if one.enabled_by_default and one.name not in names]
    return "".join(f"[connections.vans.collections.{one.name}]\nenabled = false\n" for one in others)


def _rows(folder: Path, sql: str) -> list[str]:
    """The first column of a query; nothing while there is no such table."""
    with closing(sqlite3.connect(folder / "syncd.db")) as database:
        try:
            return [str(row[0]) for row in database.execute(sql).fetchall()]
        except sqlite3.OperationalError:
            return []


def _stopped(folder: Path) -> list[str]:
    """Why the connection stands still."""
    return _rows(folder, "SELECT message FROM syncd_connections WHERE state = 'stopped'")


async def _ran(folder: Path, runs: int) -> None:
    """Wait for so many runs."""
    sql = "SELECT id FROM syncd_runs WHERE collection = 'tags' AND state = 'ok'"
    await until(lambda: len(_rows(folder, sql)) >= runs, f"{runs} runs")
