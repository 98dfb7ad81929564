"""People and firms: staff, clients, their locations and contacts."""

from __future__ import annotations

from syncd.collection import Collection, boolean, integer, text
from syncd.vendors.trackops.shared import STAMPS, changed, custom_fields

STAFF = Collection(
    name="staff",
    table="trackops_staff",
    path="/staff",
    one="/staff/{id}",
    key=("id",),
    strategy=changed(),
    drops=("Role", "CompanyLocation"),
    columns=(
        integer("id", "numeric id of the user", required=True),
        text("name", "display name", required=True),
        text("first_name", "given name (null for a vendor)"),
        text("last_name", "family name, or the vendor's name", required=True),
        text("email", "e-mail"),
        boolean("is_vendor", "vendor account rather than employee", required=True),
        boolean("is_active", "not archived", required=True),
        integer(
            "client_id",
            "company location the employee sits at",
            aliases="CompanyLocation.id",
            references="trackops_company_locations.id",
        ),
        integer("role_id", "role", aliases="Role.id", references="trackops_roles.id"),
        text("phone", "telephone"),
        *STAMPS,
    ),
    children=(custom_fields("staff_custom_fields", "user_id", "trackops_staff"),),
)

CLIENTS = Collection(
    name="clients",
    table="trackops_clients",
    path="/clients",
    one="/clients/{id}",
    key=("id",),
    strategy=changed(),
    drops=("Salesperson", "CaseManager"),
    columns=(
        integer("id", "numeric id of the root client", required=True),
        text("name", "client name", required=True),
        text("account_code", "own reference for the client"),
        text("website", "URL"),
        text("email_invoice", "billing e-mail"),
        text("policies_case", "case handling rules"),
        text("policies_invoice", "billing rules"),
        text("policies_update", "update rules"),
        text("notes", "notes"),
        boolean("has_invoice_reminders", "gets overdue reminders"),
        integer("salesperson_id", "default salesperson", aliases="Salesperson.id", references="trackops_staff.id"),
        integer("case_manager_id", "default case manager", aliases="CaseManager.id", references="trackops_staff.id"),
        *STAMPS,
    ),
)

CLIENT_LOCATIONS = Collection(
    name="client_locations",
    table="trackops_client_locations",
    doc="Every client has at least one location. Ids come from the same sequence as clients (inferred).",
    path="/client/locations",
    one="/client/locations/{id}",
    key=("id",),
    strategy=changed(),
    drops=("Parent",),
    columns=(
        integer("id", "numeric id of the client location", required=True),
        integer("parent_id", "root client", required=True, aliases="Parent.id", references="trackops_clients.id"),
        text("name", "location name", required=True),
        boolean("is_primary", "primary location"),
        text("email_invoice", "billing e-mail override"),
        text("phone", "telephone"),
        text("address_1", "street"),
        text("address_2", "street 2"),
        text("city", "city"),
        text("state", "state"),
        text("zip", "postal code (text: leading zeros)"),
        text("country", "ISO-2 country"),
        integer("salesperson_id", "default salesperson", references="trackops_staff.id"),
        integer("case_manager_id", "default case manager", references="trackops_staff.id"),
        *STAMPS,
    ),
)

CLIENT_CONTACTS = Collection(
    name="client_contacts",
    table="trackops_client_contacts",
    path="/client/contacts",
    one="/client/contacts/{id}",
    key=("id",),
    strategy=changed(),
    drops=("Client", "Role"),
    columns=(
        integer("id", "numeric id of the user", required=True),
        integer(
            "client_id",
            "client LOCATION the person works at (the vendor says so)",
            required=True,
            aliases="Client.id",
            references="trackops_client_locations.id",
        ),
        text("name", "display name", required=True),
        text("first_name", "given name"),
        text("last_name", "family name"),
        text("email", "e-mail"),
        integer("role_id", "role", aliases="Role.id", references="trackops_roles.id"),
        integer("salesperson_id", "salesperson", references="trackops_staff.id"),
        text("phone", "telephone"),
        boolean("is_active", "not archived", required=True),
        *STAMPS,
    ),
    children=(custom_fields("client_contact_custom_fields", "user_id", "trackops_client_contacts"),),
)
