"""The stand-in Trackunit Classic holds back what comes too fast, and fails in the vendor's words."""

import asyncio
import contextlib
import json
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest

from syncd.standin import StandIn
from syncd.standin.trackunit import NOTICEABLE, Settings

NOW = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
HISTORY = "/Report/UnitHistory?unitId=51877&from=2026-02-20&to=2026-03-01"


class Turned:
    """A clock that only waits turn."""

    def __init__(self) -> None:
        self.at = 50.0
        self.waits: list[float] = []

    def __call__(self) -> float:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.waits.append(round(seconds, 6))


@contextlib.asynccontextmanager
async def asking(vendor: StandIn) -> AsyncIterator[aiohttp.ClientSession]:
    headers = {"Authorization": aiohttp.encode_basic_auth("API", vendor.token)}
    async with vendor, aiohttp.ClientSession(headers=headers) as session:
        yield session


async def ask(vendor: StandIn, session: aiohttp.ClientSession, path: str = "/Client") -> tuple[int, bytes]:
    async with session.get(vendor.url + path) as answer:
        return answer.status, await answer.read()


def small(**options: Any) -> StandIn:
    return StandIn.trackunit(**{"units": 4, "days": 10, "now": lambda: NOW, **options})


# -- how often -------------------------------------------------------------------------------------------------------


async def test_v3_up_to_the_rate_nothing_is_held() -> None:
    clock = Turned()
    vendor = small(rate=5, monotonic=clock, sleep=clock.sleep)
    async with asking(vendor) as session:
        for n in range(20):
            clock.at = 50 + n * 0.2
            assert 200 == (await ask(vendor, session))[0]
    assert ([], 0, 5) == (clock.waits, vendor.service.held, vendor.log.most_in_any(1.0))


async def test_v3_a_request_above_the_rate_is_held_until_its_turn_but_no_longer_than_three_seconds() -> None:
    """The tenth of a burst at two a second would wait four seconds and a half."""
    clock = Turned()
    vendor = small(rate=2, monotonic=clock, sleep=clock.sleep)
    async with asking(vendor) as session:
        assert [200] * 10 == [(await ask(vendor, session))[0] for _ in range(10)]
    assert [1.0, 1.0, 2.0, 2.0, 3.0, 3.0, 3.0, 3.0] == clock.waits
    assert (8, 18.0) == (vendor.service.held, vendor.service.held_s)


@pytest.mark.parametrize("retry_after", [None, 7])
async def test_v1_beyond_the_queue_is_429_and_no_json(retry_after: int | None) -> None:
    """Two hundred may be held; the next one is refused at once and the others are answered in the end."""
    clock, full, opened = Turned(), asyncio.Event(), asyncio.Event()

    async def sleep(_seconds: float) -> None:
        if made.service.holding == 200:
            full.set()
        await opened.wait()

    made = small(rate=1, monotonic=clock, sleep=sleep, settings=Settings(retry_after=retry_after))
    async with asking(made) as session, asyncio.TaskGroup() as group:
        assert 200 == (await ask(made, session))[0]
        async with aiohttp.ClientSession(headers=session.headers, connector=aiohttp.TCPConnector(limit=0)) as wide:
            held = [group.create_task(ask(made, wide)) for _ in range(200)]
            await full.wait()
            async with session.get(f"{made.url}/Client") as answer:
                assert 429 == answer.status
                assert (None if retry_after is None else "7") == answer.headers.get("Retry-After")
                with pytest.raises(ValueError, match="Expecting value"):
                    json.loads(await answer.read())
            opened.set()
            assert {200} == {(await one)[0] for one in held}
    assert (1, 0) == (made.log.refused, made.service.holding)


async def test_a_held_request_takes_real_time() -> None:
    vendor = small(rate=4, settings=Settings(hold_s=0.15))
    async with asking(vendor) as session:
        before = asyncio.get_running_loop().time()
        await asyncio.gather(*(ask(vendor, session) for _ in range(5)))
        assert 0.15 <= asyncio.get_running_loop().time() - before


async def test_every_answer_takes_its_latency() -> None:
    clock = Turned()
    vendor = small(sleep=clock.sleep, settings=Settings(latency=0.2, jitter=0.1))
    async with asking(vendor) as session:
        for _ in range(5):
            await ask(vendor, session)
    assert all(0.2 <= wait <= 0.3 for wait in clock.waits)
    assert 5 == len(set(clock.waits))


# -- faults ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def vendor() -> StandIn:
    return small()


async def test_v2_any_of_the_vendors_errors_comes_in_its_own_shape(vendor: StandIn) -> None:
    async with asking(vendor) as session:
        vendor.switch.fail("error", code="invalidParameter (To)", nth=1)
        vendor.switch.fail("error", code="unitNotFound", status=200, nth=2)
        vendor.settings.error_style = "message"
        vendor.switch.fail("error", code="invalidParameter", field="DateTo", nth=3)
        answers = [await ask(vendor, session) for _ in range(3)]
    told = [(status, json.loads(body)["responseStatus"]) for status, body in answers]
    assert [(400, "invalidParameter (To)"), (200, "unitNotFound"), (400, "invalidParameter")] == [
        (status, one["errorCode"]) for status, one in told
    ]
    assert told[2][1]["message"].endswith("DateTo")


@pytest.mark.parametrize("status,is_json", [(429, False), (500, True), (503, True), (401, False), (403, True)])
async def test_v4_refusals_are_in_the_vendors_words(vendor: StandIn, status: int, is_json: bool) -> None:
    vendor.switch.fail("status", status=status)
    async with asking(vendor) as session:
        found, body = await ask(vendor, session)
    assert (status, is_json) == (found, b"responseStatus" in body)


async def test_faults_of_lists_strike_the_records_inside_their_envelope(vendor: StandIn) -> None:
    async with asking(vendor) as session:
        honest = json.loads((await ask(vendor, session, HISTORY))[1])["list"]
        for kind, options, expected in (
            ("duplicate", {}, [*honest, honest[0]]),
            ("fewer", {"part": 0.5}, honest[: len(honest) // 2]),
            ("short", {"records": 2}, honest[:2]),
            ("empty_first", {}, []),
            ("clamped", {"size": 3}, honest[:3]),
            ("rename", {"old": "km", "new": "mileage"}, [
                {"mileage" if name == "km" else name: value for name, value in one.items()} for one in honest
            ]),
        ):  # fmt: skip
            rule = vendor.switch.fail(kind, path="/Report/UnitHistory", **options)
            found = json.loads((await ask(vendor, session, HISTORY))[1])
            assert (["list"], expected) == (list(found), found["list"]), kind
            vendor.switch.remove(rule)
        vendor.switch.mutate(lambda record: record | {"name": None}, path="/Client")
        assert {None} == {one["name"] for one in json.loads((await ask(vendor, session))[1])["list"]}


async def test_x2_an_error_may_repeat_the_token(vendor: StandIn) -> None:
    vendor.switch.fail("echo")
    async with asking(vendor) as session:
        assert vendor.token.encode() in (await ask(vendor, session))[1]


async def test_a_storm_only_has_faults_that_a_client_can_notice(vendor: StandIn) -> None:
    """Rows have no id: a row told twice could not be told from two rows, nor a list left out from no rows."""
    async with asking(vendor) as session:
        honest = await ask(vendor, session, HISTORY)
        for kind, options in NOTICEABLE:
            vendor.switch.clear()
            vendor.switch.fail(kind, **options)
            try:
                status, body = await ask(vendor, session, HISTORY)
            except aiohttp.ClientError:
                continue
            if (status, body) == honest or status >= 400:
                continue
            try:
                told = json.loads(body.decode(), parse_constant=int)
            except ValueError:  # of which UnicodeDecodeError is one
                continue
            assert not isinstance(told, dict) or told.get("responseStatus"), (kind, options, body[:200])


async def test_v14_the_fleet_lives_on_between_two_requests(vendor: StandIn) -> None:
    vendor.switch.churn(3)
    async with asking(vendor) as session:
        before = vendor.content.snapshot()
        for _ in range(20):
            assert 200 == (await ask(vendor, session))[0]
    after = vendor.content.snapshot()
    assert len(after["unit_history"]) > len(before["unit_history"])
    assert before["units"] != after["units"]


async def test_what_is_late_is_served_after_its_requests(vendor: StandIn) -> None:
    async with asking(vendor) as session:
        vendor.content.late("clients", requests=2, name="Late Ltd")
        found = [b"Late Ltd" in (await ask(vendor, session))[1] for _ in range(4)]
        assert [False, False, True, True] == found


# -- a process of its own --------------------------------------------------------------------------------------------


async def test_a_process_is_steered_from_outside() -> None:
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "syncd.standin", "trackunit", "--size", "3", "--seed", "5", "--rate", "50",
        "--latency", "0.01", "--set", "days=4", "--set", 'zone="America/St_Johns"', stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert child.stdout
    try:
        url = (await child.stdout.readline()).decode().strip()
        async with aiohttp.ClientSession() as session:

            async def call(name: str, **arguments: object) -> Any:
                async with session.post(url.replace("/public", f"/_standin/{name}"), json=arguments) as answer:
                    return await answer.json()

            settings = await call("settings", lists_group_units=False)
            assert (50.0, 0.01, "America/St_Johns", "…", False) == tuple(
                settings[name] for name in ("rate", "latency", "zone", "token", "lists_group_units")
            )
            since = (datetime.now(UTC) - timedelta(minutes=5)).isoformat()
            before = (await call("snapshot", since=since))["unit_history"]
            await call("report", unit_id="51877", rows=4)
            assert 4 <= len((await call("snapshot", since=since))["unit_history"]) - len(before) <= 5
            added = await call("insert", collection="clients", changes={"name": "From outside"})
            assert "From outside" in str(await call("snapshot"))
            await call("delete", collection="clients", key=added["id"])
            await call("fail", kind="error", code="unitNotFound", times=1)
            assert "error" in await call("juggle")
            assert "no such call" in str(await call("juggle"))
            assert "KeyError" in str(await call("report", unit_id="1"))
            assert [] == await call("log")
        child.terminate()
        assert 0 == await asyncio.wait_for(child.wait(), 10)
    finally:
        with contextlib.suppress(ProcessLookupError):
            child.kill()
        await child.wait()
