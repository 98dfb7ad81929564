"""Several questions of one connection under way at once: workers that take tasks until there are none left."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Generator
from typing import Any, Generic, TypeVar

from syncd.ask import Answer, Ask, Question
from syncd.errors import Partial, VendorError
from syncd.reading import Some

T = TypeVar("T")
R = TypeVar("R")

HELD_AT_ONCE = 8 * 2**20
"""Bytes of answers, as they came, that may be in memory at once; decoded they take up to ten times as much."""
AT_FIRST = 4  # workers until the size of answers is known
REMEMBERED = 0.8
FAILED_IN_A_ROW = 5


class Crew(Generic[T]):
    """At most *most* workers; fewer while answers are large, so that memory is bounded by what is in hand.

    ``take`` gives the next task or None if there is none for now; ``do`` carries one out and returns the bytes of the
    answers it took. All is over when ``take`` has none and nobody is at work. The first error ends everything.
    """

    def __init__(self, most: int, take: Callable[[], T | None], do: Callable[[T], Awaitable[int]]) -> None:
        self._most = most
        self._take = take
        self._do = do
        self._busy = 0
        self._large = 0.0
        self._changed = asyncio.Condition()

    async def work(self) -> None:
        """Carry out every task."""
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(self._most):
                    group.create_task(self._worker())
        except BaseExceptionGroup as errors:
            raise _first(errors) from None

    @property
    def _allowed(self) -> int:
        if not self._large:
            return min(self._most, AT_FIRST)
        return max(1, min(self._most, int(HELD_AT_ONCE / self._large)))

    async def _worker(self) -> None:
        while True:
            async with self._changed:
                task = None
                while task is None:
                    if self._busy < self._allowed:
                        task = self._take()
                    if task is None:
                        if not self._busy:
                            self._changed.notify_all()
                            return
                        await self._changed.wait()
                self._busy += 1
            size = 0
            try:
                size = await self._do(task)
            finally:
                # Not by the condition's lock: a cancelled worker must not wait for anybody.
                self._busy -= 1
                # One large answer counts at once, and is forgotten slowly.
                self._large = max(1.0, size, self._large * REMEMBERED)
            async with self._changed:
                self._changed.notify_all()


class Failures:
    """What went wrong with single partitions of a run: one bad one does not stop the others, a row of them does."""

    def __init__(self) -> None:
        self.errors: list[VendorError] = []
        self._in_a_row: list[str] = []
        self._some_went_well = False

    def note(self, error: VendorError, *, of: str = "", most: int = FAILED_IN_A_ROW) -> None:
        """A question failed. Raises *error* when *most* did in a row, so that it cannot be the partition's.

        *of* names the partition where it may be asked again: once anything went well, it counts only once.
        """
        self._in_a_row.append(of or f"{len(self._in_a_row)}")
        if len(set(self._in_a_row) if self._some_went_well else self._in_a_row) >= most:
            raise error

    def well(self) -> None:
        """A question was answered."""
        self._in_a_row, self._some_went_well = [], True

    def check(self, what: str) -> None:
        """At the end of a run: raises Partial if some of *what* failed, the error itself if nothing went well."""
        if not self.errors:
            return
        first = self.errors[0]
        if not self._some_went_well:
            raise first
        raise Partial(
            f"{len(self.errors)} {what} could not be read, the first: {first.message}",
            remedy=first.remedy or "They are tried again in the next cycle.",
        )


def _first(errors: BaseExceptionGroup[BaseException]) -> BaseException:
    error: BaseException = errors
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


async def drive(
    reading: Generator[Question | Some, Answer, R], ask: Ask, keep: Callable[[list[Any]], Awaitable[None]]
) -> R:
    """Ask what *reading* wants asked until it has come to its end; what it hands over in between goes to *keep*.

    A vendor's error is raised inside the reading, which may know another way; else it comes out here.
    """
    try:
        step: Question | Some = next(reading)
        while True:
            if isinstance(step, Some):
                await keep(step.records)
                step = next(reading)
                continue
            answer: Answer | None = None
            failed: VendorError | None = None
            try:
                answer = await _confirmed(ask, step)
            except VendorError as error:
                failed = error
            step = reading.throw(failed) if failed is not None or answer is None else reading.send(answer)  # type: ignore[arg-type]
    except StopIteration as end:
        result: R = end.value
        return result
    finally:
        reading.close()


async def _confirmed(ask: Ask, question: Question) -> Answer:
    """The answer, asked for twice where only the end of the connection told its end: the longer one is it.

    What was cut may be sound JSON: a window with fewer rows than there are would be taken for complete.
    """
    answer = await ask(question)
    if answer.framed:
        return answer
    again = await ask(question)
    return again if again.framed or again.size >= answer.size else answer
