"""Which incidents begin, last and end, by tables of looks with passed time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from syncd.alerts.incidents import CALM, Evidence, Incident, Kind, Seen, State, Subject, decide, latest, merged

NOW = datetime(2026, 3, 17, 12, tzinfo=UTC)
ACME = Subject(Kind.STOPPED, "acme")
CASES = Subject(Kind.LATE, "acme", "cases")
HALF_AN_HOUR = {Kind.LATE: 1800.0}
P, A, U, ASIDE, GONE = Seen.PRESENT, Seen.ABSENT, Seen.UNSURE, Seen.ASIDE, Seen.GONE


@dataclass
class Watch:
    """Looks one after the other: what they made of everything so far."""

    known: list[Incident] = field(default_factory=list)
    building: Mapping[Subject, float] = field(default_factory=dict)

    def look(self, at_s: float, seen: Iterable[Evidence]) -> list[tuple[str, str]]:
        """What changed: kind of the change and kind of the incident."""
        now = NOW + timedelta(seconds=at_s)
        before = {each.key: each.state for each in self.known}
        decision = decide(self.known, seen, self.building, HALF_AN_HOUR, now, at_s)
        self.building = decision.building
        self.known = merged(self.known, decision.changed, NOW - timedelta(days=7))
        return [
            ("begun" if each.key not in before else each.state.value, each.subject.kind.value)
            for each in decision.changed
            if before.get(each.key) is not each.state
        ]

    def only(self, at_s: float, subject: Subject, seen: Seen) -> str:
        """What one look at one subject changed; nothing is an empty text."""
        return " ".join(change for change, _ in self.look(at_s, [Evidence(subject, seen)]))


@pytest.mark.parametrize(
    "looks, expected",
    [
        # At most one message at each end, however often it is seen.
        ([(0, P), (30, P), (60, P), (90, A), (120, A)], ["begun", "", "", "ended", ""]),
        ([(0, A), (30, A)], ["", ""]),
        # Not seen because it could not be told: nothing changes.
        ([(0, P), (30, U), (60, ASIDE), (90, A)], ["begun", "", "", "ended"]),
        ([(0, U), (30, ASIDE)], ["", ""]),
        # What is no longer configured ends without a word.
        ([(0, P), (30, GONE), (60, GONE)], ["begun", "dropped", ""]),
        # It came back: only an hour without it is an end now.
        ([(0, P), (30, A), (60, P), (90, A), (3600, A), (3690, A)], ["begun", "ended", "begun", "", "", "ended"]),
        ([(0, P), (30, A), (60, P), (90, A), (3000, P), (3090, A), (6000, A)], ["begun", "ended", "begun", *[""] * 4]),
        # A day later it is a new trouble.
        ([(0, P), (30, A), (90000, P), (90030, A)], ["begun", "ended", "begun", "ended"]),
    ],
)  # fmt: skip
def test_an_incident_begins_and_ends_once(looks: list[tuple[float, Seen]], expected: list[str]) -> None:
    watch = Watch()
    assert expected == [watch.only(at_s, ACME, seen) for at_s, seen in looks]


@pytest.mark.parametrize(
    "looks, expected",
    [
        ([(0, P), (1790, P), (1800, P), (1830, A)], ["", "", "begun", "ended"]),
        # A good run in between, and the patience starts anew.
        ([(0, P), (1700, A), (1800, P), (3500, P), (3600, P)], ["", "", "", "", "begun"]),
        # A run that is under way says nothing either way.
        ([(0, P), (900, U), (1800, P)], ["", "", "begun"]),
        # Paused, or in quiet hours: what built up before does not count.
        ([(0, P), (900, ASIDE), (1800, P), (3600, P)], ["", "", "", "begun"]),
    ],
)
def test_lateness_has_to_last(looks: list[tuple[float, Seen]], expected: list[str]) -> None:
    watch = Watch()
    assert expected == [watch.only(at_s, CASES, seen) for at_s, seen in looks]


def test_a_connection_that_flaps_for_two_days_is_no_flood() -> None:
    """Every two minutes refused, every two minutes accepted."""
    watch = Watch()
    said = [watch.only(at_s, ACME, P if at_s % 240 < 120 else A) for at_s in range(0, 2 * 86400, 30)]
    assert ["begun", "ended", "begun"] == [each for each in said if each]


def test_what_came_back_has_to_stay_away_ever_longer() -> None:
    watch, at_s = Watch(), 0.0
    waited = []
    for _ in range(5):
        assert "begun" == watch.only(at_s, ACME, P)
        began_s = at_s = at_s + 30
        while not watch.only(at_s, ACME, A):
            at_s += 600
        waited.append(at_s - began_s)
        at_s += 30
    assert [each.total_seconds() for each in (*CALM, CALM[-1])] == waited
    assert [0, 1, 2, 3, 4] == [each.times for each in watch.known]


def test_a_clock_that_was_set_does_not_make_anything_late() -> None:
    """After eight hours of sleep the wall is far ahead, the monotonic clock is not."""
    late = [Evidence(CASES, Seen.PRESENT)]
    first = decide([], late, {}, HALF_AN_HOUR, NOW, 100.0)
    second = decide([], late, first.building, HALF_AN_HOUR, NOW + timedelta(hours=8), 130.0)
    assert () == second.changed
    third = decide([], late, second.building, HALF_AN_HOUR, NOW + timedelta(hours=9), 1900.0)
    assert 1 == len(third.changed)


def test_an_incident_keeps_what_was_first_said_of_it() -> None:
    watch = Watch()
    watch.look(0, [Evidence(ACME, P, NOW - timedelta(hours=1), "It is stopped.", "Mend it.")])
    watch.look(7200, [Evidence(ACME, P, NOW, "It is stopped, still.", "Wait.")])
    [incident] = watch.known
    assert (NOW - timedelta(hours=1), "It is stopped.", "Mend it.") == (incident.since, incident.what, incident.remedy)
    assert NOW + timedelta(hours=2) == incident.seen_at


def test_that_it_is_still_there_is_stored_once_an_hour() -> None:
    watch, stored = Watch(), 0
    for at_s in range(0, 86400, 30):
        decision = decide(watch.known, [Evidence(ACME, P)], {}, {}, NOW + timedelta(seconds=at_s), at_s)
        stored += len(decision.changed)
        watch.known = merged(watch.known, decision.changed, NOW)
    assert 24 == stored


def test_subjects_do_not_touch_each_other() -> None:
    watch, other = Watch(), Subject(Kind.STOPPED, "fleet")
    assert 2 == len(watch.look(0, [Evidence(ACME, P), Evidence(other, P)]))
    assert [("ended", "connection_stopped")] == watch.look(30, [Evidence(ACME, A), Evidence(other, P)])
    assert {ACME: State.ENDED, other: State.OPEN} == {each.subject: each.state for each in watch.known}


def test_what_no_look_is_about_stays_as_it_is() -> None:
    watch = Watch()
    watch.look(0, [Evidence(ACME, P)])
    assert [] == watch.look(30, [])
    assert State.OPEN is watch.known[0].state


def test_what_was_over_long_ago_is_not_kept_in_mind() -> None:
    watch = Watch()
    watch.only(0, ACME, P)
    watch.only(30, ACME, A)
    [over] = watch.known
    assert [over] == merged([over], [], NOW)
    assert [] == merged([over], [], NOW + timedelta(minutes=1))
    assert over == latest([over])[ACME]
