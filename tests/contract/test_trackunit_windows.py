"""How long Trackunit's ranges are: halved where they are too much, remembered, grown again, the newest first."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import pytest

from syncd import steps
from syncd.standin import faults
from syncd.standin.faults import Fault, RefusedError
from syncd.standin.trackunit.service import Service
from syncd.standin.trackunit.settings import Settings
from tests.accounts import Open, both
from tests.contract.trackunit_kit import (
    Span,
    asked_of,
    coverage,
    ledger,
    moments,
    params,
    spans,
    states,
    units,
    well,
)
from tests.kit import HOUR, NOW, Account

DAY = timedelta(days=1)
LONGEST = timedelta(days=30)
ONE = {"units": 1, "days": 18, "rows_per_day": 6, "steady": True, "extended": 1.0}
HISTORY = ("units", "unit_history")


@pytest.fixture
def vendor_name() -> str:
    return "trackunit"


def lengths(found: Iterable[Span]) -> list[timedelta]:
    """How long ranges are."""
    return [end - start for start, end in found]


def whole(account: Account, collection: str, unit: str, since: datetime) -> None:
    """The unit's ledger is one range from *since* to now."""
    ((start, end),) = ledger(account, collection, unit)["done"]
    assert since == moments(start)
    assert account.clock.true().replace(microsecond=0) - moments(end) <= timedelta(seconds=60)


@pytest.mark.parametrize("status", [200, 400, 404])
@pytest.mark.parametrize("style", ["literal", "fieldName", "message"])
@pytest.mark.parametrize("cased", [str, str.upper])
async def test_v23_every_spelling_of_too_long_a_range_halves_it(
    open_account: Open, style: Any, status: int, cased: Any
) -> None:
    """An account that allows four days, told in all the ways that may be meant."""
    settings = Settings(error_style=style, invalid_status=status, max_days=4)
    account = await open_account(names=HISTORY, settings=settings, more='since = "20d"\nparallel = 1', **ONE)
    honest = account.vendor.service._invalid
    if cased is str.upper:
        account.vendor.service._invalid = lambda field: _shouted(honest(field))
    unit = units(account)[0]
    await well(account)
    tried = lengths(spans(account, "unit_history", unit))
    assert [DAY * 20, DAY * 10, DAY * 5] == tried[:3]
    assert {DAY * 2.5} == set(tried[3:])
    assert 8 == len(tried[3:])
    whole(account, "unit_history", unit, NOW - 20 * DAY)
    assert [] == account.differences()
    assert 2.5 * 86400 == ledger(account, "unit_history", unit)["span_s"]


def _shouted(error: Any) -> Any:
    error.code = error.code.upper()
    return error


async def test_v23_what_halved_is_remembered_for_its_unit_and_for_no_other(open_account: Open) -> None:
    account = await open_account(names=HISTORY, more='since = "20d"', **{**ONE, "units": 2})
    heavy, light = units(account)
    _limited(account, heavy, 6 * DAY)
    await well(account)
    assert [20 * DAY] == lengths(spans(account, "unit_history", light))
    account.vendor.log.clear()
    account.clock.turn(20 * 24 * HOUR)
    account.vendor.content.report(heavy)
    account.vendor.content.report(light)
    await well(account)
    assert 6 * DAY >= lengths(spans(account, "unit_history", heavy))[0]
    (asked,) = lengths(spans(account, "unit_history", light))
    assert 22 * DAY <= asked < 23 * DAY
    assert [] == account.differences()


def _limited(account: Account, unit: str, most: timedelta) -> None:
    """The vendor takes no longer ranges of one unit."""
    service: Service = account.vendor.service
    honest = service._rows

    def rows(call: Any, wanted: Any, parents: Any) -> Any:
        given = dict(wanted.given)
        ends = [given[name] for name in ("from", "datefrom", "to", "dateto") if name in given]
        start, end = (datetime.fromisoformat(text) for text in ends)
        if unit in parents.values() and end - start > most + timedelta(seconds=3):
            raise service._invalid("To")
        return honest(call, wanted, parents)

    service._rows = rows  # type: ignore[method-assign]


async def test_v4_a_range_that_only_times_out_is_halved_after_two_attempts(open_account: Open) -> None:
    account = await open_account(names=HISTORY, more='since = "20d"\ntimeout = "1s"\nparallel = 1', **ONE)
    unit = units(account)[0]
    _answered_with(account, 6 * DAY, faults.never())
    await well(account)
    tried = Counter(lengths(spans(account, "unit_history", unit)))
    assert {20 * DAY: 2, 10 * DAY: 4, 5 * DAY: 4} == tried
    assert [] == account.differences()


async def test_v4_a_range_that_only_fails_is_halved_after_two_attempts(open_account: Open) -> None:
    account = await open_account(names=HISTORY, more='since = "20d"\nparallel = 1', **ONE)
    _answered_with(account, 3 * DAY, faults.status())
    await well(account)
    tried = Counter(lengths(spans(account, "unit_history")))
    assert {20 * DAY: 2, 10 * DAY: 2, 5 * DAY: 6, 2.5 * DAY: 8} == tried
    assert [] == account.differences()


def _answered_with(account: Account, most: timedelta, fault: Fault) -> None:
    """Longer ranges meet a fault."""
    honest = account.vendor.switch.draw

    def draw(path: str) -> list[Fault]:
        if path.endswith("UnitHistory") and lengths(spans(account, "unit_history"))[-1] > most:
            return [fault]
        return honest(path)

    account.vendor.switch.draw = draw  # type: ignore[method-assign]


async def test_a_body_above_max_body_is_halved_and_kept_small(open_account: Open) -> None:
    account = await open_account(names=HISTORY, more='since = "20d"\nmax_body = "16KiB"', **{**ONE, "rows_per_day": 24})
    unit = units(account)[0]
    await well(account)
    tried = lengths(spans(account, "unit_history", unit))
    assert 20 * DAY == tried[0]
    assert DAY >= tried[-1]
    whole(account, "unit_history", unit, NOW - 20 * DAY)
    assert [] == account.differences()


async def test_no_range_is_asked_for_that_with_its_margins_is_longer_than_thirty_days(open_account: Open) -> None:
    account = await open_account(more='since = "400d"', **{**ONE, "units": 2, "rows_per_day": 1, "can_per_day": 0.1})
    account.vendor.settings.max_days = 30.0
    await well(account)
    for collection in ("unit_history", "trips", "active_faults", "alarm_log", "can_history", "key_history"):
        for each in params(account, collection):
            ends = [each[name] for name in ("from", "datefrom", "to", "dateto") if name in each]
            start, end = (datetime.fromisoformat(text) for text in ends)
            assert timedelta(0) < end - start <= LONGEST, collection
    assert [] == account.differences()


async def test_a_range_with_few_rows_is_doubled_up_to_thirty_days(open_account: Open) -> None:
    account = await open_account(names=("units", "can_history"), more='since = "60d"\nparallel = 1', **ONE)
    unit = units(account)[0]
    await well(account)
    tried = lengths(spans(account, "can_history", unit))
    assert timedelta(hours=23) < tried[0] <= DAY
    assert 60 / 5 > len(tried)
    assert tried[-1] > 10 * tried[0]
    whole(account, "can_history", unit, NOW - 60 * DAY)
    assert [] == account.differences()


async def test_a_range_with_many_rows_is_halved(open_account: Open) -> None:
    account = await open_account(
        names=("units", "can_history"), more='since = "2d"\nparallel = 1', **{**ONE, "days": 2, "can_per_day": 1800}
    )  # fmt: skip
    await well(account)
    tried = lengths(spans(account, "can_history"))
    assert DAY == tried[0]
    assert DAY / 2 >= tried[1]
    assert [] == account.differences()


async def test_a_first_sync_reads_the_newest_range_of_every_unit_before_an_older_one_of_any(open_account: Open) -> None:
    account = await open_account(names=HISTORY, more='since = "100d"\nparallel = 1', **{**ONE, "units": 5, "days": 98})
    await well(account)
    number = len(units(account))
    asked = asked_of(account, "unit_history")
    ends = [end for _, end in spans(account, "unit_history")]
    assert 4 * number == len(asked)
    for first in range(0, len(asked), number):
        assert set(units(account)) == set(asked[first : first + number])
        assert 1 == len(set(ends[first : first + number]))
    assert sorted(ends, reverse=True) == ends


async def test_a_first_sync_that_is_killed_has_the_newest_of_every_unit(open_account: Open) -> None:
    account = await open_account(names=HISTORY, more='since = "100d"\nparallel = 1', **{**ONE, "units": 5, "days": 98})
    await well(account, "units")
    committed = 0

    class KilledError(BaseException):
        """Ends the process, as far as the run can tell."""

    def hook(step: str) -> None:
        nonlocal committed
        committed += step == "after_commit"
        if committed > 6:
            raise KilledError

    steps.watch(hook)
    try:
        with pytest.raises(BaseException) as ended:  # noqa: PT011 (task groups wrap what they meet)
            await account.cycle("unit_history")
    finally:
        steps.watch(None)
    assert not isinstance(ended.value, asyncio.CancelledError)
    for unit in units(account):
        ((_, end),) = ledger(account, "unit_history", unit)["done"]
        assert NOW - moments(end) < timedelta(minutes=1)
    before = len(asked_of(account, "unit_history"))
    await well(account)
    # What was read is not read again.
    assert 4 * 5 + 1 >= before + len(asked_of(account, "unit_history")[before:])
    assert [] == account.differences()


@both
async def test_v23_a_range_that_the_vendor_never_gives_is_a_gap_in_the_coverage(open_account: Open) -> None:
    """Everything older than ten days is refused at any length: the run is partial, and SQL shows where it ends."""
    account = await open_account(names=HISTORY, more='since = "20d"\nparallel = 1', **ONE)
    unit = units(account)[0]
    limit = NOW - 10 * DAY
    service: Service = account.vendor.service
    honest = service._rows

    def rows(call: Any, wanted: Any, parents: Any) -> Any:
        if datetime.fromisoformat(wanted.given["from"]) < limit - timedelta(minutes=1):
            raise service._invalid("To")
        return honest(call, wanted, parents)

    service._rows = rows  # type: ignore[method-assign]
    results = await account.cycle()
    assert {"unit_history"} == states(results).keys()
    (shown,) = coverage(account, "unit_history", unit)
    assert limit - timedelta(minutes=2) <= moments(shown[0]) <= limit + timedelta(minutes=2)
    times = [row["time"] for row in account.query("SELECT time FROM trackunit_unit_history")]
    assert len(times) >= 10 * 6 - 1
    service._rows = honest  # type: ignore[method-assign]
    account.clock.turn(HOUR)
    await well(account)
    assert 1 == len(coverage(account, "unit_history", unit))
    assert [] == account.differences()


@pytest.mark.parametrize("parallel", [1, 16])
async def test_v24_one_unit_that_always_fails_stops_no_other_and_recovers(open_account: Open, parallel: int) -> None:
    more = f'since = "20d"\nparallel = {parallel}'
    account = await open_account(names=HISTORY, more=more, **{**ONE, "units": 8})
    sick = units(account)[3]
    service: Service = account.vendor.service
    honest = service._rows

    def rows(call: Any, wanted: Any, parents: Any) -> Any:
        if sick in parents.values():
            raise RefusedError(500, "")
        return honest(call, wanted, parents)

    service._rows = rows  # type: ignore[method-assign]
    await well(account, "units")
    results = await account.cycle("unit_history")
    assert "partial" == results["unit_history"].state
    assert [] == ledger(account, "unit_history", sick)["done"]
    for other in set(units(account)) - {sick}:
        whole(account, "unit_history", other, NOW - 20 * DAY)
    assert "partial" == account.state("unit_history")["state"]
    account.vendor.log.clear()
    account.clock.turn(HOUR)
    assert {"unit_history"} == states(await account.cycle()).keys()
    assert {sick} == set(asked_of(account, "unit_history"))
    service._rows = honest  # type: ignore[method-assign]
    account.clock.turn(HOUR)
    await well(account)
    whole(account, "unit_history", sick, NOW - 20 * DAY)
    assert [] == account.differences()
