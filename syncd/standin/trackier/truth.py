"""The whole truth: what a reader who asks for everything could have now, one record per row of a main table.

Members are as served, with ISO times in UTC also where the vendor leaves the zone out. What a record does not say
itself stands beside it under `@` and the column's name: `@publisher_id` of a transaction, `@utype` of an invoice. Left
out are members that no copy may hold, `password` and `security_token`, wherever they stand. Values that mean absence
are absent: the empty goal of a conversion, the empty ends of a deal; where they are part of a key they are `""` and 0.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from syncd.standin.trackier import report
from syncd.standin.trackier.making import happenings
from syncd.standin.trackier.times import day_of, served
from syncd.standin.trackier.world import LOGS, Row

if TYPE_CHECKING:
    from syncd.standin.trackier.content import Content

EVER = datetime(1900, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)
NEVER_STORED = {"password", "security_token"}
# Our members that are context of a row, by collection.
CONTEXT: dict[str, dict[str, str]] = {
    "landing_pages": {"@campaign_id": "$campaign"}, "publisher_transactions": {"@publisher_id": "$publisher"},
    "publisher_payments": {"@publisher_id": "$publisher"}, "invoices": {"@utype": "$utype"},
}  # fmt: skip
WHOLE: dict[str, Callable[[int, Row], Row]] = {
    "clicks": happenings.click, "impressions": happenings.impression, "conversions": happenings.conversion,
}  # fmt: skip
RETAINED = tuple(WHOLE)
PLAIN = (
    "accounts", "advertisers", "publishers", "categories", "campaigns", "campaign_goals", "campaign_access", "coupons",
    "campaign_caps", "landing_pages", "deals", "postbacks", "smart_links", "tracking_domains", "publisher_transactions",
    "publisher_payments",
)  # fmt: skip
COLLECTIONS = (*PLAIN, *LOGS, "report_daily")


def snapshot(
    content: "Content", since: datetime | None, until: datetime | None, names: Iterable[str] | None = None
) -> dict[str, list[Row]]:
    """These collections, or every one; `since` and `until`, both included, bound those that are read by time."""
    start, end = since or EVER[0], (until + timedelta(milliseconds=1)) if until else EVER[1]
    return {name: list(_records(content, name, start, end)) for name in sorted(names or COLLECTIONS)}


def whole(content: "Content", collection: str, row: Row) -> Row:
    """A row with all members, in Python's own types."""
    return WHOLE[collection](content.seed, row) if collection in WHOLE else row


def shown(content: "Content", collection: str, row: Row) -> Row:
    """A row as a copy must hold it."""
    record: Row = _kept(served(whole(content, collection, row)))
    if collection == "conversions":
        record["goal_id"] = record["goal_id"] or None
    if collection == "deals":
        record |= {name: record[name] or None for name in ("start", "end") if name in record}
    return record | {name: served(row[ours]) for name, ours in CONTEXT.get(collection, {}).items()}


def retained(content: "Content", collection: str, start: datetime) -> datetime:
    """The beginning of a window in which the vendor still has rows."""
    kept = content.settings.retention_days
    if kept is None or collection not in RETAINED:
        return start
    return max(start, content.moment() - timedelta(days=kept))


def _records(content: "Content", name: str, start: datetime, end: datetime) -> Iterator[Row]:
    if name == "report_daily":
        yield from _report(content, start, end)
    elif name in LOGS:
        rows = content.between(name, retained(content, name, start), end)
        yield from (shown(content, name, row) for row in rows)
    else:
        yield from (shown(content, name, row) for row in content.rows(name))


def _report(content: "Content", start: datetime, end: datetime) -> Iterator[Row]:
    zone = content.settings.zone
    days = day_of(max(start, EVER[0] + timedelta(days=2)), zone), day_of(min(end, content.moment()), zone)
    for record in report.records(content, days, kpis=(*report.COUNTS, *report.MONEY)):
        told = report.told(record)
        key = {
            "goal_id": record["goal_id"],
            "goal_name": record["goal_name"],
            "advertiser_id": record["advertiser_id"] or 0,
        }
        yield served(told) | key


def _kept(value: Any) -> Any:  # noqa: ANN401  any JSON value
    if isinstance(value, dict):
        return {name: _kept(one) for name, one in value.items() if name not in NEVER_STORED}
    return [_kept(one) for one in value] if isinstance(value, list) else value
