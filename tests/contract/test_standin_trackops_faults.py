"""Every fault of the switchboard reaches a client over real HTTP as what it says it is."""

import asyncio
import json
import time
import zlib
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import aiohttp
import pytest

from syncd.standin import StandIn
from syncd.standin.faults import KINDS

NOW = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
PAGE = "/invoices?dir=asc&per_page=10&page=2"


@pytest.fixture
async def vendor() -> AsyncIterator[StandIn]:
    async with StandIn.trackops(seed=7, cases=5, rows={"invoices": 45}, now=lambda: NOW) as vendor:
        yield vendor


@pytest.fixture
async def session(vendor: StandIn) -> AsyncIterator[aiohttp.ClientSession]:
    headers = {"Authorization": aiohttp.encode_basic_auth(f"{vendor.username}/token", vendor.token)}
    async with aiohttp.ClientSession(headers=headers) as session:
        yield session


Read = Callable[..., Any]


@pytest.fixture
def read(vendor: StandIn, session: aiohttp.ClientSession) -> Read:
    """Status, headers and body of an answer."""

    async def read(path: str = PAGE) -> tuple[int, Any, bytes]:
        async with session.get(vendor.url + path, allow_redirects=False) as answer:
            return answer.status, answer.headers, await answer.read()

    return read


async def raw(vendor: StandIn, session: aiohttp.ClientSession) -> bytes:
    """All bytes of an answer until the server closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", int(vendor.origin.rpartition(":")[2]))
    authorization = session.headers["Authorization"]
    writer.write(f"GET /api/v1{PAGE} HTTP/1.1\r\nHost: x\r\nAuthorization: {authorization}\r\n\r\n".encode())
    try:
        return await asyncio.wait_for(reader.read(), 5)
    finally:
        writer.close()


def ids(body: bytes) -> list[int]:
    return [record["id"] for record in json.loads(body)]


# -- statuses and bodies ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [401, 403, 404, 408, 429, 500, 502, 503, 504])
async def test_v4_any_status_can_be_answered(vendor: StandIn, read: Read, status: int) -> None:
    vendor.switch.fail("status", status=status, nth=2)
    assert [200, status, 200] == [(await read())[0] for _ in range(3)]
    assert {200: 2, status: 1} == vendor.log.statuses


@pytest.mark.parametrize("value", ["0", "7", "-5", "99999999999", "soon"])
async def test_v1_retry_after_is_sent_as_given(vendor: StandIn, read: Read, value: str) -> None:
    vendor.switch.fail("status", status=429, retry_after=value)
    assert value == (await read())[1]["Retry-After"]


async def test_v1_retry_after_can_be_a_date_or_absent(vendor: StandIn, read: Read) -> None:
    vendor.switch.fail("status", status=429, retry_date=90, times=1)
    vendor.switch.fail("status", status=429, nth=2)
    assert NOW + timedelta(seconds=90) == parsedate_to_datetime((await read())[1]["Retry-After"])
    assert "Retry-After" not in (await read())[1]


@pytest.mark.parametrize(
    "kind,options,status,body",
    [
        ("html", {}, 200, b"<!DOCTYPE"),
        ("empty", {}, 200, b""),
        ("no_content", {}, 204, b""),
        ("wrong_kind", {}, 200, b'{"data": []}'),
        ("wrong_kind", {"value": 7}, 200, b"7"),
        ("unsuccessful", {}, 200, b'{"success": false'),
        ("bom", {}, 200, b"\xef\xbb\xbf["),
        ("status", {"status": 500, "body": "oops"}, 500, b"oops"),
    ],
)
async def test_v8_v9_wrong_bodies_come_as_they_are(
    vendor: StandIn, read: Read, kind: str, options: dict[str, Any], status: int, body: bytes
) -> None:
    vendor.switch.fail(kind, **options)
    answer = await read()
    assert (status, body) == (answer[0], answer[2][: len(body)])
    assert bool(body) == bool(answer[2])


async def test_n9_a_redirect_leads_to_another_origin(vendor: StandIn, read: Read) -> None:
    async with StandIn.trackops(cases=1) as other:
        vendor.switch.fail("redirect", to=f"{other.origin}/elsewhere")
        status, headers, _ = await read()
        assert (302, f"{other.origin}/elsewhere") == (status, headers["Location"])


async def test_v22_the_end_of_a_version_is_announced(vendor: StandIn, read: Read) -> None:
    vendor.switch.fail("deprecated", sunset="Thu, 31 Dec 2026 23:59:59 GMT")
    status, headers, _ = await read()
    assert (200, "Thu, 31 Dec 2026 23:59:59 GMT") == (status, headers["Sunset"])


async def test_x2_an_error_can_repeat_the_secrets(vendor: StandIn, read: Read) -> None:
    vendor.switch.fail("echo")
    status, _, body = await read()
    assert (500, True) == (status, vendor.token.encode() in body)


# -- lists and records -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "kind,options,expected",
    [
        ("ignores_page", {}, range(1, 11)),
        ("ignores_page", {"period": 2}, range(11, 21)),
        ("same_page", {}, range(1, 11)),
        ("clamped", {"size": 4}, range(5, 9)),
        ("fewer", {}, range(11, 19)),
        ("short", {"records": 3}, range(11, 14)),
        ("short", {}, []),
        ("empty_first", {}, range(11, 21)),
        ("duplicate", {}, [*range(11, 21), 11]),
        ("close_delimited", {"records": 6}, range(11, 17)),
    ],
)
async def test_v11_v12_v13_lists_lie_as_told(
    vendor: StandIn, read: Read, kind: str, options: dict[str, Any], expected: list[int]
) -> None:
    vendor.switch.fail(kind, **options)
    assert list(expected) == ids((await read())[2])


async def test_v10_a_first_page_can_be_empty(vendor: StandIn, read: Read) -> None:
    vendor.switch.fail("empty_first")
    assert [] == ids((await read("/invoices?dir=asc"))[2])


async def test_v12_two_pages_can_alternate(vendor: StandIn, read: Read) -> None:
    vendor.switch.fail("ignores_page", period=2)
    first = [ids((await read(f"/invoices?dir=asc&per_page=10&page={n}"))[2])[0] for n in (1, 2, 3, 4)]
    assert [1, 11, 1, 11] == first


async def test_v17_records_can_come_in_no_order(vendor: StandIn, read: Read) -> None:
    vendor.switch.fail("shuffled")
    found = ids((await read("/invoices?dir=asc"))[2])
    assert (list(range(1, 46)), False) == (sorted(found), found == sorted(found))


async def test_v18_counts_can_lie(vendor: StandIn, read: Read) -> None:
    vendor.switch.fail("lying_count", off_by=-3)
    assert 42 == json.loads((await read("/invoices?mode=count"))[2])["record_count"]


async def test_v20_v21_members_are_renamed_removed_retyped_and_added(vendor: StandIn, read: Read) -> None:
    vendor.switch.fail("rename", old="status", new="state")
    vendor.switch.fail("remove", member="total")
    vendor.switch.fail("replace_value", member="created_on", value={"day": 3})
    vendor.switch.fail("replace_value", member="mood", value="good")
    vendor.switch.mutate(lambda record: record | {"id": str(record["id"])}, path="/invoices/*")
    for record in json.loads((await read())[2]):
        assert not {"status", "total"} & record.keys()
        assert ({"day": 3}, "good", True) == (record["created_on"], record["mood"], "state" in record)
        assert isinstance(record["id"], int)
    assert "3" == json.loads((await read("/invoices/3"))[2])["id"]


async def test_d1_d3_half_a_surrogate_and_nan(vendor: StandIn, read: Read) -> None:
    vendor.switch.fail("nan", nth=1)
    vendor.switch.fail("surrogate", nth=2)
    assert b'"total":NaN' in (await read())[2]
    assert b"\\ud83d " in (await read())[2]


# -- the wire --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["cut_body", "cut_chunked", "reset"])
@pytest.mark.parametrize("at", [0, 0.5, 1, 200])
async def test_n5_a_body_can_break_off_anywhere(vendor: StandIn, read: Read, kind: str, at: float) -> None:
    vendor.switch.fail(kind, at=at, nth=1)
    with pytest.raises(aiohttp.ClientError):
        await read()
    assert 200 == (await read())[0]
    assert {200: 2} == vendor.log.statuses


@pytest.mark.parametrize("at,part", [(5, None), (0.25, 0.25)])
async def test_n5_less_comes_than_was_promised(
    vendor: StandIn, session: aiohttp.ClientSession, at: float, part: float | None
) -> None:
    vendor.switch.fail("cut_body", at=at)
    head, _, body = (await raw(vendor, session)).partition(b"\r\n\r\n")
    promised = int(head.lower().partition(b"content-length: ")[2].split()[0])
    assert 1000 < promised
    assert (int(promised * part) if part else at) == len(body)


async def test_n6_a_body_can_end_with_its_connection(vendor: StandIn, session: aiohttp.ClientSession) -> None:
    vendor.switch.fail("close_delimited", records=2)
    head, _, body = (await raw(vendor, session)).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.0 200 OK")
    assert not {b"content-length", b"transfer-encoding"} & {
        line.partition(b":")[0].lower() for line in head.split(b"\r\n")
    }
    assert [11, 12] == ids(body)


async def test_n7_a_kept_alive_connection_is_dropped_and_the_resend_is_logged(vendor: StandIn, read: Read) -> None:
    vendor.switch.fail("drop", nth=2)
    assert [200, 200] == [(await read())[0] for _ in range(2)]
    assert ([200, 444, 200], 2) == ([entry.status for entry in vendor.log.entries], vendor.log.connections)


async def test_n3_an_answer_can_never_start(vendor: StandIn, session: aiohttp.ClientSession) -> None:
    vendor.switch.fail("never")
    with pytest.raises(TimeoutError):
        await session.get(vendor.url + PAGE, timeout=aiohttp.ClientTimeout(total=0.1))
    assert [0] == [entry.status for entry in vendor.log.entries]


async def test_n4_a_body_can_drip(vendor: StandIn, session: aiohttp.ClientSession) -> None:
    vendor.switch.fail("drip", seconds=0.05)
    async with session.get(vendor.url + PAGE, timeout=aiohttp.ClientTimeout(total=0.3)) as answer:
        assert 200 == answer.status
        with pytest.raises(TimeoutError):
            await answer.read()


async def test_n12_a_small_body_unpacks_to_a_huge_one(vendor: StandIn, session: aiohttp.ClientSession) -> None:
    vendor.switch.fail("gzip_bomb", megabytes=8)
    async with session.get(vendor.url + PAGE) as answer:
        assert "gzip" == answer.headers["Content-Encoding"]
        assert int(answer.headers["Content-Length"]) < 64 * 1024
        assert 8 * 2**20 + 2 == len(await answer.read())


async def test_n12_the_bomb_is_sound_gzip(vendor: StandIn) -> None:
    session_headers = {"Authorization": aiohttp.encode_basic_auth(f"{vendor.username}/token", vendor.token)}
    vendor.switch.fail("gzip_bomb", megabytes=2)
    async with (
        aiohttp.ClientSession(headers=session_headers, auto_decompress=False) as plain,
        plain.get(vendor.url + PAGE) as answer,
    ):
        assert [] == json.loads(zlib.decompress(await answer.read(), 31))


async def test_n12_a_body_can_be_huge(vendor: StandIn, read: Read) -> None:
    vendor.switch.fail("huge", megabytes=3)
    _, headers, body = await read()
    assert 3 * 2**20 + 2 == len(body) == int(headers["Content-Length"])


async def test_a_delay_has_its_jitter(vendor: StandIn, read: Read) -> None:
    vendor.switch.delay(0.05, jitter=0.01)
    started_at = time.monotonic()
    await read()
    assert 0.05 <= time.monotonic() - started_at


# -- in all ----------------------------------------------------------------------------------------------------------


async def test_a_single_path_can_fail(vendor: StandIn, read: Read) -> None:
    vendor.switch.fail("html", path="/staff")
    assert (False, True) == ((await read())[2].startswith(b"<"), (await read("/staff"))[2].startswith(b"<"))


async def test_v14_rows_change_between_requests(vendor: StandIn, read: Read) -> None:
    vendor.switch.between(lambda content: content.insert("invoices"))
    counts = [json.loads((await read("/invoices?mode=count"))[2])["record_count"] for _ in range(3)]
    assert [45, 46, 47] == counts


async def test_v16_late_rows_appear_while_being_read(vendor: StandIn, read: Read) -> None:
    vendor.content.late("invoices", requests=2)
    counts = [json.loads((await read("/invoices?mode=count"))[2])["record_count"] for _ in range(3)]
    assert [45, 45, 46] == counts


async def test_every_kind_of_fault_can_meet_every_kind_of_request(
    vendor: StandIn, session: aiohttp.ClientSession
) -> None:
    """No fault breaks the stand-in itself: whatever is asked, the next answer is sound."""
    options: dict[str, dict[str, Any]] = {
        "mutate": {"change": dict}, "rename": {"old": "id", "new": "ID"}, "remove": {"member": "id"},
        "never": {"seconds": 0.01},
        "replace_value": {"member": "id", "value": None}, "delay": {"seconds": 0.01}, "huge": {"megabytes": 1},
        "gzip_bomb": {"megabytes": 1}, "drip": {"seconds": 0, "size": 5000},
    }  # fmt: skip
    for kind in KINDS:
        for path in (PAGE, "/invoices/1", "/invoices?mode=count", "/nowhere"):
            rule = vendor.switch.fail(kind, **options.get(kind, {}))
            try:
                async with session.get(vendor.url + path, allow_redirects=False) as answer:
                    await answer.read()
            except aiohttp.ClientError:
                pass
            vendor.switch.remove(rule)
            async with session.get(vendor.url + PAGE) as answer:
                assert list(range(11, 21)) == ids(await answer.read()), kind


async def test_a_storm_with_churn_leaves_the_stand_in_sound(vendor: StandIn, session: aiohttp.ClientSession) -> None:
    vendor.switch.storm(0.5)
    vendor.switch.churn(1.0, seed=3)
    for number in range(200):
        try:
            async with session.get(f"{vendor.url}/cases?dir=asc&page={number % 2 + 1}") as answer:
                await answer.read()
        except aiohttp.ClientError:
            pass
    vendor.switch.clear()
    async with session.get(f"{vendor.url}/cases?is_request=0&dir=asc") as answer:
        assert vendor.content.snapshot()["cases"] == await answer.json()
