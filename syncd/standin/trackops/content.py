"""The account behind the stand-in: seeded, related rows that change as an office changes them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from syncd.standin.trackops import billing, casework, people
from syncd.standin.trackops.declared import BY_NAME, COLLECTIONS, Collection
from syncd.standin.trackops.spelling import Record, Speller, Spelling
from syncd.standin.trackops.world import GONE_ID, Key, Now, Row, World
from syncd.standin.waiting import Waiting

LOST_WITH_CASE = (
    "subjects", "case_updates", "case_update_notifications", "files", "case_status_history", "events", "tasks",
)  # fmt: skip
MOST_STATUSES = len(World(0, lambda: datetime.now(UTC)).table("case_statuses"))

# Rows for each case; the rest of an office grows slower than its cases.
PER_CASE: dict[str, float] = {
    "clients": 0.3, "client_locations": 0.45, "client_contacts": 0.7, "case_requests": 0.15, "subjects": 2.5,
    "files": 12, "events": 3,
    "tasks": 2, "case_updates": 12, "case_update_notifications": 14, "case_status_history": 7, "invoices": 2,
    "invoice_payments": 1.6,
    "expense_slips": 0.5, "expense_entries": 4,
}  # fmt: skip
CAME_ALONG = 0.7  # of the rows below an imported one were imported with it, in the same second
PER_OFFICE = {"fields": 45, "staff": 24}


@dataclass(frozen=True, slots=True)
class Removed:
    """A deleted row and what went with it, so that both can come back."""

    rows: tuple[tuple[str, Key, Row], ...]


def sizes(cases: int, rows: Mapping[str, int] | None = None) -> dict[str, int]:
    """How many rows each collection gets: in proportion to `cases`, but exactly as `rows` says where it says."""
    natural = {"cases": cases} | {name: 1 + round(cases * factor) for name, factor in PER_CASE.items()} | PER_OFFICE
    unknown = set(rows or {}) - BY_NAME.keys()
    if unknown:
        message = f"no such collection: {', '.join(sorted(unknown))}"
        raise ValueError(message)
    return natural | dict(rows or {})


class Content(World):
    """All rows of one account. Every change happens at the clock's now, as the vendor would stamp it."""

    def __init__(
        self, *, seed: int = 1, cases: int = 60, rows: Mapping[str, int] | None = None, now: Now | None = None,
        spelling: Spelling | None = None,
    ) -> None:  # fmt: skip
        """`cases` sets the scale, `rows` exact sizes of single collections; `now` is the account's clock."""
        super().__init__(seed, now or (lambda: datetime.now(UTC)))
        self.speller = Speller(self, spelling or Spelling())
        self.version = 0
        self._removed: dict[tuple[str, Key], Removed] = {}
        self._waiting = Waiting(self.now)
        self._build(sizes(cases, rows))

    # -- what is served ---------------------------------------------------------------------------------------------

    def rows(self, collection: str, *, mixed: bool = False) -> list[Row]:
        """The rows served now, oldest first; `mixed` shows cases and requests together."""
        declared = BY_NAME[collection]
        rows = [row for row in self.table(declared.rows_in).values() if mixed or declared.holds(row)]
        return sorted(rows, key=lambda row: tuple(row[name] for name in declared.order))

    def record(self, collection: str, key: Key) -> Record:
        """One record as served; KeyError if there is none."""
        declared = BY_NAME[collection]
        row = self.table(declared.rows_in)[key]
        if not declared.holds(row):
            raise KeyError(key)
        return self.speller.record(declared, row)

    def snapshot(self) -> dict[str, list[Record]]:
        """Every collection's records as served now (`url` of files differs each time)."""
        self.tick(requests=0)
        return {one.name: [self.speller.record(one, row) for row in self.rows(one.name)] for one in COLLECTIONS}

    def counts(self) -> dict[str, int]:
        """Served records by collection."""
        return {one.name: len(self.rows(one.name)) for one in COLLECTIONS}

    # -- changes ----------------------------------------------------------------------------------------------------

    def insert(self, collection: str, **overrides: object) -> Row:
        """Adds a row made now; members as given, the rest invented. Returns the row, in Python's types."""
        return self._add(collection, self._make(collection, self.moment(), overrides), overrides)

    def update(self, collection: str, key: Key, *, touch: bool = True, **changes: object) -> Row:
        """Changes members of a row (without any: some text of it); moves `updated_at` unless told not to `touch` it."""
        row = self.table(BY_NAME[collection].rows_in)[key]
        row.update(changes or self._some_edit(row))
        if touch and "updated_at" in row and "updated_at" not in changes:
            row["updated_at"] = self.moment()
        self.version += 1
        return row

    def delete(self, collection: str, key: Key) -> None:
        """Takes a row out; a case takes all that belongs to it along. KeyError if there is none."""
        table = BY_NAME[collection].rows_in
        rows = [(table, key, self.drop(table, key))]
        if table == "cases" and isinstance(key, int):
            rows += [
                (other, one, self.drop(other, one)) for other in LOST_WITH_CASE for one in self.of_case(other, key)
            ]
        self._removed[table, key] = Removed(tuple(rows))
        self.version += 1

    def recover(self, collection: str, key: Key, *, touch: bool = False) -> None:
        """Brings a deleted row back with all that went with it; `touch` moves its `updated_at`."""
        table = BY_NAME[collection].rows_in
        for other, one, row in self._removed.pop((table, key)).rows:
            self.put(other, one, row)
        if touch:
            self.table(table)[key]["updated_at"] = self.moment()
        self.version += 1

    def deleted(self, collection: str) -> list[Key]:
        """Keys that could be recovered."""
        table = BY_NAME[collection].rows_in
        return [key for other, key in self._removed if other == table]

    def accept_request(self, key: int) -> Row:
        """A request becomes a case under the same id."""
        row = self.table("cases")[key]
        if not row["is_request"]:
            raise KeyError(key)
        row.update(is_request=False, case_number=f"{self.moment():%Y}-{row['series_number']:05d}/A")
        row["updated_at"] = self.moment()
        self._enter_status(key, 1, self.moment())
        self.version += 1
        return row

    def move_case(self, key: int, status_id: int) -> Row:
        """Moves a case to a status: forwards adds a row of history, backwards erases the later ones."""
        case = self.table("cases")[key]
        history = self.table("case_status_history")
        mine = [history[one] for one in self.of_case("case_status_history", key)]
        current = case["case_status_id"] or 0
        target = history.get((key, status_id))
        if status_id < current:
            since = target["changed_at"] if target else None
            for row in mine:
                is_later = row["changed_at"] > since if since else row["case_status_id"] > status_id
                if is_later:
                    self.drop("case_status_history", (key, row["case_status_id"]))
        if target is None or status_id >= current:
            self._enter_status(key, status_id, self.moment())
        case.update(case_status_id=status_id, updated_at=self.moment())
        self.version += 1
        return case

    def late(
        self, collection: str, *, seconds: float | None = None, requests: int | None = None, **overrides: object
    ) -> Row:
        """A row stamped now that is served only `seconds` or `requests` later, as a slow transaction shows it."""
        row = self.insert(collection, **overrides)
        declared = BY_NAME[collection]
        key = declared.key_of(row)
        kept = self.drop(declared.rows_in, key)

        def show() -> None:
            self.put(declared.rows_in, key, kept)
            self.version += 1

        self._waiting.add(show, seconds, requests)
        return row

    def tick(self, requests: int = 1) -> None:
        """Tells that so many requests came; shows the late rows whose time has come."""
        self._waiting.tick(requests)

    # -- making -----------------------------------------------------------------------------------------------------

    def _build(self, counts: dict[str, int]) -> None:
        for name in ("fields", "staff", "clients"):
            self._grow(name, self._moments(counts[name]))
        self._grow("client_locations", self._locations(counts["client_locations"]))
        self._grow("client_contacts", self._moments(counts["client_contacts"]))
        # Both kinds share one sequence of ids, so they are made in one order of time.
        both = [(at, name) for name in ("cases", "case_requests") for at, _ in self._moments(counts[name])]
        for at, name in sorted(both):
            self._add(name, self._make(name, at, {}), None)
        subjects_of = self.shares(counts["subjects"], self.table("cases").values())  # of requests too
        self._grow("subjects", self._after(subjects_of, "casefile_id", counts["subjects"], days=200))
        for name in ("files", "events", "tasks", "case_updates"):
            self._grow(name, self._of_cases(counts[name], days=200))
        updates = self.shares(counts["case_update_notifications"], self.table("case_updates").values())
        self._grow(
            "case_update_notifications", self._after(updates, "update_id", counts["case_update_notifications"], days=3)
        )
        self._write_history(counts["case_status_history"])
        self._grow("invoices", self._of_cases(counts["invoices"], days=120))
        paid = self.shares(counts["invoice_payments"], self.table("invoices").values())
        self._grow("invoice_payments", self._after(paid, "invoice_id", counts["invoice_payments"], days=60))
        self._grow("expense_slips", self._moments(counts["expense_slips"]))
        self._grow("expense_entries", self._of_cases(counts["expense_entries"], days=90))

    def _grow(self, collection: str, planned: list[tuple[datetime, Row]]) -> None:
        for created_at, about in sorted(planned, key=lambda one: one[0]):
            self._add(collection, self._make(collection, created_at, about), None)

    def _moments(self, number: int) -> list[tuple[datetime, Row]]:
        return [(self.between(self.begins_at, self.moment()), {}) for _ in range(number)]

    def _locations(self, number: int) -> list[tuple[datetime, Row]]:
        clients = list(self.table("clients").values())
        # Every client has at least one.
        parents = [*clients, *self.shares(max(0, number - len(clients)), clients)][:number]
        return self._after(parents, "parent_id", number, days=2)

    def _of_cases(self, number: int, *, days: float) -> list[tuple[datetime, Row]]:
        cases = [row for row in self.table("cases").values() if not row["is_request"]]
        return self._after(self.shares(number, cases), "casefile_id", number, days=days)

    def _after(self, parents: list[Row], member: str, number: int, *, days: float) -> list[tuple[datetime, Row]]:
        planned: list[tuple[datetime, Row]] = [(self._when(row, days), {member: row["id"]}) for row in parents]
        # Without a parent, rows of a parent that was purged: the vendor has those too.
        return planned or [(self.between(self.begins_at, self.moment()), {member: GONE_ID}) for _ in range(number)]

    def _when(self, parent: Row, days: float) -> datetime:
        created_at: datetime = parent["created_at"]
        came_along = created_at == self.imported_at and self.maybe(CAME_ALONG)
        return created_at if came_along else self.since(created_at, days)

    def _write_history(self, number: int) -> None:
        cases = [row for row in self.table("cases").values() if not row["is_request"]]
        steps: dict[int, int] = {}
        # Every case has entered some status, as far as there are rows for it.
        for row in [*cases[:number], *self.shares(max(0, number - len(cases)), cases, most=MOST_STATUSES - 1)]:
            steps[row["id"]] = steps.get(row["id"], 0) + 1
        for case in cases:
            entered = sorted(self.since(case["created_at"], 150) for _ in range(steps.get(case["id"], 0)))
            statuses = sorted(self.chance.sample(range(1, MOST_STATUSES + 1), len(entered)))
            for changed_at, status_id in zip(entered, statuses, strict=True):
                self._enter_status(case["id"], status_id, changed_at)

    def _enter_status(self, case_id: int, status_id: int, changed_at: datetime) -> None:
        self.put(
            "case_status_history", (case_id, status_id), casework.make_status(self, changed_at, case_id, status_id)
        )
        self.table("cases")[case_id]["case_status_id"] = status_id

    def _make(self, collection: str, created_at: datetime, about: Mapping[str, Any]) -> Row:
        return _MAKERS[collection](self, created_at, about)

    def _add(self, collection: str, row: Row, overrides: Mapping[str, Any] | None) -> Row:
        declared: Collection = BY_NAME[collection]
        row.update(overrides or {})
        self.put(declared.rows_in, declared.key_of(row), row)
        if overrides is not None and collection == "cases" and "case_status_id" not in overrides:
            self._enter_status(row["id"], 1, row["created_at"])
        self.version += 1
        return row

    def _some_edit(self, row: Row) -> Row:
        for name in ("notes", "title", "body", "name"):
            if name in row:
                return {name: f"{self.one_of(_EDITS)} {self.next_id('edits')}"}
        return {}


_EDITS = ("Checked again", "Größe geändert", "See the call of today —", 'Client says "no"')
_Maker = Callable[[Content, datetime, Mapping[str, Any]], Row]


def _case_of(content: Content, about: Mapping[str, Any]) -> int:
    if (case_id := about.get("casefile_id")) is not None:
        return int(case_id)
    cases = [row["id"] for row in content.table("cases").values() if not row["is_request"]]
    return content.one_of(cases) if cases else GONE_ID


def _parent(content: Content, about: Mapping[str, Any], member: str, table: str) -> int:
    return int(about.get(member) or content.any_id(table))


def _status(content: Content, at: datetime, about: Mapping[str, Any]) -> Row:
    status_id = about.get("case_status_id") or content.any_id("case_statuses")
    return casework.make_status(content, at, _case_of(content, about), status_id)


_MAKERS: dict[str, _Maker] = {
    "fields": lambda content, at, _: people.make_field(content, at),
    "staff": lambda content, at, _: people.make_staff(content, at),
    "clients": lambda content, at, _: people.make_client(content, at),
    "client_locations": lambda content, at, about: people.make_client_location(content, at, about.get("parent_id")),
    "client_contacts": lambda content, at, _: people.make_client_contact(content, at),
    "cases": lambda content, at, _: casework.make_case(content, at),
    "case_requests": lambda content, at, _: casework.make_case_request(content, at),
    "subjects": lambda content, at, about: casework.make_subject(content, at, _case_of(content, about)),
    "case_updates": lambda content, at, about: casework.make_case_update(content, at, _case_of(content, about)),
    "case_update_notifications": lambda content, at, about: casework.make_notification(
        content, at, _parent(content, about, "update_id", "case_updates")
    ),
    "case_status_history": _status,
    "events": lambda content, at, about: casework.make_event(content, at, _case_of(content, about)),
    "tasks": lambda content, at, about: casework.make_task(content, at, _case_of(content, about)),
    "files": lambda content, at, about: casework.make_file(content, at, _case_of(content, about)),
    "invoices": lambda content, at, about: billing.make_invoice(content, at, _case_of(content, about)),
    "invoice_payments": lambda content, at, about: billing.make_payment(
        content, at, _parent(content, about, "invoice_id", "invoices")
    ),
    "expense_entries": lambda content, at, about: billing.make_expense_entry(content, at, _case_of(content, about)),
    "expense_slips": lambda content, at, _: billing.make_expense_slip(content, at),
}
