"""What machines of windowed collections share: a world that fails, a reader that is ended, and quiet at the end."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from syncd.plan import RunKind, Scope
from syncd.reader import Request
from syncd.run import run
from syncd.standin.server import StandIn
from tests import kit
from tests.property import ended

EXAMPLES = int(os.environ.get("SYNCD_TEST_EXAMPLES", "8"))
PLACE = st.integers(0, 100)


def past_may_change(machine: Windowed) -> bool:
    """Whether rows of the past may come, change and go; in the other stories cycles alone have to bring everything."""
    return not machine.steady


class Windowed(RuleBasedStateMachine):
    """Rules change the reader or the world; those of a vendor change its account. When all is quiet the oracle judges.

    ``names`` are the collections that are read, and ``first`` those of them that others are read by; ``sizes`` is what
    the stand-in is made with, ``short`` and ``far`` are days that may be configured as ``since`` (``far`` holds all
    there is), ``paths`` are where faults strike. ``quiet`` are the requests of a cycle where nothing was reported.
    """

    kind: ClassVar[str]
    names: ClassVar[tuple[str, ...]]
    first: ClassVar[tuple[str, ...]]
    sizes: ClassVar[dict[str, Any]]
    short: ClassVar[int] = 3
    far: ClassVar[int] = 60
    paths: ClassVar[tuple[str, ...]]
    quiet: ClassVar[int]

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.stack = AsyncExitStack()
        self.folder = Path(tempfile.mkdtemp(prefix="syncd-windows-"))

    def do(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Run something of the account."""
        return self.runner.run(work)

    @initialize(seed=st.integers(1, 5), is_short=st.booleans(), parallel=st.sampled_from((1, 16)), steady=st.booleans())
    def opened(self, seed: int, is_short: bool, parallel: int, steady: bool) -> None:
        """An account that was never read."""
        shutil.copyfile(ended.template(self.kind), self.folder / "syncd.db")
        self.clock = kit.SkewedClock(kit.NOW)
        self.parallel = parallel
        self.steady = steady
        self.vendor = StandIn.of(
            self.kind, now=self.clock.true, monotonic=self.clock.monotonic, seed=seed, **self.sizes
        )
        self.do(self.vendor.start())
        self.open(self.short if is_short else self.far)

    def open(self, since: int) -> None:
        """Come back as another process, configured for so many days."""
        self.do(self.stack.aclose())
        made = kit.account(
            self.folder, f"sqlite:///{self.folder / 'syncd.db'}", names=self.names, vendor=self.vendor,
            clock=self.clock, more=f'since = "{since}d"\nparallel = {self.parallel}', level="error",
        )  # fmt: skip
        self.account = self.do(self.stack.enter_async_context(made))

    def read(self, place: int) -> str:
        """A collection that others are not read by."""
        chosen = [name for name in self.names if name not in self.first]
        return chosen[place % len(chosen)]

    def reported(self) -> None:
        """Something new at the vendor, and what else a cycle finds."""
        raise NotImplementedError

    # --- the world --------------------------------------------------------------------------------------------------
    @rule(hours=st.sampled_from((0.25, 1.1, 30, 100)))
    def time_passes(self, hours: float) -> None:
        self.clock.turn(hours * kit.HOUR)

    @rule(minutes=st.sampled_from((-600, -5, 5, 600)))
    def clock_step(self, minutes: int) -> None:
        self.clock.skew = timedelta(minutes=minutes)

    @rule(kind=st.sampled_from(("reset", "html", "wrong_kind", "cut_body")), place=PLACE, times=st.integers(1, 6))
    def faulty_answers(self, kind: str, place: int, times: int) -> None:
        self.vendor.switch.fail(kind, path=self.paths[place % len(self.paths)], times=times)

    # --- the reader -------------------------------------------------------------------------------------------------
    @rule(is_short=st.booleans())
    def since_moves(self, is_short: bool) -> None:
        self.open(self.short if is_short else self.far)

    @rule(places=st.sets(PLACE, max_size=3))
    def cycle(self, places: set[int]) -> None:
        self.do(self.account.cycle(*sorted({self.read(place) for place in places})))

    @rule(place=PLACE, scopes=st.sampled_from(((Scope.NEW,), (Scope.PAST,), (Scope.NEW, Scope.PAST))))
    def as_the_daemon_reads(self, place: int, scopes: tuple[Scope, ...]) -> None:
        """What is new by itself, and the rest of what is due: which gives way at once, so that it is one window."""
        self.do(self.account.cycle(*self.first))
        collection = self.account.collection(self.read(place))
        if self.do(self.account.reader.state(collection)).cursor_at is None:
            return  # the daemon reads it whole
        for scope in scopes:
            gives_way_at = self.clock.now() if scope is Scope.PAST else None
            self.do(run(self.account.reader, collection, Request(scope=scope, gives_way_at=gives_way_at)))

    @rule()
    def sweep(self) -> None:
        self.do(self.account.sweep())

    @rule(name=PLACE, days=st.integers(1, 12))
    def backfill(self, name: int, days: int) -> None:
        self.reported()  # what is new is not for a backfill to read, and not for it to forget
        since = self.clock.now() - timedelta(days=days)
        until = since + timedelta(days=2)
        self.do(self.account.cycle(self.read(name), kind=RunKind.BACKFILL, since=since, until=until))

    @rule(place=PLACE, nth=st.integers(1, 12), kind=st.sampled_from((RunKind.CYCLE, RunKind.SWEEP)))
    def fail_at_step(self, place: int, nth: int, kind: RunKind) -> None:
        self.do(ended.at_step(self.account, self.read(place), nth, kind))

    @rule(place=PLACE, turns=st.integers(0, 200))
    def cancel(self, place: int, turns: int) -> None:
        self.do(ended.cancelled(self.account, self.read(place), turns))

    # --- what always holds ------------------------------------------------------------------------------------------
    @precondition(lambda machine: machine.steady)
    @rule()
    def a_cycle_brings_everything(self) -> None:
        self.calm()
        results = self.do(self.account.cycle())
        assert {"ok"} == {result.state for result in results.values()}, results
        assert [] == self.account.differences()

    def calm(self) -> None:
        """The world as it should be: nothing fails any more, clocks are right, all there is is wanted."""
        self.clock.skew = timedelta(0)
        self.vendor.switch.clear()
        self.open(self.far)
        self.clock.turn(2 * kit.HOUR)  # whatever the faults closed is open again

    def all_is_quiet(self) -> None:
        """Everything settles; then nothing is asked that nobody has reason to ask."""
        self.calm()
        if self.steady:
            self.a_cycle_brings_everything()
            self.reported()
            self.a_cycle_brings_everything()
        self.do(self.account.sweep())  # what changed since one began that was ended is for the next one
        self.do(self.account.converges())
        self.clock.turn(kit.HOUR / 4)
        assert self.do(self.account.asked()) <= self.quiet

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


SETTINGS = settings(
    max_examples=EXAMPLES,
    stateful_step_count=12,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
