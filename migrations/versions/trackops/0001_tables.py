"""The tables of Trackops."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "trackops_0001"
down_revision = None
branch_labels = ("trackops",)
depends_on = None

# The types as they were when this was written: a later change of the program must not change what is made here.
INTEGER = sa.BigInteger()
TEXT = sa.Text()
NUMERIC = sa.Numeric()
BOOLEAN = sa.Boolean()
DATE = sa.Date()
INSTANT = sa.DateTime(timezone=True)
JSON = JSONB().with_variant(sa.Text(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "trackops_fields",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("id", INTEGER, nullable=False, comment="numeric id of the custom field"),
        sa.Column("name", TEXT, comment="label of the field"),
        sa.Column("field_type_id", INTEGER, comment="field type id"),
        sa.Column("field_type_tag", TEXT, comment="type tag"),
        sa.Column("_syncd_extra", JSON, comment="members of the record that feed no column (JSON)"),
        sa.Column("_syncd_hash", INTEGER, comment="hash of the record as the vendor sent it"),
        sa.Column("_syncd_synced_at", INSTANT, comment="when this row or its children last changed here (UTC)"),
        sa.Column("_syncd_deleted_at", INSTANT, comment="when the vendor was found not to have it any more (UTC)"),
        sa.PrimaryKeyConstraint("connection", "id"),
        comment="No time filters: read it whole each cycle (1-3 requests).",
    )
    op.create_table(
        "trackops_staff_custom_fields",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("user_id", INTEGER, nullable=False, comment="the record the value belongs to"),
        sa.Column("field_id", INTEGER, nullable=False, comment="the field"),
        sa.Column("value", TEXT, comment="the value as text; addresses and names as compact JSON"),
        sa.PrimaryKeyConstraint("connection", "user_id", "field_id"),
        comment="values of the account's own fields; what a field means stands in trackops_fields",
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_trackops_staff_custom_fields_field_id", "trackops_staff_custom_fields", ["connection", "field_id"]
    )
    op.create_table(
        "trackops_staff",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("id", INTEGER, nullable=False, comment="numeric id of the user"),
        sa.Column("name", TEXT, comment="display name"),
        sa.Column("first_name", TEXT, comment="given name (null for a vendor)"),
        sa.Column("last_name", TEXT, comment="family name, or the vendor's name"),
        sa.Column("email", TEXT, comment="e-mail"),
        sa.Column("is_vendor", BOOLEAN, comment="vendor account rather than employee"),
        sa.Column("is_active", BOOLEAN, comment="not archived"),
        sa.Column("client_id", INTEGER, comment="company location the employee sits at"),
        sa.Column("role_id", INTEGER, comment="role"),
        sa.Column("phone", TEXT, comment="telephone"),
        sa.Column("created_at", INSTANT, comment="when the system stored the record (UTC)"),
        sa.Column("updated_at", INSTANT, comment="last change (UTC, whole seconds); the cursor"),
        sa.Column("_syncd_extra", JSON, comment="members of the record that feed no column (JSON)"),
        sa.Column("_syncd_hash", INTEGER, comment="hash of the record as the vendor sent it"),
        sa.Column("_syncd_synced_at", INSTANT, comment="when this row or its children last changed here (UTC)"),
        sa.Column("_syncd_deleted_at", INSTANT, comment="when the vendor was found not to have it any more (UTC)"),
        sa.PrimaryKeyConstraint("connection", "id"),
        comment="staff as the vendor has them",
    )
    op.create_index("ix_trackops_staff_client_id", "trackops_staff", ["connection", "client_id"])
    op.create_index("ix_trackops_staff_role_id", "trackops_staff", ["connection", "role_id"])
    op.create_table(
        "trackops_clients",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("id", INTEGER, nullable=False, comment="numeric id of the root client"),
        sa.Column("name", TEXT, comment="client name"),
        sa.Column("account_code", TEXT, comment="own reference for the client"),
        sa.Column("website", TEXT, comment="URL"),
        sa.Column("email_invoice", TEXT, comment="billing e-mail"),
        sa.Column("policies_case", TEXT, comment="case handling rules"),
        sa.Column("policies_invoice", TEXT, comment="billing rules"),
        sa.Column("policies_update", TEXT, comment="update rules"),
        sa.Column("notes", TEXT, comment="notes"),
        sa.Column("has_invoice_reminders", BOOLEAN, comment="gets overdue reminders"),
        sa.Column("salesperson_id", INTEGER, comment="default salesperson"),
        sa.Column("case_manager_id", INTEGER, comment="default case manager"),
        sa.Column("created_at", INSTANT, comment="when the system stored the record (UTC)"),
        sa.Column("updated_at", INSTANT, comment="last change (UTC, whole seconds); the cursor"),
        sa.Column("_syncd_extra", JSON, comment="members of the record that feed no column (JSON)"),
        sa.Column("_syncd_hash", INTEGER, comment="hash of the record as the vendor sent it"),
        sa.Column("_syncd_synced_at", INSTANT, comment="when this row or its children last changed here (UTC)"),
        sa.Column("_syncd_deleted_at", INSTANT, comment="when the vendor was found not to have it any more (UTC)"),
        sa.PrimaryKeyConstraint("connection", "id"),
        comment="clients as the vendor has them",
    )
    op.create_index("ix_trackops_clients_case_manager_id", "trackops_clients", ["connection", "case_manager_id"])
    op.create_index("ix_trackops_clients_salesperson_id", "trackops_clients", ["connection", "salesperson_id"])
    op.create_table(
        "trackops_client_locations",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("id", INTEGER, nullable=False, comment="numeric id of the client location"),
        sa.Column("parent_id", INTEGER, comment="root client"),
        sa.Column("name", TEXT, comment="location name"),
        sa.Column("is_primary", BOOLEAN, comment="primary location"),
        sa.Column("email_invoice", TEXT, comment="billing e-mail override"),
        sa.Column("phone", TEXT, comment="telephone"),
        sa.Column("address_1", TEXT, comment="street"),
        sa.Column("address_2", TEXT, comment="street 2"),
        sa.Column("city", TEXT, comment="city"),
        sa.Column("state", TEXT, comment="state"),
        sa.Column("zip", TEXT, comment="postal code (text: leading zeros)"),
        sa.Column("country", TEXT, comment="ISO-2 country"),
        sa.Column("salesperson_id", INTEGER, comment="default salesperson"),
        sa.Column("case_manager_id", INTEGER, comment="default case manager"),
        sa.Column("created_at", INSTANT, comment="when the system stored the record (UTC)"),
        sa.Column("updated_at", INSTANT, comment="last change (UTC, whole seconds); the cursor"),
        sa.Column("_syncd_extra", JSON, comment="members of the record that feed no column (JSON)"),
        sa.Column("_syncd_hash", INTEGER, comment="hash of the record as the vendor sent it"),
        sa.Column("_syncd_synced_at", INSTANT, comment="when this row or its children last changed here (UTC)"),
        sa.Column("_syncd_deleted_at", INSTANT, comment="when the vendor was found not to have it any more (UTC)"),
        sa.PrimaryKeyConstraint("connection", "id"),
        comment="Every client has at least one location. Ids come from the same sequence as clients (inferred).",
    )
    op.create_index(
        "ix_trackops_client_locations_case_manager_id", "trackops_client_locations", ["connection", "case_manager_id"]
    )
    op.create_index("ix_trackops_client_locations_parent_id", "trackops_client_locations", ["connection", "parent_id"])
    op.create_index(
        "ix_trackops_client_locations_salesperson_id", "trackops_client_locations", ["connection", "salesperson_id"]
    )
    op.create_table(
        "trackops_client_contact_custom_fields",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("user_id", INTEGER, nullable=False, comment="the record the value belongs to"),
        sa.Column("field_id", INTEGER, nullable=False, comment="the field"),
        sa.Column("value", TEXT, comment="the value as text; addresses and names as compact JSON"),
        sa.PrimaryKeyConstraint("connection", "user_id", "field_id"),
        comment="values of the account's own fields; what a field means stands in trackops_fields",
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_trackops_client_contact_custom_fields_field_id",
        "trackops_client_contact_custom_fields",
        ["connection", "field_id"],
    )
    op.create_table(
        "trackops_client_contacts",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("id", INTEGER, nullable=False, comment="numeric id of the user"),
        sa.Column("client_id", INTEGER, comment="client LOCATION the person works at (the vendor says so)"),
        sa.Column("name", TEXT, comment="display name"),
        sa.Column("first_name", TEXT, comment="given name"),
        sa.Column("last_name", TEXT, comment="family name"),
        sa.Column("email", TEXT, comment="e-mail"),
        sa.Column("role_id", INTEGER, comment="role"),
        sa.Column("salesperson_id", INTEGER, comment="salesperson"),
        sa.Column("phone", TEXT, comment="telephone"),
        sa.Column("is_active", BOOLEAN, comment="not archived"),
        sa.Column("created_at", INSTANT, comment="when the system stored the record (UTC)"),
        sa.Column("updated_at", INSTANT, comment="last change (UTC, whole seconds); the cursor"),
        sa.Column("_syncd_extra", JSON, comment="members of the record that feed no column (JSON)"),
        sa.Column("_syncd_hash", INTEGER, comment="hash of the record as the vendor sent it"),
        sa.Column("_syncd_synced_at", INSTANT, comment="when this row or its children last changed here (UTC)"),
        sa.Column("_syncd_deleted_at", INSTANT, comment="when the vendor was found not to have it any more (UTC)"),
        sa.PrimaryKeyConstraint("connection", "id"),
        comment="client_contacts as the vendor has them",
    )
    op.create_index("ix_trackops_client_contacts_client_id", "trackops_client_contacts", ["connection", "client_id"])
    op.create_index("ix_trackops_client_contacts_role_id", "trackops_client_contacts", ["connection", "role_id"])
    op.create_index(
        "ix_trackops_client_contacts_salesperson_id", "trackops_client_contacts", ["connection", "salesperson_id"]
    )
    op.create_table(
        "trackops_case_case_services",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("casefile_id", INTEGER, nullable=False, comment="owner"),
        sa.Column("case_service_id", INTEGER, nullable=False, comment="`id` of the embedded object"),
        sa.PrimaryKeyConstraint("connection", "casefile_id", "case_service_id"),
        comment="CaseServices of their parent",
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_trackops_case_case_services_case_service_id",
        "trackops_case_case_services",
        ["connection", "case_service_id"],
    )
    op.create_table(
        "trackops_case_case_flags",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("casefile_id", INTEGER, nullable=False, comment="owner"),
        sa.Column("case_flag_id", INTEGER, nullable=False, comment="`id` of the embedded object"),
        sa.PrimaryKeyConstraint("connection", "casefile_id", "case_flag_id"),
        comment="CaseFlags of their parent",
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_trackops_case_case_flags_case_flag_id", "trackops_case_case_flags", ["connection", "case_flag_id"]
    )
    op.create_table(
        "trackops_case_custom_fields",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("casefile_id", INTEGER, nullable=False, comment="the record the value belongs to"),
        sa.Column("field_id", INTEGER, nullable=False, comment="the field"),
        sa.Column("value", TEXT, comment="the value as text; addresses and names as compact JSON"),
        sa.PrimaryKeyConstraint("connection", "casefile_id", "field_id"),
        comment="values of the account's own fields; what a field means stands in trackops_fields",
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_trackops_case_custom_fields_field_id", "trackops_case_custom_fields", ["connection", "field_id"]
    )
    op.create_table(
        "trackops_cases",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("id", INTEGER, nullable=False, comment="numeric id of the case file"),
        sa.Column("case_number", TEXT, comment="formatted number, account-defined pattern; text, not a key"),
        sa.Column("series_number", INTEGER, comment="running number behind case_number"),
        sa.Column("is_request", BOOLEAN, comment="true for a case request"),
        sa.Column("case_type_id", INTEGER, comment="case type"),
        sa.Column("case_status_id", INTEGER, comment="current status"),
        sa.Column("case_region_id", INTEGER, comment="region"),
        sa.Column(
            "client_id", INTEGER, comment="client LOCATION the case belongs to; the root client is its parent_id"
        ),
        sa.Column("company_location_id", INTEGER, comment="own office handling it"),
        sa.Column("primary_contact_id", INTEGER, comment="client contact"),
        sa.Column("primary_investigator_id", INTEGER, comment="investigator"),
        sa.Column("primary_manager_id", INTEGER, comment="case manager"),
        sa.Column("primary_salesperson_id", INTEGER, comment="salesperson"),
        sa.Column("primary_subject_id", INTEGER, comment="main subject"),
        sa.Column("reference_value_1", TEXT, comment="client reference 1 (e.g. claim number); label set per case type"),
        sa.Column("reference_value_2", TEXT, comment="client reference 2"),
        sa.Column("reference_value_3", TEXT, comment="client reference 3"),
        sa.Column("case_location", TEXT, comment="free-text place"),
        sa.Column("budget_money", NUMERIC, comment="money budget"),
        sa.Column("budget_hours", NUMERIC, comment="hours budget"),
        sa.Column("notes", TEXT, comment="instructions; can be very long"),
        sa.Column("scheduling_notes", TEXT, comment="scheduling notes"),
        sa.Column("admin_notes", TEXT, comment="internal notes"),
        sa.Column("created_on", DATE, comment="business date of creation, set by the user (created_from filters this)"),
        sa.Column("due_on", DATE, comment="due date"),
        sa.Column("created_by", INTEGER, comment="user id; a user: id of staff or client_contacts"),
        sa.Column("created_at", INSTANT, comment="when the system stored the record (UTC)"),
        sa.Column("updated_at", INSTANT, comment="last change (UTC, whole seconds); the cursor"),
        sa.Column("_syncd_extra", JSON, comment="members of the record that feed no column (JSON)"),
        sa.Column("_syncd_hash", INTEGER, comment="hash of the record as the vendor sent it"),
        sa.Column("_syncd_synced_at", INSTANT, comment="when this row or its children last changed here (UTC)"),
        sa.Column("_syncd_deleted_at", INSTANT, comment="when the vendor was found not to have it any more (UTC)"),
        sa.PrimaryKeyConstraint("connection", "id"),
        comment="cases as the vendor has them",
    )
    op.create_index("ix_trackops_cases_case_region_id", "trackops_cases", ["connection", "case_region_id"])
    op.create_index("ix_trackops_cases_case_status_id", "trackops_cases", ["connection", "case_status_id"])
    op.create_index("ix_trackops_cases_case_type_id", "trackops_cases", ["connection", "case_type_id"])
    op.create_index("ix_trackops_cases_client_id", "trackops_cases", ["connection", "client_id"])
    op.create_index("ix_trackops_cases_company_location_id", "trackops_cases", ["connection", "company_location_id"])
    op.create_index("ix_trackops_cases_primary_contact_id", "trackops_cases", ["connection", "primary_contact_id"])
    op.create_index(
        "ix_trackops_cases_primary_investigator_id", "trackops_cases", ["connection", "primary_investigator_id"]
    )
    op.create_index("ix_trackops_cases_primary_manager_id", "trackops_cases", ["connection", "primary_manager_id"])
    op.create_index(
        "ix_trackops_cases_primary_salesperson_id", "trackops_cases", ["connection", "primary_salesperson_id"]
    )
    op.create_index("ix_trackops_cases_primary_subject_id", "trackops_cases", ["connection", "primary_subject_id"])
    op.create_table(
        "trackops_case_request_case_services",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("casefile_id", INTEGER, nullable=False, comment="owner"),
        sa.Column("case_service_id", INTEGER, nullable=False, comment="`id` of the embedded object"),
        sa.PrimaryKeyConstraint("connection", "casefile_id", "case_service_id"),
        comment="CaseServices of their parent",
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_trackops_case_request_case_services_case_service_id",
        "trackops_case_request_case_services",
        ["connection", "case_service_id"],
    )
    op.create_table(
        "trackops_case_request_custom_fields",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("casefile_id", INTEGER, nullable=False, comment="the record the value belongs to"),
        sa.Column("field_id", INTEGER, nullable=False, comment="the field"),
        sa.Column("value", TEXT, comment="the value as text; addresses and names as compact JSON"),
        sa.PrimaryKeyConstraint("connection", "casefile_id", "field_id"),
        comment="values of the account's own fields; what a field means stands in trackops_fields",
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_trackops_case_request_custom_fields_field_id",
        "trackops_case_request_custom_fields",
        ["connection", "field_id"],
    )
    op.create_table(
        "trackops_case_requests",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("id", INTEGER, nullable=False, comment="numeric id of the case file"),
        sa.Column("case_number", TEXT, comment="formatted number, account-defined pattern; text, not a key"),
        sa.Column("series_number", INTEGER, comment="running number behind case_number"),
        sa.Column("is_request", BOOLEAN, comment="true for a case request"),
        sa.Column("case_type_id", INTEGER, comment="case type"),
        sa.Column("case_region_id", INTEGER, comment="region"),
        sa.Column(
            "client_id", INTEGER, comment="client LOCATION the case belongs to; the root client is its parent_id"
        ),
        sa.Column("company_location_id", INTEGER, comment="own office handling it"),
        sa.Column("primary_contact_id", INTEGER, comment="client contact"),
        sa.Column("primary_subject_id", INTEGER, comment="main subject"),
        sa.Column("reference_value_1", TEXT, comment="client reference 1 (e.g. claim number); label set per case type"),
        sa.Column("reference_value_2", TEXT, comment="client reference 2"),
        sa.Column("reference_value_3", TEXT, comment="client reference 3"),
        sa.Column("case_location", TEXT, comment="free-text place"),
        sa.Column("budget_money", NUMERIC, comment="money budget"),
        sa.Column("budget_hours", NUMERIC, comment="hours budget"),
        sa.Column("notes", TEXT, comment="instructions; can be very long"),
        sa.Column("scheduling_notes", TEXT, comment="scheduling notes"),
        sa.Column("admin_notes", TEXT, comment="internal notes"),
        sa.Column("created_on", DATE, comment="business date of creation, set by the user (created_from filters this)"),
        sa.Column("due_on", DATE, comment="due date"),
        sa.Column("created_by", INTEGER, comment="user id; a user: id of staff or client_contacts"),
        sa.Column("created_at", INSTANT, comment="when the system stored the record (UTC)"),
        sa.Column("updated_at", INSTANT, comment="last change (UTC, whole seconds); the cursor"),
        sa.Column("_syncd_extra", JSON, comment="members of the record that feed no column (JSON)"),
        sa.Column("_syncd_hash", INTEGER, comment="hash of the record as the vendor sent it"),
        sa.Column("_syncd_synced_at", INSTANT, comment="when this row or its children last changed here (UTC)"),
        sa.Column("_syncd_deleted_at", INSTANT, comment="when the vendor was found not to have it any more (UTC)"),
        sa.PrimaryKeyConstraint("connection", "id"),
        comment="case_requests as the vendor has them",
    )
    op.create_index(
        "ix_trackops_case_requests_case_region_id", "trackops_case_requests", ["connection", "case_region_id"]
    )
    op.create_index("ix_trackops_case_requests_case_type_id", "trackops_case_requests", ["connection", "case_type_id"])
    op.create_index("ix_trackops_case_requests_client_id", "trackops_case_requests", ["connection", "client_id"])
    op.create_index(
        "ix_trackops_case_requests_company_location_id", "trackops_case_requests", ["connection", "company_location_id"]
    )
    op.create_index(
        "ix_trackops_case_requests_primary_contact_id", "trackops_case_requests", ["connection", "primary_contact_id"]
    )
    op.create_index(
        "ix_trackops_case_requests_primary_subject_id", "trackops_case_requests", ["connection", "primary_subject_id"]
    )
    op.create_table(
        "trackops_subject_custom_fields",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("subject_id", INTEGER, nullable=False, comment="the record the value belongs to"),
        sa.Column("field_id", INTEGER, nullable=False, comment="the field"),
        sa.Column("value", TEXT, comment="the value as text; addresses and names as compact JSON"),
        sa.PrimaryKeyConstraint("connection", "subject_id", "field_id"),
        comment="values of the account's own fields; what a field means stands in trackops_fields",
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_trackops_subject_custom_fields_field_id", "trackops_subject_custom_fields", ["connection", "field_id"]
    )
    op.create_table(
        "trackops_subjects",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("id", INTEGER, nullable=False, comment="numeric id of the subject"),
        sa.Column("casefile_id", INTEGER, comment="case"),
        sa.Column("subject_type_id", INTEGER, comment="subject type"),
        sa.Column("name", TEXT, comment="'Last, First' for people"),
        sa.Column("is_primary", BOOLEAN, comment="primary subject of its case"),
        sa.Column("is_pinned", BOOLEAN, comment="pinned on the overview"),
        sa.Column("created_at", INSTANT, comment="when the system stored the record (UTC)"),
        sa.Column("updated_at", INSTANT, comment="last change (UTC, whole seconds); the cursor"),
        sa.Column("_syncd_extra", JSON, comment="members of the record that feed no column (JSON)"),
        sa.Column("_syncd_hash", INTEGER, comment="hash of the record as the vendor sent it"),
        sa.Column("_syncd_synced_at", INSTANT, comment="when this row or its children last changed here (UTC)"),
        sa.Column("_syncd_deleted_at", INSTANT, comment="when the vendor was found not to have it any more (UTC)"),
        sa.PrimaryKeyConstraint("connection", "id"),
        comment="subjects as the vendor has them",
    )
    op.create_index("ix_trackops_subjects_casefile_id", "trackops_subjects", ["connection", "casefile_id"])
    op.create_index("ix_trackops_subjects_subject_type_id", "trackops_subjects", ["connection", "subject_type_id"])
    op.create_table(
        "trackops_case_update_files",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("update_id", INTEGER, nullable=False, comment="owner"),
        sa.Column("file_id", INTEGER, nullable=False, comment="`id` of the embedded object"),
        sa.PrimaryKeyConstraint("connection", "update_id", "file_id"),
        comment="Files of their parent",
        sqlite_with_rowid=False,
    )
    op.create_index("ix_trackops_case_update_files_file_id", "trackops_case_update_files", ["connection", "file_id"])
    op.create_table(
        "trackops_case_updates",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("id", INTEGER, nullable=False, comment="numeric id of the update"),
        sa.Column("casefile_id", INTEGER, comment="case"),
        sa.Column("subject_id", INTEGER, comment="subject"),
        sa.Column("event_id", INTEGER, comment="event or task"),
        sa.Column("access_group_id", INTEGER, comment="access group"),
        sa.Column("thread_id", INTEGER, comment="thread: the first update and its replies"),
        sa.Column("title", TEXT, comment="title"),
        sa.Column("body", TEXT, comment="body, may hold HTML, can be very long"),
        sa.Column("activity_at", INSTANT, comment="when the activity took place"),
        sa.Column("is_valid", BOOLEAN, comment="validated by a manager"),
        sa.Column("validated_at", INSTANT, comment="when validated"),
        sa.Column("validated_by", INTEGER, comment="validator; a user: id of staff or client_contacts"),
        sa.Column("created_by", INTEGER, comment="author: staff OR contact; a user: id of staff or client_contacts"),
        sa.Column("created_at", INSTANT, comment="when the system stored the record (UTC)"),
        sa.Column("updated_at", INSTANT, comment="last change (UTC, whole seconds); the cursor"),
        sa.Column("_syncd_extra", JSON, comment="members of the record that feed no column (JSON)"),
        sa.Column("_syncd_hash", INTEGER, comment="hash of the record as the vendor sent it"),
        sa.Column("_syncd_synced_at", INSTANT, comment="when this row or its children last changed here (UTC)"),
        sa.Column("_syncd_deleted_at", INSTANT, comment="when the vendor was found not to have it any more (UTC)"),
        sa.PrimaryKeyConstraint("connection", "id"),
        comment="case_updates as the vendor has them",
    )
    op.create_index(
        "ix_trackops_case_updates_access_group_id", "trackops_case_updates", ["connection", "access_group_id"]
    )
    op.create_index("ix_trackops_case_updates_casefile_id", "trackops_case_updates", ["connection", "casefile_id"])
    op.create_index("ix_trackops_case_updates_event_id", "trackops_case_updates", ["connection", "event_id"])
    op.create_index("ix_trackops_case_updates_subject_id", "trackops_case_updates", ["connection", "subject_id"])
    op.create_table(
        "trackops_case_update_notifications",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("update_id", INTEGER, nullable=False, comment="case update"),
        sa.Column("notification_id", INTEGER, nullable=False, comment="notification"),
        sa.Column("casefile_id", INTEGER, comment="case"),
        sa.Column("access_group_id", INTEGER, comment="access group"),
        sa.Column("sent_by", INTEGER, comment="sender; a user: id of staff or client_contacts"),
        sa.Column("sent_to", INTEGER, comment="recipient; a user: id of staff or client_contacts"),
        sa.Column("sent_at", INSTANT, comment="when sent"),
        sa.Column("_syncd_extra", JSON, comment="members of the record that feed no column (JSON)"),
        sa.Column("_syncd_hash", INTEGER, comment="hash of the record as the vendor sent it"),
        sa.Column("_syncd_synced_at", INSTANT, comment="when this row or its children last changed here (UTC)"),
        sa.Column("_syncd_deleted_at", INSTANT, comment="when the vendor was found not to have it any more (UTC)"),
        sa.PrimaryKeyConstraint("connection", "update_id", "notification_id"),
        comment="case_update_notifications as the vendor has them",
    )
    op.create_index(
        "ix_trackops_case_update_notifications_access_group_id",
        "trackops_case_update_notifications",
        ["connection", "access_group_id"],
    )
    op.create_index(
        "ix_trackops_case_update_notifications_casefile_id",
        "trackops_case_update_notifications",
        ["connection", "casefile_id"],
    )
    op.create_table(
        "trackops_case_status_history",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("casefile_id", INTEGER, nullable=False, comment="case"),
        sa.Column("case_status_id", INTEGER, nullable=False, comment="status entered"),
        sa.Column("changed_by", INTEGER, comment="user; a user: id of staff or client_contacts"),
        sa.Column("changed_at", INSTANT, comment="when entered"),
        sa.Column("_syncd_extra", JSON, comment="members of the record that feed no column (JSON)"),
        sa.Column("_syncd_hash", INTEGER, comment="hash of the record as the vendor sent it"),
        sa.Column("_syncd_synced_at", INSTANT, comment="when this row or its children last changed here (UTC)"),
        sa.Column("_syncd_deleted_at", INSTANT, comment="when the vendor was found not to have it any more (UTC)"),
        sa.PrimaryKeyConstraint("connection", "casefile_id", "case_status_id"),
        comment="/cases/status_history/{casefile_id} lists one case's rows.",
    )
    op.create_index(
        "ix_trackops_case_status_history_case_status_id",
        "trackops_case_status_history",
        ["connection", "case_status_id"],
    )
    op.create_table(
        "trackops_event_users",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("event_id", INTEGER, nullable=False, comment="owner"),
        sa.Column(
            "user_id",
            INTEGER,
            nullable=False,
            comment="`id` of the embedded object; a user: id of staff or client_contacts",
        ),
        sa.PrimaryKeyConstraint("connection", "event_id", "user_id"),
        comment="Users of their parent",
        sqlite_with_rowid=False,
    )
    op.create_table(
        "trackops_events",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("id", INTEGER, nullable=False, comment="numeric id of the event"),
        sa.Column("title", TEXT, comment="title"),
        sa.Column("calendar_id", INTEGER, comment="calendar"),
        sa.Column("casefile_id", INTEGER, comment="case, if any"),
        sa.Column("subject_id", INTEGER, comment="subject, if any"),
        sa.Column("is_allday", BOOLEAN, comment="all-day event"),
        sa.Column("start_at", INSTANT, comment="start"),
        sa.Column("end_at", INSTANT, comment="end"),
        sa.Column("alert_at", INSTANT, comment="alert scheduled"),
        sa.Column("alert_sent_at", INSTANT, comment="alert delivered"),
        sa.Column("address", TEXT, comment="place"),
        sa.Column("notes", TEXT, comment="notes"),
        sa.Column("created_by", INTEGER, comment="user; a user: id of staff or client_contacts"),
        sa.Column("created_at", INSTANT, comment="when the system stored the record (UTC)"),
        sa.Column("updated_at", INSTANT, comment="last change (UTC, whole seconds); the cursor"),
        sa.Column("_syncd_extra", JSON, comment="members of the record that feed no column (JSON)"),
        sa.Column("_syncd_hash", INTEGER, comment="hash of the record as the vendor sent it"),
        sa.Column("_syncd_synced_at", INSTANT, comment="when this row or its children last changed here (UTC)"),
        sa.Column("_syncd_deleted_at", INSTANT, comment="when the vendor was found not to have it any more (UTC)"),
        sa.PrimaryKeyConstraint("connection", "id"),
        comment="events as the vendor has them",
    )
    op.create_index("ix_trackops_events_calendar_id", "trackops_events", ["connection", "calendar_id"])
    op.create_index("ix_trackops_events_casefile_id", "trackops_events", ["connection", "casefile_id"])
    op.create_index("ix_trackops_events_subject_id", "trackops_events", ["connection", "subject_id"])
    op.create_table(
        "trackops_task_users",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("task_id", INTEGER, nullable=False, comment="owner"),
        sa.Column(
            "user_id",
            INTEGER,
            nullable=False,
            comment="`id` of the embedded object; a user: id of staff or client_contacts",
        ),
        sa.PrimaryKeyConstraint("connection", "task_id", "user_id"),
        comment="Users of their parent",
        sqlite_with_rowid=False,
    )
    op.create_table(
        "trackops_tasks",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("id", INTEGER, nullable=False, comment="numeric id of the task"),
        sa.Column("title", TEXT, comment="title"),
        sa.Column("calendar_id", INTEGER, comment="calendar"),
        sa.Column("casefile_id", INTEGER, comment="case, if any"),
        sa.Column("subject_id", INTEGER, comment="subject, if any"),
        sa.Column("case_service_id", INTEGER, comment="service"),
        sa.Column("status", TEXT, comment="status"),
        sa.Column("due_on", DATE, comment="due date"),
        sa.Column("completed_at", INSTANT, comment="when completed"),
        sa.Column("alert_at", INSTANT, comment="alert scheduled"),
        sa.Column("alert_sent_at", INSTANT, comment="alert delivered"),
        sa.Column("address", TEXT, comment="place"),
        sa.Column("notes", TEXT, comment="notes"),
        sa.Column("created_by", INTEGER, comment="user; a user: id of staff or client_contacts"),
        sa.Column("created_at", INSTANT, comment="when the system stored the record (UTC)"),
        sa.Column("updated_at", INSTANT, comment="last change (UTC, whole seconds); the cursor"),
        sa.Column("_syncd_extra", JSON, comment="members of the record that feed no column (JSON)"),
        sa.Column("_syncd_hash", INTEGER, comment="hash of the record as the vendor sent it"),
        sa.Column("_syncd_synced_at", INSTANT, comment="when this row or its children last changed here (UTC)"),
        sa.Column("_syncd_deleted_at", INSTANT, comment="when the vendor was found not to have it any more (UTC)"),
        sa.PrimaryKeyConstraint("connection", "id"),
        comment="tasks as the vendor has them",
    )
    op.create_index("ix_trackops_tasks_calendar_id", "trackops_tasks", ["connection", "calendar_id"])
    op.create_index("ix_trackops_tasks_case_service_id", "trackops_tasks", ["connection", "case_service_id"])
    op.create_index("ix_trackops_tasks_casefile_id", "trackops_tasks", ["connection", "casefile_id"])
    op.create_index("ix_trackops_tasks_subject_id", "trackops_tasks", ["connection", "subject_id"])
    op.create_table(
        "trackops_files",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("id", INTEGER, nullable=False, comment="numeric id of the file or folder"),
        sa.Column("name", TEXT, comment="name shown"),
        sa.Column("filename", TEXT, comment="raw file name with extension"),
        sa.Column("casefile_id", INTEGER, comment="case"),
        sa.Column("mime_type", TEXT, comment="MIME type (null for a folder)"),
        sa.Column("size", INTEGER, comment="bytes; can pass 2^31"),
        sa.Column("access_group_id", INTEGER, comment="access group"),
        sa.Column("is_folder", BOOLEAN, comment="folder rather than file"),
        sa.Column("created_by", INTEGER, comment="user; a user: id of staff or client_contacts"),
        sa.Column("created_at", INSTANT, comment="when the system stored the record (UTC)"),
        sa.Column("updated_at", INSTANT, comment="last change (UTC, whole seconds); the cursor"),
        sa.Column("_syncd_extra", JSON, comment="members of the record that feed no column (JSON)"),
        sa.Column("_syncd_hash", INTEGER, comment="hash of the record as the vendor sent it"),
        sa.Column("_syncd_synced_at", INSTANT, comment="when this row or its children last changed here (UTC)"),
        sa.Column("_syncd_deleted_at", INSTANT, comment="when the vendor was found not to have it any more (UTC)"),
        sa.PrimaryKeyConstraint("connection", "id"),
        comment="files as the vendor has them",
    )
    op.create_index("ix_trackops_files_access_group_id", "trackops_files", ["connection", "access_group_id"])
    op.create_index("ix_trackops_files_casefile_id", "trackops_files", ["connection", "casefile_id"])
    op.create_table(
        "trackops_invoice_details",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("id", INTEGER, nullable=False, comment="numeric id of the line"),
        sa.Column("invoice_id", INTEGER, comment="owner"),
        sa.Column("finance_item_id", INTEGER, comment="item"),
        sa.Column("notes", TEXT, comment="line text"),
        sa.Column("rate", NUMERIC, comment="rate"),
        sa.Column("quantity", NUMERIC, comment="quantity"),
        sa.Column("total", NUMERIC, comment="rate x quantity; can be negative (credit)"),
        sa.PrimaryKeyConstraint("connection", "id"),
        comment="InvoiceDetails of their parent",
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_trackops_invoice_details_finance_item_id", "trackops_invoice_details", ["connection", "finance_item_id"]
    )
    op.create_index("ix_trackops_invoice_details_invoice_id", "trackops_invoice_details", ["connection", "invoice_id"])
    op.create_table(
        "trackops_invoices",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("id", INTEGER, nullable=False, comment="numeric id of the invoice"),
        sa.Column("invoice_number", INTEGER, comment="unique number; the account sets where it starts"),
        sa.Column("formatted_invoice_number", TEXT, comment="printed number"),
        sa.Column("reference_number", TEXT, comment="client reference"),
        sa.Column("status", TEXT, comment="status"),
        sa.Column("client_id", INTEGER, comment="client LOCATION billed"),
        sa.Column("contact_id", INTEGER, comment="contact"),
        sa.Column("salesperson_id", INTEGER, comment="salesperson"),
        sa.Column("casefile_id", INTEGER, comment="case, if any"),
        sa.Column("tracking_category_id", INTEGER, comment="tracking category"),
        sa.Column("created_on", DATE, comment="invoice date"),
        sa.Column("due_on", DATE, comment="due date"),
        sa.Column("closed_on", DATE, comment="date paid in full"),
        sa.Column("total", NUMERIC, comment="total"),
        sa.Column("amount_paid", NUMERIC, comment="paid so far"),
        sa.Column("balance", NUMERIC, comment="open amount"),
        sa.Column("notes", TEXT, comment="notes"),
        sa.Column("created_at", INSTANT, comment="when the system stored the record (UTC)"),
        sa.Column("updated_at", INSTANT, comment="last change (UTC, whole seconds); the cursor"),
        sa.Column("_syncd_extra", JSON, comment="members of the record that feed no column (JSON)"),
        sa.Column("_syncd_hash", INTEGER, comment="hash of the record as the vendor sent it"),
        sa.Column("_syncd_synced_at", INSTANT, comment="when this row or its children last changed here (UTC)"),
        sa.Column("_syncd_deleted_at", INSTANT, comment="when the vendor was found not to have it any more (UTC)"),
        sa.PrimaryKeyConstraint("connection", "id"),
        comment="Older text calls the first status `none` instead of `draft`: store unknown values as they come.",
    )
    op.create_index("ix_trackops_invoices_casefile_id", "trackops_invoices", ["connection", "casefile_id"])
    op.create_index("ix_trackops_invoices_client_id", "trackops_invoices", ["connection", "client_id"])
    op.create_index("ix_trackops_invoices_contact_id", "trackops_invoices", ["connection", "contact_id"])
    op.create_index("ix_trackops_invoices_salesperson_id", "trackops_invoices", ["connection", "salesperson_id"])
    op.create_index(
        "ix_trackops_invoices_tracking_category_id", "trackops_invoices", ["connection", "tracking_category_id"]
    )
    op.create_table(
        "trackops_invoice_payments",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("id", INTEGER, nullable=False, comment="numeric id of the payment"),
        sa.Column("invoice_id", INTEGER, comment="invoice"),
        sa.Column("reference_number", TEXT, comment="cheque or transaction number"),
        sa.Column("paid_on", DATE, comment="payment date"),
        sa.Column("amount", NUMERIC, comment="amount"),
        sa.Column("notes", TEXT, comment="notes"),
        sa.Column("created_at", INSTANT, comment="when the system stored the record (UTC)"),
        sa.Column("updated_at", INSTANT, comment="last change (UTC, whole seconds); the cursor"),
        sa.Column("_syncd_extra", JSON, comment="members of the record that feed no column (JSON)"),
        sa.Column("_syncd_hash", INTEGER, comment="hash of the record as the vendor sent it"),
        sa.Column("_syncd_synced_at", INSTANT, comment="when this row or its children last changed here (UTC)"),
        sa.Column("_syncd_deleted_at", INSTANT, comment="when the vendor was found not to have it any more (UTC)"),
        sa.PrimaryKeyConstraint("connection", "id"),
        comment="invoice_payments as the vendor has them",
    )
    op.create_index(
        "ix_trackops_invoice_payments_invoice_id", "trackops_invoice_payments", ["connection", "invoice_id"]
    )
    op.create_table(
        "trackops_expense_details",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("id", INTEGER, nullable=False, comment="line id; if absent use (entry id, position)"),
        sa.Column("expense_entry_id", INTEGER, comment="owner"),
        sa.Column("finance_item_id", INTEGER, comment="item"),
        sa.Column("notes", TEXT, comment="line text"),
        sa.Column("rate", NUMERIC, comment="rate"),
        sa.Column("quantity", NUMERIC, comment="quantity"),
        sa.Column("total", NUMERIC, comment="rate x quantity"),
        sa.PrimaryKeyConstraint("connection", "id"),
        comment="ExpenseDetails of their parent",
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_trackops_expense_details_expense_entry_id", "trackops_expense_details", ["connection", "expense_entry_id"]
    )
    op.create_index(
        "ix_trackops_expense_details_finance_item_id", "trackops_expense_details", ["connection", "finance_item_id"]
    )
    op.create_table(
        "trackops_expense_entries",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("id", INTEGER, nullable=False, comment="numeric id of the entry"),
        sa.Column("entry_number", INTEGER, comment="unique number"),
        sa.Column("formatted_entry_number", TEXT, comment="printed number"),
        sa.Column("entry_date", DATE, comment="day of the expenses"),
        sa.Column("user_id", INTEGER, comment="person the entry is for"),
        sa.Column("casefile_id", INTEGER, comment="case, if any"),
        sa.Column("tracking_category_id", INTEGER, comment="tracking category"),
        sa.Column("expense_slip_id", INTEGER, comment="payment slip once committed"),
        sa.Column("status", TEXT, comment="status"),
        sa.Column("notes", TEXT, comment="notes"),
        sa.Column("total", NUMERIC, comment="sum of the lines"),
        sa.Column("created_at", INSTANT, comment="when the system stored the record (UTC)"),
        sa.Column("updated_at", INSTANT, comment="last change (UTC, whole seconds); the cursor"),
        sa.Column("_syncd_extra", JSON, comment="members of the record that feed no column (JSON)"),
        sa.Column("_syncd_hash", INTEGER, comment="hash of the record as the vendor sent it"),
        sa.Column("_syncd_synced_at", INSTANT, comment="when this row or its children last changed here (UTC)"),
        sa.Column("_syncd_deleted_at", INSTANT, comment="when the vendor was found not to have it any more (UTC)"),
        sa.PrimaryKeyConstraint("connection", "id"),
        comment="expense_entries as the vendor has them",
    )
    op.create_index(
        "ix_trackops_expense_entries_casefile_id", "trackops_expense_entries", ["connection", "casefile_id"]
    )
    op.create_index(
        "ix_trackops_expense_entries_expense_slip_id", "trackops_expense_entries", ["connection", "expense_slip_id"]
    )
    op.create_index(
        "ix_trackops_expense_entries_tracking_category_id",
        "trackops_expense_entries",
        ["connection", "tracking_category_id"],
    )
    op.create_index("ix_trackops_expense_entries_user_id", "trackops_expense_entries", ["connection", "user_id"])
    op.create_table(
        "trackops_expense_slips",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("id", INTEGER, nullable=False, comment="numeric id of the payment slip"),
        sa.Column("slip_number", INTEGER, comment="unique number"),
        sa.Column("formatted_slip_number", TEXT, comment="printed number"),
        sa.Column("user_id", INTEGER, comment="person paid"),
        sa.Column("status", TEXT, comment="status"),
        sa.Column("total", NUMERIC, comment="total"),
        sa.Column("amount_paid", NUMERIC, comment="paid so far"),
        sa.Column("notes", TEXT, comment="notes"),
        sa.Column("created_at", INSTANT, comment="when the system stored the record (UTC)"),
        sa.Column("updated_at", INSTANT, comment="last change (UTC, whole seconds); the cursor"),
        sa.Column("_syncd_extra", JSON, comment="members of the record that feed no column (JSON)"),
        sa.Column("_syncd_hash", INTEGER, comment="hash of the record as the vendor sent it"),
        sa.Column("_syncd_synced_at", INSTANT, comment="when this row or its children last changed here (UTC)"),
        sa.Column("_syncd_deleted_at", INSTANT, comment="when the vendor was found not to have it any more (UTC)"),
        sa.PrimaryKeyConstraint("connection", "id"),
        comment="expense_slips as the vendor has them",
    )
    op.create_index("ix_trackops_expense_slips_user_id", "trackops_expense_slips", ["connection", "user_id"])
    op.create_table(
        "trackops_case_types",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("id", INTEGER, nullable=False, comment="numeric id of the case type"),
        sa.Column("name", TEXT, comment="name"),
        sa.Column("_syncd_synced_at", INSTANT, comment="when this row last changed here (UTC)"),
        sa.PrimaryKeyConstraint("connection", "id"),
        comment="gathered from objects embedded in other records: case type",
        sqlite_with_rowid=False,
    )
    op.create_table(
        "trackops_case_statuses",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("id", INTEGER, nullable=False, comment="numeric id of the case statuse"),
        sa.Column("name", TEXT, comment="name"),
        sa.Column("_syncd_synced_at", INSTANT, comment="when this row last changed here (UTC)"),
        sa.PrimaryKeyConstraint("connection", "id"),
        comment="gathered from objects embedded in other records: case statuse",
        sqlite_with_rowid=False,
    )
    op.create_table(
        "trackops_case_regions",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("id", INTEGER, nullable=False, comment="numeric id of the case region"),
        sa.Column("name", TEXT, comment="name"),
        sa.Column("_syncd_synced_at", INSTANT, comment="when this row last changed here (UTC)"),
        sa.PrimaryKeyConstraint("connection", "id"),
        comment="gathered from objects embedded in other records: case region",
        sqlite_with_rowid=False,
    )
    op.create_table(
        "trackops_case_services",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("id", INTEGER, nullable=False, comment="numeric id of the case service"),
        sa.Column("name", TEXT, comment="name"),
        sa.Column("_syncd_synced_at", INSTANT, comment="when this row last changed here (UTC)"),
        sa.PrimaryKeyConstraint("connection", "id"),
        comment="gathered from objects embedded in other records: case service",
        sqlite_with_rowid=False,
    )
    op.create_table(
        "trackops_case_flags",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("id", INTEGER, nullable=False, comment="numeric id of the case flag"),
        sa.Column("name", TEXT, comment="name"),
        sa.Column("_syncd_synced_at", INSTANT, comment="when this row last changed here (UTC)"),
        sa.PrimaryKeyConstraint("connection", "id"),
        comment="gathered from objects embedded in other records: case flag",
        sqlite_with_rowid=False,
    )
    op.create_table(
        "trackops_company_locations",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("id", INTEGER, nullable=False, comment="numeric id of the company location"),
        sa.Column("name", TEXT, comment="name"),
        sa.Column("_syncd_synced_at", INSTANT, comment="when this row last changed here (UTC)"),
        sa.PrimaryKeyConstraint("connection", "id"),
        comment="gathered from objects embedded in other records: company location",
        sqlite_with_rowid=False,
    )
    op.create_table(
        "trackops_subject_types",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("id", INTEGER, nullable=False, comment="numeric id of the subject type"),
        sa.Column("name", TEXT, comment="name"),
        sa.Column("_syncd_synced_at", INSTANT, comment="when this row last changed here (UTC)"),
        sa.PrimaryKeyConstraint("connection", "id"),
        comment="gathered from objects embedded in other records: subject type",
        sqlite_with_rowid=False,
    )
    op.create_table(
        "trackops_access_groups",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("id", INTEGER, nullable=False, comment="numeric id of the access group"),
        sa.Column("name", TEXT, comment="name"),
        sa.Column("_syncd_synced_at", INSTANT, comment="when this row last changed here (UTC)"),
        sa.PrimaryKeyConstraint("connection", "id"),
        comment="gathered from objects embedded in other records: access group",
        sqlite_with_rowid=False,
    )
    op.create_table(
        "trackops_calendars",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("id", INTEGER, nullable=False, comment="numeric id of the calendar"),
        sa.Column("name", TEXT, comment="name"),
        sa.Column("_syncd_synced_at", INSTANT, comment="when this row last changed here (UTC)"),
        sa.PrimaryKeyConstraint("connection", "id"),
        comment="gathered from objects embedded in other records: calendar",
        sqlite_with_rowid=False,
    )
    op.create_table(
        "trackops_roles",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("id", INTEGER, nullable=False, comment="numeric id of the role"),
        sa.Column("name", TEXT, comment="name"),
        sa.Column("_syncd_synced_at", INSTANT, comment="when this row last changed here (UTC)"),
        sa.PrimaryKeyConstraint("connection", "id"),
        comment="gathered from objects embedded in other records: role",
        sqlite_with_rowid=False,
    )
    op.create_table(
        "trackops_tracking_categories",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("id", INTEGER, nullable=False, comment="numeric id of the tracking categorie"),
        sa.Column("name", TEXT, comment="name"),
        sa.Column("_syncd_synced_at", INSTANT, comment="when this row last changed here (UTC)"),
        sa.PrimaryKeyConstraint("connection", "id"),
        comment="gathered from objects embedded in other records: tracking categorie",
        sqlite_with_rowid=False,
    )
    op.create_table(
        "trackops_finance_items",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("id", INTEGER, nullable=False, comment="numeric id of the finance item"),
        sa.Column("name", TEXT, comment="name"),
        sa.Column("expense_alias", TEXT, comment="alias shown on the document"),
        sa.Column("invoice_alias", TEXT, comment="alias shown on the document"),
        sa.Column("_syncd_synced_at", INSTANT, comment="when this row last changed here (UTC)"),
        sa.PrimaryKeyConstraint("connection", "id"),
        comment="gathered from objects embedded in other records: finance item",
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("trackops_finance_items")
    op.drop_table("trackops_tracking_categories")
    op.drop_table("trackops_roles")
    op.drop_table("trackops_calendars")
    op.drop_table("trackops_access_groups")
    op.drop_table("trackops_subject_types")
    op.drop_table("trackops_company_locations")
    op.drop_table("trackops_case_flags")
    op.drop_table("trackops_case_services")
    op.drop_table("trackops_case_regions")
    op.drop_table("trackops_case_statuses")
    op.drop_table("trackops_case_types")
    op.drop_table("trackops_expense_slips")
    op.drop_table("trackops_expense_entries")
    op.drop_table("trackops_expense_details")
    op.drop_table("trackops_invoice_payments")
    op.drop_table("trackops_invoices")
    op.drop_table("trackops_invoice_details")
    op.drop_table("trackops_files")
    op.drop_table("trackops_tasks")
    op.drop_table("trackops_task_users")
    op.drop_table("trackops_events")
    op.drop_table("trackops_event_users")
    op.drop_table("trackops_case_status_history")
    op.drop_table("trackops_case_update_notifications")
    op.drop_table("trackops_case_updates")
    op.drop_table("trackops_case_update_files")
    op.drop_table("trackops_subjects")
    op.drop_table("trackops_subject_custom_fields")
    op.drop_table("trackops_case_requests")
    op.drop_table("trackops_case_request_custom_fields")
    op.drop_table("trackops_case_request_case_services")
    op.drop_table("trackops_cases")
    op.drop_table("trackops_case_custom_fields")
    op.drop_table("trackops_case_case_flags")
    op.drop_table("trackops_case_case_services")
    op.drop_table("trackops_client_contacts")
    op.drop_table("trackops_client_contact_custom_fields")
    op.drop_table("trackops_client_locations")
    op.drop_table("trackops_clients")
    op.drop_table("trackops_staff")
    op.drop_table("trackops_staff_custom_fields")
    op.drop_table("trackops_fields")
