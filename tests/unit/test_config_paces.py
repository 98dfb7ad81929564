"""``rate`` and ``parallel`` where a vendor has several classes of calls: one value for all of them, or a table."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from syncd.cli.forecast import ANSWER_S, Cost, gap_s, total
from syncd.config import ConnectionConfig
from syncd.config.draft import connection_text
from syncd.config.show import as_toml, effective, schema
from syncd.config.units import rates_text
from syncd.service import client_options
from syncd.vendors import VENDORS
from tests.configured import CANARY, DATABASE, loaded, problems

ADS = f"""{DATABASE}
[connections.ads]
vendor = "trackier"
time_zone = "Asia/Kolkata"
api_key = "{CANARY}"
"""
USUAL = {"entities": ((4.0, 1.0),), "reports": ((180.0, 60.0),)}
TABLE = "SYNCD_CONNECTIONS__ADS__RATE__ENTITIES"


def ads(folder: Path, more: str = "", environ: dict[str, str] | None = None) -> ConnectionConfig:
    return loaded(folder, ADS + more, environ).connection("ads")


def warned(folder: Path, more: str) -> list[str]:
    found = [warning.partition("config.toml, ")[2] for warning in loaded(folder, ADS + more).warnings]
    return [warning for warning in found if "api_key" not in warning]


@pytest.mark.parametrize(
    "written, rates, parallel",
    [
        ("", USUAL, (2, 2)),
        ('rate = "3/s"', dict.fromkeys(USUAL, ((3.0, 1.0),)), (2, 2)),
        ('rate = ["3/s", "60/min"]', dict.fromkeys(USUAL, ((3.0, 1.0), (60.0, 60.0))), (2, 2)),
        (
            'rate = {entities = "2/s", reports = ["90/min", "2/s"]}',
            {"entities": ((2.0, 1.0),), "reports": ((90.0, 60.0), (2.0, 1.0))},
            (2, 2),
        ),
        ('rate = {reports = "90/min"}', {**USUAL, "reports": ((90.0, 60.0),)}, (2, 2)),
        ("[connections.ads.rate]\nentities = '1/s'", {**USUAL, "entities": ((1.0, 1.0),)}, (2, 2)),
        ("parallel = 1", USUAL, (1, 1)),
        ("parallel = {reports = 4}", USUAL, (2, 4)),
    ],
)
def test_a_plain_value_holds_for_every_class_and_a_class_left_out_keeps_the_vendors(
    tmp_path: Path, written: str, rates: dict[str, Any], parallel: tuple[int, int]
) -> None:
    found = ads(tmp_path, written)
    assert rates == found.rates
    assert {"entities": parallel[0], "reports": parallel[1]} == found.parallel


def test_the_environment_sets_the_rate_of_one_class(tmp_path: Path) -> None:
    alone = ads(tmp_path, environ={TABLE: "2/s, 100/min"})
    assert {**USUAL, "entities": ((2.0, 1.0), (100.0, 60.0))} == alone.rates
    table = 'rate = {entities = "1/s", reports = "90/min"}'
    over = ads(tmp_path, table, {TABLE: "2/s", "SYNCD_CONNECTIONS__ADS__PARALLEL__REPORTS": "3"})
    assert {"entities": ((2.0, 1.0),), "reports": ((90.0, 60.0),)} == over.rates
    assert {"entities": 2, "reports": 3} == over.parallel
    plain = ads(tmp_path, environ={"SYNCD_CONNECTIONS__ADS__RATE": "1/s"})
    assert dict.fromkeys(USUAL, ((1.0, 1.0),)) == plain.rates


@pytest.mark.parametrize(
    "written, environ, said",
    [
        (
            'rate = {entites = "4/s"}',
            {},
            "config.toml, line 8: connections.ads.rate.entites is not a key of Trackier's rate; did you mean entities?",
        ),
        (
            "[connections.ads.rate]\nentities = '4/s'\nlogs = '4/s'",
            {},
            "line 10: connections.ads.rate.logs is not a key of Trackier's rate; known are entities, reports.",
        ),
        ('rate = {reports = "fast"}', {}, 'connections.ads.rate.reports is "fast"; allowed is "N/s" or "N/min"'),
        ("parallel = {reports = 0}", {}, "connections.ads.parallel.reports is 0 (a number); allowed is a whole number"),
        ("rate = 4", {}, "connections.ads.rate is 4 (a number); allowed is"),
        ("", {f"{TABLE}X": "4/s"}, f"environment {TABLE}X: connections.ads.rate.entitiesx is not a key of"),
        ("", {TABLE: "soon"}, f'environment {TABLE}: connections.ads.rate.entities is "soon"; allowed is'),
        ("", {TABLE: " "}, f"environment {TABLE}: connections.ads.rate.entities is empty"),
        ('rate = "4/s"', {TABLE: "4/s"}, f"environment {TABLE}: connections.ads.rate is not a table."),
    ],
)
def test_what_names_no_class_or_is_no_rate_is_a_problem_with_its_place(
    tmp_path: Path, written: str, environ: dict[str, str], said: str
) -> None:
    (found,) = problems(tmp_path, ADS + written, environ)
    assert said in found


def test_a_vendor_of_one_class_takes_no_table(tmp_path: Path) -> None:
    fleet = f'{DATABASE}[connections.fleet]\nvendor = "trackunit"\ntoken = "{"ab" * 16}"\n'
    (found,) = problems(tmp_path, f'{fleet}rate = {{entities = "4/s"}}')
    assert "connections.fleet.rate is a table; allowed is" in found


def test_k5_a_rate_above_what_is_documented_for_its_class_is_used_and_told(tmp_path: Path) -> None:
    high = 'rate = {entities = "5/s", reports = "10/s"}'
    assert ((10.0, 1.0),) == ads(tmp_path, high).rates["reports"]
    assert [
        "line 8: connections.ads.rate.reports 10/s is above Trackier's documented limit of 200/min for reports."
    ] == warned(tmp_path, high)
    (plain,) = warned(tmp_path, 'rate = "4/s"')
    assert "connections.ads.rate 4/s is above Trackier's documented limit of 200/min for reports." in plain


def test_the_share_is_taken_of_every_class(tmp_path: Path) -> None:
    options = client_options(ads(tmp_path, 'rate_share = "50%"'))
    assert {"entities": ((2.0, 1.0),), "reports": ((90.0, 60.0),)} == options.rates


def test_what_is_shown_names_the_classes_and_reads_back_as_the_same(tmp_path: Path) -> None:
    first = loaded(tmp_path, f'{ADS}rate = {{reports = "90/min"}}\nparallel = {{entities = 1}}')
    shown = effective(first)["connections"]["ads"]
    assert {"entities": ["4/s"], "reports": ["90/min"]} == shown["rate"]
    assert {"entities": 1, "reports": 2} == shown["parallel"]
    again = loaded(tmp_path, as_toml(effective(first)).replace("***", CANARY))
    assert effective(first) == effective(again)


def test_the_schema_has_a_table_for_those_that_have_classes_only() -> None:
    rules = json.loads(json.dumps(schema()))["$defs"]["connection"]["allOf"]
    of = {rule["if"]["properties"]["vendor"]["const"]: rule["then"]["properties"] for rule in rules}
    _, table = of["trackier"]["rate"]["anyOf"]
    assert ["entities", "reports"] == list(table["properties"])
    assert table["additionalProperties"] is False
    assert ["entities", "reports"] == list(of["trackier"]["parallel"]["anyOf"][1]["properties"])
    assert "object" not in json.dumps([of["trackunit"]["rate"], of["trackunit"]["parallel"]])


def test_a_draft_tells_the_pace_of_every_class_and_can_be_read_when_it_is_switched_on(tmp_path: Path) -> None:
    text = connection_text("ads", VENDORS["trackier"], {"api_key": CANARY, "time_zone": "Asia/Kolkata"})
    told = text.replace("\n# ", " ")
    assert "Without it: 4/s for entities, 180/min for reports; the limit of Trackier is 5/s for entities" in told
    assert max(map(len, text.splitlines())) <= 120
    line = 'rate = {entities = "4/s", reports = "180/min"}'
    assert f"# {line}" in text
    assert USUAL == loaded(tmp_path, DATABASE + text.replace(f"# {line}", line)).connection("ads").rates


@pytest.mark.parametrize(
    "rates, said",
    [
        ({"": ((1.0, 1.0),)}, "1/s"),
        ({"": ((4.0, 1.0), (180.0, 60.0))}, "4/s and 180/min"),
        (USUAL, "4/s for entities, 180/min for reports"),
    ],
)
def test_rates_are_told_by_class(rates: dict[str, Iterable[tuple[float, float]]], said: str) -> None:
    assert said == rates_text(rates)


# --- what a cycle takes -----------------------------------------------------------------------------------------------
def cost(name: str, requests: int) -> Cost:
    return Cost(name, "list", requests, exact=True, seconds=0.0, why="")


def test_a_cycle_takes_as_long_as_the_class_that_takes_longest(tmp_path: Path) -> None:
    connection = ads(tmp_path)
    assert 0.25 == pytest.approx(gap_s(connection, "entities"))
    assert 1 / 3 == pytest.approx(gap_s(connection, "reports"))
    both = total(connection, [cost("campaigns", 100), cost("publishers", 20), cost("conversions", 60)])
    assert (180, 30.0) == (both.requests, both.seconds)
    reports = total(connection, [cost("campaigns", 10), cost("conversions", 60), cost("report_daily", 30)])
    assert (100, 30.0) == (reports.requests, reports.seconds)
    assert (0, 0.0) == (total(connection, []).requests, total(connection, []).seconds)


def test_answers_decide_where_the_pace_is_faster_than_they_are(tmp_path: Path) -> None:
    connection = ads(tmp_path, 'rate = "1000/s"\nparallel = {entities = 5}')
    assert ANSWER_S / 5 == pytest.approx(gap_s(connection, "entities"))
    assert ANSWER_S / 2 == pytest.approx(gap_s(connection, "reports"))
