"""What all tiers share: one PostgreSQL server a session, and accounts on databases cloned from a migrated template."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

# What the kit asserts for the tests is told as fully as what they assert themselves.
pytest.register_assert_rewrite("tests.kit", "tests.oracle")

from tests.accounts import (  # noqa: E402 (rewriting must be asked for before the import)
    database,
    database_url,
    open_account,
    postgres_template,
    quick_folder,
    sqlite_template,
    sqlite_url,
    templates,
    vendor_name,
)
from tests.postgres import Server, server_or_skip  # noqa: E402

__all__ = [
    "database", "database_url", "open_account", "postgres_template", "quick_folder", "sqlite_template", "sqlite_url",
    "templates", "vendor_name",
]  # fmt: skip


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """The server of this session; without one the tests that ask for it are skipped, or fail in CI."""
    yield from server_or_skip()
