"""Makers of money: invoices and their lines, payments, expense entries and slips."""

from datetime import datetime, timedelta
from decimal import Decimal

from syncd.standin.trackops import words
from syncd.standin.trackops.casework import money
from syncd.standin.trackops.world import Row, World

CENT = Decimal("0.01")
FIRST_INVOICE_NUMBER = 2_500_000_000  # the account sets where numbers start: past 32 bits here


def make_invoice(world: World, created_at: datetime, case_id: int | None = None) -> Row:
    """An invoice whose total is the sum of its lines."""
    number = world.next_id("invoices")
    stamps = world.stamped(created_at)
    case = world.table("cases").get(case_id or 0, {})
    status = world.one_of(("draft", "open", "sent", "partial_paid", "paid", "paid", "none"))
    lines = _lines(world, "invoice_details", most=4)
    total = sum((line["total"] for line in lines), Decimal("0.00"))
    paid = {"paid": total, "partial_paid": (total / 2).quantize(CENT)}.get(status, Decimal("0.00"))
    created_on = stamps["created_at"].date()
    return {
        "id": number,
        "invoice_number": FIRST_INVOICE_NUMBER + number,
        "formatted_invoice_number": f"INV-{number:06d}",
        "reference_number": f"PO/{world.chance.randint(1, 9999)}" if world.maybe(0.5) else None,
        "status": status,
        "client_id": case.get("client_id") or world.some_id("client_locations"),
        "contact_id": case.get("primary_contact_id"),
        "salesperson_id": world.some_id("staff", missing=0.5),
        "casefile_id": case_id,
        "tracking_category_id": world.some_id("tracking_categories", missing=0.4),
        "created_on": created_on,
        "due_on": created_on + timedelta(days=30) if world.maybe(0.9) else None,
        "closed_on": stamps["updated_at"].date() if status == "paid" else None,
        "total": total,
        "amount_paid": paid,
        "balance": total - paid,
        "notes": world.one_of(words.PHRASES) if world.maybe(0.3) else None,
        "InvoiceDetails": lines,
        **stamps,
    }


def make_payment(world: World, created_at: datetime, invoice_id: int) -> Row:
    """A payment towards an invoice."""
    stamps = world.stamped(created_at, edited=0.1)
    return {
        "id": world.next_id("invoice_payments"),
        "invoice_id": invoice_id,
        "reference_number": f"CHK {world.chance.randint(1000, 9999)}" if world.maybe(0.8) else None,
        "paid_on": stamps["created_at"].date(),
        "amount": money(world, 200_000),
        "notes": world.one_of(words.PHRASES) if world.maybe(0.2) else None,
        **stamps,
    }


def make_expense_entry(world: World, created_at: datetime, case_id: int | None = None) -> Row:
    """A person's expenses of one day."""
    number = world.next_id("expense_entries")
    status = world.one_of(("pending", "approved", "declined", "committed", "committed", "voided"))
    lines = _lines(world, "expense_details", most=3)
    stamps = world.stamped(created_at)
    return {
        "id": number,
        "entry_number": number + 1000,
        "formatted_entry_number": f"EXP-{number + 1000:06d}",
        "entry_date": (stamps["created_at"] - timedelta(days=world.chance.randint(0, 5))).date(),
        "user_id": world.any_id("staff"),
        "casefile_id": case_id,
        "tracking_category_id": world.some_id("tracking_categories", missing=0.4),
        "expense_slip_id": world.some_id("expense_slips") if status == "committed" else None,
        "status": status,
        "notes": world.one_of(words.PHRASES) if world.maybe(0.3) else None,
        "total": sum((line["total"] for line in lines), Decimal("0.00")),
        "ExpenseDetails": lines,
        **stamps,
    }


def make_expense_slip(world: World, created_at: datetime) -> Row:
    """What a person is paid for a period."""
    number = world.next_id("expense_slips")
    total = money(world, 300_000)
    status = world.one_of(("pending", "partial_paid", "paid", "paid", "voided"))
    paid = {"paid": total, "partial_paid": (total / 3).quantize(CENT)}.get(status, Decimal("0.00"))
    return {
        "id": number,
        "slip_number": number + 500,
        "formatted_slip_number": f"SLIP-{number + 500}",
        "user_id": world.any_id("staff"),
        "status": status,
        "total": total,
        "amount_paid": paid,
        "notes": world.one_of(words.PHRASES) if world.maybe(0.2) else None,
        **world.stamped(created_at),
    }


def _lines(world: World, sequence: str, *, most: int) -> list[Row]:
    return [_line(world, sequence) for _ in range(world.chance.randint(0, most))]


def _line(world: World, sequence: str) -> Row:
    # Mileage rates have three decimals.
    rate = Decimal("0.655") if world.maybe(0.3) else money(world, 20_000)
    quantity = Decimal(world.chance.randint(25, 1_500)).scaleb(-2)
    return {
        "id": world.next_id(sequence),
        "finance_item_id": world.any_id("finance_items"),
        "notes": world.one_of(words.PHRASES) if world.maybe(0.4) else None,
        "rate": rate,
        "quantity": quantity,
        "total": (rate * quantity).quantize(CENT),
    }
