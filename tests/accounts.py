"""Fixtures for accounts: a database of each kind, cloned from a template that was migrated once a session."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from syncd.clock import SystemClock
from syncd.store import Store
from syncd.vendors import VENDORS
from tests import kit
from tests.postgres import Server

both = pytest.mark.parametrize("database", ["sqlite", "postgresql"], indirect=True)
"""For tests whose subject is what a database does to a run; the others are as well told on SQLite."""

MEMORY = Path("/dev/shm")  # noqa: S108 (every test makes its own folder there, readable by its user alone)

Open = Callable[..., Awaitable[kit.Account]]


async def _migrate(url: str, vendor: str) -> None:
    store = await Store.open(url, (VENDORS[vendor],), clock=SystemClock())
    await store.close()


@dataclass(slots=True)
class Templates:
    """Migrated, empty databases by vendor, each made when it is first wanted."""

    folder: Path
    files: dict[str, Path] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)

    def file(self, vendor: str) -> Path:
        """A SQLite file."""
        if vendor not in self.files:
            file = self.folder / f"{vendor}.db"
            asyncio.run(_migrate(f"sqlite:///{file}", vendor))
            self.files[vendor] = file
        return self.files[vendor]

    def name(self, vendor: str, server: Server) -> str:
        """The name of a PostgreSQL database."""
        if vendor not in self.names:
            url = server.create(like="contract")
            asyncio.run(_migrate(url, vendor))
            self.names[vendor] = url.removeprefix(server.url).removesuffix(server.query)
        return self.names[vendor]


@pytest.fixture(scope="session")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Templates:
    """The databases that those of tests are copies of."""
    return Templates(tmp_path_factory.mktemp("template"))


@pytest.fixture(scope="session")
def sqlite_template(templates: Templates) -> Path:
    """A migrated, empty SQLite file for Trackops."""
    return templates.file("trackops")


@pytest.fixture(scope="session")
def postgres_template(templates: Templates, postgres: Server) -> str:
    """The name of a migrated, empty PostgreSQL database for Trackops."""
    return templates.name("trackops", postgres)


@pytest.fixture
def vendor_name() -> str:
    """Whose tables a test's database has; modules about other vendors have a fixture of their own."""
    return "trackops"


def _file(folder: Path, template: Path) -> str:
    file = folder / "syncd.db"
    shutil.copyfile(template, file)
    file.chmod(0o600)
    return f"sqlite:///{file}"


@pytest.fixture
def quick_folder(tmp_path: Path) -> Iterator[Path]:
    """A folder in memory where the system has such a thing: no test here is about what survives a power cut."""
    if not MEMORY.is_dir():
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(prefix="syncd-test-", dir=MEMORY) as folder:
        yield Path(folder)


@pytest.fixture
def sqlite_url(quick_folder: Path, sqlite_template: Path) -> str:
    """An empty SQLite database of this test."""
    return _file(quick_folder, sqlite_template)


@pytest.fixture
def database(request: pytest.FixtureRequest) -> str:
    """Which kind of database a test runs on; SQLite unless it is marked with ``both``."""
    return str(getattr(request, "param", "sqlite"))


@pytest.fixture
def database_url(
    request: pytest.FixtureRequest, database: str, quick_folder: Path, templates: Templates, vendor_name: str
) -> Iterator[str]:
    """An empty database of this test."""
    if database == "sqlite":
        yield _file(quick_folder, templates.file(vendor_name))
        return
    server: Server = request.getfixturevalue("postgres")
    url = server.create(template=templates.name(vendor_name, server), like="account")
    yield url
    server.drop(url)


@pytest_asyncio.fixture
async def open_account(tmp_path: Path, database_url: str, vendor_name: str) -> AsyncIterator[Open]:
    """Opens accounts on this test's database, and closes them at its end; arguments as ``kit.account`` takes them."""
    async with AsyncExitStack() as stack:

        async def opened(**options: Any) -> kit.Account:
            options.setdefault("vendor", vendor_name)
            return await stack.enter_async_context(kit.account(tmp_path, database_url, **options))

        yield opened
