"""What Trackops says and what it means (its documentation, sections 2 to 5)."""

from __future__ import annotations

from base64 import b64decode

import pytest

from syncd.ask import NOT_JSON, Question, Reply
from syncd.errors import (
    Malformed,
    NotFound,
    RateLimited,
    Refused,
    Unauthorized,
    Unavailable,
    VendorError,
)
from syncd.vendors.trackops import TRACKOPS
from syncd.vendors.trackops.protocol import base_url, count, counted, explain, sign

QUESTION = Question("/cases", (("page", "2"),))
ACCOUNT = {"subdomain": "mycompany", "username": "ida.sync", "token": "0b7c2f44-6d1e"}


def reply(status: int, value: object = None, text: str = "") -> Reply:
    return Reply(status, value, {}, text)


@pytest.mark.parametrize(
    "status, error",
    [
        (204, Unavailable),
        (301, Refused),
        (302, Refused),
        (304, Refused),
        (307, Refused),
        (308, Refused),
        (400, Refused),
        (401, Unauthorized),
        (403, Unauthorized),
        (404, NotFound),
        (405, Refused),
        (406, Refused),
        (408, Unavailable),
        (410, Refused),
        (415, Refused),
        (422, Refused),
        (425, Unavailable),
        (429, RateLimited),
        (500, Unavailable),
        (502, Unavailable),
        (503, Unavailable),
        (504, Unavailable),
        (520, Unavailable),
        (529, Unavailable),
    ],
)
def test_v4_v5_v7_a_status_decides_what_happens_next_whatever_the_body(status: int, error: type[VendorError]) -> None:
    values: tuple[object, ...] = (NOT_JSON, [], {"id": 1}, {"code": 200, "message": "fine"})
    for value in values:
        found = explain(QUESTION, reply(status, value))
        assert error is type(found)
        assert str(status) in str(found)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 422, 429, 500])
def test_v7_the_vendors_own_words_are_passed_on(status: int) -> None:
    assert "Unknown parameter 'sort'." in str(explain(QUESTION, reply(status, text="Unknown parameter 'sort'.")))


@pytest.mark.parametrize("status", [301, 401, 403, 404])
def test_where_a_person_can_help_the_error_says_how(status: int) -> None:
    found = explain(QUESTION, reply(status))
    assert found is not None
    assert found.remedy


@pytest.mark.parametrize("value", [[], [{"id": 1}], ["junk"], {"id": 1}, {"record_count": 0, "page_count": 0}])
def test_a_list_a_record_and_a_count_are_good(value: object) -> None:
    assert None is explain(QUESTION, reply(200, value))


@pytest.mark.parametrize(
    "value, error",
    [
        (NOT_JSON, Unavailable),
        (None, Malformed),
        ("text", Malformed),
        (5, Malformed),
        (True, Malformed),
        ({"success": False, "id": 1}, Unavailable),
        ({"error": "maintenance"}, Unavailable),
        ({"code": 429, "message": "slow down"}, Unavailable),
        ({"errors": [], "message": ""}, Unavailable),
        ({}, Unavailable),
    ],
)
def test_v8_v9_a_success_that_is_none_never_counts_as_an_answer(value: object, error: type[VendorError]) -> None:
    assert error is type(explain(QUESTION, reply(200, value)))


def test_a_record_that_has_a_message_among_its_members_is_a_record() -> None:
    assert None is explain(QUESTION, reply(200, {"id": 1, "message": "x"}))


@pytest.mark.parametrize("login", ["ida.sync", "ida.sync/token"])
def test_the_login_is_sent_with_token_behind_it_once(login: str) -> None:
    headers = sign({**ACCOUNT, "username": login}).headers
    scheme, _, pair = headers["Authorization"].partition(" ")
    assert "Basic" == scheme
    assert "ida.sync/token:0b7c2f44-6d1e" == b64decode(pair).decode()
    assert "application/json" == headers["Accept"]


def test_a_login_beyond_ascii_is_sent_as_utf_8() -> None:
    pair = sign({**ACCOUNT, "username": "øst"}).headers["Authorization"].partition(" ")[2]
    assert b64decode(pair).startswith("øst/token:".encode())


def test_the_address_is_the_accounts_own() -> None:
    assert "https://mycompany.viewcases.com/api/v1" == base_url(ACCOUNT)


def test_a_count_asks_for_the_same_records_without_paging() -> None:
    listed = Question("/cases", (("is_request", "0"), ("dir", "asc"), ("per_page", "100"), ("page", "3")))
    asked = count(listed)
    assert "/cases" == asked.path
    assert (("is_request", "0"), ("per_page", "100"), ("mode", "count")) == asked.params
    assert "GET" == asked.method


@pytest.mark.parametrize(
    "value, number",
    [
        ({"record_count": 402, "page_count": 5}, 402),
        ({"record_count": 0}, 0),
        ({"record_count": "402"}, 402),
        ({"record_count": "many"}, None),
        ({"record_count": "-1"}, None),
        ({"record_count": -1}, None),
        ({"record_count": True}, None),
        ({"record_count": None}, None),
        ({"record_count": 4.5}, None),
        ({"page_count": 5}, None),
        ([], None),
        ([{"record_count": 1}], None),
        (None, None),
        (402, None),
    ],
)
def test_v18_what_is_no_count_is_none(value: object, number: int | None) -> None:
    assert number == counted(value)


def test_the_pace_is_one_request_a_second_counted_from_the_answer() -> None:
    limits = TRACKOPS.limits
    assert ((1, 1.0), (1, 1.0), 1, True) == (limits.rate, limits.documented, limits.parallel, limits.after_answer)
    assert (2.0, 4.0, 8.0, 16.0, 32.0, 60.0) == limits.hold_s
    assert 2.0 == limits.widened_by


def test_the_probe_is_one_record_of_the_smallest_list() -> None:
    assert (("per_page", "1"), ("page", "1")) == TRACKOPS.probe.params


def test_waits_for_an_answer_are_the_documented_ones() -> None:
    assert (10.0, 60.0) == (TRACKOPS.connect_s, TRACKOPS.timeout_s)
