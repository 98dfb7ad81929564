"""A dump of a PostgreSQL database by its own program, which knows best what belongs into one."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import sqlalchemy as sa

from syncd.errors import StoreBroken, StoreError, StoreFull, UsageError
from syncd.store.engine import Database

DUMP: Final = "pg_dump"
RESTORE: Final = "pg_restore"
LOOKS_S: Final = 0.5
_LOCK_WAIT_MS: Final = 30_000
_VERSION: Final = re.compile(rb"\(PostgreSQL\) (\d+)")


def dump(db: Database, made: Path, file: Path, hear: Callable[[int, int | None], None]) -> None:
    """Fill *made* with a dump of *db* in the custom format, and read it back; *file* is what messages call it.

    The dump is of one moment (one transaction of the server's) and locks nobody out.
    Raises UsageError: no program, or one older than the server; StoreFull; StoreBroken.
    """
    tool, reader = _programs(db)
    where, environ = _address(db)
    wait = f"--lock-wait-timeout={_LOCK_WAIT_MS}"
    _run([tool, "--format=custom", "--no-password", wait, f"--file={made}", where], environ, made, file, hear)
    # Writes the whole of it as SQL to nowhere: every part is read and unpacked once.
    _run([reader, f"--file={os.devnull}", str(made)], {}, made, file, lambda _done, _total: None)


def _programs(db: Database) -> tuple[str, str]:
    with db.transaction() as connection:
        server = int(connection.scalar(sa.text("SHOW server_version_num")) or 0) // 10000
    remedy = f"Install PostgreSQL's client programs of version {server} or newer (Debian: postgresql-client)."
    found = {name: shutil.which(name) for name in (DUMP, RESTORE)}
    tool, reader = found[DUMP], found[RESTORE]
    if tool is None or reader is None:
        missing = " and ".join(name for name, place in found.items() if place is None)
        raise UsageError(f"{missing} is not installed, which a backup of PostgreSQL needs.", remedy=remedy)
    version = _version(tool)
    if version < server:
        raise UsageError(
            f"{tool} is of version {version or 'unknown'}, older than the server ({server}): it would refuse.",
            remedy=f"{remedy} If both are there, put the folder of the newer one first in PATH.",
        )
    return tool, reader


def _version(tool: str) -> int:
    try:
        said = subprocess.run([tool, "--version"], capture_output=True, timeout=30, check=False).stdout  # noqa: S603 (found in PATH)
    except (OSError, subprocess.TimeoutExpired):
        return 0
    found = _VERSION.search(said)
    return int(found[1]) if found else 0


def _address(db: Database) -> tuple[str, dict[str, str]]:
    """Where the database is, as an argument without its password and an environment with it."""
    from psycopg.conninfo import make_conninfo  # noqa: PLC0415 (an extra; the database is open, so it is there)

    given = dict(db.engine.dialect.create_connect_args(db.url.set(drivername="postgresql+psycopg"))[1])
    # Everybody on this machine may read a command line.
    password = given.pop("password", None)
    given.pop("context", None)  # SQLAlchemy's, for psycopg
    return f"--dbname={make_conninfo(**given)}", {"PGPASSWORD": str(password)} if password else {}


def _run(
    command: list[str],
    environ: Mapping[str, str],
    made: Path,
    file: Path,
    hear: Callable[[int, int | None], None],
) -> None:
    """Run one of PostgreSQL's programs to its end, with its messages in English; it does not outlive us."""
    with tempfile.TemporaryFile() as messages:
        process = subprocess.Popen(  # noqa: S603 (found in PATH)
            command,
            env={**os.environ, "LC_ALL": "C", **environ},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=messages,
        )
        try:
            while process.poll() is None:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(LOOKS_S)
                hear(made.stat().st_size, None)
        except BaseException:
            process.terminate()
            process.wait()
            raise
        messages.seek(0)
        last = messages.read()[-2000:].decode(errors="replace").strip().splitlines()[-1:]
    if process.returncode < 0:
        last = [f"signal {-process.returncode} ended it"]
    if process.returncode:
        raise _failed(Path(command[0]).name, file, last[0] if last else f"exit code {process.returncode}")


def no_room(file: Path) -> StoreFull:
    """The disk that a backup goes to is full."""
    return StoreFull(f"The disk of {file} is full; no backup was made.", remedy="Make room, or name a file elsewhere.")


def _failed(tool: str, file: Path, said: str) -> StoreError:
    if "No space left" in said or "Disk quota" in said:
        return no_room(file)
    said = said.removeprefix(f"{tool}: ").removeprefix("error: ")
    return StoreBroken(
        f"{tool} did not finish the backup {file}, and none was made: {said[:300]}",
        remedy="The login has to be allowed to read every table of the database; look at the server's log too.",
    )
