"""The schema's way from one revision to the next: Alembic, one branch for the core and one for each vendor.

Whether anything is to do is told from the revision files' own lines and one small query, so that a command on a current
database does not pay for loading Alembic.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from syncd.errors import StoreBroken
from syncd.store.engine import Database
from syncd.store.schema import Schema
from syncd.store.views import refresh_views

VERSION_TABLE = "syncd_alembic_version"
CORE = "core"
# Any constant does; it is "syncd" in bytes, and the schema is one lock for the whole database.
_UPGRADE_LOCK = 0x73796E6364


def migrations_folder() -> Path:
    """Beside the package in a checkout, inside of it once installed."""
    package = Path(__file__).resolve().parent.parent
    installed = package / "migrations"
    return installed if installed.is_dir() else package.parent / "migrations"


@cache
def revisions(branch: str) -> tuple[str, ...]:
    """Identifiers of *branch*'s revisions, oldest first; empty if there is no such branch."""
    below: dict[str | None, str] = {}
    for file in sorted((migrations_folder() / "versions" / branch).glob("*.py")):
        source = file.read_text(encoding="utf-8")
        named = dict(re.findall(r"^(revision|down_revision)\b[^=\n]*= (?:\"([^\"]+)\"|None)", source, re.MULTILINE))
        below[named["down_revision"] or None] = named["revision"]
    ordered: list[str] = []
    at: str | None = None
    while (at := below.get(at)) is not None:
        ordered.append(at)
    return tuple(ordered)


def branches(vendors: Iterable[str]) -> tuple[str, ...]:
    """The branches that *vendors* need, in the order they are applied."""
    return (CORE, *sorted(set(vendors)))


def applied(connection: sa.Connection) -> frozenset[str]:
    """The revisions the database says it is at; empty for a new one."""
    if not sa.inspect(connection).has_table(VERSION_TABLE):
        return frozenset()
    rows: sa.Result[*tuple[Any, ...]] = connection.execute(
        sa.select(sa.column("version_num")).select_from(sa.table(VERSION_TABLE))
    )
    return frozenset(row[0] for row in rows)


def current(connection: sa.Connection, vendors: Iterable[str]) -> dict[str, tuple[str | None, str]]:
    """For each branch in use: (revision of the database or None, newest revision this program knows)."""
    at = applied(connection)
    return {
        branch: (next((r for r in revisions(branch) if r in at), None), revisions(branch)[-1])
        for branch in branches(vendors)
    }


def pending(connection: sa.Connection, vendors: Sequence[str]) -> list[str]:
    """Revisions still to be applied for *vendors*. StoreBroken if the database is newer than this program."""
    at = applied(connection)
    folders = (f.name for f in (migrations_folder() / "versions").iterdir() if f.is_dir())
    known = {revision: branch for branch in folders for revision in revisions(branch)}
    if strange := sorted(at - known.keys()):
        newest = sorted(r for b in branches(vendors) for r in revisions(b)[-1:])
        raise StoreBroken(
            f"The database's schema ({', '.join(strange)}) is newer than this program's ({', '.join(newest)}).",
            remedy="Update syncd, or restore the backup made before the database was upgraded.",
        )
    due: list[str] = []
    for branch in branches(vendors):
        every = revisions(branch)
        reached = next((i for i, r in enumerate(every) if r in at), -1)
        due += every[reached + 1 :]
    return due


def upgrade(db: Database, schema: Schema, vendors: Sequence[str]) -> list[str]:
    """Apply what is pending, in one transaction with the views; the revisions applied."""
    with db.transaction() as connection:
        if not db.is_sqlite:
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_UPGRADE_LOCK)))
        due = pending(connection, vendors)
        if due:
            _run(connection, [f"{branch}@head" for branch in branches(vendors)])
            refresh_views(connection, schema)
    return due


def require_current(connection: sa.Connection, vendors: Sequence[str]) -> None:
    """StoreBroken if an upgrade is due."""
    if due := pending(connection, vendors):
        at = ", ".join(sorted(applied(connection))) or "empty"
        raise StoreBroken(
            f"The database's schema ({at}) is older than this program's ({due[-1]}).", remedy="Run `syncd db upgrade`."
        )


def _run(connection: sa.Connection, targets: Sequence[str]) -> None:
    from alembic import command  # noqa: PLC0415 - a quarter of a second that only an upgrade needs
    from alembic.config import Config  # noqa: PLC0415

    folder = migrations_folder()
    config = Config()
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    locations = (str(f) for f in sorted((folder / "versions").iterdir()) if f.is_dir() and not f.name.startswith("_"))
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", "\n".join(locations).replace("%", "%%"))
    config.attributes["connection"] = connection
    for target in targets:
        command.upgrade(config, target)
