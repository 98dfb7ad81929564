"""Receivers of alerts on this machine: a webhook and a mail server, each in a thread of its own."""

from __future__ import annotations

import json
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Hook:
    """A webhook that apprise's ``json://`` speaks to. ``got`` are the messages; with ``silent`` it never answers."""

    port: int
    token: str = "hook-T0k3n-7f3e91"
    status: int = 200
    asked: int = 0
    got: list[dict[str, Any]] = field(default_factory=list)
    silent: threading.Event = field(default_factory=threading.Event)
    released: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"json://127.0.0.1:{self.port}/{self.token}/?rto=60"

    def titles(self) -> list[str]:
        """The titles, without who sent them."""
        return [each["title"].partition(": ")[2] for each in self.got]


@contextmanager
def hook() -> Iterator[Hook]:
    """A webhook, until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            made.asked += 1
            if made.silent.is_set():
                made.released.wait()
            if made.status == 200:
                made.got.append(json.loads(body))
            self.send_response(made.status)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the library's name for it)
            """Nobody reads it."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: Any, client_address: Any) -> None:
            """Whoever asked is gone."""

    with Server(("127.0.0.1", 0), Handler) as server:
        made = Hook(server.server_address[1])
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield made
        finally:
            made.released.set()
            server.shutdown()
            thread.join()


@dataclass
class Mailbox:
    """A mail server that apprise's ``mailto://`` speaks to."""

    port: int
    got: list[tuple[str, str]] = field(default_factory=list)

    @property
    def url(self) -> str:
        address = "ops%40example.com"
        return f"mailto://127.0.0.1:{self.port}/?from={address}&to={address}&mode=insecure"


@contextmanager
def mailbox() -> Iterator[Mailbox]:
    """A mail server, until the block ends: as much of SMTP as one message takes."""

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self._say("220 here")
            while line := self.rfile.readline():
                verb = line.split()[0].upper() if line.split() else b""
                if verb == b"EHLO":
                    self._say("250 here")
                elif verb == b"DATA":
                    self._say("354 go on")
                    made.got.append(self._message())
                    self._say("250 taken")
                elif verb == b"QUIT":
                    self._say("221 bye")
                    return
                else:
                    self._say("250 yes")

        def _message(self) -> tuple[str, str]:
            lines = []
            while (line := self.rfile.readline()) not in {b".\r\n", b""}:
                lines.append(line)
            message = message_from_bytes(b"".join(lines), policy=policy.default)
            body = message.get_body(("plain",))
            assert body is not None, "no plain text"
            return str(message["Subject"]), body.get_content()

        def _say(self, line: str) -> None:
            self.wfile.write(f"{line}\r\n".encode())

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        made = Mailbox(server.server_address[1])
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield made
        finally:
            server.shutdown()
            thread.join()
