"""The daily report: counts and sums as the network sees them."""

from __future__ import annotations

from datetime import timedelta

from syncd.collection import Absence, Collection, Tier, Windows, date, decimal, integer, text
from syncd.paging import Report
from syncd.reading import Account, Part, Reading, Taken
from syncd.vendors.trackier import reads
from syncd.vendors.trackier.protocol import SUMS_SINCE
from syncd.vendors.trackier.shared import NIGHTLY

_GROUPS = ("created", "campaign_id", "publisher_id", "advertiser_id", "goal_id", "goal_name")
_NONE = {"advertiser_id": 0, "goal_id": "", "goal_name": ""}


_KPIS = (
    integer("unique_clicks", "clicks, each visitor once; on the row of the default goal", source="uniqueClicks"),
    integer("rejected_clicks", "clicks that were rejected", source="rejectedClicks"),
    integer("clicks", "clicks; on the row of the default goal only"),
    integer("gross_clicks", "clicks, rejected ones too", source="grossClicks"),
    integer("approved_conversions", "conversions approved", source="approvedConversions"),
    integer("pending_conversions", "conversions pending", source="pendingConversions"),
    integer("cancelled_conversions", "conversions cancelled", source="cancelledConversions"),
    integer("rejected_conversions", "conversions rejected", source="rejectedConversions"),
    integer("ext_conversions", "conversions extended", source="extConversions"),
    integer("gross_conversions", "conversions of every status", source="grossConversions"),
    integer("impressions", "impressions; on the row of the default goal only"),
    decimal("campaign_payout", "payout as the campaign has it"),
    decimal("campaign_revenue", "revenue as the campaign has it"),
    decimal("payout", "paid to the publisher, for approved conversions"),
    decimal("revenue", "paid by the advertiser, for approved conversions"),
    decimal("profit", "revenue less payout"),
    decimal("sale_amount", "sales, of approved conversions", source="saleAmount"),
    decimal("pending_payout", "payout of pending conversions", source="pendingPayout"),
    decimal("pending_sale_amount", "sales of pending conversions", source="pendingSaleAmount"),
    decimal("ext_payout", "payout of extended conversions", source="extPayout"),
    decimal("ext_sale_amount", "sales of extended conversions", source="extSaleAmount"),
    decimal("ext_revenue", "revenue of extended conversions", source="extRevenue"),
    decimal("cancelled_revenue", "revenue of cancelled conversions", source="cancelledRevenue"),
    decimal("rejected_revenue", "revenue of rejected conversions", source="rejectedRevenue"),
    decimal("gross_revenue", "revenue of conversions of every status", source="grossRevenue"),
    decimal("gross_profit", "profit of conversions of every status", source="grossProfit"),
    decimal("gross_sale_amount", "sales of conversions of every status", source="grossSaleAmount"),
)


def _read_report(_account: Account, part: Part) -> Reading:
    """The rows of some days in one answer; the parts of the key that they may lack are filled in."""
    window = reads.window_of(part)
    asked = (
        *reads.days(window),
        *(("group[]", name) for name in _GROUPS),
        *(("kpi[]", column.source or "") for column in _KPIS if column.name in part.columns),
        ("remove_zero_data", "true"),
    )
    paging = Report(window.start.date(), reads.last_day(window), "created")
    records = yield from reads.walked("/v2/reports/custom", asked, "records", paging)
    return Taken(reads.placed(records, _NONE))


REPORT_DAILY: Collection = Collection(
    name="report_daily",
    table="trackier_report_daily",
    doc="Counts and sums of a day. They may be adjusted by hand, so that sums over logs can differ.",
    path="/v2/reports/custom",
    one="",
    key=(
        "created",
        "campaign_id",
        "publisher_id",
        "advertiser_id",
        "goal_id",
        "goal_name",
        "currency",
    ),
    strategy=Windows(
        _read_report,
        start="created",
        most=timedelta(days=31),
        lookback=timedelta(days=3),
        tiers=(Tier(timedelta(days=35), NIGHTLY),),
        daily=True,
        since=SUMS_SINCE,
    ),
    absence=Absence.REMOVE,
    columns=(
        date("created", "day, in the network's time zone", required=True),
        integer("campaign_id", "campaign", required=True, references="trackier_campaigns.id"),
        integer("publisher_id", "publisher", required=True, references="trackier_publishers.id"),
        integer(
            "advertiser_id",
            "advertiser; 0 where the row names none",
            required=True,
            references="trackier_advertisers.id",
        ),
        text(
            "goal_id",
            "goal; '' for the default goal",
            required=True,
            references="trackier_campaign_goals.id",
            blank=True,
        ),
        text(
            "goal_name",
            "name of the goal; '' where the row names none; one goal may have two",
            required=True,
            blank=True,
        ),
        text("currency", "ISO 4217 code of every amount in the row", required=True),
        *_KPIS,
    ),
)
