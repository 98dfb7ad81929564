"""A walk asks as little as its proof allows, and concludes nothing from what it did not prove."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from syncd.ask import Answer, Question
from syncd.errors import Malformed, NotFound, Refused
from syncd.paging import MOST_PASSES, Position, Proof, timestamp
from syncd.plan import Cursor, begin
from syncd.vendors.trackops import TRACKOPS
from syncd.walk import Walker, count
from tests.vendor_model import LONG_AGO, START, SUBJECTS, Staging, VendorModel, done, walk, walk_killed

LOOKBACK = timedelta(minutes=10)


def whole(model: VendorModel, *, live_rows: int = 0, cursor: Cursor | None = None) -> Position:
    return begin(
        SUBJECTS,
        cursor or Cursor(),
        whole=True,
        stage=1,
        page_size=model.page_size,
        lookback=LOOKBACK,
        live_rows=live_rows,
    )


def recent(model: VendorModel, *, size: int | None = None) -> Position:
    return begin(
        SUBJECTS,
        Cursor(at=START, size=size),
        whole=False,
        stage=1,
        page_size=model.page_size,
        lookback=LOOKBACK,
        live_rows=1000,
    )


def filled(rows: int, **options: Any) -> VendorModel:
    model = VendorModel(**options)
    model.add(rows, at=LONG_AGO)
    return model


def changed(rows: int, **options: Any) -> VendorModel:
    model = filled(0, **options)
    model.add(rows, at=START)
    return model


class TestRequests:
    """Requests are the scarce good: how many a walk makes is a promise."""

    @pytest.mark.parametrize("rows", [0, 1, 99])
    def test_a_short_incremental_walk_is_one_request(self, rows: int) -> None:
        model = changed(rows)
        walked = walk(model, recent(model))
        assert [1] == model.pages_asked
        assert walked.outcome.proven
        assert rows == len(walked.latest)

    @pytest.mark.parametrize(
        "rows, pages", [(100, [1, 2] * 2), (101, [1, 2] * 2), (250, [1, 2, 3] * 2), (899, [*range(1, 10)] * 2)]
    )
    def test_a_walk_of_two_to_ten_pages_is_walked_twice(self, rows: int, pages: list[int]) -> None:
        model = changed(rows)
        walked = walk(model, recent(model))
        assert pages == model.pages_asked
        assert walked.outcome.proven
        assert rows == len(walked.latest)

    def test_a_walk_of_eleven_to_twenty_pages_is_counted_once_and_walked_twice(self) -> None:
        model = changed(1950)
        walked = walk(model, recent(model))
        assert [*range(1, 11), 0, *range(11, 21), *range(1, 21)] == model.pages_asked
        assert walked.outcome.proven

    def test_a_long_incremental_walk_turns_to_counts_after_ten_pages(self) -> None:
        model = changed(0)
        model.add(2150, at=START - timedelta(minutes=6))
        walked = walk(model, recent(model))
        assert [*range(1, 11), 0, *range(1, 23), 0] == model.pages_asked
        assert walked.outcome.proven
        assert 2150 == walked.outcome.counted

    def test_a_long_incremental_walk_where_counts_are_missing_is_walked_twice(self) -> None:
        model = changed(2150, counts=False)
        walked = walk(model, recent(model))
        assert [*range(1, 11), 0, *range(11, 23), *range(1, 23)] == model.pages_asked
        assert walked.outcome.proven

    @pytest.mark.parametrize(
        "rows, live, asked",
        [
            (0, 0, [1]),
            (0, 30, [1]),
            (30, 30, [1]),
            (30, 0, [1, 2]),
            (30, 29, [1, 2]),
            (100, 0, [1, 0, 1, 2, 0]),
            (250, 250, [1, 0, 1, 2, 3, 0]),
        ],
    )
    def test_a_walk_of_everything_is_proven_by_two_counts(self, rows: int, live: int, asked: list[int]) -> None:
        model = filled(rows)
        walked = walk(model, whole(model, live_rows=live))
        assert asked == model.pages_asked
        assert walked.outcome.proven
        assert rows == len(walked.latest) == walked.outcome.counted

    def test_where_counts_are_missing_a_second_pass_proves_a_walk_of_everything(self) -> None:
        model = filled(250, counts=False)
        walked = walk(model, whole(model))
        assert [1, 0, 1 + 1, 3, 1, 2, 3] == model.pages_asked
        assert walked.outcome.proven
        assert None is walked.outcome.counted

    def test_v13_pages_smaller_than_asked_for_are_noticed_and_remembered(self) -> None:
        model = filled(120, clamp=50)
        walked = walk(model, whole(model))
        assert [1, 2, 0, 1, 2, 3, 0] == model.pages_asked
        assert walked.outcome.proven
        assert 120 == len(walked.latest)
        assert 50 == walked.position.size

    def test_v13_a_remembered_page_size_makes_a_full_page_of_the_vendors_a_full_page(self) -> None:
        model = changed(50, clamp=50)
        walk(model, recent(model, size=50))
        assert [1, 2, 1, 2] == model.pages_asked

    def test_v13_a_remembered_page_size_saves_the_look_for_a_second_page(self) -> None:
        model = filled(120, clamp=50)
        walked = walk(model, whole(model, cursor=Cursor(at=START, size=50)))
        assert [1, 0, 1, 2, 3, 0] == model.pages_asked
        assert 50 == walked.position.size

    def test_v13_a_page_size_is_remembered_when_little_is_left(self) -> None:
        model = filled(30, clamp=50)
        assert 50 == walk(model, whole(model, cursor=Cursor(at=START, size=50))).position.size

    def test_v13_pages_that_grow_again_are_noticed(self) -> None:
        model = filled(250)
        walked = walk(model, whole(model, cursor=Cursor(at=START, size=50)))
        assert 100 == walked.position.size
        assert [1, 0, 1, 2, 3, 0] == model.pages_asked
        assert 250 == len(walked.latest)

    @pytest.mark.parametrize("rows", [99, 100, 101, 199, 200, 201, 300])
    @pytest.mark.parametrize("counts", [True, False])
    def test_v13_sizes_around_full_pages_lose_nothing(self, rows: int, counts: bool) -> None:
        model = filled(rows, counts=counts)
        walked = walk(model, whole(model))
        assert walked.outcome.proven
        assert rows == len(walked.latest)


class TestQuestions:
    def test_an_incremental_walk_starts_before_the_cursor_and_has_no_upper_bound(self) -> None:
        model = changed(150)
        walk(model, recent(model))
        for question in model.questions:
            assert "/subjects" == question.path
            assert "GET" == question.method
            assert {"updated_from", "dir", "per_page", "page"} == {name for name, _ in question.params}
            assert timestamp(START - LOOKBACK) == dict(question.params)["updated_from"]

    def test_pages_of_a_clamped_vendor_are_still_asked_in_full_size(self) -> None:
        model = filled(120, clamp=50)
        walk(model, whole(model))
        assert {"100"} == {dict(q.params)["per_page"] for q in model.questions}

    def test_counts_are_bounded_by_five_minutes_before_the_first_answer_both_times_alike(self) -> None:
        model = filled(150)
        walk(model, whole(model))
        bounds = [dict(q.params)["created_to"] for q in model.questions if "mode" in dict(q.params)]
        assert [timestamp(START + timedelta(seconds=1) - timedelta(minutes=5))] * 2 == bounds

    def test_cases_are_asked_without_requests_and_counted_by_the_systems_clock(self) -> None:
        cases = TRACKOPS.collection("cases")
        asked: list[Question] = []

        async def ask(question: Question) -> Answer:
            asked.append(question)
            if "mode" in dict(question.params):
                return Answer({"record_count": 100, "page_count": 1}, START)
            return Answer([{"id": i} for i in range(100)] if dict(question.params)["page"] == "1" else [], START)

        staging = Staging(dict.fromkeys(range(100), True))
        position = begin(cases, Cursor(), whole=True, stage=1, page_size=100, lookback=LOOKBACK, live_rows=0)
        walker = Walker(TRACKOPS, cases, ask, lambda: START, staging.staged)

        async def read() -> list[bool]:
            return [b.outcome.proven async for b in walker.batches(position) if b.outcome]

        assert [True] == done(read())
        assert {"0"} == {dict(q.params)["is_request"] for q in asked}
        counted = [dict(q.params) for q in asked if "mode" in dict(q.params)]
        assert all("created_to_system" in params and "created_to" not in params for params in counted)

    def test_the_start_of_a_walk_is_the_vendors_clock_at_its_first_answer(self) -> None:
        model = changed(250)
        assert START + timedelta(seconds=1) == walk(model, recent(model)).position.started_at

    def test_c1_without_the_vendors_clock_ours_counts_less_the_lookback(self) -> None:
        model = changed(250, dated=False)
        ours = START + timedelta(hours=3)
        assert ours - LOOKBACK == walk(model, recent(model), ours=lambda: ours).position.started_at

    def test_the_start_is_also_known_when_nothing_came(self) -> None:
        model = changed(0)
        assert START + timedelta(seconds=1) == walk(model, recent(model)).position.started_at


class TestProof:
    def at_request(self, model: VendorModel, number: int, act: Any) -> None:
        def between(now: int) -> None:
            if now == number:
                act()

        model.between = between

    def test_v14_a_row_that_slips_over_a_page_edge_is_found_by_the_second_pass(self) -> None:
        model = changed(250)
        self.at_request(model, 2, lambda: model.delete(1))
        walked = walk(model, recent(model))
        assert walked.outcome.proven
        assert set(range(1, 251)) == set(walked.latest)
        assert [1, 2, 3] * 3 == model.pages_asked

    def test_v14_counts_see_that_a_row_was_deleted_and_the_walk_is_repeated(self) -> None:
        model = filled(250)
        self.at_request(model, 4, lambda: model.delete(1))
        walked = walk(model, whole(model))
        assert [1, 0, 1, 2, 3, 0, 1, 2, 3, 0] == model.pages_asked
        assert set(range(1, 251)) == set(walked.latest)

    def test_v14_equal_counts_alone_prove_nothing(self) -> None:
        """A row read is deleted, one recovered where we have been: equal counts, and a third row was skipped."""
        model = filled(251)
        hidden = model.rows.pop(5)

        def swap(number: int) -> None:
            if number == 4:
                model.delete(1)
            if number == 6:
                model.rows[5] = hidden

        model.between = swap
        walked = walk(model, whole(model))
        assert [1, 0, 1, 2, 3, 0, 1, 2, 3, 0] == model.pages_asked
        assert set(range(1, 252)) == set(walked.latest)

    def test_v14_a_vendor_that_never_rests_is_not_proven_after_three_passes(self) -> None:
        model = changed(150)
        model.between = lambda _number: model.add()
        walked = walk(model, recent(model))
        assert not walked.outcome.proven
        assert MOST_PASSES == walked.position.round
        assert "new records in pass 3" in walked.outcome.note

    def test_v14_everything_read_twice_with_counts_that_disagree_is_not_proven(self) -> None:
        model = filled(250)
        hidden = [model.rows.pop(i) for i in (249, 250)]

        def recover(number: int) -> None:
            if number in {7, 11}:
                row = hidden.pop()
                model.rows[row.id] = row

        model.between = recover
        model.lie = 1
        walked = walk(model, whole(model))
        assert not walked.outcome.proven
        assert 2 == walked.position.round
        assert "counts" in walked.outcome.note

    @pytest.mark.parametrize("lie", [-1, 1, 1000])
    def test_v18_a_lying_count_costs_a_second_pass_and_decides_nothing(self, lie: int) -> None:
        model = filled(250, lie=lie)
        walked = walk(model, whole(model))
        assert walked.outcome.proven
        assert 250 == len(walked.latest)
        assert 250 + lie == walked.outcome.counted, "it is reported"
        assert [1, 0, 1, 2, 3, 0, 1, 2, 3, 0] == model.pages_asked

    def test_v18_a_count_that_fails_at_the_end_leaves_it_to_the_passes(self) -> None:
        model = filled(250)
        self.at_request(model, 6, lambda: setattr(model, "counts", False))
        walked = walk(model, whole(model))
        assert walked.outcome.proven
        assert [1, 0, 1, 2, 3, 0, 1, 2, 3] == model.pages_asked

    def test_rows_made_after_the_bound_are_not_held_against_the_count(self) -> None:
        model = filled(150)
        model.between = lambda _number: model.add()
        walked = walk(model, whole(model))
        assert [1, 0, 1, 2, 0] == model.pages_asked
        assert walked.outcome.proven
        assert len(walked.latest) > 150

    @pytest.mark.parametrize("answer", [None, [], "2", {"count": 2}, {"record_count": None}, {"record_count": True}])
    def test_an_answer_that_counts_nothing_is_no_count(self, answer: object) -> None:
        async def ask(_question: Question) -> Answer:
            return Answer(answer, START)

        assert None is done(count(TRACKOPS, SUBJECTS, ask))

    @pytest.mark.parametrize("error", [Refused("400"), NotFound("404")])
    def test_an_account_that_cannot_count_is_no_failure(self, error: Exception) -> None:
        async def ask(_question: Question) -> Answer:
            raise error

        assert None is done(count(TRACKOPS, SUBJECTS, ask))


def served(pages: list[list[int]], **more: Any) -> Any:
    """An ask function that serves *pages* whatever is asked for, then empty ones."""
    left = iter(pages)

    async def ask(_question: Question) -> Answer:
        ids = next(left, [])
        return Answer([{"id": i, "url": object()} for i in ids], START, **more)

    return ask


def read(ask: Any, position: Position) -> int:
    """Walk to the end; the number of records in all batches."""
    staging = Staging()
    walker = Walker(TRACKOPS, SUBJECTS, ask, lambda: START, staging.staged)

    async def all_of_it() -> int:
        total = 0
        async for batch in walker.batches(position):
            total += len(batch.records)
            staging.keys.update((r["id"], True) for r in batch.records)
            if batch.outcome:
                break
        return total

    return done(all_of_it())


PASSES = Position((("updated_from", "x"),), Proof.PASSES, 1, size=2)


class TestGarbled:
    @pytest.mark.parametrize("pages", [[[1, 2], [1, 2]], [[1, 2], [3, 4], [1, 2], [3, 4]]], ids=["A,A", "A,B,A,B"])
    def test_v12_a_repeating_page_is_malformed(self, pages: list[list[int]]) -> None:
        """Also where something in every record differs in every answer, as the links of files do."""
        with pytest.raises(Malformed, match="repeats"):
            read(served(pages * 5), PASSES)

    def test_v12_a_second_pass_repeats_the_first_and_that_is_no_fault(self) -> None:
        assert 6 == read(served([[1, 2], [3], [1, 2], [3]]), PASSES)

    def test_v12_empty_pages_repeat_nothing(self) -> None:
        assert 4 == read(served([[1, 2], [], [1, 2], []]), PASSES)

    def test_v12_records_without_a_key_are_told_apart_by_all_they_hold(self) -> None:
        answers = iter([[{"a": 1}, 5], [{"a": 2}, None], []])

        async def ask(_question: Question) -> Answer:
            return Answer(next(answers), START)

        walker = Walker(TRACKOPS, SUBJECTS, ask, lambda: START, Staging().staged)

        async def pages() -> int:
            batches = walker.batches(PASSES)
            found = [len((await anext(batches)).records) for _ in range(3)]
            await batches.aclose()  # type: ignore[attr-defined]
            return sum(found)

        assert 4 == done(pages())

    @pytest.mark.parametrize("value", [{}, {"id": 1}, None, "[]", 7])
    def test_v8_an_answer_that_is_no_list_is_malformed(self, value: object) -> None:
        async def ask(_question: Question) -> Answer:
            return Answer(value, START)

        with pytest.raises(Malformed, match="list"):
            read(ask, PASSES)

    def test_n6_a_short_page_whose_end_nobody_marked_is_asked_again(self) -> None:
        """A body cut at a valid place looks like a shorter page: the longer one counts, once two agree."""
        assert 1 == read(served([[1], [1]], framed=False), PASSES)
        assert 4 == read(served([[1], [1, 2], [3], [3], [1, 2], [3], [3]], framed=False), PASSES) - 2

    def test_n6_full_pages_need_no_second_answer(self) -> None:
        assert 4 == read(served([[1, 2], [], [], [1, 2], [], []], framed=False), PASSES)

    def test_n6_a_page_that_is_cut_differently_every_time_is_malformed(self) -> None:
        wide = Position(PASSES.filters, Proof.PASSES, 1, size=10)
        with pytest.raises(Malformed, match="different length"):
            read(served([[1], [1, 2], [1], [1, 2, 3], [1]], framed=False), wide)


class TestResume:
    def test_a_killed_walk_reads_one_page_again_and_no_more(self) -> None:
        model = filled(3000)
        staging = Staging()
        position = walk_killed(model, whole(model), staging, 18)
        assert isinstance(position, Position)
        before = len(model.questions)
        walked = walk(model, Position.from_json(position.to_json()), staging)
        assert walked.outcome.proven
        assert 3000 == len(staging.keys)
        assert [*range(18, 32), 0] == model.pages_asked[before:]

    def test_a_walk_killed_in_its_second_pass_goes_on_in_that_pass(self) -> None:
        model = changed(250)
        staging = Staging()
        position = walk_killed(model, recent(model), staging, 5)
        assert isinstance(position, Position)
        assert (2, 2) == (position.round, position.page)
        before = len(model.questions)
        assert walk(model, position, staging).outcome.proven
        assert [2, 3] == model.pages_asked[before:]

    def test_the_start_of_a_resumed_walk_is_that_of_its_first_part(self) -> None:
        model = filled(300)
        staging = Staging()
        position = walk_killed(model, whole(model), staging, 2)
        assert isinstance(position, Position)
        model.now += timedelta(hours=5)
        walked = walk(model, position, staging)
        assert START + timedelta(seconds=1) == walked.position.started_at
        assert position.bound == walked.position.bound

    def test_every_batch_carries_the_position_after_it(self) -> None:
        model = filled(250)
        walked = walk(model, whole(model))
        assert [1, 2, 3, 3] == [b.position.page for b in walked.batches]
        assert [100, 100, 50, 0] == [len(b.records) for b in walked.batches]
        assert [None, None, None, walked.outcome] == [b.outcome for b in walked.batches]
        assert {250} == {b.position.before for b in walked.batches}
