"""Databases for the store's tests: every test that asks for ``database`` runs on SQLite and on PostgreSQL."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from syncd.store import Store
from syncd.vendors import VENDORS
from syncd.vendors.base import Vendor
from tests.postgres import Server
from tests.store.yard import YARD, make_tables
from tests.turned_clock import TurnedClock

Opener = Callable[..., Awaitable[Store]]


def _make(url: str, *vendors: Vendor) -> None:
    async def make() -> None:
        store = await Store.open(url, vendors or list(VENDORS.values()), clock=TurnedClock())
        await store.close()

    asyncio.run(make())


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with the schema, to copy."""
    path = tmp_path_factory.mktemp("template") / "syncd.db"
    _make(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgres_template(postgres: Server) -> str:
    """The name of a database with the schema, to clone."""
    url = postgres.create(like="template")
    _make(url)
    return url.removeprefix(postgres.url).removesuffix(postgres.query)


@pytest.fixture(scope="session")
def sqlite_yard(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with the tables of Trackops and of a made-up vendor: a third of all."""
    path = tmp_path_factory.mktemp("yard") / "syncd.db"
    _make(f"sqlite:///{path}", VENDORS["trackops"])
    make_tables(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgres_yard(postgres: Server) -> str:
    """The name of a database with the same."""
    url = postgres.create(like="yard")
    _make(url, VENDORS["trackops"])
    make_tables(url)
    return url.removeprefix(postgres.url).removesuffix(postgres.query)


@pytest.fixture(params=["sqlite", "postgresql"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def database(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database of the test's own, with the schema in it."""
    of = "yard" if "yard" in request.fixturenames else "template"
    if kind == "sqlite":
        path = tmp_path / "syncd.db"
        shutil.copyfile(request.getfixturevalue(f"sqlite_{of}"), path)
        yield f"sqlite:///{path}"
        return
    server: Server = request.getfixturevalue("postgres")
    url = server.create(template=request.getfixturevalue(f"postgres_{of}"))
    yield url
    server.drop(url)


@pytest.fixture
def empty_database(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database without anything in it."""
    if kind == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    server: Server = request.getfixturevalue("postgres")
    url = server.create(like="empty")
    yield url
    server.drop(url)


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock()


@pytest_asyncio.fixture
async def open_store(clock: TurnedClock) -> AsyncIterator[Opener]:
    """Opens stores that are closed when the test ends."""
    opened: list[Store] = []

    async def opener(url: str, **options: bool) -> Store:
        store = await Store.open(url, list(VENDORS.values()), clock=clock, **options)
        opened.append(store)
        return store

    yield opener
    for store in opened:
        await store.close()


@pytest_asyncio.fixture
async def store(open_store: Opener, database: str) -> Store:
    """A store on ``database`` that knows the connection ``acme``."""
    made = await open_store(database)
    await made.enroll("acme", VENDORS["trackops"])
    return made


@pytest_asyncio.fixture
async def yard(database: str, clock: TurnedClock) -> AsyncIterator[Store]:
    """A store with the tables of a made-up vendor, which knows its connection ``acme``."""
    made = await Store.open(database, [YARD], clock=clock)
    await made.enroll("acme", YARD)
    yield made
    await made.close()
