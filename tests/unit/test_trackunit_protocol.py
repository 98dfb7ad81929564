"""What Trackunit Classic says and what it means (its documentation, sections 1 to 5)."""

from __future__ import annotations

from base64 import b64decode
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
from syncd.vendors.trackunit import TRACKUNIT
from syncd.vendors.trackunit.protocol import explain, listed, sign, warn

TOKEN = "0B7c2f446d1e4a77a1b2c3d4e5f60718"
QUESTION = Question("/Report/Trip", (("unitId", "51877"), ("dateFrom", "a"), ("dateTo", "b")))
STATUSES = (200, 400, 404, 405, 500, 503)


def reply(status: int, value: object = None, text: str = "") -> Reply:
    return Reply(status, value, {}, text)


def failed(**status: object) -> dict[str, Any]:
    return {"responseStatus": status}


@pytest.mark.parametrize(
    "status, error",
    [
        (204, Unavailable),
        (301, Refused),
        (302, Refused),
        (304, Refused),
        (400, Refused),
        (401, Unauthorized),
        (403, FeatureMissing),
        (404, Refused),
        (405, Refused),
        (408, Unavailable),
        (422, Refused),
        (429, RateLimited),
        (500, Unavailable),
        (502, Unavailable),
        (503, Unavailable),
        (504, Unavailable),
    ],
)
@pytest.mark.parametrize("value", [NOT_JSON, {}, {"list": []}, [], failed(), failed(errorCode="")])
def test_v4_v5_v7_without_a_code_the_status_decides_whatever_the_body(
    status: int, error: type[VendorError], value: object
) -> None:
    found = explain(QUESTION, reply(status, value))
    assert error is type(found)


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize(
    "code",
    [
        "unitNotFound",
        "clientNotFound",
        "categoryNotFound",
        "groupNotFound",
        "zoneNotFound",
        "pointNotFound",
        "keyNotFound",
        "alarmNotFound",
        "contactNotFound",
        "UNITNOTFOUND",
    ],
)
def test_v9_an_unknown_id_is_not_found_with_any_status(status: int, code: str) -> None:
    found = explain(QUESTION, reply(status, failed(errorCode=code, message="No unit 99")))
    assert NotFound is type(found)
    assert code == getattr(found, "code", None)
    assert "No unit 99" in str(found)


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize(
    "told",
    [
        {"errorCode": "invalidParameter (To)"},
        {"errorCode": "InvalidParameter(to)"},
        {"errorCode": "INVALIDPARAMETER ( DateTo )"},
        {"errorCode": "invalidParameter", "errors": [{"fieldName": "To"}]},
        {"errorCode": "invalidParameter", "errors": [{"FieldName": "dateTo", "errorCode": "x"}]},
        {"errorCode": "invalidParameter", "errors": [{"fieldName": "From"}, {"fieldName": "to"}]},
        {"errorCode": "invalidParameter", "message": "To"},
        {"errorCode": "invalidParameter", "message": "Invalid parameter: to"},
        {"errorCode": "invalidParameter", "message": "invalidParameter (To)"},
        {"errorCode": "InvalidParameter", "message": "The parameter 'to' is more than 31 days after from."},
        {"errorCode": "invalidParameter", "message": "parameter To must be within 31 days"},
        {"errorCode": "invalidParameter", "message": "DATETO is out of range"},
        {"errorCode": "invalidParameter", "message": "", "errors": [{"message": "Value of To is too late."}]},
    ],
)
def test_v23_every_spelling_of_too_long_a_range_is_halved_with_any_status(status: int, told: dict[str, Any]) -> None:
    assert WindowTooBig is type(explain(QUESTION, reply(status, failed(**told))))


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize(
    "told",
    [
        {"errorCode": "invalidParameter (From)"},
        {"errorCode": "invalidParameter (unitId)", "message": "To"},
        {"errorCode": "invalidParameter"},
        {"errorCode": "invalidParameter", "errors": [{"fieldName": "unitId", "message": "belongs to nobody"}]},
        {"errorCode": "invalidParameter", "message": "unitId cannot be converted to a number"},
        {"errorCode": "invalidParameter", "message": "Tomorrow is not a date"},
        {"errorCode": "RequestBindingException", "message": "Unable to bind to request"},
        {"errorCode": "SerializationException"},
        {"errorCode": "ArgumentNullException"},
    ],
)
def test_v7_a_wrong_request_is_refused_and_not_halved(status: int, told: dict[str, Any]) -> None:
    """A code nobody knows is judged by its status, and refused where that says nothing."""
    found = explain(QUESTION, reply(status, failed(**told)))
    known = str(told["errorCode"]).startswith("invalidParameter")
    assert (Unavailable if status >= 500 and not known else Refused) is type(found)


@pytest.mark.parametrize("name", ["responseStatus", "ResponseStatus", "RESPONSESTATUS", "responsestatus"])
@pytest.mark.parametrize("code", ["errorCode", "ErrorCode", "ERRORCODE"])
def test_v9_an_error_inside_a_success_is_seen_in_any_case_of_its_members(name: str, code: str) -> None:
    found = explain(QUESTION, reply(200, {"list": [{"id": "1"}], name: {code: "unitNotFound", "Message": "No unit"}}))
    assert NotFound is type(found)


@pytest.mark.parametrize(
    "code, error",
    [
        ("Unauthorized", Unauthorized),
        ("Forbidden", FeatureMissing),
        ("TooManyRequests", RateLimited),
        ("InternalServerError", Unavailable),
        ("ServiceUnavailable", Unavailable),
    ],
)
def test_v9_a_status_named_in_a_success_counts_as_that_status(code: str, error: type[VendorError]) -> None:
    assert error is type(explain(QUESTION, reply(200, failed(errorCode=code))))


def test_v5_a_refused_token_says_what_is_left_to_do() -> None:
    found = explain(QUESTION, reply(401, NOT_JSON, text=""))
    assert isinstance(found, Unauthorized)
    assert "revoked" in found.remedy
    assert "on request" in found.remedy


@pytest.mark.parametrize("path", ["/Client", "/Category", "/Unit"])
def test_v5_a_token_that_may_not_even_read_this_is_refused_altogether(path: str) -> None:
    assert Unauthorized is type(explain(Question(path), reply(403)))
    assert FeatureMissing is type(explain(Question("/Key"), reply(403)))


@pytest.mark.parametrize("value", [{"list": [{"id": "1"}]}, {"list": []}, {}, {"result": []}, {"list": None}])
def test_a_list_is_good_and_so_is_nothing_at_all(value: dict[str, Any]) -> None:
    """Members without a value are left out, and so may be an empty list."""
    assert None is explain(QUESTION, reply(200, value))
    assert (value.get("list") or []) == listed(value)


@pytest.mark.parametrize("value", [failed(), failed(errorCode=""), {"list": [], **failed(errorCode=None)}])
def test_a_status_without_a_code_is_no_error(value: dict[str, Any]) -> None:
    assert None is explain(QUESTION, reply(200, value))


def test_extended_info_has_its_list_under_another_name() -> None:
    assert [{"variableId": 1}] == listed({"result": [{"variableId": 1}]})


@pytest.mark.parametrize("value", [[], "fine", 7, None, {"units": []}, {"list": "none"}, {"list": {"id": "1"}}])
def test_v8_json_of_another_shape_is_malformed_and_never_an_empty_list(value: object) -> None:
    assert Malformed is type(explain(QUESTION, reply(200, value)))


def test_v8_a_page_or_a_cut_body_is_no_answer() -> None:
    assert Unavailable is type(explain(QUESTION, reply(200, NOT_JSON, "<html>Maintenance</html>")))


def test_the_token_is_sent_as_the_password_of_a_login_called_api() -> None:
    signature = sign({"token": TOKEN})
    scheme, _, pair = signature.headers["Authorization"].partition(" ")
    assert "Basic" == scheme
    assert f"API:{TOKEN}" == b64decode(pair).decode()
    assert () == signature.params
    assert "application/json" == signature.headers["Accept"]
    assert sign({"token": TOKEN, "token_in": "header"}) == signature


def test_the_token_stands_in_the_url_only_when_told() -> None:
    signature = sign({"token": TOKEN, "token_in": "url"})
    assert (("token", TOKEN),) == signature.params
    assert "Authorization" not in signature.headers


def test_x1_a_signature_does_not_show_its_secret() -> None:
    assert TOKEN not in repr(sign({"token": TOKEN, "token_in": "url"}))


def test_a_token_of_another_form_is_warned_of_and_used() -> None:
    assert () == warn({"token": TOKEN})
    assert () == warn({})
    ((key, says),) = warn({"token": TOKEN[:-1]})
    assert "token" == key
    assert TOKEN[:-1] not in says


def test_only_the_reading_calls_may_leave() -> None:
    """The vendor's writing calls answer GET: the list of paths is all that keeps syncd from writing."""
    paths = {path for method, path in TRACKUNIT.reads if method == "GET"}
    assert len(TRACKUNIT.reads) == len(paths) == 17
    words = ("Create", "Update", "Delete", "Set", "Add", "Remove")
    assert [] == [path for path in paths if any(word in path for word in words)]
    assert TRACKUNIT.probe.path in paths


def test_v1_a_refusal_holds_for_seconds_first_and_for_a_quarter_of_an_hour_at_last() -> None:
    limits = TRACKUNIT.limits
    assert 5.0 == min(limits.hold_s) == limits.hold_s[0]
    assert 900.0 == max(limits.hold_s) == limits.hold_s[-1]
    assert (1, 2.0) == (limits.widen_after, limits.widened_by)
    assert limits.rate[0] / limits.rate[1] < limits.documented[0] / limits.documented[1]
