"""Sessions: opened once, kept, renewed, opened again when over, and never twice within five minutes."""

from __future__ import annotations

import asyncio
import json
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

from syncd.ask import Answer
from syncd.errors import Malformed, Refused, SyncdError, Unauthorized, Unavailable
from syncd.http.client import Client, Meter
from syncd.lane import Lane
from syncd.vendors.base import Signature
from tests.contract.http_kit import raw, reply
from tests.contract.session_kit import KEY, LOGIN, REMEDY, UNITS, VENDOR, Gate, gated, said
from tests.turned_clock import TurnedClock

HOUR = 3600.0


async def ask(client: Client, lane: Lane = Lane.INCREMENT) -> Answer:
    return await client.asker(lane, Meter())(UNITS)


async def asked_of(gate: Gate, folder: Path | None, clock: TurnedClock, **more: Any) -> None:
    """One start of the program that asks once."""
    async with gated(gate, folder, clock=clock, **more) as client:
        await ask(client)


def stored(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "sessions" / "vans.json").read_text())
    return found


# --- opened once, and kept -------------------------------------------------------------------------------------------
async def test_a_session_is_opened_before_the_first_question_and_signs_all_of_them(tmp_path: Path) -> None:
    meter = Meter()
    async with Gate.of() as gate, gated(gate, tmp_path, clock=TurnedClock()) as client:
        for _ in range(3):
            await client.asker(Lane.INCREMENT, meter)(UNITS)
        assert 1 == gate.logins
        assert [("login", LOGIN["login"]), ("password", LOGIN["password"])] == gate.seen[0].form
        assert [[("ids", "[1,2]"), ("hash", gate.given[0])]] * 3 == [seen.form for seen in gate.asked("/units")]
    assert 4 == meter.requests


async def test_a_session_is_kept_across_restarts(tmp_path: Path) -> None:
    clock = TurnedClock()
    async with Gate.of() as gate:
        for _ in range(4):
            await asked_of(gate, tmp_path, clock)
            clock.turn(HOUR)
        assert 1 == gate.logins


async def test_without_a_folder_a_session_lasts_as_long_as_its_client() -> None:
    clock = TurnedClock()
    async with Gate.of() as gate:
        for _ in range(2):
            async with gated(gate, clock=clock) as client:
                await ask(client)
                await ask(client)
        assert 2 == gate.logins


async def test_x4_only_the_owner_can_read_the_session_and_no_password_is_in_it(tmp_path: Path) -> None:
    async with Gate.of() as gate:
        await asked_of(gate, tmp_path / "state", TurnedClock())
    folder = tmp_path / "state" / "sessions"
    assert ["vans.json", "vans.lock"] == sorted(file.name for file in folder.iterdir())
    assert 0o700 == folder.stat().st_mode & 0o777
    for file in folder.iterdir():
        assert 0o600 == file.stat().st_mode & 0o777
        for secret in (LOGIN["password"], LOGIN["login"]):
            assert secret not in file.read_text()


async def test_x4_a_file_that_others_could_read_is_replaced_by_one_they_cannot(tmp_path: Path) -> None:
    clock = TurnedClock()
    async with Gate.of() as gate:
        await asked_of(gate, tmp_path, clock)
        file = tmp_path / "sessions" / "vans.json"
        file.chmod(0o644)
        file.with_suffix(".new").write_text("left behind")
        file.with_suffix(".new").chmod(0o666)
        clock.turn(13 * HOUR)
        await asked_of(gate, tmp_path, clock)
    assert 0o600 == file.stat().st_mode & 0o777
    assert not file.with_suffix(".new").exists()


@pytest.mark.parametrize("changed", ["password", "login", "dealer_id"])
async def test_another_login_does_not_use_the_session_of_the_former(changed: str, tmp_path: Path) -> None:
    clock = TurnedClock()
    async with Gate.of() as gate:
        await asked_of(gate, tmp_path, clock)
        clock.turn(400)
        gate.password = "other" if changed == "password" else gate.password
        await asked_of(gate, tmp_path, clock, credentials={**LOGIN, changed: "other"})
        assert 2 == gate.logins
        clock.turn(400)
        await asked_of(gate, tmp_path, clock, credentials={**LOGIN, changed: "other"})
        assert 2 == gate.logins


async def test_another_address_does_not_get_the_session_of_the_former(tmp_path: Path) -> None:
    clock = TurnedClock()
    async with Gate.of() as first, Gate.of() as second:
        await asked_of(first, tmp_path, clock)
        clock.turn(400)
        await asked_of(second, tmp_path, clock)
        assert 1 == second.logins
        assert [first.given[0]] == [dict(seen.form)["hash"] for seen in second.asked("/units")]  # by chance the same
    assert ["/user/auth", "/units"] == [seen.target.removeprefix("/api/v1") for seen in second.seen]


GARBLED = [
    pytest.param(b"", id="empty"),
    pytest.param(b"{", id="cut"),
    pytest.param(b"\xff\xfe\x00", id="no text"),
    pytest.param(b"[]", id="list"),
    pytest.param(b'{"token": "abc"}', id="no fingerprint"),
    pytest.param(b'{"salt": "zz", "fingerprint": "\xc3\xb8", "token": "abc"}', id="salt is none"),
    pytest.param(b'{"salt": "00", "fingerprint": "11", "token": "abc"}', id="another's"),
    pytest.param(b'{"salt": "00", "fingerprint": "11", "tried_at": "2026-03-01T12:00:00"}', id="no zone"),
    pytest.param(b" " * 100_000, id="huge"),
]


@pytest.mark.parametrize("content", GARBLED)
async def test_a_session_file_that_cannot_be_used_is_as_good_as_none(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "sessions").mkdir()
    file = tmp_path / "sessions" / "vans.json"
    file.write_bytes(content)
    async with Gate.of() as gate:
        for _ in range(2):
            await asked_of(gate, tmp_path, TurnedClock())
        assert 1 == gate.logins
    assert gate.given[0] == stored(tmp_path)["token"]


async def test_where_no_file_can_be_the_session_lives_in_memory_and_that_is_said(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("not a folder")
    with structlog.testing.capture_logs() as logged:
        async with Gate.of() as gate, gated(gate, tmp_path / "state", clock=TurnedClock()) as client:
            await ask(client)
            await ask(client)
        assert 1 == gate.logins
    assert ["session_not_kept"] == [event["action"] for event in logged if event["log_level"] == "warning"]


async def test_a_login_that_is_no_declared_read_does_not_leave(tmp_path: Path) -> None:
    async with Gate.of() as gate:
        async with gated(gate, tmp_path, clock=TurnedClock(), reads=(("POST", "/units"),)) as client:
            with pytest.raises(Refused, match="none of the read calls"):
                await ask(client)
        assert [] == gate.seen


@pytest.mark.parametrize("hash_", [None, "", "a\nb", "ü", "x" * 5000])
async def test_what_can_be_no_token_is_malformed(hash_: str | None, tmp_path: Path) -> None:
    async with Gate.of() as gate, gated(gate, tmp_path, clock=TurnedClock()) as client:
        gate.instead["/user/auth"] = [said(hash=hash_)]
        with pytest.raises(Malformed):
            await ask(client)


# --- over ------------------------------------------------------------------------------------------------------------
async def test_v5_a_session_that_ends_in_mid_walk_is_opened_again_and_the_page_asked_again(tmp_path: Path) -> None:
    clock, meter = TurnedClock(), Meter()
    async with Gate.of() as gate, gated(gate, tmp_path, clock=clock) as client:
        await ask(client)
        clock.turn(HOUR)
        gate.end_sessions()
        answer = await client.asker(Lane.INCREMENT, meter)(UNITS)
        await ask(client)
        assert {"list": [1]} == answer.value
        assert 2 == gate.logins
    assert (3, 1) == (meter.requests, meter.retries)
    assert gate.given[1] == stored(tmp_path)["token"]


async def test_v6_questions_whose_session_ends_together_open_one_new_session(tmp_path: Path) -> None:
    clock = TurnedClock()
    async with Gate(takes_s=0.05) as gate, gated(gate, tmp_path, clock=clock) as client:
        await asyncio.gather(*(ask(client) for _ in range(8)))
        assert 1 == gate.logins
        for ended in range(3):
            clock.turn(HOUR)
            gate.end_sessions()
            await asyncio.gather(*(ask(client) for _ in range(12)))
            assert 2 + ended == gate.logins


async def test_v6_questions_that_wait_for_a_new_session_are_not_sent_with_the_old_one(tmp_path: Path) -> None:
    """Thirty questions, four in flight: those four may find the session over, the others wait for the new one."""
    clock = TurnedClock()
    async with Gate(takes_s=0.1) as gate, gated(gate, tmp_path, clock=clock) as client:
        await ask(client)
        clock.turn(HOUR)
        gate.end_sessions()
        await asyncio.gather(*(ask(client) for _ in range(30)))
        assert 2 == gate.logins
        assert len(gate.asked("/units")) <= 1 + 30 + 8


async def test_v5_a_session_that_is_over_at_once_is_final_and_says_what_to_do(tmp_path: Path) -> None:
    async with Gate.of() as gate, gated(gate, tmp_path, clock=TurnedClock()) as client:
        gate.instead["/user/auth"] = [said(hash="0" * 32)]
        with pytest.raises(Unavailable, match="not before"):
            await ask(client)
    clock = TurnedClock()
    async with Gate.of() as gate, gated(gate, tmp_path / "other", clock=clock) as client:
        await ask(client)
        clock.turn(HOUR)
        gate.end_sessions()
        gate.instead["/user/auth"] = [said(hash="0" * 32)]
        with pytest.raises(Unauthorized, match="session is over") as caught:
            await ask(client)
        assert Unauthorized is type(caught.value)
        assert (REMEDY, 4) == (caught.value.remedy, caught.value.code)
        assert 3 == len(gate.asked("/units"))


async def test_v5_with_a_key_there_is_no_login_and_a_refusal_is_final(tmp_path: Path) -> None:
    async with Gate.of() as gate, gated(gate, tmp_path, clock=TurnedClock(), credentials=KEY) as client:
        with pytest.raises(Unauthorized, match="session is over") as caught:
            await ask(client)
        assert Unauthorized is type(caught.value)
        assert REMEDY == caught.value.remedy
        assert ["/api/v1/units"] == [seen.target for seen in gate.seen]
    assert not (tmp_path / "sessions").exists()


async def test_v5_a_rotated_key_is_read_again_once(tmp_path: Path) -> None:
    rotated = {"api_key": "00000000000000000000000000000001"}
    async with Gate.of() as gate:
        gate.valid.add(rotated["api_key"])
        await asked_of(gate, tmp_path, TurnedClock(), credentials=KEY, refresh=lambda: rotated)
        assert 2 == len(gate.seen)


# --- renewed ---------------------------------------------------------------------------------------------------------
async def test_a_session_is_renewed_every_twelve_hours_by_one_of_all_who_ask(tmp_path: Path) -> None:
    clock = TurnedClock()
    async with Gate.of() as gate, gated(gate, tmp_path, clock=clock) as client:
        for hours, renewals in ((0, 0), (11.9, 0), (0.2, 1), (11.7, 1), (0.3, 2)):
            clock.turn(hours * HOUR)
            await asyncio.gather(*(ask(client) for _ in range(5)))
            assert renewals == len(gate.asked("/user/renew"))
        assert [("hash", gate.given[0])] == gate.asked("/user/renew")[0].form
        assert 1 == gate.logins


async def test_a_restart_neither_forgets_nor_brings_forward_a_renewal(tmp_path: Path) -> None:
    clock = TurnedClock()
    async with Gate.of() as gate:
        for _ in range(10):
            await asked_of(gate, tmp_path, clock)
            clock.turn(5 * HOUR)
        # At 15, 30 and 45 hours: the first start after 12 hours since the last.
        assert 3 == len(gate.asked("/user/renew"))
        assert 1 == gate.logins


async def test_a_renewal_that_fails_does_not_end_the_session_and_is_tried_again(tmp_path: Path) -> None:
    clock = TurnedClock()
    async with Gate.of() as gate, gated(gate, tmp_path, clock=clock) as client:
        await ask(client)
        gate.instead["/user/renew"] = [reply(b"", 503), raw(), said(400, code=15)]
        for tries in (1, 1, 2, 2, 3, 3, 4, 4):
            clock.turn(13 * HOUR if tries == 1 and not gate.asked("/user/renew") else 8 * 60)
            await ask(client)
            assert tries == len(gate.asked("/user/renew"))
        assert 1 == gate.logins


async def test_a_renewal_that_finds_the_session_over_opens_another(tmp_path: Path) -> None:
    clock = TurnedClock()
    async with Gate.of() as gate, gated(gate, tmp_path, clock=clock) as client:
        await ask(client)
        gate.end_sessions()
        clock.turn(13 * HOUR)
        await ask(client)
        assert ["/user/auth", "/units", "/user/renew", "/user/auth", "/units"] == [
            seen.target.removeprefix("/api/v1") for seen in gate.seen
        ]


# --- rarely ----------------------------------------------------------------------------------------------------------
async def test_two_logins_are_never_within_five_minutes_and_it_comes_back_by_itself(tmp_path: Path) -> None:
    clock = TurnedClock()
    async with Gate.of() as gate, gated(gate, tmp_path, clock=clock) as client:
        await ask(client)
        clock.turn(100)
        gate.end_sessions()
        for _ in range(3):
            with pytest.raises(Unavailable, match=r"next login is not before 12:05:0\d UTC") as caught:
                await ask(client)
            assert Unavailable is type(caught.value)
            assert "own login" in caught.value.remedy
        assert 1 == gate.logins
        # Known to be over: not even asked again.
        assert 2 == len(gate.asked("/units"))
        clock.turn(150)
        with pytest.raises(Unavailable):
            await ask(client)
        clock.turn(60)
        await ask(client)
        assert 2 == gate.logins


async def test_a_restart_does_not_shorten_the_five_minutes(tmp_path: Path) -> None:
    clock = TurnedClock()
    async with Gate.of() as gate:
        await asked_of(gate, tmp_path, clock)
        gate.end_sessions()
        for _ in range(4):
            clock.turn(60)
            with pytest.raises(Unavailable):
                await asked_of(gate, tmp_path, clock)
        assert 1 == gate.logins
        clock.turn(70)
        await asked_of(gate, tmp_path, clock)
        assert 2 == gate.logins


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
        assert "" == waits.value.remedy
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
        assert 14 <= client.pace.usage.used <= 19
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
