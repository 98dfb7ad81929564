"""What an entry of the list says."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Guard:
    """One line of the program that keeps a promise, how it is broken, and who must notice.

    ``guard`` stands exactly once in ``file``. ``broken`` is put in its place: Python that still starts, so that it is
    the promise that fails and not the program. Each of ``tests`` carries the fault's id in its name and must fail then.
    """

    fault: str
    promise: str
    file: str
    guard: str
    broken: str
    tests: tuple[str, ...]
