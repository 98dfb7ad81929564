from __future__ import annotations

from datetime import UTC, datetime

import pytest

from syncd.http.retry import Breaker, RetryBudget, retry_after_s, wait_s

NOW = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "attempt, most", [(1, 1), (2, 2), (3, 4), (4, 8), (5, 16), (6, 32), (7, 60), (1000, 60), (10**9, 60)]
)
def test_n1_waits_grow_twofold_up_to_a_minute_with_full_jitter(attempt: int, most: float) -> None:
    assert wait_s(attempt, 0.0) == 0.0
    assert wait_s(attempt, 0.5) == most / 2
    assert most * 0.99 <= wait_s(attempt, 0.999) < most


@pytest.mark.parametrize(
    "header, expected",
    [
        pytest.param(None, None, id="absent"),
        pytest.param("30", 30.0, id="seconds"),
        pytest.param(" 30 ", 30.0, id="blanks"),
        pytest.param("1.5", 1.5, id="fraction"),
        pytest.param("0", 0.0, id="zero"),
        pytest.param("-5", 0.0, id="negative"),
        pytest.param("3600", 3600.0, id="an hour"),
        pytest.param("999999999", 3600.0, id="absurd"),
        pytest.param("1e300", 3600.0, id="absurd exponent"),
        pytest.param("inf", 3600.0, id="infinite"),
        pytest.param("nan", None, id="not a number"),
        pytest.param("", None, id="empty"),
        pytest.param("soon", None, id="word"),
        pytest.param("Sun, 01 Mar 2026 12:00:45 GMT", 45.0, id="date"),
        pytest.param("Sun, 01 Mar 2026 13:00:45 +0100", 45.0, id="date with an offset"),
        pytest.param("Sun, 01 Mar 2026 12:00:45 -0000", 45.0, id="date without a zone"),
        pytest.param("Sun, 01 Mar 2026 11:00:00 GMT", 0.0, id="date gone by"),
        pytest.param("Fri, 31 Dec 9999 23:59:59 GMT", 3600.0, id="absurd date"),
        pytest.param("Sun, 99 Mar 2026 12:00:45 GMT", None, id="no such date"),
        pytest.param("Fri, 31 Dec 99999999999999999999 23:59:59 GMT", None, id="year beyond all"),
    ],
)
def test_v1_retry_after_is_read_in_every_form_and_never_beyond_an_hour(
    header: str | None, expected: float | None
) -> None:
    assert expected == retry_after_s(header, NOW)


def test_a_fresh_budget_has_ten_retries() -> None:
    budget = RetryBudget()
    assert [True] * 10 + [False] == [budget.spend() for _ in range(11)]


def test_ten_requests_earn_one_retry() -> None:
    budget = RetryBudget()
    while budget.spend():
        pass
    for _ in range(9):
        budget.earn()
    assert not budget.spend()
    budget.earn()
    assert budget.spend()
    assert not budget.spend()


def test_a_budget_does_not_grow_without_bound() -> None:
    budget = RetryBudget()
    for _ in range(1_000_000):
        budget.earn()
    assert budget.left == RetryBudget.MOST


def test_v4_the_breaker_opens_after_five_failed_runs_in_a_row() -> None:
    breaker = Breaker()
    for _ in range(4):
        breaker = breaker.failed(0.0, 900.0)
        assert breaker.allows(0.0)
    breaker = breaker.failed(0.0, 900.0)
    assert breaker.is_open
    assert not breaker.allows(899.9)
    assert breaker.allows(900.0)


def test_a_success_between_closes_the_count() -> None:
    breaker = Breaker()
    for _ in range(4):
        breaker = breaker.failed(0.0, 900.0)
    breaker = breaker.succeeded().failed(0.0, 900.0)
    assert not breaker.is_open


def test_v4_an_open_breaker_lets_one_probe_through_per_interval_and_backs_off_to_an_hour() -> None:
    breaker, now, waits = Breaker(failures=4), 0.0, []
    for _ in range(6):
        breaker = breaker.failed(now, 600.0)
        waits.append(breaker.next_probe_at - now)
        now = breaker.next_probe_at
        assert breaker.allows(now)
        breaker = breaker.probing(now, 600.0)
        assert not breaker.allows(now + 599.0)
    assert [600.0, 1200.0, 2400.0, 3600.0, 3600.0, 3600.0] == waits


def test_a_collection_read_once_a_day_is_not_probed_more_often_than_that() -> None:
    breaker = Breaker(failures=9).failed(0.0, 86_400.0)
    assert breaker.next_probe_at == 86_400.0


def test_a_closed_breaker_is_not_moved_by_a_probe() -> None:
    assert Breaker(2, 7.0) == Breaker(2, 7.0).probing(100.0, 900.0)
