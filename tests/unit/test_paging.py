"""Positions survive storage, questions say what is meant, and a proof is a matter of plain numbers."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from syncd.errors import Malformed
from syncd.paging import (
    BEFORE_THE_WALK,
    MOST_PAGES,
    MOST_PASSES,
    MOST_PASSES_COUNTED,
    Position,
    Proof,
    Repeats,
    begun,
    counted_filters,
    is_proven,
    list_question,
    next_pass,
    passes_left,
    timestamp,
)

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
NEW = Position(filters=(), proof=Proof.COUNTS, stage=7)
FULL = Position(
    filters=(("updated_from", "2026-03-01T11:50:00Z"), ("x", "y")),
    proof=Proof.PASSES,
    stage=2**40,
    started_at=NOON + timedelta(microseconds=5),
    bound=NOON,
    before=0,
    page=3,
    round=2,
    base=200,
    size=50,
    expected=9,
    staged=250,
)


@pytest.mark.parametrize("position", [NEW, FULL, replace(FULL, before=None)], ids=["new", "full", "uncounted"])
def test_a_position_is_the_same_after_storage_as_json(position: Position) -> None:
    assert position == Position.from_json(json.loads(json.dumps(position.to_json())))


def test_a_count_of_none_at_all_is_a_count() -> None:
    assert 0 == Position.from_json(FULL.to_json()).before


@pytest.mark.parametrize(
    "moment, told",
    [
        (NOON, "2026-03-01T12:00:00Z"),
        (NOON.replace(microsecond=999_999), "2026-03-01T12:00:00Z"),
        (datetime(2026, 3, 1, 4, tzinfo=timezone(timedelta(hours=-8))), "2026-03-01T12:00:00Z"),
        (datetime(2026, 3, 2, 1, tzinfo=timezone(timedelta(hours=13))), "2026-03-01T12:00:00Z"),
        (datetime(1, 2, 3, tzinfo=UTC), "0001-02-03T00:00:00Z"),
    ],
)
def test_c5_a_time_is_asked_in_utc_with_its_zone_and_cut_towards_older(moment: datetime, told: str) -> None:
    assert told == timestamp(moment)


def test_a_list_is_asked_oldest_first_with_its_fixed_parameters_and_filters() -> None:
    question = list_question("/cases", (("is_request", "0"),), FULL, 4, 100)
    assert "/cases" == question.path
    assert (
        ("is_request", "0"),
        *FULL.filters,
        ("dir", "asc"),
        ("per_page", "100"),
        ("page", "4"),
    ) == question.params


class TestBounds:
    def test_a_count_is_bounded_by_the_time_of_making(self) -> None:
        assert (*FULL.filters, ("created_to", "2026-03-01T12:00:00Z")) == counted_filters(FULL, "created_to")

    def test_a_bound_that_is_there_already_is_not_sent_twice(self) -> None:
        position = replace(FULL, filters=(("created_to", "2025-01-01T00:00:00Z"),))
        assert position.filters == counted_filters(position, "created_to")

    @pytest.mark.parametrize("position, made_to", [(FULL, None), (NEW, "created_to")], ids=["no time", "no bound"])
    def test_without_a_time_of_making_the_filters_are_those_of_the_walk(
        self, position: Position, made_to: str | None
    ) -> None:
        assert position.filters == counted_filters(position, made_to)

    def test_the_first_answer_sets_start_and_bound_and_later_ones_do_not_move_them(self) -> None:
        first = begun(NEW, NOON + timedelta(microseconds=7))
        assert NOON + timedelta(microseconds=7) == first.started_at
        assert NOON - BEFORE_THE_WALK == first.bound
        assert first is begun(first, NOON + timedelta(hours=1))

    def test_a_bound_given_beforehand_stays(self) -> None:
        assert NOON == begun(replace(NEW, bound=NOON), NOON + timedelta(days=1)).bound


class TestProof:
    """Columns: round, before, base; then after, staged, staged_bounded; then whether that proves the walk."""

    @pytest.mark.parametrize(
        "round_, before, base, after, staged, bounded, proven",
        [
            (1, 250, 0, 250, 250, 250, True),
            (1, 250, 0, 250, 260, 250, True),
            (1, 250, 0, 250, 250, 249, False),
            (1, 250, 0, 249, 250, 250, False),
            (1, 250, 0, 249, 249, 249, False),
            (1, 249, 0, 250, 250, 250, False),
            (1, 250, 0, None, 250, 250, False),
            (1, None, 0, None, 0, 0, False),
            (1, None, 0, 250, 250, 250, False),
            (2, None, 250, None, 250, 250, True),
            (2, None, 250, None, 251, 251, False),
            (2, 240, 250, 239, 250, 250, True),
            (2, 251, 250, 251, 251, 251, True),
            (2, 251, 250, 251, 251, 250, False),
            (1, 0, 0, 0, 0, 0, True),
        ],
    )
    def test_v14_v18_equal_counts_need_equal_keys_and_a_pass_without_new_keys_needs_no_counts(
        self,
        round_: int,
        before: int | None,
        base: int,
        after: int | None,
        staged: int,
        bounded: int,
        proven: bool,
    ) -> None:
        position = replace(NEW, round=round_, before=before, base=base)
        assert proven is is_proven(position, after=after, staged=staged, staged_bounded=bounded)

    @pytest.mark.parametrize(
        "proof, before, most",
        [
            (Proof.PASSES, None, MOST_PASSES),
            (Proof.COUNTS, None, MOST_PASSES),
            (Proof.COUNTS, 250, MOST_PASSES_COUNTED),
            (Proof.COUNTS, 0, MOST_PASSES_COUNTED),
        ],
    )
    def test_passes_end(self, proof: Proof, before: int | None, most: int) -> None:
        position = replace(NEW, proof=proof, before=before)
        assert [True] * (most - 1) + [False] == [passes_left(replace(position, round=i + 1)) for i in range(most)]

    def test_the_next_pass_starts_at_the_first_page_with_what_was_counted_last(self) -> None:
        following = next_pass(FULL, staged=321, before=5)
        assert replace(FULL, round=3, page=0, base=321, before=5) == following


class TestRepeats:
    def check(self, *pages: list[object], key: tuple[str, ...] = ("id",)) -> None:
        repeats = Repeats(key)
        for number, page in enumerate(pages, 1):
            repeats.check(number, page)

    def test_v12_the_same_keys_again_are_a_repeated_page_whatever_else_differs(self) -> None:
        with pytest.raises(Malformed, match="page 3 repeats"):
            self.check([{"id": 1, "url": "a"}], [{"id": 2}], [{"id": 1, "url": "b"}])

    def test_v12_every_part_of_a_key_counts(self) -> None:
        self.check([{"a": 1, "b": 1}], [{"a": 1, "b": 2}], key=("a", "b"))
        with pytest.raises(Malformed):
            self.check([{"a": 1, "b": 1}], [{"a": 1, "b": 1}], key=("a", "b"))

    def test_v12_records_that_lack_a_part_of_their_key_are_compared_whole(self) -> None:
        self.check([{"a": 1, "c": 1}], [{"a": 1, "c": 2}], [5], ["\ud800"], key=("a", "b"))
        with pytest.raises(Malformed):
            self.check([{"a": 1, "c": 1}], [{"a": 1, "c": 1}], key=("a", "b"))

    def test_v12_rows_that_moved_are_no_repetition(self) -> None:
        self.check([{"id": 1}, {"id": 2}], [{"id": 2}, {"id": 3}], [{"id": 2}, {"id": 1}])

    def test_v12_empty_pages_are_no_repetition(self) -> None:
        self.check([], [], [])

    def test_v12_a_walk_without_end_is_malformed(self) -> None:
        repeats = Repeats(("id",))
        repeats.check(MOST_PAGES, [{"id": 1}])
        with pytest.raises(Malformed, match="no end"):
            repeats.check(MOST_PAGES + 1, [{"id": 2}])
