"""Case files, the requests they come from, their subjects and the statuses they went through."""

from __future__ import annotations

from syncd.collection import (
    Collection,
    Reconciliation,
    Succession,
    UpdatedSince,
    boolean,
    date,
    decimal,
    instant,
    integer,
    text,
)
from syncd.vendors.trackops.shared import STAMPS, changed, changed_system, custom_fields, links

_FILE = (
    integer("id", "numeric id of the case file", required=True),
    text("case_number", "formatted number, account-defined pattern; text, not a key"),
    integer("series_number", "running number behind case_number"),
    boolean("is_request", "true for a case request", required=True),
    integer("case_type_id", "case type", aliases="CaseType.id", references="trackops_case_types.id"),
    integer("case_status_id", "current status", aliases="CaseStatus.id", references="trackops_case_statuses.id"),
    integer("case_region_id", "region", aliases="CaseRegion.id", references="trackops_case_regions.id"),
    integer(
        "client_id",
        "client LOCATION the case belongs to; the root client is its parent_id",
        aliases="Client.id",
        references="trackops_client_locations.id",
    ),
    integer(
        "company_location_id",
        "own office handling it",
        aliases="CompanyLocation.id",
        references="trackops_company_locations.id",
    ),
    integer(
        "primary_contact_id",
        "client contact",
        aliases="PrimaryContact.id",
        references="trackops_client_contacts.id",
    ),
    integer(
        "primary_investigator_id", "investigator", aliases="PrimaryInvestigator.id", references="trackops_staff.id"
    ),
    integer("primary_manager_id", "case manager", aliases="PrimaryManager.id", references="trackops_staff.id"),
    integer("primary_salesperson_id", "salesperson", aliases="PrimarySalesperson.id", references="trackops_staff.id"),
    integer("primary_subject_id", "main subject", aliases="PrimarySubject.id", references="trackops_subjects.id"),
    text("reference_value_1", "client reference 1 (e.g. claim number); label set per case type"),
    text("reference_value_2", "client reference 2"),
    text("reference_value_3", "client reference 3"),
    text("case_location", "free-text place"),
    decimal("budget_money", "money budget"),
    decimal("budget_hours", "hours budget"),
    text("notes", "instructions; can be very long"),
    text("scheduling_notes", "scheduling notes"),
    text("admin_notes", "internal notes"),
    date("created_on", "business date of creation, set by the user (created_from filters this)"),
    date("due_on", "due date"),
    integer("created_by", "user id; a user: id of staff or client_contacts"),
    *STAMPS,
)

# What a file gets only when the request has become a case.
_WITH_THE_CASE = {
    "case_status_id",
    "primary_investigator_id",
    "primary_manager_id",
    "primary_salesperson_id",
}

CASES = Collection(
    name="cases",
    table="trackops_cases",
    path="/cases",
    one="/cases/{id}",
    key=("id",),
    fixed=(("is_request", "0"),),  # without it the list may mix in requests, which have a collection of their own
    strategy=changed_system(),
    drops=(
        "CaseType",
        "CaseStatus",
        "CaseRegion",
        "CompanyLocation",
        "Client",
        "PrimaryContact",
        "PrimarySubject",
        "PrimaryInvestigator",
        "PrimaryManager",
        "PrimarySalesperson",
    ),
    columns=_FILE,
    children=(
        links(
            "case_case_services",
            "CaseServices",
            "casefile_id",
            "trackops_cases",
            "case_service_id",
            "trackops_case_services.id",
        ),
        links(
            "case_case_flags", "CaseFlags", "casefile_id", "trackops_cases", "case_flag_id", "trackops_case_flags.id"
        ),
        custom_fields("case_custom_fields", "casefile_id", "trackops_cases"),
    ),
)

CASE_REQUESTS = Collection(
    name="case_requests",
    table="trackops_case_requests",
    path="/case/requests",
    one="/case/requests/{id}",
    key=("id",),
    after=("cases",),
    follows=Succession("cases"),
    strategy=changed_system(),
    drops=("CaseType", "CaseRegion", "CompanyLocation", "Client", "PrimaryContact", "PrimarySubject"),
    columns=tuple(c for c in _FILE if c.name not in _WITH_THE_CASE),
    children=(
        links(
            "case_request_case_services",
            "CaseServices",
            "casefile_id",
            "trackops_case_requests",
            "case_service_id",
            "trackops_case_services.id",
        ),
        custom_fields("case_request_custom_fields", "casefile_id", "trackops_case_requests"),
    ),
)

SUBJECTS = Collection(
    name="subjects",
    table="trackops_subjects",
    path="/subjects",
    one="/subjects/{id}",
    key=("id",),
    strategy=changed(),
    drops=("SubjectType",),
    columns=(
        integer("id", "numeric id of the subject", required=True),
        integer("casefile_id", "case", required=True, references="trackops_cases.id"),
        integer(
            "subject_type_id",
            "subject type",
            required=True,
            aliases="SubjectType.id",
            references="trackops_subject_types.id",
        ),
        text("name", "'Last, First' for people"),
        boolean("is_primary", "primary subject of its case", required=True),
        boolean("is_pinned", "pinned on the overview"),
        *STAMPS,
    ),
    children=(custom_fields("subject_custom_fields", "subject_id", "trackops_subjects"),),
)

CASE_STATUS_HISTORY = Collection(
    name="case_status_history",
    table="trackops_case_status_history",
    doc="/cases/status_history/{casefile_id} lists one case's rows.",
    path="/cases/status_history",
    one="/cases/status_history/{casefile_id}/{case_status_id}",
    after=("cases",),
    reconciles=Reconciliation(
        parent="cases",
        parent_state="case_status_id",
        link="casefile_id",
        state="case_status_id",
        path="/cases/status_history/{casefile_id}",
    ),
    key=("casefile_id", "case_status_id"),
    strategy=UpdatedSince(since="changed_from", made="changed_at", made_from="changed_from", made_to="changed_to"),
    drops=("CaseStatus", "ChangedBy"),
    columns=(
        integer("casefile_id", "case", required=True, references="trackops_cases.id"),
        integer(
            "case_status_id",
            "status entered",
            required=True,
            aliases="CaseStatus.id",
            references="trackops_case_statuses.id",
        ),
        integer("changed_by", "user; a user: id of staff or client_contacts", aliases="ChangedBy.id"),
        instant("changed_at", "when entered", required=True),
    ),
)
