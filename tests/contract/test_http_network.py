"""What networks do (FAULTS, Network): every broken answer is asked for again, every wait ends."""

from __future__ import annotations

import asyncio
import socket
import time
from pathlib import Path

import pytest

from syncd.ask import Question
from syncd.errors import Malformed, Refused, Unavailable
from syncd.http.client import Meter
from syncd.lane import Lane
from tests.contract.http_kit import TOKEN, Server, client, head, late, raw, reply, silent
from tests.turned_clock import TurnedClock

CASES = Question("/cases", (("page", "1"),))
BODY = b'[{"id": 1, "name": "a"}]'
WHOLE = head(200, {"Content-Length": str(len(BODY))}) + BODY
CHUNKED = (
    head(200, {"Transfer-Encoding": "chunked"})
    + b"".join(b"%x\r\n%s\r\n" % (4, BODY[i : i + 4]) for i in range(0, 24, 4))
) + b"0\r\n\r\n"


async def test_n1_a_vendor_that_is_not_there_is_unavailable_and_comes_back_by_itself() -> None:
    async with Server.of() as gone:
        url = gone.url
    clock, meter = TurnedClock(), Meter()
    async with client(url, clock=clock, random=0.5) as asked:
        ask = asked.asker(Lane.INCREMENT, meter)
        with pytest.raises(Unavailable, match="No connection"):
            await ask(CASES)
        assert 5 == meter.requests
        assert 4 == meter.retries
        assert [0.5, 1.0, 2.0, 4.0] == [s for s in clock.slept if s > 0.1]
        async with Server.of(port=gone.port):
            assert [] == (await ask(CASES)).value


async def test_n1_a_name_that_does_not_resolve_is_tried_three_times_and_says_what_to_check() -> None:
    meter = Meter()
    async with client("https://no-such-name.invalid/api/v1", clock=TurnedClock()) as asked:
        with pytest.raises(Unavailable, match="does not resolve") as caught:
            await asked.asker(Lane.INCREMENT, meter)(CASES)
    assert "base_url" in caught.value.remedy
    assert 3 == meter.requests


async def test_n2_a_connection_that_hangs_ends_at_its_time() -> None:
    """A listener with a full queue takes no more connections: the next one hangs."""
    with socket.socket() as listener, socket.socket() as first, socket.socket() as second:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for filling in (first, second):
            filling.setblocking(False)
            filling.connect_ex(listener.getsockname())
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/api/v1"
        began = time.monotonic()
        async with client(url, clock=TurnedClock(), connect_s=0.05, timeout_s=1.0) as asked:
            with pytest.raises(Unavailable, match="did not take the connection"):
                await asked.asker(Lane.INCREMENT, Meter())(CASES)
        assert time.monotonic() - began < 2


async def test_n3_an_answer_that_never_starts_ends_at_the_time_out() -> None:
    began = time.monotonic()
    async with Server.of(otherwise=silent()) as server, client(server, clock=TurnedClock(), timeout_s=0.05) as asked:
        with pytest.raises(Unavailable, match=r"within 0\.05 s") as caught:
            await asked.asker(Lane.INCREMENT, Meter())(CASES)
        assert "raise the connection's timeout" in caught.value.remedy
        assert 5 == len(server.seen)
    assert time.monotonic() - began < 2


async def test_n4_a_body_that_drips_for_ever_ends_at_the_time_out() -> None:
    drip = raw(head(200, {"Content-Length": "1000"}), *[b" "] * 200, pause_s=0.02)
    began = time.monotonic()
    async with Server.of(drip) as server, client(server, clock=TurnedClock(), timeout_s=0.2) as asked:
        assert [] == (await asked.asker(Lane.INCREMENT, Meter())(CASES)).value
        assert 2 == len(server.seen)
    assert time.monotonic() - began < 1


async def test_the_time_out_starts_with_the_turn_not_with_the_question() -> None:
    """Ten questions of 0.05 s each, one after the other: the last waits longer than a question may take."""
    async with Server.of(otherwise=late(0.05, reply())) as server, client(server, timeout_s=0.3) as asked:
        ask = asked.asker(Lane.INCREMENT, Meter())
        await asyncio.gather(*(ask(CASES) for _ in range(10)))
        assert 10 == len(server.seen)


@pytest.mark.parametrize("reset", [False, True], ids=["closed", "reset"])
@pytest.mark.parametrize("whole", [WHOLE, CHUNKED], ids=["content-length", "chunked"])
async def test_n5_a_body_cut_anywhere_is_never_taken_for_an_answer(whole: bytes, reset: bool) -> None:
    cut_at = range(1, len(whole))
    steps = [step for at in cut_at for step in (raw(whole[:at], reset=reset), reply(BODY))]
    async with Server.of(*steps) as server, client(server, clock=TurnedClock()) as asked:
        asked._budget.left = 10_000.0
        ask = asked.asker(Lane.INCREMENT, Meter())
        for _ in cut_at:
            answer = await ask(CASES)
            assert [{"id": 1, "name": "a"}] == answer.value
        assert not server.steps


async def test_n5_a_wrong_content_length_is_asked_again() -> None:
    longer = raw(head(200, {"Content-Length": str(len(BODY) + 5)}) + BODY)
    shorter = raw(head(200, {"Content-Length": str(len(BODY) - 5)}) + BODY)
    async with Server.of(longer, shorter) as server, client(server, clock=TurnedClock()) as asked:
        assert [] == (await asked.asker(Lane.INCREMENT, Meter())(CASES)).value
        assert 3 == len(server.seen)


@pytest.mark.parametrize(
    "answer, framed",
    [
        pytest.param(WHOLE, True, id="content-length"),
        pytest.param(CHUNKED, True, id="chunked"),
        pytest.param(head(200, {"Connection": "close"}) + BODY, False, id="end told by closing"),
        pytest.param(head(200, {}, version="1.0") + BODY, False, id="http 1.0"),
    ],
)
async def test_n6_an_answer_whose_end_only_the_closing_told_is_marked(answer: bytes, framed: bool) -> None:
    async with Server.of(raw(answer)) as server, client(server) as asked:
        found = await asked.asker(Lane.INCREMENT, Meter())(CASES)
    assert framed == found.framed
    assert [{"id": 1, "name": "a"}] == found.value
    assert len(BODY) == found.size


async def test_n7_the_librarys_own_resend_is_paced_and_counted() -> None:
    """The kept connection drops at the second request: the library sends it again, a full gap later."""
    meter = Meter()
    async with Server.of(reply(), raw(), reply()) as server, client(server, rates=((5, 1.0),)) as asked:
        ask = asked.asker(Lane.INCREMENT, meter)
        await ask(CASES)
        await ask(CASES)
        assert 3 == len(server.seen)
        assert min(server.gaps) >= 0.2
    assert 3 == meter.requests
    assert 1 == meter.retries


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_n9_a_redirect_is_refused_and_nothing_reaches_the_other_host(status: int) -> None:
    async with Server.of() as other:
        redirect = reply(b"", status, {"Location": f"{other.url}/cases?token={TOKEN}"})
        async with Server.of(redirect) as server, client(server) as asked:
            with pytest.raises(Refused, match="redirect"):
                await asked.asker(Lane.INCREMENT, Meter())(CASES)
            assert 1 == len(server.seen)
        assert [] == other.seen


async def test_n10_proxy_and_netrc_of_the_environment_are_ignored(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login eve password other\n")
    netrc.chmod(0o600)
    async with Server.of() as proxy, Server.of() as server:
        monkeypatch.setenv("NETRC", str(netrc))
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        for name in ("no_proxy", "NO_PROXY"):
            monkeypatch.delenv(name, raising=False)
        async with client(server) as asked:
            await asked.asker(Lane.INCREMENT, Meter())(CASES)
        assert [] == proxy.seen
        assert server.seen[0].headers["authorization"].startswith("Basic aWRhLnN5bmMv")


@pytest.mark.parametrize("named_by", ["option", "environment"])
async def test_n10_a_configured_proxy_is_used(named_by: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async with Server.of() as proxy, Server.of() as server:
        address = f"http://127.0.0.1:{proxy.port}"
        monkeypatch.setenv("http_proxy", address)
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        more = {"proxy": address} if named_by == "option" else {"trust_env": True}
        async with client(server, **more) as asked:
            await asked.asker(Lane.INCREMENT, Meter())(CASES)
        assert f"{server.url}/cases?page=1" == proxy.seen[0].target
        assert [] == server.seen


async def test_n12_a_body_above_the_bound_is_malformed_before_it_is_read() -> None:
    huge = raw(head(200, {"Content-Length": "1000000000"}) + b"[" + b" " * 1000)
    async with Server.of(huge) as server, client(server, max_body=1_000_000) as asked:
        with pytest.raises(Malformed, match="1,000,000") as caught:
            await asked.asker(Lane.INCREMENT, Meter())(CASES)
    assert "max_body" in caught.value.remedy


@pytest.mark.parametrize("size", [99_999, 100_000, 100_001])
async def test_n12_the_bound_is_exact(size: int) -> None:
    body = b"[" + b" " * (size - 2) + b"]"
    chunked = head(200, {"Transfer-Encoding": "chunked"}) + b"%x\r\n%s\r\n0\r\n\r\n" % (size, body)
    async with Server.of(raw(chunked)) as server, client(server, max_body=100_000) as asked:
        ask = asked.asker(Lane.INCREMENT, Meter())
        if size > 100_000:
            with pytest.raises(Malformed):
                await ask(CASES)
        else:
            assert size == (await ask(CASES)).size


async def test_after_a_body_above_the_bound_the_connection_still_works() -> None:
    big = reply(b"[" + b" " * 200_000 + b"]")
    async with Server.of(big) as server, client(server, max_body=100_000) as asked:
        ask = asked.asker(Lane.INCREMENT, Meter())
        with pytest.raises(Malformed):
            await ask(CASES)
        assert [] == (await ask(CASES)).value
