"""``python -m tests.guards``: breaks what keeps each promise about a fault, and sees its tests notice.

In a copy of the project every guard of the list is broken by itself; each test it names must fail then, by what it
asserts. Written to ``docs/guards.md``. Ends with 1 if one is not noticed. ``--only N5 V12 …`` breaks some.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import takewhile
from pathlib import Path

from tests.guards import GUARDS
from tests.guards.breaking import CannotTellError, Copy, Run
from tests.guards.guard import Guard
from tests.postgres import running_server
from tests.proving import ROOT

PAGE = ROOT / "docs" / "guards.md"
MOST_S = 120.0
UNBROKEN_MOST_S = 1800.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of breaking one guard: ``unnoticed`` says why it was not noticed, and is None if it was."""

    guard: Guard
    run: Run
    unnoticed: str | None

    def line(self, on: str) -> str:
        """Its line of the page's table, broken *on* a day."""
        noticed = ", ".join(f"`{test}`" for test in self.guard.tests) if self.unnoticed is None else "**no**"
        cells = (*_names(self.guard), changed(self.guard), noticed, f"{self.run.seconds:.0f}", on)
        return f"| {' | '.join(_cell(cell) for cell in cells)} |"

    def told(self) -> str:
        """For whoever waits: what was broken, and what the tests had to say."""
        said = self.unnoticed or next(filter(None, map(self.run.objection, self.guard.tests)), "")
        head = "noticed" if self.unnoticed is None else "UNNOTICED"
        # Tests may quote what no terminal takes, as half a surrogate.
        said = " ".join(said.split())[:200].encode(errors="backslashreplace").decode()
        return f"{head}  {self.guard.fault}: {self.guard.promise}  ({self.run.seconds:.0f} s: {said})"


def changed(guard: Guard) -> str:
    """What is broken and how, as one line: the lines that differ."""
    old, new = guard.guard.strip().splitlines(), guard.broken.strip().splitlines()
    head = len(_same(old, new))
    old, new = old[head:], new[head:]
    tail = len(_same(old[::-1], new[::-1]))
    old, new = old[: len(old) - tail], new[: len(new) - tail]
    return f"{_code(old)} → {_code(new)}" if any(new) else f"{_code(old)} taken out"


def _same(left: Sequence[str], right: Sequence[str]) -> list[tuple[str, str]]:
    return list(takewhile(lambda pair: pair[0] == pair[1], zip(left, right, strict=False)))


def _code(lines: Sequence[str]) -> str:
    text = " ".join(" ".join(lines).split()).replace("`", "'")
    return f"`{text}`" if text else "nothing"


def _names(guard: Guard) -> tuple[str, str, str]:
    return guard.fault, guard.promise, f"`{guard.file}`"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def page(verdicts: Sequence[Verdict], before: str) -> str:
    """The whole page in the order of the list: what is new, and of the others what *before* has."""
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    heads = [" | ".join(map(_cell, _names(guard))) for guard in GUARDS]
    lines = {head: line for line in before.splitlines() for head in heads if line.startswith(f"| {head} | ")}
    lines |= {" | ".join(map(_cell, _names(each.guard))): each.line(today) for each in verdicts}
    return "\n".join(
        [
            "# Guards",
            "",
            "Written by `make guards`, which breaks in a copy what keeps each promise, one at a time, and runs the",
            "tests that are named beside it: every one of them must fail then. Do not edit.",
            "",
            "| fault | what the guard keeps | where | broken how | noticed by | seconds | on |",
            "| --- | --- | --- | --- | --- | --- | --- |",
            *(lines[head] for head in heads if head in lines),
            "",
        ]
    )


def broken(copy: Copy, guards: Sequence[Guard], most_s: float) -> Iterator[Verdict]:
    """What comes of breaking each, after all their tests have passed with nothing broken."""
    tests = sorted({test for guard in guards for test in guard.tests})
    whole = copy.run(tests, UNBROKEN_MOST_S)
    if failing := [test for test in tests if not whole.passed(test)]:
        raise CannotTellError(f"with nothing broken these do not pass: {', '.join(failing)}\n{whole.said[-6000:]}")
    print(f"{len(tests)} tests pass with nothing broken ({whole.seconds:.0f} s)", flush=True)
    for guard in guards:
        with copy.broken(guard):
            run = copy.run(guard.tests, most_s)
        yield Verdict(guard, run, run.unnoticed(guard))


def main() -> int:
    """Break, print as it comes, write the page; 1 if one is not noticed, 2 if that cannot be told."""
    parser = argparse.ArgumentParser(prog="python -m tests.guards", description=__doc__)
    faults = list(dict.fromkeys(guard.fault for guard in GUARDS))
    parser.add_argument("--only", nargs="+", choices=faults, metavar="ID", help="these only; the page keeps the rest")
    parser.add_argument("--most", type=float, default=MOST_S, metavar="S", help="seconds the tests of one may take")
    chosen = parser.parse_args()
    guards = [guard for guard in GUARDS if not chosen.only or guard.fault in chosen.only]
    verdicts: list[Verdict] = []
    with tempfile.TemporaryDirectory(prefix="syncd-guards-") as scratch, running_server() as server:
        folder = Path(scratch, "copy")
        folder.mkdir()
        try:
            for verdict in broken(Copy.made(folder, server.address("postgres")), guards, chosen.most):
                verdicts.append(verdict)
                print(verdict.told(), flush=True)
        except CannotTellError as error:
            print(error, file=sys.stderr)
            return 2
    PAGE.write_text(page(verdicts, PAGE.read_text() if chosen.only and PAGE.exists() else ""))
    print(f"written: {PAGE.relative_to(ROOT)}")
    return 0 if all(verdict.unnoticed is None for verdict in verdicts) else 1


if __name__ == "__main__":
    sys.exit(main())
