"""Drives iTrack's readings by hand: questions come out, answers go in, without a network."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from syncd.ask import Answer, Question
from syncd.collection import Listing, Windows
from syncd.errors import VendorError
from syncd.http.reads import Reads
from syncd.reading import Account, Parent, Part, Read, Some, Taken, Window
from syncd.vendors.itrack import ITRACK

CURRENT = Account(
    "Europe/Copenhagen", {"iso": True, "old": False, "history_limit": 3, "trackers": [1, 2, 3, 4], "blocked": [9]}
)
OLD = Account("Europe/Copenhagen", {"iso": False, "old": True, "history_limit": 3, "trackers": [1, 2, 3, 4]})

Told = dict[str, Any] | VendorError
_READS = Reads(ITRACK.reads)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def window(start: str, end: str) -> Window:
    return Window(at(start), at(end))


def parents(*keys: Any, **row: Any) -> tuple[Parent, ...]:
    return tuple(Parent((key,), row) for key in keys)


def read_of(name: str) -> Read:
    strategy = ITRACK.collection(name).strategy
    assert isinstance(strategy, Listing | Windows)
    return strategy.read


def form(question: Question) -> dict[str, Any]:
    """What a question says, arrays and numbers as such."""
    found = {}
    for name, text in question.params:
        try:
            found[name] = json.loads(text)
        except ValueError:
            found[name] = text
    return found


class Driven:
    """A reading driven to its end by *answer*, which is given the path and the form of every question.

    ``asked`` are these pairs, ``records`` everything that was handed over, ``taken`` the end of it.
    """

    def __init__(
        self,
        read: Read | str,
        part: Part | None = None,
        answer: Callable[[str, dict[str, Any]], Told] = lambda *_: {},
        account: Account = CURRENT,
    ) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.records: list[Any] = []
        self.handed = 0
        reading = (read_of(read) if isinstance(read, str) else read)(account, part or Part())
        try:
            step = next(reading)
            while True:
                assert len(self.asked) < 500, "there is no end"
                if isinstance(step, Some):
                    self.handed += 1
                    self.records += step.records
                    step = next(reading)
                    continue
                _READS.template(step)
                assert "POST" == step.method
                self.asked.append((step.path, form(step)))
                told = answer(*self.asked[-1])
                step = reading.throw(told) if isinstance(told, VendorError) else reading.send(Answer(told, None))
        except StopIteration as end:
            self.taken: Taken = end.value
            self.records += self.taken.records

    @property
    def paths(self) -> list[str]:
        return [path for path, _ in self.asked]
