"""Incidents: what was seen of the connections, and which incidents begin, last and end by that. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import Enum, StrEnum

AGAIN_WITHIN = timedelta(days=1)
"""An incident that comes back this soon after its end is the same trouble: it has to stay away for longer."""
CALM = (timedelta(0), timedelta(hours=1), timedelta(hours=6), timedelta(days=1))
"""How long an incident must stay away before it counts as over: the first time, and each time it came back."""
SEEN_AGAIN_AFTER = timedelta(hours=1)
"""How much later than stored an incident has to be seen before that is stored anew."""


class Kind(StrEnum):
    """What alerts are about."""

    STOPPED = "connection_stopped"
    LATE = "freshness_missed"
    HELD = "deletions_held"
    REJECTS = "rejects_rising"
    DISK = "disk_nearly_full"
    LOG = "log_grows"
    NOTICE = "vendor_notice"


class State(StrEnum):
    """How an incident stands. One is dropped, without a word, when what it was about is no longer configured."""

    OPEN = "open"
    ENDED = "ended"
    DROPPED = "dropped"


class Seen(Enum):
    """What a look says about a subject.

    UNSURE leaves everything as it was (a run is under way, a level is between its two marks); ASIDE does too, but what
    was only building up is forgotten (a pause, quiet hours); GONE: nobody keeps it any more.
    """

    PRESENT = "present"
    ABSENT = "absent"
    UNSURE = "unsure"
    ASIDE = "aside"
    GONE = "gone"


@dataclass(frozen=True, slots=True, order=True)
class Subject:
    """What an incident is about: of connection and collection both, one or neither; ``about`` is a folder or a call."""

    kind: Kind
    connection: str = ""
    collection: str = ""
    about: str = ""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What one look says about one subject: since when, what is wrong in a sentence, and what to do about it."""

    subject: Subject
    seen: Seen
    since: datetime | None = None
    what: str = ""
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Incident:
    """A row of ``syncd_incidents``.

    ``times`` counts how often it came back within a day of its end; ``quiet_since`` is when it was first not seen any
    more; ``told`` says by channel what that channel has heard: ``begun``, or ``ended`` as well.
    """

    subject: Subject
    opened_at: datetime
    since: datetime
    what: str
    remedy: str
    seen_at: datetime
    state: State = State.OPEN
    times: int = 0
    quiet_since: datetime | None = None
    ended_at: datetime | None = None
    told: Mapping[str, str] = field(default_factory=dict)

    @property
    def key(self) -> tuple[Subject, datetime]:
        """What tells it from every other one."""
        return self.subject, self.opened_at

    def heard(self, channel: str, what: str) -> Incident:
        """The same, with *what* noted as the last that *channel* has heard of it."""
        return replace(self, told={**self.told, channel: what})


@dataclass(frozen=True, slots=True)
class Decision:
    """What a look changes: incidents that are new or different, and what builds up, by when it was first seen."""

    changed: tuple[Incident, ...]
    building: Mapping[Subject, float]

    def of_state(self, state: State) -> list[Incident]:
        """The changed incidents in *state*."""
        return [incident for incident in self.changed if incident.state is state]


def decide(
    known: Iterable[Incident],
    evidence: Iterable[Evidence],
    building: Mapping[Subject, float],
    settle: Mapping[Kind, float],
    now: datetime,
    monotonic: float,
) -> Decision:
    """What *evidence*, gathered at *now*, makes of the incidents that are *known*.

    An incident begins when its subject was seen for the seconds that *settle* has for its kind (none: at once), counted
    by a clock that does not step or run while the machine sleeps: *monotonic*, with *building* from the look before.
    Subjects that no evidence is about stay as they are.
    """
    newest = latest(known)
    changed: list[Incident] = []
    kept: dict[Subject, float] = {}
    for each in evidence:
        before = newest.get(each.subject)
        if before is not None and before.state is State.OPEN:
            after = _go_on(before, each, now)
            if after is not before:
                changed.append(after)
        elif each.seen is Seen.PRESENT:
            first = building.get(each.subject, monotonic)
            if monotonic - first >= settle.get(each.subject.kind, 0.0):
                changed.append(_begun(before, each, now))
            else:
                kept[each.subject] = first
        elif each.seen is Seen.UNSURE and each.subject in building:
            kept[each.subject] = building[each.subject]
    return Decision(tuple(changed), kept)


def latest(known: Iterable[Incident]) -> dict[Subject, Incident]:
    """The newest incident of each subject."""
    return {incident.subject: incident for incident in sorted(known, key=lambda each: each.opened_at)}


def _begun(before: Incident | None, seen: Evidence, now: datetime) -> Incident:
    came_back = before is not None and before.ended_at is not None and now - before.ended_at < AGAIN_WITHIN
    times = before.times + 1 if before is not None and came_back else 0
    return Incident(seen.subject, now, seen.since or now, seen.what, seen.remedy, seen_at=now, times=times)


def _go_on(before: Incident, seen: Evidence, now: datetime) -> Incident:
    """An open incident after another look: the same value if nothing about it is worth storing."""
    match seen.seen:
        case Seen.GONE:
            return replace(before, state=State.DROPPED, ended_at=now)
        case Seen.PRESENT:
            if before.quiet_since is not None or now - before.seen_at >= SEEN_AGAIN_AFTER:
                return replace(before, seen_at=now, quiet_since=None)
        case Seen.ABSENT:
            quiet_since = before.quiet_since or now
            if now - quiet_since >= CALM[min(before.times, len(CALM) - 1)]:
                return replace(before, state=State.ENDED, quiet_since=quiet_since, ended_at=now)
            if before.quiet_since is None:
                return replace(before, quiet_since=now)
    return before


def merged(known: Sequence[Incident], changed: Iterable[Incident], keep_from: datetime) -> list[Incident]:
    """*known* with *changed* in it, without those that were over before *keep_from*."""
    by_key = {incident.key: incident for incident in (*known, *changed)}
    return [each for each in by_key.values() if each.ended_at is None or each.ended_at >= keep_from]
