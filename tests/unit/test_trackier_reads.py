"""What is asked of Trackier, and what its answers become: readings driven by hand, without a network."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from syncd.ask import NOT_JSON, Answer, Question, Reply
from syncd.collection import Listing, Windows
from syncd.errors import Malformed, SuspiciousAnswer, VendorError, WindowTooBig
from syncd.http.reads import Reads
from syncd.parse import Extractor
from syncd.reading import Account, Parent, Part, Read, Some, Taken, Window
from syncd.vendors.trackier import TRACKIER
from syncd.vendors.trackier.meanings import explain

_READS = Reads(TRACKIER.reads)
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
MIDNIGHT = datetime(2026, 3, 1, tzinfo=UTC)
WINDOW = Window(NOON, NOON + timedelta(days=2))
DAYS = Window(MIDNIGHT, MIDNIGHT + timedelta(days=31))
Told = dict[str, Any] | VendorError
Vendor = Callable[[Question, dict[str, str]], Told]


def read_of(name: str) -> Read:
    strategy = TRACKIER.collection(name).strategy
    assert isinstance(strategy, Listing | Windows)
    return strategy.read


def part_of(name: str, window: Window | None = None, *, include: tuple[str, ...] = (), key: Any = None) -> Part:
    """What a run is to bring of a collection, of everything that is stored unless a configuration says otherwise."""
    wanted = Extractor(TRACKIER.collection(name), include=include).wanted
    parents = () if key is None else (Parent((key,), {"hash_id": f"hash of {key}", "id": key}),)
    return Part(parents, window, columns=wanted)


class Driven:
    """A reading driven to its end by *answer*: its questions, everything it brought, and how it ended.

    What it hands over on the way goes to *handed*, too.
    """

    def __init__(self, name: str, part: Part, answer: Vendor, handed: list[list[Any]] | None = None) -> None:
        self.asked: list[Question] = []
        self.handed: list[list[Any]] = [] if handed is None else handed
        self.records: list[Any] = []
        reading = read_of(name)(Account("Asia/Kolkata"), part)
        try:
            step = next(reading)
            while True:
                assert len(self.asked) < 100, "there is no end"
                if isinstance(step, Some):
                    self.handed.append(step.records)
                    self.records += step.records
                    step = next(reading)
                    continue
                _READS.template(step)
                assert "GET" == step.method
                self.asked.append(step)
                told = answer(step, dict(step.params))
                step = reading.throw(told) if isinstance(told, VendorError) else reading.send(Answer(told, None))
        except StopIteration as end:
            self.taken: Taken = end.value
            self.records += self.taken.records


def always(told: Told) -> Vendor:
    return lambda _question, _params: told


def values(question: Question, name: str) -> list[str]:
    return [value for given, value in question.params if given == name]


# --- lists ------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "name, path, member, params",
    [
        ("accounts", "/v2/accounts", "accounts", ()),
        ("categories", "/v2/categories", "categories", ()),
        ("tracking_domains", "/v2/trackingDomains", "trackingDomains", ()),
        ("campaigns", "/v2/campaigns", "campaigns", ()),
        ("publishers", "/v2/publishers", "publishers", (("limit", "5000"),)),
        ("advertisers", "/v2/advertisers", "advertisers", (("limit", "5000"),)),
        ("campaign_access", "/v2/campaigns/access", "accessList", (("page", "1"), ("limit", "1000"))),
        ("coupons", "/v2/coupons", "coupons", (("page", "1"), ("limit", "1000"))),
        ("deals", "/v2/deals", "deals", (("page", "1"), ("limit", "1000"))),
        ("postbacks", "/v2/postback", "data.postbacks", (("page", "1"), ("limit", "1000"))),
        ("smart_links", "/v2/smart-link", "smartlink", (("page", "1"), ("limit", "1000"))),
    ],
)
def test_a_list_is_asked_for_as_documented(
    name: str, path: str, member: str, params: tuple[tuple[str, str], ...]
) -> None:
    """Never in an order of one's own choosing, which would break the cursor of ids."""
    outer, _, inner = member.rpartition(".")
    records = [{"id": 1, "_id": "a"}]
    told = {outer: {inner: records}} if outer else {inner: records}
    driven = Driven(name, part_of(name), always({**told, "pagination": {"total": 1, "perPage": 1000}}))
    assert [Question(path, params)] == driven.asked
    assert records == driven.records
    assert driven.taken.trusted


def test_an_answer_without_its_list_is_malformed() -> None:
    bodies: list[dict[str, Any]] = [{}, {"coupons": None}, {"deals": []}]
    for told in bodies:
        with pytest.raises(Malformed, match="coupons"):
            Driven("coupons", part_of("coupons"), always(told))


def test_pages_are_handed_over_as_they_come() -> None:
    def answer(_question: Question, params: dict[str, str]) -> Told:
        last = int(params.get("lastId", 0))
        return {"campaigns": [{"id": last + 1}] if last < 3 else [], "lastId": last + 1}

    driven = Driven("campaigns", part_of("campaigns"), answer)
    assert [[{"id": 1}], [{"id": 2}], [{"id": 3}]] == driven.handed
    assert [] == driven.taken.records


def moving(counts: list[int]) -> Vendor:
    """Coupons of one page of two and one more; the n-th round counts as many in its answers."""
    rounds = iter(counts)
    total = 0

    def answer(_question: Question, params: dict[str, str]) -> Told:
        nonlocal total
        if params["page"] == "1":
            total = next(rounds)
        here = [{"_id": "a"}, {"_id": "b"}] if params["page"] == "1" else [{"_id": "c"}]
        told = {"total": total, "perPage": 2}
        return {"coupons": here if int(params["page"]) < 3 else [], "pagination": told}

    return answer


def test_a_list_that_moved_is_read_again_and_proves_nothing_if_it_does_not_settle() -> None:
    assert Driven("coupons", part_of("coupons"), moving([4, 3])).taken.trusted
    assert not Driven("coupons", part_of("coupons"), moving([4, 4, 4])).taken.trusted


def test_pages_without_numbers_are_read_until_two_rounds_are_alike() -> None:
    pages = {"1": [{"id": "a"}, {"id": "b"}], "2": [{"id": "c"}]}
    driven = Driven("deals", part_of("deals"), lambda _q, params: {"deals": pages[params["page"]]})
    assert ["1", "2", "1", "2"] == [dict(question.params)["page"] for question in driven.asked]
    assert driven.taken.trusted


# --- of one parent ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "name, path, member, told",
    [
        ("campaign_goals", "/v2/campaigns/17/goals", "goals", {"campaignId": "hash of 17"}),
        ("campaign_caps", "/v2/campaigns/17/caps", "caps", {"campaignId": "hash of 17"}),
        ("landing_pages", "/v2/campaigns/17/lps", "landingPages", {"@campaign_id": 17}),
    ],
)
def test_what_belongs_to_a_campaign_knows_it(name: str, path: str, member: str, told: dict[str, Any]) -> None:
    driven = Driven(name, part_of(name, key=17), always({member: [{"_id": "a"}, "no object"]}))
    assert [Question(path)] == driven.asked
    assert [{"_id": "a", **told}, "no object"] == driven.records


def test_transactions_and_payments_are_two_lists_of_one_shared_answer() -> None:
    told = {"transactions": [{"_id": "t"}], "payments": [{"_id": "p"}]}
    for name, ident in (("publisher_transactions", "t"), ("publisher_payments", "p")):
        driven = Driven(name, part_of(name, key=31), always(told))
        assert [Question("/v2/publishers/31/transactions", shared=True)] == driven.asked
        assert [{"_id": ident, "@publisher_id": 31}] == driven.records


# --- windows ----------------------------------------------------------------------------------------------------------
def test_conversions_name_every_wanted_column_and_the_zone() -> None:
    driven = Driven("conversions", part_of("conversions", WINDOW), always({"conversions": []}))
    (question,) = driven.asked
    params = dict(question.params)
    assert ("2026-03-01 12:00:00", "2026-03-03 12:00:00", "UTC") == (params["start"], params["end"], params["zone"])
    assert "10000" == params["limit"]
    fields = values(question, "fields[]")
    assert {"id", "created", "payout", "p10", "sub10", "is_postback_fired"} <= set(fields)
    assert "modified" not in fields, "it cannot be chosen"
    sensitive = {c.name for c in TRACKIER.collection("conversions").columns if c.sensitive}
    assert set() == sensitive & set(fields)
    assert len(set(fields)) == len(fields)


def test_a_sensitive_column_is_asked_for_only_if_it_is_included() -> None:
    part = part_of("conversions", WINDOW, include=("click_ip",))
    (question,) = Driven("conversions", part, always({"conversions": []})).asked
    assert "click_ip" in values(question, "fields[]")
    part = part_of("clicks", WINDOW, include=("user_agent",))
    (question,) = Driven("clicks", part, always({"clicks": []})).asked
    assert "ua" in values(question, "fields[]")


def test_clicks_are_asked_for_by_other_names_than_they_come_with() -> None:
    (question,) = Driven("clicks", part_of("clicks", WINDOW), always({"clicks": []})).asked
    fields = values(question, "fields[]")
    assert "ro" in fields
    assert "referrer_campaign" not in fields
    assert {"zone": "UTC", "limit": "5000"}.items() <= dict(question.params).items()


@pytest.mark.parametrize("name, member", [("impressions", "impressions"), ("postback_sent_logs", "logs")])
def test_logs_that_take_days_are_asked_for_whole_days(name: str, member: str) -> None:
    """Both are included: the end of a window is not."""
    part = part_of(name, Window(MIDNIGHT, MIDNIGHT + timedelta(days=1)))
    (question,) = Driven(name, part, always({member: [], "pagination": {"total": 0}})).asked
    assert ("2026-03-01", "2026-03-01") == (dict(question.params)["start"], dict(question.params)["end"])


def crowd(growing: int) -> Vendor:
    """Conversions in pages of a hundred; so many more between one page and the next."""
    number = 250

    def answer(_question: Question, params: dict[str, str]) -> Told:
        nonlocal number
        page = int(params["page"])
        here = [{"id": f"{n:06}"} for n in range(number)][(page - 1) * 100 : page * 100]
        told = {"conversions": here, "pagination": {"total": number, "perPage": 100}}
        number += growing
        return told

    return answer


def test_a_window_that_grows_while_it_is_read_is_halved_and_at_the_shortest_ends_where_it_began() -> None:
    with pytest.raises(WindowTooBig):
        Driven("conversions", part_of("conversions", WINDOW), crowd(growing=1))
    hour = Window(NOON, NOON + timedelta(hours=1))
    driven = Driven("conversions", part_of("conversions", hour), crowd(growing=1))
    assert {f"{n:06}" for n in range(250)} <= {record["id"] for record in driven.records}
    assert 3 == len(driven.asked)


def test_rows_of_a_window_that_has_to_be_halved_are_stored_all_the_same() -> None:
    handed: list[list[Any]] = []
    with pytest.raises(WindowTooBig):
        Driven("conversions", part_of("conversions", WINDOW), crowd(growing=1), handed)
    assert {f"{n:06}" for n in range(258)} == {record["id"] for page in handed for record in page}


def served(pages: list[list[str]], total: int) -> Vendor:
    """Conversions in these pages of a hundred or fewer, always the same, and a number beside them."""

    def answer(_question: Question, params: dict[str, str]) -> Told:
        page = int(params["page"])
        here = [{"id": one} for one in (pages[page - 1] if page <= len(pages) else [])]
        return {"conversions": here, "pagination": {"total": total, "perPage": 100}}

    return answer


@pytest.mark.parametrize("total", [2, 3, 300])
def test_v18_a_window_that_is_counted_wrong_again_and_again_is_neither_halved_nor_known(total: int) -> None:
    """A shorter one would be counted no better. What came is stored."""
    many = [f"{n:03}" for n in range(150)]
    pages = [["a"]] if total < 300 else [many[:100], many[100:]]
    handed: list[list[Any]] = []
    with pytest.raises(SuspiciousAnswer, match="counts other records"):
        Driven("conversions", part_of("conversions", WINDOW), served(pages, total), handed)
    assert {one for page in pages for one in page} == {record["id"] for page in handed for record in page}


def test_a_window_whose_pages_always_overlap_is_halved_down_to_the_shortest() -> None:
    """In no order that holds from page to page, some rows come twice and others never: one page has them all."""
    many = [f"{n:03}" for n in range(150)]
    vendor = served([many[:100], many[50:100]], 150)
    with pytest.raises(WindowTooBig):
        Driven("conversions", part_of("conversions", WINDOW), vendor)
    with pytest.raises(SuspiciousAnswer):
        Driven("conversions", part_of("conversions", Window(NOON, NOON + timedelta(hours=1))), vendor)


def test_an_hour_of_clicks_is_told_from_an_outage_by_its_length() -> None:
    """The questions of the shortest windows are the ones that ``explain`` takes for the shortest."""
    for name, length in (("clicks", timedelta(hours=1)), ("conversions", timedelta(hours=1)),
                         ("report_daily", timedelta(days=1)), ("impressions", timedelta(days=1)),
                         ("postback_sent_logs", timedelta(days=1))):  # fmt: skip
        for times in (1, 2):
            asked: list[Question] = []

            def refuse(question: Question, _params: dict[str, str], asked: list[Question] = asked) -> Told:
                asked.append(question)
                return WindowTooBig("504")

            with pytest.raises(WindowTooBig):
                Driven(name, part_of(name, Window(MIDNIGHT, MIDNIGHT + times * length)), refuse)
            found = explain(asked[0], Reply(504, NOT_JSON, {}, ""))
            assert (times > 1) == isinstance(found, WindowTooBig), (name, times)


# --- invoices ---------------------------------------------------------------------------------------------------------
def test_invoices_are_asked_for_by_kind_with_a_month_around_the_window() -> None:
    def answer(_question: Question, params: dict[str, str]) -> Told:
        kind = params["utype"]
        return {"invoices": [{"hash_id": kind}], "utype": kind, "pagination": {"total": 900, "count": 1, "perPage": 9}}

    driven = Driven("invoices", part_of("invoices", DAYS), answer)
    assert [("2026-01-29", "2026-05-01", "UTC", kind) for kind in ("publisher", "advertiser")] == [
        tuple(dict(question.params)[name] for name in ("start", "end", "zone", "utype")) for question in driven.asked
    ]
    assert [("publisher", "publisher"), ("advertiser", "advertiser")] == [
        (record["hash_id"], record["@utype"]) for record in driven.taken.records
    ]
    assert driven.taken.trusted
    assert [] == driven.handed, "a window is judged as a whole"


def test_an_invoice_is_of_the_kind_that_the_answer_says() -> None:
    """Whoever ignores ``utype`` must not make advertisers of publishers."""
    told = {"invoices": [{"hash_id": "a"}], "utype": "publisher", "pagination": {"count": 1}}
    driven = Driven("invoices", part_of("invoices", DAYS), always(told))
    assert ["publisher", "publisher"] == [record["@utype"] for record in driven.records]


def test_all_pages_of_invoices_are_judged_together() -> None:
    def answer(_question: Question, params: dict[str, str]) -> Told:
        here = {"1": ["a", "b"], "2": ["c"]}[params["page"]] if params["utype"] == "publisher" else []
        count = 3 if params["utype"] == "publisher" else 0
        return {"invoices": [{"hash_id": one} for one in here], "pagination": {"count": count, "perPage": 2}}

    driven = Driven("invoices", part_of("invoices", DAYS), answer)
    assert ["a", "b", "c"] == [record["hash_id"] for record in driven.taken.records]
    assert {"publisher"} == {record["@utype"] for record in driven.records}


def test_v18_invoices_of_one_kind_that_are_counted_wrong_leave_the_window_unknown() -> None:
    def answer(_question: Question, params: dict[str, str]) -> Told:
        count = 2 if params["utype"] == "publisher" else 1
        here = [{"hash_id": params["utype"]}] if params["page"] == "1" else []
        return {"invoices": here, "pagination": {"count": count, "perPage": 9}}

    handed: list[list[Any]] = []
    with pytest.raises(SuspiciousAnswer, match="counts other records"):
        Driven("invoices", part_of("invoices", DAYS), answer, handed)
    assert {"publisher", "advertiser"} == {record["hash_id"] for page in handed for record in page}


# --- report -----------------------------------------------------------------------------------------------------------
def test_a_report_of_a_month_is_one_question_by_days_of_the_network() -> None:
    driven = Driven("report_daily", part_of("report_daily", DAYS), always({"records": []}))
    (question,) = driven.asked
    params = dict(question.params)
    assert ("2026-03-01", "2026-03-31", "true") == (params["start"], params["end"], params["remove_zero_data"])
    assert "zone" not in params, "not documented for reports: their days are the network's"
    groups = ["created", "campaign_id", "publisher_id", "advertiser_id", "goal_id", "goal_name"]
    assert groups == values(question, "group[]")
    kpis = values(question, "kpi[]")
    assert 27 == len(kpis)
    assert {"grossClicks", "payout", "saleAmount"} <= set(kpis)


def test_a_reports_key_has_no_nulls() -> None:
    row = {"created": "2026-03-05", "campaign_id": 1, "publisher_id": 2, "currency": "USD", "goal_id": None}
    driven = Driven("report_daily", part_of("report_daily", DAYS), always({"records": [row]}))
    keyed, rejects = Extractor(TRACKIER.collection("report_daily")).keyed(driven.records)
    assert [] == rejects
    assert [(date(2026, 3, 5), 1, 2, 0, "", "", "USD")] == [one.key for one in keyed]


def test_a_report_for_today_instead_of_the_days_asked_for_is_malformed() -> None:
    row = {"created": "2026-11-29", "campaign_id": 1}
    with pytest.raises(Malformed, match="2026-11-29"):
        Driven("report_daily", part_of("report_daily", DAYS), always({"records": [row]}))
