"""Configurations for tests: one account written out, and what loading says about a text."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from syncd.config import Config, load
from syncd.errors import ConfigError
from tests.turned_clock import TurnedClock

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
CANARY = "canary-7f3e-token"

DATABASE = """\
[database]
url = "sqlite:///syncd.db"
"""

ACME = f"""\
[connections.acme]
vendor = "trackops"
subdomain = "mycompany"
username = "ida.sync"
token = "{CANARY}"
"""

WHOLE = DATABASE + ACME


def loaded(folder: Path, text: str, environ: Mapping[str, str] | None = None, **more: bool) -> Config:
    """The configuration that *text* is, from a file of mode 0600 in *folder*."""
    file = folder / "config.toml"
    file.write_text(text)
    file.chmod(0o600)
    return load(file, environ=environ or {}, clock=TurnedClock(NOW), **more)


def problems(folder: Path, text: str, environ: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """Every problem of *text*, without the folder; empty if it can be used."""
    try:
        loaded(folder, text, environ)
    except ConfigError as error:
        return tuple(problem.replace(f"{folder}/", "") for problem in error.problems or (error.message,))
    return ()
