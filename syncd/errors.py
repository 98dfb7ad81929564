"""Errors named by what happens next (see docs/explanation.md, "Errors").

Every error carries one sentence for a stranger and, where a person can help, a remedy.
Nothing here may hold a secret: texts of vendors pass through ``syncd.http.redact`` first.
"""

from __future__ import annotations

from datetime import timedelta


class SyncdError(Exception):
    """Something went wrong that we know by name; ``message`` says what, ``remedy`` what to do about it."""

    exit_code = 1

    def __init__(self, message: str, *, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        if not self.remedy:
            return self.message
        # What a vendor is quoted with at the end of a message need not end as a sentence does.
        stop = "" if self.message.endswith((".", "!", "?", "…")) else "."
        return f"{self.message}{stop} {self.remedy}"


class ConfigError(SyncdError):
    """The configuration cannot be used. ``problems`` has every one of them, each with file, key and remedy."""

    exit_code = 2

    def __init__(self, message: str, *, problems: tuple[str, ...] = (), remedy: str = "") -> None:
        super().__init__(message, remedy=remedy)
        self.problems = problems


class UsageError(SyncdError):
    """The command line asks for something that does not exist or makes no sense."""

    exit_code = 2


class VendorError(SyncdError):
    """Base of everything a vendor's answer (or its absence) can mean; ``code`` is the vendor's own, if it has one."""

    def __init__(self, message: str, *, remedy: str = "", code: int | str | None = None) -> None:
        super().__init__(message, remedy=remedy)
        self.code = code


class Unauthorized(VendorError):
    """Key, login or account refused: the connection stops until a person acts or an hourly probe succeeds."""

    exit_code = 4


class SessionOver(Unauthorized):
    """The session is unknown or over: log in again, once, and repeat the question."""


class FeatureMissing(VendorError):
    """The account lacks this feature or permission: one collection is unavailable, probed daily, not a failure."""


class CallMissing(FeatureMissing):
    """This server does not know the call: it is older than our documents; use the call it replaced, if there is one."""


class RateLimited(VendorError):
    """Too fast for the vendor: hold the connection, slow down, ask again; never counts as an attempt."""

    def __init__(
        self, message: str, *, retry_after_s: float | None = None, remedy: str = "", code: int | str | None = None
    ) -> None:
        super().__init__(message, remedy=remedy, code=code)
        self.retry_after_s = retry_after_s


class Unavailable(VendorError):
    """DNS, connect, time-out, 5xx, cut or non-JSON body: retried with jitter inside the budget, then the breaker."""


class WindowTooBig(VendorError):
    """The vendor cannot answer a range this long: halve it; at the floor it becomes ``Refused``.

    ``most`` is the longest range it allows, where it says so.
    """

    def __init__(
        self,
        message: str,
        *,
        remedy: str = "",
        code: int | str | None = None,
        most: timedelta | None = None,
    ) -> None:
        super().__init__(message, remedy=remedy, code=code)
        self.most = most


class BadBatch(VendorError):
    """A list of ids holds one that the vendor does not take, or too many: halve it; a single one is skipped."""


class Refused(VendorError):
    """Our request is wrong in the vendor's eyes (400, 404, 405, 422, redirect): not retried, this collection only."""


class NotFound(VendorError):
    """One record, or one parent, is gone."""


class Malformed(VendorError):
    """The declared shape is not met, a page repeats, a token does not advance: the cursor stays where it is."""


class Partial(VendorError):
    """Some parts of a collection could not be read; what could is stored, the rest is tried again."""


class Unread(VendorError):
    """Whom to ask is not known: another collection has to be read first. Nothing was asked; this collection only."""


class SuspiciousAnswer(VendorError):
    """Empty or sharply smaller than what we hold, or unproven: rows stay, deletions are held."""


class StoreError(SyncdError):
    """Base of what a database can do to us."""

    exit_code = 3


class StoreBusy(StoreError):
    """Locked, deadlocked, failing over: the same page again."""


class StoreFull(StoreError):
    """Disk or quota full: every run is held, the process stays alive and goes on when there is room."""


class StoreBroken(StoreError):
    """Corrupt, replaced, unreachable, altered or newer than this program: stop, a person must look."""


class StoreAltered(StoreError):
    """A table or column of ours is not there as we made it: its collection fails, the others go on."""

    exit_code = 1


class RecordInvalid(ValueError):
    """One record, or one value of it, cannot be stored as declared. It is set aside, never dropped."""
