"""What the contract tier shares: an account on each database, from a template that was migrated once."""

from __future__ import annotations

from tests.accounts import both, database, database_url, open_account, postgres_template, sqlite_template, sqlite_url

__all__ = ["both", "database", "database_url", "open_account", "postgres_template", "sqlite_template", "sqlite_url"]
