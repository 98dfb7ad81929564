"""The fault switchboard: which request meets which fault, and what happens to the account between two requests."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from random import Random
from typing import Any

from syncd.standin import faults
from syncd.standin.churn import Churn
from syncd.standin.faults import Fault, Record

Between = Callable[[Any], object]

# Faults that end an attempt or spoil an answer in a way a client can notice. A storm draws from these.
STORMY: tuple[tuple[str, dict[str, Any]], ...] = (
    ("status", {"status": 429, "retry_after": 1}), ("status", {"status": 408}), ("status", {"status": 500}),
    ("status", {"status": 502}),
    ("status", {"status": 503}), ("status", {"status": 504}), ("html", {}), ("empty", {}), ("no_content", {}),
    ("wrong_kind", {}),
    ("unsuccessful", {}), ("cut_body", {}), ("cut_body", {"at": 0}), ("cut_chunked", {}), ("close_delimited", {}),
    ("reset", {}),
    ("drop", {}), ("duplicate", {}), ("nan", {}), ("surrogate", {}), ("delay", {"seconds": 0.02, "jitter": 0.05}),
)  # fmt: skip


@dataclass(slots=True)
class Rule:
    """When a fault strikes. `nth` counts from 1 the requests that match `path`, since the rule was made."""

    fault: Fault
    path: str | None = None
    nth: int | Collection[int] | None = None
    every: int | None = None
    probability: float | None = None
    times: int | None = None
    seen: int = 0
    struck: int = 0

    def strikes(self, path: str, chance: Random) -> bool:
        """Counts a request; True if it is to meet the fault."""
        if self.path is not None and not fnmatchcase(path, self.path):
            return False
        self.seen += 1
        strikes = (self.times is None or self.struck < self.times) and self._is_its_turn(chance)
        self.struck += strikes
        return strikes

    def _is_its_turn(self, chance: Random) -> bool:
        if self.nth is not None:
            return self.seen in ((self.nth,) if isinstance(self.nth, int) else self.nth)
        if self.every is not None:
            return self.seen % self.every == 0
        return self.probability is None or chance.random() < self.probability


class Switchboard:
    """Rules in force, by order of making; a request may meet several of them."""

    def __init__(
        self, seed: int = 0, *, stormy: Iterable[tuple[str, dict[str, Any]]] = STORMY,
        churn: Callable[[float, int], Between] = Churn,
    ) -> None:  # fmt: skip
        """The same seed and the same requests meet the same faults.

        `stormy` are the vendor's faults that a client can notice, `churn` makes its life of a rate and a seed.
        """
        self.chance = Random(seed)
        self.stormy = tuple(stormy)
        self._churn = churn
        self.rules: list[Rule] = []
        self._between: list[Between] = []
        self._has_served = False

    def fail(  # one rule has these six facts, and all are optional
        self, kind: str | Fault, *, nth: int | Collection[int] | None = None, every: int | None = None,
        probability: float | None = None,
        path: str | None = None, times: int | None = None, **options: object,
    ) -> Rule:  # fmt: skip
        """Makes requests meet a fault, named by its kind in `faults.KINDS` with that kind's options.

        `path` is a pattern for the path below the base (`/cases`, `/case/*`). Without nth, every and probability
        each request meets it, at most `times` often.
        """
        fault = kind if isinstance(kind, Fault) else faults.KINDS[kind](**options)
        rule = Rule(fault, path, nth, every, probability, times)
        self.rules.append(rule)
        return rule

    def mutate(self, change: Callable[[Record], Record], *, path: str | None = None) -> Rule:
        """Passes every record served through `change`."""
        return self.fail(faults.mutate(change), path=path)

    def delay(self, seconds: float, jitter: float = 0.0, *, path: str | None = None) -> Rule:
        """Slows every answer."""
        return self.fail(faults.delay(seconds, jitter), path=path)

    def storm(self, probability: float = 0.1, kinds: Iterable[tuple[str, dict[str, Any]]] | None = None) -> None:
        """Faults of all kinds, each as likely as the others, on so large a part of the requests together."""
        kinds = self.stormy if kinds is None else tuple(kinds)
        for kind, options in kinds:
            self.fail(kind, probability=probability / len(kinds), **options)

    def between(self, change: Between) -> None:
        """Calls `change` with the account's content between any two requests."""
        self._between.append(change)

    def churn(self, rate: float = 1.0, seed: int = 0) -> None:
        """Lets rows change, appear and vanish between any two requests, on average `rate` of them."""
        self.between(self._churn(rate, seed))

    def remove(self, rule: Rule) -> None:
        """Ends one rule."""
        self.rules.remove(rule)

    def clear(self) -> None:
        """Ends all faults and all changes between requests."""
        self.rules.clear()
        self._between.clear()

    def request_comes(self, content: object) -> None:
        """For the server: lets time pass between the request before and this one."""
        if self._has_served:
            for change in self._between:
                change(content)
        self._has_served = True

    def draw(self, path: str) -> list[Fault]:
        """For the server: the faults that this request meets."""
        return [rule.fault for rule in self.rules if rule.strikes(path, self.chance)]
