"""The session of one connection: opened once, kept across restarts, renewed, and opened again when it is over.

Every question first waits until the session is ready. Whatever has to be done for that is done by one task for all who
wait: a session that ends under many questions is opened again once. Logins are rare by rule, because vendors lock out
who logs in often: two are at least ``login_gap`` apart, whoever asks and however often the process starts. The one
exception is a session that the vendor ends soon after it was opened: it is opened again once.
"""

from __future__ import annotations

import asyncio
import copy
import secrets
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, Protocol

import structlog
from msgspec.structs import replace

from syncd.ask import Answer, Question
from syncd.clock import Clock
from syncd.errors import Malformed, RateLimited, SessionOver, Unauthorized, Unavailable, VendorError
from syncd.http.session_file import SessionFile, Stored, fingerprint
from syncd.vendors.base import Sessions

CLOSING_S: Final = 5.0
"""A login that is under way when the client closes may still end: otherwise its session is lost, but the gap counts."""
LONGEST_TOKEN: Final = 4096
RENEW_AGAIN: Final = timedelta(minutes=15)

_OTHERS = (
    "Does something else log in with this account? Then each ends the other's session: give syncd its own login or key."
)
_RARE = "The vendor locks accounts that log in often, so syncd waits in between. An API key needs no login."

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Departure:
    """Told right before a question leaves, and if it then turns out that the vendor cannot have seen it."""

    leaving: Callable[[], Awaitable[None]]
    never_left: Callable[[], Awaitable[None]]


class Converse(Protocol):
    """Sends one question of the session's own, once, at the connection's pace."""

    async def __call__(self, question: Question, token: str | None, departure: Departure | None = None) -> Answer:
        """The answer to *question*, signed with *token*. Raises VendorError."""


class LoginTooSoon(Unavailable):
    """The last login was a moment ago: nothing was asked, and trying again at once would change nothing."""


class SessionKeeper:
    """Has a token for every question in ``token``; None while there is none. Belongs to one event loop.

    *learned* is told every token before it is used, so that it appears nowhere. Without *state_dir* sessions last as
    long as the process.
    """

    def __init__(
        self,
        sessions: Sessions,
        credentials: Mapping[str, str],
        *,
        name: str,
        base_url: str,
        state_dir: Path | None,
        clock: Clock,
        learned: Callable[[str], None],
    ) -> None:
        self.token: str | None = None
        self._sessions = sessions
        self._gap_s = sessions.login_gap.total_seconds()
        self._login = sessions.login(credentials)
        self._name = name
        self._base_url = base_url
        self._state_dir = state_dir
        self._file = None if state_dir is None else SessionFile(state_dir, name)
        self._clock = clock
        self._learned = learned
        self._known: Stored | None = None
        self._fingerprints: dict[tuple[Question, str], str] = {}
        self._over: set[str] = set()
        self._renew_at: datetime | None = None
        self._refused: Unauthorized | None = None
        self._left_at = float("-inf")
        self._work: asyncio.Task[VendorError | None] | None = None

    def use(self, credentials: Mapping[str, str]) -> None:
        """Log in with other credentials from now on: the session of the former ones is not theirs."""
        login = self._sessions.login(credentials)
        if login != self._login:
            self._login = login
            self.token, self._refused = None, None

    def over(self, token: str | None) -> None:
        """The vendor does not know *token* any more."""
        if token is not None:
            self._over.add(token)
        if token == self.token:
            self.token = None

    async def ready(self, converse: Converse) -> None:
        """Return when there is a token that is believed to work. Raises VendorError."""
        while not self._is_fresh():
            if self._work is None or self._work.done():
                self._work = asyncio.create_task(self._prepare(converse), name="session")
            # Whoever gives up waiting does not take the login away from the others.
            error = await asyncio.shield(self._work)
            if error is not None:
                raise copy.copy(error)

    async def aclose(self) -> None:
        """End what is under way, soon."""
        if self._work is not None and not self._work.done():
            await asyncio.wait([self._work], timeout=CLOSING_S)
            self._work.cancel()
            await asyncio.wait([self._work])

    def _is_fresh(self) -> bool:
        if self.token is None or self._renew_at is None:
            return False
        # A clock that is set back must not put the renewal off for as long.
        return self._renew_at - self._sessions.renew_after <= self._clock.now() < self._renew_at

    # --- one at a time -----------------------------------------------------------------------------------------------
    async def _prepare(self, converse: Converse) -> VendorError | None:
        """Find, renew or open a session; the error if that failed, for all who wait."""
        try:
            async with AsyncExitStack() as stack:
                if self._file is not None:
                    try:
                        await stack.enter_async_context(self._file.locked(self._clock))
                    except OSError as error:
                        self._lose_file(error)
                # Whoever had the lock before may have left a new session.
                await self._find_or_open(converse, await self._load() or self._known)
        except VendorError as error:
            return error
        return None

    async def _find_or_open(self, converse: Converse, stored: Stored | None) -> None:
        # Other credentials may come while this goes on; what is found for these is not theirs.
        login = self._login
        ours = stored if stored is not None and await self._is_of(login, stored) else None
        if ours is not None and ours.token is not None and ours.token not in self._over:
            self._adopt(ours, ours.token, login)
            if self._is_fresh() or await self._renewed(converse, ours):
                return
        opened, token = await self._logged_in(converse, login, stored, ours)
        self._adopt(opened, token, login)

    def _adopt(self, stored: Stored, token: str, login: Question) -> None:
        """Use a session, unless another login is wanted by now."""
        self._learned(token)
        self._known = stored
        if login is not self._login:
            return
        self.token = token
        self._renew_at = (stored.renewed_at or self._clock.now()) + self._sessions.renew_after

    async def _renewed(self, converse: Converse, stored: Stored) -> bool:
        """Whether the session goes on; a renewal that fails for other reasons than its end is tried again later."""
        try:
            await converse(self._sessions.renew, stored.token)
        except SessionOver:
            self.over(stored.token)
            return False
        except Unauthorized:
            raise
        except VendorError as error:
            self._renew_at = self._clock.now() + RENEW_AGAIN
            log.warning(
                "session not renewed, tried again later",
                action="session_not_renewed",
                connection=self._name,
                reason=error.message,
            )
            return True
        now = self._clock.now()
        await self._save(replace(stored, renewed_at=now))
        self._renew_at = now + self._sessions.renew_after
        log.info("session renewed", action="session_renewed", connection=self._name)
        return True

    # --- logging in --------------------------------------------------------------------------------------------------
    async def _logged_in(
        self, converse: Converse, login: Question, stored: Stored | None, ours: Stored | None
    ) -> tuple[Stored, str]:
        """A new session, already on record, and its token; *stored* is what is known, *ours* if it is of this login."""
        if self._refused is not None and login is self._login:
            # The same login would be refused again, and each try counts: a person must act first.
            raise self._refused
        early = self._check_gap(stored, ours)
        salt = secrets.token_hex(16) if ours is None else ours.salt
        tried = Stored(salt=salt, fingerprint=await self._fingerprint(login, salt), early=early)
        before_at = self._left_at

        async def leaving() -> None:
            nonlocal tried
            tried = replace(tried, tried_at=self._clock.now())
            self._left_at = self._clock.monotonic()
            await self._save(tried)

        async def never_left() -> None:
            nonlocal tried
            tried = replace(tried, tried_at=None if stored is None else stored.tried_at)
            self._left_at = before_at
            await self._save(tried)

        try:
            answer = await converse(login, None, Departure(leaving, never_left))
        except RateLimited as error:
            wait_s = error.retry_after_s or 0.0
            if wait_s >= self._gap_s:
                raise LoginTooSoon(f"{error.message} {self._not_before(wait_s)}", remedy=error.remedy) from None
            # Turned away at the door: nobody looked at the login.
            await never_left()
            raise
        except Unauthorized as error:
            await self._save(replace(tried, refused=error.message, remedy=error.remedy))
            refused = Unauthorized(error.message, remedy=error.remedy, code=error.code)
            if login is self._login:
                self._refused = refused
            raise refused from None
        except Unavailable as error:
            if self._left_at == before_at:
                raise
            raise LoginTooSoon(f"{error.message} {self._not_before(self._gap_s)}", remedy=error.remedy) from None
        token = self._token(answer)
        now = self._clock.now()
        opened = replace(tried, token=token, opened_at=now, renewed_at=now)
        await self._save(opened)
        log.info("logged in", action="logged_in", connection=self._name)
        return opened, token

    def _token(self, answer: Answer) -> str:
        token = self._sessions.opened(answer.value)
        if token is None:
            raise Malformed("The login was answered without a session.")
        # It will stand in headers and forms.
        if not (0 < len(token) <= LONGEST_TOKEN and token.isascii() and token.isprintable()):
            raise Malformed("The login was answered with something that can be no session.")
        return token

    def _check_gap(self, stored: Stored | None, ours: Stored | None) -> bool:
        """Whether the last login, of this process or another, was less than the gap ago; raises unless it may be."""
        since_s = self._clock.monotonic() - self._left_at
        if stored is not None and stored.tried_at is not None:
            ago_s = (self._clock.now() - stored.tried_at).total_seconds()
            # A login in the future says only that the clock was set back.
            since_s = min(since_s, ago_s) if ago_s >= 0.0 else since_s
        wait_s = self._gap_s - since_s
        if wait_s <= 0.0:
            return False
        if ours is not None and ours.token in self._over and not ours.early:
            return True
        if ours is not None and ours.refused is not None:
            raise Unauthorized(f"{ours.refused} {self._not_before(wait_s)}", remedy=ours.remedy)
        said = f"There is no session, and the last login was {since_s:.0f} seconds ago."
        ended = ours is not None and ours.token is not None
        raise LoginTooSoon(f"{said} {self._not_before(wait_s)}", remedy=_OTHERS if ended else _RARE)

    def _not_before(self, wait_s: float) -> str:
        return f"The next login is not before {self._clock.now() + timedelta(seconds=wait_s):%H:%M:%S} UTC."

    # --- the file ----------------------------------------------------------------------------------------------------
    async def _load(self) -> Stored | None:
        return None if self._file is None else await asyncio.to_thread(self._file.load)

    async def _save(self, stored: Stored) -> None:
        self._known = stored
        if self._file is not None:
            try:
                await asyncio.to_thread(self._file.save, stored)
            except OSError as error:
                self._lose_file(error)

    def _lose_file(self, error: OSError) -> None:
        self._file = None
        log.warning(
            "the session cannot be kept: every start will log in, which the vendor may punish; "
            "let the user syncd runs as write in this folder, or set state_dir",
            action="session_not_kept",
            connection=self._name,
            folder=str(self._state_dir),
            reason=error.strerror or type(error).__name__,
        )

    async def _is_of(self, login: Question, stored: Stored) -> bool:
        try:
            return stored.fingerprint == await self._fingerprint(login, stored.salt)
        except ValueError:
            return False

    async def _fingerprint(self, login: Question, salt: str) -> str:
        if (login, salt) not in self._fingerprints:
            found = await asyncio.to_thread(fingerprint, self._base_url, login, salt)
            self._fingerprints[login, salt] = found
        return self._fingerprints[login, salt]
