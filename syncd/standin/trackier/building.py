"""How an account comes about: all its rows at the start, one at a time later, and edits that fit."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from syncd.standin.trackier import words
from syncd.standin.trackier.making import happenings, offers, office, people
from syncd.standin.trackier.world import Pick, Row, World

if TYPE_CHECKING:
    from syncd.standin.trackier.content import Content

Maker = Callable[[World, int, Row], Row]
MAKERS: dict[str, Maker] = {
    "accounts": people.make_account, "advertisers": people.make_advertiser, "publishers": people.make_publisher,
    "categories": people.make_category, "publisher_transactions": people.make_transaction,
    "publisher_payments": people.make_payment,
    "campaigns": offers.make_campaign, "campaign_goals": offers.make_goal, "campaign_caps": offers.make_cap,
    "landing_pages": offers.make_landing_page, "campaign_access": offers.make_access,
    "coupons": office.make_coupon, "deals": office.make_deal, "postbacks": office.make_postback,
    "smart_links": office.make_smart_link, "tracking_domains": office.make_tracking_domain,
    "invoices": office.make_invoice, "campaign_timelines": office.make_timeline,
    "clicks": happenings.make_click, "impressions": happenings.make_impression,
    "conversions": happenings.make_conversion, "postback_sent_logs": happenings.make_postback_log,
}  # fmt: skip
OF_CAMPAIGNS = ("campaign_goals", "campaign_caps", "landing_pages")
OF_PUBLISHERS = ("publisher_transactions", "publisher_payments")
OF_PAIRS = ("clicks", "impressions", "conversions")
# What a maker wants to know of a row before it makes it; everything else given simply replaces what it made.
WANTED: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(OF_CAMPAIGNS, ("campaign_id", "created")), **dict.fromkeys(OF_PUBLISHERS, ("publisher_id",
    "created")),
    **dict.fromkeys(OF_PAIRS, ("campaign_id", "publisher_id", "click_id", "created")),
    "campaign_access": ("campaign_id", "publisher_id"), "campaign_timelines": ("campaignId", "event", "created"),
    "postback_sent_logs": ("conversion_id", "created"),
}  # fmt: skip
OLD_STATUS_DAYS = 20  # conversions change up to so long after they were made, and later


def add(content: "Content", collection: str, given: Row) -> Row:
    """Makes a row and puts it in; KeyError if there are no such rows, or not what it hangs on."""
    number = content.number(collection)
    about = {name: _typed(name, value) for name, value in given.items()}
    pick = content.pick(f"what {collection} hang on", number)
    hint = dict(about)
    if collection in OF_PAIRS:
        campaign = _named(content, "campaigns", about) or content.any_of("campaigns", pick)
        publisher = _named(content, "publishers", about) or content.any_of("publishers", pick)
        if campaign is None or publisher is None:
            raise KeyError(collection)
        hint["pair"] = content.pair(campaign, publisher)
    elif collection in OF_CAMPAIGNS + OF_PUBLISHERS:
        table = "campaigns" if collection in OF_CAMPAIGNS else "publishers"
        parent = content.any_of(table, pick)
        name = f"{table[:-1]}_id"
        if name not in about:
            hint[name] = parent["id"] if parent else None
        if hint[name] not in content.table(table):
            raise KeyError(hint[name])
    elif collection == "postback_sent_logs" and "conversion_id" in about:
        hint["conversion"] = content.table("conversions")[about["conversion_id"]]
    row = MAKERS[collection](content, number, hint)
    wanted = WANTED.get(collection, ("created",))
    row |= {name: value for name, value in about.items() if name not in wanted and name != "utype"}
    return content.put(collection, row)


def edited(content: "Content", collection: str, row: Row) -> Row:
    """Some change that fits a row of the collection."""
    number, now = content.number("edits"), content.moment()
    pick = content.pick("edits", number)
    amount = Decimal(number) / 8
    dated: Row = {} if collection in {"deals", "categories"} else {"modified": now}
    fitting: dict[str, Callable[[], Row]] = {
        "conversions": lambda: {"status": _other(pick, words.STATUSES, row), "modified": now},
        "invoices": lambda: {"amount": amount, "status": pick.of(("draft", "approved", "paid"))},
        "campaign_access": lambda: {"status": _other(pick, ("approved", "pending", "denied"), row)},
        "coupons": lambda: {"description": f"edit {number}", "status": pick.of(("active", "pending", "expired"))},
        "publisher_transactions": lambda: {"note": f"edit {number}", "modified": now},
        "publisher_payments": lambda: {"amount": amount, "modified": now},
        "postbacks": lambda: {"data": f"https://postback.example/?edit={number}"},
        "tracking_domains": lambda: {"pubs": [number, "00042"], "modified": now},
        "campaign_caps": lambda: {"daily": amount, "modified": now},
    }
    if collection in fitting:
        return fitting[collection]()
    name = next(one for one in ("title", "name") if one in row)
    return dated | {name: f"{pick.of(words.NAMES)} edit {number}"}


def _other(pick: Pick, values: Sequence[str], row: Row) -> str:
    return pick.of([one for one in values if one != row["status"]])


def build(content: "Content") -> None:
    """Fills an empty account."""
    sizes = content.sizes
    _some(content, accounts=sizes.accounts, categories=sizes.categories, advertisers=sizes.advertisers,
          publishers=sizes.publishers, campaigns=sizes.campaigns)  # fmt: skip
    _build_parts(content)
    _some(content, coupons=sizes.coupons, deals=sizes.deals, postbacks=sizes.postbacks,
          smart_links=sizes.smart_links, tracking_domains=sizes.tracking_domains)  # fmt: skip
    _build_logs(content)


def _build_parts(content: "Content") -> None:
    sizes = content.sizes
    for campaign in content.rows("campaigns"):
        for name, number in zip(OF_CAMPAIGNS, (sizes.goals, sizes.caps, sizes.landing_pages), strict=True):
            for _ in range(number):
                add(content, name, {"campaign_id": campaign["id"]})
        publishers = content.rows("publishers")
        for place in range(min(sizes.access, len(publishers)) if offers.is_closed(campaign) else 0):
            publisher = publishers[(campaign["id"] + place) % len(publishers)]
            add(content, "campaign_access", {"campaign_id": campaign["id"], "publisher_id": publisher["id"]})
    for publisher in content.rows("publishers"):
        for name, number in zip(OF_PUBLISHERS, (sizes.transactions, sizes.payments), strict=True):
            for _ in range(number):
                add(content, name, {"publisher_id": publisher["id"]})


def _build_logs(content: "Content") -> None:
    sizes = content.sizes
    if content.table("campaigns") and content.table("publishers"):
        for name in OF_PAIRS:
            for _ in range(round(sizes.days * getattr(sizes, f"{name}_per_day"))):
                add(content, name, {})
        for conversion in content.rows("conversions"):
            if conversion["$number"] % 3:
                add(content, "postback_sent_logs", {"conversion_id": conversion["id"]})
            age = content.moment() - conversion["created"]
            if conversion["$number"] % 5 == 0 and age > timedelta(minutes=1):
                conversion["modified"] = conversion["created"] + min(age, timedelta(days=OLD_STATUS_DAYS)) / 2
        if sizes.burst:
            content.burst(sizes.burst)
    for name in ("invoices", "campaign_timelines"):
        each = {"invoices": sizes.invoices_per_day, "campaign_timelines": sizes.timelines_per_day}[name]
        for _ in range(round(sizes.days * each)):
            add(content, name, {})


def _some(content: "Content", **numbers: int) -> None:
    for collection, number in numbers.items():
        for _ in range(number):
            add(content, collection, {})


def _named(content: "Content", table: str, about: Row) -> Row | None:
    name = f"{table[:-1]}_id"
    return content.table(table)[about[name]] if about.get(name) is not None else None


def _typed(name: str, value: Any) -> Any:  # noqa: ANN401  any value of a row
    """Times may be given as text, as they come from another process."""
    if isinstance(value, str) and name in {"created", "modified", "click_time"}:
        return datetime.fromisoformat(value)
    return value
