"""What becomes of records: value forms, children, rejects, unknown members, links not to be kept, chosen columns."""

from __future__ import annotations

import itertools
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from syncd.standin.trackops.spelling import Spelling
from syncd.vendors.trackops import TRACKOPS
from tests import kit
from tests.accounts import Open, both
from tests.kit import COLLECTIONS, HOUR

FORMS = {
    "times": ("space", "T", "Z", "offset", "fraction"),
    "booleans": ("json", "number", "string", "json", "number"),
    "decimals": ("mixed", "string", "number", "string", "number"),
    "nulls": ("mixed", "null", "missing", "null", "missing"),
    "embedded_only": (frozenset[str](), "all", frozenset({"cases.client_id"}), "all", frozenset[str]()),
    "php_escapes": (True, False, True, False, True),
}
SPELLINGS = [Spelling(**dict(zip(FORMS, forms, strict=True))) for forms in zip(*FORMS.values(), strict=True)]


def without_time(picture: dict[str, list[dict[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
    """A picture without the hashes of the records as they were spelled."""
    return {
        table: [{name: value for name, value in row.items() if name != "_syncd_hash"} for row in rows]
        for table, rows in picture.items()
    }


@pytest.mark.parametrize("spelling", SPELLINGS, ids=lambda spelling: spelling.times)
async def test_every_form_of_a_value_is_stored_alike(open_account: Open, spelling: Spelling) -> None:
    account = await open_account(cases=6, spelling=spelling)
    results = await account.cycle()
    assert {"ok"} == {result.state for result in results.values()}
    assert [] == account.differences()
    assert [] == account.rejects()


@both
async def test_c5_another_spelling_of_the_same_account_writes_no_row(open_account: Open) -> None:
    """Times with an offset are the same instants, dates are never shifted; only the hashes of the records differ.

    Custom fields are text: what arrives there as a number or a boolean is kept as it was spelled.
    """
    fixed = [c.name for c in TRACKOPS.collections if all(child.source != "custom_fields" for child in c.children)]
    account = await open_account(names=[*fixed, "case_requests"], cases=5, spelling=SPELLINGS[0])
    account.vendor.switch.fail("remove", member="custom_fields")
    await account.cycle()
    before = without_time(account.picture())
    for spelling in SPELLINGS[1:]:
        account.vendor.content.speller.spelling = spelling
        account.clock.turn(HOUR)
        results = await account.sweep()
        assert [] == [row for one in results.values() if account.changes(row := account.run_row(one))]
        assert before == without_time(account.picture())


@pytest.mark.parametrize(
    "name, member, values",
    [
        ("cases", "CaseServices", ([1, 2], [2, 3], [])),
        ("cases", "CaseFlags", ([4], [], [1, 4])),
        ("cases", "custom_fields", ([{"id": 1, "value": "a"}], [{"id": 1, "value": "b"}, {"id": 2, "value": 7}], [])),
        ("case_updates", "Files", ([1], [2, 3], [])),
        ("events", "Users", ([1, 2], [2], [1, 3])),
        ("tasks", "Users", ([], [2], [1, 3])),
    ],
)  # fmt: skip
async def test_children_are_replaced_as_a_set_and_move_their_parent(
    open_account: Open, name: str, member: str, values: tuple[list[Any], ...]
) -> None:
    account = await open_account(names=[name])
    await account.cycle()
    key = account.vendor.content.rows(name)[0]["id"]
    for value in values:
        account.clock.turn(0.3 * HOUR)
        kit.edit(account, name, key, {member: value})
        before = account.row(name, key)["_syncd_synced_at"]
        result = await account.read(name)
        assert 1 == account.run_row(result)["updated"]
        assert before < account.row(name, key)["_syncd_synced_at"]
        assert [] == account.differences()


@pytest.mark.parametrize("name, member", [("invoices", "InvoiceDetails"), ("expense_entries", "ExpenseDetails")])
async def test_lines_of_documents_follow_their_document(open_account: Open, name: str, member: str) -> None:
    account = await open_account(names=[name], cases=8)
    await account.cycle()
    row = next(row for row in account.vendor.content.rows(name) if len(row[member]) > 1)
    lines = [dict(line) for line in row[member]]
    account.clock.turn(0.3 * HOUR)
    lines[0] |= {"quantity": Decimal("7.125"), "notes": "counted again"}
    kit.edit(account, name, row["id"], {member: lines[:-1]})
    await account.cycle()
    assert [] == account.differences()


async def test_a_line_that_moves_to_another_document_stands_there_only(open_account: Open) -> None:
    account = await open_account(names=["invoices"], cases=8)
    await account.cycle()
    first, second = [row for row in account.vendor.content.rows("invoices") if len(row["InvoiceDetails"]) > 1][:2]
    moved, rest = first["InvoiceDetails"][0], first["InvoiceDetails"][1:]
    account.clock.turn(0.3 * HOUR)
    account.vendor.content.update("invoices", first["id"], InvoiceDetails=rest)
    account.vendor.content.update("invoices", second["id"], InvoiceDetails=[*second["InvoiceDetails"], moved])
    await account.cycle()
    assert [] == account.differences()


@both
async def test_d10_a_value_that_does_not_parse_is_set_aside_until_it_parses(open_account: Open) -> None:
    """Its column is null, the value stays in ``_syncd_extra``, the reject closes by itself."""
    account = await open_account(names=["cases"], cases=4)
    case = account.vendor.content.rows("cases")[1]["id"]

    def spoil(record: dict[str, Any]) -> dict[str, Any]:
        return record | {"budget_money": "a lot", "due_on": "soon"} if record["id"] == case else record

    rule = account.vendor.switch.mutate(spoil, path="/cases")
    assert "ok" == (await account.read("cases")).state
    assert {"budget_money", "due_on"} == {row["column_name"] for row in account.rejects()}
    row = account.row("cases", case)
    assert (None, None) == (row["budget_money"], row["due_on"])
    extra = row["_syncd_extra"]
    extra = json.loads(extra) if isinstance(extra, str) else extra
    assert {"budget_money": "a lot", "due_on": "soon"} == {name: extra[name] for name in ("budget_money", "due_on")}
    first_seen = account.rejects()[0]["first_seen_at"]
    account.clock.turn(HOUR)
    await account.sweep()
    assert [first_seen, first_seen] == [reject["first_seen_at"] for reject in account.rejects()]
    account.vendor.switch.remove(rule)
    account.clock.turn(HOUR)
    await account.sweep()
    assert [] == account.rejects()
    assert [] == account.differences()


@both
async def test_v20_a_record_without_a_key_is_kept_whole_as_a_reject_and_deletes_nothing(open_account: Open) -> None:
    account = await open_account(names=["clients"], rows={"clients": 130})
    await account.cycle()
    lost = account.vendor.content.rows("clients")[7]["id"]

    def spoil(record: dict[str, Any]) -> dict[str, Any]:
        return record | {"id": None} if record["id"] == lost else record

    account.vendor.switch.mutate(spoil, path="/clients")
    result = await account.read("clients", kit.RunKind.SWEEP)
    assert "held" == result.state
    assert [] == account.tombstones("clients")
    (reject,) = account.rejects()
    assert None is reject["column_name"]
    record = reject["record"]
    assert None is (json.loads(record) if isinstance(record, str) else record)["id"]
    await account.converges()
    assert [] == account.rejects()


async def test_v20_many_records_without_a_key_fail_the_run_before_its_cursor_moves(open_account: Open) -> None:
    account = await open_account(names=["clients"], rows={"clients": 130})
    await account.cycle()
    before = account.cursor("clients")
    account.clock.turn(HOUR)
    kit.add(account, "clients", 20)
    account.vendor.switch.fail("rename", old="id", new="client_no", path="/clients")
    assert "failed" == (await account.read("clients")).state
    assert before["at"] == account.cursor("clients")["at"]
    await account.converges()


@pytest.mark.parametrize("kind", ["rename", "remove", "replace_value"])
async def test_v20_a_member_renamed_removed_or_of_another_type_leaves_its_column_null(
    open_account: Open, kind: str
) -> None:
    """Never a failed page; the same column comes back when the vendor does."""
    account = await open_account(names=["tasks"])
    options: dict[str, dict[str, Any]] = {
        "rename": {"old": "due_on", "new": "due"},
        "remove": {"member": "due_on"},
        "replace_value": {"member": "due_on", "value": {"day": 1}},
    }
    account.vendor.switch.fail(kind, path="/tasks", **options[kind])
    assert "ok" == (await account.read("tasks")).state
    assert [] == account.query("SELECT 1 AS one FROM trackops_tasks WHERE due_on IS NOT NULL")
    await account.converges()
    assert account.query("SELECT 1 AS one FROM trackops_tasks WHERE due_on IS NOT NULL")


@pytest.mark.parametrize("name", COLLECTIONS)
async def test_v21_unknown_members_are_kept_beside_the_row(open_account: Open, name: str) -> None:
    account = await open_account(names=[name])
    found = {"new_member": {"deep": [1, "two", None]}, "AnotherOne": "ü"}
    account.vendor.switch.mutate(lambda record: record | found, path=account.collection(name).path)
    await account.cycle()
    assert [] == account.differences()
    rows = account.query(f"SELECT _syncd_extra FROM {account.collection(name).table}")
    for row in rows:
        extra = row["_syncd_extra"]
        extra = json.loads(extra) if isinstance(extra, str) else extra
        assert found == {member: extra[member] for member in found}


async def test_an_account_as_documented_has_nothing_beside_its_rows(open_account: Open) -> None:
    account = await open_account(cases=6)
    await account.cycle()
    for name in COLLECTIONS:
        table = account.collection(name).table
        assert [] == account.query(f"SELECT _syncd_extra FROM {table} WHERE _syncd_extra IS NOT NULL"), name


@both
async def test_links_that_expire_stand_nowhere_in_the_database_and_change_no_row(
    open_account: Open, tmp_path: Path
) -> None:
    account = await open_account(names=["files"], cases=6)
    spoiled = account.vendor.content.rows("files")[0]["id"]
    account.vendor.switch.mutate(
        lambda record: record | {"size": "large", "created_at": "?"} if record["id"] == spoiled else record,
        path="/files",
    )
    await account.cycle()
    before = account.picture()
    results = await account.sweep()
    assert 0 == account.changes(account.run_row(results["files"]))
    assert before == account.picture()
    names = account.query(
        "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite%'"
        if account.url.startswith("sqlite")
        else "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public'"
    )
    assert account.rejects()
    for row in names:
        assert "signature=" not in repr(account.query(f'SELECT * FROM "{row["name"]}"')), row["name"]
    folder = Path(account.url.removeprefix("sqlite:///")).parent if account.url.startswith("sqlite") else tmp_path
    assert [] == [file for file in folder.glob("syncd.db*") if b"signature=" in file.read_bytes()]
    assert "signature=" not in account.said.getvalue()


async def test_the_choice_of_columns_reads_everything_once_more_and_only_once(
    open_account: Open, sqlite_url: str, tmp_path: Path
) -> None:
    """An excluded column stays and is null; taken back it is filled again; each change costs one whole walk."""
    first = await open_account(names=["clients"], rows={"clients": 250})
    await first.cycle()
    await first.settle()
    exclude = '[connections.acme.collections.clients]\nexclude = ["notes", "website"]\n'

    async def reopened(collections: str) -> tuple[int, int]:
        async with kit.account(
            tmp_path, first.url, names=["clients"], vendor=first.vendor, clock=first.clock, collections=collections
        ) as account:
            account.clock.turn(0.5 * HOUR)
            whole = await account.asked("clients")
            account.clock.turn(0.5 * HOUR)
            return whole, await account.asked("clients")

    await first.leave()
    whole, quiet = await reopened(exclude)
    assert (1, True) == (quiet, whole >= 3)
    assert [] == first.query("SELECT 1 AS one FROM trackops_clients WHERE notes IS NOT NULL OR website IS NOT NULL")
    whole, quiet = await reopened("")
    assert (1, True) == (quiet, whole >= 3)
    assert [] == first.differences()


async def test_a_walk_that_was_cut_short_begins_again_when_its_columns_changed(
    open_account: Open, sqlite_url: str, tmp_path: Path
) -> None:
    """Pages read before a column was excluded would keep it: what goes on is only a walk for the same columns."""
    first = await open_account(names=["clients"], rows={"clients": 350})
    rule = first.vendor.switch.fail("status", status=400, path="/clients", nth=5)
    assert "failed" == (await first.read("clients")).state
    first.vendor.switch.remove(rule)
    assert first.cursor("clients")["walk"]["page"] > 1
    await first.leave()
    async with kit.account(
        tmp_path, first.url, names=["clients"], vendor=first.vendor, clock=first.clock,
        collections='[connections.acme.collections.clients]\nexclude = ["notes"]\n',
    ) as account:  # fmt: skip
        await account.cycle()
    assert [] == first.query("SELECT 1 AS one FROM trackops_clients WHERE notes IS NOT NULL")


async def test_texts_of_any_kind_are_stored_as_they_came(open_account: Open) -> None:
    account = await open_account(names=["case_updates"])
    texts = [
        "a\u0000b",
        "\u202eright to left",
        "🚗🇩🇪",
        "x" * 300_000,
        "tab\tline\r\n<p>",
        "' OR 1=1; --",
        '{"a": 1}',
        " ",
    ]
    rows = itertools.cycle(account.vendor.content.rows("case_updates"))
    for text in texts:
        account.vendor.content.update("case_updates", next(rows)["id"], body=text)
    await account.cycle()
    assert [] == account.differences()


@both
async def test_x6_no_text_of_the_vendor_is_ever_a_statement(open_account: Open) -> None:
    """Values, names of members and of lookups that try to be SQL are stored like any other."""
    account = await open_account(cases=5)
    hostile = "x'); DROP TABLE trackops_cases; --\" %s %(id)s :id ? {id} \\"
    for name in ("clients", "cases", "events", "files", "staff"):
        for row in account.vendor.content.rows(name)[:3]:
            texts = {member: hostile for member, value in row.items() if type(value) is str}
            kit.edit(account, name, kit.key_of(name, row), texts)
    for names in ("case_statuses", "calendars"):
        for row in account.vendor.content.table(names).values():
            row["name"] = hostile
    account.vendor.switch.mutate(lambda record: record | {hostile: hostile, "budget_money": hostile}, path="/cases")
    results = await account.cycle()
    assert {"ok"} == {result.state for result in results.values()}
    off = [line for line in account.differences() if ".budget_money" not in line]
    assert [] == off
    assert account.live("cases")
    assert {hostile} == {row["name"] for row in account.query("SELECT name FROM trackops_case_statuses")}
    extra = account.query("SELECT _syncd_extra FROM trackops_cases")[0]["_syncd_extra"]
    assert hostile == (json.loads(extra) if isinstance(extra, str) else extra)[hostile]
