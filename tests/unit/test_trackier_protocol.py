"""What Trackier says and what it means (its documentation, sections 1 to 4); how it is spoken to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from syncd.ask import NOT_JSON, Question, Reply
from syncd.errors import (
    FeatureMissing,
    Malformed,
    NotFound,
    RateLimited,
    Refused,
    Unauthorized,
    Unavailable,
    VendorError,
    WindowTooBig,
)
from syncd.vendors.trackier import TRACKIER
from syncd.vendors.trackier.meanings import explain
from syncd.vendors.trackier.protocol import account, check, class_of, sign, warn, wrong_url
from tests.configured import problems

KEY = "c0ffee5eed7a11ada5e0fba11ad0decade2b1e55"
LIST = Question("/v2/campaigns")
GOALS = Question("/v2/campaigns/4711/goals")
REPORT = Question("/v2/reports/custom", (("start", "2026-03-01"), ("end", "2026-03-31"), ("group[]", "created")))
DAY = Question("/v2/reports/custom", (("start", "2026-03-01"), ("end", "2026-03-01")))
LOG = Question("/v2/network/conversions", (("start", "2026-03-01 00:00:00"), ("end", "2026-03-03 00:00:00")))
HOUR = Question("/v2/reports/clicks", (("start", "2026-03-01 00:00:00"), ("end", "2026-03-01 01:00:00")))
TWO_HOURS = Question("/v2/reports/clicks", (("start", "2026-03-01 00:00:00"), ("end", "2026-03-01 02:00:00")))
STATUSES = (200, 400, 401, 403, 404, 500)


def reply(status: int, value: object = NOT_JSON, text: str = "") -> Reply:
    return Reply(status, value, {}, text)


def forms(code: object, message: str = "What it says") -> list[dict[str, Any]]:
    """An error in every envelope that occurs, with its code as text and as a number."""
    found: list[dict[str, Any]] = []
    for spelled in (str(code), code):
        error = {"statusCode": 400, "code": spelled, "codeMsg": "NAMED_SO", "message": message}
        found += [
            {"success": False, "errors": [error]},
            {"errors": [error]},
            {"errors": error},
            {"success": False, "error": error},
            {"success": False, **error},
            {"success": True, "campaigns": [], "errors": [error]},
        ]
    return found


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize(
    "code, error",
    [
        (101, Unauthorized),
        (102, Unauthorized),
        (103, Unauthorized),
        (104, Unauthorized),
        (105, Unauthorized),
        (106, FeatureMissing),
        (107, Refused),
        (108, Unavailable),
        (109, NotFound),
        (110, Refused),
        (111, NotFound),
        (112, Unavailable),
        (113, Unauthorized),
        # Of v1, that old answers can be recognised.
        *((code, Unauthorized) for code in (5, 11, 12, 13, 41, 42)),
        *((code, Refused) for code in (20, 30, 32, 33, 60)),
        (31, NotFound),
        (40, RateLimited),
        (50, Unavailable),
        (51, Unavailable),
    ],
)
def test_v4_v9_the_code_in_the_body_decides_with_any_status_and_in_any_envelope(
    status: int, code: int, error: type[VendorError]
) -> None:
    for value in forms(code):
        found = explain(LIST, reply(status, value))
        assert error is type(found), value
        assert str(code) == getattr(found, "code", None)
        assert "What it says" in str(found)


@pytest.mark.parametrize(
    "status, error",
    [
        (301, Refused),
        (304, Refused),
        (400, Refused),
        (401, Unauthorized),
        (403, Unauthorized),
        (404, Refused),
        (405, Refused),
        (408, Unavailable),
        (422, Refused),
        (429, RateLimited),
        (500, Unavailable),
        (501, Refused),
        (502, Unavailable),
        (503, Unavailable),
        (504, Unavailable),
    ],
)
def test_v5_v7_without_a_code_the_status_decides(status: int, error: type[VendorError]) -> None:
    bodies: list[object] = [NOT_JSON, {}, [], {"errors": []}, {"errors": {}}, {"message": "x"}, *forms(999)]
    for value in bodies:
        assert error is type(explain(LIST, reply(status, value))), value


def test_an_id_in_the_path_may_be_gone_and_a_list_may_not() -> None:
    assert NotFound is type(explain(GOALS, reply(404)))
    assert NotFound is type(explain(Question("/v2/publishers/31/transactions"), reply(404)))
    assert Refused is type(explain(Question("/v2/campaigns/access"), reply(404)))


@pytest.mark.parametrize(
    "question, error",
    [
        (REPORT, WindowTooBig),
        (LOG, WindowTooBig),
        (TWO_HOURS, WindowTooBig),
        (DAY, Unavailable),
        (HOUR, Unavailable),
        (LIST, Unavailable),
        (GOALS, Unavailable),
    ],
)
def test_504_halves_a_window_and_at_the_shortest_is_an_outage(question: Question, error: type[VendorError]) -> None:
    assert error is type(explain(question, reply(504)))
    assert Unavailable is type(explain(question, reply(503)))


@pytest.mark.parametrize(
    "message, error",
    [
        ("Date range can not be more than 31 days", WindowTooBig),
        ("Maximum 90 Days allowed", WindowTooBig),
        ("The interval is too long", WindowTooBig),
        ("Row limit exceeded", WindowTooBig),
        ("This period is not allowed", WindowTooBig),
        ('"start" is required', Refused),
        ('"kpi[0]" must be one of [clicks]', Refused),
        ("Todays special", Refused),
    ],
)
def test_v23_a_wrong_parameter_is_too_long_a_range_if_the_words_say_so(message: str, error: type[VendorError]) -> None:
    for value in forms(107, message):
        assert error is type(explain(REPORT, reply(400, value)))
        assert Refused is type(explain(LIST, reply(400, value))), "a list has no range"


def test_an_address_that_is_not_allowed_is_told_in_the_vendors_words_with_what_to_do() -> None:
    found = explain(LIST, reply(400, forms(105, "IP 203.0.113.9 is not whitelisted")[0]))
    assert isinstance(found, Unauthorized)
    assert "IP 203.0.113.9 is not whitelisted" in found.message
    assert "curl" in found.remedy
    assert "panel" in found.remedy


def test_an_answer_of_v1_is_told_what_changed() -> None:
    found = explain(LIST, reply(200, {"success": False, "code": 13, "message": "Invalid key"}))
    assert isinstance(found, Unauthorized)
    assert "v1" in found.remedy
    assert "2022-12-01" in found.remedy


@pytest.mark.parametrize("status", [200, 201])
@pytest.mark.parametrize("value", [{}, {"campaigns": []}, {"success": True}, {"errors": []}, {"errors": None}])
def test_v8_success_is_never_required(status: int, value: object) -> None:
    assert explain(LIST, reply(status, value)) is None


@pytest.mark.parametrize("value", [{"success": False}, {"success": False, "message": "No"}, {"errors": ["No"]},
                                   {"error": "No"}])  # fmt: skip
def test_v9_a_failure_inside_a_success_is_one(value: object) -> None:
    assert Refused is type(explain(LIST, reply(200, value)))


def test_v10_what_is_no_json_is_an_outage_and_no_object_is_malformed() -> None:
    assert Unavailable is type(explain(LIST, reply(200, NOT_JSON)))
    assert Unavailable is type(explain(LIST, reply(204, {})))
    bodies: list[object] = [[], "text", 7, None]
    for value in bodies:
        assert Malformed is type(explain(LIST, reply(200, value)))


# --- how it is spoken to ----------------------------------------------------------------------------------------------
def test_the_key_goes_into_a_header_and_never_into_the_url() -> None:
    signature = sign({"api_key": KEY, "time_zone": "Asia/Kolkata"})
    assert KEY == signature.headers["X-Api-Key"]
    assert () == signature.params
    assert KEY not in repr(signature)


@pytest.mark.parametrize(
    "path, kind",
    [
        ("/v2/reports/custom", "reports"),
        ("/v2/reports/clicks", "reports"),
        ("/v2/network/conversions", "reports"),
        ("/v2/campaigns", "entities"),
        ("/v2/campaigns/{id}/goals", "entities"),
        ("/v2/invoices", "entities"),
    ],
)
def test_reports_and_logs_have_a_limit_of_their_own(path: str, kind: str) -> None:
    assert kind == class_of(path)
    assert {"entities", "reports"} == TRACKIER.classes.keys()


def test_the_zone_of_the_account_is_the_settings() -> None:
    assert "Asia/Kolkata" == account({"time_zone": "Asia/Kolkata"}).zone


@pytest.mark.parametrize("name", ["Asia/Kolkata", "Europe/London", "UTC", "America/Argentina/Buenos_Aires"])
def test_names_of_zones_are_zones(name: str) -> None:
    assert () == check({"time_zone": name})


@pytest.mark.parametrize(
    "name, such",
    [
        ("Asia/Calcuta", "Asia/Calcutta"),
        ("asia/kolkata", "Asia/Kolkata"),
        ("Kolkata", "Asia/Kolkata"),
        ("new york", "America/New_York"),
        ("+05:30", "Asia/Kolkata"),
        ("IST", "Asia/Kolkata"),
        ("GMT+5", "Asia/Kolkata"),
        ("utc", '"UTC"'),
        ("/etc/localtime", "such as"),
        ("../UTC", "such as"),
        ("Asia", "such as"),
    ],
)
def test_what_is_no_zone_is_told_with_one_that_may_be_meant(name: str, such: str) -> None:
    ((key, says),) = check({"time_zone": name})
    assert "time_zone" == key
    assert such in says
    assert "IANA" in says


def test_a_key_that_was_cut_is_warned_of() -> None:
    assert () == warn({"api_key": KEY})
    assert ["api_key"] == [name for name, _ in warn({"api_key": f"Bearer {KEY}"})]


@pytest.mark.parametrize(
    "address", ["https://api.trackier.com", "https://api-eu.trackier.com", "http://127.0.0.1:8080"]
)
def test_a_host_alone_is_an_address(address: str) -> None:
    assert "" == wrong_url(address)


@pytest.mark.parametrize(
    "address, says",
    [
        ("https://api.trackier.com/v2", "/v2 stands in every call"),
        ("https://api.trackier.com/v1", "2022-12-01"),
        ("https://api.trackier.com/campaign", "2022-12-01"),
        ("https://api.vnative.com", "2022-12-01"),
        ("https://acme.trackier.co", "panel"),
        ("https://acme.gotrackier.com", "panel"),
    ],
)
def test_k1_an_address_of_v1_is_told_what_changed(tmp_path: Path, address: str, says: str) -> None:
    assert says in wrong_url(address)
    text = f'[database]\nurl = "sqlite:///a.db"\n[connections.ads]\nvendor = "trackier"\napi_key = "{KEY}"\n'
    found = problems(tmp_path, f'{text}time_zone = "Asia/Kolkata"\nbase_url = "{address}"\n')
    (problem,) = found
    assert "connections.ads.base_url" in problem
    assert says in problem


def test_two_networks_in_one_zone_are_two_accounts(tmp_path: Path) -> None:
    """All networks share one host: only the keys tell them apart."""
    text = '[database]\nurl = "sqlite:///a.db"\n'
    for name, key in (("one", KEY), ("two", KEY[::-1])):
        text += f'[connections.{name}]\nvendor = "trackier"\napi_key = "{key}"\ntime_zone = "Asia/Kolkata"\n'
    assert () == problems(tmp_path, text)
    (same,) = problems(tmp_path, text.replace(KEY[::-1], KEY))
    assert "same account" in same
