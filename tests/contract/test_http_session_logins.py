"""Logins: never two within five minutes, one for all who wait, in whatever process, and nothing of them shown."""

from __future__ import annotations

import asyncio
import logging
import re
import traceback
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import structlog

from syncd.errors import SyncdError, Unauthorized, Unavailable
from syncd.http.client import Meter
from syncd.lane import Lane
from syncd.vendors.base import Signature
from tests.contract.http_kit import raw, reply
from tests.contract.session_kit import HOUR, LOGIN, UNITS, VENDOR, Gate, ask, asked_of, gated, said, stored
from tests.turned_clock import TurnedClock


# --- rarely ----------------------------------------------------------------------------------------------------------
async def test_two_logins_are_never_within_five_minutes_and_it_comes_back_by_itself(tmp_path: Path) -> None:
    clock = TurnedClock()
    async with Gate.of() as gate, gated(gate, tmp_path, clock=clock) as client:
        await ask(client)
        clock.turn(100)
        # One that is lost soon after its login is opened once more: that is the only exception.
        gate.end_sessions()
        await ask(client)
        gate.end_sessions()
        for _ in range(3):
            with pytest.raises(Unavailable, match=r"next login is not before 12:06:4\d UTC") as caught:
                await ask(client)
            assert Unavailable is type(caught.value)
            assert "own login" in caught.value.remedy
        assert 2 == gate.logins
        # Known to be over: not even asked again.
        assert 4 == len(gate.asked("/units"))
        clock.turn(150)
        with pytest.raises(Unavailable):
            await ask(client)
        clock.turn(160)
        await ask(client)
        assert 3 == gate.logins


async def test_a_restart_does_not_shorten_the_five_minutes(tmp_path: Path) -> None:
    clock = TurnedClock()
    async with Gate.of() as gate:
        for _ in range(2):
            await asked_of(gate, tmp_path, clock)
            gate.end_sessions()
        for _ in range(4):
            clock.turn(60)
            with pytest.raises(Unavailable):
                await asked_of(gate, tmp_path, clock)
        assert 2 == gate.logins
        clock.turn(70)
        await asked_of(gate, tmp_path, clock)
        assert 3 == gate.logins


@pytest.mark.parametrize(
    "step", [reply(b"", 503), raw(), reply(b"<html>"), reply(b'{"hash": "12')], ids=["503", "cut", "html", "torn"]
)
async def test_a_login_that_failed_counts_too_and_is_not_repeated_at_once(step: Any, tmp_path: Path) -> None:
    clock = TurnedClock()
    async with Gate.of() as gate:
        gate.instead["/user/auth"] = [step]
        for _ in range(3):
            with pytest.raises(Unavailable, match="not before 12:0"):
                await asked_of(gate, tmp_path, clock)
        assert 1 == gate.logins
        clock.turn(301)
        await asked_of(gate, tmp_path, clock)
        assert 2 == gate.logins


async def test_a_login_that_never_reached_the_vendor_does_not_count(tmp_path: Path) -> None:
    clock = TurnedClock()
    async with Gate.of() as gone:
        pass
    async with gated(gone, tmp_path, clock=clock) as client:
        meter = Meter()
        with pytest.raises(Unavailable, match="No connection") as caught:
            await client.asker(Lane.INCREMENT, meter)(UNITS)
        assert "login" not in caught.value.message
        # Tried again like any question.
        assert 5 == meter.requests
        async with Gate(port=gone.port) as gate:
            await ask(client)
            assert 1 == gate.logins


async def test_v1_a_login_that_comes_too_fast_waits_like_any_question(tmp_path: Path) -> None:
    clock = TurnedClock()
    async with Gate.of() as gate, gated(gate, tmp_path, clock=clock) as client:
        gate.instead["/user/auth"] = [said(429, code=15), said(429, code=15)]
        await ask(client)
        assert 3 == gate.logins
    assert 3.0 <= clock.passed < 4.0


async def test_v1_a_login_that_is_told_to_wait_for_long_says_so_and_comes_back_by_itself(tmp_path: Path) -> None:
    clock = TurnedClock()
    async with Gate.of() as gate:
        gate.instead["/user/auth"] = [said(400, code=105)]
        for said_ in ("Too many attempts", "last login"):
            with pytest.raises(Unavailable, match=rf"{said_}.* not before 12:05:00"):
                await asked_of(gate, tmp_path, clock)
        clock.turn(300)
        await asked_of(gate, tmp_path, clock)
        assert 2 == gate.logins


async def test_v5_a_wrong_password_is_final_until_another_is_configured(tmp_path: Path) -> None:
    clock, found = TurnedClock(), {**LOGIN, "password": "incorrect"}

    def refresh() -> Mapping[str, str]:
        return found

    async with (
        Gate.of() as gate,
        gated(gate, tmp_path, clock=clock, credentials=dict(found), refresh=refresh) as client,
    ):
        for _ in range(3):
            with pytest.raises(Unauthorized, match="login is wrong") as caught:
                await ask(client)
            assert "Check login" in caught.value.remedy
            clock.turn(HOUR)
        assert 1 == gate.logins
        found["password"] = LOGIN["password"]
        await ask(client)
        assert 2 == gate.logins


async def test_v5_a_restart_tries_a_refused_password_again_but_not_within_five_minutes(tmp_path: Path) -> None:
    clock, wrong = TurnedClock(), {**LOGIN, "password": "incorrect"}
    async with Gate.of() as gate:
        for _ in range(3):
            with pytest.raises(Unauthorized, match="login is wrong"):
                await asked_of(gate, tmp_path, clock, credentials=wrong)
        assert 1 == gate.logins
        # The right one has to wait as well, and that is not its fault.
        with pytest.raises(Unavailable, match="not before 12:05:00") as waits:
            await asked_of(gate, tmp_path, clock)
        assert "syncd waits in between" in waits.value.remedy
        clock.turn(301)
        with pytest.raises(Unauthorized, match="login is wrong"):
            await asked_of(gate, tmp_path, clock, credentials=wrong)
        assert 2 == gate.logins


async def test_v6_all_who_wait_for_a_login_learn_that_it_failed(tmp_path: Path) -> None:
    async with Gate(password="changed") as gate, gated(gate, tmp_path, clock=TurnedClock()) as client:
        errors = await asyncio.gather(*(ask(client) for _ in range(6)), return_exceptions=True)
        assert [Unauthorized] * 6 == [type(error) for error in errors]
        assert 1 == gate.logins


async def test_a_clock_that_was_set_back_neither_locks_out_nor_keeps_a_session_for_ever(tmp_path: Path) -> None:
    clock = TurnedClock(datetime(2026, 3, 9, tzinfo=UTC))
    async with Gate.of() as gate:
        await asked_of(gate, tmp_path, clock)
        earlier = TurnedClock(datetime(2026, 3, 1, tzinfo=UTC))
        await asked_of(gate, tmp_path, earlier)
        assert 1 == len(gate.asked("/user/renew"))
        assert "2026-03-01" in stored(tmp_path)["renewed_at"]
        gate.end_sessions()
        await asked_of(gate, tmp_path, earlier)
        assert 2 == gate.logins


# --- two at a time ---------------------------------------------------------------------------------------------------
async def test_v6_two_processes_that_start_together_log_in_once(tmp_path: Path) -> None:
    async with Gate(takes_s=0.3) as gate, gated(gate, tmp_path) as one, gated(gate, tmp_path) as other:
        await asyncio.gather(ask(one), ask(other), ask(one), ask(other))
        assert 1 == gate.logins


async def test_v6_whoever_waited_for_the_lock_uses_what_the_other_got(tmp_path: Path) -> None:
    clock = TurnedClock()
    async with (
        Gate.of() as gate,
        gated(gate, tmp_path, clock=clock) as one,
        gated(gate, tmp_path, clock=clock) as other,
    ):
        await ask(one)
        await ask(other)
        clock.turn(HOUR)
        gate.end_sessions()
        await ask(one)
        await ask(other)
        assert 2 == gate.logins
        clock.turn(13 * HOUR)
        await ask(one)
        await ask(other)
        assert 1 == len(gate.asked("/user/renew"))


async def test_a_lock_that_is_never_given_back_ends_as_unavailable(tmp_path: Path) -> None:
    clock = TurnedClock()
    async with Gate.of() as gate:
        async with gated(gate, tmp_path, clock=clock) as one:
            keeper = one._identity.keeper
            assert keeper is not None
            assert keeper._file is not None
            async with keeper._file.locked(clock):
                with pytest.raises(Unavailable, match="Another syncd") as caught:
                    await asked_of(gate, tmp_path, clock)
        assert str(tmp_path) in caught.value.remedy
        assert [] == gate.seen


# --- given up in the middle ------------------------------------------------------------------------------------------
async def test_p13_whoever_gives_up_waiting_does_not_take_the_login_from_the_others(tmp_path: Path) -> None:
    async with Gate(takes_s=0.2) as gate, gated(gate, tmp_path) as client:
        first = asyncio.ensure_future(ask(client))
        others = [asyncio.ensure_future(ask(client)) for _ in range(3)]
        await asyncio.sleep(0.1)
        first.cancel()
        await asyncio.gather(*others)
        assert first.cancelled()
        assert 1 == gate.logins


async def test_p13_a_client_that_closes_in_a_login_keeps_its_session(tmp_path: Path) -> None:
    async with Gate(takes_s=0.2) as gate:
        async with gated(gate, tmp_path) as client:
            asking = asyncio.ensure_future(ask(client))
            await asyncio.sleep(0.1)
        await asyncio.gather(asking, return_exceptions=True)
        assert gate.given[0] == stored(tmp_path)["token"]
        assert {"session", "pace"}.isdisjoint(task.get_name() for task in asyncio.all_tasks())


async def test_a_login_goes_before_everything_that_waits(tmp_path: Path) -> None:
    """Ten questions wait, one may go every 100 ms: they do not all use up a turn before the login gets its own."""
    sessions, limits = VENDOR.sessions, replace(VENDOR.limits, after_answer=True)
    assert sessions is not None
    sessions = replace(sessions, login_gap=timedelta(0))
    async with (
        Gate.of() as gate,
        gated(gate, tmp_path, rates=((10, 1.0),), limits=limits, sessions=sessions) as client,
    ):
        await ask(client)
        gate.end_sessions()
        await asyncio.gather(*(ask(client) for _ in range(10)))
        paths = [seen.target.removeprefix("/api/v1") for seen in gate.seen]
        # Fourteen were sent. What turns pass until the login has asked for one are few.
        assert 14 <= client.pace_of("").usage.used <= 19
    assert ["/units", "/user/auth", *["/units"] * 10] == paths[2:]


# --- secrets ---------------------------------------------------------------------------------------------------------
async def test_x1_x2_neither_token_nor_password_shows_in_errors_tracebacks_or_logs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    clock, shown = TurnedClock(), []

    def note(error: SyncdError) -> None:
        shown.extend(["".join(traceback.format_exception(error)), repr(error), str(error), repr(error.__context__)])

    with structlog.testing.capture_logs() as logged:
        async with Gate.of() as gate, gated(gate, tmp_path, clock=clock) as client:
            await ask(client)
            token = gate.given[0]
            gate.instead["/units"] = [reply(f"hash={token}".encode(), 500)] * 9
            with pytest.raises(SyncdError) as caught:
                await ask(client)
            note(caught.value)
            del gate.instead["/units"]
            gate.end_sessions()
            await ask(client)
            gate.end_sessions()
            with pytest.raises(SyncdError) as caught:
                await ask(client)
            note(caught.value)
            clock.turn(HOUR)
            gate.password = "changed"
            with pytest.raises(Unauthorized) as caught:
                await ask(client)
            note(caught.value)
            # A second factor: a token came, but no session.
            unknown = "5e" * 16
            clock.turn(HOUR)
            gate.instead["/user/auth"] = [said(400, code=102, hash=unknown)]
            async with gated(gate, tmp_path, clock=clock) as another:
                with pytest.raises(Unauthorized) as caught:
                    await ask(another)
                note(caught.value)
            assert "***" in client.redactor.text(f"echo {token}")
            shown += [repr(client._identity.keeper), repr(client._options), repr(logged)]
    output = capsys.readouterr()
    for text in (*shown, caplog.text, output.out, output.err):
        for secret in (token, LOGIN["password"], unknown):
            assert secret not in text


async def test_x1_the_fingerprint_in_the_file_depends_on_a_salt_of_its_own(tmp_path: Path) -> None:
    async with Gate.of() as gate:
        for name in ("a", "b"):
            await asked_of(gate, tmp_path / name, TurnedClock())
    one, other = stored(tmp_path / "a"), stored(tmp_path / "b")
    assert one["salt"] != other["salt"]
    assert one["fingerprint"] != other["fingerprint"]
    assert re.fullmatch("[0-9a-f]{64}", one["fingerprint"])


def test_the_gap_is_five_minutes_and_the_renewal_twelve_hours_unless_a_vendor_says_otherwise() -> None:
    assert VENDOR.sessions is not None
    assert (timedelta(minutes=5), timedelta(hours=12)) == (VENDOR.sessions.login_gap, VENDOR.sessions.renew_after)


async def test_x1_a_token_from_the_file_is_a_secret_too(tmp_path: Path) -> None:
    """Also where it stands in a header, and in no parameter."""
    clock = TurnedClock()
    headed: dict[str, Any] = {
        "sign": lambda _settings, token: Signature({"Authorization": f"NVX {token}"} if token else {})
    }
    async with Gate.of() as gate:
        gate.instead["/units"] = [said(list=[]), *[reply(b"", 500)] * 5]
        async with gated(gate, tmp_path, clock=clock, **headed) as client:
            await ask(client)
        assert f"NVX {gate.given[0]}" == gate.asked("/units")[0].headers["authorization"]
        assert [("ids", "[1,2]")] == gate.asked("/units")[0].form
        async with gated(gate, tmp_path, clock=clock, **headed) as client:
            with pytest.raises(Unavailable):
                await ask(client)
            assert gate.given[0] not in client.redactor.text(f"echo {gate.given[0]}")
        assert 1 == gate.logins
