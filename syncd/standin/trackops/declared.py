"""What the vendor documents, as one table: 18 collections, the parameters each takes, what a record embeds."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from syncd.standin.trackops.world import Key, Row, World

Kind = Literal["integer", "string", "boolean", "enum", "date", "timestamp"]
Bound = Literal["is", "from", "to"]
Reader = Callable[[World, Row], object]


@dataclass(frozen=True, slots=True)
class Parameter:
    """One filter: the kind of value it takes, what it looks at (a list: any of it), and how both compare."""

    kind: Kind
    of: Reader
    bound: Bound = "is"
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Embedded:
    """A to-one record shown under `name`: the row of `table` whose key stands in `by`, cut to `members`."""

    name: str
    by: str
    table: str
    members: tuple[str, ...] = ("id", "name")


@dataclass(frozen=True, slots=True)
class Collection:
    """A documented list: where it is, what identifies and orders its records, and what may be asked of it."""

    name: str
    path: str
    parameters: dict[str, Parameter]
    embedded: tuple[Embedded, ...] = ()
    key: tuple[str, ...] = ("id",)
    order: tuple[str, ...] = ("id",)
    table: str = ""
    is_request: bool | None = None
    lists: dict[str, str] = field(default_factory=dict)  # members that hold keys of another table
    expands: bool = False

    @property
    def rows_in(self) -> str:
        """The table that holds the collection's rows."""
        return self.table or self.name

    def key_of(self, row: Row) -> Key:
        """The key of a row."""
        values = tuple(row[name] for name in self.key)
        return values[0] if len(values) == 1 else (values[0], values[1])

    def holds(self, row: Row) -> bool:
        """True if a row of the table belongs to this collection (cases and requests share one)."""
        return self.is_request is None or row["is_request"] is self.is_request


def _member(name: str) -> Reader:
    return lambda _world, row: row.get(name)


def _through(by: str, table: str, member: str) -> Reader:
    return lambda world, row: world.table(table).get(row.get(by) or 0, {}).get(member)


def _root_client_of_invoice(world: World, row: Row) -> object:
    invoice = world.table("invoices").get(row["invoice_id"], {})
    return world.table("client_locations").get(invoice.get("client_id") or 0, {}).get("parent_id")


_ROOT_CLIENT = _through("client_id", "client_locations", "parent_id")


def _same(kind: Kind, names: dict[str, str | Reader]) -> dict[str, Parameter]:
    return {name: Parameter(kind, _member(of) if isinstance(of, str) else of) for name, of in names.items()}


def _integers(**names: str | Reader) -> dict[str, Parameter]:
    return _same("integer", names)


def _strings(*names: str, **others: str | Reader) -> dict[str, Parameter]:
    return _same("string", {**{name: name for name in names}, **others})


def _booleans(*names: str) -> dict[str, Parameter]:
    return {name: Parameter("boolean", _member(name)) for name in names}


def _one_word(name: str, *words: str) -> dict[str, Parameter]:
    return {name: Parameter("enum", _member(name), words=words)}


def _range(kind: Kind, before: str, of: str | Reader, after: str = "") -> dict[str, Parameter]:
    reader = _member(of) if isinstance(of, str) else of
    return {f"{before}{way}{after}": Parameter(kind, reader, way) for way in ("from", "to")}


def _clock(*stems: str) -> dict[str, Parameter]:
    """`created` → the timestamps `created_from` and `created_to` on `created_at`."""
    return {name: it for stem in stems for name, it in _range("timestamp", f"{stem}_", f"{stem}_at").items()}


def _days(**stems: str | Reader) -> dict[str, Parameter]:
    """`due="due_on"` → the dates `due_from` and `due_to` on `due_on`."""
    return {name: it for stem, of in stems.items() for name, it in _range("date", f"{stem}_", of).items()}


def _alias(kind: Kind, of: str) -> dict[str, Parameter]:
    """The aliases `from` and `to` of an endpoint's main pair."""
    return _range(kind, "", of)


_STORED = _clock("created", "updated")
# On cases, requests and invoices `created_…` is the user's date; the clock has another name.
_DATED = (
    _days(created="created_on")
    | _alias("date", "created_on")
    | _range("timestamp", "created_", "created_at", "_system")
    | _clock("updated")
)

_CASE_PARAMETERS = (
    _integers(
        id="id", client=_ROOT_CLIENT, location="client_id", case_region="case_region_id",
        primary_contact="primary_contact_id",
        primary_subject="primary_subject_id", series_number="series_number",
    )
    | _strings("reference_value_1", "reference_value_2", "reference_value_3") | _DATED | _days(due="due_on")
)  # fmt: skip
_CLIENT = ("id", "name", "parent_id")
_REQUEST_EMBEDDED = (
    Embedded("CaseType", "case_type_id", "case_types"),
    Embedded("CaseRegion", "case_region_id", "case_regions"),
    Embedded("CompanyLocation", "company_location_id", "company_locations"),
    Embedded("Client", "client_id", "client_locations", _CLIENT),
    Embedded("PrimaryContact", "primary_contact_id", "client_contacts"),
    Embedded("PrimarySubject", "primary_subject_id", "subjects"),
)
_CASE_EMBEDDED = (
    *_REQUEST_EMBEDDED,
    Embedded("CaseStatus", "case_status_id", "case_statuses"),
    Embedded("PrimaryInvestigator", "primary_investigator_id", "staff"),
    Embedded("PrimaryManager", "primary_manager_id", "staff"),
    Embedded("PrimarySalesperson", "primary_salesperson_id", "staff"),
)
_CASEFILE = Embedded("Casefile", "casefile_id", "cases", ("id", "case_number"))
_TRACKING = Embedded("TrackingCategory", "tracking_category_id", "tracking_categories")
FINANCE_ITEM = Embedded(
    "FinanceItem", "finance_item_id", "finance_items", ("id", "name", "expense_alias", "invoice_alias")
)
NOT_ON_REQUESTS = frozenset(
    {"case_status_id", "primary_investigator_id", "primary_manager_id", "primary_salesperson_id", "CaseFlags"}
)

COLLECTIONS = (
    Collection(
        "fields", "/fields",
        _integers(id="id", field_type="field_type_id") | _strings("name", "field_type_tag"),
        (Embedded("FieldType", "field_type_id", "field_types", ("id", "name", "tag")),),
    ),
    Collection(
        "staff", "/staff",
        _integers(id="id", role="role_id") | _strings("last_name", "first_name",
        "email") | _booleans("is_vendor") | _STORED,
        (Embedded("Role", "role_id", "roles"), Embedded("CompanyLocation", "client_id", "company_locations")),
        expands=True,
    ),
    Collection(
        "clients", "/clients",
        _integers(id="id", salesperson="salesperson_id", case_manager="case_manager_id") | _strings("name",
        "account_code") | _STORED,
        (Embedded("Salesperson", "salesperson_id", "staff"), Embedded("CaseManager", "case_manager_id", "staff")),
    ),
    Collection(
        "client_locations", "/client/locations",
        _integers(id="id", parent="parent_id", salesperson="salesperson_id") | _strings("name") | _STORED,
        (Embedded("Parent", "parent_id", "clients"),),
    ),
    Collection(
        "client_contacts", "/client/contacts",
        _integers(id="id", client=_ROOT_CLIENT, client_location="client_id", role="role_id",
        salesperson="salesperson_id")
        | _strings("last_name", "first_name", "email") | _STORED,
        (Embedded("Client", "client_id", "client_locations", _CLIENT), Embedded("Role", "role_id", "roles")),
        expands=True,
    ),
    Collection(
        "cases", "/cases",
        _CASE_PARAMETERS
        | _integers(
            case_status="case_status_id", primary_investigator="primary_investigator_id",
            primary_manager="primary_manager_id",
            primary_salesperson="primary_salesperson_id",
        )
        | _booleans("is_request"),
        _CASE_EMBEDDED, is_request=False, lists={"CaseServices": "case_services", "CaseFlags": "case_flags"},
    ),
    Collection(
        "case_requests", "/case/requests", _CASE_PARAMETERS, _REQUEST_EMBEDDED,
        table="cases", is_request=True, lists={"CaseServices": "case_services"},
    ),
    Collection(
        "subjects", "/subjects",
        _integers(id="id", case="casefile_id",
        subject_type="subject_type_id") | _booleans("is_primary") | _strings("name") | _STORED,
        (Embedded("SubjectType", "subject_type_id", "subject_types"),),
    ),
    Collection(
        "case_updates", "/case/updates",
        _integers(
            id="id", case="casefile_id", access_group="access_group_id", created_by="created_by",
            subject="subject_id", thread="thread_id",
        )
        | _booleans("is_valid") | _STORED | _clock("activity", "validated") | _alias("timestamp", "activity_at"),
        (Embedded("AccessGroup", "access_group_id", "access_groups"), Embedded("CreatedBy", "created_by", "users")),
        lists={"Files": "files"},
    ),
    Collection(
        "case_update_notifications", "/case/update/notifications",
        _integers(
            update="update_id", notification="notification_id", case="casefile_id", access_group="access_group_id",
            sent_by="sent_by",
            sent_to="sent_to",
        )
        | _alias("timestamp", "sent_at"),
        (Embedded("SentBy", "sent_by", "users"), Embedded("SentTo", "sent_to", "users")),
        key=("update_id", "notification_id"), order=("sent_at", "notification_id"),
    ),
    Collection(
        "case_status_history", "/cases/status_history",
        _integers(case="casefile_id", case_status="case_status_id", changed_by="changed_by") | _clock("changed"),
        (Embedded("CaseStatus", "case_status_id", "case_statuses"), Embedded("ChangedBy", "changed_by", "users")),
        key=("casefile_id", "case_status_id"), order=("changed_at", "casefile_id", "case_status_id"),
    ),
    Collection(
        "events", "/events",
        _integers(id="id", calendar="calendar_id", case="casefile_id",
        subject="subject_id") | _strings("title") | _booleans("is_allday")
        | _STORED | _clock("start", "end", "alert", "alert_sent") | _alias("timestamp", "start_at"),
        (Embedded("Calendar", "calendar_id", "calendars"),), lists={"Users": "users"},
    ),
    Collection(
        "tasks", "/tasks",
        _integers(id="id", calendar="calendar_id", case="casefile_id", subject="subject_id",
        user="Users") | _strings("title")
        | _one_word("status", "none", "needs_action", "in_progress",
        "complete") | _days(due="due_on") | _alias("date", "due_on")
        | _range("timestamp", "complete_", "completed_at") | _STORED | _clock("alert", "alert_sent"),
        (Embedded("Calendar", "calendar_id", "calendars"),), lists={"Users": "users"},
    ),
    Collection(
        "files", "/files",
        _integers(id="id", case="casefile_id", created_by="created_by") | _strings("name", "filename",
        "mime_type") | _STORED,
        (Embedded("AccessGroup", "access_group_id", "access_groups"),),
    ),
    Collection(
        "invoices", "/invoices",
        _integers(
            id="id", client=_ROOT_CLIENT, location="client_id", contact="contact_id", salesperson="salesperson_id",
            case="casefile_id",
            tracking_category="tracking_category_id", invoice_number="invoice_number",
        )
        | _one_word("status", "draft", "none", "open", "sent", "partial_paid", "paid") | _strings("reference_number")
        | _DATED | _days(due="due_on", closed="closed_on"),
        (
            Embedded("Client", "client_id", "client_locations", _CLIENT), Embedded("Contact", "contact_id",
            "client_contacts"),
            _TRACKING, _CASEFILE,
        ),
    ),
    Collection(
        "invoice_payments", "/invoice/payments",
        _integers(
            id="id", client=_root_client_of_invoice, location=_through("invoice_id", "invoices", "client_id"),
            invoice="invoice_id",
            invoice_number=_through("invoice_id", "invoices", "invoice_number"),
        )
        | _strings("reference_number", invoice_reference_number=_through("invoice_id", "invoices", "reference_number"))
        | _days(paid="paid_on", invoice_created=_through("invoice_id", "invoices", "created_on")) | _alias("date",
        "paid_on") | _STORED,
        (Embedded("Invoice", "invoice_id", "invoices", ("id", "invoice_number", "reference_number")),),
    ),
    Collection(
        "expense_entries", "/expense/entries",
        _integers(
            id="id", user="user_id", case="casefile_id", tracking_category="tracking_category_id",
            entry_number="entry_number",
        )
        | _one_word("status", "pending", "approved", "declined", "committed", "voided")
        | _range("date", "date_", "entry_date") | _alias("date", "entry_date") | _STORED,
        (Embedded("User", "user_id", "staff"), _TRACKING, _CASEFILE),
    ),
    Collection(
        "expense_slips", "/expense/slips",
        _integers(id="id", user="user_id", slip_number="slip_number")
        | _one_word("status", "pending", "partial_paid", "paid", "voided") | _STORED,
        (Embedded("User", "user_id", "staff"),),
    ),
)  # fmt: skip
BY_NAME = {collection.name: collection for collection in COLLECTIONS}
BY_PATH = {collection.path: collection for collection in COLLECTIONS}
