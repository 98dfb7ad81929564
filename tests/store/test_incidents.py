"""Incidents as the database keeps them, and how fast rejects grow."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from enum import Enum
from typing import cast

from syncd.alerts.incidents import Incident, Kind, State, Subject
from syncd.parse import Reject, Rows
from syncd.store import Store
from tests.store.kit import MADE, TRACKOPS, begin, page, query
from tests.turned_clock import TurnedClock

DAY = timedelta(days=1)


class Tomorrow(Enum):
    KIND = "of_tomorrow"


CASES = Incident(Subject(Kind.LATE, "acme", "cases"), MADE, MADE - DAY, "acme.cases is late.", "Do this.", seen_at=MADE)
DISK = Incident(Subject(Kind.DISK, about="/srv"), MADE, MADE, "The disk is nearly full.", "Make room.", seen_at=MADE)
OVER = replace(CASES, state=State.ENDED, times=2, quiet_since=MADE, ended_at=MADE + DAY, told={"1 (mailtos)": "begun"})


async def test_incidents_come_back_as_they_were_stored(store: Store) -> None:
    await store.save_incidents([CASES, DISK])
    assert [CASES, DISK] == sorted(await store.incidents(MADE), key=lambda each: each.subject.kind, reverse=True)
    # The same one again is changed, not added.
    await store.save_incidents([OVER])
    assert [OVER] == [each for each in await store.incidents(MADE) if each.subject == CASES.subject]
    later = replace(CASES, opened_at=MADE + 2 * DAY)
    await store.save_incidents([later])
    assert [OVER, later] == [each for each in await store.incidents(MADE) if each.subject == CASES.subject]


async def test_what_is_open_is_found_however_old_it_is(store: Store) -> None:
    await store.save_incidents([DISK, OVER])
    assert [DISK] == await store.incidents(MADE + 2 * DAY)


async def test_what_was_seen_long_ago_is_forgotten(store: Store) -> None:
    await store.save_incidents([DISK, replace(CASES, seen_at=MADE + DAY)])
    assert 1 == await store.forget_incidents(MADE + DAY)
    assert [CASES.subject] == [each.subject for each in await store.incidents(MADE)]


async def test_a_kind_that_a_newer_program_stored_is_left_alone(store: Store, database: str) -> None:
    await store.save_incidents([DISK])
    tomorrow = replace(DISK, subject=replace(DISK.subject, kind=cast("Kind", Tomorrow.KIND)))
    await store.save_incidents([tomorrow])
    assert [DISK] == await store.incidents(MADE)
    assert 2 == query(database, "SELECT count(*) FROM syncd_incidents")[0][0]


async def test_forgetting_a_connection_takes_its_incidents(store: Store) -> None:
    await store.enroll("acme", TRACKOPS)
    await store.save_incidents([CASES, DISK])
    await store.forget("acme")
    assert [DISK] == await store.incidents(MADE)


async def test_rejects_grow_by_what_is_set_aside_for_the_first_time(store: Store, clock: TurnedClock) -> None:
    run, began = await begin(store), clock.now()
    for number in (1, 2, 1):
        bad = Reject(f'{{"id":{number}}}', "total", f'{{"id":{number},"total":"x"}}', "not a number")
        await store.commit(await page(store, run, Rows(rejects=[bad])))
        clock.turn(3600)
    assert {("acme", "invoices"): 2} == await store.rejects_since(began)
    assert {("acme", "invoices"): 1} == await store.rejects_since(began + timedelta(seconds=1))
    assert {} == await store.rejects_since(clock.now())
