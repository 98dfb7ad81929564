"""What a service manager is told, by the protocol of sd_notify(3): lines of a datagram to ``$NOTIFY_SOCKET``.

The messages are plain text made by pure functions; ``Notifier`` sends them, or does nothing where nobody listens.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Mapping
from typing import Final

import structlog

from syncd.clock import Clock

WATCHDOG: Final = "WATCHDOG=1"
LOOKS_S: Final = 1.0
FEEDS: Final = 3
"""So often within the manager's patience: one datagram that is lost, and one that is late, end nothing."""
TOLD_AFTER: Final = 2
"""A process that was stopped for hours finds everything late at its first look, and nothing at the second."""
LONGEST: Final = 300

log = structlog.get_logger()


def ready(text: str) -> str:
    """The start, or a reload, is over and work goes on; *text* is what ``systemctl status`` shows."""
    return f"READY=1\n{status(text)}"


def reloading(monotonic_s: float) -> str:
    """A reload has begun at *monotonic_s* of the machine's monotonic clock; ``ready`` ends it."""
    return f"RELOADING=1\nMONOTONIC_USEC={int(monotonic_s * 1_000_000)}"


def stopping(text: str) -> str:
    """The end has begun."""
    return f"STOPPING=1\n{status(text)}"


def status(text: str) -> str:
    """What goes on, in one line for people."""
    return f"STATUS={' '.join(text.split())[:LONGEST]}"


class Notifier:
    """Sends messages to the manager at *address*: a path, or ``@NAME`` for an abstract socket; nothing if it is empty.

    ``watchdog_s`` is how long the manager waits for ``WATCHDOG`` before it ends us; None: it does not.
    """

    def __init__(self, address: str = "", watchdog_s: float | None = None) -> None:
        self.watchdog_s = watchdog_s
        # Others (vsock:…) belong to whole virtual machines.
        self._address = address if address.startswith(("/", "@")) else ""
        self._has_failed = False

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> Notifier:
        """The manager that *environ*, this process's own, names."""
        asked = environ.get("WATCHDOG_USEC", "")
        # What a parent was asked for is none of ours.
        ours = environ.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
        watchdog_s = int(asked) / 1_000_000 if ours and asked.isdecimal() and int(asked) else None
        return cls(environ.get("NOTIFY_SOCKET", ""), watchdog_s)

    def send(self, message: str) -> None:
        """Send *message*; never waits. A manager that cannot be reached is warned of once."""
        if not self._address:
            return
        where = "\0" + self._address[1:] if self._address.startswith("@") else self._address
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as way:
                way.setblocking(False)
                way.sendto(message.encode(), where)
        except OSError as error:
            if not self._has_failed:
                log.warning(
                    "the service manager cannot be told", action="notify_failed", reason=os.strerror(error.errno or 0)
                )
            self._has_failed = True


class Pulse:
    """When something last answered: ``alive`` as long as that was within *within_s* seconds.

    A process that was stopped for hours goes on with an old beat: the first questions after it do not count yet.
    """

    def __init__(self, clock: Clock, within_s: float) -> None:
        self._clock = clock
        self._within_s = within_s
        self._at = clock.monotonic()
        self._asked = 0

    def beat(self) -> None:
        """It answers."""
        self._at = self._clock.monotonic()
        self._asked = 0

    @property
    def silent_s(self) -> float:
        """Seconds since it last answered."""
        return self._clock.monotonic() - self._at

    def alive(self) -> bool:
        """Whether it answered lately."""
        self._asked += 1
        return self._clock.monotonic() - self._at <= self._within_s or self._asked <= FEEDS


async def keep_told(
    notifier: Notifier, clock: Clock, doing: Callable[[], str], signs: Mapping[str, Callable[[], bool]]
) -> None:
    """Tell the manager what is being done whenever that changes, and that we live while every sign of life says so.

    A process whose loop turns is not alive for that alone: what *signs* ask about has to go forward. For ever.
    """
    feed_s = notifier.watchdog_s / FEEDS if notifier.watchdog_s else None
    told, in_vain = "", 0
    fed_at = float("-inf")
    while True:
        if (text := doing()) != told:
            told = text
            notifier.send(status(text))
        if feed_s is not None and clock.monotonic() - fed_at >= feed_s:
            missing = [name for name, shows in signs.items() if not shows()]
            in_vain = in_vain + 1 if missing else 0
            if not missing:
                notifier.send(WATCHDOG)
                fed_at = clock.monotonic()
            elif in_vain == TOLD_AFTER:
                log.error("no sign of life", action="watchdog_unfed", parts=missing, ends_within_s=notifier.watchdog_s)
        await clock.sleep(min(LOOKS_S, feed_s or LOOKS_S))
