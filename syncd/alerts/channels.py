"""Channels: one address each (mail, chat, webhook …), when it may be sent to, and sending to it.

Each message is sent by a process of its own (``sending``), which is ended when it takes longer than a limit.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import msgspec

import syncd

SEND_S: Final = 30.0
"""The longest that one sending is waited for."""
FIRST_WAIT_S: Final = 30.0
LONGEST_WAIT_S: Final = 3600.0
BURST: Final = 4
REFILL_S: Final = 600.0
"""So many messages may follow each other at once; after them one comes in so many seconds, with all that gathered."""
SENDING: Final = "syncd.alerts.sending"


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
        message = {"url": self.url, "kind": kind_of(self.url), "title": title, "body": body, "good": good}
        try:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", SENDING, cwd=Path(syncd.__file__).parents[1],
                stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
            )  # fmt: skip
        except OSError as error:
            return f"the process that sends cannot be started: {error.strerror}"
        try:
            async with asyncio.timeout(within_s):
                said, _ = await process.communicate(msgspec.json.encode(message))
        except TimeoutError:
            return f"no answer within {within_s:.0f} seconds"
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        return said.decode() if process.returncode == 0 else f"the process that sends ended with {process.returncode}"


def channels(urls: Sequence[str]) -> list[Channel]:
    """A channel for each of *urls*, in order."""
    return [Channel(f"{number} ({kind_of(url)})", url) for number, url in enumerate(urls, 1)]


def kind_of(url: str) -> str:
    """What an address is an address of: ``mailto``, ``slack``; nothing else of it may be shown."""
    kind, is_address, _ = url.partition("://")
    return kind.lower() if is_address and kind.isascii() and kind.isalnum() else "unknown"
