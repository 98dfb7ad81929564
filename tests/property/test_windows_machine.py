"""Devices that send now and late, a vendor that corrects, a reader that is killed: quiet for a while, both agree."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from collections.abc import Coroutine
from contextlib import AsyncExitStack, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from syncd.plan import RunKind, Scope
from syncd.reader import Request
from syncd.run import run
from syncd.standin.server import StandIn
from tests import kit
from tests.property import ended

# Windows of each kind: of units, with rows that end, of the account, of whole days; and a list that goes by marks.
NAMES = ("units", "unit_history", "trips", "alarm_log", "unit_day_summaries", "unit_extended_info", "active_faults")
READ = NAMES[1:]
EXAMPLES = int(os.environ.get("SYNCD_TEST_EXAMPLES", "8"))
PLACE = st.integers(0, 100)
HISTORY_DAYS = 12
QUIET = 15
"""Requests of a cycle where nothing was reported."""


def past_may_change(machine: Machine) -> bool:
    """Whether rows of the past may come, change and go; in the other stories cycles alone have to bring everything."""
    return not machine.steady


class Machine(RuleBasedStateMachine):
    """Rules change the fleet, the reader or the world between them; when all is quiet the oracle judges."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.stack = AsyncExitStack()
        self.folder = Path(tempfile.mkdtemp(prefix="syncd-windows-"))

    def do(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Run something of the account."""
        return self.runner.run(work)

    @initialize(
        seed=st.integers(1, 5), since=st.sampled_from((3, 60)), parallel=st.sampled_from((1, 16)), steady=st.booleans()
    )
    def opened(self, seed: int, since: int, parallel: int, steady: bool) -> None:
        """An account that was never read."""
        shutil.copyfile(ended.template("trackunit"), self.folder / "syncd.db")
        self.clock = kit.SkewedClock(kit.NOW)
        self.parallel = parallel
        self.steady = steady
        self.vendor = StandIn.of(
            "trackunit", now=self.clock.true, monotonic=self.clock.monotonic, seed=seed, units=3, days=HISTORY_DAYS,
            rows_per_day=4, can_per_day=1, faults_per_day=0.5,
        )  # fmt: skip
        self.do(self.vendor.start())
        self.open(since)

    def open(self, since: int) -> None:
        """Come back as another process, configured for so many days."""
        self.do(self.stack.aclose())
        made = kit.account(
            self.folder, f"sqlite:///{self.folder / 'syncd.db'}", names=NAMES, vendor=self.vendor, clock=self.clock,
            more=f'since = "{since}d"\nparallel = {self.parallel}', level="error",
        )  # fmt: skip
        self.account = self.do(self.stack.enter_async_context(made))

    def unit(self, place: int) -> str | None:
        """A unit the vendor has."""
        known = list(self.vendor.content.tables["units"])
        return known[place % len(known)] if known else None

    # --- the fleet --------------------------------------------------------------------------------------------------
    @rule(place=PLACE, rows=st.integers(1, 4), fault=st.booleans())
    def report(self, place: int, rows: int, fault: bool) -> None:
        if unit := self.unit(place):
            self.vendor.content.report(unit, rows, fault=fault)

    @precondition(past_may_change)
    @rule(place=PLACE, hours=st.sampled_from((1, 30, 100, 200)))
    def buffer(self, place: int, hours: int) -> None:
        if unit := self.unit(place):
            self.vendor.content.buffer(unit, ago=timedelta(hours=hours))

    @precondition(past_may_change)
    @rule(place=PLACE, name=st.sampled_from(("unit_history", "trips")), hours=st.sampled_from((0, 20, 150)))
    def correct(self, place: int, name: str, hours: int) -> None:
        with suppress(KeyError):
            if unit := self.unit(place):
                self.vendor.content.correct(unit, collection=name, ago=timedelta(hours=hours))

    @precondition(past_may_change)
    @rule(place=PLACE, hours=st.sampled_from((0, 20, 150)))
    def erase(self, place: int, hours: int) -> None:
        with suppress(KeyError):
            if unit := self.unit(place):
                self.vendor.content.erase(unit, ago=timedelta(hours=hours))

    @rule(units=st.integers(1, 3))
    def ring(self, units: int) -> None:
        if self.vendor.content.tables["units"]:
            self.vendor.content.ring(units)

    @precondition(past_may_change)
    @rule()
    def trips_end_and_messages_arrive(self) -> None:
        self.vendor.content.finish_trips()
        self.vendor.content.deliver()

    @rule()
    def unit_is_bought(self) -> None:
        self.vendor.content.insert("units")

    # --- the world --------------------------------------------------------------------------------------------------
    @rule(hours=st.sampled_from((0.25, 1.1, 30, 100)))
    def time_passes(self, hours: float) -> None:
        self.clock.turn(hours * kit.HOUR)

    @rule(minutes=st.sampled_from((-600, -5, 5, 600)))
    def clock_step(self, minutes: int) -> None:
        self.clock.skew = timedelta(minutes=minutes)

    @rule(
        kind=st.sampled_from(("reset", "html", "wrong_kind", "cut_body")),
        path=st.sampled_from(("/Report/*", "/AlarmLog", "/Unit", "*")),
        times=st.integers(1, 6),
    )
    def faulty_answers(self, kind: str, path: str, times: int) -> None:
        self.vendor.switch.fail(kind, path=path, times=times)

    # --- the reader -------------------------------------------------------------------------------------------------
    @rule(since=st.sampled_from((3, 60)))
    def since_moves(self, since: int) -> None:
        self.open(since)

    @rule(names=st.sets(st.sampled_from(READ)))
    def cycle(self, names: set[str]) -> None:
        self.do(self.account.cycle(*sorted(names)))

    @rule(name=st.sampled_from(READ), scopes=st.sampled_from(((Scope.NEW,), (Scope.PAST,), (Scope.NEW, Scope.PAST))))
    def as_the_daemon_reads(self, name: str, scopes: tuple[Scope, ...]) -> None:
        """What is new by itself, and the rest of what is due: which gives way at once, so that it is one window."""
        self.do(self.account.cycle("units"))
        state = self.do(self.account.reader.state(self.account.collection(name)))
        if state.cursor_at is None:
            return  # the daemon reads it whole
        for scope in scopes:
            gives_way_at = self.clock.now() if scope is Scope.PAST else None
            request = Request(scope=scope, gives_way_at=gives_way_at)
            self.do(run(self.account.reader, self.account.collection(name), request))

    @rule()
    def sweep(self) -> None:
        self.do(self.account.sweep())

    @rule(name=st.sampled_from(READ), days=st.integers(1, HISTORY_DAYS), place=PLACE)
    def backfill(self, name: str, days: int, place: int) -> None:
        if unit := self.unit(place):  # what is new is not for a backfill to read, and not for it to forget
            self.vendor.content.report(unit)
        since = self.clock.now() - timedelta(days=days)
        self.do(self.account.cycle(name, kind=RunKind.BACKFILL, since=since, until=since + timedelta(days=2)))

    @rule(name=st.sampled_from(READ), nth=st.integers(1, 12), kind=st.sampled_from((RunKind.CYCLE, RunKind.SWEEP)))
    def fail_at_step(self, name: str, nth: int, kind: RunKind) -> None:
        self.do(ended.at_step(self.account, name, nth, kind))

    @rule(name=st.sampled_from(READ), turns=st.integers(0, 200))
    def cancel(self, name: str, turns: int) -> None:
        self.do(ended.cancelled(self.account, name, turns))

    # --- what always holds ------------------------------------------------------------------------------------------
    def all_is_quiet(self) -> None:
        """Everything settles; then nothing is asked that nobody has reason to ask."""
        self.clock.skew = timedelta(0)
        self.vendor.switch.clear()
        self.open(60)
        self.clock.turn(2 * kit.HOUR)
        if self.steady:
            results = self.do(self.account.cycle())
            assert {"ok"} == {result.state for result in results.values()}, results
            assert [] == self.account.differences()
        self.do(self.account.converges())
        self.clock.turn(kit.HOUR / 4)
        assert self.do(self.account.asked()) <= QUIET

    def teardown(self) -> None:
        try:
            if hasattr(self, "account"):
                self.all_is_quiet()
        finally:
            self.do(self.stack.aclose())
            if hasattr(self, "vendor"):
                self.do(self.vendor.stop())
            self.runner.close()
            shutil.rmtree(self.folder)


TestMachine = Machine.TestCase
TestMachine.settings = settings(
    max_examples=EXAMPLES,
    stateful_step_count=12,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
