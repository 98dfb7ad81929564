"""Logins, their hashes and how these end."""

import re
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from syncd.standin.itrack.refusals import CodeError
from syncd.standin.itrack.settings import Settings

_HASH = re.compile(r"[0-9a-f]{32}")
FORGIVEN_AFTER = timedelta(minutes=5)
AN_HOUR = timedelta(hours=1)


@dataclass(slots=True)
class Session:
    """What a hash opens. An API key is one without end."""

    hash: str
    used_at: datetime
    is_key: bool = False
    is_half: bool = False  # the second factor is still to come


class Sessions:
    """Everybody who is logged in."""

    def __init__(self, settings: Settings, now: Callable[[], datetime], seed: int) -> None:
        """`now` is the server's clock."""
        self._settings = settings
        self._now = now
        self._chance = Random(f"sessions {seed}")
        self._open: dict[str, Session] = {}
        self._logins: deque[datetime] = deque()
        self._failures: deque[datetime] = deque()
        self.logins = 0  # successful ones
        self.login_calls = 0
        self.renewals = 0

    def login(self, login: str, password: str, dealer_id: int | None) -> dict[str, Any]:
        """The reply of `user/auth`; CodeError as the vendor refuses it."""
        self.login_calls += 1
        now, settings = self._now(), self._settings
        _forget(self._failures, now - FORGIVEN_AFTER)
        _forget(self._logins, now - AN_HOUR)
        if settings.login_refused is not None:
            raise CodeError(settings.login_refused)
        if len(self._failures) >= settings.attempts:
            raise CodeError(105)
        wrong_dealer = dealer_id is not None and dealer_id != settings.dealer_id
        if login != settings.login or password != settings.password or wrong_dealer:
            self._failures.append(now)
            raise CodeError(102)
        if settings.dealer_blocked or settings.user_blocked:
            raise CodeError(11 if settings.dealer_blocked else 275)
        if settings.logins_an_hour is not None and len(self._logins) >= settings.logins_an_hour:
            raise CodeError(104)
        self._logins.append(now)
        self.logins += 1
        session = Session(f"{self._chance.getrandbits(128):032x}", now, is_half=settings.second_factor)
        self._open[session.hash] = session
        kind = "second_factor_required" if session.is_half else "authenticated"
        return {"hash": session.hash} | ({"type": kind} if settings.is_current else {})

    def check(self, given: str | None) -> Session:
        """The session of a hash; CodeError 3, 4, 11, 275 or 276."""
        if given is None or not _HASH.fullmatch(given):
            raise CodeError(3)
        session = self._found(given)
        if session is None:
            raise CodeError(4)
        if self._settings.dealer_blocked or self._settings.user_blocked:
            raise CodeError(11 if self._settings.dealer_blocked else 275)
        if session.is_half:
            raise CodeError(276)
        session.used_at = self._now()
        return session

    def renew(self, session: Session) -> None:
        """`user/session/renew`."""
        if session.is_key:
            raise CodeError(276)
        self.renewals += 1

    def logout(self, session: Session) -> None:
        """`user/logout`."""
        if session.is_key:
            raise CodeError(276)
        del self._open[session.hash]

    def expire(self) -> int:
        """Ends all sessions, as a change of password does; returns how many. API keys live on."""
        number = len(self._open)
        self._open.clear()
        return number

    def _found(self, given: str) -> Session | None:
        if given == self._settings.api_key:
            return None if self._settings.key_revoked else Session(given, self._now(), is_key=True)
        session = self._open.get(given)
        if session is not None and self._now() - session.used_at > self._settings.session_life:
            del self._open[given]
            return None
        return session


def _forget(times: deque[datetime], before: datetime) -> None:
    while times and times[0] <= before:
        times.popleft()
