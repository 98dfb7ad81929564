"""What the state of connections, collections, disk and vendors says about each subject of an alert. Pure.

Texts are our own: what vendors say may quote a person's data, and goes to ``syncd status`` only.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from syncd.alerts.incidents import Evidence, Kind, Seen, Subject

MIB = 1024 * 1024
LOG_TOO_LARGE = 256 * MIB
RELIEF = 1.25
"""A disk counts as roomy again when it has so many times the free space below which it counts as nearly full."""

_REASONS = {
    "Unavailable": ("the vendor does not answer", "Is this machine's network up, and the vendor?"),
    "WrongAddress": ("the vendor's address does not lead to it", "Is this machine's network up, and base_url right?"),
    "Malformed": (
        "the vendor's answers are not what they should be",
        "It may be changing its API: look for an update.",
    ),
    "Refused": ("the vendor refuses the question", "It may have changed its API: look for an update of syncd."),
    "Partial": ("a part of it cannot be read", ""),
    "StoreBusy": ("the database was locked", "Which other program holds the database's lock?"),
    "StoreFull": ("the database has no room", "Make room on its disk."),
}


class ConnectionLike(Protocol):
    """What is stored of a connection."""

    @property
    def state(self) -> str:
        """Ok or stopped."""

    @property
    def paused_at(self) -> datetime | None:
        """Since when a person wants it left alone."""

    @property
    def stopped_at(self) -> datetime | None:
        """Since when it stands still."""


class CollectionLike(Protocol):
    """What is stored of a collection."""

    @property
    def connection(self) -> str:
        """Its connection."""

    @property
    def collection(self) -> str:
        """Its name."""

    @property
    def state(self) -> str | None:
        """How its last run ended."""

    @property
    def paused_at(self) -> datetime | None:
        """Since when a person wants it left alone, or all of its connection."""

    @property
    def last_success_at(self) -> datetime | None:
        """When a run last ended well."""

    @property
    def last_attempt_at(self) -> datetime | None:
        """When a run last ended."""

    @property
    def late_after_s(self) -> int | None:
        """Seconds after the last success when it counts as late."""

    @property
    def error_class(self) -> str | None:
        """The last error, by name."""

    @property
    def held(self) -> Mapping[str, Any] | None:
        """Deletions held back."""


@dataclass(frozen=True, slots=True)
class Disk:
    """Bytes of the disk that a folder of ours lies on."""

    folder: str
    free: int
    total: int


@dataclass(frozen=True, slots=True)
class Notice:
    """A vendor's announcement that a call will end: its header and what that says."""

    vendor: str
    path: str
    header: str
    value: str


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From where on things are worth a message."""

    rejects: int
    disk_free: int


@dataclass(frozen=True, slots=True)
class Look:
    """Everything one look takes in.

    ``titles`` names the vendor of each connection kept here, ``enabled`` its collections. ``resting`` are connections
    in their quiet hours, ``running`` (connection, collection) pairs, ``rejects`` those set aside within a day.
    """

    now: datetime
    titles: Mapping[str, str]
    enabled: Mapping[str, AbstractSet[str]]
    connections: Mapping[str, ConnectionLike]
    collections: Sequence[CollectionLike]
    resting: AbstractSet[str]
    running: AbstractSet[tuple[str, str]]
    rejects: Mapping[tuple[str, str], int]
    disks: Iterable[Disk]
    log_bytes: int
    notices: Iterable[Notice]

    @property
    def paused(self) -> frozenset[str]:
        """What a person has paused: ``CONNECTION`` and ``CONNECTION.COLLECTION``."""
        whole = (name for name in self.titles if name in self.connections and self.connections[name].paused_at)
        parts = (f"{each.connection}.{each.collection}" for each in self.collections if each.paused_at)
        return frozenset((*whole, *parts))


def evidence(look: Look, thresholds: Thresholds) -> Iterator[Evidence]:
    """What *look* says about every subject it can say something about."""
    for name in look.titles:
        yield _of_connection(look, name)
    for state in look.collections:
        if state.connection in look.titles:
            yield from _of_collection(look, state, thresholds)
    for disk in look.disks:
        yield _of_disk(disk, thresholds.disk_free)
    yield _of_log(look.log_bytes)
    for notice in look.notices:
        yield _of_notice(notice)


def _of_connection(look: Look, name: str) -> Evidence:
    subject = Subject(Kind.STOPPED, name)
    state = look.connections.get(name)
    if state is not None and state.paused_at is not None:
        return Evidence(subject, Seen.ASIDE)
    if state is None or state.state != "stopped":
        return Evidence(subject, Seen.ABSENT)
    return Evidence(
        subject,
        Seen.PRESENT,
        state.stopped_at,
        f"Connection {name} is stopped: {look.titles[name]} refuses its credentials.",
        f"Put a valid key or password where the configuration has it. `syncd status` has the vendor's words, "
        f"`syncd check {name}` tries again.",
    )


def _of_collection(look: Look, state: CollectionLike, thresholds: Thresholds) -> Iterator[Evidence]:
    place = state.connection, state.collection
    subjects = [Subject(kind, *place) for kind in (Kind.LATE, Kind.HELD, Kind.REJECTS)]
    if state.collection not in look.enabled[state.connection]:
        yield from (Evidence(subject, Seen.GONE) for subject in subjects)
    elif state.paused_at is not None:
        yield from (Evidence(subject, Seen.ASIDE) for subject in subjects)
    else:
        late, held, rejects = subjects
        yield _lateness(look, state, late)
        yield _held_back(state, held)
        yield _set_aside(look.rejects.get(place, 0), rejects, thresholds.rejects)


def _lateness(look: Look, state: CollectionLike, subject: Subject) -> Evidence:
    name = f"{state.connection}.{state.collection}"
    connection = look.connections.get(state.connection)
    if (connection is not None and connection.state == "stopped") or state.connection in look.resting:
        # Of a stopped connection there is one incident, not one more for each of its collections.
        return Evidence(subject, Seen.ASIDE)
    if state.state == "unavailable" or state.held or state.state == "held" or not _is_late(state, look.now):
        return Evidence(subject, Seen.ABSENT)
    if (state.connection, state.collection) in look.running:
        return Evidence(subject, Seen.UNSURE)
    reason, remedy = _REASONS.get(state.error_class or "", ("", ""))
    failed = state.state in {"failed", "partial"}
    why = f" The last run failed: {reason or state.error_class or 'see its error'}." if failed else ""
    first = "has not been read whole yet" if state.last_success_at is None else "is late"
    return Evidence(
        subject,
        Seen.PRESENT,
        state.last_success_at or state.last_attempt_at,
        f"{name} {first}.{why}",
        f"{remedy} `syncd runs {name}` shows what happened.".strip(),
    )


def _is_late(state: CollectionLike, now: datetime) -> bool:
    if state.last_success_at is None:
        return state.state in {"failed", "partial"}
    return state.late_after_s is not None and now - state.last_success_at > timedelta(seconds=state.late_after_s)


def _held_back(state: CollectionLike, subject: Subject) -> Evidence:
    if not state.held:
        return Evidence(subject, Seen.ABSENT)
    name = f"{state.connection}.{state.collection}"
    count = state.held.get("count")
    many = f"{count:,} deletions" if isinstance(count, int) and count != 1 else "1 deletion" if count else "Deletions"
    at = state.held.get("at")
    return Evidence(
        subject,
        Seen.PRESENT,
        datetime.fromisoformat(at) if isinstance(at, str) else None,
        f"{many} of {name} are held back: a re-read lacks more rows than is usual, which may be the vendor's mistake.",
        "If they are really gone, do nothing: a second reading that finds the same applies them. "
        f"To apply them at once, stop the daemon and run `syncd sync --full --allow-deletes {name}`.",
    )


def _set_aside(count: int, subject: Subject, most: int) -> Evidence:
    name = f"{subject.connection}.{subject.collection}"
    what = f"{count:,} records or values of {name} were set aside within a day: they are not what they should be."
    remedy = f"`syncd rejects {name}` shows them with the reason; the vendor may have changed its API."
    seen = Seen.PRESENT if count >= most else Seen.ABSENT if count < most / 2 else Seen.UNSURE
    return Evidence(subject, seen, None, what, remedy)


def _of_disk(disk: Disk, wanted: int) -> Evidence:
    # A small disk never has as much.
    least = min(wanted, disk.total // 10)
    seen = Seen.PRESENT if disk.free < least else Seen.ABSENT if disk.free >= least * RELIEF else Seen.UNSURE
    what = f"The disk of {disk.folder} is nearly full: {_size(disk.free)} of {_size(disk.total)} are free."
    remedy = "Make room: when it is full, every run waits. `syncd db vacuum` gives unused space of the database back."
    return Evidence(Subject(Kind.DISK, about=disk.folder), seen, None, what, remedy)


def _of_log(size: int) -> Evidence:
    seen = Seen.PRESENT if size > LOG_TOO_LARGE else Seen.ABSENT if size < LOG_TOO_LARGE / 2 else Seen.UNSURE
    what = f"SQLite's log has grown to {_size(size)}: a reader keeps it from being folded into the file."
    remedy = "End the program that has had the database open for long; let reports open it read-only and briefly."
    return Evidence(Subject(Kind.LOG), seen, None, what, remedy)


def _of_notice(notice: Notice) -> Evidence:
    return Evidence(
        Subject(Kind.NOTICE, about=f"{notice.vendor} {notice.path}"),
        Seen.PRESENT,
        None,
        f"{notice.vendor} announces the end of its call {notice.path} ({notice.header}: {notice.value}).",
        "Look for an update of syncd before that date.",
    )


def _size(count: int) -> str:
    size = float(count)
    for unit in ("B", "KiB", "MiB"):
        if size < 1024:  # noqa: PLR2004 (of each unit in the next)
            return f"{size:.0f} {unit}"
        size /= 1024
    return f"{size:,.1f} GiB"
