"""What a child process cost."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Cost:
    """CPU and wall in seconds, peak RSS in MB (10⁶ bytes), of one process; its children are not counted."""

    cpu: float
    wall: float
    rss: float


class FailedError(Exception):
    """A measured program did not do its work; its figures mean nothing."""


def cost(command: Sequence[str], log: Path, environment: Mapping[str, str] | None = None) -> Cost:
    """Run *command* to its end and say what it cost; its output goes to *log*."""
    with log.open("wb") as output:
        began = time.perf_counter()
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=environment)
        # wait4 is the one call that gives the figures of this child alone.
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        said = log.read_text(errors="replace")[-2000:]
        raise FailedError(f"{' '.join(command)} ended with {process.returncode}:\n{said}")
    kilobytes = usage.ru_maxrss / 1024 if sys.platform == "darwin" else usage.ru_maxrss
    return Cost(cpu=usage.ru_utime + usage.ru_stime, wall=wall, rss=kilobytes * 1024 / 1e6)


@contextlib.contextmanager
def server(module: Sequence[str]) -> Iterator[str]:
    """A server (its module and arguments) in its own process, as its URL."""
    command = [sys.executable, "-m", *module]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            url = process.stdout.readline().strip() if process.stdout else ""
            if not url:
                raise FailedError("The server did not start.")
            yield url
        finally:
            process.terminate()


def change(url: str) -> None:
    """Have 1 % of the records changed; returns when the new pages are prepared."""
    request = urllib.request.Request(f"{url}/change", method="POST")  # noqa: S310  our own server
    with urllib.request.urlopen(request, timeout=300):  # noqa: S310
        pass
