"""How often something changes at a vendor while somebody reads; what it is says the vendor's own ``Churn``."""

from random import Random
from typing import Generic, TypeVar

C = TypeVar("C")


class Turns(Generic[C]):
    """Call it between requests: on average `rate` changes each time. `switch.between(Churn(0.5))`."""

    def __init__(self, rate: float = 1.0, seed: int = 0) -> None:
        """The same seed gives the same changes to the same content."""
        self.rate = rate
        self._chance = Random(seed)
        self.changes = 0

    def __call__(self, content: C) -> None:
        """Makes this time's changes."""
        for _ in range(int(self.rate) + (self._chance.random() < self.rate % 1)):
            self._change(content)
            self.changes += 1

    def _change(self, content: C) -> None:
        raise NotImplementedError
