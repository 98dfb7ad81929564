"""A configuration file as ``syncd init`` writes it: the text of a connection, and how it gets into the file safely."""

from __future__ import annotations

import json
import os
import re
import tempfile
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from syncd.collection import Windows
from syncd.config import units
from syncd.config.load import load
from syncd.config.values import Config
from syncd.errors import ConfigError
from syncd.secret import SOURCES
from syncd.vendors.base import Vendor

PRIVATE: Final = 0o600
_WIDTH: Final = 120
DATABASE: Final = "sqlite:///syncd.db"

_HEAD: Final = """\
# Configuration of syncd. `syncd config show` prints every key with the value in effect,
# `syncd config check` says everything that is wrong here. A line that begins with # changes nothing.

[database]
# Relative to this file. For a server: "postgresql://USER:PASSWORD@HOST:5432/NAME".
url = {url}
"""

_TAIL: Final = """\
{pace}
{written}rate = {rate}
# The part of that which is syncd's, if other programs use the same account.
# rate_share = "100%"
"""

_SINCE: Final = """\
# How far back collections start that are read in windows of time: a date, or a duration.
# since = "{since}"
"""

_COLLECTION: Final = """
# One collection's own ways: how often it is read, when everything is read again to find deletions, or not at all.
# [connections.{name}.collections.{collection}]
# every = "{every}"
# sweep = "{sweep}"
# enabled = false
"""

_OFF: Final = """
{off}
# [connections.{name}.collections.{collection}]
# enabled = true
"""


def new_file(database: str = DATABASE) -> str:
    """The text of a file without connections."""
    return _HEAD.format(url=_quoted(database))


def connection_text(name: str, vendor: Vendor, settings: Mapping[str, str]) -> str:
    """A ``[connections.NAME]`` table with its comments; *settings* are the vendor's own, ``base_url`` and ``rate``."""
    lines = [f"[connections.{name}]", f"vendor = {_quoted(vendor.name)}"]
    for setting in vendor.settings:
        if setting.name in settings:
            value = settings[setting.name]
            what = setting.doc
            if setting.secret and value.startswith(SOURCES):
                what += "; read from there whenever syncd starts"
            elif setting.secret:
                what += "; keep this file to yourself, or write env:NAME, file:PATH or credential:NAME"
            lines += [_comment(_sentence(what)), f"{setting.name} = {_quoted(value)}"]
    if "base_url" in settings:
        ends = f"; it ends in {vendor.base_url_suffix}" if vendor.base_url_suffix else ""
        lines += [f"# Address of the API{ends}.", f"base_url = {_quoted(settings['base_url'])}"]
    return "\n".join([*lines, *_tail(name, vendor, settings)])


def _tail(name: str, vendor: Vendor, settings: Mapping[str, str]) -> Iterator[str]:
    """What may be changed later, in comments."""
    by_class = vendor.limits_by_class
    usual = vendor.usual_rates
    limit = units.rates_text({name: (limits.documented,) for name, limits in by_class.items()})
    yield _TAIL.format(
        pace=_comment(
            f"Pace of sending, at most. Without it: {units.rates_text(usual)}; the limit of {vendor.title} is {limit}."
        ),
        rate=_quoted(settings["rate"]) if "rate" in settings else _rate(usual),
        written="" if "rate" in settings else "# ",
    ).rstrip()
    windowed = [each for each in vendor.collections if isinstance(each.strategy, Windows)]
    if windowed and vendor.since is not None:
        yield _SINCE.format(since=units.duration_text(vendor.since)).rstrip()
    usually = [each for each in vendor.collections if each.enabled_by_default and each not in windowed]
    yield _COLLECTION.format(
        name=name,
        collection=usually[-1].name,
        every=units.duration_text(usually[-1].every or vendor.every),
        sweep=units.duration_text(vendor.sweep),
    ).rstrip()
    if off := [each.name for each in vendor.collections if not each.enabled_by_default]:
        told = _comment(f"Not read unless you say so: {', '.join(off)}.")
        yield _OFF.format(name=name, collection=off[0], off=told).rstrip()
    yield ""


def _rate(rates: Mapping[str, tuple[units.Rate, ...]]) -> str:
    """One rate for each class of calls, as the value of ``rate``."""
    written = {name: _quoted(units.rate_text(rate)) for name, (rate,) in rates.items()}
    return written.get("") or f"{{{', '.join(f'{name} = {value}' for name, value in written.items())}}}"


def suggested_name(settings: Mapping[str, str], vendor: Vendor, taken: Mapping[str, object]) -> str:
    """A name for a connection that is not *taken*: the account's own, else the vendor's."""
    wish = re.sub(r"[^a-z0-9]+", "_", settings.get("subdomain", vendor.name).lower()).strip("_")
    wish = wish if wish[:1].isalpha() else f"{vendor.name}_{wish}".rstrip("_")
    number = 2
    found = wish
    while found in taken:
        found, number = f"{wish}_{number}", number + 1
    return found


class Draft:
    """A file's next text: readable as a configuration before it takes the file's place.

    It stands beside the file under another name, so that relative paths mean the same, and is gone after ``discard``.
    """

    def __init__(self, target: Path, text: str) -> None:
        """*target* is the file to come. ConfigError if its folder cannot be written to."""
        self.target = target.resolve()
        try:
            self.target.parent.mkdir(parents=True, exist_ok=True)
            # Made by the library with mode 0600: a token must not be readable by others for a moment.
            handle, name = tempfile.mkstemp(prefix=".syncd-", suffix=".toml", dir=self.target.parent)
        except OSError as error:
            raise _unwritable(self.target, error) from None
        self._file = Path(name)
        with os.fdopen(handle, "w", encoding="utf-8") as opened:
            opened.write(text)

    def load(self, *, secrets: bool = True, environ: Mapping[str, str] | None = None) -> Config:
        """The draft, checked, under *environ* (None: the process's). ConfigError names the file to come."""
        try:
            return load(self._file, secrets=secrets, environ=environ)
        except ConfigError as error:
            problems = tuple(map(self.shown, error.problems))
            raise ConfigError(self.shown(error.message), problems=problems, remedy=error.remedy) from None

    def shown(self, text: str) -> str:
        """*text* with the name of the file to come where it names the draft."""
        return text.replace(str(self._file), str(self.target))

    def keep(self) -> None:
        """Put the draft in the file's place, all or nothing; a file that was there keeps its mode."""
        try:
            mode = self.target.stat().st_mode & 0o777 if self.target.exists() else PRIVATE
            self._file.chmod(mode)
            with self._file.open("rb") as opened:
                os.fsync(opened.fileno())
            self._file.replace(self.target)
        except OSError as error:
            raise _unwritable(self.target, error) from None

    def discard(self) -> None:
        """Remove the draft, if it was not kept."""
        self._file.unlink(missing_ok=True)


def _unwritable(file: Path, error: OSError) -> ConfigError:
    reason = os.strerror(error.errno).lower() if error.errno else "it cannot be written"
    return ConfigError(f"{file} cannot be written: {reason}.", remedy="Name another file: syncd --config FILE init.")


def _quoted(text: str) -> str:
    """*text* as a TOML string: JSON's escapes are all of them TOML's, but TOML has no bare DEL."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _comment(text: str) -> str:
    return "\n".join(textwrap.wrap(text, _WIDTH, initial_indent="# ", subsequent_indent="# "))


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:].rstrip('.')}."
