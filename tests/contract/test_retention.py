"""Rows that are older than they are kept: removed here with their children and ledgers, and asked for no more."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from syncd import steps
from syncd.plan import RunKind
from syncd.store import retention
from tests.accounts import Open, both
from tests.contract.trackunit_kit import coverage, moments, spans, units, well
from tests.kit import DAY, NOW, Account

KEPT = 'retention = "20d"\n'
FLEET = {"units": 3, "days": 38, "rows_per_day": 3, "steady": True, "extended": 1.0}
NAMES = ("units", "unit_history", "unit_day_summaries", "alarm_log")


@pytest.fixture
def vendor_name() -> str:
    return "trackunit"


def kept(*names: str) -> str:
    """The configuration that keeps rows of these collections for 20 days."""
    return "".join(f"[connections.acme.collections.{name}]\n{KEPT}" for name in names)


def oldest(account: Account, name: str, column: str) -> str:
    """The time of the oldest row, as text."""
    return str(account.query(f"SELECT min({column}) AS at FROM {account.collection(name).table}")[0]["at"])[:19]


def bound(at: float = 0.0) -> datetime:
    """What is older than this is not kept, so many seconds after the beginning."""
    midnight = (NOW + timedelta(seconds=at)).astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight - timedelta(days=20)


async def come_back(open_account: Open, account: Account, collections: str) -> Account:
    """The same account with another configuration of its collections."""
    await account.leave()
    return await open_account(names=account.names, vendor=account.vendor, clock=account.clock, collections=collections)


@both
async def test_rows_children_and_ledgers_go_when_they_are_older_than_they_are_kept(open_account: Open) -> None:
    """Nothing that is kept is touched, what the views count stays true, and nothing of it is asked for again."""
    account = await open_account(names=NAMES, **FLEET)
    await well(account)
    everything = {name: account.live(name) for name in NAMES}
    before = account.query("SELECT * FROM trackunit_unit_history ORDER BY unit_id, time, ordinal")
    account = await come_back(open_account, account, kept("unit_history", "unit_day_summaries", "alarm_log"))
    account.vendor.log.clear()
    await well(account)
    for name, column in (("unit_history", "time"), ("unit_day_summaries", "date"), ("alarm_log", "triggered_at")):
        assert 0 < account.live(name) < everything[name], name
        assert f"{bound():%Y-%m-%d %H:%M:%S}"[: len(oldest(account, name, column))] <= oldest(account, name, column)
        assert account.live(name) == account.state(name)["live_rows"], name
    orphans = """SELECT count(*) AS n FROM trackunit_alarm_log_recipients AS r WHERE NOT EXISTS (SELECT 1 FROM
        trackunit_alarm_log AS l WHERE l.connection = r.connection AND l.alarm_id = r.alarm_id
        AND l.unit_id = r.unit_id AND l.triggered_at = r.triggered_at)"""
    assert 0 == account.query(orphans)[0]["n"]
    after = account.query("SELECT * FROM trackunit_unit_history ORDER BY unit_id, time, ordinal")
    assert after == [row for row in before if str(row["time"])[:19] >= f"{bound():%Y-%m-%d %H:%M:%S}"]
    for unit in units(account):
        assert [bound()] == [moments(start) for start, _ in coverage(account, "unit_history", unit)]
    assert all(start >= bound() for start, _ in spans(account, "unit_history"))


async def test_what_is_kept_moves_on_day_by_day(open_account: Open) -> None:
    account = await open_account(names=NAMES[:2], collections=kept("unit_history"), **FLEET)
    await well(account)
    assert f"{bound():%Y-%m-%d %H:%M:%S}" <= oldest(account, "unit_history", "time")
    account.clock.turn(3 * DAY)
    await well(account)
    assert f"{bound(3 * DAY):%Y-%m-%d %H:%M:%S}" <= oldest(account, "unit_history", "time")


async def test_a_sweep_does_not_bring_back_what_is_not_kept(open_account: Open) -> None:
    account = await open_account(names=NAMES[:2], collections=kept("unit_history"), **FLEET)
    await well(account)
    rows = account.live("unit_history")
    account.vendor.log.clear()
    await well(account, kind=RunKind.SWEEP)
    assert rows == account.live("unit_history")
    assert all(start >= bound() for start, _ in spans(account, "unit_history"))


async def test_rows_are_kept_again_once_retention_is_taken_back(open_account: Open) -> None:
    account = await open_account(names=NAMES[:2], collections=kept("unit_history"), **FLEET)
    await well(account)
    account = await come_back(open_account, account, "")
    await well(account)
    assert [] == account.differences()


async def test_s1_a_kill_between_two_pieces_leaves_no_ledger_ahead_of_its_rows(
    open_account: Open, monkeypatch: Any
) -> None:
    monkeypatch.setattr(retention, "AT_ONCE", 5)
    account = await open_account(names=NAMES[:2], **FLEET)
    await well(account)
    account = await come_back(open_account, account, kept("unit_history"))

    class KilledError(BaseException):
        pass

    def kill(step: str) -> None:
        if step == "rows_trimmed":
            raise KilledError

    steps.watch(kill)
    try:
        with pytest.raises(BaseExceptionGroup, match="unhandled errors"):
            await account.cycle()
    finally:
        steps.watch(None)
    assert oldest(account, "unit_history", "time") < f"{bound():%Y-%m-%d %H:%M:%S}", "some are left"
    for unit in units(account):
        assert bound() <= min(moments(start) for start, _ in coverage(account, "unit_history", unit))
    await well(account)
    assert f"{bound():%Y-%m-%d %H:%M:%S}" <= oldest(account, "unit_history", "time")
