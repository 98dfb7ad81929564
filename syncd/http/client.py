"""The client of one connection: everything that is asked of a vendor goes through here, and only reads get out.

pace → sign → send → bounded read → decode → explain; errors come out as the classes of ``syncd.errors``. There is one
layer of retries and this is it.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from random import SystemRandom
from types import TracebackType
from typing import Self

import aiohttp
import structlog

from syncd.ask import NOT_JSON, Answer, Ask, Question, Reply
from syncd.clock import Clock, SystemClock
from syncd.errors import RateLimited, SessionOver, Unauthorized, Unavailable, VendorError
from syncd.http import retry, wire
from syncd.http.decode import decode
from syncd.http.identity import Identity
from syncd.http.options import MIB, ClientOptions, Meter
from syncd.http.pace import Pace, Turn
from syncd.http.paces import Paces
from syncd.http.reads import Reads
from syncd.http.redact import Redactor, one_line
from syncd.http.retry import RetryBudget
from syncd.http.sessions import Departure, LoginTooSoon, SessionKeeper
from syncd.http.spacing import Hosts
from syncd.http.unexplained import OK, unexplained
from syncd.lane import Lane
from syncd.vendors.base import Vendor

__all__ = ["MIB", "Client", "ClientOptions", "Meter"]

OUTCOME_OK = "ok"
_JITTER = SystemRandom()

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Asking:
    """One question on its way through its attempts; ``departure`` is of the session's own ones, which need none."""

    question: Question
    template: str
    lane: Lane
    meter: Meter
    attempts: int = 0
    spent_s: float = 0.0
    told_to_wait_s: float = 0.0
    refused_at: float | None = None
    refreshed: bool = False
    signed_with: Mapping[str, str] = field(default_factory=dict, repr=False)
    of_session: bool = False
    departure: Departure | None = None
    token: str | None = field(default=None, repr=False)
    session_was_over: bool = False


@dataclass(frozen=True, slots=True)
class _Received:
    """What came over the wire, not yet judged; header names are in lower case."""

    status: int
    headers: dict[str, str]
    body: bytearray
    framed: bool
    granted_at: float
    took_s: float


class Client:
    """Asks one vendor on behalf of one connection; use it as an async context manager.

    ``vendor_offset`` is the vendor's clock minus ours by the last Date header, ``notices`` the Deprecation and Sunset
    headers that came, by path template and header name. ``outcomes`` counts the answers that were taken ("ok"), and
    errors by their class, ``waited_s`` the seconds waited for turns. *hosts* has the limits that it shares with others.
    """

    def __init__(
        self,
        vendor: Vendor,
        options: ClientOptions,
        *,
        clock: Clock | None = None,
        random: Callable[[], float] = _JITTER.random,
        hosts: Hosts | None = None,
    ) -> None:
        self.vendor = vendor
        self.vendor_offset: timedelta | None = None
        self.notices: dict[tuple[str, str], str] = {}
        self.outcomes: Counter[str] = Counter()
        self.waited_s = 0.0
        self._options = options
        self._clock = clock or SystemClock()
        self._random = random
        self._base_url = wire.checked_base_url(options.base_url)
        self._timeout_s = options.timeout_s or vendor.timeout_s
        self._proxy = options.proxy or (wire.environment_proxy(self._base_url) if options.trust_env else None)
        self._reads = Reads(vendor.reads)
        self._exact = vendor.is_exact
        self._budget = RetryBudget()
        self._session: aiohttp.ClientSession | None = None
        self._paces: Paces | None = None
        self._hosts = hosts or Hosts()
        self._identity = Identity(vendor, options, self._base_url, self._proxy, self._clock)

    async def __aenter__(self) -> Self:
        self._paces = Paces(self.vendor, self._options, clock=self._clock, hosts=self._hosts, random=self._random)
        self._session = wire.open_session(
            parallel=self._paces.parallel,
            connect_s=self._options.connect_s or self.vendor.connect_s,
            timeout_s=self._timeout_s,
            ca_file=self._options.ca_file,
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._identity.keeper is not None:
            await self._identity.keeper.aclose()
        if self._paces is not None:
            await self._paces.aclose()
        if self._session is not None:
            await self._session.close()

    def pace_of(self, path: str) -> Pace:
        """The pace of the calls to *path*: its figures, and how many of them may be in flight; only while open."""
        if self._paces is None:
            raise RuntimeError("the client is not open")
        return self._paces.of(path)

    @property
    def paces(self) -> Mapping[str, Pace]:
        """The paces by class of calls, for their figures; only while open."""
        if self._paces is None:
            raise RuntimeError("the client is not open")
        return self._paces.by_class

    @property
    def redactor(self) -> Redactor:
        """Takes this connection's secrets out of any text."""
        return self._identity.redactor

    def asker(self, lane: Lane, meter: Meter) -> Ask:
        """The function a walk asks with: in *lane*, counted by *meter*."""
        return partial(self._ask, lane, meter)

    # --- one question, until it is answered or given up --------------------------------------------------------------
    async def _ask(self, lane: Lane, meter: Meter, question: Question) -> Answer:
        asking = _Asking(question, self._reads.template(question), lane, meter)
        while True:
            try:
                return await self._attempt(asking)
            except RateLimited as error:
                self._note_refusal(asking, error)
            except SessionOver as error:
                if not self._open_again(asking):
                    # To whoever asked it is one of many ways of being refused.
                    raise Unauthorized(error.message, remedy=error.remedy, code=error.code) from None
            except Unauthorized:
                if not self._refresh(asking):
                    raise
            except LoginTooSoon as error:
                raise Unavailable(error.message, remedy=error.remedy, code=error.code) from None
            except Unavailable as error:
                await self._wait_before_retry(asking, error)
            meter.retries += 1

    async def _converse(
        self, meter: Meter, question: Question, token: str | None, departure: Departure | None = None
    ) -> Answer:
        """The answer to a question of the session's own, which goes before all others and is sent once."""
        template = self._reads.template(question)
        return await self._attempt(
            _Asking(question, template, Lane.TRIGGER, meter, of_session=True, departure=departure, token=token)
        )

    def _open_again(self, asking: _Asking) -> bool:
        """Whether a question whose session is over is to be asked once more, with a new one."""
        if self._identity.keeper is None:
            return self._refresh(asking)
        self._identity.keeper.over(asking.token)
        first, asking.session_was_over = not asking.session_was_over, True
        return first

    def _note_refusal(self, asking: _Asking, error: RateLimited) -> None:
        now = self._clock.monotonic()
        asking.refused_at = now if asking.refused_at is None else asking.refused_at
        if now - asking.refused_at >= retry.MOST_HELD_S:
            raise Unavailable(
                f"{self.vendor.title} has refused {asking.question.path} as too fast for an hour.",
                remedy="Does something else use this account? Set a lower rate for the connection.",
            ) from error

    def _refresh(self, asking: _Asking) -> bool:
        """Whether other credentials are there to try once."""
        if asking.refreshed:
            return False
        asking.refreshed = True
        if asking.signed_with != self._identity.credentials:
            return True
        return self._identity.refreshed()

    async def _wait_before_retry(self, asking: _Asking, error: Unavailable) -> None:
        """Wait the jitter, or raise *error* when attempts, time or the connection's budget are used up."""
        most = retry.MOST_ATTEMPTS_AT_ADDRESS if isinstance(error, wire.WrongAddress) else retry.MOST_ATTEMPTS
        most = min(most, asking.question.attempts or most)
        asking.attempts += 1
        wait_s = max(retry.wait_s(asking.attempts, self._random()), asking.told_to_wait_s)
        if asking.attempts >= most or asking.spent_s + wait_s > retry.MOST_SPENT_S or not self._budget.spend():
            raise error
        log.info(
            "asked again after a failure",
            action="retry",
            vendor=self.vendor.name,
            connection=self._options.name,
            path=asking.question.path,
            attempt=asking.attempts,
            wait_s=round(wait_s, 3),
            reason=error.message,
        )
        await self._clock.sleep(wait_s)
        asking.spent_s += wait_s
        asking.meter.waited_s += wait_s

    # --- one attempt -------------------------------------------------------------------------------------------------
    async def _attempt(self, asking: _Asking) -> Answer:
        """The answer to one sending, or the error that says what happens next."""
        asking.told_to_wait_s = 0.0
        asking.signed_with = self._identity.credentials
        while True:
            keeper = None if asking.of_session else self._identity.keeper
            if keeper is not None:
                # Before the turn: a login needs one of its own.
                await keeper.ready(partial(self._converse, asking.meter))
            try:
                received = await self._exchange(asking, keeper)
                answer = None if received is None else self._judged(asking, received)
            except VendorError as error:
                self.outcomes[type(error).__name__] += 1
                raise
            if answer is not None:
                self.outcomes[OUTCOME_OK] += 1
                return answer

    async def _exchange(self, asking: _Asking, keeper: SessionKeeper | None) -> _Received | None:
        """What came back to one sending; None if the session ended before it was this question's turn."""
        failed: VendorError | None = None
        received: _Received | None = None
        never_left = False
        began = self._clock.monotonic()
        try:
            async with self.pace_of(asking.question.path).turn(asking.lane) as turn:
                began = self._clock.monotonic()
                try:
                    if keeper is not None and keeper.token is None:
                        return None
                    asking.token = asking.token if keeper is None else keeper.token
                    if asking.departure is not None:
                        await asking.departure.leaving()
                    async with asyncio.timeout(self._timeout_s):
                        received = await self._send(asking, turn)
                finally:
                    asking.meter.waited_s += turn.waited_s
                    self.waited_s += turn.waited_s
        # A time-out has to pass through the turn first: it tells the pace that nobody knows when the request arrives.
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            failed = wire.failure(error, asking.question.path, self._timeout_s)
            never_left = wire.never_left(error)
        asking.spent_s += self._clock.monotonic() - began
        if never_left and asking.departure is not None:
            await asking.departure.never_left()
        # Raised out here, the library's error is not even the context of ours.
        if failed is not None:
            raise failed
        if received is None:
            raise RuntimeError("an attempt ended without an answer and without an error")
        return received

    async def _send(self, asking: _Asking, turn: Turn) -> _Received:
        """Send the question, and once more if the library finds its kept connection dropped: paced and counted too."""
        if self._session is None:
            raise RuntimeError("the client is not open")
        question, meter, sendings = asking.question, asking.meter, 0

        async def counted(request: aiohttp.ClientRequest, send: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
            nonlocal sendings
            if sendings:
                await turn.again()
                meter.retries += 1
            sendings += 1
            meter.requests += 1
            self._budget.earn()
            return await send(request)

        signature = self._identity.signature(asking.token)
        params = (*question.params, *signature.params)
        body, headers = wire.form(params) if question.method == "POST" else (None, {})
        async with self._session.request(
            question.method,
            self._base_url + question.path,
            params=None if question.method == "POST" else params,
            data=body,
            headers={**signature.headers, **headers},
            allow_redirects=False,
            proxy=self._proxy,
            middlewares=(counted,),
        ) as response:
            self._note_headers(asking, response)
            body_read = await wire.read_bounded(response, self._options.max_body)
            meter.bytes += len(body_read)
            return _Received(
                response.status,
                {name.lower(): value for name, value in response.headers.items()},
                body_read,
                wire.is_framed(response),
                turn.granted_at,
                self._clock.monotonic() - turn.granted_at,
            )

    def _judged(self, asking: _Asking, received: _Received) -> Answer:
        """The answer, or the error that the vendor's protocol reads from it."""
        question = asking.question
        reply = Reply(received.status, decode(received.body, exact=self._exact), received.headers, "")
        error = self.vendor.explain(question, reply) or unexplained(question, reply)
        pace = self.pace_of(question.path)
        log.debug(
            "answered",
            action="answered",
            vendor=self.vendor.name,
            connection=self._options.name,
            path=question.path,
            status=received.status,
            lane=asking.lane.name.lower(),
            bytes=len(received.body),
        )
        if error is None:
            pace.accepted()
            date = wire.vendor_time(received.headers.get("date"))
            return Answer(reply.value, date, received.framed, len(received.body), received.took_s)
        # Errors are rare and excerpts dear: only now is the text made that messages quote.
        # An answer about a session may hold one that nobody knows yet.
        text = "" if asking.of_session else self.redactor.excerpt(received.body)
        quoting = Reply(reply.status, reply.value, reply.headers, text)
        error = self._safe(self.vendor.explain(question, quoting) or error)
        retry_after_s = retry.retry_after_s(received.headers.get("retry-after"), self._clock.now())
        # An outage may name its end too; beyond a minute the next run is soon enough.
        asking.told_to_wait_s = min(retry_after_s or 0.0, retry.CAP_S)
        if isinstance(error, RateLimited):
            if error.retry_after_s is None:
                error.retry_after_s = retry_after_s
            held_s = pace.refused(error.retry_after_s, received.granted_at)
            log.warning(
                "held because the vendor says too fast",
                action="held",
                vendor=self.vendor.name,
                connection=self._options.name,
                held_s=round(held_s, 3),
                gap_s=round(pace.gap_s, 3),
            )
        else:
            pace.accepted()
        if reply.value is NOT_JSON and reply.status == OK and isinstance(error, Unavailable) and not error.remedy:
            error.remedy = "If it lasts, open base_url in a browser: a wrong address, a login or a maintenance page?"
        raise error

    def _safe(self, error: VendorError) -> VendorError:
        """*error* without secrets, on one line: vendors echo what they were sent."""
        error.message = one_line(self.redactor.text(error.message))
        error.remedy = one_line(self.redactor.text(error.remedy))
        error.args = (error.message,)
        return error

    def _note_headers(self, asking: _Asking, response: aiohttp.ClientResponse) -> None:
        date = wire.vendor_time(response.headers.get("Date"))
        if date is not None:
            self.vendor_offset = date - self._clock.now()
        for name in ("Deprecation", "Sunset"):
            value = response.headers.get(name)
            if value is None:
                continue
            said = self.redactor.excerpt(value.encode("utf-8", "replace"))
            if self.notices.get((asking.template, name)) != said:
                self.notices[asking.template, name] = said
                log.warning(
                    "the vendor announces the end of a call",
                    action="notice",
                    vendor=self.vendor.name,
                    connection=self._options.name,
                    path=asking.template,
                    header=name,
                    value=said,
                )
