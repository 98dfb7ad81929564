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
    """Kept until ``release``. ``held`` are the connections it is of, ``refused`` maps others to their holders."""

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
    return SessionLock(db, connections, holder)


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


class SessionLock:
    """Advisory locks of a session of their own: they end with it, so that a killed process leaves none behind."""

    def __init__(self, db: Database, connections: Sequence[str], holder: str) -> None:
        self.held: tuple[str, ...] = ()
        self.refused: dict[str, str] = {}
        self._db = db
        self._wanted = tuple(connections)
        self._holder = holder
        self._session: Any = None
        self._take()

    def _take(self) -> None:
        self._session = self._db.direct_session(f"syncd: {self._holder}")
        with self._db.explained():
            process = self._session.execute("SELECT pg_backend_pid()").fetchone()[0]
            free = [name for name in self._wanted if self._try(name)]
            self.refused = {name: self._holder_of(name) for name in self._wanted if name not in free}
            # A pooler that shares sessions between transactions would have given the lock to whoever comes next.
            ours = self._session.execute(
                "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = %s AND pid = %s AND granted",
                (_CLASS, process),
            ).fetchone()[0]
            again = self._session.execute("SELECT pg_backend_pid()").fetchone()[0]
        if again != process or ours != len(free):
            self.release()
            raise StoreBroken(
                f"The {self._db.address} is behind a pooler that shares sessions, where locks do not hold.",
                remedy="Connect to the server itself, or pool by session.",
            )
        if self._wanted and not free:
            self.release()
            holders = ", ".join(sorted(set(self.refused.values())))
            raise StoreBroken(f"The {self._db.address} is in use by {holders}.", remedy=_REMEDY)
        self.held = tuple(free)

    def _try(self, connection: str) -> bool:
        return bool(
            self._session.execute("SELECT pg_try_advisory_lock(%s, %s)", (_CLASS, _number(connection))).fetchone()[0]
        )

    def _holder_of(self, connection: str) -> str:
        row = self._session.execute(
            "SELECT application_name, coalesce(host(client_addr), 'this machine'), backend_start"
            " FROM pg_locks JOIN pg_stat_activity USING (pid)"
            " WHERE locktype = 'advisory' AND granted AND classid = %s AND objid = %s::bigint::oid"
            " AND pg_locks.database = (SELECT oid FROM pg_database WHERE datname = current_database())",
            (_CLASS, _number(connection) & 0xFFFFFFFF),
        ).fetchone()
        if row is None:
            return "another process"
        return f"{row[0].removeprefix('syncd: ')} from {row[1]} since {row[2]:%Y-%m-%d %H:%M} UTC"

    def alive(self) -> bool:
        """Whether the session still stands. Its socket tells: a server that ends a session says so and hangs up."""
        if self._session is None or self._session.closed:
            return False
        connection = self._session.pgconn
        if not select.select([connection.socket], [], [], 0)[0]:
            return True
        try:
            connection.consume_input()
        except self._db.driver_errors:
            return False
        return not select.select([connection.socket], [], [], 0)[0] and not self._session.broken

    def keep(self) -> None:
        """Lock again in a new session if the old one was cut, unless another process was quicker."""
        if self.alive():
            return
        had = set(self.held)
        self.release()
        self._take()
        if lost := sorted(had - set(self.held)):
            self.release()
            holders = ", ".join(sorted({self.refused[name] for name in lost}))
            raise StoreBroken(f"The lock of {', '.join(lost)} was lost and taken by {holders}.", remedy=_REMEDY)

    def release(self) -> None:
        """Let go, by ending the session."""
        if self._session is not None:
            self._session.close()
            self._session = None
        self.held = ()


def _number(connection: str) -> int:
    """The second number of a connection's lock, signed 32 bits."""
    number = zlib.crc32(connection.encode())
    return number - (1 << 32) if number >= 1 << 31 else number
