"""What a look at the state of everything says about each subject."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from syncd.alerts.evidence import MIB, Disk, Look, Notice, Thresholds, evidence
from syncd.alerts.incidents import Evidence, Kind, Seen

NOW = datetime(2026, 3, 17, 12, tzinfo=UTC)
GIB = 1024 * MIB
THRESHOLDS = Thresholds(rejects=100, disk_free=GIB)
HELD = {"at": "2026-03-17T10:00:00+00:00", "count": 1234, "digest": "x", "reason": "too many"}


@dataclass(frozen=True)
class Connection:
    state: str = "ok"
    stopped_at: datetime | None = None
    paused_at: datetime | None = None


@dataclass(frozen=True)
class Collection:
    connection: str = "acme"
    collection: str = "cases"
    state: str | None = "ok"
    last_success_at: datetime | None = NOW - timedelta(minutes=5)
    last_attempt_at: datetime | None = NOW - timedelta(minutes=5)
    late_after_s: int | None = 2400
    error_class: str | None = None
    held: dict[str, Any] | None = None
    paused_at: datetime | None = None


LOOK = Look(
    now=NOW,
    titles={"acme": "Trackops"},
    enabled={"acme": frozenset({"cases"})},
    connections={"acme": Connection()},
    collections=[Collection()],
    resting=frozenset(),
    running=frozenset(),
    rejects={},
    disks=[],
    log_bytes=0,
    notices=[],
)
LATE = Collection(last_success_at=NOW - timedelta(hours=1))


def found(kind: Kind, **changes: Any) -> Evidence:
    [one] = [each for each in evidence(replace(LOOK, **changes), THRESHOLDS) if each.subject.kind is kind]
    return one


def test_where_all_is_well_nothing_is_seen() -> None:
    disks = [Disk("/srv", 20 * GIB, 40 * GIB)]
    looks = list(evidence(replace(LOOK, disks=disks), THRESHOLDS))
    assert {Seen.ABSENT} == {each.seen for each in looks}
    assert {*Kind} - {Kind.NOTICE} == {each.subject.kind for each in looks}


@pytest.mark.parametrize(
    "state, paused_at, seen",
    [
        ("ok", None, Seen.ABSENT),
        ("stopped", None, Seen.PRESENT),
        ("ok", NOW, Seen.ASIDE),
        ("stopped", NOW, Seen.ASIDE),
    ],
)
def test_a_connection_is_stopped_or_not(state: str, paused_at: datetime | None, seen: Seen) -> None:
    stopped_at = NOW - timedelta(hours=2)
    one = found(Kind.STOPPED, connections={"acme": Connection(state, stopped_at, paused_at)})
    assert seen is one.seen
    if seen is Seen.PRESENT:
        assert stopped_at == one.since
        assert "acme is stopped: Trackops refuses" in one.what
        assert "`syncd check acme`" in one.remedy


@pytest.mark.parametrize(
    "collection, seen",
    [
        (LATE, Seen.PRESENT),
        (replace(LATE, late_after_s=None), Seen.ABSENT),
        (replace(LATE, state="unavailable"), Seen.ABSENT),
        (replace(LATE, paused_at=NOW), Seen.ASIDE),
        # Everything has been read; what waits are deletions, and they have an incident of their own.
        (replace(LATE, state="held"), Seen.ABSENT),
        (replace(LATE, state="failed", held=HELD), Seen.ABSENT),
        # A first sync of days is no trouble, one that fails is.
        (Collection(state=None, last_success_at=None), Seen.ABSENT),
        (Collection(state="failed", last_success_at=None), Seen.PRESENT),
        (Collection(state="partial", last_success_at=None), Seen.PRESENT),
        # It failed, but what we have is still fresh.
        (Collection(state="failed"), Seen.ABSENT),
        (replace(LATE, collection="staff"), Seen.GONE),
    ],
)
def test_a_collection_is_late_by_its_last_success(collection: Collection, seen: Seen) -> None:
    assert seen is found(Kind.LATE, collections=[collection]).seen


def test_lateness_says_why_and_since_when() -> None:
    failing = replace(LATE, state="failed", error_class="Unavailable")
    one = found(Kind.LATE, collections=[failing])
    assert "acme.cases is late. The last run failed: the vendor does not answer." == one.what
    assert "network" in one.remedy
    assert "`syncd runs acme.cases`" in one.remedy
    assert failing.last_success_at == one.since
    assert "Whatever" in found(Kind.LATE, collections=[replace(failing, error_class="Whatever")]).what
    never = found(Kind.LATE, collections=[Collection(state="failed", last_success_at=None)])
    assert "has not been read whole yet" in never.what


@pytest.mark.parametrize(
    "changes, seen",
    [
        ({"running": {("acme", "cases")}}, Seen.UNSURE),
        ({"running": {("acme", "staff")}}, Seen.PRESENT),
        ({"resting": {"acme"}}, Seen.ASIDE),
        ({"connections": {"acme": Connection("stopped")}}, Seen.ASIDE),
        ({"connections": {}}, Seen.PRESENT),
    ],
)
def test_lateness_is_not_told_of_what_cannot_be_read_now(changes: dict[str, Any], seen: Seen) -> None:
    assert seen is found(Kind.LATE, collections=[LATE], **changes).seen


def test_held_deletions_are_told_with_their_number_and_what_to_do() -> None:
    one = found(Kind.HELD, collections=[Collection(state="held", held=HELD)])
    assert (Seen.PRESENT, NOW - timedelta(hours=2)) == (one.seen, one.since)
    assert one.what.startswith("1,234 deletions of acme.cases are held back")
    assert "--allow-deletes acme.cases" in one.remedy
    assert Seen.ASIDE is found(Kind.HELD, collections=[Collection(held=HELD, paused_at=NOW)]).seen


@pytest.mark.parametrize(
    "count, seen", [(0, Seen.ABSENT), (49, Seen.ABSENT), (50, Seen.UNSURE), (99, Seen.UNSURE), (100, Seen.PRESENT)]
)
def test_rejects_rise_at_one_level_and_are_few_below_half_of_it(count: int, seen: Seen) -> None:
    one = found(Kind.REJECTS, rejects={("acme", "cases"): count, ("acme", "staff"): 1000})
    assert seen is one.seen
    assert "`syncd rejects acme.cases`" in one.remedy


@pytest.mark.parametrize(
    "free, total, seen",
    [
        (GIB - 1, 100 * GIB, Seen.PRESENT),
        (GIB, 100 * GIB, Seen.UNSURE),
        (GIB * 5 // 4, 100 * GIB, Seen.ABSENT),
        # A small disk never has a gigabyte free.
        (300 * MIB, 2 * GIB, Seen.ABSENT),
        (200 * MIB, 2 * GIB, Seen.PRESENT),
        (0, 0, Seen.ABSENT),
    ],
)
def test_a_disk_is_nearly_full_below_a_level_and_roomy_well_above_it(free: int, total: int, seen: Seen) -> None:
    one = found(Kind.DISK, disks=[Disk("/srv", free, total)])
    assert seen is one.seen
    assert "/srv" == one.subject.about


@pytest.mark.parametrize("size, seen", [(0, Seen.ABSENT), (200 * MIB, Seen.UNSURE), (300 * MIB, Seen.PRESENT)])
def test_a_log_that_grows_is_seen(size: int, seen: Seen) -> None:
    one = found(Kind.LOG, log_bytes=size)
    assert seen is one.seen
    assert "MiB" in one.what or seen is Seen.ABSENT


def test_v22_a_vendors_notice_is_one_subject_for_all_its_connections() -> None:
    notices = [Notice("Trackops", "/cases", "Sunset", "Sat, 31 Oct 2026")] * 2
    looks = [each for each in evidence(replace(LOOK, notices=notices), THRESHOLDS) if each.subject.kind is Kind.NOTICE]
    assert 1 == len({each.subject for each in looks})
    assert "Sat, 31 Oct 2026" in looks[0].what
    assert "Trackops /cases" == looks[0].subject.about


def test_of_connections_that_others_keep_nothing_is_said() -> None:
    theirs = Collection(connection="theirs", state="failed", last_success_at=None)
    looks = list(evidence(replace(LOOK, collections=[theirs]), THRESHOLDS))
    assert {"", "acme"} == {each.subject.connection for each in looks}


def test_who_is_paused() -> None:
    titles = {"acme": "Trackops", "fleet": "Trackunit"}
    connections = {"acme": Connection(paused_at=NOW), "theirs": Connection(paused_at=NOW), "fleet": Connection()}
    collections = [Collection("fleet", "units", paused_at=NOW), Collection("fleet", "trips")]
    look = replace(LOOK, titles=titles, connections=connections, collections=collections)
    assert {"acme", "fleet.units"} == look.paused
