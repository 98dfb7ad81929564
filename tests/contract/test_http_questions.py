"""How a question is put and what comes with its answer: forms, secret parameters, attempts, times and sizes."""

from __future__ import annotations

import logging
import traceback
from dataclasses import replace

import pytest
import structlog

from syncd.ask import Question
from syncd.errors import Malformed, SyncdError, Unavailable, WindowTooBig
from syncd.http.client import Client, ClientOptions, Meter
from syncd.http.retry import MOST_ATTEMPTS
from syncd.lane import Lane
from syncd.vendors.base import Signature, Vendor
from syncd.vendors.trackops import TRACKOPS
from tests.contract.http_kit import CREDENTIALS, TOKEN, Server, client, late, raw, reply
from tests.turned_clock import TurnedClock

CASES = Question("/cases", (("page", "1"),))


def asking(server: Server, vendor: Vendor, clock: TurnedClock | None = None) -> Client:
    options = ClientOptions(base_url=server.url, credentials=CREDENTIALS, rates={"": ((1000, 1.0),)})
    return Client(vendor, options, clock=clock)


def posting(params: tuple[tuple[str, str], ...] = ()) -> Vendor:
    """Trackops, as if it took forms, signed by *params*."""
    return replace(TRACKOPS, reads=(("POST", "/cases"),), sign=lambda _settings, _token: Signature({}, params))


# --- forms -----------------------------------------------------------------------------------------------------------
async def test_a_post_carries_its_parameters_as_a_form_and_none_in_the_address() -> None:
    params = (("trackers", "[101,102]"), ("label", "Øst & Söhne=2+%41"), ("id", "1"), ("id", "2"), ("none", ""))
    async with Server.of() as server, asking(server, posting((("hash", "h" * 32),))) as asked:
        await asked.asker(Lane.INCREMENT, Meter())(Question("/cases", params, method="POST"))
        seen = server.seen[0]
    assert ("POST", "/api/v1/cases") == (seen.method, seen.target)
    assert "application/x-www-form-urlencoded" == seen.headers["content-type"]
    assert [*params, ("hash", "h" * 32)] == seen.form
    assert str(len(seen.body)) == seen.headers["content-length"]


async def test_a_post_without_parameters_is_an_empty_form() -> None:
    async with Server.of() as server, asking(server, posting()) as asked:
        await asked.asker(Lane.INCREMENT, Meter())(Question("/cases", method="POST"))
        assert (b"", "0") == (server.seen[0].body, server.seen[0].headers["content-length"])


async def test_a_get_carries_the_signatures_parameters_behind_its_own_and_has_no_body() -> None:
    vendor = replace(TRACKOPS, sign=lambda _settings, _token: Signature({"X-A": "b"}, (("token", "t+/=t"),)))
    async with Server.of() as server, asking(server, vendor) as asked:
        await asked.asker(Lane.INCREMENT, Meter())(CASES)
        seen = server.seen[0]
    assert "/api/v1/cases?page=1&token=t%2B/%3Dt" == seen.target
    assert "b" == seen.headers["x-a"]
    assert "content-length" not in seen.headers


async def test_n7_a_post_on_a_dropped_connection_is_asked_again_as_a_new_attempt() -> None:
    """The library does not send a form twice by itself: it may have been read."""
    meter = Meter()
    async with Server.of(reply(), raw()) as server, asking(server, posting(), TurnedClock()) as asked:
        for _ in range(2):
            await asked.asker(Lane.INCREMENT, meter)(Question("/cases", method="POST"))
        assert 3 == len(server.seen)
    assert (3, 1) == (meter.requests, meter.retries)


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_x1_what_signs_as_a_parameter_shows_nowhere(
    method: str, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """Even though no setting holds it: made from one, or of a session."""
    caplog.set_level(logging.DEBUG)
    secret, shown = "s3cr3t-made-of-something", []
    signed = lambda _settings, _token: Signature({}, (("key", secret),))  # noqa: E731 (one expression, one use)
    vendor = replace(TRACKOPS, sign=signed, reads=((method, "/cases"),))
    echo = f"key={secret} {TOKEN}".encode()
    with structlog.testing.capture_logs() as logged:
        for step in (reply(echo, 400), reply(echo, 503), reply(echo), raw(b"HTTP/1.1 " + echo + b"\r\n\r\n"), raw()):
            async with Server.of(otherwise=step) as server, asking(server, vendor, TurnedClock()) as asked:
                with pytest.raises(SyncdError) as caught:
                    await asked.asker(Lane.INCREMENT, Meter())(replace(CASES, method=method))
                assert secret.encode() in server.seen[0].body + server.seen[0].target.encode()
            error = caught.value
            shown += ["".join(traceback.format_exception(error)), repr(error), repr(error.__context__)]
            shown += [repr(asked._identity.signature(None)), repr(logged)]
    output = capsys.readouterr()
    for text in (*shown, caplog.text, output.out, output.err):
        assert secret not in text


# --- attempts --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("attempts, sent", [(None, MOST_ATTEMPTS), (1, 1), (2, 2), (3, 3), (99, MOST_ATTEMPTS)])
async def test_a_question_says_how_often_an_unavailable_vendor_is_asked_at_most(
    attempts: int | None, sent: int
) -> None:
    async with Server.of(otherwise=reply(b"", 504)) as server, client(server, clock=TurnedClock()) as asked:
        with pytest.raises(Unavailable):
            await asked.asker(Lane.INCREMENT, Meter())(replace(CASES, attempts=attempts))
        assert sent == len(server.seen)


async def test_v1_refusals_for_going_too_fast_are_no_attempts_of_such_a_question() -> None:
    async with Server.of(reply(b"", 429), reply(b"", 429)) as server, client(server, clock=TurnedClock()) as asked:
        await asked.asker(Lane.INCREMENT, Meter())(replace(CASES, attempts=1))
        assert 3 == len(server.seen)


# --- what comes with an answer ---------------------------------------------------------------------------------------
async def test_an_answer_says_how_long_it_took_without_the_wait_for_its_turn() -> None:
    body = raw(b"HTTP/1.1 200 x\r\nContent-Length: 4\r\n\r\n", b"[", b" ", b" ", b"]", pause_s=0.05)
    async with Server.of(late(0.1, reply()), body) as server, client(server, rates=((2, 1.0),)) as asked:
        ask = asked.asker(Lane.INCREMENT, Meter())
        first = await ask(CASES)
        second = await ask(CASES)
    assert 0.1 <= first.took_s < 0.4
    # To the end of the body.
    assert 0.2 <= second.took_s < 0.5


async def test_n12_a_body_above_the_bound_can_be_answered_by_a_shorter_range() -> None:
    """Who walks windows halves; who cannot, fails as with any malformed answer. It is not asked again as it is."""
    async with Server.of(reply(b" " * 2000)) as server, client(server, max_body=1000) as asked:
        with pytest.raises(WindowTooBig, match="1,000") as caught:
            await asked.asker(Lane.INCREMENT, Meter())(CASES)
        assert 1 == len(server.seen)
    assert isinstance(caught.value, Malformed)
    assert caught.value.most is None
    assert "max_body" in caught.value.remedy


@pytest.mark.parametrize("after_answer, parallel, at_once", [(True, 8, 1), (False, 8, 8)])
async def test_how_many_questions_may_be_in_flight_is_known_to_whoever_asks(
    after_answer: bool, parallel: int, at_once: int
) -> None:
    vendor = replace(TRACKOPS, limits=replace(TRACKOPS.limits, after_answer=after_answer))
    options = ClientOptions(base_url="http://localhost/api/v1", credentials=CREDENTIALS, parallel={"": parallel})
    async with Client(vendor, options) as asked:
        assert at_once == asked.pace_of(CASES.path).parallel
