"""Secrets: where they come from, and a type that cannot be printed by accident."""

from __future__ import annotations

import hmac
import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from syncd.errors import SyncdError

MASK: Final = "***"
SOURCES: Final = ("env:", "file:", "credential:")
LONGEST: Final = 65_536
"""Bytes of a secret's file. Whatever is longer was not meant: a disk image, a log, a device that never ends."""


class SecretError(SyncdError):
    """A secret is missing, empty or unreadable. The message names its source, never its value."""

    exit_code = 2


class Secret:
    """A value that shows itself as ``***`` wherever it is printed; ``reveal`` gives it where it is sent.

    ``source`` says where it came from (``literal``, ``env:NAME``, ``file:PATH``, ``credential:NAME``) and may be shown.
    """

    __slots__ = ("_file", "_value", "source")

    def __init__(self, value: str, *, source: str = "literal", file: Path | None = None) -> None:
        self._value = value
        self._file = file
        self.source = source

    def reveal(self) -> str:
        """The value itself, for the one place that sends it."""
        return self._value

    @property
    def is_literal(self) -> bool:
        """The value stands in the configuration itself."""
        return self.source == "literal"

    @property
    def file(self) -> Path | None:
        """The file it was read from, None for a literal or an environment variable."""
        return self._file

    def reread(self) -> Secret:
        """The secret as its file has it now: after a refusal, a rotated file is worth another try.

        Others come back unchanged. Raises SecretError if the file has become unusable.
        """
        return (
            self if self._file is None else Secret(_read(self._file, self.source), source=self.source, file=self._file)
        )

    def __repr__(self) -> str:
        return f"Secret({MASK}, source={self.source!r})"

    def __str__(self) -> str:
        return MASK

    def __format__(self, spec: str) -> str:
        return format(MASK, spec)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        mine, theirs = (s.reveal().encode("utf-8", "surrogatepass") for s in (self, other))
        return hmac.compare_digest(mine, theirs)

    def __hash__(self) -> int:
        return hash(self._value)

    def __reduce__(self) -> str | tuple[object, ...]:
        # A pickle is a file with the value in it.
        raise TypeError("A secret is not pickled.")


def secret_from(text: str, *, folder: Path, environ: Mapping[str, str]) -> Secret:
    """The secret that *text* is or points to; a relative ``file:`` path starts at *folder*.

    Raises SecretError with the source's name if there is nothing usable.
    """
    kind, _, name = text.partition(":")
    name = name.strip()
    if f"{kind}:" not in SOURCES:
        return Secret(_usable(text, "the value"))
    if not name:
        raise SecretError(f"{kind}: names nothing.", remedy=f"Write {_FORMS[kind]}.")
    source = f"{kind}:{name}"
    if kind == "env":
        if name not in environ:
            raise SecretError(
                f"the environment variable {name} is not set.", remedy=f"Set {name} where syncd is started."
            )
        return Secret(_usable(environ[name], f"the environment variable {name}"), source=source)
    if kind == "credential":
        place = environ.get("CREDENTIALS_DIRECTORY")
        if not place:
            raise SecretError(
                f"there is no credential {name}: CREDENTIALS_DIRECTORY is not set.",
                remedy=f"Start syncd by systemd with LoadCredential={name}:FILE, or use file:PATH.",
            )
        if "/" in name or name in {".", ".."}:
            raise SecretError(
                f"{source} is not a name of a credential.", remedy="Write credential:NAME without a path."
            )
        file = Path(place) / name
    else:
        file = folder / Path(name).expanduser()
    return Secret(_read(file, source), source=source, file=file)


def is_open_to_others(file: Path) -> bool:
    """Whether every user of this machine may read *file* (False if that cannot be told)."""
    try:
        return bool(file.stat().st_mode & stat.S_IROTH)
    except OSError:
        return False


_FORMS = {"env": "env:NAME", "file": "file:PATH", "credential": "credential:NAME"}


def _read(file: Path, source: str) -> str:
    try:
        # A named pipe without a writer would stop the start for ever.
        handle = os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(handle, "rb") as opened:
            raw = opened.read(LONGEST + 1) or b""
    except OSError as error:
        reason = os.strerror(error.errno).lower() if error.errno else "it cannot be read"
        raise SecretError(
            f"{source} cannot be read: {reason} ({file}).",
            remedy="Check the path and that the user syncd runs as may read it.",
        ) from None
    if len(raw) > LONGEST:
        raise SecretError(f"{source} is longer than {LONGEST} bytes ({file}).", remedy="Is it the right file?")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise SecretError(f"{source} is not text ({file}).", remedy="Is it the right file?") from None
    if text.endswith("\n"):
        text = text[:-1].removesuffix("\r")
    return _usable(text, source)


def _usable(text: str, what: str) -> str:
    if not text.strip():
        raise SecretError(f"{what} is empty.", remedy="Put the secret there.")
    if not text.isprintable():
        # It would end in a header, where a line break starts a second one.
        raise SecretError(
            f"{what} holds a line break or another control character.",
            remedy="Keep only the secret there, on one line.",
        )
    return text
