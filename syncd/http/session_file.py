"""The file that keeps a session across restarts: mode 0600, written whole or not at all, locked while one logs in."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated, Final

import msgspec
import structlog

from syncd.ask import Question
from syncd.clock import Clock
from syncd.errors import Unavailable

FOLDER: Final = "sessions"
MOST_BYTES: Final = 65_536
LOCK_POLL_S: Final = 0.1
MOST_LOCKED_S: Final = 180.0
"""Longer than a login and its time-out take: whoever holds the lock beyond that hangs."""

Instant = Annotated[datetime, msgspec.Meta(tz=True)]

log = structlog.get_logger(__name__)


class Stored(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is known of a connection's session.

    ``salt`` and ``fingerprint`` tell for which login, password and address the rest holds, without telling them.
    ``tried_at`` is the last attempt to log in, with ``refused`` and ``remedy`` if the vendor refused it; ``early`` is
    True if that was less than the gap after the one before.
    """

    salt: str
    fingerprint: str
    token: str | None = None
    opened_at: Instant | None = None
    renewed_at: Instant | None = None
    tried_at: Instant | None = None
    refused: str | None = None
    remedy: str = ""
    early: bool = False

    def __repr__(self) -> str:
        return f"Stored(opened_at={self.opened_at}, renewed_at={self.renewed_at}, tried_at={self.tried_at})"


def fingerprint(base_url: str, login: Question, salt: str) -> str:
    """What distinguishes this login at this address from any other; slow, so that no password is guessed from it."""
    told = json.dumps([base_url, login.method, login.path, login.params]).encode()
    return hashlib.scrypt(told, salt=bytes.fromhex(salt), n=2**14, r=8, p=1, dklen=32).hex()


class SessionFile:
    """``STATE_DIR/sessions/NAME.json`` and the lock beside it. Methods raise OSError where the folder is unusable."""

    def __init__(self, state_dir: Path, name: str) -> None:
        self._folder = state_dir / FOLDER
        self._path = self._folder / f"{name}.json"
        self._lock = self._folder / f"{name}.lock"

    def load(self) -> Stored | None:
        """What the file says; None if it is absent, unreadable or no such file."""
        try:
            with self._path.open("rb") as file:
                return msgspec.json.decode(file.read(MOST_BYTES), type=Stored)
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            log.warning(
                "session file cannot be used",
                action="session_unreadable",
                file=str(self._path),
                reason=type(error).__name__,
            )
            return None

    def save(self, stored: Stored) -> None:
        """Put *stored* in the place of what was there."""
        new = self._path.with_suffix(".new")
        # One left behind may belong to somebody else, or be open to others.
        new.unlink(missing_ok=True)
        file = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        try:
            os.write(file, msgspec.json.encode(stored))
            os.fsync(file)
        finally:
            os.close(file)
        new.replace(self._path)

    async def forget(self, clock: Clock) -> None:
        """Remove the files, but not under the hands of somebody who logs in. Raises Unavailable as ``locked`` does."""
        if not self._folder.is_dir():
            return
        async with self.locked(clock):
            for file in (self._path, self._path.with_suffix(".new"), self._lock):
                file.unlink(missing_ok=True)

    @asynccontextmanager
    async def locked(self, clock: Clock) -> AsyncIterator[None]:
        """Nobody else logs in or renews meanwhile, in this process or another. Raises Unavailable after 3 minutes."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder.chmod(0o700)
        # The lock is a file of its own: the other one is replaced by each writing, and a lock would go with it.
        lock = os.open(self._lock, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        try:
            waited_s = 0.0
            while not _taken(lock):
                if waited_s >= MOST_LOCKED_S:
                    raise Unavailable(
                        f"Another syncd has been logging in for {waited_s:.0f} seconds.",
                        remedy=f"If none is running, delete {self._lock}.",
                    )
                await clock.sleep(LOCK_POLL_S)
                waited_s += LOCK_POLL_S
            yield
        finally:
            os.close(lock)


def _taken(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
