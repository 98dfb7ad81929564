"""What ``syncd init`` asks a person, or finds on its command line: the settings of one connection."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

import typer

from syncd.cli import output
from syncd.errors import UsageError
from syncd.secret import SOURCES
from syncd.vendors.base import Setting, Vendor

_HERE: Final = "here"
_OPTIONS: Final = ("subdomain", "login", "api_key", "password")
"""Settings with an option of their own though no connection needs them."""


@dataclass(frozen=True, slots=True)
class Dialogue:
    """Whether there is a person to be asked."""

    asks: bool

    def text(self, question: str, flag: str, *, default: str = "", hidden: bool = False) -> str:
        """An answer in words; UsageError names the flag where nobody can be asked."""
        if not self.asks:
            if default:
                return default
            raise UsageError(f"There is nobody to ask, so {flag} is needed.", remedy="See `syncd init --help`.")
        with _interruptible():
            found: str = typer.prompt(question, default=default or None, hide_input=hidden, err=True)
        return found.strip()

    def agrees(self, question: str, *, default: bool) -> bool:
        """Yes or no; where nobody can be asked, *default*."""
        if not self.asks:
            return default
        with _interruptible():
            return typer.confirm(question, default=default, err=True)


@contextmanager
def _interruptible() -> Iterator[None]:
    """Ctrl-C or the end of input at a question is an interruption as anywhere else."""
    try:
        yield
    except typer.Abort:
        raise KeyboardInterrupt from None


@dataclass(frozen=True, slots=True)
class Given:
    """What the command line said: values, and for secrets where they stand."""

    plain: Mapping[str, str]
    secret: Mapping[str, str]

    def has(self, name: str) -> bool:
        """Whether the setting called *name* was given."""
        return name in self.plain or name in self.secret


def pairs(given: Sequence[str]) -> dict[str, str]:
    """The values of ``--set``."""
    found = {}
    for pair in given:
        name, equals, value = pair.partition("=")
        if not equals or not name or not value:
            raise UsageError(f"--set takes KEY=VALUE, not {name!r}.", remedy="For example --set auth=header.")
        found[name] = value
    return found


def given_for(vendor: Vendor, plain: Mapping[str, str | None], secret: Mapping[str, str | None]) -> Given:
    """What was given, all of it for *vendor*; UsageError names what its connections do not have."""
    declared = {setting.name: setting for setting in vendor.settings}
    given = Given(
        {name: value for name, value in plain.items() if value},
        {name: value for name, value in secret.items() if value},
    )
    for name in given.plain:
        if name in declared and declared[name].secret:
            raise UsageError(
                f"{name} is a secret, which a command line shows to everybody.",
                remedy=f"Write {_flag(declared[name])}, with where it stands.",
            )
    for name in (*given.plain, *given.secret):
        if name not in declared and name not in {"base_url", "rate"}:
            known = ", ".join(map(_flag, vendor.settings))
            raise UsageError(f"Connections to {vendor.title} have no {name}.", remedy=f"They have {known}.")
    return given


def _flag(setting: Setting) -> str:
    """The option of the command line that takes a setting."""
    if setting.choices or (not setting.required and setting.name not in _OPTIONS):
        return f"--set {setting.name}=…"
    name = f"--{setting.name.replace('_', '-')}"
    return f"{name}-from" if setting.secret else name


def settings_of(dialogue: Dialogue, vendor: Vendor, given: Given) -> dict[str, str]:
    """The settings of the connection: as given, the rest as answered."""
    settings = dict(given.plain)
    if vendor.base_url is None and "base_url" not in settings:
        example = f", such as {vendor.base_url_example}" if vendor.base_url_example else ""
        settings["base_url"] = dialogue.text(f"base_url: the API's address{example}\nbase_url", "--base-url")
    way = _way(dialogue, vendor, given)
    for setting in vendor.settings:
        wanted = setting.required or setting.name == "subdomain" or setting.name in way or given.has(setting.name)
        if setting.name in settings or not wanted or (setting.name == "subdomain" and "base_url" in settings):
            continue
        if setting.secret:
            settings[setting.name] = _secret(dialogue, setting, given.secret.get(setting.name))
        else:
            example = f", such as {setting.example}" if setting.example else ""
            question = f"{setting.name}: {setting.doc}{example}\n{setting.name}"
            settings[setting.name] = _usable(dialogue, vendor, setting, question)
    return settings


def _usable(dialogue: Dialogue, vendor: Vendor, setting: Setting, question: str) -> str:
    """An answer that the vendor's own check has nothing against; whoever cannot be asked again is told later."""
    while True:
        found = dialogue.text(question, _flag(setting))
        says = dict(vendor.check({setting.name: found})).get(setting.name)
        if says is None or not dialogue.asks:
            return found
        output.note(f"{setting.name} {says}")
        question = setting.name


def _way(dialogue: Dialogue, vendor: Vendor, given: Given) -> tuple[str, ...]:
    """The settings that are to authenticate, of a vendor with several ways; () where there is nothing to choose."""
    if not vendor.logins:
        return ()
    begun = [way for way in vendor.logins if any(given.has(name) for name in way)]
    if begun:
        return begun[0]
    if not dialogue.asks:
        # Whoever cannot be asked is told of the recommended way, by the flag that is missing.
        return vendor.logins[0]
    ways = {str(number): way for number, way in enumerate(vendor.logins, 1)}
    listed = "\n".join(
        f"  {number} = {' and '.join(way)}{' (recommended)' if way is vendor.logins[0] else ''}"
        for number, way in ways.items()
    )
    answer = ""
    while answer not in ways:
        answer = dialogue.text(f"How does syncd log in?\n{listed}\nnumber", "", default="1")
    return ways[answer]


def _secret(dialogue: Dialogue, setting: Setting, source: str | None) -> str:
    """A reference to the secret, or the secret itself."""
    flag = _flag(setting)
    if source is None:
        question = (
            f"{setting.name}: {setting.doc}.\n"
            f"Where does it stand? {_HERE} = I type it now, kept in the file that only I can read; "
            "or env:NAME, file:PATH, credential:NAME"
        )
        source = dialogue.text(question, flag, default=_HERE if dialogue.asks else "")
        while source != _HERE and not source.startswith(SOURCES):
            # Perhaps the secret itself, which is better not repeated.
            output.note(f"That does not say where it stands. Write {_HERE} to type it where nobody sees it.")
            source = dialogue.text("Where does it stand?", flag, default=_HERE)
        if source == _HERE:
            return dialogue.text(f"{setting.name} (not shown)", flag, hidden=True)
    if source == "-":
        return _from_standard_input(flag)
    if not source.startswith(SOURCES):
        raise UsageError(
            f"{flag} names where the secret stands, never the secret itself.",
            remedy="Write env:NAME, file:PATH or credential:NAME; or -, and give it on standard input.",
        )
    return source


def _from_standard_input(flag: str) -> str:
    found = sys.stdin.readline().rstrip("\r\n")
    if not found.strip():
        raise UsageError(f"{flag} - found nothing on standard input.", remedy="Write: syncd init … < FILE")
    return found
