"""The stand-in as a process of its own: steered over its control API, and serving a million prepared records."""

import asyncio
import contextlib
import json
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from syncd.standin import Settings, StandIn
from syncd.standin.bulk import Bulk

NOW = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
HEADERS = {"Authorization": aiohttp.encode_basic_auth(f"{Settings().username}/token", Settings().token)}


@contextlib.asynccontextmanager
async def process(*arguments: str) -> AsyncIterator[tuple[str, int]]:
    """A running stand-in: its URL and process id."""
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "syncd.standin", "trackops", *arguments, stdout=asyncio.subprocess.PIPE
    )  # fmt: skip
    assert child.stdout
    try:
        yield (await child.stdout.readline()).decode().strip(), child.pid
        child.terminate()
        assert 0 == await asyncio.wait_for(child.wait(), 10)
    finally:
        with contextlib.suppress(ProcessLookupError):
            child.kill()
        await child.wait()


def status_of(pid: int) -> list[str]:
    """What the kernel says of a process."""
    return Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(headers=HEADERS) as session:
        yield session


async def get(session: aiohttp.ClientSession, url: str) -> Any:
    async with session.get(url) as answer:
        assert 200 == answer.status, await answer.text()
        return json.loads(await answer.read())


async def call(session: aiohttp.ClientSession, url: str, name: str, **arguments: object) -> Any:
    """One call of the control API."""
    async with session.post(url.replace("/api/v1", f"/_standin/{name}"), json=arguments) as answer:
        return await answer.json()


async def test_a_process_prints_its_url_serves_and_ends_at_sigterm(session: aiohttp.ClientSession) -> None:
    async with process("--seed", "3", "--cases", "4", "--rows", "events=205") as (url, _):
        assert {"record_count": 205, "page_count": 3} == await get(session, f"{url}/events?mode=count")
        assert 4 == (await call(session, url, "counts"))["cases"]


@pytest.fixture
async def vendor() -> AsyncIterator[StandIn]:
    async with StandIn.trackops(cases=6, now=lambda: NOW, rate=None) as vendor:
        yield vendor


async def test_the_account_is_changed_from_outside(vendor: StandIn, session: aiohttp.ClientSession) -> None:
    url = vendor.url
    added = await call(session, url, "insert", collection="invoices", changes={"total": "9.95", "due_on": "2026-04-01"})
    await call(
        session, url, "update", collection="cases", key=1, changes={"notes": "new", "updated_at": "2026-02-01T00:00:00"}
    )
    await call(session, url, "delete", collection="files", key=1)
    shown = await call(session, url, "snapshot")
    assert {"9.95"} >= {one["total"] for one in shown["invoices"] if one["id"] == added["id"]} - {9.95}
    assert ("new", "2026-02-01 00:00:00") == (shown["cases"][0]["notes"], shown["cases"][0]["updated_at"])
    assert 1 not in {one["id"] for one in shown["files"]}
    await call(session, url, "recover", collection="files", key=1)
    await call(session, url, "move_case", key=1, status=20)
    await call(session, url, "delete", collection="case_status_history", key=[1, 20])
    request = shown["case_requests"][0]["id"]
    await call(session, url, "accept_request", key=request)
    late = await call(session, url, "late", collection="tasks", requests=50)
    after = await call(session, url, "snapshot")
    assert 1 in {one["id"] for one in after["files"]}
    assert (20, False) == (after["cases"][0]["case_status_id"], any(one["id"] == late["id"] for one in after["tasks"]))
    assert not any(one["casefile_id"] == 1 and one["case_status_id"] == 20 for one in after["case_status_history"])
    assert request in {one["id"] for one in after["cases"]}


async def test_faults_settings_and_log_are_reached_from_outside_and_never_counted(
    vendor: StandIn, session: aiohttp.ClientSession
) -> None:
    url = vendor.url
    await call(session, url, "fail", kind="status", status=503, path="/staff", times=1)
    statuses = []
    for _ in range(2):
        async with session.get(f"{url}/staff") as answer:
            statuses.append(answer.status)
    await call(session, url, "storm", probability=1.0)
    await call(session, url, "churn", rate=1)
    await call(session, url, "clear")
    await call(session, url, "settings", rate=0.001, clock_skew=60)
    assert "…" == (await call(session, url, "settings"))["token"]
    async with session.get(f"{url}/staff") as answer:
        statuses.append(answer.status)
        assert "12:01:00" in answer.headers["Date"]
    assert [503, 200, 429] == statuses == [entry["status"] for entry in await call(session, url, "log")]
    await call(session, url, "clear_log")
    assert [] == await call(session, url, "log")


@pytest.mark.parametrize(
    "name,arguments",
    [
        ("fly", {}),
        ("delete", {"collection": "cases", "key": 99999}),
        ("fail", {"kind": "x"}),
        ("settings", {"pace": 1}),
        ("update", {}),
    ],
)
async def test_a_mistake_is_told(
    vendor: StandIn, session: aiohttp.ClientSession, name: str, arguments: dict[str, Any]
) -> None:
    assert (await call(session, vendor.url, name, **arguments))["error"]


async def test_a_stand_in_comes_back_on_its_port(session: aiohttp.ClientSession) -> None:
    vendor = StandIn.trackops(cases=1)
    for _ in range(2):
        await vendor.start()
        await get(session, f"{vendor.url}/staff")
        await vendor.stop()
        await vendor.stop()
    with pytest.raises(aiohttp.ClientConnectorError):
        await get(session, f"{vendor.url}/staff")
    assert 2 == vendor.log.count()


# -- prepared records ------------------------------------------------------------------------------------------------


@pytest.fixture
async def bulk() -> AsyncIterator[Bulk]:
    async with Bulk(1234, now=lambda: NOW) as bulk:
        yield bulk


@pytest.mark.parametrize("path", ["/cases?is_request=0&", "/subjects?", "/events?"])
async def test_prepared_records_come_in_pages(bulk: Bulk, session: aiohttp.ClientSession, path: str) -> None:
    url = f"{bulk.url}{path}per_page=100"
    pages = [[one["id"] for one in await get(session, f"{url}&dir=asc&page={n}")] for n in range(1, 15)]
    assert [list(range(1, 101)), list(range(1201, 1235)), []] == [pages[0], pages[12], pages[13]]
    assert [1234, 1233] == [one["id"] for one in await get(session, f"{bulk.url}{path}per_page=2")]
    assert {"record_count": 1234, "page_count": 13} == await get(session, f"{url}&mode=count")


async def test_prepared_records_have_15_scalars_one_embedded_and_one_array(
    bulk: Bulk, session: aiohttp.ClientSession
) -> None:
    records = await get(session, f"{bulk.url}/events?dir=asc")
    members = {name for record in records for name in record}
    assert 17 == len(members)
    assert {0, 1, 2, 3} == {len(record["Users"]) for record in records}
    assert records[6] == await get(session, f"{bulk.url}/events/7")


async def test_prepared_records_are_counted_by_time(bulk: Bulk, session: aiohttp.ClientSession) -> None:
    """Months add up to the whole, and bounds are inclusive."""
    created = [
        one["created_at"] for n in range(1, 14) for one in await get(session, f"{bulk.url}/events?dir=asc&page={n}")
    ]
    assert created == sorted(created)
    middle = created[600].replace(" ", "T") + "Z"
    for name, number in (
        ("created_from", sum(at >= created[600] for at in created)),
        ("created_to", sum(at <= created[600] for at in created)),
        ("updated_from", sum(at >= created[600] for at in created)),
        ("updated_to", sum(at <= created[600] for at in created)),
    ):
        assert number == (await get(session, f"{bulk.url}/events?mode=count&{name}={middle}"))["record_count"], name


async def test_changed_and_added_prepared_records_are_found_by_time(bulk: Bulk, session: aiohttp.ClientSession) -> None:
    since = f"{bulk.url}/events?dir=asc&updated_from=2026-03-01T11:00:00Z"
    assert [] == await get(session, since)
    assert 13 == await call(session, bulk.url, "change", part=0.01)
    assert 1235 == await call(session, bulk.url, "insert", number=1)
    found = await get(session, since)
    assert [*range(1, 1202, 100), 1235] == [one["id"] for one in found]
    assert {"2026-03-01 12:00:00"} == {one["updated_at"] for one in found}
    assert [401, 501] == [one["id"] for one in await get(session, f"{since}&per_page=2&page=3")]
    assert 3 == await call(session, bulk.url, "requests")


async def test_only_changes_since_the_time_asked_for_are_found(bulk: Bulk, session: aiohttp.ClientSession) -> None:
    await call(session, bulk.url, "change", part=0.01)
    assert [] == await get(session, f"{bulk.url}/events?updated_from=2026-03-01T12:00:01Z")


async def test_prepared_cases_are_counted_by_day(bulk: Bulk, session: aiohttp.ClientSession) -> None:
    created = [
        one["created_at"] for n in range(1, 14) for one in await get(session, f"{bulk.url}/cases?dir=asc&page={n}")
    ]
    day = created[600][:10]
    for name, number in (
        ("created_from", sum(at[:10] >= day for at in created)),
        ("created_to", sum(at[:10] <= day for at in created)),
    ):
        assert number == (await get(session, f"{bulk.url}/cases?mode=count&{name}={day}"))["record_count"], name


@pytest.mark.parametrize(
    "path,status",
    [
        ("/events?sort=1", 400),
        ("/events?title=x", 400),
        ("/events/1235", 404),
        ("/events/", 404),
        ("/cases?is_request=1", 200),
    ],
)
async def test_prepared_records_are_served_as_strictly(
    bulk: Bulk, session: aiohttp.ClientSession, path: str, status: int
) -> None:
    async with session.get(bulk.url + path) as answer:
        assert status == answer.status
        assert status != 200 or await answer.json() == []
    async with session.post(bulk.url + "/events") as answer:
        assert 405 == answer.status
    async with session.get(bulk.url + path, headers={"Authorization": "Basic eA=="}) as answer:
        assert 401 == answer.status


async def test_a_million_prepared_records_need_little_memory(session: aiohttp.ClientSession) -> None:
    async with process("--bulk", "1000000") as (url, pid):
        assert 1_000_000 == (await get(session, f"{url}/events?mode=count"))["record_count"]
        assert [999_901, 1_000_000] == [one["id"] for one in await get(session, f"{url}/events?dir=asc&page=10000")][
            ::99
        ]
        await call(session, url, "change", part=0.01)
        peak = next(line for line in status_of(pid) if "VmHWM" in line)
        assert int(peak.split()[1]) < 120 * 1024
