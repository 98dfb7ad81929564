"""What people have asked a connection's keeper to read and wait for, until it is done or cannot be."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from syncd.collection import Collection
from syncd.daemon.workers import Part, part_of
from syncd.errors import SyncdError
from syncd.reader import Request
from syncd.run import RunResult


@dataclass(eq=False, slots=True)
class Wish:
    """A run that somebody waits for."""

    collection: Collection
    request: Request
    ended: asyncio.Future[RunResult]

    @property
    def part(self) -> Part:
        """Who serves it."""
        return part_of(self.request)


@dataclass(slots=True)
class Wishes:
    """Those of one connection that have not begun, in the order they came; belongs to one event loop."""

    _waiting: list[Wish] = field(default_factory=list)

    def add(self, collection: Collection, request: Request) -> Wish:
        """A new wish; whoever asks for what already waits gets the result of that."""
        same = (one for one in self._waiting if one.collection is collection and one.request == request)
        wish = next(same, None)
        if wish is None:
            wish = Wish(collection, request, asyncio.get_running_loop().create_future())
            self._waiting.append(wish)
        return wish

    def of(self, part: Part) -> list[Wish]:
        """Those that *part* serves."""
        return [one for one in self._waiting if one.part is part]

    def urges(self, name: str) -> bool:
        """Whether somebody wants the collection called *name* to be read now: what is read of its past makes room."""
        return any(one.collection.name == name for one in self.of(Part.TRIGGERED))

    def begin(self, wish: Wish) -> bool:
        """Take *wish* out of the line; False if it has been answered."""
        if wish in self._waiting:
            self._waiting.remove(wish)
        return not wish.ended.done()

    def answer(self, wish: Wish, result: RunResult) -> None:
        """Tell whoever waits what came of it."""
        if self.begin(wish):
            wish.ended.set_result(result)

    def refuse(self, wish: Wish, why: str) -> None:
        """Tell whoever waits that nothing was read, and why."""
        result = RunResult(0, wish.collection.name, wish.request.kind, "failed", SyncdError(why))
        self.answer(wish, result)
