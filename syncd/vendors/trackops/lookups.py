"""Small tables filled from objects embedded in other records: no endpoint of their own is documented."""

from __future__ import annotations

from syncd.collection import Lookup, integer, text


def _lookup(name: str, sources: str, doc: str, *more: str) -> Lookup:
    named = (text("name", "name"), *(text(column, "alias shown on the document") for column in more))
    columns = (integer("id", f"numeric id of the {doc}", required=True), *named)
    return Lookup(name, f"trackops_{name}", ("id",), columns, tuple(sources.split()), doc)


LOOKUPS = (
    _lookup("case_types", "cases.CaseType case_requests.CaseType", "case type"),
    _lookup("case_statuses", "cases.CaseStatus case_status_history.CaseStatus", "case statuse"),
    _lookup("case_regions", "cases.CaseRegion case_requests.CaseRegion", "case region"),
    _lookup("case_services", "cases.CaseServices[] case_requests.CaseServices[]", "case service"),
    _lookup("case_flags", "cases.CaseFlags[]", "case flag"),
    _lookup("company_locations", "cases.CompanyLocation staff.CompanyLocation", "company location"),
    _lookup("subject_types", "subjects.SubjectType", "subject type"),
    _lookup("access_groups", "case_updates.AccessGroup files.AccessGroup", "access group"),
    _lookup("calendars", "events.Calendar tasks.Calendar", "calendar"),
    _lookup("roles", "staff.Role client_contacts.Role", "role"),
    _lookup("tracking_categories", "invoices.TrackingCategory expense_entries.TrackingCategory", "tracking categorie"),
    _lookup(
        "finance_items",
        "expense_entries.ExpenseDetails[].FinanceItem invoices.InvoiceDetails[].FinanceItem",
        "finance item",
        "expense_alias",
        "invoice_alias",
    ),
)
