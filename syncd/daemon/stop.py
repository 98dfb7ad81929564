"""Being asked to stop: the first signal stops politely, the second at once."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

SIGNALS = (signal.SIGTERM, signal.SIGINT)
DRAIN_S = 30.0
"""A service manager kills after 90 seconds; whatever has not ended by then hangs in the network or the disk."""


@contextmanager
def stop_on_signals(stop: asyncio.Event, *, within_s: float = DRAIN_S) -> Iterator[None]:
    """Set *stop* at SIGTERM or SIGINT. A second signal, or *within_s* seconds, end the process on the spot.

    That loses nothing: what is committed stays, and what is not is read again.
    """
    loop = asyncio.get_running_loop()
    deadline = threading.Timer(within_s, os._exit, (1,))
    deadline.daemon = True

    def asked() -> None:
        for number in SIGNALS:
            loop.remove_signal_handler(number)
            # The system's own handler needs no loop: it also works on one that is stuck.
            signal.signal(number, signal.SIG_DFL)
        deadline.start()
        stop.set()

    for number in SIGNALS:
        loop.add_signal_handler(number, asked)
    try:
        yield
    finally:
        deadline.cancel()
        for number in SIGNALS:
            loop.remove_signal_handler(number)
