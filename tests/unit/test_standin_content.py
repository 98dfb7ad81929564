"""The account behind the stand-in is related, repeatable, and changes as an office changes."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Literal

import pytest

from syncd.standin import Churn, Spelling
from syncd.standin.trackops.content import LOST_WITH_CASE, Content
from syncd.standin.trackops.declared import BY_NAME, COLLECTIONS
from tests.still_clock import Clock

NOW = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
USERS = {"created_by", "sent_by", "sent_to", "changed_by", "validated_by"}


@pytest.fixture
def clock() -> Clock:
    return Clock(NOW)


@pytest.fixture
def content(clock: Clock) -> Content:
    return Content(seed=7, cases=30, now=clock)


def test_the_same_seed_and_clock_give_the_same_account() -> None:
    first, second = (Content(seed=3, cases=10, now=lambda: NOW).snapshot() for _ in range(2))
    assert first == second
    assert first != Content(seed=4, cases=10, now=lambda: NOW).snapshot()


def test_rows_gives_single_collections_an_exact_size() -> None:
    sizes = {"cases": 137, "case_requests": 0, "fields": 3, "case_status_history": 200, "subjects": 301, "clients": 1}
    content = Content(cases=5, rows=sizes, now=lambda: NOW)
    assert sizes == {name: content.counts()[name] for name in sizes}


@pytest.mark.parametrize(
    "missing", ["cases", "clients", "staff", "fields", "case_updates", "invoices", "client_locations"]
)
def test_an_account_without_rows_of_one_collection_still_has_the_others(missing: str) -> None:
    content = Content(cases=5, rows={missing: 0, "case_status_history": 0}, now=lambda: NOW)
    assert 0 == content.counts()[missing]
    assert 5 < content.counts()["subjects"]


def test_a_misspelt_collection_is_refused() -> None:
    with pytest.raises(ValueError, match="no such collection: case"):
        Content(rows={"case": 3})


def test_history_that_cannot_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="do not fit"):
        Content(cases=2, rows={"case_status_history": 1000})


def test_every_reference_leads_to_a_row_or_to_one_known_to_be_gone(content: Content) -> None:
    """What a reader may join: parents exist, and are older than their children."""
    for name, member, table in [
        ("subjects", "casefile_id", "cases"),
        ("case_updates", "casefile_id", "cases"),
        ("case_update_notifications", "update_id", "case_updates"),
        ("case_status_history", "casefile_id", "cases"),
        ("files", "casefile_id", "cases"),
        ("cases", "client_id", "client_locations"),
        ("client_locations", "parent_id", "clients"),
        ("client_contacts", "client_id", "client_locations"),
        ("invoices", "casefile_id", "cases"),
        ("invoice_payments", "invoice_id", "invoices"),
        ("expense_entries", "user_id", "staff"),
    ]:
        assert content.rows(name)
        assert all(row[member] in content.table(table) for row in content.rows(name)), name


def test_a_case_is_in_the_status_it_entered_last(content: Content) -> None:
    for case in content.rows("cases"):
        mine = [row for row in content.rows("case_status_history") if row["casefile_id"] == case["id"]]
        assert case["case_status_id"] == mine[-1]["case_status_id"]


def test_ids_follow_the_order_of_creation_and_the_import_shares_one_second(content: Content) -> None:
    files = content.rows("files")
    assert all(a["created_at"] <= b["created_at"] for a, b in pairwise(files))
    assert 1 < sum(row["created_at"] == content.imported_at for row in files)


def test_staff_and_contacts_share_ids_and_so_do_clients_and_locations(content: Content) -> None:
    assert not content.table("staff").keys() & content.table("client_contacts").keys()
    assert not content.table("clients").keys() & content.table("client_locations").keys()


def test_money_adds_up(content: Content) -> None:
    for row in content.rows("invoices"):
        assert row["total"] == sum(line["total"] for line in row["InvoiceDetails"])
        assert row["balance"] == row["total"] - row["amount_paid"]


def test_every_kind_of_custom_field_and_value_occurs() -> None:
    content = Content(cases=200, now=lambda: NOW)
    fields = {row["id"]: row["field_type_tag"] for row in content.rows("fields")}
    used = {fields[pair["id"]] for row in content.rows("subjects") for pair in row["custom_fields"]}
    assert used == set(fields.values())
    text = str(content.snapshot())
    assert all(sign in text for sign in ("\\r\\n", "Ø", "李", "📦", "</p>", "الشاهد"))
    assert max(row["size"] or 0 for row in content.rows("files")) > 2**31


def test_an_insert_is_made_now_and_takes_what_it_is_given(content: Content, clock: Clock) -> None:
    clock.at = LATER
    row = content.insert("subjects", name="Doe, Jane")
    assert ("Doe, Jane", LATER, LATER) == (row["name"], row["created_at"], row["updated_at"])
    assert row["id"] == max(other["id"] for other in content.rows("subjects"))


@pytest.mark.parametrize("collection", [one.name for one in COLLECTIONS])
def test_every_collection_takes_inserts_updates_and_deletes(content: Content, clock: Clock, collection: str) -> None:
    before = content.counts()[collection]
    row = content.insert(collection)
    key = BY_NAME[collection].key_of(row)
    assert before + (1 if collection != "case_status_history" else 0) <= content.counts()[collection]
    content.update(collection, key)
    content.delete(collection, key)
    with pytest.raises(KeyError):
        content.record(collection, key)


def test_an_update_moves_updated_at_unless_it_is_not_to_touch(content: Content, clock: Clock) -> None:
    clock.at = LATER
    assert LATER == content.update("cases", 1, notes="x")["updated_at"]
    assert LATER != content.update("cases", 2, touch=False, notes="x")["updated_at"]


def test_a_deleted_case_takes_all_that_belongs_to_it_and_brings_it_back(content: Content) -> None:
    case_id = content.rows("cases")[0]["id"]
    before = content.snapshot()
    content.delete("cases", case_id)
    for name in LOST_WITH_CASE:
        assert not [row for row in content.rows(name) if row["casefile_id"] == case_id]
    assert case_id in content.deleted("cases")
    content.recover("cases", case_id)
    after = content.snapshot()
    for records in (*before["files"], *after["files"]):
        records.pop("url", None)
    assert before == after


def test_recovery_may_move_updated_at(content: Content, clock: Clock) -> None:
    content.delete("tasks", 1)
    clock.at = LATER
    content.recover("tasks", 1, touch=True)
    assert LATER == content.table("tasks")[1]["updated_at"]


def test_an_accepted_request_becomes_a_case_under_its_id(content: Content, clock: Clock) -> None:
    request_id = content.rows("case_requests")[0]["id"]
    clock.at = LATER
    content.accept_request(request_id)
    assert content.record("cases", request_id)["case_number"]
    with pytest.raises(KeyError):
        content.record("case_requests", request_id)
    with pytest.raises(KeyError):
        content.accept_request(request_id)


def test_a_case_moved_back_loses_its_later_history(content: Content, clock: Clock) -> None:
    case_id = content.insert("cases")["id"]
    for status_id in (3, 7, 9):
        clock.at += timedelta(minutes=1)
        content.move_case(case_id, status_id)
    clock.at = LATER
    case = content.move_case(case_id, 3)
    assert [(case_id, 1), (case_id, 3)] == content.of_case("case_status_history", case_id)
    assert (3, LATER) == (case["case_status_id"], case["updated_at"])
    assert content.table("case_status_history")[case_id, 3]["changed_at"] == NOW + timedelta(minutes=1)


def test_a_case_moved_back_to_where_it_never_was_enters_it_now(content: Content, clock: Clock) -> None:
    case_id = content.insert("cases")["id"]
    content.move_case(case_id, 9)
    clock.at = LATER
    content.move_case(case_id, 5)
    assert [(case_id, 1), (case_id, 5)] == content.of_case("case_status_history", case_id)
    assert LATER == content.table("case_status_history")[case_id, 5]["changed_at"]


def test_v16_a_late_row_shows_only_after_its_time(content: Content, clock: Clock) -> None:
    row = content.late("events", seconds=60)
    assert row["id"] not in {one["id"] for one in content.snapshot()["events"]}
    clock.at += timedelta(seconds=60)
    shown = {one["id"]: one for one in content.snapshot()["events"]}
    assert "2026-03-01 12:00:00" == shown[row["id"]]["updated_at"]


def test_v16_a_late_row_may_wait_for_requests(content: Content) -> None:
    row = content.late("events", requests=2)
    seen = []
    for _ in range(3):
        content.tick()
        seen.append(row in content.rows("events"))
    assert [False, False, True] == seen


def test_churn_changes_rows_and_keeps_the_account_sound(content: Content) -> None:
    before = content.snapshot()
    churn = Churn(rate=2.5, seed=1)
    for _ in range(200):
        churn(content)
    assert 400 < churn.changes < 600
    after = content.snapshot()
    assert before != after
    assert all(row["casefile_id"] in content.table("cases") for row in content.rows("case_status_history"))


@pytest.mark.parametrize(
    "times,shown",
    [
        ("space", "2026-03-01 12:00:00"),
        ("T", "2026-03-01T12:00:00"),
        ("Z", "2026-03-01T12:00:00Z"),
        ("offset", "2026-03-01T17:30:00+05:30"),
        ("fraction", "2026-03-01 12:00:00.000000"),
    ],
)
def test_times_can_be_spelt_in_every_way(times: Literal["space", "T", "Z", "offset", "fraction"], shown: str) -> None:
    content = Content(cases=2, now=lambda: NOW, spelling=Spelling(times=times))
    key = content.insert("tasks")["id"]
    assert shown == content.record("tasks", key)["created_at"]


@pytest.mark.parametrize("booleans,shown", [("json", True), ("number", 1), ("string", "1")])
def test_booleans_can_be_spelt_in_every_way(booleans: Literal["json", "number", "string"], shown: object) -> None:
    content = Content(cases=2, now=lambda: NOW, spelling=Spelling(booleans=booleans))
    key = content.insert("staff", is_vendor=True)["id"]
    assert [shown, type(shown)] == [
        content.record("staff", key)["is_vendor"],
        type(content.record("staff", key)["is_vendor"]),
    ]


@pytest.mark.parametrize("nulls", ["null", "missing"])
def test_nulls_can_be_there_or_not(nulls: Literal["null", "missing"]) -> None:
    content = Content(cases=3, now=lambda: NOW, spelling=Spelling(nulls=nulls))
    record = content.record("clients", content.insert("clients", website=None, salesperson_id=None)["id"])
    shown = {"website", "salesperson_id", "Salesperson"} & record.keys()
    assert shown == ({"website", "salesperson_id", "Salesperson"} if nulls == "null" else set())


@pytest.mark.parametrize("decimals,kinds", [("string", {str}), ("number", {float}), ("mixed", {str, float})])
def test_money_can_be_text_or_number(decimals: Literal["mixed", "string", "number"], kinds: set[type]) -> None:
    content = Content(cases=30, now=lambda: NOW, spelling=Spelling(decimals=decimals))
    assert kinds == {type(record["total"]) for record in content.snapshot()["invoices"]}


def test_references_can_stand_in_the_embedded_record_alone() -> None:
    content = Content(cases=3, now=lambda: NOW, spelling=Spelling(embedded_only="all"))
    for record in content.snapshot()["subjects"]:
        assert "subject_type_id" not in record
        assert record["SubjectType"]["id"]
    assert all("casefile_id" in record for record in content.snapshot()["case_status_history"])


def test_a_request_shows_no_member_of_cases_alone(content: Content) -> None:
    for record in content.snapshot()["case_requests"]:
        assert not {"case_status_id", "CaseStatus", "CaseFlags", "primary_manager_id"} & record.keys()


def test_a_link_to_a_file_differs_in_every_answer(content: Content) -> None:
    key = next(row["id"] for row in content.rows("files") if not row["is_folder"])
    first, second = (content.record("files", key) for _ in range(2))
    assert first.pop("url") != second.pop("url")
    assert first == second
