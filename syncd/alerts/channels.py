"""Channels: one address each (mail, chat, webhook …), and sending to it through apprise, which knows a hundred kinds.

apprise blocks and has long waits of its own, so each sending has a thread that nobody waits for longer than a limit,
not even when the process ends.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

SEND_S: Final = 30.0
"""The longest that one sending is waited for."""
FIRST_WAIT_S: Final = 30.0
LONGEST_WAIT_S: Final = 3600.0
BURST: Final = 4
REFILL_S: Final = 600.0
"""So many messages may follow each other at once; after them one comes in so many seconds, with all that gathered."""
_LONGEST_REASON: Final = 200
# They write addresses into their lines, and those hold tokens.
_TALKATIVE: Final = ("apprise", "urllib3", "requests", "requests_oauthlib", "oauthlib")


@dataclass(eq=False, slots=True)
class Channel:
    """One address, called by its place in the configuration and its kind (``2 (slack)``); ``url`` is a secret.

    ``failures`` are those in a row, ``not_before`` (monotonic) is when it may be tried again.
    """

    name: str
    url: str = field(repr=False)
    failures: int = 0
    not_before: float = float("-inf")
    sending: bool = False
    _at_work: bool = False
    _allowance: float = BURST
    _counted_at: float | None = None

    def may_send(self, now: float) -> bool:
        """Whether a message may go out: none is on its way, no wait is to be kept, and not too many went just now."""
        if self._counted_at is not None:
            self._allowance = min(BURST, self._allowance + (now - self._counted_at) / REFILL_S)
        self._counted_at = now
        return not self.sending and now >= self.not_before and self._allowance >= 1

    def succeeded(self) -> None:
        """A message went out."""
        self.failures = 0
        self._allowance -= 1

    def failed(self, now: float) -> float:
        """A message did not; the seconds until the next attempt."""
        self.failures += 1
        wait_s = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2.0 ** min(self.failures - 1, 10))
        self.not_before = now + wait_s
        return wait_s

    async def send(self, title: str, body: str, *, good: bool, within_s: float = SEND_S) -> str:
        """Send plain text; why it did not arrive, empty if the service took it. *good* is for news of an end."""
        if self._at_work:
            return "the sending before has not come to its end yet"
        loop = asyncio.get_running_loop()
        outcome: asyncio.Future[str] = loop.create_future()

        def tell(said: str) -> None:
            if not outcome.done():
                outcome.set_result(said)

        def work() -> None:
            said = _sent(self.url, title, body, good=good)
            self._at_work = False
            # Nobody may be waiting any more, and the loop be closed.
            if not loop.is_closed():
                loop.call_soon_threadsafe(tell, said)

        # A daemon thread: a pool's threads are waited for when the process ends.
        self._at_work = True
        threading.Thread(target=work, name=f"syncd-alert {self.name}", daemon=True).start()
        try:
            async with asyncio.timeout(within_s):
                return await outcome
        except TimeoutError:
            return f"no answer within {within_s:.0f} seconds"


def channels(urls: Sequence[str]) -> list[Channel]:
    """A channel for each of *urls*, in order."""
    return [Channel(f"{number} ({kind_of(url)})", url) for number, url in enumerate(urls, 1)]


def kind_of(url: str) -> str:
    """What an address is an address of: ``mailto``, ``slack``; nothing else of it may be shown."""
    kind, is_address, _ = url.partition("://")
    return kind.lower() if is_address and kind.isascii() and kind.isalnum() else "unknown"


def _sent(url: str, title: str, body: str, *, good: bool) -> str:
    """Send by the library, blocking; why it did not arrive, or nothing."""
    try:
        apprise = _library()
        # Without limits of its own it sends in the thread that calls it, and starts none that outlive us.
        asset = apprise.AppriseAsset(app_id="syncd", app_desc="syncd", async_mode=False, service_timeout=0)
        service = apprise.Apprise.instantiate(url, asset=asset, suppress_exceptions=False)
        if service is None:
            return f"apprise knows no address of the kind {kind_of(url)}:// in this form"
        sender = apprise.Apprise(asset=asset)
        sender.add(service)
        tone = apprise.NotifyType.SUCCESS if good else apprise.NotifyType.WARNING
        with sender.notify(body, title=title, notify_type=tone, body_format=apprise.NotifyFormat.TEXT) as result:
            if result:
                return ""
            said = [entry.message for entry in result.logs()]
            return _short(said[-1]) if said else "the service did not take it"
    except Exception as error:  # noqa: BLE001 (a hundred services: a defect of one is a channel that failed)
        return _short(f"{type(error).__name__}: {error}")


def _short(text: str) -> str:
    said = " ".join(text.split())
    return said if len(said) <= _LONGEST_REASON else said[: _LONGEST_REASON - 1] + "…"


def _library() -> Any:  # noqa: ANN401 (a module)
    # Loaded here: half a second and 25 MB that only a message is worth.
    import apprise  # noqa: PLC0415

    for name in _TALKATIVE:
        logger = logging.getLogger(name)
        logger.propagate = False
        if not logger.handlers:
            # Without any handler Python would print what it finds important.
            logger.addHandler(logging.NullHandler())
    return apprise
