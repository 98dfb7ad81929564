"""Whatever happens at the vendor while it is read: a proven walk has seen what was there, and cycles converge.

The model of FAULTS M5 in small: pages of five instead of a hundred, so that every page edge is met often.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from syncd.ask import Answer, Question
from syncd.errors import Malformed
from syncd.paging import Position, Proof, timestamp
from syncd.plan import Cursor, begin, can_resume, is_whole
from tests.vendor_model import LONG_AGO, START, SUBJECTS, Staging, VendorModel, walk, walk_killed

LOOKBACK = timedelta(minutes=10)
PAGE = 5


@dataclass(frozen=True)
class Change:
    """Something that happens just before a request is answered; ``place`` picks the row, ``late`` is in seconds."""

    request: int
    kind: str
    place: int
    late: int = 0

    def happen(self, model: VendorModel) -> int | None:
        """Do it; the id of the row it concerns."""
        ids = sorted(model.rows)
        late = timedelta(seconds=self.late)
        if self.kind == "insert" or not ids:
            model.add(late=late)
            return model.next_id - 1
        ident = ids[self.place % len(ids)]
        if self.kind == "update":
            model.update(ident, late=late)
        else:
            model.delete(ident)
        return ident


def changes(most: int, kinds: str = "insert update delete", *, late: int = 0) -> st.SearchStrategy[list[Change]]:
    one = st.builds(
        Change,
        request=st.integers(1, 14),
        kind=st.sampled_from(kinds.split()),
        place=st.integers(0, 40),
        late=st.integers(0, late),
    )
    return st.lists(one, max_size=most)


def models(most: int = 23) -> st.SearchStrategy[VendorModel]:
    """Vendors with some rows of equal and different times, in either order, with or without counts."""

    @st.composite
    def build(draw: st.DrawFn) -> VendorModel:
        model = VendorModel(page_size=PAGE, order=draw(st.sampled_from(["id", "updated"])), counts=draw(st.booleans()))
        for _ in range(draw(st.integers(0, most))):
            model.add(at=LONG_AGO + timedelta(seconds=draw(st.integers(0, 2))))
        return model

    return build()


def apply_during(model: VendorModel, during: list[Change]) -> set[int]:
    """Let the changes happen at their requests; the set fills with the ids of rows that changed."""
    touched: set[int] = set()

    def between(number: int) -> None:
        for change in during:
            if change.request == number and (ident := change.happen(model)) is not None:
                touched.add(ident)

    model.between = between
    return touched


def start(model: VendorModel, cursor: Cursor, *, whole: bool = False, live: int = 0) -> Position:
    return begin(SUBJECTS, cursor, whole=whole, stage=1, page_size=model.page_size, lookback=LOOKBACK, live_rows=live)


# One row deleted can hide one at a page edge from every pass only if a whole page of rows moves while the walk lasts:
# below that the proof by passes is exact. With full-size pages that is a hundred rows in some seconds.
FEW = PAGE - 1


@given(model=models(), during=changes(FEW))
def test_v14_v15_a_proven_walk_of_everything_saw_every_row_that_was_there_all_the_time(
    model: VendorModel, during: list[Change]
) -> None:
    before = set(model.rows)
    apply_during(model, during)
    walked = walk(model, start(model, Cursor(), whole=True))
    if walked.outcome.proven:
        assert before & set(model.rows) <= set(walked.latest)


@given(model=models(), during=changes(30))
def test_v14_counts_that_agree_prove_a_walk_however_much_changed(model: VendorModel, during: list[Change]) -> None:
    model.counts = True
    before = set(model.rows)
    apply_during(model, during)
    walked = walk(model, start(model, Cursor(), whole=True))
    if walked.outcome.proven and walked.position.round == 1:
        assert before & set(model.rows) <= set(walked.latest)


@given(model=models(), during=changes(FEW))
def test_v14_v15_a_proven_walk_of_what_changed_saw_every_row_that_had_changed(
    model: VendorModel, during: list[Change]
) -> None:
    for row in model.rows.values():
        # Every third has not changed lately: an update lets it enter in front of others that were read.
        row.updated = START - timedelta(minutes=10 * (row.id % 3))
    model.now += timedelta(seconds=5)
    before = {row.id for row in model.listed({"updated_from": timestamp(START - LOOKBACK)})}
    touched = apply_during(model, during)
    walked = walk(model, start(model, Cursor(at=START)))
    if walked.outcome.proven:
        assert (before & set(model.rows)) - touched <= set(walked.latest)


@given(rows=st.integers(0, 4 * PAGE), order=st.sampled_from(["id", "updated"]), clamp=st.integers(1, PAGE))
def test_v13_v19_a_quiet_vendor_is_proven_whatever_the_sizes(rows: int, order: str, clamp: int) -> None:
    for counts in (True, False):
        model = VendorModel(page_size=PAGE, order=order, counts=counts, clamp=clamp)
        model.add(rows, at=LONG_AGO)
        walked = walk(model, start(model, Cursor(), whole=True))
        assert walked.outcome.proven
        assert set(model.rows) == set(walked.latest)
        if counts:
            pages = rows // clamp + 1
            assert len(model.questions) <= pages + 5


@given(
    rows=st.integers(90, 310),
    order=st.sampled_from(["id", "updated"]),
    during=changes(8),
    counts=st.booleans(),
)
def test_v14_full_size_pages_too(rows: int, order: str, during: list[Change], counts: bool) -> None:
    model = VendorModel(order=order, counts=counts)
    model.add(rows, at=LONG_AGO)
    before = set(model.rows)
    apply_during(model, during)
    walked = walk(model, start(model, Cursor(), whole=True))
    if walked.outcome.proven:
        assert before & set(model.rows) <= set(walked.latest)


@given(pages=st.lists(st.lists(st.integers(1, 4), min_size=2, max_size=2), min_size=1, max_size=6))
def test_v12_a_walk_ends_whatever_a_vendor_serves(pages: list[list[int]]) -> None:
    """A server that goes round in a circle of pages for ever is Malformed; nothing else keeps a walk going."""
    asked = 0

    async def ask(_question: Question) -> Answer:
        nonlocal asked
        asked += 1
        assert asked < 100, "it does not end"
        return Answer(
            [{"id": i, "n": asked, "created_at": "2026-01-01 00:00:00"} for i in pages[asked % len(pages)]], START
        )

    model = VendorModel(page_size=2)
    model.ask = ask  # type: ignore[method-assign,assignment]
    try:
        walk(model, Position((("updated_from", "x"),), Proof.PASSES, 1, size=2))
    except Malformed:
        return
    raise AssertionError("a circle has no end")


@given(model=models(40), after=st.integers(1, 25), whole=st.booleans(), crashed_before_commit=st.booleans())
def test_a_walk_resumed_from_any_stored_position_loses_nothing_and_repeats_one_page(
    model: VendorModel, after: int, whole: bool, crashed_before_commit: bool
) -> None:
    for row in model.rows.values():
        row.updated = START
    position = start(model, Cursor(at=START), whole=whole)
    straight = replace(model, rows=dict(model.rows), questions=[])
    walk(straight, position)
    staging = Staging()
    stored = walk_killed(model, position, staging, after)
    assume(isinstance(stored, Position))
    assert isinstance(stored, Position)
    if crashed_before_commit:
        # The page after the stored one was asked for, and neither it nor its position was committed.
        assume(len(model.questions) < len(straight.questions))
        model.questions.append(model.questions[-1])
    cursor = Cursor.from_json(json.loads(json.dumps(Cursor(at=START, walk=stored).to_json())))
    assert can_resume(cursor, whole=False, staged=len(staging.keys)) == bool(staging.keys)
    # A sweep goes on only where counts would tell what vanished behind the place of the break.
    sound = bool(staging.keys) and whole and stored.before is not None
    assert can_resume(cursor, whole=True, staged=len(staging.keys)) == sound
    assume(bool(staging.keys))
    assert cursor.walk is not None
    walked = walk(model, cursor.walk, staging)
    assert walked.outcome.proven
    assert set(model.rows) == set(staging.keys)
    # The page again; and where an account cannot count, whether it can and whether a second page is there.
    again = 1 + crashed_before_commit + (2 if stored.page == 1 and stored.before is None and whole else 0)
    assert len(model.questions) <= len(straight.questions) + again


@dataclass
class Copy:
    """What syncd keeps of a collection: rows, cursor, and whether every walk since the last sweep was proven."""

    rows: dict[int, dict[str, Any]] = field(default_factory=dict)
    cursor: Cursor = field(default_factory=Cursor)
    sound: bool = True

    def cycle(self, model: VendorModel, *, sweep: bool = False, ours: datetime = START) -> None:
        """One cycle as a run makes it."""
        staging = Staging()
        position = start(model, self.cursor, whole=sweep, live=len(self.rows))
        walked = walk(model, position, staging, ours=lambda: ours)
        self.rows.update(walked.latest)
        self.sound = self.sound and walked.outcome.proven
        if is_whole(position) and walked.outcome.proven:
            self.rows = {ident: row for ident, row in self.rows.items() if ident in staging.keys}
        started = walked.position.started_at
        assert started is not None
        at = max(self.cursor.at, started) if self.cursor.at else started
        self.cursor = replace(self.cursor, at=at, size=walked.position.size)

    def stale(self, model: VendorModel) -> list[int]:
        """The ids of visible rows that are missing here or are of another revision."""
        return [row.id for row in model.listed({}) if row.id not in self.rows or self.rows[row.id]["rev"] != row.rev]


@given(
    model=models(),
    rounds=st.lists(
        st.tuples(changes(FEW, late=540), changes(3, late=540), st.integers(0, 3600)), min_size=1, max_size=4
    ),
    skew=st.integers(-3600, 3600),
)
def test_v14_v16_c1_cycles_converge_whatever_changes_while_they_read(
    model: VendorModel, rounds: list[tuple[list[Change], list[Change], int]], skew: int
) -> None:
    """Rows committed up to nine minutes after their time are found within the lookback, whatever our clock shows."""
    copy = Copy()
    for during, between, pause in rounds:
        model.questions.clear()
        apply_during(model, during)
        copy.cycle(model, ours=model.now + timedelta(seconds=skew))
        model.between = lambda _number: None
        for change in between:
            change.happen(model)
        model.now += timedelta(seconds=pause)
    model.between = lambda _number: None
    model.now += timedelta(seconds=600)
    assume(copy.sound)
    copy.cycle(model)
    assert [] == copy.stale(model)


@given(
    model=models(),
    rounds=st.lists(st.tuples(changes(20, late=1200), st.integers(0, 3600)), min_size=1, max_size=4),
)
def test_v14_v16_a_proven_sweep_repairs_whatever_cycles_could_not_see(
    model: VendorModel, rounds: list[tuple[list[Change], int]]
) -> None:
    """Rows later than the lookback, walks that were not proven, deletions: after a quiet sweep both sides are equal."""
    copy = Copy()
    for during, pause in rounds:
        model.questions.clear()
        apply_during(model, during)
        copy.cycle(model)
        model.now += timedelta(seconds=pause)
    model.between = lambda _number: None
    model.now += timedelta(seconds=1200)
    copy.cycle(model, sweep=True)
    assert [] == copy.stale(model)
    assert set(copy.rows) == {row.id for row in model.listed({})}
