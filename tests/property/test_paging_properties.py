"""Whatever a vendor does between two pages: every walk ends, and what it calls complete is complete."""

from __future__ import annotations

from random import Random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from syncd.errors import Malformed
from syncd.paging import LastId, PageNumbers, Tokens
from tests.unit.test_paging_ways import Served, by_last_id, by_token, ids, rows, walk

SIZES = st.integers(1, 12)


@given(numbers=st.sets(st.integers(1, 10**6), max_size=80), size=SIZES, null=st.booleans(), total=st.booleans())
def test_a_list_by_last_id_comes_whole_in_order_and_once(numbers: set[int], size: int, null: bool, total: bool) -> None:
    paging = LastId()
    found, _ = walk(paging, by_last_id(sorted(numbers), size, null=null, total=total), most=100)
    assert sorted(numbers) == ids(found)
    assert paging.agrees


@given(size=SIZES, number=st.integers(0, 60), new=st.integers(0, 30), gone=st.integers(0, 30), seed=st.integers())
def test_what_was_there_all_the_time_comes_by_last_id_whatever_comes_and_goes(
    size: int, number: int, new: int, gone: int, seed: int
) -> None:
    """And if the vendor's numbers agree with it to the end, nothing else was missed."""
    random = Random(seed)
    there, ever = list(range(1, number + 1)), set(range(1, number + 1))
    stays, coming = set(there), list(range(number + 1, number + new + 1))
    leaving = random.sample(there, min(gone, number))
    stays -= set(leaving)

    def answer(asked: dict[str, str]) -> Served:
        told = by_last_id(list(there), size, null=False)(asked)
        if coming and random.random() < 0.5:
            there.append(coming.pop(0))
            ever.add(there[-1])
        if leaving and random.random() < 0.5 and (one := leaving.pop()) in there:
            there.remove(one)
        return told

    paging = LastId()
    found = set(ids(walk(paging, answer, most=200)[0]))
    assert stays <= found <= ever


@given(
    number=st.integers(0, 120),
    served=SIZES,
    limit=SIZES,
    tells=st.sets(st.sampled_from(["total", "perPage"])),
    moves=st.integers(0, 6),
    seed=st.integers(),
)
def test_pages_whose_rows_move_are_called_complete_only_if_they_are(
    number: int, served: int, limit: int, tells: set[str], moves: int, seed: int
) -> None:
    """The rows stand in any order, and some change their places between two pages."""
    random = Random(seed)
    there = random.sample(range(number), number)
    size = min(served, limit)

    def answer(asked: dict[str, str]) -> Served:
        page = int(asked["page"])
        here = there[(page - 1) * size : page * size]
        told = {"total": number, "perPage": size}
        for _ in range(moves if number else 0):
            there.insert(random.randrange(number), there.pop(random.randrange(number)))
        return {"list": rows(*here), "pagination": {name: told[name] for name in tells}}

    paging = PageNumbers(limit)
    try:
        found = set(ids(walk(paging, answer, most=number + 3)[0]))
    except Malformed:
        assert moves  # a page of few rows may come again by chance
        return
    if not moves:
        assert set(range(number)) == found
        assert paging.agrees or ("total" not in tells and number)
    if paging.agrees:
        assert set(range(number)) == found


@given(seconds=st.lists(st.integers(1, 40), max_size=12), size=SIZES)
def test_every_click_comes_once_however_many_share_a_second(seconds: list[int], size: int) -> None:
    clicks = [{"created": f"{second:04}"} for second, number in enumerate(seconds) for _ in range(number)]
    records = [{"id": place, **click} for place, click in enumerate(clicks)]
    found, asked = walk(Tokens(size), by_token(records, size), most=600)
    assert records == found
    assert max(1, -(-len(records) // size)) == len(asked)


@given(tokens=st.lists(st.text("ab", min_size=1, max_size=2), min_size=1, max_size=30), size=SIZES)
def test_no_tokens_whatever_lead_in_a_circle(tokens: list[str], size: int) -> None:
    """It ends at the latest when they begin to repeat: there are six of them."""
    pages: list[Any] = list(tokens)

    def answer(_asked: dict[str, str]) -> Served:
        number = len(tokens) - len(pages)
        token = pages.pop(0) if pages else None
        return {"list": rows(*range(size * number, size * number + size)), "hasNextPage": True, "nextPageToken": token}

    try:
        _, asked = walk(Tokens(size), answer, most=8)
    except Malformed:
        assert len(set(tokens)) < len(tokens)
    else:
        assert len(tokens) + 1 == len(asked)
