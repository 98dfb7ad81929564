"""Answers that several collections of one cycle use: each is asked for once, however long the cycle takes.

They wait in memory until the others have read them, packed and within a bound: what does not fit is asked again.
"""

from __future__ import annotations

import pickle
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from syncd.ask import Answer, Ask, Question

KEPT_S = 120.0
"""How long an answer is kept after the walk that it belongs to was last at work."""
MOST = 32 * 2**20
"""Bytes that all answers together may take."""


@dataclass(slots=True)
class _Kept:
    """An answer whose value is ``packed``, which collection asked for it, and which have had it."""

    answer: Answer
    packed: bytes
    by: str
    users: set[str] = field(default_factory=set)


class Sharing:
    """The shared answers of one connection.

    An answer serves every collection once: whoever asks the same again is in its next cycle. It grows old from the
    moment on when the run that asked for it, or others that read its answers, have stopped asking; while a walk of
    hours is at work, its first answer is as good as its last. ``monotonic`` is a clock in seconds.
    """

    def __init__(self, monotonic: Callable[[], float], most: int = MOST) -> None:
        self._monotonic = monotonic
        self._most = most
        self._kept: dict[Question, _Kept] = {}
        self._at_work: dict[str, float] = {}
        self._size = 0

    def begin(self, user: str) -> None:
        """A run of the collection *user* begins: what it asked for before, and what has grown old, is let go."""
        for question, kept in list(self._kept.items()):
            if kept.by == user or self._is_old(kept):
                self._drop(question)

    async def answer(self, question: Question, ask: Ask, user: str) -> Answer:
        """The answer for *user*, asked for with *ask* unless it is here."""
        kept = self._kept.get(question)
        if kept is None or user in kept.users or self._is_old(kept):
            found = await ask(question)
            self._keep(question, found, user)
            return replace(found, size=0)
        self._at_work[kept.by] = self._monotonic()
        kept.users.add(user)
        return replace(kept.answer, value=pickle.loads(zlib.decompress(kept.packed)), size=0)  # noqa: S301 (our own)

    def _keep(self, question: Question, answer: Answer, user: str) -> None:
        self._drop(question)
        self._at_work[user] = self._monotonic()
        packed = zlib.compress(pickle.dumps(answer.value), 1)
        if self._size + len(packed) <= self._most:
            self._kept[question] = _Kept(replace(answer, value=None), packed, user, {user})
            self._size += len(packed)

    def _drop(self, question: Question) -> None:
        kept = self._kept.pop(question, None)
        self._size -= len(kept.packed) if kept else 0

    def _is_old(self, kept: _Kept) -> bool:
        return self._monotonic() - self._at_work[kept.by] > KEPT_S
