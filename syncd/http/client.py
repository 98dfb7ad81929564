"""The client of one connection: everything that is asked of a vendor goes through here, and only reads get out.

pace → sign → send → bounded read → decode → explain; errors come out as the classes of ``syncd.errors``. There is one
layer of retries and this is it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
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
from syncd.errors import RateLimited, Refused, SyncdError, Unauthorized, Unavailable, VendorError
from syncd.http import retry, wire
from syncd.http.decode import decode
from syncd.http.pace import Pace, Turn
from syncd.http.reads import Reads
from syncd.http.redact import Redactor, one_line
from syncd.http.retry import RetryBudget
from syncd.lane import Lane
from syncd.vendors.base import Vendor

MIB = 1024 * 1024
OK, REDIRECT, SERVER_ERROR = 200, 300, 500

_JITTER = SystemRandom()

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Meter:
    """What a run cost so far.

    ``requests`` on the wire (the library's own resends too), ``retries`` among them, ``waited_s`` for turns, holds and
    between attempts, ``bytes`` of bodies after unpacking.
    """

    requests: int = 0
    retries: int = 0
    waited_s: float = 0.0
    bytes: int = 0

    def take(self) -> Meter:
        """The counts since the last call, which start again from zero."""
        taken = Meter(self.requests, self.retries, self.waited_s, self.bytes)
        self.requests, self.retries, self.waited_s, self.bytes = 0, 0, 0.0, 0
        return taken


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientOptions:
    """What a connection's configuration says about HTTP; None stands for the vendor's own value.

    ``credentials`` are the vendor's settings with secrets revealed, ``rates`` (requests, seconds) pairs that all hold.
    ``refresh_credentials`` is called once when a question is refused: it reads the secrets' files again and returns
    all credentials, or None if nothing changed.
    """

    base_url: str
    credentials: Mapping[str, str] = field(repr=False)
    rates: Sequence[tuple[float, float]] = ()
    parallel: int | None = None
    timeout_s: float | None = None
    connect_s: float | None = None
    max_body: int = 32 * MIB
    ca_file: str | None = None
    proxy: str | None = field(default=None, repr=False)
    trust_env: bool = False
    user_agent: str = "syncd"
    refresh_credentials: Callable[[], Mapping[str, str] | None] | None = None


@dataclass(slots=True)
class _Asking:
    """One question on its way through its attempts."""

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


@dataclass(frozen=True, slots=True)
class _Received:
    """What came over the wire, not yet judged; header names are in lower case."""

    status: int
    headers: dict[str, str]
    body: bytearray
    framed: bool


class Client:
    """Asks one vendor on behalf of one connection; use it as an async context manager.

    ``vendor_offset`` is the vendor's clock minus ours by the last Date header, ``notices`` the Deprecation and Sunset
    headers that came, by path template and header name.
    """

    def __init__(
        self,
        vendor: Vendor,
        options: ClientOptions,
        *,
        clock: Clock | None = None,
        random: Callable[[], float] = _JITTER.random,
    ) -> None:
        self.vendor = vendor
        self.vendor_offset: timedelta | None = None
        self.notices: dict[tuple[str, str], str] = {}
        self._options = options
        self._clock = clock or SystemClock()
        self._random = random
        self._base_url = wire.checked_base_url(options.base_url)
        self._timeout_s = options.timeout_s or vendor.timeout_s
        self._parallel = options.parallel or vendor.limits.parallel
        self._proxy = options.proxy or (wire.environment_proxy(self._base_url) if options.trust_env else None)
        self._reads = Reads(vendor.reads)
        self._budget = RetryBudget()
        self._session: aiohttp.ClientSession | None = None
        self._pace: Pace | None = None
        self._secrets: set[str] = set()
        self._use_credentials(options.credentials)

    async def __aenter__(self) -> Self:
        self._session = wire.open_session(
            parallel=self._parallel,
            connect_s=self._options.connect_s or self.vendor.connect_s,
            timeout_s=self._timeout_s,
            ca_file=self._options.ca_file,
        )
        limits = self.vendor.limits
        self._pace = Pace(
            self._options.rates or (limits.rate,),
            after_answer=limits.after_answer,
            parallel=self._parallel,
            clock=self._clock,
            limits=limits,
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.pace.aclose()
        if self._session is not None:
            await self._session.close()

    @property
    def pace(self) -> Pace:
        """The pace of the connection, for its figures; only while the client is open."""
        if self._pace is None:
            raise RuntimeError("the client is not open")
        return self._pace

    @property
    def redactor(self) -> Redactor:
        """Takes this connection's secrets out of any text."""
        return self._redactor

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
            except Unauthorized:
                if not self._refresh(asking):
                    raise
            except Unavailable as error:
                await self._wait_before_retry(asking, error)
            meter.retries += 1

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
        if asking.signed_with != self._credentials:
            return True
        try:
            found = self._options.refresh_credentials() if self._options.refresh_credentials is not None else None
        except SyncdError as error:
            log.warning("credentials cannot be read again", action="credentials_unreadable", reason=str(error))
            return False
        if found is None or dict(found) == self._credentials:
            return False
        self._use_credentials(found)
        log.info("credentials read again", action="credentials_refreshed", vendor=self.vendor.name)
        return True

    async def _wait_before_retry(self, asking: _Asking, error: Unavailable) -> None:
        """Wait the jitter, or raise *error* when attempts, time or the connection's budget are used up."""
        most = retry.MOST_ATTEMPTS_AT_ADDRESS if isinstance(error, wire.WrongAddress) else retry.MOST_ATTEMPTS
        asking.attempts += 1
        wait_s = max(retry.wait_s(asking.attempts, self._random()), asking.told_to_wait_s)
        if asking.attempts >= most or asking.spent_s + wait_s > retry.MOST_SPENT_S or not self._budget.spend():
            raise error
        log.info(
            "asked again after a failure",
            action="retry",
            vendor=self.vendor.name,
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
        path = asking.question.path
        failed: VendorError | None = None
        received: _Received | None = None
        granted_at = began = self._clock.monotonic()
        asking.told_to_wait_s = 0.0
        try:
            async with self.pace.turn(asking.lane) as turn:
                began = self._clock.monotonic()
                try:
                    async with asyncio.timeout(self._timeout_s):
                        received = await self._send(asking, turn)
                finally:
                    granted_at = turn.granted_at
                    asking.meter.waited_s += turn.waited_s
        # A time-out has to pass through the turn first: it tells the pace that nobody knows when the request arrives.
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            failed = wire.failure(error, path, self._timeout_s)
        asking.spent_s += self._clock.monotonic() - began
        # Raised out here, the library's error is not even the context of ours.
        if failed is not None:
            raise failed
        if received is None:
            raise RuntimeError("an attempt ended without an answer and without an error")
        return self._judged(asking, received, granted_at)

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

        asking.signed_with = self._credentials
        async with self._session.request(
            question.method,
            self._base_url + question.path,
            params=question.params,
            headers=self._headers,
            allow_redirects=False,
            proxy=self._proxy,
            middlewares=(counted,),
        ) as response:
            self._note_headers(asking, response)
            body = await wire.read_bounded(response, self._options.max_body)
            meter.bytes += len(body)
            headers = {name.lower(): value for name, value in response.headers.items()}
            return _Received(response.status, headers, body, wire.is_framed(response))

    def _judged(self, asking: _Asking, received: _Received, granted_at: float) -> Answer:
        """The answer, or the error that the vendor's protocol reads from it."""
        question = asking.question
        reply = Reply(received.status, decode(received.body), received.headers, "")
        error = self.vendor.explain(question, reply) or _unexplained(question, reply)
        log.debug(
            "answered",
            action="answered",
            vendor=self.vendor.name,
            path=question.path,
            status=received.status,
            lane=asking.lane.name.lower(),
            bytes=len(received.body),
        )
        if error is None:
            self.pace.accepted()
            date = wire.vendor_time(received.headers.get("date"))
            return Answer(reply.value, date, received.framed, len(received.body))
        # Errors are rare and excerpts dear: only now is the text made that messages quote.
        quoting = Reply(reply.status, reply.value, reply.headers, self._redactor.excerpt(received.body))
        error = self._safe(self.vendor.explain(question, quoting) or error)
        retry_after_s = retry.retry_after_s(received.headers.get("retry-after"), self._clock.now())
        # An outage may name its end too; beyond a minute the next run is soon enough.
        asking.told_to_wait_s = min(retry_after_s or 0.0, retry.CAP_S)
        if isinstance(error, RateLimited):
            if error.retry_after_s is None:
                error.retry_after_s = retry_after_s
            held_s = self.pace.refused(error.retry_after_s, granted_at)
            log.warning(
                "held because the vendor says too fast",
                action="held",
                vendor=self.vendor.name,
                held_s=round(held_s, 3),
                gap_s=round(self.pace.gap_s, 3),
            )
        else:
            self.pace.accepted()
        if reply.value is NOT_JSON and reply.status == OK and isinstance(error, Unavailable) and not error.remedy:
            error.remedy = "If it lasts, open base_url in a browser: a wrong address, a login or a maintenance page?"
        raise error

    def _safe(self, error: VendorError) -> VendorError:
        """*error* without secrets, on one line: vendors echo what they were sent."""
        error.message = one_line(self._redactor.text(error.message))
        error.remedy = one_line(self._redactor.text(error.remedy))
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
            said = self._redactor.excerpt(value.encode("utf-8", "replace"))
            if self.notices.get((asking.template, name)) != said:
                self.notices[asking.template, name] = said
                log.warning(
                    "the vendor announces the end of a call",
                    action="notice",
                    vendor=self.vendor.name,
                    path=asking.template,
                    header=name,
                    value=said,
                )

    def _use_credentials(self, credentials: Mapping[str, str]) -> None:
        """Sign with *credentials* from now on; former secrets stay unmentionable."""
        self._credentials = dict(credentials)
        signed = {"User-Agent": self._options.user_agent, **self.vendor.sign(self._credentials, None).headers}
        self._headers = wire.checked_headers(signed)
        self._secrets |= {credentials.get(setting.name, "") for setting in self.vendor.settings if setting.secret}
        self._secrets |= {part for part in wire.proxy_secrets(self._proxy) if part}
        self._redactor = Redactor(self._secrets)


def _unexplained(question: Question, reply: Reply) -> VendorError | None:
    """What is wrong with a reply for every vendor, where its own protocol does not say so."""
    said = f"{question.path} was answered with {reply.status}."
    match reply.status:
        case status if OK <= status < REDIRECT:
            return Unavailable(f"The answer to {question.path} is not JSON.") if reply.value is NOT_JSON else None
        case 401 | 403:
            return Unauthorized(said)
        case 429:
            return RateLimited(said)
        case status if status in {408, 425} or status >= SERVER_ERROR:
            return Unavailable(said)
    return Refused(said)
