"""An answer that several collections use is asked for once in a cycle, however long the cycle takes."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from syncd.ask import Answer, Question
from syncd.sharing import KEPT_S, Sharing


class Vendor:
    """Counts questions; every answer says how many there were."""

    def __init__(self) -> None:
        self.asked: list[Question] = []

    async def __call__(self, question: Question) -> Answer:
        self.asked.append(question)
        return Answer({"n": len(self.asked), "amount": Decimal("0.10"), "odd": "\ud800"}, None, size=7)


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def question(number: int) -> Question:
    return Question(f"/v2/publishers/{number}/transactions", shared=True)


async def walked(sharing: Sharing, vendor: Vendor, user: str, clock: Clock, *, each_s: float = 0.0) -> list[Any]:
    """What a run of *user* over a hundred parents is answered."""
    sharing.begin(user)
    found = []
    for number in range(100):
        found.append((await sharing.answer(question(number), vendor, user)).value)
        clock.now += each_s
    return found


async def test_the_second_collection_costs_nothing_and_gets_the_same() -> None:
    vendor, clock = Vendor(), Clock()
    sharing = Sharing(clock)
    first = await walked(sharing, vendor, "transactions", clock)
    assert first == await walked(sharing, vendor, "payments", clock)
    assert 100 == len(vendor.asked)


async def test_what_one_does_with_an_answer_the_other_does_not_see() -> None:
    vendor, clock = Vendor(), Clock()
    sharing = Sharing(clock)
    for value in await walked(sharing, vendor, "transactions", clock):
        value.clear()
    assert [1] == [value["n"] for value in (await walked(sharing, vendor, "payments", clock))[:1]]


async def test_a_walk_of_hours_is_shared_from_its_first_answer_to_its_last() -> None:
    vendor, clock = Vendor(), Clock()
    sharing = Sharing(clock)
    await walked(sharing, vendor, "transactions", clock, each_s=60.0)
    assert clock.now > 10 * KEPT_S
    await walked(sharing, vendor, "payments", clock, each_s=60.0)
    assert 100 == len(vendor.asked)


async def test_once_nobody_is_at_work_answers_grow_old() -> None:
    vendor, clock = Vendor(), Clock()
    sharing = Sharing(clock)
    await walked(sharing, vendor, "transactions", clock)
    clock.now += KEPT_S + 1
    await walked(sharing, vendor, "payments", clock)
    assert 200 == len(vendor.asked)


async def test_the_next_cycle_asks_anew_whoever_begins_it() -> None:
    vendor, clock = Vendor(), Clock()
    sharing = Sharing(clock)
    for users in (("transactions", "payments"), ("payments", "transactions")):
        for user in users:
            await walked(sharing, vendor, user, clock)
    assert 200 == len(vendor.asked)


async def test_a_cycle_that_begins_lets_go_of_what_it_asked_for_before() -> None:
    vendor, clock = Vendor(), Clock()
    sharing = Sharing(clock)
    await walked(sharing, vendor, "transactions", clock)
    sharing.begin("transactions")
    assert 101 == (await sharing.answer(question(3), vendor, "payments")).value["n"]


async def test_what_does_not_fit_is_asked_again_and_the_rest_is_kept() -> None:
    vendor, clock = Vendor(), Clock()
    sharing = Sharing(clock, most=1000)
    await walked(sharing, vendor, "transactions", clock)
    await walked(sharing, vendor, "payments", clock)
    assert 101 < len(vendor.asked) < 200


async def test_a_shared_answer_counts_no_bytes_of_a_run() -> None:
    """They are in memory anyway, and would let fewer questions be asked at once."""
    vendor = Vendor()
    assert 0 == (await Sharing(Clock()).answer(question(1), vendor, "transactions")).size
