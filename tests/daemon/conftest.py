"""What the daemon's tests share: an empty database of each kind, from a template that was migrated once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.accounts import both, database, database_url, postgres_template, sqlite_template, sqlite_url
from tests.postgres import Server

__all__ = ["both", "database", "database_url", "postgres_template", "postgres_url", "sqlite_template", "sqlite_url"]


@pytest.fixture
def postgres_url(postgres: Server, postgres_template: str) -> Iterator[str]:
    """An empty PostgreSQL database of this test."""
    url = postgres.create(template=postgres_template, like="daemon")
    yield url
    postgres.drop(url)
