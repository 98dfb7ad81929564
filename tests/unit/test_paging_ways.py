"""Five ways of paging: each knows its end, and none goes in circles."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from syncd.errors import Malformed
from syncd.paging import LastId, PageNumbers, Paging, Params, Report, Tokens, Whole

Served = dict[str, Any]
Vendor = Callable[[dict[str, str]], Served]


def walk(paging: Paging, vendor: Vendor, *, most: int = 50) -> tuple[list[Any], list[dict[str, str]]]:
    """The records of a list, in the member ``list``, and every question's parameters."""
    asked: Params | None = paging.first
    found: list[Any] = []
    questions: list[dict[str, str]] = []
    while asked is not None:
        questions.append(dict(asked))
        assert len(questions) <= most, "there is no end"
        answer = vendor(questions[-1])
        records = answer["list"]
        found += records
        asked = paging.after(answer, records)
    return found, questions


def rows(*ids: int) -> list[Served]:
    return [{"id": number} for number in ids]


def ids(records: list[Any]) -> list[int]:
    return [record["id"] for record in records]


def in_turn(*answers: Served) -> Vendor:
    """Answers one after the other, the last again and again, whatever is asked."""
    left = list(answers)
    return lambda _asked: left.pop(0) if len(left) > 1 else left[0]


# --- whole, report ----------------------------------------------------------------------------------------------------
def test_a_whole_list_is_one_question() -> None:
    assert (rows(1, 2), [{}]) == walk(Whole(), in_turn({"list": rows(1, 2)}))


def test_a_report_is_one_answer_however_long() -> None:
    days = [{"created": "2026-03-01"}] * 70_000 + [{"created": "2026-03-31"}]
    found, asked = walk(Report(date(2026, 3, 1), date(2026, 3, 31), "created"), in_turn({"list": days}))
    assert 70_001 == len(found)
    assert [{}] == asked


@pytest.mark.parametrize("day", ["2026-02-28", "2026-04-01", "2026-03-17", "0001-01-01"])
def test_a_report_of_other_days_than_were_asked_for_is_malformed(day: str) -> None:
    """A date that the vendor does not understand means today to it."""
    report = Report(date(2026, 3, 1), date(2026, 3, 16), "created")
    with pytest.raises(Malformed, match=day):
        walk(report, in_turn({"list": [{"created": "2026-03-02"}, {"created": day}]}))


@pytest.mark.parametrize("row", [{}, {"created": None}, {"created": 7}, "no object"])
def test_a_row_without_a_day_is_not_the_reports_affair(row: object) -> None:
    assert ([row], [{}]) == walk(Report(date(2026, 3, 1), date(2026, 3, 1), "created"), in_turn({"list": [row]}))


# --- last id ----------------------------------------------------------------------------------------------------------
def by_last_id(numbers: list[int], size: int, *, null: bool, total: bool = True) -> Vendor:
    """A list that names its last id; on the last page *null*, or the last id and then nothing more."""

    def answer(asked: dict[str, str]) -> Served:
        left = [number for number in numbers if number > int(asked.get("lastId", 0))]
        page = left[:size]
        last = page[-1] if page and not (null and len(left) <= size) else None
        counted = {"pagination": {"totalCount": len(numbers), "perPage": size}} if total else {}
        return {"list": rows(*page), "lastId": last, **counted}

    return answer


@pytest.mark.parametrize("null", [True, False])
@pytest.mark.parametrize("number", [0, 1, 9, 10, 11, 20, 25])
def test_both_ends_of_a_list_by_last_id_are_ends(number: int, null: bool) -> None:
    paging = LastId()
    found, asked = walk(paging, by_last_id(list(range(1, number + 1)), 10, null=null))
    assert list(range(1, number + 1)) == ids(found)
    assert paging.agrees
    assert {} == asked[0]
    assert [str(10 * page) for page in range(1, number // 10 + 1)][: len(asked) - 1] == [
        one["lastId"] for one in asked[1 : number // 10 + 1]
    ]


def test_a_missing_last_id_is_an_end() -> None:
    assert (rows(1, 2), [{}]) == walk(LastId(), in_turn({"list": rows(1, 2)}))


@pytest.mark.parametrize("told", ["31", 31])
def test_a_last_id_may_be_written_as_text(told: object) -> None:
    _, asked = walk(LastId(), in_turn({"list": rows(31), "lastId": told}, {"list": []}))
    assert [{}, {"lastId": "31"}] == asked


def test_v12_a_last_id_that_does_not_advance_is_malformed_and_not_the_end() -> None:
    """The end would make everything behind it look deleted."""
    same = {"list": rows(1, 2), "lastId": 2}
    with pytest.raises(Malformed, match="does not advance beyond 2"):
        walk(LastId(), in_turn(same))


def test_v12_a_last_id_that_advances_over_the_same_rows_is_malformed() -> None:
    answers = [{"list": rows(1, 2), "lastId": number} for number in range(2, 60)]
    with pytest.raises(Malformed):
        walk(LastId(), in_turn(*answers))


def test_a_vendor_that_repeats_what_it_was_asked_with_is_read_on_behind_its_rows() -> None:
    answers: list[Served] = [
        {"list": rows(1, 2), "lastId": 2},
        {"list": rows(3, 4), "lastId": 2},
        {"list": []},
    ]
    found, asked = walk(LastId(), in_turn(*answers))
    assert [1, 2, 3, 4] == ids(found)
    assert [{}, {"lastId": "2"}, {"lastId": "4"}] == asked


@pytest.mark.parametrize("last", [{"lastId": None}, {"lastId": 2}, {}])
def test_v12_pages_in_turn_are_malformed_even_where_they_seem_to_end(last: Served) -> None:
    """A, B, A: what stands behind B was never seen."""
    answers = [{"list": rows(1, 2), "lastId": 2}, {"list": rows(3, 4), "lastId": 4}, {"list": rows(1, 2), **last}]
    with pytest.raises(Malformed, match="does not advance beyond 4"):
        walk(LastId(), in_turn(*answers))


@pytest.mark.parametrize("page", [(2, 1, 4), (4, 2, 1), (1, 4, 2, 1)])
def test_v17_a_list_in_another_order_than_that_of_its_ids_is_malformed(page: tuple[int, ...]) -> None:
    """Whoever goes on behind the last one never sees those that it went before."""
    with pytest.raises(Malformed, match="order of its ids"):
        walk(LastId(), in_turn({"list": rows(*page), "lastId": 4}, {"list": []}))
    found, _ = walk(LastId(), in_turn({"list": rows(*page), "lastId": None}))
    assert list(page) == ids(found), "of the only page the order is of no matter"


def test_a_page_that_was_cut_unsaid_is_read_on_behind_what_came_of_it() -> None:
    answers: list[Served] = [{"list": rows(1), "lastId": 2}, {"list": rows(2, 3, 2), "lastId": 3}, {"list": []}]
    _, asked = walk(LastId(), in_turn(*answers))
    assert [{}, {"lastId": "1"}, {"lastId": "3"}] == asked


def test_a_vendor_that_includes_what_it_is_asked_behind_is_read_to_its_end() -> None:
    found, _ = walk(LastId(), in_turn({"list": rows(1, 2), "lastId": 2}, {"list": rows(2, 3), "lastId": None}))
    assert [1, 2, 2, 3] == ids(found)


def test_a_vendor_that_ignores_last_id_but_counts_what_came_is_read_to_the_end() -> None:
    paging = LastId()
    walk(paging, in_turn({"list": rows(1, 2), "lastId": 2, "pagination": {"totalCount": 2}}))
    assert paging.agrees


@pytest.mark.parametrize("totals", [(3, 3), (2, 3), (4, 4), (None, 2)])
def test_another_number_than_came_is_not_agreed_with(totals: tuple[int | None, int | None]) -> None:
    paging = LastId()
    counted = [{"pagination": {"totalCount": total}} for total in totals]
    walk(paging, in_turn({"list": rows(1), "lastId": 1, **counted[0]}, {"list": rows(2), **counted[1]}))
    assert not paging.agrees


# --- page numbers -----------------------------------------------------------------------------------------------------
def in_pages(numbers: list[int], *, size: int, tells: tuple[str, ...] = ("total", "perPage"), **more: int) -> Vendor:
    """A list in pages of *size*, however many are asked for; *tells* are the members of its ``pagination``."""

    def answer(asked: dict[str, str]) -> Served:
        page, served = int(asked["page"]), min(size, int(asked["limit"]))
        told = {"total": len(numbers), "count": len(numbers), "perPage": served, "currentPage": page, **more}
        here = numbers[(page - 1) * served : page * served]
        return {"list": rows(*here), "pagination": {name: told[name] for name in tells}}

    return answer


@pytest.mark.parametrize(
    "tells, limit, questions",
    [
        (("total", "perPage"), 100, {0: 1, 1: 1, 99: 1, 100: 2, 101: 2, 250: 3, 300: 4}),
        (("total", "perPage"), 10_000, {0: 1, 1: 1, 99: 1, 100: 2, 101: 2, 250: 3, 300: 4}),
        (("total",), 100, {0: 1, 1: 1, 99: 1, 100: 2, 101: 2, 250: 3, 300: 4}),
        # All that is counted, and less than was asked for.
        (("total",), 10_000, {0: 1, 1: 1, 99: 1, 100: 1, 101: 2, 250: 3, 300: 4}),
        (("perPage",), 100, {0: 1, 1: 1, 99: 1, 100: 2, 101: 2, 250: 3, 300: 4}),
        (("perPage",), 10_000, {0: 1, 1: 1, 99: 1, 100: 2, 101: 2, 250: 3, 300: 4}),
        # Of a first page nobody knows whether it is short.
        ((), 100, {0: 1, 1: 2, 99: 2, 100: 2, 101: 2, 250: 3, 300: 4}),
        ((), 10_000, {0: 1, 1: 2, 99: 2, 100: 2, 101: 2, 250: 3, 300: 4}),
    ],
)
def test_a_list_in_pages_ends_where_it_ends(tells: tuple[str, ...], limit: int, questions: dict[int, int]) -> None:
    """A short page is no end when the server serves less than it was asked for, and a full one is never."""
    for number, wanted in questions.items():
        found, asked = walk(PageNumbers(limit), in_pages(list(range(number)), size=100, tells=tells))
        assert list(range(number)) == ids(found)
        assert wanted == len(asked), number
        assert [str(page + 1) for page in range(wanted)] == [one["page"] for one in asked]
        assert {str(limit)} == {one["limit"] for one in asked}


def test_a_total_that_ignores_the_filter_is_not_the_end_where_count_is() -> None:
    """Of invoices ``total`` is the number of all of them."""
    vendor = in_pages(list(range(7)), size=5, tells=("total", "count", "perPage"), total=4000)
    paging = PageNumbers(5, total="count")
    found, asked = walk(paging, vendor)
    assert 7 == len(found)
    assert 2 == len(asked)
    assert paging.agrees


def test_a_total_that_counts_more_than_there_is_costs_a_question_and_is_not_agreed_with() -> None:
    paging = PageNumbers(100)
    _, asked = walk(paging, in_pages(list(range(7)), size=100, total=4000))
    assert 2 == len(asked)
    assert not paging.agrees


@pytest.mark.parametrize("total", [1, 100, 200, 249])
@pytest.mark.parametrize("tells", [("total", "perPage"), ("total",)])
def test_v18_a_total_below_what_there_is_ends_nothing_and_is_not_agreed_with(
    tells: tuple[str, ...], total: int
) -> None:
    paging = PageNumbers(100)
    found, asked = walk(paging, in_pages(list(range(250)), size=100, tells=tells, total=total))
    assert list(range(250)) == ids(found)
    assert 3 == len(asked)
    assert not paging.agrees


def test_whoever_ignores_the_number_of_the_page_has_given_all_that_is_counted() -> None:
    paging = PageNumbers(100)
    told = {"list": rows(1, 2, 3), "pagination": {"total": 3, "perPage": 3}}
    walk(paging, in_turn(told, told))
    assert paging.agrees
    assert 3 == len(paging.seen)


def test_a_page_that_was_cut_unsaid_is_no_end_while_rows_are_missing() -> None:
    vendor = in_pages(list(range(250)), size=100, tells=("total", "perPage"), perPage=10_000)
    found, asked = walk(PageNumbers(10_000), vendor)
    assert 250 == len(found)
    assert 3 == len(asked)


def test_unsorted_rows_that_move_between_the_pages_are_noticed() -> None:
    """The third row moved to the first page after that was read: 2 came twice and 3 not at all."""
    served = {"pagination": {"total": 4, "perPage": 2}}
    paging = PageNumbers(2)
    found, _ = walk(paging, in_turn({"list": rows(1, 2), **served}, {"list": rows(2, 4), **served}))
    assert [1, 2, 2, 4] == ids(found)
    assert 3 == len(paging.seen)
    assert not paging.agrees


def test_a_total_that_changed_on_the_way_is_not_agreed_with() -> None:
    first, second = ({"pagination": {"total": total, "perPage": 2}} for total in (3, 4))
    paging = PageNumbers(2)
    walk(paging, in_turn({"list": rows(1, 2), **first}, {"list": rows(3, 4), **second}, {"list": [], **second}))
    assert not paging.agrees
    assert 3 == paging.total


@pytest.mark.parametrize("told", [{}, {"pagination": {"perPage": 2}}])
def test_several_pages_without_a_total_prove_nothing_and_one_does(told: Served) -> None:
    paging = PageNumbers(2)
    walk(paging, in_turn({"list": rows(1, 2), **told}, {"list": rows(3), **told}, {"list": []}))
    assert not paging.agrees
    assert paging.total is None
    single = PageNumbers(2)
    walk(single, in_turn({"list": [], **told}))
    assert single.agrees


@pytest.mark.parametrize("pages", [(1, 1), (1, 2, 1, 2)], ids=["A, A", "A, B, A, B"])
def test_v12_pages_that_repeat_are_malformed(pages: tuple[int, ...]) -> None:
    answers = [{"list": rows(10 * page, 10 * page + 1), "pagination": {"total": 99}} for page in pages]
    with pytest.raises(Malformed, match="repeats"):
        walk(PageNumbers(2), in_turn(*answers))


# --- tokens -----------------------------------------------------------------------------------------------------------
def by_token(records: list[Served], size: int) -> Vendor:
    """Clicks: a token says the last second and how many of it came."""

    def answer(asked: dict[str, str]) -> Served:
        second, given = asked.get("pageToken", ":0").split(":")
        start = next((place for place, row in enumerate(records) if row["created"] >= second), 0) + int(given)
        page = records[start : start + size]
        has_more = start + size < len(records)
        last = page[-1]["created"] if page else ""
        before = sum(1 for row in records[: start + size] if row["created"] == last)
        return {"list": page, "hasNextPage": has_more, **({"nextPageToken": f"{last}:{before}"} if has_more else {})}

    return answer


def test_seven_hundred_clicks_in_one_second_all_come_once() -> None:
    clicks = [{"id": number, "created": "a"} for number in range(3)]
    clicks += [{"id": number, "created": "b"} for number in range(3, 703)]
    clicks += [{"id": 703, "created": "c"}]
    found, asked = walk(Tokens(100), by_token(clicks, 100))
    assert list(range(704)) == ids(found)
    assert 8 == len(asked)
    assert "pageToken" not in asked[0]
    assert {"100"} == {one["limit"] for one in asked}


@pytest.mark.parametrize(
    "told",
    [
        {"hasNextPage": False, "nextPageToken": "t"},
        {"hasNextPage": True},
        {"hasNextPage": True, "nextPageToken": None},
        {"hasNextPage": True, "nextPageToken": ""},
        {},
    ],
)
def test_without_a_next_page_or_without_a_token_it_is_the_end(told: Served) -> None:
    assert 1 == len(walk(Tokens(100), in_turn({"list": rows(1), **told}))[1])


def test_an_empty_page_with_a_token_is_not_the_end() -> None:
    answers = [{"list": [], "hasNextPage": True, "nextPageToken": "a"}, {"list": rows(1), "hasNextPage": False}]
    assert rows(1) == walk(Tokens(100), in_turn(*answers))[0]


@pytest.mark.parametrize("tokens", ["AA", "ABAB", "ABCA"])
def test_v12_a_token_that_was_given_before_is_malformed(tokens: str) -> None:
    answers = [
        {"list": rows(number), "hasNextPage": True, "nextPageToken": token} for number, token in enumerate(tokens)
    ]
    with pytest.raises(Malformed, match="token"):
        walk(Tokens(100), in_turn(*answers))


def test_v12_new_tokens_to_the_same_page_are_malformed() -> None:
    answers = [{"list": rows(1, 2), "hasNextPage": True, "nextPageToken": str(number)} for number in range(60)]
    with pytest.raises(Malformed, match="repeats"):
        walk(Tokens(100), in_turn(*answers))
