"""Two classes of calls of one vendor over real HTTP: each keeps limits of its own, and none waits for the other.

Most of it happens in the time of a swift loop: ten minutes of requests in seconds.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from syncd.ask import Question
from syncd.http.client import Client, ClientOptions, Meter
from syncd.http.spacing import Hosts
from syncd.lane import Lane
from syncd.vendors.base import Limits
from syncd.vendors.trackops import TRACKOPS
from tests.contract.http_kit import CREDENTIALS, Seen, Server, Step, late, raw, reply
from tests.swift_loop import LoopClock, swiftly

ENTITIES = Limits(rate=(4, 1.0), documented=(5, 1.0), parallel=2, after_answer=False)
REPORTS = Limits(rate=(180, 60.0), documented=(200, 60.0), parallel=2, after_answer=False, hold_s=(60.0,))
TWO = replace(
    TRACKOPS,
    classes={"entities": ENTITIES, "reports": REPORTS},
    class_of=lambda path: "reports" if path.startswith("/reports") else "entities",
    reads=(("GET", "/campaigns"), ("GET", "/reports/custom")),
)
CAMPAIGNS, REPORT = Question("/campaigns"), Question("/reports/custom")
MINUTES = 10


class Gate(Server):
    """Knows when requests of each class came, by the loop's time, and how many of them were under way at once."""

    def __init__(self) -> None:
        super().__init__()
        self.came: dict[str, list[float]] = {"entities": [], "reports": []}
        self.most: Counter[str] = Counter()
        self.under_way: Counter[str] = Counter()
        self.by_class: dict[str, list[Step]] = {"entities": [], "reports": []}

    async def answer(self, request: Seen, writer: asyncio.StreamWriter) -> bool:
        name = TWO.class_of(request.target.removeprefix("/api/v1"))
        self.came[name].append(asyncio.get_running_loop().time())
        self.under_way[name] += 1
        self.most[name] = max(self.most[name], self.under_way[name])
        try:
            mine = self.by_class[name]
            return await (mine.pop(0) if mine else self.otherwise)(writer)
        finally:
            self.under_way[name] -= 1

    def gaps_of(self, name: str) -> list[float]:
        return [after - before for before, after in pairwise(self.came[name])]


def client(server: Server, hosts: Hosts | None = None, **options: Any) -> Client:
    made = ClientOptions(base_url=server.url, credentials=CREDENTIALS, **options)
    return Client(TWO, made, clock=LoopClock(), random=lambda: 0.5, hosts=hosts)


async def keep_asking(asked: Client, question: Question, meter: Meter, *, askers: int = 3) -> None:
    """Work of one class that never ends: more askers than may be in flight."""
    ask = asked.asker(Lane.INCREMENT, meter)

    async def one() -> None:
        while True:
            await ask(question)

    await asyncio.gather(*(one() for _ in range(askers)))


async def both(asked: Client, seconds: float, meter: Meter) -> None:
    """*seconds* in which work of both classes is always waiting."""
    works = [asyncio.ensure_future(keep_asking(asked, question, meter)) for question in (CAMPAIGNS, REPORT)]
    done, _ = await asyncio.wait(works, timeout=seconds, return_when=asyncio.FIRST_EXCEPTION)
    for work in works:
        work.cancel()
    await asyncio.wait(works)
    assert set() == done


def busiest(came: Sequence[float], seconds: float) -> int:
    """The most requests in any window of so many seconds."""
    most, first = 0, 0
    for last, at in enumerate(came):
        while came[first] <= at - seconds:
            first += 1
        most = max(most, last - first + 1)
    return most


@pytest.mark.parametrize("seed", [1, 2])
def test_v3_ten_minutes_of_both_classes_stay_below_both_limits_and_use_97_percent_of_both_paces(seed: int) -> None:
    """Answers take their time, some for seconds, and one connection in fifty drops: every window is counted."""
    drawn = random.Random(seed)

    def step() -> Step:
        if drawn.random() < 0.02:
            return raw()
        return late(drawn.choice([0.05, 0.1, 0.2]) * drawn.uniform(0.5, 1.5), reply())

    async def work() -> tuple[Gate, Meter]:
        meter = Meter()
        async with Gate() as gate, client(gate) as asked:
            for steps in gate.by_class.values():
                steps += [step() for _ in range(3000)]
            await both(asked, MINUTES * 60.0, meter)
        return gate, meter

    gate, meter = swiftly(work())
    assert meter.retries > 10
    assert busiest(gate.came["entities"], 1.0) <= 5
    assert busiest(gate.came["reports"], 60.0) <= 200
    assert len(gate.came["entities"]) >= 0.97 * 4 * 60 * MINUTES
    assert len(gate.came["reports"]) >= 0.97 * 180 * MINUTES


@pytest.mark.parametrize("named, held_s", [({"Retry-After": "30"}, 30.0), ({}, 60.0)])
def test_v1_a_429_holds_its_own_class_only(named: dict[str, str], held_s: float) -> None:
    """Reports are refused as too fast in the tenth second: they wait, and entities lose nothing."""
    refused = reply(b"slow down", 429, named)

    async def work() -> tuple[Gate, Meter]:
        meter = Meter()
        async with Gate() as gate, client(gate) as asked:
            gate.by_class["reports"] += [*(reply() for _ in range(30)), refused]
            await both(asked, 120.0, meter)
        return gate, meter

    gate, meter = swiftly(work())
    assert 1 == meter.retries
    assert held_s == pytest.approx(max(gate.gaps_of("reports")), abs=0.5)
    assert len(gate.came["entities"]) >= 0.97 * 4 * 120
    assert max(gate.gaps_of("entities")) < 0.3


def test_v1_refusals_widen_the_gap_of_their_own_class_only() -> None:
    async def work() -> tuple[float, float]:
        async with Gate() as gate, client(gate) as asked:
            gate.by_class["reports"] += [reply(b"", 429, {"Retry-After": "1"}) for _ in range(5)]
            await asked.asker(Lane.INCREMENT, Meter())(REPORT)
            return asked.pace_of("/campaigns").gap_s, asked.pace_of("/reports/custom").gap_s

    entities_s, reports_s = swiftly(work())
    assert 0.25 == entities_s
    assert reports_s > 0.5


def test_answers_that_take_long_fill_the_places_of_their_own_class_only() -> None:
    """Two reports of a minute each are under way, which is all there may be: entities keep their pace."""

    async def work() -> Gate:
        async with Gate() as gate, client(gate) as asked:
            gate.by_class["reports"] += [late(59.0, reply()) for _ in range(10)]
            await both(asked, 120.0, Meter())
        return gate

    gate = swiftly(work())
    assert 2 == gate.most["reports"]
    assert 4 <= len(gate.came["reports"]) <= 6
    assert len(gate.came["entities"]) >= 0.97 * 4 * 120


def test_what_a_configuration_says_holds_for_its_class_and_the_rest_is_the_vendors() -> None:
    async def work() -> Gate:
        options: dict[str, Any] = {"rates": {"entities": ((2, 1.0), (60, 60.0))}, "parallel": {"reports": 1}}
        async with Gate() as gate, client(gate, **options) as asked:
            gate.otherwise = late(0.4, reply())
            await both(asked, 60.0, Meter())
        return gate

    gate = swiftly(work())
    assert 58 <= len(gate.came["entities"]) <= 60
    assert (1, 1) == (gate.most["reports"], gate.most["entities"])
    assert pytest.approx(0.4) == min(gate.gaps_of("reports"))


def test_two_keys_at_one_host_have_a_pace_each_in_both_classes() -> None:
    async def work() -> Gate:
        hosts, meter = Hosts(), Meter()
        async with Gate() as gate, client(gate, hosts) as one, client(gate, hosts) as other:
            await asyncio.gather(both(one, 60.0, meter), both(other, 60.0, meter))
        return gate

    gate = swiftly(work())
    assert len(gate.came["entities"]) >= 0.97 * 2 * 4 * 60
    assert len(gate.came["reports"]) >= 0.97 * 2 * 180


def test_p11_both_classes_wait_one_gap_after_a_start() -> None:
    async def work() -> Gate:
        async with Gate() as gate:
            for _ in range(5):
                async with client(gate) as asked:
                    ask = asked.asker(Lane.INCREMENT, Meter())
                    await asyncio.gather(ask(CAMPAIGNS), ask(REPORT))
        return gate

    gate = swiftly(work())
    assert min(gate.gaps_of("entities")) >= 0.2
    assert min(gate.gaps_of("reports")) >= 0.3
