"""What exists at a vendor but is not served yet, as a slow transaction or a device out of reach has it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(slots=True)
class _Late:
    show: Callable[[], object]
    at: datetime | None
    requests: int


class Waiting:
    """Rows and records that wait for a time, or for so many requests."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        """`now` is the vendor's clock."""
        self._now = now
        self._late: list[_Late] = []

    def add(self, show: Callable[[], object], seconds: float | None, requests: int | None) -> None:
        """Calls `show` so many seconds later, or behind so many requests."""
        at = None if seconds is None else self._now() + timedelta(seconds=seconds)
        self._late.append(_Late(show, at, requests or 0))

    def tick(self, requests: int) -> None:
        """Counts requests, and shows what is late and whose time has come."""
        for one in list(self._late):
            if one.at <= self._now() if one.at else one.requests <= 0:
                self._late.remove(one)
                one.show()
            else:
                one.requests -= requests
