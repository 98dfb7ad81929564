"""A vendor that changes and fails as it likes, a reader interrupted as it likes: quiet for a while, both agree."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from syncd.plan import RunKind
from syncd.standin.switchboard import STORMY
from tests import kit
from tests.property import ended

# One collection of each kind of reading: a snapshot, rows with children, appended rows, a pair, and reconciled history.
NAMES = ("fields", "clients", "cases", "case_requests", "case_status_history", "case_update_notifications", "events")
EXAMPLES = int(os.environ.get("SYNCD_TEST_EXAMPLES", "8"))
PLACE = st.integers(0, 10_000)
LATER = ("clients", "events", "cases")


class Machine(RuleBasedStateMachine):
    """Rules change the vendor, the reader or the world between them; when all is quiet the oracle judges."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.stack = AsyncExitStack()
        self.folder = Path(tempfile.mkdtemp(prefix="syncd-machine-"))
        self.disturbed = False

    def do(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Run something of the account."""
        return self.runner.run(work)

    @initialize(seed=st.integers(1, 5), size=st.sampled_from((12, 101, 130)), counts=st.booleans())
    def opened(self, seed: int, size: int, counts: bool) -> None:
        """An account that was never read."""
        file = self.folder / "syncd.db"
        shutil.copyfile(ended.template("trackops"), file)
        made = kit.account(
            self.folder,
            f"sqlite:///{file}",
            names=NAMES,
            cases=5,
            seed=seed,
            rows={"clients": size, "events": 30, "fields": 20},
            settings=kit.unlimited(has_count=counts),
            level="error",
        )
        self.account = self.do(self.stack.enter_async_context(made))

    # --- the vendor -------------------------------------------------------------------------------------------------
    @rule(name=st.sampled_from(NAMES), number=st.sampled_from((1, 1, 2, 15)))
    def insert(self, name: str, number: int) -> None:
        kit.add(self.account, name, number)

    @rule(name=st.sampled_from(("fields", "clients", "cases", "case_requests", "events")), place=PLACE)
    def update(self, name: str, place: int) -> None:
        if rows := self.account.vendor.content.rows(name):
            kit.change(self.account, name, place % len(rows))

    @rule(name=st.sampled_from(("fields", "clients", "cases", "case_update_notifications", "events")), place=PLACE)
    def delete(self, name: str, place: int) -> None:
        if rows := self.account.vendor.content.rows(name):
            self.account.vendor.content.delete(name, kit.key_of(name, rows[place % len(rows)]))

    @rule(name=st.sampled_from(("clients", "cases", "events")), place=PLACE, touch=st.booleans())
    def recover(self, name: str, place: int, touch: bool) -> None:
        if gone := self.account.vendor.content.deleted(name):
            self.account.vendor.content.recover(name, gone[place % len(gone)], touch=touch)

    @rule(place=PLACE, status=st.integers(1, 20))
    def move_case(self, place: int, status: int) -> None:
        if rows := self.account.vendor.content.rows("cases"):
            self.account.vendor.content.move_case(rows[place % len(rows)]["id"], status)

    @rule(place=PLACE)
    def accept_request(self, place: int) -> None:
        if rows := self.account.vendor.content.rows("case_requests"):
            self.account.vendor.content.accept_request(rows[place % len(rows)]["id"])

    @rule(name=st.sampled_from(LATER), seconds=st.sampled_from((30, 500, 900, 5000)))
    def late_row(self, name: str, seconds: int) -> None:
        self.account.vendor.content.late(name, seconds=seconds)

    # --- the world --------------------------------------------------------------------------------------------------
    @rule(
        kind=st.sampled_from(STORMY),
        path=st.sampled_from(("/clients", "/cases", "/events", "*")),
        times=st.integers(1, 6),
    )
    def faulty_answers(self, kind: tuple[str, dict[str, Any]], path: str, times: int) -> None:
        self.account.vendor.switch.fail(kind[0], path=path, times=times, **kind[1])

    @rule(kind=st.sampled_from(("empty_first", "fewer", "clamped", "lying_count", "same_page")))
    def lying_lists(self, kind: str) -> None:
        self.account.vendor.switch.fail(kind, path="/clients", times=4)

    @rule(rate=st.sampled_from((0.3, 1.5)), seed=st.integers(0, 99))
    def rows_move_while_they_are_read(self, rate: float, seed: int) -> None:
        self.account.vendor.switch.churn(rate, seed)

    @rule(seconds=st.sampled_from((1, 300, 900, 3700, 90_000)))
    def time_passes(self, seconds: int) -> None:
        self.account.clock.turn(seconds)

    @rule(minutes=st.sampled_from((-59, -5, 5, 59)))
    def clock_step(self, minutes: int) -> None:
        self.account.clock.skew = timedelta(minutes=minutes)

    # --- the reader -------------------------------------------------------------------------------------------------
    @rule(names=st.sets(st.sampled_from(NAMES)))
    def cycle(self, names: set[str]) -> None:
        self.do(self.account.cycle(*sorted(names)))

    @rule()
    def sweep(self) -> None:
        self.do(self.account.sweep())

    @rule(name=st.sampled_from(NAMES), nth=st.integers(0, 25), kind=st.sampled_from((RunKind.CYCLE, RunKind.SWEEP)))
    def fail_at_step(self, name: str, nth: int, kind: RunKind) -> None:
        self.do(ended.at_step(self.account, name, nth, kind))

    @rule(name=st.sampled_from(NAMES), turns=st.integers(0, 200))
    def cancel(self, name: str, turns: int) -> None:
        self.do(ended.cancelled(self.account, name, turns))

    # --- what always holds ------------------------------------------------------------------------------------------
    @rule()
    def all_is_quiet(self) -> None:
        """Everything settles: late rows have come, clocks are right again, held deletions are looked at once more."""
        self.account.clock.skew = timedelta(0)
        self.account.clock.turn(2 * kit.HOUR)
        self.do(self.account.converges())

    @invariant()
    def a_walk_never_counts_pages_that_are_not_there(self) -> None:
        if not hasattr(self, "account"):
            return
        for name in NAMES:
            walk = (self.account.cursor(name) or {}).get("walk")
            if walk and walk["page"]:
                found = self.account.query(f"SELECT count(*) AS n FROM syncd_staged WHERE stage = {walk['stage']}")
                assert found[0]["n"] >= walk["base"] or walk["page"] == 1

    def teardown(self) -> None:
        try:
            if hasattr(self, "account"):
                self.all_is_quiet()
        finally:
            self.do(self.stack.aclose())
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
