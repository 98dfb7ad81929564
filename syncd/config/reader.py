"""Reads declared keys out of what was written, and collects every problem with its place."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time
from pathlib import Path
from typing import Any

from syncd.config.keys import Key
from syncd.config.source import KeyPath, Source
from syncd.secret import Secret, SecretError, is_open_to_others, secret_from


@dataclass(slots=True)
class Reader:
    """Reads tables of ``source``; problems and warnings pile up instead of stopping it."""

    source: Source
    environ: Mapping[str, str]
    secrets: bool = True
    """Whether a secret that is not there is a problem (else only a warning)."""
    problems: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    @property
    def folder(self) -> Path:
        """Where relative paths start: the file's folder, or the working folder without a file."""
        return self.source.file.parent if self.source.file is not None else Path.cwd()

    def problem(self, path: KeyPath, says: str) -> None:
        """Note that what stands at *path* cannot be used."""
        self.problems.append(f"{self.source.where(path)}: {says}")

    def warn(self, path: KeyPath, says: str) -> None:
        """Note that what stands at *path* works, but should be looked at."""
        self.warnings.append(f"{self.source.where(path)}: {says}")

    def table(self, path: KeyPath) -> Mapping[str, Any] | None:
        """The table at *path*, empty if there is none, None (and a problem) if something else stands there."""
        here: Any = self.source.tree
        for depth, part in enumerate(path, 1):
            here = here.get(part, {})
            if not isinstance(here, dict):
                self.problem(path[:depth], f"{dotted(path[:depth])} is {found(here)}; allowed is a table.")
                return None
        return here  # type: ignore[no-any-return]

    def values(self, path: KeyPath, keys: Sequence[Key], *, besides: Iterable[str] = (), what: str) -> dict[str, Any]:
        """The usable values of *keys* at *path*. Unknown, unusable and missing ones become problems.

        *besides* are names that are read elsewhere. *what* names the table in messages.
        """
        table = self.table(path)
        if table is None:
            return {}
        known = {key.name: key for key in keys}
        allowed = {*known, *besides}
        for name in table:
            if name not in allowed:
                self.problem((*path, name), f"{dotted((*path, name))} is not a key of {what}{nearest(name, allowed)}")
        values: dict[str, Any] = {}
        for key in keys:
            if key.name in table:
                self._read(values, (*path, key.name), key, table[key.name])
                if key.later:
                    self.warn((*path, key.name), f"{dotted((*path, key.name))} has no effect in this version.")
            elif key.required:
                example = f', such as {key.name} = "{key.examples[0]}"' if key.examples else ""
                self.problem(path, f"{dotted((*path, key.name))} is missing{example} ({key.doc}).")
        return values

    def _read(self, values: dict[str, Any], path: KeyPath, key: Key, value: object) -> None:
        from_env = path in self.source.variables
        if from_env and not str(value).strip():
            self.problem(path, f"{dotted(path)} is empty; unset the variable or give it a value.")
            return
        try:
            values[key.name] = key.kind.read(key.kind.of_env(str(value)) if from_env else value)
        except ValueError as error:
            shown = found(value, hide=key.secret)
            self.problem(path, f"{dotted(path)} is {shown}; allowed is {error}.")

    def secret(self, path: KeyPath, text: str, *, needed: bool = True) -> Secret | None:
        """The secret that *text* is or points to; None (and a problem, or a warning) if there is none.

        One that is not *needed*, because its connection is off, may be missing without a word.
        """
        try:
            secret = secret_from(text, folder=self.folder, environ=self.environ)
        except SecretError as error:
            if needed:
                note = self.problem if self.secrets else self.warn
                note(path, f"{dotted(path)}: {error}")
            return None
        if secret.is_literal:
            if self.is_open(path):
                self.warn(
                    path,
                    f"{dotted(path)} is a secret in a file that every user of this machine can read; "
                    f"`chmod 600 {self.source.file}`, or use env:, file: or credential:.",
                )
        elif secret.file is not None and is_open_to_others(secret.file):
            self.warn(
                path, f"{dotted(path)}: every user of this machine can read {secret.file}; `chmod 600 {secret.file}`."
            )
        return secret

    def is_open(self, path: KeyPath) -> bool:
        """Whether what stands at *path* stands in a file that everybody can read."""
        file = self.source.file
        return file is not None and path not in self.source.variables and is_open_to_others(file)


def dotted(path: KeyPath) -> str:
    """``connections.acme.token``."""
    return ".".join(path)


def nearest(name: str, allowed: Iterable[str]) -> str:
    """The end of a sentence about an unknown *name*: the nearest one, or all there are."""
    names = sorted(allowed)
    close = difflib.get_close_matches(name.lower(), names, n=1, cutoff=0.6)
    if close:
        return f"; did you mean {close[0]}?"
    return f"; known are {', '.join(names)}." if names else "."


def found(value: object, *, hide: bool = False) -> str:
    """What was found, for a message: the value itself where it is short and no secret, else what sort of thing."""
    sort = _SORTS.get(type(value), "something else")
    if hide or isinstance(value, dict):
        return sort
    shown = f'"{value}"' if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else str(value)
    if len(shown) > 60 or not shown.isprintable():  # noqa: PLR2004 (what fits on a line beside the rest)
        return sort
    return shown if isinstance(value, str) else f"{shown} ({sort})"


_SORTS: dict[type, str] = {
    str: "a text",
    bool: "true or false",
    int: "a number",
    float: "a number",
    list: "a list",
    dict: "a table",
    date: "a date",
    time: "a time",
}
