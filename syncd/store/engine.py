"""One database, used from one thread: how it is opened, how a transaction begins, and what its errors mean to us.

With ``insertion.py``, ``upsert.py`` and what makes their statements the only place that knows which database it is.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import quote

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.pool import NullPool

from syncd.errors import StoreBroken, StoreError
from syncd.store.explain import of_postgres, of_sqlite

BUSY_TIMEOUT_S = 30.0
WAL_LIMIT = 64 * 1024 * 1024
# A first load touches the same index pages in every commit: folding them in less often, and keeping them at hand, saves
# a third of its time for some memory.
_WAL_PAGES = 8000
_CACHE_KIB = 16_384
_NETWORK_FILE_SYSTEMS = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "afs", "ceph", "glusterfs", "lustre", "fuse.sshfs", "fuse.s3fs", "davfs"}
)
_OLDEST_POSTGRES = 130000
_LONGEST_NAME = 63  # PostgreSQL cuts longer names off
_POSTGRES_SETTINGS = {
    "timezone": "UTC",
    # A plan kept from when a table was empty reads all of it, until the server happens to analyse the table.
    "plan_cache_mode": "force_custom_plan",
    # Ours are many short statements: to compile one takes longer than to carry it out.
    "jit": "off",
    "statement_timeout": "300s",
    "lock_timeout": "30s",
    "idle_in_transaction_session_timeout": "120s",
}
_POSTGRES_CONNECTION = {
    "application_name": "syncd",
    "client_encoding": "utf8",
    "connect_timeout": 10,
    # A cut cable is noticed within two minutes; TCP alone would take hours to free our locks.
    "keepalives": 1,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,
}


class Database:
    """One database. ``address`` names it in messages: the file, or host and database, never a password.

    SQLite is opened in mode ``rw``: only ``create`` makes a file, so that one deleted while we run stays deleted.
    """

    def __init__(self, url: str, *, read_only: bool = False) -> None:
        try:
            self.url = sa.make_url(url)
        except sa.exc.ArgumentError:
            raise StoreBroken(
                "The database URL cannot be read.", remedy='Write "sqlite:///FILE" or "postgresql://USER@HOST/NAME".'
            ) from None
        self.read_only = read_only
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self._psycopg: ModuleType | None = None
        self._connection: sa.Connection | None = None
        self._inode: tuple[int, int] | None = None
        self._was_open = False
        if self.is_sqlite:
            if not self.url.database or self.url.database == ":memory:":
                raise StoreBroken("The database needs a file.", remedy='Write "sqlite:///FILE" in [database] url.')
            self.path = Path(self.url.database).absolute()
            self.address = str(self.path)
            self.engine = self._sqlite_engine()
        elif self.url.get_backend_name() == "postgresql":
            self.address = f"PostgreSQL database {self.url.database or ''} at {self.url.host or 'the local socket'}"
            self.engine = self._postgres_engine()
        else:
            raise StoreBroken(
                f"{self.url.get_backend_name()} is no database syncd can use.",
                remedy='Use "sqlite:///FILE" or "postgresql://USER@HOST/NAME".',
            )
        # Compiled once and executed by the driver, with plain tuples: SQLAlchemy's work per row costs twice the write.
        style = "qmark" if self.is_sqlite else "format"
        self.positional: sa.Dialect = type(self.engine.dialect)(paramstyle=style)  # type: ignore[call-arg]

    # --- opening ---------------------------------------------------------------------------------------------------
    def open(self, *, create: bool) -> None:
        """Make the first connection; StoreBroken if that fails. *create* makes a missing SQLite file (mode 0600)."""
        if self.is_sqlite:
            self._find_file(create=create)
        with self.transaction() as connection:
            if not self.is_sqlite:
                self._check_server(connection)
        self._was_open = True

    def close(self) -> None:
        """Give the connection back; SQLite's log is folded into the file by the last one that closes."""
        if self._connection is not None:
            with contextlib.suppress(sa.exc.SQLAlchemyError, sqlite3.Error):
                self._connection.close()
            self._connection = None
        self.engine.dispose()

    def _find_file(self, *, create: bool) -> None:
        if kind := _network_file_system(self.path):
            raise StoreBroken(
                f"{self.path} is on a network file system ({kind}), where SQLite's locks do not hold.",
                remedy="Keep the file on a local disk, or use PostgreSQL.",
            )
        if not self.path.exists():
            if not create:
                raise StoreBroken(f"There is no database at {self.path}.", remedy="`syncd sync` makes it.")
            try:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                os.close(os.open(self.path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
            except FileExistsError:
                pass
            except OSError as error:
                raise StoreBroken(
                    f"The database {self.path} cannot be made: {error.strerror}.", remedy="Check the folder's rights."
                ) from None
        found = self.path.stat()
        self._inode = (found.st_dev, found.st_ino)

    def _check_server(self, connection: sa.Connection) -> None:
        version = int(connection.scalar(sa.text("SHOW server_version_num")) or 0)
        if version < _OLDEST_POSTGRES:
            raise StoreBroken(
                f"{self.address} is version {version // 10000}; syncd needs {_OLDEST_POSTGRES // 10000} or newer."
            )
        encoding = connection.scalar(sa.text("SHOW server_encoding"))
        if encoding != "UTF8":
            raise StoreBroken(
                f"{self.address} is encoded in {encoding}; vendors' text needs UTF8.",
                remedy="Create it with: createdb --encoding=UTF8 --template=template0 NAME",
            )

    def _sqlite_engine(self) -> sa.Engine:
        mode = "ro" if self.read_only else "rw"
        name = f"file:{quote(str(self.path))}?mode={mode}"

        def connect() -> sqlite3.Connection:
            # isolation_level=None: the module would otherwise run SELECT and DDL outside of the transaction.
            made = sqlite3.connect(
                name, uri=True, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False
            )
            made.execute("PRAGMA foreign_keys=ON")
            if not self.read_only:
                made.execute("PRAGMA journal_mode=WAL")
                made.execute("PRAGMA synchronous=FULL")
                made.execute(f"PRAGMA journal_size_limit={WAL_LIMIT}")
                made.execute(f"PRAGMA wal_autocheckpoint={_WAL_PAGES}")
                made.execute(f"PRAGMA cache_size=-{_CACHE_KIB}")
            return made

        engine = sa.create_engine("sqlite://", creator=connect, poolclass=NullPool)
        # Immediate: a transaction that reads first and then writes is refused at once when another wrote in between.
        begin = "BEGIN" if self.read_only else "BEGIN IMMEDIATE"

        @event.listens_for(engine, "begin")
        def _begin(connection: sa.Connection) -> None:
            connection.exec_driver_sql(begin)

        return engine

    def _postgres_engine(self) -> sa.Engine:
        try:
            import psycopg  # noqa: PLC0415 - an extra, and a tenth of a second that SQLite users need not wait
        except ImportError:
            raise StoreBroken(
                "PostgreSQL needs a driver that is not installed.",
                remedy='Install it with: pip install "syncd[postgres]"',
            ) from None
        self._psycopg = psycopg
        chosen = _POSTGRES_SETTINGS | ({"default_transaction_read_only": "on"} if self.read_only else {})
        settings = " ".join(f"-c {name}={value}" for name, value in chosen.items())
        arguments: dict[str, Any] = {**_POSTGRES_CONNECTION, "options": settings}
        url = self.url.set(drivername="postgresql+psycopg")
        return sa.create_engine(url, connect_args=arguments, poolclass=NullPool)

    # --- transactions ----------------------------------------------------------------------------------------------
    @contextlib.contextmanager
    def transaction(self) -> Iterator[sa.Connection]:
        """All of the block or nothing of it; the database's errors leave as ours."""
        with self.explained():
            connection = self._connected()
            try:
                with connection.begin():
                    yield connection
            except BaseException:
                self._drop_if_lost(connection)
                raise

    @contextlib.contextmanager
    def reading(self) -> Iterator[Any]:
        """A driver's cursor for single SELECTs of what is committed: no transaction, no lock, one round trip."""
        with self.explained():
            connection = self._connected()
            driver = driver_of(connection)
            try:
                if not self.is_sqlite:
                    driver.autocommit = True
                yield driver.cursor()
                if not self.is_sqlite:
                    driver.autocommit = False
            except BaseException:
                self._drop(connection)
                raise

    def pipeline(self, connection: sa.Connection) -> contextlib.AbstractContextManager[Any]:
        """Statements of the block go to PostgreSQL without waiting for each one's answer. No COPY inside."""
        return contextlib.nullcontext() if self.is_sqlite else driver_of(connection).pipeline()

    def run_alone(self, command: str) -> None:
        """Run one of the few commands that databases refuse inside a transaction."""
        with self.explained():
            self._same_file()
            with contextlib.closing(self.engine.raw_connection()) as connection:
                driver: Any = connection.driver_connection
                if not self.is_sqlite:
                    driver.autocommit = True
                driver.cursor().execute(command)

    def direct_session(self, name: str) -> Any:
        """A connection of PostgreSQL's driver beside ours, without transactions, under *name*; for locks."""
        with self.explained():
            arguments = self.engine.dialect.create_connect_args(self.url.set(drivername="postgresql+psycopg"))[1]
            settings = {**_POSTGRES_CONNECTION, "application_name": name[:_LONGEST_NAME], "options": "-c timezone=UTC"}
            # psycopg is there: the engine was made with it.
            return self._psycopg.connect(**arguments, **settings, autocommit=True)  # type: ignore[union-attr]

    def _connected(self) -> sa.Connection:
        self._same_file()
        if self._connection is None:
            self._connection = self.engine.connect()
            # Connecting begins a transaction of SQLAlchemy's on some dialects; ours begin one at a time.
            self._connection.rollback()
        return self._connection

    def _drop_if_lost(self, connection: sa.Connection) -> None:
        driver = connection.connection.driver_connection if not connection.invalidated else None
        if driver is None or getattr(driver, "closed", False) or connection.in_transaction():
            self._drop(connection)

    def _drop(self, connection: sa.Connection) -> None:
        """Part with a connection in doubt; the next transaction makes a new one."""
        self._connection = None
        with contextlib.suppress(sa.exc.SQLAlchemyError, *self.driver_errors):
            connection.invalidate()
            connection.close()

    def _same_file(self) -> None:
        if self._inode is None:
            return
        try:
            found = os.stat(self.path)  # noqa: PTH116 - a fifth of the time, in every transaction
        except OSError as error:
            raise StoreBroken(
                f"The database {self.path} is gone: {error.strerror}.", remedy="Put it back, or start anew."
            ) from None
        if (found.st_dev, found.st_ino) != self._inode:
            raise StoreBroken(f"The database {self.path} was replaced by another file.", remedy="Start syncd again.")

    # --- errors ----------------------------------------------------------------------------------------------------
    @property
    def driver_errors(self) -> tuple[type[Exception], ...]:
        """What the driver raises."""
        return (sqlite3.Error,) if self._psycopg is None else (self._psycopg.Error,)

    @contextlib.contextmanager
    def explained(self) -> Iterator[None]:
        """Database errors of the block as StoreBusy, StoreFull, StoreAltered or StoreBroken.

        The library's own texts stay behind: they quote statements, values of rows and connection strings.
        """
        try:
            yield
        except sa.exc.DBAPIError as error:
            raise self._explain(error.orig) from None
        except self.driver_errors as error:
            raise self._explain(error) from None

    def _explain(self, error: BaseException | None) -> StoreError:
        if isinstance(error, sqlite3.Error):
            return of_sqlite(error, self.address, waited_s=BUSY_TIMEOUT_S)
        driver = self._psycopg
        broke_off = driver is not None and isinstance(error, (driver.OperationalError, driver.InterfaceError))
        return of_postgres(error, self.address, was_open=self._was_open, broke_off=broke_off)

    # --- upkeep of SQLite's log ------------------------------------------------------------------------------------
    def wal_bytes(self) -> int:
        """Size of SQLite's write-ahead log; 0 on PostgreSQL."""
        if not self.is_sqlite:
            return 0
        try:
            return self.path.with_name(f"{self.path.name}-wal").stat().st_size
        except FileNotFoundError:
            return 0

    def checkpoint(self) -> bool:
        """Fold SQLite's log into the file and empty it; False while a reader holds a part of it."""
        if not self.is_sqlite:
            return True
        with self.explained():
            self._same_file()
            driver = driver_of(self._connected())
            cursor = driver.cursor()
            cursor.execute("PRAGMA busy_timeout=0")
            try:
                busy = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
            finally:
                cursor.execute(f"PRAGMA busy_timeout={int(BUSY_TIMEOUT_S * 1000)}")
            return not busy


def driver_of(connection: sa.Connection) -> Any:
    """The driver's own connection behind SQLAlchemy's."""
    return connection.connection.driver_connection


def _network_file_system(path: Path) -> str | None:
    """The kind of network file system *path* is on, if it is on one (Linux only; elsewhere None)."""
    try:
        mounts = Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    folder = str(path.parent.resolve())
    best, kind = "", ""
    for line in mounts.splitlines():
        before, _, after = line.partition(" - ")
        fields, kinds = before.split(" "), after.split(" ")
        point = fields[4].replace("\\040", " ")
        if (folder == point or folder.startswith(point.rstrip("/") + "/")) and len(point) >= len(best):
            best, kind = point, kinds[0]
    return kind if kind in _NETWORK_FILE_SYSTEMS else None
