"""Fixtures for accounts: a database of each kind, cloned from a template that was migrated once a session."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from syncd.clock import SystemClock
from syncd.store import Store
from syncd.vendors.trackops import TRACKOPS
from tests import kit
from tests.postgres import Server

both = pytest.mark.parametrize("database", ["sqlite", "postgresql"], indirect=True)
"""For tests whose subject is what a database does to a run; the others are as well told on SQLite."""

MEMORY = Path("/dev/shm")  # noqa: S108 (every test makes its own folder there, readable by its user alone)

Open = Callable[..., Awaitable[kit.Account]]


async def _migrate(url: str) -> None:
    store = await Store.open(url, (TRACKOPS,), clock=SystemClock())
    await store.close()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty SQLite file."""
    file = tmp_path_factory.mktemp("template") / "syncd.db"
    asyncio.run(_migrate(f"sqlite:///{file}"))
    return file


@pytest.fixture(scope="session")
def postgres_template(postgres: Server) -> str:
    """The name of a migrated, empty PostgreSQL database."""
    url = postgres.create(like="contract")
    asyncio.run(_migrate(url))
    return url.removeprefix(postgres.url).removesuffix(postgres.query)


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
def database_url(request: pytest.FixtureRequest, database: str, quick_folder: Path) -> Iterator[str]:
    """An empty database of this test."""
    if database == "sqlite":
        yield _file(quick_folder, request.getfixturevalue("sqlite_template"))
        return
    server: Server = request.getfixturevalue("postgres")
    url = server.create(template=request.getfixturevalue("postgres_template"), like="account")
    yield url
    server.drop(url)


@pytest_asyncio.fixture
async def open_account(tmp_path: Path, database_url: str) -> AsyncIterator[Open]:
    """Opens accounts on this test's database, and closes them at its end; arguments as ``kit.account`` takes them."""
    async with AsyncExitStack() as stack:

        async def opened(**options: Any) -> kit.Account:
            return await stack.enter_async_context(kit.account(tmp_path, database_url, **options))

        yield opened
