"""What all tiers share: one PostgreSQL server a session."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.postgres import Server, server_or_skip


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """The server of this session; without one the tests that ask for it are skipped, or fail in CI."""
    yield from server_or_skip()
