"""What is read next, what may be concluded, and what it will cost: tables of cases."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest

from syncd import plan
from syncd.collection import Collection, Parents, UpdatedSince
from syncd.ledger import moment_text
from syncd.paging import Position, Proof
from syncd.plan import Absence, Cursor, Halving, Held, RunKind, Span, Verdict
from syncd.vendors.trackops import TRACKOPS
from tests.vendor_model import LONG_AGO, SUBJECTS, VendorModel, walk

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
FIELDS = TRACKOPS.collection("fields")
WALK = Position(filters=(), proof=Proof.COUNTS, stage=3, page=180, before=29_950)


def begin(collection: Collection, cursor: Cursor, *, whole: bool = False, live_rows: int = 0) -> Position:
    return plan.begin(
        collection, cursor, whole=whole, stage=3, page_size=100, lookback=10 * MINUTE, live_rows=live_rows
    )


class TestCursor:
    @pytest.mark.parametrize(
        "cursor",
        [
            Cursor(),
            Cursor(at=NOON.replace(microsecond=3)),
            Cursor(walk=WALK),
            Cursor(NOON, WALK, 50, {"followed_at": "x", "queue": [1, 2]}),
        ],
    )
    def test_a_cursor_is_the_same_after_storage_as_json(self, cursor: Cursor) -> None:
        assert cursor == Cursor.from_json(json.loads(json.dumps(cursor.to_json())))

    @pytest.mark.parametrize("stored", [None, {}])
    def test_a_collection_never_read_has_an_empty_cursor(self, stored: dict[str, object] | None) -> None:
        assert Cursor() == Cursor.from_json(stored)

    def test_held_deletions_are_the_same_after_storage_as_json(self) -> None:
        held = Held(NOON, 12, "digest", "why")
        assert held == Held.from_json(json.loads(json.dumps(held.to_json())))
        assert None is Held.from_json(None)


class TestBegin:
    def test_a_collection_never_read_is_read_whole(self) -> None:
        position = begin(SUBJECTS, Cursor())
        assert Position((), Proof.COUNTS, 3) == position
        assert plan.is_whole(position)

    def test_what_changed_is_asked_from_the_lookback_before_the_cursor_and_the_cursor_stays(self) -> None:
        cursor = Cursor(at=NOON.replace(microsecond=999_999), size=50)
        position = begin(SUBJECTS, cursor, live_rows=9)
        assert Position((("updated_from", "2026-03-01T11:50:00Z"),), Proof.PASSES, 3, size=50) == position
        assert not plan.is_whole(position)

    def test_each_collection_is_asked_by_its_own_parameter(self) -> None:
        for collection in TRACKOPS.collections:
            if isinstance(collection.strategy, UpdatedSince):
                position = begin(collection, Cursor(at=NOON))
                assert ((collection.strategy.since, "2026-03-01T11:50:00Z"),) == position.filters

    def test_a_sweep_reads_everything_and_expects_what_we_hold(self) -> None:
        position = begin(SUBJECTS, Cursor(at=NOON), whole=True, live_rows=30)
        assert Position((), Proof.COUNTS, 3, expected=30) == position

    def test_a_snapshot_is_always_read_whole(self) -> None:
        assert plan.is_whole(begin(FIELDS, Cursor(at=NOON)))


class TestResume:
    @pytest.mark.parametrize(
        "walk_, whole, staged, resumed",
        [
            (None, False, 5, False),
            (replace(WALK, page=0), False, 5, False),
            (WALK, False, 5, True),
            (WALK, True, 5, True),
            (WALK, True, 0, False),
            (replace(WALK, staged=300), True, 299, False),
            (replace(WALK, staged=300), True, 300, True),
            (replace(WALK, staged=300), True, 400, True),
            (replace(WALK, base=400, staged=300), True, 399, False),
            (replace(WALK, filters=(("updated_from", "x"),)), False, 5, True),
            (replace(WALK, filters=(("updated_from", "x"),)), True, 5, False),
            (replace(WALK, before=None), True, 5, False),
            (replace(WALK, before=None), False, 5, True),
        ],
    )
    def test_a_walk_goes_on_if_it_reads_enough_and_its_staging_is_there(
        self, walk_: Position | None, whole: bool, staged: int, resumed: bool
    ) -> None:
        assert resumed is plan.can_resume(Cursor(walk=walk_), whole=whole, staged=staged)


class TestDeletion:
    """CONTRACT 5: what happens to rows that a complete re-read no longer holds."""

    @pytest.mark.parametrize(
        "count, live, verdict",
        [
            (1, 2, Verdict.APPLY),
            (1, 1, Verdict.HOLD),
            (2, 2, Verdict.HOLD),
            (10, 10, Verdict.HOLD),
            (10, 11, Verdict.APPLY),
            (10, 50, Verdict.APPLY),
            (11, 50, Verdict.HOLD),
            (11, 109, Verdict.HOLD),
            (11, 110, Verdict.APPLY),
            (12, 119, Verdict.HOLD),
            (12, 120, Verdict.APPLY),
            (2500, 25_000, Verdict.APPLY),
            (2501, 25_000, Verdict.HOLD),
            (25_000, 25_000, Verdict.HOLD),
        ],
    )
    def test_v10_v11_up_to_ten_rows_or_a_tenth_and_never_all_of_them_go_at_once(
        self, count: int, live: int, verdict: Verdict
    ) -> None:
        absence = Absence(count, live, "d", proven=True, counts_agree=True)
        found, why = plan.deletion(absence, None, allowed=False, now=NOON)
        assert verdict is found
        assert bool(why) is (verdict is Verdict.HOLD)

    @pytest.mark.parametrize("count", [1, 500, 1000])
    @pytest.mark.parametrize("allowed", [True, False])
    def test_v8_nothing_goes_after_a_re_read_that_is_not_proven(self, count: int, allowed: bool) -> None:
        held = Held(NOON - 5 * HOUR, count, "d", "")
        absence = Absence(count, 1000, "d", proven=False, counts_agree=True)
        verdict, why = plan.deletion(absence, held, allowed=allowed, now=NOON)
        assert Verdict.HOLD is verdict
        assert "proven" in why

    @pytest.mark.parametrize(
        "held, agree, verdict",
        [
            (Held(NOON - HOUR, 500, "d", ""), True, Verdict.APPLY),
            (Held(NOON - 9 * HOUR, 500, "d", ""), True, Verdict.APPLY),
            (Held(NOON - HOUR + timedelta(seconds=1), 500, "d", ""), True, Verdict.HOLD),
            (Held(NOON - HOUR, 500, "other", ""), True, Verdict.HOLD),
            (Held(NOON - HOUR, 500, "d", ""), False, Verdict.HOLD),
            (None, True, Verdict.HOLD),
        ],
    )
    @pytest.mark.parametrize("live", [500, 1000])
    def test_v11_many_go_when_a_second_re_read_an_hour_later_finds_the_same_and_the_count_agrees(
        self, live: int, held: Held | None, agree: bool, verdict: Verdict
    ) -> None:
        absence = Absence(500, live, "d", proven=True, counts_agree=agree)
        assert verdict is plan.deletion(absence, held, allowed=False, now=NOON)[0]

    def test_a_person_may_allow_them(self) -> None:
        absence = Absence(1000, 1000, "d", proven=True, counts_agree=False)
        assert (Verdict.APPLY, "") == plan.deletion(absence, None, allowed=True, now=NOON)

    @pytest.mark.parametrize("count, told", [(500, "500 of 1000"), (1000, "all")])
    def test_what_is_held_is_told(self, count: int, told: str) -> None:
        absence = Absence(count, 1000, "d", proven=True, counts_agree=True)
        assert told in plan.deletion(absence, None, allowed=False, now=NOON)[1]


@dataclass(frozen=True)
class Options:
    every: timedelta | None


class TestTimes:
    @pytest.mark.parametrize("every, due", [(15 * MINUTE, 15 * MINUTE), (None, 24 * HOUR)])
    def test_a_collection_is_due_again_after_its_interval(self, every: timedelta | None, due: timedelta) -> None:
        assert NOON + due == plan.next_due(Options(every), NOON)

    @pytest.mark.parametrize(
        "every, waits", [(24 * HOUR, [5, 10, 20, 40, 60, 60]), (15 * MINUTE, [5, 10, 15, 15, 15, 15]), (None, [5, 10])]
    )
    def test_a_failed_collection_is_tried_soon_then_ever_more_rarely_never_later_than_usual(
        self, every: timedelta | None, waits: list[int]
    ) -> None:
        found = [plan.retry_at(Options(every), NOON, failures + 1) - NOON for failures in range(len(waits))]
        assert [wait * MINUTE for wait in waits] == found

    @pytest.mark.parametrize("every, late", [(15 * MINUTE, 40 * MINUTE), (None, 48 * HOUR + 10 * MINUTE)])
    def test_freshness_is_late_after_two_missed_turns_and_a_little(
        self, every: timedelta | None, late: timedelta
    ) -> None:
        assert late == plan.late_after(Options(every))

    @pytest.mark.parametrize(
        "sweep_at, kind", [(None, RunKind.CYCLE), (NOON, RunKind.SWEEP), (NOON + MINUTE, RunKind.CYCLE)]
    )
    def test_a_sweep_is_due_when_its_time_has_come(self, sweep_at: datetime | None, kind: RunKind) -> None:
        assert kind is plan.kind_due(sweep_at, NOON)

    @pytest.mark.parametrize(
        "cursor_at, part",
        [
            (None, False),
            (NOON - 400 * 24 * HOUR, False),
            (NOON + 24 * HOUR, False),
            (NOON + 24 * HOUR + timedelta(seconds=1), True),
            (datetime(2099, 1, 1, tzinfo=UTC), True),
        ],
    )
    def test_c3_a_cursor_more_than_a_day_ahead_means_a_wrong_clock(
        self, cursor_at: datetime | None, part: bool
    ) -> None:
        assert part is plan.clocks_part(cursor_at, NOON)

    def test_c3_a_machine_that_wakes_in_1970_notices(self) -> None:
        assert plan.clocks_part(NOON, datetime(1970, 1, 1, tzinfo=UTC))

    @pytest.mark.parametrize(
        "rejected, received, many",
        [(0, 0, False), (10, 10, False), (11, 11, True), (11, 1099, True), (11, 1100, False), (12, 1100, True)],
    )
    def test_v20_more_than_one_in_a_hundred_without_a_key_and_more_than_ten_is_too_many(
        self, rejected: int, received: int, many: bool
    ) -> None:
        assert many is plan.rejects_too_many(rejected, received)


class TestMonths:
    def test_spans_are_cut_at_the_starts_of_months_in_utc(self) -> None:
        earliest = datetime(2025, 12, 31, 20, tzinfo=UTC)
        ends = [
            (None, datetime(2025, 11, 30, 23, 59, 59, tzinfo=UTC)),
            (datetime(2025, 12, 1, tzinfo=UTC), datetime(2025, 12, 31, 23, 59, 59, tzinfo=UTC)),
            (datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 31, 23, 59, 59, tzinfo=UTC)),
            (datetime(2026, 2, 1, tzinfo=UTC), datetime(2026, 2, 28, 23, 59, 59, tzinfo=UTC)),
            (datetime(2026, 3, 1, tzinfo=UTC), NOON),
        ]
        assert [Span(*pair) for pair in ends] == plan.months(earliest, NOON)

    @pytest.mark.parametrize("earliest", [None, NOON + 60 * 24 * HOUR])
    def test_without_rows_in_the_range_it_is_one_open_span(self, earliest: datetime | None) -> None:
        assert [Span(None, NOON)] == plan.months(earliest, NOON)

    def test_a_garbage_date_of_the_first_year_is_no_hindrance(self) -> None:
        until = datetime(1, 4, 5, tzinfo=UTC)
        spans = plan.months(datetime(1, 1, 1, tzinfo=UTC), until)
        assert Span(None, datetime(1, 1, 31, 23, 59, 59, tzinfo=UTC)) == spans[0]
        assert until == spans[-1].end

    def test_a_span_is_asked_by_the_systems_clock_where_that_has_its_own_parameter(self) -> None:
        strategy = TRACKOPS.collection("cases").strategy
        assert isinstance(strategy, UpdatedSince)
        span = Span(datetime(2026, 2, 1, tzinfo=UTC), NOON)
        assert (
            ("created_from_system", "2026-02-01T00:00:00Z"),
            ("created_to_system", "2026-03-01T12:00:00Z"),
        ) == span.filters(strategy)
        assert (("created_to_system", "2026-03-01T12:00:00Z"),) == Span(None, NOON).filters(strategy)

    def test_one_differing_month_of_ninety_six_costs_seven_counts_at_most(self) -> None:
        spans = plan.months(datetime(2018, 4, 1, tzinfo=UTC), NOON)[:96]
        ours = [10] * 96
        theirs = [*[10] * 60, 9, *[10] * 35]
        halving, asked = Halving(spans, ours, sum(theirs)), 0
        while (span := halving.ask()) is not None:
            asked += 1
            first = next(i for i, s in enumerate(spans) if s.start == span.start)
            last = next(i for i, s in enumerate(spans) if s.end == span.end)
            halving.told(sum(theirs[first : last + 1]))
        assert [spans[60]] == halving.differing
        assert asked <= 7

    def test_nothing_is_asked_where_the_sums_agree_or_there_is_only_one_month(self) -> None:
        spans = plan.months(LONG_AGO, NOON)
        assert None is Halving(spans, [1] * len(spans), len(spans)).ask()
        one = Halving(spans[:1], [1], 2)
        assert None is one.ask()
        assert spans[:1] == one.differing


class TestCost:
    @pytest.mark.parametrize("rows", [0, 1, 99, 100, 101, 250, 1000])
    def test_a_counted_first_sync_costs_exactly_what_is_forecast(self, rows: int) -> None:
        model = VendorModel()
        model.add(rows, at=LONG_AGO)
        walk(model, begin(SUBJECTS, Cursor()))
        forecast = plan.cost(SUBJECTS, Cursor(), live_rows=0, counted=rows, page_size=100)
        assert forecast.exact
        assert len(model.questions) == forecast.requests

    @pytest.mark.parametrize("rows", [0, 1, 99, 100, 250, 999, 1000, 1950, 2000, 2099, 2101, 2150, 3000])
    def test_a_counted_cycle_costs_what_is_forecast(self, rows: int) -> None:
        model = VendorModel(now=NOON)
        model.add(rows, at=NOON - 6 * MINUTE)
        cursor = Cursor(at=NOON)
        walk(model, begin(SUBJECTS, cursor, live_rows=5000))
        forecast = plan.cost(SUBJECTS, cursor, live_rows=5000, counted=rows, page_size=100)
        assert forecast.exact is (rows < 1000), "of a longer walk it depends on how many of the records are new"
        assert len(model.questions) == forecast.requests

    @pytest.mark.parametrize("rows, live", [(30, 30), (30, 31), (0, 0), (0, 5), (150, 150), (150, 3)])
    def test_a_counted_snapshot_costs_exactly_what_is_forecast(self, rows: int, live: int) -> None:
        model = VendorModel()
        model.add(rows, at=LONG_AGO)
        cursor = Cursor(at=NOON)
        walk(model, begin(SUBJECTS, cursor, whole=True, live_rows=live))
        forecast = plan.cost(FIELDS, cursor, live_rows=live, counted=rows, page_size=100)
        assert forecast.exact
        assert len(model.questions) == forecast.requests

    def test_what_cannot_be_known_is_a_least_number_with_its_reason(self) -> None:
        for cursor, live, requests, why in (
            (Cursor(), 0, 1, "never read"),
            (Cursor(at=NOON), 5000, 1, "one page if"),
            (Cursor(walk=WALK), 30_000, 123, "after page 180"),
            (Cursor(at=NOON, walk=replace(WALK, page=2)), 30_000, 2, "after page 2"),
        ):
            found = plan.cost(SUBJECTS, cursor, live_rows=live, counted=None, page_size=100)
            assert (requests, False) == (found.requests, found.exact)
            assert why in found.why

    def test_a_snapshot_is_forecast_from_what_we_hold(self) -> None:
        found = plan.cost(FIELDS, Cursor(at=NOON), live_rows=30, counted=None, page_size=100)
        assert ("snapshot", 1, False) == (found.strategy, found.requests, found.exact)


class TestRotation:
    """Parents that are asked once in so long, whatever their marks say."""

    CAMPAIGNS = Parents("campaigns", (("campaign_id", "id"),), mark="modified", rotates=timedelta(days=1))
    NAMES = tuple(str(number) for number in range(5000))

    def due(self, cursors: Mapping[str, Mapping[str, str]], now: datetime, *, moved: tuple[str, ...] = ()) -> list[str]:
        marks = {name: "new" if name in moved else "old" for name in self.NAMES}
        return plan.due_parents(self.CAMPAIGNS, marks, cursors, now)

    @staticmethod
    def asked(at: datetime) -> dict[str, str]:
        return {"mark": "old", "asked_at": moment_text(at)}

    def test_in_the_hours_of_a_day_each_parent_is_asked_once_and_every_hour_as_many(self) -> None:
        cursors = dict.fromkeys(self.NAMES, self.asked(NOON))
        numbers: list[int] = []
        seen: list[str] = []
        for hour in range(1, 25):
            now = NOON + hour * HOUR
            found = self.due(cursors, now)
            numbers.append(len(found))
            seen += found
            cursors |= dict.fromkeys(found, self.asked(now))
        assert sorted(self.NAMES) == sorted(seen)
        assert max(numbers) - min(numbers) <= 1
        assert 209 >= max(numbers)

    def test_one_that_changed_is_asked_beside_those_whose_turn_it_is(self) -> None:
        cursors = dict.fromkeys(self.NAMES, self.asked(NOON))
        usual = self.due(cursors, NOON + HOUR)
        other = next(name for name in self.NAMES if name not in usual)
        assert sorted([*usual, other]) == sorted(self.due(cursors, NOON + HOUR, moved=(other,)))

    def test_those_without_an_answer_come_first(self) -> None:
        cursors = dict.fromkeys(self.NAMES, self.asked(NOON))
        for name in ("17", "4711"):
            del cursors[name]
        assert {"17", "4711"} == set(self.due(cursors, NOON + HOUR)[:2])

    def test_those_that_changed_come_before_those_whose_turn_it_is(self) -> None:
        cursors = dict.fromkeys(self.NAMES, self.asked(NOON))
        del cursors["17"]
        moved = self.due(cursors, NOON + HOUR)[-1], self.NAMES[-1]
        assert ["17", *sorted(moved)] == sorted(self.due(cursors, NOON + HOUR, moved=moved)[:3])

    def test_after_an_outage_all_are_asked_whose_turn_was_missed(self) -> None:
        cursors = dict.fromkeys(self.NAMES, self.asked(NOON))
        assert len(self.NAMES) == len(self.due(cursors, NOON + 25 * HOUR))
        assert abs(2500 - len(self.due(cursors, NOON + 12 * HOUR))) <= 1

    def test_others_that_come_do_not_move_anybodys_turn_by_much(self) -> None:
        """Each is asked within a day and a little, however the number of parents changes meanwhile."""
        names, asked, worst = list(self.NAMES[:200]), dict.fromkeys(self.NAMES[:200], NOON), timedelta(0)
        for hour in range(1, 100):
            now = NOON + hour * HOUR
            names.append(f"new {hour}")
            asked.setdefault(names[-1], now)
            cursors = {name: self.asked(at) for name, at in asked.items()}
            for name in plan.due_parents(self.CAMPAIGNS, dict.fromkeys(names, "old"), cursors, now):
                worst = max(worst, now - asked[name])
                asked[name] = now
        assert worst <= timedelta(hours=26)

    def test_without_a_rotation_a_mark_that_stays_is_left_alone(self) -> None:
        parents = replace(self.CAMPAIGNS, rotates=None)
        cursors = {"1": self.asked(NOON)}
        assert [] == plan.due_parents(parents, {"1": "old"}, cursors, NOON + timedelta(days=9))
        assert ["1"] == plan.due_parents(parents, {"1": "new"}, cursors, NOON)
