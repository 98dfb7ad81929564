"""The request log and the switchboard keep score exactly."""

from typing import Any

import pytest

from syncd.standin.log import RequestLog
from syncd.standin.switchboard import Switchboard


class Monotonic:
    def __init__(self) -> None:
        self.at = 100.0

    def __call__(self) -> float:
        return self.at


def log_of(arrivals: list[float], secrets: tuple[str, ...] = ()) -> RequestLog:
    monotonic = Monotonic()
    log = RequestLog(secrets, monotonic)
    for at in arrivals:
        monotonic.at = at
        log.arrive("GET", f"/api/v1/cases?page={at}", ["Host"]).status = 200
    return log


@pytest.mark.parametrize(
    "arrivals,most",
    [
        ([], 0),
        ([1.0], 1),
        ([1.0, 1.999], 2),
        ([1.0, 2.0], 1),
        ([1.0, 1.5, 2.0, 2.4], 3),
        ([0.0, 5.0, 5.1, 5.2, 9.0], 3),
    ],
)
def test_v3_most_in_any_second_looks_at_every_stretch(arrivals: list[float], most: int) -> None:
    assert most == log_of(arrivals).most_in_any(1.0)


def test_gaps_are_those_between_neighbours() -> None:
    assert [1.0, 0.5] == log_of([1.0, 2.0, 2.5]).gaps()


def test_requests_are_counted_by_path_status_and_query() -> None:
    log = log_of([1.0, 2.0])
    log.arrive("GET", "/api/v1/staff", []).status = 429
    assert (2, 1, 1, 3) == (log.count("/cases"), log.count(status=429), log.count(query="page=2.0"), log.count())
    assert (1, {200: 2, 429: 1}) == (log.refused, log.statuses)
    log.clear()
    assert 0 == log.count()


@pytest.mark.parametrize("url,seen", [("/x?token=a%2Fb", 1), ("/x?token=a/b", 1), ("/a/b", 1), ("/x?token=ab", 0)])
def test_x1_a_secret_in_a_url_is_seen_encoded_or_not(url: str, seen: int) -> None:
    log = RequestLog(("a/b",))
    log.arrive("GET", url, [])
    assert seen == len(log.secrets_seen())


@pytest.mark.parametrize(
    "body,query",
    [
        (b"trackers=%5B1%2C2%5D&limit=5", "trackers=%5B1%2C2%5D&limit=5"),
        (b'{"trackers": [1, 2], "label": "a b"}', "trackers=%5B1%2C2%5D&label=a+b"),
        (b"hash=a%2Fb&password=x&list_ids=1", "list_ids=1"),
        (b'{"hash": "a/b", "api_key": "k"}', ""),
        (b"\xff\xfe", ""),
        (b"{broken", ""),
    ],
)
def test_x1_the_parameters_of_a_body_are_noted_without_its_secrets(body: bytes, query: str) -> None:
    log = RequestLog(("a/b",))
    log.arrive("POST", "/v2/tracker/list?lang=da", [], body=body)
    assert "&".join(part for part in ("lang=da", query) if part) == log.entries[0].query
    assert [] == log.secrets_seen()


def struck(switch: Switchboard, path: str = "/cases", requests: int = 12) -> list[int]:
    return [n for n in range(1, requests + 1) if switch.draw(path)]


@pytest.mark.parametrize(
    "how,expected",
    [
        ({"nth": 3}, [3]),
        ({"nth": (2, 5)}, [2, 5]),
        ({"every": 5}, [5, 10]),
        ({"every": 2, "times": 2}, [2, 4]),
        ({"times": 3}, [1, 2, 3]),
        ({"path": "/cases", "nth": 1}, [1]),
        ({"path": "/case/*"}, []),
        ({"probability": 0.0}, []),
        ({"probability": 1.0, "times": 1}, [1]),
    ],
)
def test_a_fault_strikes_exactly_the_requests_it_is_set_for(how: dict[str, Any], expected: list[int]) -> None:
    switch = Switchboard()
    switch.fail("html", **how)
    assert expected == struck(switch)


def test_a_storm_strikes_its_part_of_the_requests_and_repeats_by_seed() -> None:
    counts = []
    for _ in range(2):
        switch = Switchboard(seed=5)
        switch.storm(0.1)
        counts.append(len(struck(switch, requests=3000)))
    assert counts[0] == counts[1]
    assert 240 < counts[0] < 360


def test_a_rule_removed_or_cleared_strikes_no_more() -> None:
    switch = Switchboard()
    rule = switch.fail("html")
    switch.fail("bom", path="/staff")
    switch.remove(rule)
    assert [] == struck(switch)
    switch.clear()
    assert [] == struck(switch, "/staff")


def test_changes_happen_between_requests_and_not_before_the_first() -> None:
    switch = Switchboard()
    seen: list[object] = []
    switch.between(seen.append)
    for _ in range(3):
        switch.request_comes("content")
    assert ["content"] * 2 == seen


def test_an_unknown_kind_of_fault_is_a_mistake() -> None:
    with pytest.raises(KeyError):
        Switchboard().fail("gremlins")
