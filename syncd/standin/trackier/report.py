"""Reports: clicks, impressions, conversions and hand-made adjustments, summed by group and day of the network."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any
from zlib import crc32
from zoneinfo import ZoneInfo

from syncd.standin.trackier.making import happenings
from syncd.standin.trackier.times import A_DAY, begin_of, day_of
from syncd.standin.trackier.world import Row

if TYPE_CHECKING:
    from syncd.standin.trackier.content import Content

COUNTS = (
    "uniqueClicks", "rejectedClicks", "clicks", "grossClicks", "approvedConversions", "pendingConversions",
    "cancelledConversions", "rejectedConversions", "extConversions", "grossConversions", "impressions",
)  # fmt: skip
MONEY = (
    "campaign_payout", "campaign_revenue", "payout", "revenue", "profit", "saleAmount", "pendingPayout",
    "pendingSaleAmount", "extPayout", "extSaleAmount", "extRevenue", "cancelledRevenue", "rejectedRevenue",
    "grossRevenue", "grossProfit", "grossSaleAmount",
)  # fmt: skip
RATIOS = ("cr", "epc", "ctr")
KPIS = (*COUNTS, *MONEY, *RATIOS)
DEFAULT_GROUP = ("campaign_name", "campaign_id")
DEFAULT_KPIS = ("clicks", "approvedConversions", "payout", "revenue", "profit")
FACTS = ("created", "campaign_id", "publisher_id", "advertiser_id", "goal_id", "goal_name")
"""The groups in which a copy is kept."""
UNSAID = 5  # of so many rows one leaves what is zero null, and one leaves it out
# What a status's conversions count for beside `gross…`: conversions, payout, revenue, sale amount.
STATUSES: dict[str, tuple[str, str, str, str]] = {
    "approved": ("approvedConversions", "payout", "revenue", "saleAmount"),
    "pending": ("pendingConversions", "pendingPayout", "", "pendingSaleAmount"),
    "cancelled": ("cancelledConversions", "", "cancelledRevenue", ""),
    "rejected": ("rejectedConversions", "", "rejectedRevenue", ""),
    "extended": ("extConversions", "extPayout", "extRevenue", "extSaleAmount"),
}
ZERO = Decimal(0)


@dataclass(slots=True)
class Event:
    """One thing that counts: when, of which campaign and publisher, under which goal, and what it adds."""

    at: datetime
    pair: Row
    goal_id: str
    goal_name: str
    adds: Mapping[str, int | Decimal]
    whole: Callable[[], Row]


@dataclass(slots=True)
class Sums:
    """One row under way."""

    sums: dict[str, int | Decimal] = field(default_factory=dict)
    rate: tuple[Decimal, Decimal] = (ZERO, ZERO)


def records(
    content: "Content", days: tuple[date, date], group: Iterable[str] = FACTS, kpis: Iterable[str] = KPIS, *,
    leaves_out_zero: bool = True, keeps: Callable[[Row], bool] = lambda _pair: True,
) -> list[Row]:  # fmt: skip
    """The rows of the days from the first to the last, both included; `keeps` looks at campaign and publisher.

    Absent goals are `""` here and an absent advertiser is None: see `told` for how rows are served.
    """
    zone = content.settings.zone
    group, kpis = tuple(group), tuple(kpis)
    found: dict[tuple[Any, ...], Sums] = {}
    for event in _events(content, days, zone):
        if not keeps(event.pair):
            continue
        key = (*(GROUPS[name](event, zone) for name in group), event.pair.get("currency") or "USD")
        row = found.setdefault(key, Sums())
        row.rate = event.pair["$rate"]
        for name, value in event.adds.items():
            row.sums[name] = row.sums.get(name, 0) + value
    rows = []
    for key, row in found.items():
        figures = _figures(row, kpis)
        if not leaves_out_zero or any(figures.values()):
            rows.append(dict(zip((*group, "currency"), key, strict=True)) | figures)
    return rows


def told(record: Row) -> Row:
    """A row as it is served: what is absent or zero is said in several ways, the same for the same row each time."""
    turn = crc32("|".join(str(record.get(name)) for name in (*FACTS, "currency")).encode())
    found = dict(record)
    for name in ("goal_id", "goal_name"):
        if found.get(name) == "" and turn % 2:
            found[name] = None
    if "advertiser_id" in found and found["advertiser_id"] is None and turn % 3 == 0:
        del found["advertiser_id"]
    if turn % UNSAID > 1:
        return found
    spare = [name for name in (*COUNTS, *MONEY) if name in found and not found[name]]
    if turn % UNSAID == 0:
        return found | dict.fromkeys(spare)
    return {name: value for name, value in found.items() if name not in spare}


def _figures(row: Sums, kpis: tuple[str, ...]) -> Row:
    sums = dict.fromkeys(COUNTS, 0) | dict.fromkeys(MONEY, ZERO) | row.sums
    sums["campaign_payout"], sums["campaign_revenue"] = row.rate if sums["grossConversions"] else (ZERO, ZERO)
    sums["profit"] = sums["revenue"] - sums["payout"]
    sums["grossProfit"] = sums["grossRevenue"] - sums.get("$grossPayout", ZERO)
    ratios = {
        "cr": _ratio(100 * sums["approvedConversions"], sums["clicks"]), "epc": _ratio(sums["payout"], sums["clicks"]),
        "ctr": _ratio(100 * sums["clicks"], sums["impressions"]),
    }  # fmt: skip
    figures = sums | ratios
    return {name: figures[name] for name in kpis}


def _ratio(part: int | Decimal, whole: int | Decimal) -> float:
    return round(float(part / whole), 2) if whole else 0.0


def _events(content: "Content", days: tuple[date, date], zone: ZoneInfo) -> Iterator[Event]:
    start, end = begin_of(days[0], zone), begin_of(days[1] + A_DAY, zone)
    seed = content.seed
    for row in content.between("clicks", start, end):
        if row["$pair"] is not happenings.NOBODY:
            kind = "rejectedClicks" if row["is_rejected"] else "clicks"
            adds = {kind: 1, "grossClicks": 1}
            if row["is_unique"] and not row["is_rejected"]:
                adds["uniqueClicks"] = 1
            yield _of_default_goal(row, adds, partial(happenings.click, seed, row))
    for row in content.between("impressions", start, end):
        if row["$pair"] is not happenings.NOBODY:
            yield _of_default_goal(row, {"impressions": 1}, partial(happenings.impression, seed, row))
    for row in content.between("conversions", start, end):
        yield Event(
            row["created"], row["$pair"], row["goal_id"] or "", row["goal_name"] or "", _of_conversion(row),
            partial(happenings.conversion, seed, row),
        )  # fmt: skip
    for row in content.table("adjustments").values():
        if days[0] <= row["day"] <= days[1]:
            yield Event(begin_of(row["day"], zone), row["$pair"], row["goal_id"], row["goal_name"], row["adds"], dict)


def _of_default_goal(row: Row, adds: dict[str, int], whole: Callable[[], Row]) -> Event:
    """Clicks and impressions stand on the default goal's row alone."""
    pair = row["$pair"]
    return Event(row["created"], pair, "", pair["$default_goal"] or "", adds, whole)


def _of_conversion(row: Row) -> dict[str, int | Decimal]:
    payout, revenue, sale = (row.get(name) or ZERO for name in ("payout", "revenue", "sale"))
    count, *names = STATUSES[row["status"]]
    adds: dict[str, int | Decimal] = {
        count: 1, "grossConversions": 1, "grossRevenue": revenue, "grossSaleAmount": sale, "$grossPayout": payout,
    }  # fmt: skip
    adds |= {name: value for name, value in zip(names, (payout, revenue, sale), strict=True) if name}
    return adds


def _of_pair(name: str) -> Callable[[Event, ZoneInfo], Any]:
    return lambda event, _zone: event.pair.get(name)


def _of_row(name: str) -> Callable[[Event, ZoneInfo], Any]:
    return lambda event, _zone: event.whole().get(name)


GROUPS: dict[str, Callable[[Event, ZoneInfo], Any]] = {
    **{name: _of_pair(name) for name in (
        "campaign_name", "campaign_id", "campaign_long_id", "external_offer_id", "publisher_id", "publisher_long_id",
        "advertiser_id",
    )},
    "campaign_status": _of_pair("$status"), "campaign_geo": _of_row("country"), "objective": _of_pair("$objective"),
    "publisher": _of_pair("publisher_name"), "aff_manager": _of_pair("publisher_manager_name"),
    "advertiser": _of_pair("advertiser_name"), "adv_manager": _of_pair("advertiser_manager_name"),
    **{name: _of_row(name) for name in ("source", "os", "country", "coupon")},
    "goal_id": lambda event, _zone: event.goal_id, "goal_name": lambda event, _zone: event.goal_name,
    "ref_camp": _of_row("referrer_campaign"), "ref_camp_id": _of_row("referrer_campaign"),
    "rlo_id": _of_row("release_order_id"), "lp_title": _of_row("url_title"), "lp_id": _of_row("url_id"),
    "sl_name": _of_row("sl"), "sl_id": _of_row("sl"),
    "created": lambda event, zone: day_of(event.at, zone).isoformat(),
    "month": lambda event, zone: f"{day_of(event.at, zone):%Y-%m}",
    "hour": lambda event, zone: event.at.astimezone(zone).hour,
}  # fmt: skip
