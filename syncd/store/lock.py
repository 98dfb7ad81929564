"""One process per connection: a file lock beside the SQLite file, session advisory locks on PostgreSQL."""

from __future__ import annotations

import fcntl
import os
import select
import zlib
from collections.abc import Sequence
from typing import Any, Protocol

from syncd.errors import StoreBroken
from syncd.store.engine import Database

# "sync" in bytes: the first of the two numbers of an advisory lock, so that ours meet nobody else's.
_CLASS = 0x73796E63
_REMEDY = "Stop it first, or leave the work to it."


class Lock(Protocol):
    """Held from when it is taken until ``release``. ``held`` are the connections, ``refused`` maps others to holders."""

    held: tuple[str, ...]
    refused: dict[str, str]

    def alive(self) -> bool:
        """Whether it is certainly still ours."""

    def keep(self) -> None:
        """Take it again if it was lost; StoreBroken if somebody else has it. Asked before every commit."""

    def release(self) -> None:
        """Let go."""


def take_lock(db: Database, connections: Sequence[str], holder: str) -> Lock:
    """The lock of *connections* on *db*; StoreBroken names who has it if none is free."""
    if db.is_sqlite:
        return FileLock(db, connections, holder)
    raise NotImplementedError


class FileLock:
    """``flock`` on a file beside the database. It ends with the process, however that ends."""

    def __init__(self, db: Database, connections: Sequence[str], holder: str) -> None:
        self.held = tuple(connections)
        self.refused: dict[str, str] = {}
        self._db = db
        self._path = db.path.with_name(f"{db.path.name}.lock")
        self._holder = holder
        self._file = self._take()

    def _take(self) -> int:
        try:
            file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise StoreBroken(
                f"The lock file {self._path} cannot be made: {error.strerror}.", remedy="Check the folder's rights."
            ) from None
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            other = os.pread(file, 200, 0).decode(errors="replace").strip() or "an unknown process"
            os.close(file)
            raise StoreBroken(f"{self._db.address} is in use by {other}.", remedy=_REMEDY) from None
        os.ftruncate(file, 0)
        os.pwrite(file, f"{self._holder} (process {os.getpid()})\n".encode(), 0)
        return file

    def alive(self) -> bool:
        """Whether the file we locked is still the one that others would lock."""
        try:
            there, ours = os.stat(self._path), os.fstat(self._file)  # noqa: PTH116 - the pair of fstat
        except OSError:
            return False
        return (there.st_dev, there.st_ino) == (ours.st_dev, ours.st_ino)

    def keep(self) -> None:
        """Somebody may have tidied the file away: then it is made anew, unless another process was quicker."""
        if not self.alive():
            self.release()
            self._file = self._take()

    def release(self) -> None:
        """Let go. The file stays: removing it would let two processes lock two files of one name."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1
