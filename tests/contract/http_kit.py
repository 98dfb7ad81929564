"""A server that answers exactly as told, byte by byte, and keeps a record: for what no well-behaved server does."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import pairwise
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl

from syncd.clock import Clock
from syncd.http.client import Client, ClientOptions
from syncd.vendors.trackops import TRACKOPS

USERNAME = "ida.sync"
TOKEN = "0b7c2f44-6d1e-4a53-9c80-1f2e3d4c5b6a"
CREDENTIALS = {"username": USERNAME, "token": TOKEN}


@dataclass(frozen=True, slots=True)
class Seen:
    """One request as it arrived: monotonic time, method, target, headers (names in lower case) and body."""

    at: float
    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes = b""

    @property
    def form(self) -> list[tuple[str, str]]:
        """The fields of the body, in order."""
        return parse_qsl(self.body.decode(), keep_blank_values=True)


Step = Callable[[asyncio.StreamWriter], Awaitable[bool]]
"""Answers one request; True keeps the connection."""


def reply(body: bytes = b"[]", status: int = 200, headers: Mapping[str, str] | None = None) -> Step:
    """A whole, well-formed answer."""
    lines = {"Content-Length": str(len(body)), "Content-Type": "application/json", **(headers or {})}

    async def step(writer: asyncio.StreamWriter) -> bool:
        writer.write(head(status, lines) + body)
        await writer.drain()
        return True

    return step


def raw(*pieces: bytes, pause_s: float = 0.0, reset: bool = False) -> Step:
    """These bytes, then the end of the connection (*reset*: the hard way)."""

    async def step(writer: asyncio.StreamWriter) -> bool:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(pause_s)
        if reset:
            writer.transport.abort()
        return False

    return step


def silent() -> Step:
    """No answer, ever."""

    async def step(writer: asyncio.StreamWriter) -> bool:
        return await asyncio.Event().wait()

    return step


def late(seconds: float, then: Step) -> Step:
    """*then*, after a while."""

    async def step(writer: asyncio.StreamWriter) -> bool:
        await asyncio.sleep(seconds)
        return await then(writer)

    return step


def head(status: int, headers: Mapping[str, str], version: str = "1.1") -> bytes:
    """Status line and headers."""
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/{version} {status} x\r\n{lines}\r\n".encode("latin-1")


@dataclass
class Server:
    """Answers with the next of ``steps``, with ``otherwise`` when there is none left; ``seen`` has every request."""

    steps: deque[Step] = field(default_factory=deque)
    otherwise: Step = field(default_factory=reply)
    tls: ssl.SSLContext | None = None
    port: int = 0
    seen: list[Seen] = field(default_factory=list)
    _server: asyncio.Server | None = None
    _open: dict[asyncio.Task[None], asyncio.StreamWriter] = field(default_factory=dict)

    @classmethod
    def of(cls, *steps: Step, otherwise: Step | None = None, tls: ssl.SSLContext | None = None, port: int = 0) -> Self:
        return cls(deque(steps), otherwise or reply(), tls, port)

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, ssl=self.tls)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()
        for task, writer in list(self._open.items()):
            writer.transport.abort()
            task.cancel()
        await asyncio.gather(*self._open)

    @property
    def url(self) -> str:
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}/api/v1"

    @property
    def gaps(self) -> list[float]:
        """Seconds between one arrival and the next."""
        return [after.at - before.at for before, after in pairwise(self.seen)]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open[task] = writer
        # Cancelled when the server goes: asyncio would log that as an error of ours.
        with suppress(asyncio.IncompleteReadError, asyncio.CancelledError, OSError):
            while await self.answer(await self._read(reader), writer):
                pass
            writer.close()
            await writer.wait_closed()
        writer.close()
        self._open.pop(task, None)

    async def _read(self, reader: asyncio.StreamReader) -> Seen:
        first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").rstrip().split("\r\n")
        method, target, _version = first.split(" ")
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
        arrived = time.monotonic()
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        self.seen.append(Seen(arrived, method, target, headers, body))
        return self.seen[-1]

    async def answer(self, request: Seen, writer: asyncio.StreamWriter) -> bool:
        """Answer *request*; whether the connection is kept."""
        return await (self.steps.popleft() if self.steps else self.otherwise)(writer)


def client(
    server: Server | str,
    *,
    clock: Clock | None = None,
    random: float = 0.0,
    rates: Sequence[tuple[float, float]] = ((1000, 1.0),),
    **options: Any,
) -> Client:
    """A Trackops client at a pace that no test has to wait for; *random* is every jitter's draw."""
    base_url = server if isinstance(server, str) else server.url
    asked = {"base_url": base_url, "credentials": CREDENTIALS, "rates": {"": rates}, **options}
    return Client(TRACKOPS, ClientOptions(**asked), clock=clock, random=lambda: random)
