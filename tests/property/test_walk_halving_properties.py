"""The search for months that differ, and the places of a sample."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from math import ceil, log2

from hypothesis import given
from hypothesis import strategies as st

from syncd.plan import Halving, Span, months, spread

FIRST = datetime(2000, 1, 1, tzinfo=UTC)
INSTANTS = st.datetimes(datetime(1990, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 (bounds)


def spans_of(count: int) -> list[Span]:
    return months(FIRST, FIRST + timedelta(days=31 * count))[:count]


def search(spans: list[Span], ours: list[int], theirs: list[int]) -> tuple[list[Span], int]:
    """The spans found and how many counts were asked, beyond the one of everything."""
    halving, asked = Halving(spans, ours, sum(theirs)), 0
    while (span := halving.ask()) is not None:
        asked += 1
        assert asked < 1000, "it does not end"
        first = next(i for i, s in enumerate(spans) if s.start == span.start)
        last = next(i for i, s in enumerate(spans) if s.end == span.end)
        halving.told(sum(theirs[first : last + 1]))
    return halving.differing, asked


@given(
    pairs=st.lists(st.tuples(st.integers(0, 50), st.sampled_from([0, 0, 0, 0, 0, 1, 7])), min_size=1, max_size=150),
    fewer=st.booleans(),
)
def test_exactly_the_months_that_differ_are_found_and_few_are_asked(pairs: list[tuple[int, int]], fewer: bool) -> None:
    more = [number + difference for number, difference in pairs]
    plain = [number for number, _ in pairs]
    ours, theirs = (more, plain) if fewer else (plain, more)
    spans = spans_of(len(pairs))
    found, asked = search(spans, ours, theirs)
    differing = [span for span, (_, difference) in zip(spans, pairs, strict=True) if difference]
    assert differing == found
    assert asked <= len(differing) * ceil(log2(len(pairs))) if len(pairs) > 1 else asked == 0


@given(pairs=st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=1, max_size=60))
def test_what_is_found_does_differ_and_something_is_found_where_the_sum_differs(pairs: list[tuple[int, int]]) -> None:
    """Differences that cancel out within a range cannot show in its count; the sweep finds those."""
    ours, theirs = [a for a, _ in pairs], [b for _, b in pairs]
    spans = spans_of(len(pairs))
    found, _ = search(spans, ours, theirs)
    assert all(ours[spans.index(span)] != theirs[spans.index(span)] for span in found)
    assert bool(found) >= (sum(ours) != sum(theirs))


@given(numbers=st.lists(st.integers(-5, 1000), min_size=30, max_size=30), total=st.integers(-5, 1000))
def test_v18_a_vendor_whose_counts_make_no_sense_does_not_keep_us_asking(numbers: list[int], total: int) -> None:
    halving, left = Halving(spans_of(12), [3] * 12, total), iter(numbers)
    while halving.ask() is not None:
        halving.told(next(left))
    assert len(halving.differing) <= 12


@given(earliest=st.none() | INSTANTS, until=INSTANTS)
def test_months_cover_every_second_up_to_the_end_once(earliest: datetime | None, until: datetime) -> None:
    until = until.replace(microsecond=0)
    spans = months(earliest, until)
    assert None is spans[0].start
    assert until == spans[-1].end
    for before, after in pairwise(spans):
        assert after.start == before.end + timedelta(seconds=1)
        assert (1, 0, 0, 0) == (after.start.day, after.start.hour, after.start.minute, after.start.second)
        assert after.end < after.start + timedelta(days=31)
        assert after.start <= after.end


@given(total=st.integers(0, 5000), most=st.integers(1, 300))
def test_a_sample_has_no_more_than_asked_and_none_twice(total: int, most: int) -> None:
    places = list(spread(total, most))
    assert min(total, most) == len(places) == len(set(places))
    assert all(0 <= place < total for place in places)
    assert sorted(places) == places
