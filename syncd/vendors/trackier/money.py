"""Money: invoices, and what stands in publishers' accounts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from syncd.collection import (
    Collection,
    Listing,
    Origin,
    Tier,
    Windows,
    boolean,
    date,
    decimal,
    instant,
    integer,
    json,
    text,
)
from syncd.reading import Account, Part, Reading, Taken, Window, unfinished
from syncd.vendors.trackier import reads
from syncd.vendors.trackier.protocol import SUMS_SINCE
from syncd.vendors.trackier.shared import NIGHTLY, PUBLISHERS

_MARGIN = timedelta(days=31)
_TYPES = ("publisher", "advertiser")


def _read_invoices(_account: Account, part: Part) -> Reading:
    """The invoices made in a window, of publishers and of advertisers; without ``utype`` only the former come.

    Which date the vendor's filter looks at is not documented: a month more is asked for at both ends.
    """
    window = reads.window_of(part)
    asked = (*reads.days(Window(window.start - _MARGIN, window.end + _MARGIN)), *reads.UTC_ZONE)
    found: list[Any] = []
    is_complete = True
    for kind in _TYPES:
        steps = reads.rounds(
            "/v2/invoices",
            (*asked, ("utype", kind)),
            "invoices",
            ("hash_id",),
            reads.PAGE,
            # ``total`` is the number of all invoices of that kind, whatever was asked for.
            total="count",
            beside=("utype",),
        )
        came = yield from reads.collected(steps)
        found += reads.placed(came.records, {"@utype": kind})
        is_complete = is_complete and came.is_complete
    if not is_complete:
        yield from unfinished(found)
    return Taken(found)


INVOICES: Collection = Collection(
    name="invoices",
    table="trackier_invoices",
    doc="Invoices of publishers and of advertisers.",
    path="/v2/invoices",
    one="",
    key=("hash_id",),
    strategy=Windows(
        _read_invoices,
        start="created",
        first=timedelta(days=31),
        most=timedelta(days=366),
        lookback=timedelta(days=31),
        tiers=(Tier(timedelta(days=396), NIGHTLY),),
        daily=True,
        utc=True,
        since=SUMS_SINCE,
    ),
    columns=(
        text("hash_id", "long id", required=True),
        integer("id", "number as shown", required=True),
        text(
            "utype",
            "whose invoice it is, as it was asked for",
            required=True,
            origin=Origin.CONTEXT,
            values=(
                "publisher",
                "advertiser",
            ),
        ),
        text("status", "draft, approved, paid; drafts change and vanish", required=True),
        text("item", "who it is for, as text"),
        text("item_id", "publisher or advertiser (by utype), by the long id"),
        date("from_date", "first day (in the network's time zone)"),
        date("to_date", "last day (in the network's time zone)"),
        text("currency", "ISO 4217 code"),
        decimal("amount", "amount, in currency"),
        instant("created", "when it was made (UTC)", required=True),
    ),
)

_OF_A_PUBLISHER = (
    integer(
        "publisher_id",
        "publisher that was asked for",
        required=True,
        origin=Origin.CONTEXT,
        references="trackier_publishers.id",
    ),
    text("id", "long id", required=True, source="_id"),
    text("user_id", "the publisher, by the long id", required=True, references="trackier_publishers.hash_id"),
)

PUBLISHER_TRANSACTIONS: Collection = Collection(
    name="publisher_transactions",
    table="trackier_publisher_transactions",
    doc="What stands in publishers' accounts with the network.",
    path="/v2/publishers/{id}/transactions",
    one="",
    key=("id",),
    strategy=Listing(reads.transactions("transactions"), PUBLISHERS),
    every=timedelta(days=1),
    enabled_by_default=False,
    columns=(
        *_OF_A_PUBLISHER,
        text("org_id", "the network"),
        text("type", "kind"),
        decimal("credit", "amount in the publisher's favour, in its currency (inferred)"),
        decimal("debit", "amount against the publisher, in its currency (inferred)"),
        text("system", "what it belongs to"),
        text("note", "note"),
        boolean("live", "in force"),
        instant("created", "when it was made (UTC)"),
        instant("modified", "when it last changed (UTC)"),
    ),
)

PUBLISHER_PAYMENTS: Collection = Collection(
    name="publisher_payments",
    table="trackier_publisher_payments",
    doc="What publishers were paid. Comes in the same answer as publisher_transactions.",
    path="/v2/publishers/{id}/transactions",
    one="",
    key=("id",),
    strategy=Listing(reads.transactions("payments"), PUBLISHERS),
    every=timedelta(days=1),
    enabled_by_default=False,
    columns=(
        *_OF_A_PUBLISHER,
        text("utype", "kind of user"),
        text("type", "how it was paid"),
        decimal("amount", "amount, in the publisher's currency (inferred)"),
        json("invoices", "invoices it pays (JSON)"),
        boolean("live", "in force"),
        text("meta_refer_id", "number of the payment elsewhere", source="meta.refer_id"),
        text("meta_note", "note", source="meta.note"),
        instant("modified", "when it last changed (UTC)"),
    ),
)
