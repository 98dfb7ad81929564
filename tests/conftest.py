"""What all tiers share: one PostgreSQL server a session, and accounts on databases cloned from a migrated template."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

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


# How many examples: few while one writes, more where nobody waits. HYPOTHESIS_PROFILE names the profile. No deadline
# and no check of speed: a machine that does other things besides is slow now and then, which is no fault of the code.
_UNHURRIED = [HealthCheck.too_slow]
settings.register_profile("dev", max_examples=50, deadline=None, suppress_health_check=_UNHURRIED)
settings.register_profile("ci", max_examples=500, deadline=None, print_blob=True, suppress_health_check=_UNHURRIED)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if os.environ.get("CI") else "dev"))


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """The server of this session; without one the tests that ask for it are skipped, or fail in CI."""
    yield from server_or_skip()
