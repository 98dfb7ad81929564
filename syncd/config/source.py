"""Where configuration stands: the TOML file with the line of every key, and the environment laid over it."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from syncd.errors import ConfigError

KeyPath = tuple[str, ...]

PREFIX: Final = "SYNCD_"
# The second line: what Kubernetes puts into every container beside a service called syncd.
_NOT_KEYS: Final = re.compile(
    r"SYNCD_(CONFIG|TEST_.*"
    r"|SERVICE_(HOST|PORT(_[A-Z0-9_]+)?)|PORT(_[0-9]+_(TCP|UDP)(_(PROTO|PORT|ADDR))?)?)"
)
_LONGEST: Final = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Source:
    """What was written, and where.

    ``tree`` holds nested dicts of TOML values; a value that came from the environment is a str. ``lines`` has the line
    (from 1) of every key of the file, ``variables`` the environment variable of every key that was set by one.
    """

    file: Path | None
    tree: dict[str, Any]
    lines: Mapping[KeyPath, int] = field(default_factory=dict)
    variables: Mapping[KeyPath, str] = field(default_factory=dict)

    def where(self, path: KeyPath) -> str:
        """The place of a key, or of the nearest table around it, for a message."""
        for length in range(len(path), 0, -1):
            known = path[:length]
            if known in self.variables:
                return f"environment {self.variables[known]}"
            if self.file is not None and known in self.lines:
                return f"{self.file}, line {self.lines[known]}"
            below = next((name for key, name in self.variables.items() if key[:length] == known), None)
            if below is not None:
                return f"environment {below}"
        return str(self.file) if self.file is not None else "environment"


def search(environ: Mapping[str, str]) -> tuple[Path, ...]:
    """The places a configuration file is looked for when none is named, first one first."""
    home = Path(environ["HOME"]) if environ.get("HOME") else None
    user = Path(environ["XDG_CONFIG_HOME"]) if environ.get("XDG_CONFIG_HOME") else home and home / ".config"
    return (
        Path("config.toml").absolute(),
        *((user / "syncd" / "config.toml",) if user else ()),
        Path("/etc/syncd/config.toml"),
    )


def find(named: Path | None, environ: Mapping[str, str]) -> Path | None:
    """The file to read: the named one, ``$SYNCD_CONFIG``, or the first of ``search`` that is there. None if none is."""
    if named is not None:
        return named.expanduser().absolute()
    if environ.get("SYNCD_CONFIG"):
        return Path(environ["SYNCD_CONFIG"]).expanduser().absolute()
    return next((place for place in search(environ) if place.exists()), None)


def read(named: Path | None, environ: Mapping[str, str]) -> Source:
    """The file and the environment over it. ConfigError: no file, unreadable, or not TOML."""
    file = find(named, environ)
    set_here = {
        name: value for name, value in environ.items() if name.startswith(PREFIX) and not _NOT_KEYS.fullmatch(name)
    }
    if file is None and not any("__" in name for name in set_here):
        places = ", ".join(map(str, search(environ)))
        raise ConfigError(
            f"There is no configuration file; looked for {places}.",
            remedy="`syncd init` writes one; --config FILE or SYNCD_CONFIG names another.",
        )
    text = _text_of(file) if file is not None else ""
    try:
        tree = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{file} is not valid TOML: {_explained(str(error), text)}") from None
    except RecursionError:
        raise ConfigError(f"{file} is not valid TOML: it is nested too deeply.") from None
    # A secret may live in a variable of any name: what env: points to is not a key itself.
    pointed_to = {text.removeprefix("env:").strip() for text in _texts((tree, set_here)) if text.startswith("env:")}
    variables: dict[KeyPath, str] = {}
    for name in sorted(set_here.keys() - pointed_to):
        path = tuple(part.lower() for part in name.removeprefix(PREFIX).split("__"))
        clash = _lay(tree, path, set_here[name])
        variables[path] = name
        if clash:
            raise ConfigError(f"environment {name}: {clash}")
    return Source(file, tree, lines_of(text), variables)


def _text_of(file: Path) -> str:
    try:
        with file.open("rb") as opened:
            raw = opened.read(_LONGEST + 1)
    except FileNotFoundError:
        raise ConfigError(f"The configuration file {file} does not exist.", remedy="`syncd init` writes one.") from None
    except OSError as error:
        reason = os.strerror(error.errno).lower() if error.errno else str(error)
        raise ConfigError(f"The configuration file {file} cannot be read: {reason}.") from None
    if len(raw) > _LONGEST:
        raise ConfigError(f"The configuration file {file} is larger than 4 MiB.", remedy="Is it the right file?")
    try:
        return raw.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{file}, line {line}: not UTF-8 text.", remedy="Save the file as UTF-8.") from None


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping | list | tuple):
        for inner in value.values() if isinstance(value, Mapping) else value:
            yield from _texts(inner)


def _explained(message: str, text: str) -> str:
    found = re.search(r"\(at line (\d+), column (\d+)\)", message)
    if not found:
        return message if message.endswith(".") else f"{message}."
    lines = text.splitlines()
    at = int(found[1])
    # Only the part before the equals sign: the rest of the line may be a secret.
    key = lines[at - 1].partition("=")[0].strip() if at <= len(lines) else ""
    says = message.replace(found[0], "").strip()
    return f"line {at}, column {found[2]}" + (f" (near {key[:40]!r})" if key else "") + f": {says}."


def _lay(tree: dict[str, Any], path: KeyPath, value: str) -> str | None:
    """Put *value* at *path*; a sentence if a table and a value would have to be one."""
    if not all(path):
        return "the name has an empty part; write SYNCD_TABLE__KEY."
    here = tree
    for depth, part in enumerate(path[:-1], 1):
        inside = here.setdefault(part, {})
        if not isinstance(inside, dict):
            return f"{'.'.join(path[:depth])} is not a table."
        here = inside
    if isinstance(here.get(path[-1]), dict):
        return f"{'.'.join(path)} is a table; set its keys one by one."
    here[path[-1]] = value
    return None


# --- the line of every key --------------------------------------------------------------------------------------------
_KEY_PART = re.compile(r"""[ \t]*(?:"((?:[^"\\\n]|\\.)*)"|'([^'\n]*)'|([A-Za-z0-9_-]+))[ \t]*""")
_SKIP = re.compile(r"(?:[ \t\n]+|#[^\n]*)*")
_STRING = re.compile(r'"""(?:[^\\]|\\.)*?"{3,5}|\'\'\'.*?\'{3,5}|"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\'', re.DOTALL)


def lines_of(text: str) -> dict[KeyPath, int]:
    """The line of every table and key outside inline tables, of a *text* that is valid TOML."""
    lines: dict[KeyPath, int] = {}
    for path, line in _keys(text):
        lines.setdefault(path, line)
    return lines


def _keys(text: str) -> Iterator[tuple[KeyPath, int]]:
    table: KeyPath = ()
    at = _after_blank(text, 0)
    while at < len(text):
        line = text.count("\n", 0, at) + 1
        if text[at] == "[":
            table, at = _key(text, at + (2 if text.startswith("[[", at) else 1))
            yield table, line
            at = text.find("\n", at)
            at = len(text) if at < 0 else at
        else:
            key, after = _key(text, at)
            for length in range(1, len(key) + 1):
                yield (*table, *key[:length]), line
            at = _value_end(text, after + 1)
        at = _after_blank(text, at)


def _after_blank(text: str, at: int) -> int:
    found = _SKIP.match(text, at)
    return found.end() if found else at


def _key(text: str, at: int) -> tuple[KeyPath, int]:
    parts: list[str] = []
    while found := _KEY_PART.match(text, at):
        parts.append(next(part for part in found.groups() if part is not None))
        at = found.end()
        if text[at : at + 1] != ".":
            break
        at += 1
    return tuple(parts), at


def _value_end(text: str, at: int) -> int:
    depth = 0
    while at < len(text):
        mark = text[at]
        if mark in "\"'" and (found := _STRING.match(text, at)):
            at = found.end()
            continue
        if mark == "#":
            end = text.find("\n", at)
            at = len(text) if end < 0 else end
            continue
        if mark == "\n" and depth == 0:
            return at
        depth += (mark in "[{") - (mark in "]}")
        at += 1
    return at
