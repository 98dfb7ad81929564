"""Money: invoices and payments, expense entries and payment slips."""

from __future__ import annotations

from syncd.collection import Child, Collection, Origin, date, decimal, integer, text
from syncd.vendors.trackops.shared import STAMPS, changed, changed_system, money_lines

INVOICES = Collection(
    name="invoices",
    table="trackops_invoices",
    doc="Older text calls the first status `none` instead of `draft`: store unknown values as they come.",
    path="/invoices",
    one="/invoices/{id}",
    key=("id",),
    strategy=changed_system(),
    drops=("Client", "Contact", "TrackingCategory", "Casefile"),
    columns=(
        integer("id", "numeric id of the invoice", required=True),
        integer("invoice_number", "unique number; the account sets where it starts", required=True),
        text("formatted_invoice_number", "printed number"),
        text("reference_number", "client reference"),
        text("status", "status", required=True, values=("draft", "open", "sent", "partial_paid", "paid")),
        integer("client_id", "client LOCATION billed", aliases="Client.id", references="trackops_client_locations.id"),
        integer("contact_id", "contact", aliases="Contact.id", references="trackops_client_contacts.id"),
        integer("salesperson_id", "salesperson", references="trackops_staff.id"),
        integer("casefile_id", "case, if any", aliases="Casefile.id", references="trackops_cases.id"),
        integer(
            "tracking_category_id",
            "tracking category",
            aliases="TrackingCategory.id",
            references="trackops_tracking_categories.id",
        ),
        date("created_on", "invoice date", required=True),
        date("due_on", "due date"),
        date("closed_on", "date paid in full"),
        decimal("total", "total", required=True),
        decimal("amount_paid", "paid so far"),
        decimal("balance", "open amount"),
        text("notes", "notes"),
        *STAMPS,
    ),
    children=(
        money_lines("invoice_details", "InvoiceDetails", "invoice_id", "trackops_invoices", "numeric id of the line"),
    ),
)

INVOICE_PAYMENTS = Collection(
    name="invoice_payments",
    table="trackops_invoice_payments",
    path="/invoice/payments",
    one="/invoice/payments/{id}",
    key=("id",),
    strategy=changed(),
    drops=("Invoice",),
    columns=(
        integer("id", "numeric id of the payment", required=True),
        integer("invoice_id", "invoice", required=True, aliases="Invoice.id", references="trackops_invoices.id"),
        text("reference_number", "cheque or transaction number"),
        date("paid_on", "payment date", required=True),
        decimal("amount", "amount", required=True),
        text("notes", "notes"),
        *STAMPS,
    ),
)

EXPENSE_ENTRIES = Collection(
    name="expense_entries",
    table="trackops_expense_entries",
    path="/expense/entries",
    one="/expense/entries/{id}",
    key=("id",),
    strategy=changed(),
    drops=("User", "TrackingCategory", "Casefile"),
    columns=(
        integer("id", "numeric id of the entry", required=True),
        integer("entry_number", "unique number", required=True),
        text("formatted_entry_number", "printed number"),
        date("entry_date", "day of the expenses", required=True),
        integer("user_id", "person the entry is for", required=True, aliases="User.id", references="trackops_staff.id"),
        integer("casefile_id", "case, if any", aliases="Casefile.id", references="trackops_cases.id"),
        integer(
            "tracking_category_id",
            "tracking category",
            aliases="TrackingCategory.id",
            references="trackops_tracking_categories.id",
        ),
        integer("expense_slip_id", "payment slip once committed", references="trackops_expense_slips.id"),
        text("status", "status", required=True, values=("pending", "approved", "declined", "committed", "voided")),
        text("notes", "notes"),
        decimal("total", "sum of the lines"),
        *STAMPS,
    ),
    children=(
        Child(
            name="expense_details",
            table="trackops_expense_details",
            source="ExpenseDetails",
            key=("id",),
            parent_key=("expense_entry_id",),
            columns=(
                integer("id", "line id; if absent use (entry id, position)", required=True),
                integer(
                    "expense_entry_id",
                    "owner",
                    required=True,
                    origin=Origin.CONTEXT,
                    references="trackops_expense_entries.id",
                ),
                integer("finance_item_id", "item", aliases="FinanceItem.id", references="trackops_finance_items.id"),
                text("notes", "line text"),
                decimal("rate", "rate"),
                decimal("quantity", "quantity"),
                decimal("total", "rate x quantity"),
            ),
        ),
    ),
)

EXPENSE_SLIPS = Collection(
    name="expense_slips",
    table="trackops_expense_slips",
    path="/expense/slips",
    one="/expense/slips/{id}",
    key=("id",),
    strategy=changed(),
    drops=("User",),
    columns=(
        integer("id", "numeric id of the payment slip", required=True),
        integer("slip_number", "unique number", required=True),
        text("formatted_slip_number", "printed number"),
        integer("user_id", "person paid", required=True, aliases="User.id", references="trackops_staff.id"),
        text("status", "status", required=True, values=("pending", "partial_paid", "paid", "voided")),
        decimal("total", "total"),
        decimal("amount_paid", "paid so far"),
        text("notes", "notes"),
        *STAMPS,
    ),
)
