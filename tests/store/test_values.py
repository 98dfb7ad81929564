"""What goes in comes out, on both databases the same."""

from __future__ import annotations

import asyncio
import itertools
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from json import dumps, loads
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from syncd.clock import SystemClock
from syncd.collection import (
    Child,
    Collection,
    Lookup,
    Snapshot,
    boolean,
    decimal,
    double,
    instant,
    integer,
    json,
    local_datetime,
    text,
)
from syncd.collection import date as date_column
from syncd.collection import time as time_column
from syncd.parse import Rows
from syncd.store import Committed, Page, Store
from syncd.store.schema import schema
from syncd.store.views import refresh_views
from tests.postgres import Server
from tests.store.kit import TRACKOPS, plain, query
from tests.turned_clock import TurnedClock

# Names that are words of SQL, with capitals, blanks and quotes: the worst a catalogue could hold.
HOSTILE = Collection(
    name="select",
    table='order "by" x',
    path="/x",
    one="/x/{user}",
    key=("user", "Group By"),
    strategy=Snapshot(),
    columns=(
        text("user", "a word of SQL", required=True),
        instant("Group By", "a key that is a time", required=True),
        integer("limit", "n"),
        double("100 a", "d"),
        decimal("ümlaut", "m"),
        boolean("null", "b"),
        date_column("date", "d"),
        time_column("time", "t"),
        json("json", "j"),
        local_datetime("it's", "l"),
    ),
    children=(
        Child(
            name="drop table",
            table="table; --",
            source="x",
            key=("index", "user", "Group By"),
            parent_key=("user", "Group By"),
            columns=(
                text("user", "owner", required=True),
                instant("Group By", "owner", required=True),
                integer("index", "i", required=True),
                json("values", "v"),
            ),
        ),
    ),
)
LOOKUP = Lookup("where", "where", ("key",), (text("key", "k", required=True), text("from", "f")), ("select.x",))
VENDOR = replace(TRACKOPS, name="hostile", collections=(HOSTILE,), lookups=(LOOKUP,))

_TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=40)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(-(10**6), 10**6) | _TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXT, inner, max_size=3),
    max_leaves=6,
)
_MOMENT = st.datetimes(datetime(1000, 1, 1), datetime(9999, 12, 30))  # noqa: DTZ001 - a zone is added where one belongs


def _dumps(value: Any) -> str:
    return dumps(value, ensure_ascii=False)


_ROW = st.tuples(
    _TEXT,
    _MOMENT.map(lambda at: at.replace(tzinfo=UTC)),
    st.none() | st.integers(-(2**63), 2**63 - 1),
    st.none() | st.floats(allow_nan=False, allow_infinity=False),
    st.none() | st.decimals(-(10**9), 10**9, places=6),
    st.none() | st.booleans(),
    st.none() | st.dates(date(1, 1, 1)),
    st.none() | st.times(),
    st.none() | _JSON.map(_dumps),
    st.none() | _MOMENT,
    st.none() | st.dictionaries(_TEXT, _JSON, max_size=3).map(_dumps),
    st.integers(-(2**63), 2**63 - 1),
)


_EXAMPLES = itertools.count()


class _Both:
    """The hostile collection's tables on both databases, and a store on each."""

    def __init__(self, urls: list[str]) -> None:
        self.urls = urls
        self.runner = asyncio.Runner()
        self.stores: list[Store] = []
        for url in urls:
            store = self.runner.run(Store.open(url, [], clock=SystemClock()))
            made = schema([VENDOR])
            with store._db.transaction() as connection:
                made.metadata.create_all(connection)
            self.runner.run(store.close())
            store = self.runner.run(Store.open(url, [], clock=TurnedClock()))
            store._schema = made
            store._writer = type(store._writer)(store._db, made)
            self.stores.append(store)

    def close(self) -> None:
        for store in self.stores:
            self.runner.run(store.close())
        self.runner.close()


@pytest.fixture(scope="module")
def both(postgres: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[_Both]:
    folder = tmp_path_factory.mktemp("values")
    url = postgres.create(like="values")
    made = _Both([f"sqlite:///{folder / 'values.db'}", url])
    yield made
    made.close()
    postgres.drop(url)
    shutil.rmtree(folder)


def _page(main: list[tuple[Any, ...]], known: Any = None, connection: str = "it's; --", **more: Any) -> Page:
    found = Rows(keys=[r[:2] for r in main], main=main, **more)
    return Page(connection, HOSTILE, 1, found, known or {})


# Every example commits four times to two databases: finding the smallest that fails would take minutes.
@settings(max_examples=25, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(st.lists(_ROW, min_size=1, max_size=4, unique_by=lambda r: r[:2]), st.lists(_JSON.map(_dumps), max_size=3))
def test_d1_d7_any_value_under_any_name_is_the_same_on_both_databases(
    both: _Both, main: list[tuple[Any, ...]], values: list[str]
) -> None:
    children = {"drop table": [(*main[0][:2], i, v) for i, v in enumerate(values)]}
    more: dict[str, Any] = {"children": children, "lookups": {"where": [(main[0][0], main[0][0])]}}
    committed, stored = [], []
    keys = [r[:2] for r in main]
    # Every example under a name of its own: one that failed would otherwise be seen by those that follow.
    connection = f"it's; -- {next(_EXAMPLES)}"
    for url, store in zip(both.urls, both.stores, strict=True):
        known = both.runner.run(store.known(connection, HOSTILE, keys))
        committed.append(both.runner.run(store.commit(_page(main, known, connection, **more))))
        # Written a second time nothing differs: what is read compares equal to what was written.
        known = both.runner.run(store.known(connection, HOSTILE, keys))
        again = both.runner.run(store.commit(_page(main, known, connection, **more)))
        assert Committed(unchanged=len(main)) == again
        tables = {'"order ""by"" x"': (9, 11), '"table; --"': (4,), '"where"': ()}
        found = [[_told(url, r, places) for r in query(url, f"SELECT * FROM {t}")] for t, places in tables.items()]
        stored.append([[r for r in rows if r[0] == connection] for rows in found])
    assert committed[0] == committed[1]
    for ours, theirs in zip(*stored, strict=True):
        assert [] == [r for r in ours if r not in theirs] + [r for r in theirs if r not in ours]


def test_children_of_a_parent_whose_key_is_a_time_are_its_own(both: _Both) -> None:
    key = ("times", datetime(2026, 1, 1, 1, 2, 3, tzinfo=UTC))
    for url, store in zip(both.urls, both.stores, strict=True):
        for nth, left in enumerate([3, 1, 0]):
            children = {"drop table": [(*key, i, "1") for i in range(left)]}
            known = both.runner.run(store.known("children", HOSTILE, [key]))
            page = _page([(*key, *[None] * 9, nth)], known, "children", children=children)
            assert Committed(inserted=int(not nth), updated=int(nth > 0)) == both.runner.run(store.commit(page))
            assert [(left,)] == query(url, "SELECT count(*) FROM \"table; --\" WHERE connection = 'children'")


def _told(url: str, stored: tuple[Any, ...], json_places: tuple[int, ...]) -> list[Any]:
    """A row in one form; PostgreSQL's driver has decoded JSON already."""
    decoded = [plain(v) if i not in json_places else v for i, v in enumerate(stored)]
    for i in json_places:
        if url.startswith("sqlite") and decoded[i] is not None:
            decoded[i] = loads(decoded[i])
    return decoded


@pytest.mark.parametrize(
    "given_text, exact, approximate",
    [
        ("12.50", "12.50", 12.5),
        ("0.1", "0.1", 0.1),
        ("123456789012.345", "123456789012.345", 123456789012.345),
        ("99999999999999999999.99", "99999999999999999999.99", 1e20),
        ("-0.000001", "-0.000001", -0.000001),
    ],
)
def test_d4_money_is_exact_on_postgresql_and_to_fifteen_digits_on_sqlite(
    both: _Both, given_text: str, exact: str, approximate: float
) -> None:
    key = (f"money {given_text}", datetime(2026, 1, 1, tzinfo=UTC))
    main = [(*key, None, None, Decimal(given_text), None, None, None, None, None, None, 1)]
    found = []
    for url, store in zip(both.urls, both.stores, strict=True):
        known = both.runner.run(store.known("it's; --", HOSTILE, [key]))
        both.runner.run(store.commit(_page(main, known)))
        found += query(url, f'SELECT "ümlaut" FROM "order ""by"" x" WHERE "user" = \'money {given_text}\'')
    assert approximate == found[0][0]
    assert Decimal(exact) == found[1][0]


def test_instants_are_utc_whatever_zone_they_came_in(both: _Both) -> None:
    elsewhere = timezone(timedelta(hours=-8))
    key = ("zone", datetime(2026, 1, 1, 2, 3, 4, 5000, tzinfo=elsewhere))
    main = [(*key, None, None, None, None, date(2026, 1, 1), time(7, 8), None, datetime(2026, 3, 4, 5, 6), None, 1)]  # noqa: DTZ001 - local
    for url, store in zip(both.urls, both.stores, strict=True):
        both.runner.run(store.commit(_page(main)))
        known = both.runner.run(store.known("it's; --", HOSTILE, [key]))
        assert [key] == list(known)
        sql = """SELECT "Group By", "date", "time", "it's" FROM "order ""by"" x" WHERE "user" = 'zone'"""
        wanted = ["2026-01-01 10:03:04.005000", "2026-01-01", "07:08:00", "2026-03-04 05:06:00"]
        given = [str(plain(v)) for v in query(url, sql)[0]]
        assert wanted == [g.removesuffix(".000000") for g in given]


def test_a_point_in_time_without_a_zone_is_refused(both: _Both) -> None:
    naive = datetime(2026, 1, 1)  # noqa: DTZ001 - on purpose
    main = [("naive", naive, *[None] * 9, 1)]
    for store in both.stores:
        with pytest.raises((ValueError, TypeError), match=r"without a zone|offset-naive"):
            both.runner.run(store.commit(_page(main)))
        with pytest.raises(Exception, match="without a zone"):
            both.runner.run(store.set_connection_state("x", probe_at=naive))


def test_views_of_hostile_names_can_be_made(both: _Both) -> None:
    for url, store in zip(both.urls, both.stores, strict=True):
        with store._db.transaction() as connection:
            refresh_views(connection, schema([VENDOR]))
        assert query(url, 'SELECT "user" FROM "live_order ""by"" x" LIMIT 1') is not None


def test_a_file_is_found_by_its_own_name(tmp_path: Path) -> None:
    """A question mark or a per cent sign in a path is no parameter."""
    path = tmp_path / "50% off?mode=memory#x.db"
    runner = asyncio.Runner()
    with runner:
        store = runner.run(Store.open("sqlite:///" + str(path).replace("?", "%3F"), [], clock=SystemClock()))
        runner.run(store.close())
