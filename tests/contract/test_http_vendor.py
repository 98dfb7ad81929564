"""What vendors answer (FAULTS, Vendor): refusals, outages, errors in successes, and our pace against a strict one."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from syncd.ask import Question, Reply
from syncd.errors import (
    ConfigError,
    Malformed,
    NotFound,
    RateLimited,
    Refused,
    Unauthorized,
    Unavailable,
    VendorError,
)
from syncd.http.client import Client, ClientOptions, Meter
from syncd.http.retry import RetryBudget
from syncd.http.spacing import Hosts
from syncd.lane import Lane
from syncd.vendors.base import Limits
from syncd.vendors.trackops import TRACKOPS
from tests.contract.http_kit import CREDENTIALS, TOKEN, Server, Step, client, late, raw, reply
from tests.turned_clock import TurnedClock

CASES = Question("/cases", (("page", "1"),))


def refusal(retry_after: str | None = None) -> Step:
    return reply(b'{"message": "slow down"}', 429, {} if retry_after is None else {"Retry-After": retry_after})


async def asked_of(server: Server) -> Meter:
    """What it cost to get an answer."""
    meter = Meter()
    async with client(server, clock=TurnedClock()) as asked:
        await asked.asker(Lane.INCREMENT, meter)(CASES)
    return meter


# --- too fast --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "header, held",
    [
        pytest.param("30", 30.0, id="seconds"),
        pytest.param("Sun, 01 Mar 2026 12:02:00 GMT", 120.0, id="date"),
        pytest.param("-1", 0.0, id="negative"),
        pytest.param("soon", 2.0, id="unreadable"),
        pytest.param("86400", 3600.0, id="absurd"),
        pytest.param(None, 2.0, id="absent"),
    ],
)
async def test_v1_a_refusal_holds_the_connection_as_long_as_it_says(header: str | None, held: float) -> None:
    async with Server.of(refusal(header)) as server:
        meter = await asked_of(server)
    assert pytest.approx(held, abs=0.2) == meter.waited_s
    assert (2, 1) == (meter.requests, meter.retries)


async def test_v1_while_held_nothing_of_any_lane_is_sent() -> None:
    async with Server.of(refusal("0.3")) as server, client(server) as asked:
        ask = asked.asker(Lane.BACKFILL, Meter())
        first = asyncio.ensure_future(ask(CASES))
        await asyncio.sleep(0.05)
        await asyncio.gather(first, *(asked.asker(lane, Meter())(CASES) for lane in Lane))
        assert server.gaps[0] >= 0.3


async def test_v1_refusals_are_no_attempts_but_end_after_an_hour() -> None:
    clock = TurnedClock()
    async with Server.of(otherwise=refusal("60")) as server, client(server, clock=clock) as asked:
        with pytest.raises(Unavailable, match="for an hour"):
            await asked.asker(Lane.INCREMENT, Meter())(CASES)
        assert 50 <= len(server.seen) <= 62
    assert 3600 <= clock.passed <= 3720


async def test_v1_many_refusals_and_failures_of_one_question_are_survived() -> None:
    steps = [refusal("1")] * 8 + [reply(b"", 503)] * 2 + [refusal()] * 3 + [reply(b"", 503)] * 2
    async with Server.of(*steps) as server:
        meter = await asked_of(server)
    assert 16 == meter.requests


async def test_v2_a_limit_told_in_the_body_is_a_refusal_like_any_other() -> None:
    def explain(question: Question, answer: Reply) -> VendorError | None:
        if isinstance(answer.value, dict) and answer.value.get("error") == "limit":
            return RateLimited("too many calls", retry_after_s=7.0)
        return TRACKOPS.explain(question, answer)

    vendor, meter = replace(TRACKOPS, explain=explain), Meter()
    async with Server.of(reply(b'{"error": "limit"}')) as server:
        options = ClientOptions(base_url=server.url, credentials=CREDENTIALS, rates={"": ((1000, 1.0),)})
        async with Client(vendor, options, clock=TurnedClock()) as asked:
            await asked.asker(Lane.INCREMENT, meter)(CASES)
    assert pytest.approx(7.0, abs=0.1) == meter.waited_s


@pytest.mark.parametrize("seed", [1, 2])
async def test_v3_against_a_strict_vendor_no_two_requests_arrive_closer_than_the_limit(seed: int) -> None:
    """A limit of one per 50 ms; answers late by random times, connections dropped, questions given up."""
    drawn = random.Random(seed)
    dropped = raw()
    steps = [dropped if drawn.random() < 0.1 else late(drawn.uniform(0, 0.03), reply()) for _ in range(60)]
    async with Server.of(*steps) as server, client(server, rates=((20, 1.0),)) as asked:
        ask = asked.asker(Lane.INCREMENT, Meter())
        tasks = [asyncio.ensure_future(ask(CASES)) for _ in range(36)]
        for task in drawn.sample(tasks, 8):
            await asyncio.sleep(drawn.uniform(0, 0.2))
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert min(server.gaps) >= 0.05
        assert len(server.seen) >= 28


async def test_v3_the_pace_reaches_97_percent_of_what_the_rule_allows() -> None:
    """With answers that take no time of their own the rule allows one request per gap."""
    async with Server.of() as server, client(server, rates=((5, 1.0),)) as asked:
        ask = asked.asker(Lane.INCREMENT, Meter())
        await asyncio.gather(*(ask(CASES) for _ in range(8)))
        # The shortest, because a machine that is busy elsewhere makes any of them longer.
        assert 0.2 <= min(server.gaps) <= 0.2 / 0.97


def busiest_second(server: Server) -> int:
    """The most requests that arrived within any one second."""
    arrived = [seen.at for seen in server.seen]
    return max(sum(start <= at < start + 1.0 for at in arrived) for start in arrived)


async def test_v3_many_in_flight_never_exceed_fifty_a_second_and_come_near_it() -> None:
    """Sixteen at a time, answered after 200 ms or up to 40 ms more: every second is counted where they arrive."""
    drawn = random.Random(5)
    limits = Limits(rate=(50, 1.0), documented=(50, 1.0), parallel=16, after_answer=False)
    vendor = replace(TRACKOPS, limits=limits)
    async with Server.of(*(late(0.2 + drawn.uniform(0, 0.04), reply()) for _ in range(90))) as server:
        async with Client(vendor, ClientOptions(base_url=server.url, credentials=CREDENTIALS)) as asked:
            ask = asked.asker(Lane.INCREMENT, Meter())
            await asyncio.gather(*(ask(CASES) for _ in range(90)))
        # The busiest, because a machine that is busy elsewhere makes some of them poorer.
        assert 40 <= busiest_second(server) <= 50


async def test_v3_connections_to_one_host_share_what_it_allows_an_address() -> None:
    """Two of forty a second each, at a vendor that takes fifty from an address: together they stay below."""
    limits = Limits(rate=(40, 1.0), documented=(50, 1.0), parallel=8, after_answer=False, host=(50, 1.0))
    vendor, hosts = replace(TRACKOPS, limits=limits), Hosts()
    async with Server.of() as server:
        options = ClientOptions(base_url=server.url, credentials=CREDENTIALS)
        async with Client(vendor, options, hosts=hosts) as one, Client(vendor, options, hosts=hosts) as other:
            asks = [client.asker(Lane.INCREMENT, Meter()) for client in (one, other)]
            await asyncio.gather(*(ask(CASES) for _ in range(45) for ask in asks))
        assert 40 <= busiest_second(server) <= 50


# --- in trouble ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("status", [408, 500, 502, 503, 504, 520])
async def test_v4_one_failure_is_invisible(status: int) -> None:
    async with Server.of(reply(b"<h1>oops</h1>", status)) as server:
        meter = await asked_of(server)
    assert (2, 1) == (meter.requests, meter.retries)


async def test_v4_a_vendor_that_stays_down_is_given_up_after_five_attempts() -> None:
    clock, meter = TurnedClock(), Meter()
    async with Server.of(otherwise=reply(b"", 503)) as server, client(server, clock=clock, random=0.999) as asked:
        with pytest.raises(Unavailable, match="503"):
            await asked.asker(Lane.INCREMENT, meter)(CASES)
        assert 5 == len(server.seen)
    assert pytest.approx(15.0, abs=0.2) == clock.passed
    assert pytest.approx(15.0, abs=0.2) == meter.waited_s


@pytest.mark.parametrize("header, waited", [("20", 20.0), ("-3", 0.0), ("86400", 60.0), ("soon", 0.0)])
async def test_v4_an_outage_that_names_its_end_is_waited_for_but_no_longer_than_a_minute(
    header: str, waited: float
) -> None:
    async with Server.of(reply(b"", 503, {"Retry-After": header}), reply(b"", 503)) as server:
        meter = await asked_of(server)
    assert 3 == meter.requests
    assert pytest.approx(waited, abs=0.1) == meter.waited_s


async def test_v4_a_vendor_that_stays_down_gets_a_tenth_more_requests_not_five_times() -> None:
    async with Server.of(otherwise=reply(b"", 503)) as server, client(server, clock=TurnedClock()) as asked:
        ask = asked.asker(Lane.INCREMENT, Meter())
        for _ in range(40):
            with pytest.raises(Unavailable):
                await ask(CASES)
        assert len(server.seen) <= (40 + RetryBudget.START) / 0.9 + 1


async def test_one_question_spends_ten_minutes_at_most() -> None:
    """Attempts that take long each: the fifth is not begun when ten minutes are over."""
    clock = TurnedClock()

    async def slow(writer: asyncio.StreamWriter) -> bool:
        clock.turn(250.0)
        return await reply(b"", 503)(writer)

    async with Server.of(otherwise=slow) as server, client(server, clock=clock) as asked:
        with pytest.raises(Unavailable):
            await asked.asker(Lane.INCREMENT, Meter())(CASES)
        assert 3 == len(server.seen)


@pytest.mark.parametrize("body", [b"<!doctype html><title>Log in</title>", b"", b"[1, 2"], ids=["html", "empty", "cut"])
async def test_v8_what_is_not_json_is_asked_again_and_after_five_times_says_what_to_check(body: bytes) -> None:
    async with Server.of(*[reply(body)] * 5) as server, client(server, clock=TurnedClock()) as asked:
        with pytest.raises(Unavailable, match="not JSON") as caught:
            await asked.asker(Lane.INCREMENT, Meter())(CASES)
        assert 5 == len(server.seen)
    for hint in ("base_url", "login", "maintenance"):
        assert hint in caught.value.remedy


async def test_v8_one_maintenance_page_is_invisible() -> None:
    async with Server.of(reply(b"<html>back soon</html>")) as server:
        assert 2 == (await asked_of(server)).requests


# --- refused for good ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "status, error", [(400, Refused), (404, NotFound), (405, Refused), (415, Refused), (422, Refused), (451, Refused)]
)
async def test_v7_a_wrong_request_is_not_sent_again_and_quotes_the_vendor(
    status: int, error: type[VendorError]
) -> None:
    said = reply(b'{"code": 400, "message": "Unknown parameter \'sort\'."}', status)
    async with Server.of(said) as server, client(server) as asked:
        with pytest.raises(error, match="Unknown parameter 'sort'"):
            await asked.asker(Lane.INCREMENT, Meter())(CASES)
        assert 1 == len(server.seen)


@pytest.mark.parametrize(
    "body, error", [(b'{"success": false}', Unavailable), (b'"word"', Malformed), (b"7", Malformed)]
)
async def test_v9_an_error_inside_a_success_means_what_the_vendor_means(body: bytes, error: type[VendorError]) -> None:
    async with Server.of(otherwise=reply(body)) as server, client(server, clock=TurnedClock()) as asked:
        with pytest.raises(error):
            await asked.asker(Lane.INCREMENT, Meter())(CASES)


@pytest.mark.parametrize(
    "step, error",
    [
        pytest.param(reply(status=302), Refused, id="redirect"),
        pytest.param(reply(status=400), Refused, id="400"),
        pytest.param(reply(status=401), Unauthorized, id="401"),
        pytest.param(reply(status=403), Unauthorized, id="403"),
        pytest.param(reply(status=408), Unavailable, id="408"),
        pytest.param(reply(status=429, headers={"Retry-After": "4000"}), Unavailable, id="429, for an hour"),
        pytest.param(reply(status=503), Unavailable, id="503"),
        pytest.param(reply(b"<html>"), Unavailable, id="not json"),
    ],
)
async def test_a_reply_that_a_protocol_overlooks_is_no_good_answer_either(step: Step, error: type[VendorError]) -> None:
    vendor = replace(TRACKOPS, explain=lambda _question, _reply: None)
    async with Server.of(otherwise=step) as server:
        options = ClientOptions(base_url=server.url, credentials=CREDENTIALS, rates={"": ((1000, 1.0),)})
        async with Client(vendor, options, clock=TurnedClock()) as asked:
            with pytest.raises(error):
                await asked.asker(Lane.INCREMENT, Meter())(CASES)


@pytest.mark.parametrize("status", [401, 403])
async def test_v5_a_refused_login_is_final_without_other_credentials(status: int) -> None:
    calls = []

    def unchanged() -> Mapping[str, str]:
        calls.append(1)
        return dict(CREDENTIALS)

    for hook in (None, unchanged, lambda: None):
        async with Server.of(otherwise=reply(b"", status)) as server:
            async with client(server, refresh_credentials=hook) as asked:
                with pytest.raises(Unauthorized):
                    await asked.asker(Lane.INCREMENT, Meter())(CASES)
            assert 1 == len(server.seen)
    assert 1 == len(calls)


async def test_v5_a_rotated_secret_is_read_again_once_and_the_page_asked_again() -> None:
    rotated = {**CREDENTIALS, "token": "11111111-2222-3333-4444-555555555555"}
    async with Server.of(reply(), reply(b"", 401)) as server:
        async with client(server, refresh_credentials=lambda: rotated) as asked:
            ask = asked.asker(Lane.INCREMENT, Meter())
            for _ in range(3):
                await ask(CASES)
            for secret in (TOKEN, rotated["token"]):
                assert secret not in asked.redactor.text(f"echo {secret}")
        signed = [seen.headers["authorization"] for seen in server.seen]
    assert signed[0] == signed[1] != signed[2] == signed[3]


async def test_v6_questions_refused_together_read_the_secret_again_once() -> None:
    rotated, calls = {**CREDENTIALS, "token": "11111111-2222-3333-4444-555555555555"}, []

    def refresh() -> Mapping[str, str]:
        calls.append(1)
        return rotated

    vendor = replace(TRACKOPS, limits=replace(TRACKOPS.limits, rate=(500, 1.0), parallel=4, after_answer=False))
    async with Server.of(*[late(0.05, reply(b"", 401))] * 4) as server:
        options = ClientOptions(base_url=server.url, credentials=CREDENTIALS, refresh_credentials=refresh)
        async with Client(vendor, options) as asked:
            ask = asked.asker(Lane.INCREMENT, Meter())
            await asyncio.gather(*(ask(CASES) for _ in range(4)))
        assert 8 == len(server.seen)
    assert 1 == len(calls)


async def test_v5_a_rotated_secret_that_is_refused_too_is_final() -> None:
    """Even if the file holds another one each time: a question is asked twice at most."""
    drawn = random.Random(3)
    async with Server.of(otherwise=reply(b"", 401)) as server:
        async with client(
            server, refresh_credentials=lambda: {**CREDENTIALS, "token": drawn.randbytes(9).hex()}
        ) as asked:
            with pytest.raises(Unauthorized):
                await asked.asker(Lane.INCREMENT, Meter())(CASES)
        assert 2 == len(server.seen)


async def test_v5_a_secret_that_cannot_be_read_again_leaves_the_refusal_as_the_message() -> None:
    def unreadable() -> Mapping[str, str]:
        raise ConfigError("the file is gone")

    async with Server.of(reply(b"", 401)) as server, client(server, refresh_credentials=unreadable) as asked:
        with pytest.raises(Unauthorized, match="login or token"):
            await asked.asker(Lane.INCREMENT, Meter())(CASES)


# --- what else an answer tells ---------------------------------------------------------------------------------------
async def test_the_vendors_clock_is_read_from_the_date_header() -> None:
    clock = TurnedClock(datetime(2026, 3, 1, 12, tzinfo=UTC))
    dated = reply(headers={"Date": "Sun, 01 Mar 2026 12:10:00 GMT"})
    async with Server.of(dated) as server, client(server, clock=clock) as asked:
        ask = asked.asker(Lane.INCREMENT, Meter())
        answer = await ask(CASES)
        assert datetime(2026, 3, 1, 12, 10, tzinfo=UTC) == answer.date
        assert asked.vendor_offset is not None
        assert abs(asked.vendor_offset - timedelta(minutes=10)) < timedelta(seconds=1)
        assert (await ask(CASES)).date is None


@pytest.mark.parametrize("date", ["", "yesterday", "Sun, 99 Mar 2026 12:10:00 GMT"])
async def test_a_date_header_that_is_no_date_counts_as_none(date: str) -> None:
    async with Server.of(reply(headers={"Date": date})) as server, client(server) as asked:
        assert (await asked.asker(Lane.INCREMENT, Meter())(CASES)).date is None


async def test_v22_announced_ends_of_calls_are_remembered_by_path_template() -> None:
    ending = reply(b'{"id": 1}', headers={"Deprecation": "true", "Sunset": "Sat, 31 Oct 2026 23:59:59 GMT"})
    async with Server.of(ending, ending) as server, client(server) as asked:
        ask = asked.asker(Lane.INCREMENT, Meter())
        await ask(Question("/cases/1"))
        await ask(Question("/cases/2"))
        assert {
            ("/cases/{id}", "Deprecation"): "true",
            ("/cases/{id}", "Sunset"): "Sat, 31 Oct 2026 23:59:59 GMT",
        } == asked.notices


async def test_a_meter_counts_since_it_was_last_taken() -> None:
    async with Server.of(otherwise=reply(b"[1, 2]")) as server, client(server, clock=TurnedClock()) as asked:
        meter = Meter()
        ask = asked.asker(Lane.INCREMENT, meter)
        await ask(CASES)
        await ask(CASES)
        taken = meter.take()
        assert (2, 0, 12) == (taken.requests, taken.retries, taken.bytes)
        assert Meter() == meter
        await ask(CASES)
        assert 1 == meter.requests


async def test_p11_a_crash_loop_does_not_burst() -> None:
    """Ten starts, each of which asks once and dies: no two requests closer than the gap."""
    async with Server.of() as server:
        for _ in range(10):
            async with client(server, rates=((20, 1.0),)) as asked:
                await asked.asker(Lane.INCREMENT, Meter())(CASES)
        assert min(server.gaps) >= 0.05


@pytest.mark.parametrize("after_s", [0.0, 0.005, 0.02, 0.05, 0.07, 0.1])
async def test_p13_a_cancelled_question_leaves_the_client_usable_and_the_gap_doubled(after_s: float) -> None:
    async with Server.of(otherwise=late(0.02, reply())) as server, client(server, rates=((20, 1.0),)) as asked:
        ask = asked.asker(Lane.INCREMENT, Meter())
        task = asyncio.ensure_future(ask(CASES))
        await asyncio.sleep(after_s)
        was_sent = bool(server.seen) and not task.done()
        cancelled = time.monotonic()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        async with asyncio.timeout(2):
            await ask(CASES)
        assert not was_sent or server.seen[-1].at - cancelled >= 0.1
