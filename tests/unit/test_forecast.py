"""What a cycle of listings and windows asks, from ledgers and parents alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from syncd.collection import Collection, Listing, Parents, Windows
from syncd.forecast import Asked, aim_of, cost_of_listing, cost_of_windows, with_counted
from syncd.ledger import Ledger, moment_text
from syncd.plan import Cost
from syncd.windows import Aim
from tests.configured import DAY, MADE_UP

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
LONG_AGO = NOW - 90 * DAY
TRIPS = MADE_UP.collection("trips")


def windows_of(collection: Collection, **more: Any) -> Windows:
    assert isinstance(collection.strategy, Windows)
    return replace(collection.strategy, **more)


STRATEGY = windows_of(TRIPS, tiers=())
assert STRATEGY.parents is not None
VANS: Parents = STRATEGY.parents
ACCOUNT = replace(STRATEGY, parents=None)


def aim(strategy: Windows, cursor: dict[str, Any] | None = None, **more: Any) -> Aim:
    given = {"since": 90 * DAY, "lookback": None, "tiers": (), "now": NOW, **more}
    return aim_of(strategy, cursor or {}, **given)


def read(*ranges: tuple[datetime, datetime], **more: Any) -> dict[str, Any]:
    return Ledger(done=ranges, **more).to_json()


def cost(strategy: Windows, asked: Asked, **more: Any) -> Cost:
    found = cost_of_windows(aim(strategy, dict(asked.cursors.get("", {})), **more), asked)
    assert not found.exact
    assert found.why.startswith(f"at least {found.requests}: ")
    return found


def test_a_first_sync_of_windows_is_its_range_in_the_longest_windows() -> None:
    found = cost(ACCOUNT, Asked(NOW))
    assert ("first sync", 3) == (found.strategy, found.requests)
    assert "90 days, windows of up to 30 days" in found.why
    assert 13 == cost(ACCOUNT, Asked(NOW), since=365 * DAY).requests


def test_windows_that_begin_short_are_counted_as_they_can_grow() -> None:
    """Each is at most twice as long as the one before, from one day to thirty: eight requests, not ninety."""
    assert 8 == cost(replace(ACCOUNT, first=DAY), Asked(NOW)).requests


def test_parents_never_read_are_said_not_to_be_known() -> None:
    found = cost(STRATEGY, Asked(NOW, {}, {VANS: None}))
    assert 1 == found.requests
    assert "vans were never read" in found.why


def test_a_first_sync_asks_for_each_parent() -> None:
    found = cost(STRATEGY, Asked(NOW, {}, {VANS: dict.fromkeys(map(str, range(500)), "")}))
    assert ("first sync", 1500) == (found.strategy, found.requests)
    assert "500 vans, 90 days of each" in found.why
    together = replace(VANS, batch=128)
    batched = cost(replace(STRATEGY, parents=together), Asked(NOW, {}, {together: dict.fromkeys(map(str, range(500)))}))
    assert 4 * 3 == batched.requests


def test_a_cycle_asks_for_parents_that_reported_and_says_that_more_may() -> None:
    seen, later = moment_text(NOW - DAY), moment_text(NOW - timedelta(hours=1))
    cursors = {name: read((LONG_AGO, NOW - DAY), mark=seen) for name in "abc"}
    asked = Asked(NOW, cursors, {VANS: {"a": seen, "b": later, "c": seen}})
    found = cost(STRATEGY, asked, since=LONG_AGO)
    assert ("windows", 1) == (found.strategy, found.requests)
    assert "1 of 3 vans now, and those whose seen_at moves until then" in found.why
    none = cost(STRATEGY, replace(asked, parents={VANS: dict.fromkeys("abc", seen)}), since=LONG_AGO)
    assert 0 == none.requests
    assert "none of 3 vans now" in none.why


def test_a_gap_and_a_new_parent_are_read_whoever_reported() -> None:
    seen = moment_text(NOW - DAY)
    gap = read((LONG_AGO, NOW - 80 * DAY), (NOW - 20 * DAY, NOW - DAY), mark=seen)
    asked = Asked(NOW, {"a": gap}, {VANS: {"a": seen, "b": ""}})
    assert 2 + 3 == cost(STRATEGY, asked, since=LONG_AGO).requests


def test_a_tier_that_is_due_is_part_of_the_cycle() -> None:
    tiers = ((7 * DAY, DAY),)
    read_at = {"604800s": NOW - timedelta(hours=2)}
    ledger = {"": read((LONG_AGO, NOW), tiers=read_at)}
    short = replace(ACCOUNT, most=DAY)
    assert 2 == cost(short, Asked(NOW, ledger), since=LONG_AGO, tiers=tiers).requests
    ledger = {"": read((LONG_AGO, NOW), tiers={"604800s": NOW - 2 * DAY})}
    assert 7 == cost(short, Asked(NOW, ledger), since=LONG_AGO, tiers=tiers).requests


def test_a_sweep_reads_every_range_again() -> None:
    asked = Asked(NOW, {"": read((LONG_AGO, NOW))})
    assert ("windows", 1) == (cost(ACCOUNT, asked, since=LONG_AGO).strategy, cost(ACCOUNT, asked).requests)
    found = cost(ACCOUNT, asked, since=LONG_AGO, sweep=True)
    assert ("sweep", 3) == (found.strategy, found.requests)


def test_a_duration_that_was_resolved_stays_where_it_was() -> None:
    cursor = {"since": moment_text(LONG_AGO - 30 * DAY), "since_s": int((90 * DAY).total_seconds())}
    assert LONG_AGO - 30 * DAY == aim(ACCOUNT, cursor).since
    assert NOW - 60 * DAY == aim(ACCOUNT, cursor, since=60 * DAY).since


def test_days_are_whole() -> None:
    daily = replace(ACCOUNT, daily=True, most=DAY, lookback=3 * DAY)
    found = cost(daily, Asked(NOW, {"": read((LONG_AGO, NOW))}), since=LONG_AGO)
    assert 3 <= found.requests <= 4


def test_the_past_of_a_silent_parent_is_read_once_more() -> None:
    reopens = replace(VANS, option="")
    strategy = replace(ACCOUNT, reopens=reopens)
    seen = {"a": {"done": [], "seen_at": moment_text(NOW - 40 * DAY)}}
    cursors = {"": read((LONG_AGO, NOW)), **seen}
    asked = Asked(NOW, cursors, {reopens: {"a": moment_text(NOW)}})
    found = cost(strategy, asked, since=LONG_AGO)
    assert 1 + 2 == found.requests
    assert "the past of 1 vans that were silent" in found.why
    together = replace(reopens, batch=50)
    asked = Asked(NOW, {"": read((LONG_AGO, NOW))}, {together: dict.fromkeys(map(str, range(60)), moment_text(NOW))})
    new = cost(replace(strategy, reopens=together), asked, since=LONG_AGO)
    assert 1 + 2 * 3 == new.requests


# --- listings ---------------------------------------------------------------------------------------------------------
def listing(**more: Any) -> tuple[Listing, Parents]:
    parents = replace(VANS, **more)
    strategy = MADE_UP.collection("vans").strategy
    assert isinstance(strategy, Listing)
    return replace(strategy, parents=parents), parents


def test_a_list_of_the_account_is_one_request_or_more() -> None:
    strategy = MADE_UP.collection("vans").strategy
    assert isinstance(strategy, Listing)
    found = cost_of_listing(strategy, Asked(NOW), whole=True)
    assert (1, False) == (found.requests, found.exact)


@pytest.mark.parametrize("batch, requests", [(1, 130), (100, 2), (500, 1)])
def test_a_list_by_parents_is_one_request_a_batch(batch: int, requests: int) -> None:
    strategy, parents = listing(batch=batch, mark="")
    found = cost_of_listing(strategy, Asked(NOW, {}, {parents: dict.fromkeys(map(str, range(130)))}), whole=False)
    assert requests == found.requests
    assert "130 vans" in found.why


def test_a_list_asks_who_reported_and_probes_who_had_nothing_once_a_day() -> None:
    strategy, parents = listing(rests=DAY)
    cursors = {
        "same": {"mark": "1"},
        "moved": {"mark": "0"},
        "resting": {"mark": "0", "none_at": moment_text(NOW - timedelta(hours=3))},
        "rested": {"mark": "1", "none_at": moment_text(NOW - 2 * DAY)},
    }
    asked = Asked(NOW, cursors, {parents: dict.fromkeys((*cursors, "new"), "1")})
    assert 3 == cost_of_listing(strategy, asked, whole=False).requests
    assert 5 == cost_of_listing(strategy, asked, whole=True).requests


def test_what_was_counted_stands_for_parents_that_were_never_read() -> None:
    asked = Asked(NOW, {}, dict.fromkeys(TRIPS.parents))
    assert 3 * 40 == cost(STRATEGY, with_counted(asked, {"vans": 40})).requests
    having = MADE_UP.collection("key_history").parents
    assert {None} == set(with_counted(Asked(NOW, {}, dict.fromkeys(having)), {"keys": 7}).parents.values())
