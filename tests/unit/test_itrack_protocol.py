"""What iTrack says and what it means (its documentation, sections 2 to 4)."""

from __future__ import annotations

from collections.abc import Generator
from datetime import timedelta
from typing import Any

import pytest

from syncd.ask import NOT_JSON, Answer, Question, Reply
from syncd.errors import (
    BadBatch,
    CallMissing,
    FeatureMissing,
    Malformed,
    NotFound,
    RateLimited,
    Refused,
    SessionOver,
    Unauthorized,
    Unavailable,
    VendorError,
    WindowTooBig,
)
from syncd.reading import Account
from syncd.vendors.itrack import ITRACK
from syncd.vendors.itrack.meanings import LOGIN, explain, span
from syncd.vendors.itrack.protocol import SESSIONS, check, learn, opened, question, sign, timed, warn

QUESTION = question("/tracker/list/")
KEY = "5f2c7e0a91b34d6887c0ffee12345678"


def reply(status: int, value: object, text: str = "") -> Reply:
    return Reply(status, value, {}, text)


def refusal(code: object, status: int = 400, **more: object) -> Reply:
    return reply(status, {"success": False, "status": {"code": code, "description": "said so"}, **more}, "said so")


# --- what an answer means -------------------------------------------------------------------------------------------

TABLE: list[tuple[str, type[VendorError]]] = [
    ("1 6 8 14 215 218 229 2 104 105", Unavailable),
    ("3 4", SessionOver),
    ("9 217 221", BadBatch),
    ("11 12 102 103 246 275 276 281", Unauthorized),
    ("13 101 222 225 236", FeatureMissing),
    ("15", RateLimited),
    ("111 112", CallMissing),
    ("201 204 208 213 214 219 228 230 249 250 266 237 239 258", NotFound),
    ("211", WindowTooBig),
    ("5 7 212 202 203 206 207 210 220 224 231 233 240 247 251 254 263 264 268 271 274 279 284 9999 -1", Refused),
]


@pytest.mark.parametrize("code, error", [(int(c), error) for codes, error in TABLE for c in codes.split()])
def test_v4_a_code_decides_what_happens_next_whatever_the_status_of_http(code: int, error: type[VendorError]) -> None:
    for status in (200, 400, 403, 404, 412):
        found = explain(QUESTION, refusal(code, status))
        assert error is type(found)
        assert code == found.code
        assert "said so" in str(found)
        if code != 15:
            assert f"error {code}" in str(found)


@pytest.mark.parametrize("code", [7, 254, 9999])
def test_v4_a_code_nobody_knows_is_tried_again_only_when_the_server_says_it_is_its_fault(code: int) -> None:
    assert Unavailable is type(explain(QUESTION, refusal(code, 500)))
    assert Refused is type(explain(QUESTION, refusal(code, 400)))


def test_what_a_login_was_refused_for_is_said_without_quoting_the_answer() -> None:
    refused = Reply(400, {"success": False, "status": {"code": 102, "description": f"no {KEY}"}}, {}, "")
    assert f"{LOGIN} was answered with error 102 (wrong login or password)." == getattr(
        explain(Question(LOGIN, method="POST"), refused), "message", None
    )


def test_the_code_may_come_as_text() -> None:
    found = explain(QUESTION, refusal("4"))
    assert SessionOver is type(found)
    assert 4 == found.code


@pytest.mark.parametrize(
    "codes", [(102, "dealer_id"), (104, "API key"), (3, "api_key"), (4, "revoked"), (275, "operator"), (13, "owner")]
)
def test_where_a_person_can_help_the_error_says_how(codes: tuple[int, str]) -> None:
    found = explain(QUESTION, refusal(codes[0]))
    assert found is not None
    assert codes[1] in found.remedy


@pytest.mark.parametrize(
    "text, most",
    [
        ("P90D", timedelta(days=90)),
        ("P1M", timedelta(days=30)),
        ("PT36H", timedelta(hours=36)),
        ("P1Y2M3W4DT5H6M7S", timedelta(days=365 + 60 + 21 + 4, hours=5, minutes=6, seconds=7)),
        ("P", None),
        ("PT0S", None),
        ("90", None),
        ("", None),
        (None, None),
        (90, None),
        ("P99999999999D", None),
    ],
)
def test_the_longest_range_is_taken_from_the_refusal(text: object, most: timedelta | None) -> None:
    assert most == span(text)
    found = explain(QUESTION, refusal(211, max_time_span=text))
    assert isinstance(found, WindowTooBig)
    assert most == found.most


@pytest.mark.parametrize("value", [{"success": True}, {"success": True, "list": []}, {"success": True, "status": None}])
def test_success_is_good(value: object) -> None:
    assert None is explain(QUESTION, reply(200, value))


@pytest.mark.parametrize(
    "status, value, error",
    [
        (200, NOT_JSON, Unavailable),
        (502, NOT_JSON, Unavailable),
        (404, NOT_JSON, Unavailable),
        (403, NOT_JSON, Unavailable),
        (429, NOT_JSON, RateLimited),
        (302, NOT_JSON, Refused),
        (200, [], Malformed),
        (200, None, Malformed),
        (500, [], Unavailable),
        (200, {}, Unavailable),
        (200, {"list": []}, Unavailable),
        (200, {"success": False}, Unavailable),
        (200, {"success": "true", "list": []}, Unavailable),
        (500, {"success": True, "list": []}, Unavailable),
        (400, {"success": True, "list": []}, Unavailable),
        (400, {"success": False}, Refused),
        (400, {"success": False, "status": "down"}, Refused),
        (400, {"success": False, "status": {"code": True}}, Refused),
        (503, {"success": False}, Unavailable),
        (429, {"success": False, "status": {"code": 6}}, RateLimited),
        (301, {}, Refused),
    ],
)
def test_v5_v8_what_is_no_answer_never_counts_as_one(status: int, value: object, error: type[VendorError]) -> None:
    assert error is type(explain(QUESTION, reply(status, value)))


def test_a_login_that_wants_a_second_factor_asks_for_an_api_key_instead() -> None:
    value = {"success": True, "type": "second_factor_required", "hash": KEY}
    found = explain(Question(LOGIN, method="POST"), reply(200, value))
    assert Unauthorized is type(found)
    assert "API key" in found.remedy
    assert None is opened(value)
    assert None is explain(QUESTION, reply(200, value))


# --- who asks -------------------------------------------------------------------------------------------------------


def test_the_key_or_the_sessions_hash_goes_where_the_settings_want_it() -> None:
    assert (("hash", KEY),) == sign({"api_key": KEY}, None).params
    assert (("hash", "abc"),) == sign({"login": "a", "password": "b"}, "abc").params
    assert (("hash", "abc"),) == sign({"login": "a", "password": "b", "auth": "field"}, "abc").params
    header = sign({"api_key": KEY, "auth": "header"}, None)
    assert () == header.params
    assert f"NVX {KEY}" == header.headers["Authorization"]


def test_a_login_is_not_signed() -> None:
    signature = sign({"login": "a", "password": "b", "auth": "header"}, None)
    assert () == signature.params
    assert "Authorization" not in signature.headers


@pytest.mark.parametrize(
    "settings, key",
    [
        ({}, "api_key"),
        ({"login": "a"}, "password"),
        ({"password": "b"}, "login"),
        ({"api_key": KEY, "login": "a"}, "api_key"),
        ({"api_key": KEY, "password": "b"}, "api_key"),
        ({"api_key": KEY, "login": "a", "password": "b"}, "api_key"),
        ({"api_key": KEY, "dealer_id": "acme"}, "dealer_id"),
    ],
)
def test_settings_are_a_key_or_a_whole_login(settings: dict[str, str], key: str) -> None:
    assert [key] == [name for name, _ in check(settings)]


@pytest.mark.parametrize("settings", [{"api_key": KEY}, {"login": "a", "password": "b"}])
def test_either_alone_is_well(settings: dict[str, str]) -> None:
    assert () == check(settings)
    assert () == check({**settings, "dealer_id": "4021", "auth": "header"})
    assert ("api_key" not in settings) == SESSIONS.needed(settings)


def test_a_key_of_another_form_is_warned_of_without_being_shown() -> None:
    assert () == warn({"api_key": KEY}) == warn({"api_key": KEY.upper()}) == warn({"login": "a", "password": "b"})
    ((name, said),) = warn({"api_key": KEY[:-1]})
    assert "api_key" == name
    assert KEY[:-1] not in said


def test_v6_a_login_is_tried_once_and_names_the_dealer_only_if_there_is_one() -> None:
    asked = SESSIONS.login({"login": "ops@example.com", "password": "p&=ä"})
    assert (LOGIN, "POST", 1) == (asked.path, asked.method, asked.attempts)
    assert (("login", "ops@example.com"), ("password", "p&=ä")) == asked.params
    assert ("dealer_id", "7") in SESSIONS.login({"login": "a", "password": "b", "dealer_id": "7"}).params


@pytest.mark.parametrize("value", [{}, {"hash": None}, {"hash": ""}, {"hash": "a b"}, {"hash": 5}, [], None])
def test_a_login_without_a_hash_opens_nothing(value: object) -> None:
    assert None is opened(value)
    assert KEY == opened({"success": True, "hash": KEY})


def test_only_posts_of_calls_that_read_may_leave() -> None:
    assert {"POST"} == {method for method, _ in ITRACK.reads}
    changing = ("delete", "create", "update", "assign", "mark", "logout", "set", "register", "send")
    assert [] == [path for _, path in ITRACK.reads for word in path.split("/") if word in changing]
    assert all(path.startswith("/") and path.endswith("/") for _, path in ITRACK.reads)
    assert len(ITRACK.reads) == len(set(ITRACK.reads))


# --- forms ----------------------------------------------------------------------------------------------------------


def test_arrays_and_objects_are_json_in_one_field_and_nulls_are_left_out() -> None:
    asked = question("/x/", {"a": [1, 2], "b": None, "c": True, "d": False, "e": 7, "f": "ø", "g": {"h": [None]}})
    assert "POST" == asked.method
    expected = (("a", "[1,2]"), ("c", "true"), ("d", "false"), ("e", "7"), ("f", "ø"), ("g", '{"h":[null]}'))
    assert expected == asked.params


def test_offsets_are_asked_for_where_the_server_has_them() -> None:
    assert (("a", "1"), ("iso_datetime", "true")) == timed(Account(facts={"iso": True}), "/x/", {"a": 1}).params
    assert (("a", "1"),) == timed(Account(facts={"iso": False}), "/x/", {"a": 1}).params


# --- what is learned of an account ----------------------------------------------------------------------------------

INFO: dict[str, Any] = {"success": True, "user_info": {"id": 1, "time_zone": "Europe/Copenhagen", "locale": "da_DK"}}
PLATFORM = {
    "iso_datetime_support": True,
    "history": {"max_limit": 500},
    "report": {"max_time_span": "P120D"},
    "stats": {"max_time_span": "P14D", "max_allowed_trackers": 64},
}
TRACKERS = {
    "success": True,
    "list": [
        {"id": 7, "source": {"blocked": False}},
        {"id": 8, "source": {"blocked": True}},
        {"id": 9},
        {"source": {}},
        "junk",
    ],
}


def learned(*answers: object) -> Account:
    """The account that is learned when the vendor gives these answers or errors, in order."""
    going: Generator[Question, Answer, Account] = learn()
    paths = [next(going).path]
    try:
        for answer in answers:
            step = going.throw(answer) if isinstance(answer, VendorError) else going.send(Answer(answer, None))
            paths.append(step.path)
    except StopIteration as end:
        assert ["/user/get_info/", "/dealer/get_ui_config/", "/tracker/list/"] == paths
        account: Account = end.value
        return account
    raise AssertionError(f"not learned after {paths}")


@pytest.mark.parametrize("config", [{"platform": PLATFORM}, {"settings": {"platform": PLATFORM}}])
def test_the_servers_limits_are_learned_wherever_it_puts_them(config: dict[str, Any]) -> None:
    account = learned(INFO, {"success": True, **config}, TRACKERS)
    assert "Europe/Copenhagen" == account.zone
    assert {
        "iso": True,
        "old": False,
        "locale": "da_DK",
        "history_limit": 500,
        "report_span_s": 120 * 86400.0,
        "stats_span_s": 14 * 86400.0,
        "stats_trackers": 64,
        "trackers": [7, 9],
        "blocked": [8],
    } == account.facts


def test_limits_under_dotted_names_are_learned_too() -> None:
    platform = {"iso_datetime_support": False, "history.max_limit": 100, "stats.max_allowed_trackers": 0}
    facts = learned(INFO, {"success": True, "platform": platform}, TRACKERS).facts
    assert (False, 100, 128) == (facts["iso"], facts["history_limit"], facts["stats_trackers"])


@pytest.mark.parametrize(
    "error", [CallMissing("no", code=111), Refused("no", code=5), FeatureMissing("no"), Unauthorized("no", code=3)]
)
def test_a_server_that_does_not_tell_its_limits_is_an_old_one(error: VendorError) -> None:
    facts = learned(INFO, error, TRACKERS).facts
    assert (False, True, 1000, 128) == (facts["iso"], facts["old"], facts["history_limit"], facts["stats_trackers"])


@pytest.mark.parametrize(
    "date, iso",
    [
        ("2024-05-01T09:00:00+02:00", True),
        ("2024-05-01T07:00:00Z", True),
        ("2024-05-01T09:00:00.5-0230", True),
        ("2024-05-01 09:00:00", False),
        ("2024-05-01T09:00:00", False),
        (None, False),
    ],
)
def test_c5_offsets_in_an_answer_tell_what_a_server_can_that_does_not_tell_its_limits(
    date: str | None, iso: bool
) -> None:
    """Whether the call for limits takes a key is in no document: a key must not make a server an old one."""
    info = {"success": True, "user_info": {**INFO["user_info"], "creation_date": date}}
    facts = learned(info, Unauthorized("no", code=4), TRACKERS).facts
    assert (iso, not iso) == (facts["iso"], facts["old"])


@pytest.mark.parametrize("zone", ["Mars/Olympus", "", None, 5, "../../etc/passwd", "Europe", "EST7EDT9;"])
def test_c2_a_zone_that_nobody_knows_is_told_and_nothing_is_read(zone: object) -> None:
    with pytest.raises(Malformed, match="time zone") as caught:
        learned({"user_info": {"time_zone": zone}})
    assert "tzdata" in caught.value.remedy


def test_an_answer_without_the_user_is_malformed() -> None:
    with pytest.raises(Malformed, match="user_info"):
        learned({"success": True})
