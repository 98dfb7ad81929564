"""The whole database as of one moment in one file, made while others write.

SQLite by its online backup; PostgreSQL by ``pg_dump`` (see ``dump.py``). The file appears under its name when it is
complete, checked and on the disk, and not before.
"""

from __future__ import annotations

import contextlib
import errno
import os
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

from syncd.errors import StoreBroken, StoreError, StoreFull, UsageError
from syncd.store import dump
from syncd.store.engine import BUSY_TIMEOUT_S, Database

STEP_PAGES = 2048
"""Copied between two reports of progress: 8 MiB, which no disk takes long for."""
_VERSIONS_AT = 18

Hear = Callable[[int, int | None], None]
"""Told how much is done, and of how much (None: not known); in pages of SQLite, in bytes of a dump."""


def backup(db: Database, file: Path, *, overwrite: bool, hear: Hear) -> int:
    """Write all of *db*, which is open, to *file* (mode 0600); its size in bytes.

    Raises UsageError: *file* cannot be that; StoreFull: no room for it; StoreBroken: what there is to copy is damaged.
    """
    file = file.absolute()
    _refuse(db, file, overwrite=overwrite)
    with _unfinished(file) as made:
        if db.is_sqlite:
            _copy(db, made, file, hear)
        else:
            dump.dump(db, made, file, hear)
        _to_disk(made)
        size = made.stat().st_size
        _publish(made, file, overwrite=overwrite)
    return size


def _refuse(db: Database, file: Path, *, overwrite: bool) -> None:
    if file.is_dir():
        raise UsageError(f"{file} is a folder.", remedy="Name a file in it.")
    if db.is_sqlite:
        ours = {db.path.resolve().with_name(f"{db.path.resolve().name}{end}") for end in ("", "-wal", "-shm", ".lock")}
        if file.resolve() in ours or (file.exists() and file.samefile(db.path)):
            raise UsageError(f"{file} belongs to the database itself.", remedy="Name another file.")
    if os.path.lexists(file) and not overwrite:
        raise _exists(file)


def _exists(file: Path) -> UsageError:
    return UsageError(f"{file} is there already.", remedy="Name another file, or let --overwrite replace it.")


@contextlib.contextmanager
def _unfinished(file: Path) -> Iterator[Path]:
    """An empty file of mode 0600 in the folder of *file*, so that it can take its name in one step; gone afterwards."""
    try:
        handle, name = tempfile.mkstemp(prefix=f".{file.name}.", suffix=".part", dir=file.parent)
    except OSError as error:
        raise _unwritable(error, file) from None
    os.close(handle)
    made = Path(name)
    try:
        yield made
    finally:
        for end in ("", "-journal", "-wal", "-shm"):
            made.with_name(f"{made.name}{end}").unlink(missing_ok=True)


def _copy(db: Database, made: Path, file: Path, hear: Hear) -> None:
    """SQLite's online backup into *made*, and a look at every page of it."""
    source = sqlite3.connect(f"file:{quote(str(db.path))}?mode=ro", uri=True, timeout=BUSY_TIMEOUT_S)
    with contextlib.closing(source), db.explained():
        # Reading begun before the first page holds one moment: without it every commit of the daemon would start the
        # copy anew, and under a first sync it would never end.
        source.execute("BEGIN")
        source.execute("SELECT count(*) FROM sqlite_master").fetchone()
        try:
            # Nobody else knows the name, and on a network share SQLite's locks may not work at all.
            with _opened(made, "mode=rw&nolock=1") as target:
                target.execute("PRAGMA synchronous=OFF")  # it is put on the disk at the end, as a whole
                source.backup(target, pages=STEP_PAGES, progress=lambda _status, left, total: hear(total - left, total))
            _leave_log_mode(made)
            with _opened(made, "mode=ro&immutable=1") as target:
                found = [row[0] for row in target.execute("PRAGMA integrity_check(1)")]
        except sqlite3.Error as error:
            raise _copying(db, file, error) from None
    if found != ["ok"]:
        raise _damaged(db)


@contextlib.contextmanager
def _opened(made: Path, how: str) -> Iterator[sqlite3.Connection]:
    with contextlib.closing(sqlite3.connect(f"file:{quote(str(made))}?{how}", uri=True)) as opened:
        yield opened


def _leave_log_mode(made: Path) -> None:
    """Whoever opens the copy shall not need two more files beside it: a disk that is read-only has no room for them.

    The two versions in the header are 2 for a database with a write-ahead log and 1 for one without; a statement could
    only change them with locks.
    """
    with made.open("r+b") as opened:
        opened.seek(_VERSIONS_AT)
        opened.write(b"\x01\x01")


def _copying(db: Database, file: Path, error: sqlite3.Error) -> StoreError:
    match getattr(error, "sqlite_errorcode", 0) & 0xFF:
        case sqlite3.SQLITE_FULL:
            return dump.no_room(file)
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            return _damaged(db)
    return StoreBroken(
        f"{db.address} could not be copied to {file} ({getattr(error, 'sqlite_errorname', type(error).__name__)}).",
        remedy="Check both disks, and the rights of the folder that the backup goes to.",
    )


def _damaged(db: Database) -> StoreBroken:
    return StoreBroken(
        f"{db.address} is damaged: a copy of it fails SQLite's check. No backup was made.",
        remedy="Restore an earlier backup; `syncd db check` says what is wrong.",
    )


def _to_disk(made: Path) -> None:
    with made.open("rb") as opened:
        os.fsync(opened.fileno())


def _publish(made: Path, file: Path, *, overwrite: bool) -> None:
    """Give *made* its name; what has that name is replaced only if so told, however late it came."""
    try:
        if overwrite:
            made.replace(file)
        else:
            _link(made, file)
        folder = os.open(file.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except FileExistsError:
        raise _exists(file) from None
    except OSError as error:
        raise _unwritable(error, file) from None


def _link(made: Path, file: Path) -> None:
    try:
        os.link(made, file)
    except FileExistsError:
        raise
    except OSError:
        # A file system without links: a look and a step, which is all that is left there.
        if os.path.lexists(file):
            raise FileExistsError from None
        made.rename(file)


def _unwritable(error: OSError, file: Path) -> StoreFull | UsageError:
    """What the system said about writing *file*, as ours."""
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return dump.no_room(file)
    return UsageError(
        f"{file} cannot be written: {os.strerror(error.errno or 0).lower()}.",
        remedy="Name a file in a folder that is there and that you may write to.",
    )
