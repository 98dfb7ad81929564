"""The stand-in Trackops is as strict as the vendor is documented to be."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlencode

import aiohttp
import pytest

from syncd.standin import Settings, Spelling, StandIn
from syncd.standin.trackops.declared import BY_PATH, COLLECTIONS

NOW = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
COMMON = {"page", "per_page", "dir", "mode"}


class Client:
    """Asks one stand-in, and tells status, headers and JSON."""

    def __init__(self, vendor: StandIn, session: aiohttp.ClientSession) -> None:
        self.vendor = vendor
        self.session = session
        self.headers: Any = {}

    async def status(self, path: str, method: str = "GET", **headers: str) -> int:
        sent = {"Authorization": authorization(self.vendor)} | headers
        async with self.session.request(method, self.vendor.url + path, headers=sent) as answer:
            self.headers = answer.headers
            await answer.read()
            return answer.status

    async def get(self, path: str) -> Any:
        async with self.session.get(
            self.vendor.url + path, headers={"Authorization": authorization(self.vendor)}
        ) as answer:
            self.headers = answer.headers
            text = await answer.text()
            assert 200 == answer.status, text
            return json.loads(text)

    async def ids(self, path: str) -> list[int]:
        return [record["id"] for record in await self.get(path)]


def authorization(vendor: StandIn, token: str | None = None) -> str:
    return aiohttp.encode_basic_auth(f"{vendor.username}/token", token or vendor.token)


@pytest.fixture
async def vendor() -> AsyncIterator[StandIn]:
    async with StandIn.trackops(seed=7, cases=30, rows={"subjects": 250, "files": 200}, now=lambda: NOW) as vendor:
        yield vendor


@pytest.fixture
async def client(vendor: StandIn) -> AsyncIterator[Client]:
    async with aiohttp.ClientSession() as session:
        yield Client(vendor, session)


# -- who may ask -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "credentials",
    ["", "Basic", "Basic !!!", "Bearer 0b7c2f44", aiohttp.encode_basic_auth("ida.sync", "0b7c2f44"), "Basic w6k="],
)
async def test_v5_wrong_credentials_are_401(client: Client, credentials: str) -> None:
    assert 401 == await client.status("/staff", Authorization=credentials)
    assert "Basic" in client.headers["WWW-Authenticate"]


async def test_v5_a_token_changed_on_the_way_is_401(client: Client) -> None:
    before = authorization(client.vendor)
    client.vendor.settings.token = "another"
    assert 401 == await client.status("/staff", Authorization=before)
    assert 200 == await client.status("/staff")


async def test_an_account_or_a_single_collection_can_be_refused(client: Client) -> None:
    client.vendor.settings.refused = {"/invoices": 404, "/expense/*": 403}
    answers = [await client.status(path) for path in ("/invoices", "/expense/slips", "/staff")]
    client.vendor.settings.refused = {"*": 403}
    assert [404, 403, 200, 403] == [*answers, await client.status("/staff")]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"])
async def test_only_get_is_allowed(client: Client, method: str) -> None:
    assert 405 == await client.status("/staff", method)


@pytest.mark.parametrize(
    "path",
    ["/", "/staff/", "/case", "/Cases", "/cases/x", "/cases/0", "/cases/1/2", "/cases/status_history/", "/staff/1/",
     "/case/status_history", "/cases/status_history/1/2/3", "/cases/²", "/cases/status_history/99999"],
)  # fmt: skip
async def test_unknown_paths_and_records_are_404(client: Client, path: str) -> None:
    assert 404 == await client.status(path)


async def test_what_lies_outside_the_base_path_is_404(client: Client) -> None:
    async with client.session.get(f"{client.vendor.origin}/staff", headers={"Authorization": "x"}) as answer:
        assert 401 == answer.status
    sent = {"Authorization": authorization(client.vendor)}
    async with client.session.get(f"{client.vendor.origin}/staff", headers=sent) as answer:
        assert 404 == answer.status


# -- how often -------------------------------------------------------------------------------------------------------


class Monotonic:
    at = 50.0

    def __call__(self) -> float:
        return self.at


@pytest.mark.parametrize("retry_after", [None, 2])
async def test_v1_a_request_too_soon_after_the_one_before_is_429(retry_after: int | None) -> None:
    """Refused requests count as arrivals too."""
    monotonic = Monotonic()
    settings = Settings(retry_after=retry_after)
    async with (
        StandIn.trackops(cases=2, rate=1.0, monotonic=monotonic, settings=settings) as vendor,
        aiohttp.ClientSession() as session,
    ):
        client = Client(vendor, session)
        statuses = []
        for at in (50.0, 50.9, 51.5, 52.5, 53.5):
            monotonic.at = at
            statuses.append(await client.status("/staff"))
            assert (str(retry_after) if retry_after and statuses[-1] == 429 else None) == client.headers.get(
                "Retry-After"
            )
        assert [200, 429, 429, 200, 200] == statuses
        assert (2, 3) == (vendor.log.refused, vendor.log.most_in_any(2.0))
        vendor.settings.rate = None
        assert [200, 200] == [await client.status("/staff") for _ in range(2)]


# -- what may be asked -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "query",
    ["sort=id", "Page=1", "page=0", "page=-1", "page=x", "page=", "per_page=0", "per_page=101", "per_page=1.5",
     "dir=up", "dir=", "mode=all", "id=abc", "id=", "is_request=maybe", "created_from=2024-01-01T00:00:00Z",
     "created_to=2024-13-01", "created_from=yesterday", "created_from_system=2024-01-01",
     "updated_from=2024-01-01T00:00:00 02:00",
     "updated_from=1700000000", "page=1&page=2", "expand_field_values=1", "name=x", "case=1"],
)  # fmt: skip
async def test_undocumented_parameters_and_bad_values_are_400(client: Client, query: str) -> None:
    assert 400 == await client.status(f"/cases?{query}")


@pytest.mark.parametrize(
    "query",
    ["is_request=yes", "is_request=TRUE", "created_from=2024-01-01", "created_from_system=2024-01-01T00:00:00Z",
     "updated_from=2024-01-01+00:00:00", "updated_from=2024-01-01T00:00:00%2B02:00",
     "updated_from=2024-01-01T00:00:00.5Z", "from=2024-01-01&to=2024-02-01", "reference_value_1=", "dir=asc&page=9999"],
)  # fmt: skip
async def test_documented_spellings_are_understood(client: Client, query: str) -> None:
    assert 200 == await client.status(f"/cases?{query}")


async def test_no_parameter_but_one_is_known_to_a_single_record(client: Client) -> None:
    paths = ("/cases/1?page=1", "/cases/1?expand_field_values=1", "/staff/1?expand_field_values=1")
    assert [400, 400, 200] == [await client.status(path) for path in paths]


async def test_structured_fields_come_as_text_or_expanded(client: Client) -> None:
    address = next(row["id"] for row in client.vendor.content.rows("fields") if row["field_type_tag"] == "ADDRESS")
    value = {"address_1": "5 Elm Street", "city": "Köln"}
    key = client.vendor.content.insert("staff", custom_fields=[{"id": address, "value": value}])["id"]
    plain, expanded = [
        (await client.get(f"/staff/{key}{query}"))["custom_fields"][0]["value"]
        for query in ("", "?expand_field_values=1")
    ]
    assert (value, value) == (json.loads(plain), expanded)


async def test_larger_pages_can_be_capped_silently(client: Client) -> None:
    client.vendor.settings.caps_pages = True
    assert 100 == len(await client.get("/subjects?per_page=500"))


async def test_counting_can_be_switched_off(client: Client) -> None:
    assert {"record_count": 250, "page_count": 3} == await client.get("/subjects?mode=count")
    assert {"record_count": 250, "page_count": 13} == await client.get("/subjects?mode=count&per_page=20")
    client.vendor.settings.has_count = False
    assert 400 == await client.status("/subjects?mode=count")


# -- pages -----------------------------------------------------------------------------------------------------------


async def test_v13_pages_run_from_first_to_last_and_then_are_empty(client: Client) -> None:
    """Two full pages and an empty one for an exact multiple, and no total, link or cursor."""
    assert [100, 100, 50, 0] == [len(await client.get(f"/subjects?dir=asc&page={n}")) for n in (1, 2, 3, 4)]
    assert [100, 100, 0] == [len(await client.get(f"/files?dir=asc&page={n}")) for n in (1, 2, 3)]
    assert not {"Link", "X-Total-Count"} & client.headers.keys()


@pytest.mark.parametrize("size", [1, 7, 50, 83, 100])
async def test_both_directions_and_every_size_show_each_record_once(client: Client, size: int) -> None:
    pages = -(-250 // size) + 1 if size > 1 else 3
    upwards, downwards = [
        [one for n in range(1, pages + 1) for one in await client.ids(f"/subjects?per_page={size}&page={n}{way}")]
        for way in ("&dir=asc", "")
    ]
    whole = [row["id"] for row in client.vendor.content.rows("subjects")]
    assert (upwards, downwards) == (whole[: pages * size], whole[::-1][: pages * size])


async def test_a_deletion_pulls_later_records_up_and_an_insert_goes_to_the_end(client: Client) -> None:
    before = await client.ids("/subjects?dir=asc&per_page=10&page=2")
    client.vendor.content.delete("subjects", 1)
    added = client.vendor.content.insert("subjects")["id"]
    assert [*before[1:], before[-1] + 1] == await client.ids("/subjects?dir=asc&per_page=10&page=2")
    assert [added] == await client.ids("/subjects?per_page=1")


async def test_cases_and_requests_come_mixed_unless_told_apart(client: Client) -> None:
    mixed, cases, requests = [
        set(await client.ids(f"/cases?{query}")) for query in ("", "is_request=0", "is_request=1")
    ]
    assert (mixed, set()) == (cases | requests, cases & requests)
    assert requests == set(await client.ids("/case/requests"))
    assert 404 == await client.status(f"/case/requests/{min(cases)}")


# -- filters ---------------------------------------------------------------------------------------------------------


# What a parameter looks at, where its name does not say so. Dotted: a member of the embedded record.
LOOKS_AT = {
    "case": "casefile_id", "location": "client_id", "client_location": "client_id", "client": "Client.parent_id",
    "complete": "completed_at", "date": "entry_date", "user": "Users",
    "/expense/entries user": "User.id", "/expense/slips user": "user_id",
    "/invoice/payments invoice_number": "Invoice.invoice_number",
    "/invoice/payments invoice_reference_number": "Invoice.reference_number",
    "/cases created": "created_on", "/case/requests created": "created_on", "/invoices created": "created_on",
    "/cases ": "created_on", "/case/requests ": "created_on", "/invoices ": "created_on",
    "/case/updates ": "activity_at", "/case/update/notifications ": "sent_at", "/events ": "start_at",
    "/tasks ": "due_on",
    "/invoice/payments ": "paid_on", "/expense/entries ": "entry_date",
}  # fmt: skip
# These look at the invoice behind a payment, past what its record shows.
BEHIND = {"client", "location", "invoice_created_from", "invoice_created_to"}


def bound_of(name: str) -> tuple[str, str]:
    """`created_from_system` → `created`, `from`, with `_system` kept in the stem's place."""
    if name.endswith("_system"):
        return "created_at", name.split("_")[1]
    stem, _, way = name.rpartition("_")
    if name == "sent_to":  # a person
        return name, "is"
    return (stem, way) if way in {"from", "to"} else (name, "is")


def found(record: dict[str, Any], path: str, stem: str) -> Any:
    """What the parameter looks at, in a record as served."""
    member = LOOKS_AT.get(f"{path} {stem}") or LOOKS_AT.get(stem)
    names = [member] if member else [stem, f"{stem}_id", f"{stem}_at", f"{stem}_on"]
    for name in names:
        outer, _, inner = name.partition(".")
        if outer in record:
            value = record[outer]
            if isinstance(value, list):
                return [one["id"] for one in value]
            return value[inner] if inner and value else value
    raise AssertionError(names)


def passes(value: Any, wanted: Any, way: str) -> bool:
    if value is None:
        return False
    if isinstance(value, list):
        return wanted in value
    return bool({"is": value == wanted, "from": value >= wanted, "to": value <= wanted}[way])


@pytest.mark.parametrize("path", [one.path for one in COLLECTIONS])
async def test_every_documented_filter_filters(path: str) -> None:
    """What is listed is what a look at every record served gives; bounds are inclusive."""
    spelling = Spelling(times="Z", nulls="null", embedded_only=frozenset())
    async with (
        StandIn.trackops(seed=7, cases=30, now=lambda: NOW, spelling=spelling) as vendor,
        aiohttp.ClientSession() as session,
    ):
        client = Client(vendor, session)
        records: list[dict[str, Any]] = []
        while page := await client.get(f"{path}?dir=asc&page={len(records) // 100 + 1}"):
            records += page
            if len(page) < 100:
                break
        for name in BY_PATH[path].parameters.keys() - (BEHIND if path == "/invoice/payments" else set()):
            stem, way = ("", name) if name in {"from", "to"} else bound_of(name)
            values = [found(record, path, stem) for record in records]
            known = [value for value in values if value not in (None, [], "")]
            wanted = known[len(known) // 2]
            wanted = wanted[0] if isinstance(wanted, list) else wanted
            expected = sum(passes(value, wanted, way) for value in values)
            query = urlencode({name: int(wanted) if isinstance(wanted, bool) else wanted, "mode": "count"})
            assert expected == (await client.get(f"{path}?{query}"))["record_count"], name
            assert expected, name


async def test_payments_are_filtered_by_what_their_invoice_says(client: Client) -> None:
    content = client.vendor.content
    payment = content.rows("invoice_payments")[0]
    invoice = content.table("invoices")[payment["invoice_id"]]
    root = content.table("client_locations")[invoice["client_id"]]["parent_id"]
    day = invoice["created_on"]
    for query in (
        f"client={root}",
        f"location={invoice['client_id']}",
        f"invoice_created_from={day}&invoice_created_to={day}",
    ):
        assert payment["id"] in await client.ids(f"/invoice/payments?{query}")
    assert [] == await client.ids("/invoice/payments?client=999999")
    assert [] == await client.ids("/invoice/payments?location=999999")
    assert [] == await client.ids("/invoice/payments?invoice_created_from=2030-01-01")


@pytest.mark.parametrize(
    "path,words",
    [
        ("/tasks", "none needs_action in_progress complete"),
        ("/invoices", "draft open sent partial_paid paid"),
        ("/expense/entries", "pending approved declined committed voided"),
        ("/expense/slips", "pending partial_paid paid voided"),
    ],
)
async def test_a_status_is_one_of_its_documented_words(client: Client, path: str, words: str) -> None:
    assert {200} == {await client.status(f"{path}?status={word}") for word in words.split()}
    assert 400 == await client.status(f"{path}?status=done")


async def test_created_from_is_the_users_date_on_cases_and_the_clock_elsewhere(client: Client) -> None:
    key = client.vendor.content.insert("cases", created_on=datetime(2020, 5, 5, tzinfo=UTC).date())["id"]
    assert [key] == await client.ids("/cases?created_to=2020-05-05")
    assert key in await client.ids("/cases?created_from_system=2026-03-01T12:00:00Z")
    assert 400 == await client.status("/subjects?created_from=2020-05-05")


async def test_filters_are_combined(client: Client) -> None:
    assert [2] == await client.ids("/cases?id=2&updated_to=2026-03-01T12:00:00Z")
    assert [] == await client.ids("/cases?id=2&updated_from=2026-03-01T12:00:01Z")


# -- one record and lists of one parent ------------------------------------------------------------------------------


@pytest.mark.parametrize("path,name", [(one.path, one.name) for one in COLLECTIONS])
async def test_single_records_are_those_of_the_list(client: Client, path: str, name: str) -> None:
    collection = next(one for one in COLLECTIONS if one.name == name)
    listed = (await client.get(f"{path}?per_page=1"))[0]
    single = await client.get("/".join([path, *(str(listed[member]) for member in collection.key)]))
    listed.pop("url", None)
    single.pop("url", None)
    assert listed == single


async def test_history_and_notices_can_be_listed_by_parent(client: Client) -> None:
    history = await client.get("/cases/status_history/2?dir=asc")
    assert [
        row["case_status_id"] for row in client.vendor.content.rows("case_status_history") if row["casefile_id"] == 2
    ] == [record["case_status_id"] for record in history]
    update = (await client.get("/case/update/notifications?per_page=1"))[0]["update_id"]
    assert {update} == {record["update_id"] for record in await client.get(f"/case/update/notifications/{update}")}


async def test_the_snapshot_is_what_a_reader_gets(client: Client) -> None:
    snapshot = client.vendor.content.snapshot()
    for one in COLLECTIONS:
        query = "?dir=asc" + ("&is_request=0" if one.name == "cases" else "")
        read: list[dict[str, Any]] = []
        while page := await client.get(f"{one.path}{query}&page={len(read) // 100 + 1}"):
            read += page
            if len(page) < 100:
                break
        for record in (*read, *snapshot[one.name]):
            record.pop("url", None)
        assert read == snapshot[one.name]


# -- the clock and the spelling --------------------------------------------------------------------------------------


async def test_c1_a_skewed_clock_shows_in_the_date_header_and_in_every_stamp() -> None:
    skew = timedelta(minutes=-10)
    async with (
        StandIn.trackops(cases=2, now=lambda: NOW, clock_skew=skew) as vendor,
        aiohttp.ClientSession() as session,
    ):
        client = Client(vendor, session)
        key = vendor.content.insert("tasks")["id"]
        assert "2026-03-01 11:50:00" == (await client.get(f"/tasks/{key}"))["updated_at"]
        assert NOW + skew == parsedate_to_datetime(client.headers["Date"])
        assert 404 == await client.status("/nowhere")
        assert NOW + skew == parsedate_to_datetime(client.headers["Date"])


@pytest.mark.parametrize("php,expected", [(True, rb'"\u00d8st \/ \u674e"'), (False, '"Øst / 李"'.encode())])
async def test_texts_are_escaped_as_php_does_or_not(php: bool, expected: bytes) -> None:
    async with (
        StandIn.trackops(cases=2, spelling=Spelling(php_escapes=php)) as vendor,
        aiohttp.ClientSession(headers={"Authorization": authorization(vendor)}) as session,
    ):
        vendor.content.update("clients", 1, name="Øst / 李")
        async with session.get(f"{vendor.url}/clients/1") as answer:
            assert expected in await answer.read()


async def test_x1_the_log_keeps_names_of_headers_and_sees_secrets_in_urls(client: Client) -> None:
    await client.status(f"/staff?name={client.vendor.token}")
    await client.status("/staff")
    log = client.vendor.log
    assert (1, [400, 200]) == (len(log.secrets_seen()), [entry.status for entry in log.entries])
    assert "Authorization" in log.entries[0].header_names
    assert client.vendor.token not in str(log.entries[1])
    assert 1 == log.connections
