"""What a channel is told: everything it has not heard of, once, in one message."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from syncd.alerts.incidents import Incident, Kind, State, Subject
from syncd.alerts.letters import Letter, letter, told, trial

NOW = datetime(2026, 3, 17, 12, tzinfo=UTC)
MAIL, CHAT = "1 (mailtos)", "2 (slack)"
NOBODY: frozenset[str] = frozenset()
LATER = NOW + timedelta(hours=1)


def incident(kind: Kind, connection: str = "acme", collection: str = "", about: str = "") -> Incident:
    what, remedy = f"What is wrong with {connection}.{collection}.", "What to do."
    since = NOW - timedelta(hours=1)
    return Incident(Subject(kind, connection, collection, about), NOW, since, what, remedy, seen_at=NOW)


STOPPED = incident(Kind.STOPPED)
OVER = replace(STOPPED, state=State.ENDED, ended_at=NOW, quiet_since=NOW)


def written(incidents: Sequence[Incident], channel: str = MAIL, paused: frozenset[str] = NOBODY) -> Letter:
    found = letter(incidents, channel, "syncd on host", LATER, paused=paused)
    assert found is not None
    return found


def many(kind: Kind, *sizes: int) -> list[Incident]:
    return [
        incident(kind, f"c{number}", f"kind{each}" if kind is Kind.LATE else "")
        for number, size in enumerate(sizes)
        for each in range(size)
    ]


def test_a_letter_says_what_which_since_when_and_what_to_do() -> None:
    found = written([STOPPED])
    assert "syncd on host: connection acme is stopped" == found.title
    assert "What is wrong with acme..\nSince 2026-03-17 11:00 UTC.\nWhat to do." == found.body
    assert ((STOPPED,), ()) == (found.begun, found.ended)


def test_each_channel_hears_of_each_beginning_and_end_once() -> None:
    known: list[Incident] = [STOPPED]
    first = written(known)
    known = told(first, MAIL, known)
    assert None is letter(known, MAIL, "s", LATER, paused=NOBODY)
    # The other one has not heard of it yet.
    assert first.body == written(known, CHAT).body
    known = [replace(each, state=State.ENDED, ended_at=NOW, quiet_since=NOW) for each in known]
    end = written(known)
    assert "syncd on host: connection acme works again" == end.title
    when = "It began at 2026-03-17 11:00 UTC and was over at 2026-03-17 12:00 UTC."
    assert f"Connection acme works again.\n{when}" == end.body
    known = told(end, MAIL, known)
    assert None is letter(known, MAIL, "s", LATER, paused=NOBODY)
    # What began and ended while it was out of reach is no news.
    assert None is letter(known, CHAT, "s", LATER, paused=NOBODY)


def test_what_ended_while_its_beginning_was_on_its_way_ends_in_the_next_letter() -> None:
    first = written([STOPPED])
    [after] = told(first, MAIL, [OVER])
    assert State.ENDED is after.state
    assert [after] == list(written([after]).ended)


def test_what_is_no_longer_configured_is_not_told() -> None:
    dropped = replace(STOPPED, state=State.DROPPED, told={MAIL: "begun"})
    assert None is letter([dropped], MAIL, "s", LATER, paused=NOBODY)


def test_of_a_paused_connection_neither_beginning_nor_end_is_told() -> None:
    known = [STOPPED, replace(OVER, opened_at=NOW - timedelta(days=1), told={MAIL: "begun"})]
    assert None is letter(known, MAIL, "s", LATER, paused=frozenset({"acme"}))
    assert [("acme", 1), ("fleet", 0)] == [
        (name, len(written([*known, incident(Kind.STOPPED, "fleet")], paused=frozenset({other})).ended))
        for name, other in (("acme", "fleet"), ("fleet", "acme"))
    ]
    late = replace(incident(Kind.LATE, "acme", "cases"), opened_at=NOW - timedelta(hours=1))
    assert [None, True] == [
        letter([late], MAIL, "s", LATER, paused=frozenset({name})) and True for name in ("acme.cases", "acme.staff")
    ]
    disk = incident(Kind.DISK, "", about="/srv")
    assert None is not letter([disk], MAIL, "s", LATER, paused=frozenset({"acme"}))
    assert None is letter([disk], MAIL, "s", LATER, paused=frozenset({"acme"}), silent=True)


def test_what_is_late_gathers_for_a_while_and_the_rest_is_told_at_once() -> None:
    def is_told(known: Sequence[Incident], after: timedelta) -> bool:
        return None is not letter(known, MAIL, "s", NOW + after, paused=NOBODY)

    def at(minutes: float, **more: Any) -> Incident:
        return replace(incident(Kind.LATE, "acme", f"c{minutes}"), opened_at=NOW + timedelta(minutes=minutes), **more)

    minute = timedelta(minutes=1)
    assert [False, True] == [is_told([at(0)], 1.9 * minute), is_told([at(0)], 2 * minute)]
    assert not is_told([at(0), at(2)], 3 * minute)
    assert is_told([at(0), at(2)], 4 * minute)
    # One more every minute: after ten minutes they are told all the same.
    assert [False, True] == [is_told([at(each) for each in range(int(n))], n * minute) for n in (9.9, 10.0)]
    assert is_told([at(0), STOPPED], 0 * minute)
    ended = at(-60, state=State.ENDED, ended_at=NOW, told={MAIL: "begun"})
    assert [False, True] == [is_told([ended], 1 * minute), is_told([ended], 2 * minute)]


def test_a_dead_network_is_one_letter_however_much_is_late() -> None:
    found = written(many(Kind.LATE, *[30] * 60))
    assert "syncd on host: 1800 collections are late" == found.title
    assert "1800 collections are late: c0 (kind0, kind1, kind10, " in found.body
    assert "and 22 more)" in found.body
    assert "and 52 more." in found.body
    assert "network" in found.body
    assert 1800 == len(found.begun)
    assert len(found.body) < 2000


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("over", [False, True])
def test_every_kind_has_words_for_one_and_for_many(kind: Kind, over: bool) -> None:
    ending: dict[str, Any] = {"state": State.ENDED, "ended_at": NOW, "told": {MAIL: "begun"}} if over else {}
    alike = [replace(incident(kind, f"c{n}", "cases", f"/srv{n}"), **ending) for n in range(5)]
    for some in (alike[:1], alike):
        found = written(some)
        assert found.title.isprintable()
        assert "{" not in found.title + found.body
        assert len(some) == len(found.begun) + len(found.ended)


def test_different_troubles_stand_in_one_letter_the_gravest_first() -> None:
    ended = replace(incident(Kind.HELD, "fleet", "units"), state=State.ENDED, ended_at=NOW, told={MAIL: "begun"})
    found = written([ended, incident(Kind.DISK, "", about="/srv"), *many(Kind.LATE, 2), STOPPED])
    assert found.title.startswith("syncd on host: 4 incidents need a look; no deletions of fleet.units")
    parts = found.body.split("\n\n")
    assert 5 == len(parts)
    assert parts[0].startswith("What is wrong with acme.")
    assert parts[-1].startswith("No deletions of fleet.units")
    three = written([ended, replace(ended, subject=Subject(Kind.LATE, "a", "b")), STOPPED])
    assert "syncd on host: connection acme is stopped; 2 incidents are over" == three.title


def test_a_trial_says_that_nothing_is_wrong() -> None:
    title, body = trial("syncd on host", 1)
    assert "syncd on host: a test" == title
    assert "only channel" in body
    assert "Nothing is wrong" in body
    assert "3 channels" in trial("s", 3)[1]
