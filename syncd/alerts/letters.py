"""Letters: what a channel is to be told now, many incidents in one message. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Final

from syncd.alerts.incidents import Incident, Kind, State

BEGUN: Final = "begun"
ENDED: Final = "ended"
EACH_UP_TO: Final = 3
"""So many incidents of one kind have a paragraph of their own; more are named in one."""
NAMES: Final = 8
GATHERS: Final = timedelta(minutes=2)
GATHERS_AT_MOST: Final = timedelta(minutes=10)
"""What is late becomes late, and current again, one collection after the other: a letter about nothing else waits until
no more came for a while, but no longer than that."""

_BEGAN = {
    Kind.STOPPED: "connection {connection} is stopped",
    Kind.LATE: "{connection}.{collection} is late",
    Kind.HELD: "deletions of {connection}.{collection} are held back",
    Kind.REJECTS: "more of {connection}.{collection} is set aside",
    Kind.DISK: "the disk of {about} is nearly full",
    Kind.LOG: "SQLite's log grows",
    Kind.NOTICE: "{about} will end",
}
_IS_OVER = {
    Kind.STOPPED: "connection {connection} works again",
    Kind.LATE: "{connection}.{collection} is current again",
    Kind.HELD: "no deletions of {connection}.{collection} are held back any more",
    Kind.REJECTS: "hardly anything of {connection}.{collection} is set aside any more",
    Kind.DISK: "the disk of {about} has room again",
    Kind.LOG: "SQLite's log is small again",
    Kind.NOTICE: "{about} goes on",
}
_MANY = {
    Kind.STOPPED: ("connections are stopped", "connections work again"),
    Kind.LATE: ("collections are late", "collections are current again"),
    Kind.HELD: ("collections have deletions that are held back", "collections have none held back any more"),
    Kind.REJECTS: ("collections have more that is set aside", "collections have hardly anything set aside any more"),
    Kind.DISK: ("disks are nearly full", "disks have room again"),
    Kind.LOG: ("logs grow", "logs are small again"),
    Kind.NOTICE: ("calls will end", "calls go on"),
}
_FOR_MANY = {
    Kind.STOPPED: "Have keys or passwords changed? `syncd check` tries every connection.",
    Kind.LATE: "Is this machine's network up? `syncd status` shows each of them.",
    Kind.HELD: "`syncd status` shows each of them; a second reading that finds the same applies them.",
    Kind.REJECTS: "`syncd rejects` shows them with the reason.",
    Kind.DISK: "Make room: when they are full, every run waits.",
    Kind.LOG: "End the programs that have had the database open for long.",
    Kind.NOTICE: "Look for an update of syncd.",
}


@dataclass(frozen=True, slots=True)
class Letter:
    """One message: plain text, and the incidents it tells the beginning or the end of."""

    title: str
    body: str
    begun: tuple[Incident, ...]
    ended: tuple[Incident, ...]


def letter(
    incidents: Iterable[Incident],
    channel: str,
    sender: str,
    now: datetime,
    *,
    paused: AbstractSet[str],
    silent: bool = False,
) -> Letter | None:
    """What *channel* has not heard of *incidents*, as one message of *sender*; None if there is nothing to say now.

    Nothing is said of what a person has *paused* (``CONNECTION`` and ``CONNECTION.COLLECTION``), and nothing at all if
    *silent*: every connection is. The end
    of what a channel never heard of is no news either.
    """
    if silent:
        return None
    said = [each for each in incidents if paused.isdisjoint(_selectors(each))]
    ordered = sorted(said, key=lambda each: (list(Kind).index(each.subject.kind), each.subject, each.opened_at))
    begun = tuple(each for each in ordered if each.state is State.OPEN and channel not in each.told)
    ended = tuple(each for each in ordered if each.state is State.ENDED and each.told.get(channel) == BEGUN)
    if not (begun or ended) or _still_gathers([*begun, *ended], now):
        return None
    parts = [*_paragraphs(begun, over=False), *_paragraphs(ended, over=True)]
    return Letter(f"{sender}: {_title(begun, ended)}", "\n\n".join(parts), begun, ended)


def _selectors(incident: Incident) -> tuple[str, str]:
    """What of an incident can be paused."""
    return incident.subject.connection, f"{incident.subject.connection}.{incident.subject.collection}"


def _still_gathers(news: Sequence[Incident], now: datetime) -> bool:
    if any(each.subject.kind is not Kind.LATE for each in news):
        return False
    came = [each.ended_at or each.opened_at for each in news]
    return now - max(came) < GATHERS and now - min(came) < GATHERS_AT_MOST


def told(sent: Letter, channel: str, incidents: Iterable[Incident]) -> list[Incident]:
    """Those of *incidents* that *channel* has taken a letter about, with that noted on them.

    They are as they are by now: one may have ended since the letter was written.
    """
    heard = {each.key: BEGUN for each in sent.begun} | {each.key: ENDED for each in sent.ended}
    return [each.heard(channel, heard[each.key]) for each in incidents if each.key in heard]


def _title(begun: Sequence[Incident], ended: Sequence[Incident]) -> str:
    parts = [_short(group, over=over) for group, over in ((begun, False), (ended, True)) if group]
    return "; ".join(parts)


def _short(group: Sequence[Incident], *, over: bool) -> str:
    kinds = {each.subject.kind for each in group}
    if len(group) == 1:
        return _heading(group[0], over=over)
    if len(kinds) == 1:
        return f"{len(group)} {_MANY[group[0].subject.kind][over]}"
    return f"{len(group)} incidents {'are over' if over else 'need a look'}"


def _heading(incident: Incident, *, over: bool) -> str:
    subject = incident.subject
    form = (_IS_OVER if over else _BEGAN)[subject.kind]
    return form.format(connection=subject.connection, collection=subject.collection, about=subject.about)


def _paragraphs(group: Sequence[Incident], *, over: bool) -> Iterator[str]:
    for kind, members in groupby(group, key=lambda each: each.subject.kind):
        alike = list(members)
        if len(alike) > EACH_UP_TO:
            yield _together(kind, alike, over=over)
        else:
            yield from (_over(each) if over else _alone(each) for each in alike)


def _alone(incident: Incident) -> str:
    return f"{incident.what}\nSince {_moment(incident.since)}.\n{incident.remedy}"


def _over(incident: Incident) -> str:
    heading = _heading(incident, over=True)
    lasted = f"It began at {_moment(incident.since)}"
    ended = f" and was over at {_moment(incident.quiet_since or incident.ended_at or incident.seen_at)}."
    return f"{heading[0].upper()}{heading[1:]}.\n{lasted}{ended}"


def _together(kind: Kind, alike: Sequence[Incident], *, over: bool) -> str:
    said = f"{len(alike)} {_MANY[kind][over]}: {_named(alike)}."
    if over:
        return said
    return f"{said}\nThe first since {_moment(min(each.since for each in alike))}.\n{_FOR_MANY[kind]}"


def _named(alike: Sequence[Incident]) -> str:
    """Whom it is about: ``acme (cases, clients), fleet (units)``, and how many more."""
    by_connection: dict[str, list[str]] = {}
    for each in alike:
        names = by_connection.setdefault(each.subject.connection or each.subject.about, [])
        if each.subject.collection:
            names.append(each.subject.collection)
    shown = [f"{name} ({_some(names)})" if names else name for name, names in by_connection.items()]
    return _some(shown)


def _some(names: Sequence[str]) -> str:
    more = len(names) - NAMES
    return f"{', '.join(names[:NAMES])} and {more} more" if more > 0 else ", ".join(names)


def _moment(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def trial(sender: str, channels: int) -> tuple[str, str]:
    """Title and text of a message that only tries the way to one of so many channels."""
    many = "This is the only channel." if channels == 1 else f"It goes to {channels} channels."
    return f"{sender}: a test", f"`syncd alert test` sent this. {many}\nNothing is wrong and there is nothing to do."
