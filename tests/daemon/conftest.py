"""What the daemon's tests share beside the databases of all tiers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.postgres import Server


@pytest.fixture
def postgres_url(postgres: Server, postgres_template: str) -> Iterator[str]:
    """An empty PostgreSQL database of this test."""
    url = postgres.create(template=postgres_template, like="daemon")
    yield url
    postgres.drop(url)
