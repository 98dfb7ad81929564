"""Sessions: opened once, kept across restarts, renewed, and opened again when over."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
import structlog

from syncd.errors import Malformed, Refused, Unauthorized, Unavailable
from syncd.http.client import Meter
from syncd.lane import Lane
from tests.contract.http_kit import raw, reply
from tests.contract.session_kit import HOUR, KEY, LOGIN, REMEDY, UNITS, Gate, ask, asked_of, gated, said, stored
from tests.turned_clock import TurnedClock


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
    warned = [event for event in logged if event["log_level"] == "warning"]
    assert [("session_not_kept", str(tmp_path / "state"))] == [(event["action"], event["folder"]) for event in warned]


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


@pytest.mark.parametrize("kept", [True, False], ids=["kept in a file", "in memory"])
async def test_v6_questions_whose_session_ends_together_open_one_new_session(tmp_path: Path, kept: bool) -> None:
    clock = TurnedClock()
    async with Gate(takes_s=0.05) as gate, gated(gate, tmp_path if kept else None, clock=clock) as client:
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
    clock = TurnedClock()
    async with Gate.of() as gate, gated(gate, tmp_path, clock=clock) as client:
        await ask(client)
        clock.turn(HOUR)
        gate.end_sessions()
        gate.instead["/user/auth"] = [said(hash="0" * 32)]
        with pytest.raises(Unauthorized, match="session is over") as caught:
            await ask(client)
        assert Unauthorized is type(caught.value)
        assert (REMEDY, 4) == (caught.value.remedy, caught.value.code)
        assert 3 == len(gate.asked("/units"))


async def test_v5_a_session_lost_soon_after_its_login_is_opened_again_once_and_no_more_for_five_minutes(
    tmp_path: Path,
) -> None:
    clock = TurnedClock()
    async with Gate.of() as gate:
        async with gated(gate, tmp_path, clock=clock) as client:
            await ask(client)
            gate.end_sessions()
            assert {"list": [1]} == (await ask(client)).value
            assert 2 == gate.logins
            gate.end_sessions()
            with pytest.raises(Unavailable, match="not before"):
                await ask(client)
        async with gated(gate, tmp_path, clock=clock) as client:
            with pytest.raises(Unavailable, match="not before"):
                await ask(client)
            assert 2 == gate.logins
            clock.turn(301)
            await ask(client)
            assert 3 == gate.logins


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
