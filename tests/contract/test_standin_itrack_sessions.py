"""The stand-in iTrack lets in whom the vendor would, and as often."""

from collections.abc import AsyncIterator
from datetime import timedelta

import aiohttp
import pytest

from syncd.standin import StandIn
from tests.contract.itrack_client import NOW, Client
from tests.still_clock import Clock

DAY = timedelta(days=1)


@pytest.fixture
def clock() -> Clock:
    return Clock(NOW)


@pytest.fixture
async def vendor(clock: Clock) -> AsyncIterator[StandIn]:
    async with StandIn.itrack(seed=3, trackers=9, days=4, now=clock, monotonic=clock.monotonic) as vendor:
        yield vendor


@pytest.fixture
async def client(vendor: StandIn) -> AsyncIterator[Client]:
    async with aiohttp.ClientSession() as session:
        yield Client(vendor, session)


def trackers(vendor: StandIn, *, blocked: bool = False) -> list[int]:
    return [one["id"] for one in vendor.content.rows("trackers") if one["source"]["blocked"] is blocked]


# -- who may ask -------------------------------------------------------------------------------------------------------


async def test_a_login_opens_calls_and_is_counted(client: Client) -> None:
    reply = await client.login()
    assert 32 == len(reply["hash"])
    assert reply["hash"] != client.vendor.credentials["api_key"]
    assert await client.list_("tracker/list")
    assert 1 == client.vendor.content.logins


@pytest.mark.parametrize("changes", [{"password": "no"}, {"login": "no"}, {"dealer_id": "1"}])
async def test_wrong_credentials_are_102(client: Client, changes: dict[str, str]) -> None:
    reply = await client.login(**changes)
    assert (400, 102) == (client.status, reply["status"]["code"])
    assert 0 == client.vendor.content.logins


async def test_too_many_wrong_passwords_are_105_until_five_minutes_pass(client: Client, clock: Clock) -> None:
    codes = [(await client.login(password="no"))["status"]["code"] for _ in range(7)]
    assert [102] * 5 + [105] * 2 == codes
    assert 105 == (await client.login())["status"]["code"]
    clock.pass_(minutes=6)
    assert (await client.login())["success"]


async def test_too_many_logins_are_104(client: Client, clock: Clock) -> None:
    client.vendor.settings.logins_an_hour = 2
    replies = [await client.login() for _ in range(3)]
    assert [True, True, False] == [one["success"] for one in replies]
    assert 104 == replies[2]["status"]["code"]
    clock.pass_(hours=1)
    assert (await client.login())["success"]


@pytest.mark.parametrize("code", [11, 103, 104, 105, 275])
async def test_logins_can_be_refused_with_every_documented_code(client: Client, code: int) -> None:
    client.vendor.settings.login_refused = code
    assert code == (await client.login())["status"]["code"]


async def test_the_hash_of_a_second_factor_opens_nothing(client: Client) -> None:
    client.vendor.settings.second_factor = True
    assert "second_factor_required" == (await client.login())["type"]
    assert 276 == await client.code("tracker/list")


@pytest.mark.parametrize("hash_", ["", "short", "g" * 32, "A" * 32, "0" * 31])
async def test_v5_a_malformed_hash_is_code_3_with_http_400(client: Client, hash_: str) -> None:
    client.hash = hash_
    assert 3 == await client.code("tracker/list")
    assert 400 == client.status


async def test_v5_no_hash_at_all_is_code_3(client: Client) -> None:
    assert 3 == (await client.post("tracker/list", {}))["status"]["code"]


async def test_v5_an_unknown_or_ended_hash_is_code_4_with_http_400(client: Client, clock: Clock) -> None:
    client.hash = "0" * 32
    assert 4 == await client.code("tracker/list")
    assert 400 == client.status
    await client.login()
    assert 1 == client.vendor.content.expire_sessions()
    assert 4 == await client.code("tracker/list")
    await client.login()
    clock.pass_(days=29)
    assert 0 == await client.code("tracker/list")
    clock.pass_(days=29)
    assert 0 == await client.code("user/session/renew")
    clock.pass_(days=31)
    assert 4 == await client.code("tracker/list")


async def test_a_new_password_ends_sessions_but_no_key(client: Client) -> None:
    key = client.hash
    await client.login()
    client.vendor.content.change_password("new")
    assert 4 == await client.code("tracker/list")
    client.hash = key
    assert 0 == await client.code("tracker/list")
    assert (await client.login(password="new"))["success"]


async def test_renewing_and_logging_out_do_not_work_with_a_key(client: Client) -> None:
    for call in ("user/session/renew", "user/logout"):
        assert 276 == await client.code(call)
    await client.login()
    assert 0 == await client.code("user/session/renew")
    assert 0 == await client.code("user/logout")
    assert 4 == await client.code("user/logout")


async def test_a_revoked_key_is_code_4(client: Client) -> None:
    client.vendor.settings.key_revoked = True
    assert 4 == await client.code("tracker/list")


@pytest.mark.parametrize("name, code", [("user_blocked", 275), ("dealer_blocked", 11)])
async def test_a_blocked_account_is_refused_with_403(client: Client, name: str, code: int) -> None:
    setattr(client.vendor.settings, name, True)
    assert code == await client.code("tracker/list")
    assert 403 == client.status


@pytest.mark.parametrize(
    "header, code",
    [("NVX {}", 0), ("NVX  {}", 3), ("nvx {}", 3), ("NVX {} ", 0), ("Bearer {}", 3), ("NVX", 3), ("NVX 00", 3)],
)
async def test_the_hash_may_stand_in_the_header_after_one_space(client: Client, header: str, code: int) -> None:
    reply = await client.post("tracker/list", {}, {"Authorization": header.format(client.hash)})
    assert code == (0 if reply["success"] else reply["status"]["code"])


async def test_x1_secrets_of_a_body_are_not_in_the_log_but_those_of_a_url_are_seen(client: Client) -> None:
    await client.login()
    await client.list_("tracker/list", labels=["Van"])
    log = client.vendor.log
    assert [] == log.secrets_seen()
    assert 1 == log.count("tracker/list", query="labels=")
    assert all(client.hash not in one.query and "battery" not in one.query for one in log.entries)
    url = f"{client.vendor.url}/tag/list?hash={client.vendor.credentials['api_key']}"
    async with client.session.get(url) as answer:
        await answer.read()
    assert 1 == len(log.secrets_seen())


async def test_a_sub_user_may_not_ask_what_is_the_masters(client: Client) -> None:
    client.vendor.settings.sub_user = True
    for call in ("subuser/list", "subuser/security_group/list", "checkin/list"):
        assert (13, 403) == (await client.code(call), client.status)
    reply = await client.ask("user/get_info")
    assert 1_999 == reply["master"]["id"]
    assert ["tag_update"] == reply["privileges"]["rights"]


async def test_a_feature_can_be_missing(client: Client) -> None:
    client.vendor.settings.missing = {"status/listing/list": 236}
    assert (236, 402) == (await client.code("status/listing/list"), client.status)
    assert 0 == await client.code("tag/list")


async def test_writing_calls_succeed_and_are_noted_and_change_nothing(client: Client) -> None:
    before = client.vendor.content.snapshot()
    tracker_id = trackers(client.vendor)[0]
    assert 0 == await client.code("tracker/delete", tracker_id=tracker_id)
    assert 0 == await client.code("history/mark_read", id=1)
    assert ["tracker/delete", "history/mark_read"] == client.vendor.content.writes
    assert before == client.vendor.content.snapshot()


# -- how often ---------------------------------------------------------------------------------------------------------


async def test_v2_above_the_rate_is_code_15_with_429(client: Client, clock: Clock) -> None:
    client.vendor.settings.rate = 3
    assert [0, 0, 0, 15] == [await client.code("tag/list") for _ in range(4)]
    assert 429 == client.status
    clock.pass_(seconds=0.99)
    assert 15 == await client.code("tag/list")
    clock.pass_(seconds=1)
    assert 0 == await client.code("tag/list")
    assert 2 == client.vendor.log.refused


async def test_v2_the_rate_holds_for_all_of_an_address_together(client: Client) -> None:
    await client.login()
    client.vendor.settings.rate = 4
    other = Client(client.vendor, client.session)
    codes = [await one.code("tag/list") for one in (client, other) for _ in range(3)]
    assert [0, 0, 0, 0, 15, 15] == codes


async def test_v2_the_rate_holds_for_one_hash_from_all_addresses_together(client: Client) -> None:
    client.vendor.settings.rate = 4
    connector = aiohttp.TCPConnector(local_addr=("127.0.0.2", 0))
    async with aiohttp.ClientSession(connector=connector) as session:
        other = Client(client.vendor, session)
        codes = [await one.code("tag/list") for one in (client, other) for _ in range(3)]
        assert [0, 0, 0, 0, 15, 15] == codes


async def test_v1_retry_after_comes_when_it_is_set(client: Client) -> None:
    client.vendor.settings.rate, client.vendor.settings.retry_after = 1, 7
    assert 0 == await client.code("tag/list")
    async with client.session.post(f"{client.vendor.url}/tag/list", data={"hash": client.hash}) as answer:
        assert "7" == answer.headers["Retry-After"]
