"""Alembic's entry: runs revisions on the connection that syncd.store.migrate hands over, inside its transaction."""

from __future__ import annotations

from alembic import context

context.configure(
    connection=context.config.attributes["connection"],
    version_table="syncd_alembic_version",
    # One transaction around everything on both databases: a revision that fails half-way leaves nothing behind.
    transactional_ddl=True,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
