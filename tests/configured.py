"""Configurations for tests: one account written out, and what loading says about a text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from syncd.ask import Question
from syncd.collection import Collection, Listing, Parents, Tier, Windows, instant, text
from syncd.config import Config, load
from syncd.errors import ConfigError
from syncd.reading import Account, Part, Reading, Taken
from syncd.vendors import VENDORS
from syncd.vendors.base import Limits, Sessions, Setting
from syncd.vendors.trackops import TRACKOPS
from tests.turned_clock import TurnedClock

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
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

VANS = f"""\
[connections.vans]
vendor = "made_up"
base_url = "https://vans.example.com"
key = "{CANARY}"
"""


def _nothing(_account: Account, _part: Part) -> Reading:
    """A reading that asks for nothing."""
    yield from ()
    return Taken([])


def _windowed(name: str, parent: str, *, having: str = "", **more: Any) -> Collection:
    parents = Parents(parent, link=(("van_id", "id"),), mark="seen_at", option="vans", having=having)
    return Collection(
        name=name,
        table=f"made_up_{name}",
        path="",
        one="",
        key=("van_id", "time"),
        strategy=Windows(
            _nothing, start="time", parents=parents, lookback=timedelta(hours=48), tiers=(Tier(7 * DAY, DAY),)
        ),
        columns=(text("van_id", "whose"), instant("time", "when"), text("what", "what")),
        **more,
    )


def _listed(name: str, **more: Any) -> Collection:
    columns = (text("id", "its id"), instant("seen_at", "when it reported"), text("label", "its name"))
    return Collection(
        name=name, table=f"made_up_{name}", path="", one="", key=("id",), strategy=Listing(_nothing), columns=columns,
        **more,
    )  # fmt: skip


def _checked(settings: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    if ("key" in settings) == ("login" in settings):
        return (("key", "is missing, or stands beside a login: write one of them."),)
    return ()


def _looked_at(settings: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return () if "7f3e" in settings.get("key", "7f3e") else (("key", "is none of this vendor's: they hold 7f3e."),)


MADE_UP = replace(
    TRACKOPS,
    name="made_up",
    title="Made Up",
    settings=(
        Setting("login", "login of a person", required=False),
        Setting("password", "the login's password", secret=True, required=False),
        Setting("key", "a key", secret=True, required=False, example="env:KEY"),
        Setting("auth", "where the key goes", required=False, choices=("field", "header"), default="field"),
    ),
    base_url=None,
    base_url_example="https://api.example.com/v2",
    base_url_suffix="",
    limits=Limits(rate=(10, 1.0), documented=(50, 1.0), parallel=4, after_answer=False, host=(50, 1.0)),
    collections=(
        _listed("vans", every=timedelta(hours=1)),
        _listed("keys", enabled_by_default=False),
        _windowed("trips", "vans"),
        _windowed("points", "vans", options=(("vans", "the only vans to ask"),), enabled_by_default=False),
        _windowed("key_history", "keys", having="trips", enabled_by_default=False),
    ),
    lookups=(),
    count=None,
    since=90 * DAY,
    sessions=Sessions(lambda settings: "login" in settings, lambda _: Question("/in"), str, Question("/on")),
    check=_checked,
    warn=_looked_at,
)
"""A vendor with windows, parents, options and an address that must be configured."""


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


@contextmanager
def made_up() -> Iterator[None]:
    """The made-up vendor is known as long as the block lasts."""
    VENDORS[MADE_UP.name] = MADE_UP
    try:
        yield
    finally:
        del VENDORS[MADE_UP.name]
