"""A copy of the project in which guards are broken one at a time, and tests are run to see whether they notice."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.guards.guard import Guard
from tests.proving import ROOT, environment

INTERRUPTED_S = 10.0
OF_THE_PROGRAM_ITSELF = ("ImportError", "IndentationError", "ModuleNotFoundError", "NameError", "SyntaxError")
"""What a break raises that is no break of a promise but of the program."""


class CannotTellError(Exception):
    """Whether a guard is noticed cannot be told; the message says why."""


@dataclass(frozen=True, slots=True)
class Note:
    """What became of one part (``setup``, ``call``, ``teardown``) of one test, and the first words of why."""

    test: str
    part: str
    outcome: str
    why: str

    def is_of(self, named: str) -> bool:
        """Whether this is the test that is *named*, or one of its cases if it has some and none is named."""
        return self.test == named or self.test.startswith(f"{named}[")


@dataclass(frozen=True, slots=True)
class Run:
    """One run of tests; ``code`` is None if it was not over in time."""

    code: int | None
    notes: tuple[Note, ...]
    seconds: float
    said: str

    def passed(self, named: str) -> bool:
        """Whether the test passed, all its cases and all their parts."""
        notes = [note for note in self.notes if note.is_of(named)]
        return "call" in {note.part for note in notes} and {"passed"} == {note.outcome for note in notes}

    def objection(self, named: str) -> str | None:
        """What the test had to say against it, if it failed as a test fails; of several cases the first that did."""
        for note in self.notes:
            if note.is_of(named) and (note.part, note.outcome) == ("call", "failed"):
                return note.why
        return None

    def unnoticed(self, guard: Guard) -> str | None:
        """Why this run with *guard* broken is no proof that it would be noticed; None if it is one."""
        if self.code is None:
            return f"not over within {self.seconds:.0f} s"
        if self.code == 0:
            return "all tests pass"
        if self.code != 1:
            return f"pytest ended with {self.code}: {self.said[-2000:]}"
        for named in guard.tests:
            why = self.objection(named)
            if why is None:
                return f"{named} does not fail"
            if why.startswith(OF_THE_PROGRAM_ITSELF):
                return f"{named} fails because the program is broken, not its promise: {why}"
        return None


@dataclass(frozen=True, slots=True)
class Copy:
    """The project in a folder of its own; *postgres* is the URL of a server that all its tests share."""

    folder: Path
    postgres: str

    @classmethod
    def made(cls, folder: Path, postgres: str) -> Copy:
        """A copy in *folder* of every file that git has or would take, as it stands here."""
        copy = cls(folder, postgres)
        asked = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        listed = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=True).stdout
        for name in filter(None, listed.split("\0")):
            if (ROOT / name).is_file():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, folder / name)
        copy._check_origin()
        return copy

    def _check_origin(self) -> None:
        """The environment has the project installed too: what is started must not come from there."""
        code = "import syncd, tests.kit; print(syncd.__file__, tests.kit.__file__, sep='\\n')"
        command = [sys.executable, "-c", code]
        done = subprocess.run(
            command, cwd=self.folder.parent, env=self._environment(), capture_output=True, text=True, check=False
        )
        lines = done.stdout.splitlines()
        if len(lines) != 2 or not all(Path(line).is_relative_to(self.folder) for line in lines):
            raise CannotTellError(f"what is started does not run from the copy: {done.stdout}{done.stderr}")

    def _environment(self) -> dict[str, str]:
        kept = environment()
        # With bytecode beside it, the program starts many times quicker.
        kept.pop("PYTHONDONTWRITEBYTECODE", None)
        # The same few examples wherever this is run.
        kept |= {"HYPOTHESIS_PROFILE": "dev", "SYNCD_TEST_POSTGRES_URL": self.postgres}
        return {**kept, "PYTHONPATH": str(self.folder)}

    @contextlib.contextmanager
    def broken(self, guard: Guard) -> Iterator[None]:
        """*guard* broken, and mended afterwards."""
        file = self.folder / guard.file
        whole = file.read_text()
        if 1 != whole.count(guard.guard):
            raise CannotTellError(f"{guard.file} has {whole.count(guard.guard)} times what guards {guard.fault}")
        self._write(file, whole.replace(guard.guard, guard.broken))
        try:
            yield
        finally:
            self._write(file, whole)

    @staticmethod
    def _write(file: Path, text: str) -> None:
        # Bytecode is compared by size and second: a file changed twice in a second could be taken for what it was.
        if file.suffix == ".py":
            Path(importlib.util.cache_from_source(str(file))).unlink(missing_ok=True)
        file.write_text(text)

    def run(self, tests: Sequence[str], most_s: float) -> Run:
        """Run *tests* here, for no longer than so many seconds."""
        noted = self.folder.parent / "noted"
        noted.unlink(missing_ok=True)
        noted.touch()
        began = time.perf_counter()
        process = subprocess.Popen(
            [
                sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist",
                "-p", "tests.guards.noted", f"--noted={noted}", "--hypothesis-seed=1", *tests,
            ],
            cwd=self.folder,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )  # fmt: skip
        try:
            said, _ = process.communicate(timeout=most_s)
            code: int | None = process.returncode
        except subprocess.TimeoutExpired:
            said, code = _ended(process), None
        notes = tuple(Note(**json.loads(line)) for line in noted.read_text().splitlines())
        return Run(code, notes, time.perf_counter() - began, said)


def _ended(process: subprocess.Popen[str]) -> str:
    """End a run and all it started: asked first, so that tests can end what runs in groups of its own."""
    os.killpg(process.pid, signal.SIGINT)
    try:
        said, _ = process.communicate(timeout=INTERRUPTED_S)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        said, _ = process.communicate()
    return said
