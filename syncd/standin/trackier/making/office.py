"""Makers of coupons, deals, postbacks, smart links, domains, invoices and the change feed of campaigns."""

from datetime import datetime, timedelta
from decimal import Decimal

from syncd.standin.trackier import words
from syncd.standin.trackier.world import Row, World, thinned

DRAFT = "draft"
AMOUNTS = (Decimal("12345678.12"), Decimal("0.030303"), Decimal("1E-7"), Decimal(100), Decimal("-5.5"))
EVENTS = ("status_changed", "payout_changed", "goal_updated", "created", "geo_changed")
ALIAS_ONLY, BOTH_SPELLINGS = 1, 2  # of three smart links
ALIASES = {
    "ap": "allowedPubs",
    "bp": "blockedPubs",
    "cats": "categories",
    "eoffers": "excludedOffers",
    "aurl": "appendUrl",
}


def make_coupon(world: World, number: int, about: Row) -> Row:
    """A coupon; publishers are named by their long ids."""
    pick = world.pick("coupons", number)
    campaign, advertiser = world.any_of("campaigns", pick), world.any_of("advertisers", pick)
    publishers = [one["hashId"] for one in world.rows("publishers")]
    created = about.get("created") or world.past(pick)
    row: Row = {
        "_id": world.long_id("coupons", number), "org_id": world.org_id,
        "av": advertiser["hashId"] if advertiser else None, "campaignId": campaign["hashId"] if campaign else None,
        "code": f"SAVE{pick.of(words.CODES)}-{number}", "description": pick.of(words.WORDS),
        "type": pick.of(("generic", "exclusive", "one_time")), "status": pick.of(("active", "pending", "expired")),
        "startDate": created, "endDate": created + timedelta(days=30), "created": created,
        "createdBy": pick.of(words.NAMES), "publisherIds": pick.some(publishers, 3),
        "excludedPubIds": pick.some(publishers, 2),
        "payouts": [{
            "model": "cps", "currency": "USD", "payout": 0.030303, "revenue": 12345678.12, "fixedPayout": 1e-7,
            "rules": [{"variable": "p1", "op": "in", "values": ["007", "٣"], "security_token": words.SECURITY_TOKEN}],
        }],
    }  # fmt: skip
    return thinned(row, pick, number, ("_id", "code", "status", "created"))


def make_deal(world: World, number: int, _about: Row) -> Row:
    """A deal; a start or end that it does not have is empty text."""
    pick = world.pick("deals", number)
    campaign = world.any_of("campaigns", pick)
    begin = world.past(pick)
    row: Row = {
        "id": world.long_id("deals", number), "name": f"{pick.of(words.NAMES)} {number}", "url": "https://deal.example/",
        "campaign_id": campaign["id"] if campaign else None, "campaign_name": campaign["title"] if campaign else None,
        "inc_exc_pubs": pick.of(("include", "exclude")),
        "publishers": [
            thinned({name: one.get(name) for name in ("id", "hashId", "name", "company")}, pick, number + 1, ("id",))
            for one in pick.some(world.rows("publishers"), 3)
        ],
        "start": pick.of((begin, "")), "end": pick.of((begin + timedelta(days=9), "")),
        "status": pick.of(("active", "inactive", "pending", "expired")), "description": pick.of(words.WORDS),
        "terms_conditions": pick.of(("<ul><li>none</li></ul>", "")), "created": begin,
    }  # fmt: skip
    if number == 0:
        row |= {"start": begin, "end": begin + timedelta(days=1)}
    return thinned(row, pick, number, ("id", "name"))


def make_postback(world: World, number: int, _about: Row) -> Row:
    """Where a publisher wants to hear of conversions."""
    pick = world.pick("postbacks", number)
    campaign, publisher = world.any_of("campaigns", pick), world.any_of("publishers", pick)
    row: Row = {
        "id": world.long_id("postbacks", number), "event": pick.of(("conversion", "goal")),
        "eventId": pick.of(words.CODES),
        "type": pick.of(("url", "image")), "data": "https://postback.example/?c={click_id}&m=%C3%A9",
        "status": pick.of(("active", "disabled")), "allowedConvStatus": pick.of(words.STATUSES),
        "publisherId": publisher["hashId"] if publisher else None,
        "campaignId": campaign["hashId"] if campaign else None,
        "blockZeroPayoutPb": pick.below(2) == 1,
        "http": {"method": "POST", "body": {"a": [1.5, None]}, "headers": {"security_token": words.SECURITY_TOKEN}},
        "created": world.past(pick),
    }  # fmt: skip
    return thinned(row, pick, number, ("id",))


def make_smart_link(world: World, number: int, _about: Row) -> Row:
    """A smart link; older aliases of some members stand beside them or in their place."""
    pick = world.pick("smart_links", number)
    campaigns = pick.some(world.rows("campaigns"), 3)
    row: Row = {
        "id": world.long_id("smart_links", number), "short_id": f"{number:05}",
        "name": f"{pick.of(words.NAMES)} {number}",
        "description": pick.of(words.WORDS), "type": pick.of(("auto", "manual")), "model": pick.of(words.MODELS),
        "status": pick.of(("active", "paused")), "pb": pick.below(2) == 1, "appendUrl": "&src=ü",
        "campaigns": [
            thinned({
                "id": one["hashId"], "percentage": pick.of((Decimal("33.333333"), Decimal(50))), "num": pick.below(9),
                "denom": 10, "password": words.PASSWORD,
            }, pick, number + 1, ("id",))
            for one in campaigns
        ],
        "allowedPubs": ["1", 2], "blockedPubs": [], "categories": pick.some(words.WORDS, 2), "excludedOffers": [7],
        "targetingEnabled": 1, "advs": ["x"], "created": world.past(pick), "modified": world.past(pick),
    }  # fmt: skip
    row = thinned(row, pick, number, ("id", "name"))
    if number % 3 in {ALIAS_ONLY, BOTH_SPELLINGS}:
        row |= {short: row[long] for short, long in ALIASES.items() if long in row}
    if number % 3 == ALIAS_ONLY:
        row = {name: value for name, value in row.items() if name not in ALIASES.values()}
    return row


def make_tracking_domain(world: World, number: int, _about: Row) -> Row:
    """A domain of tracking links."""
    pick = world.pick("tracking_domains", number)
    row: Row = {
        "_id": world.long_id("tracking_domains", number), "host": f"go{number}.example", "protocol": "https",
        "visibility": pick.of(("public", "private")), "type": pick.of(("click", "impression")),
        "status": pick.of(("active", "disabled")), "isDefault": int(number == 0), "pubs": [1, "2", "00042"],
        "created": world.past(pick), "modified": pick.of((world.past(pick), words.LONG_AGO)),
    }  # fmt: skip
    return thinned(row, pick, number, ("_id", "host"))


def make_invoice(world: World, number: int, about: Row) -> Row:
    """An invoice of a publisher or an advertiser (`utype`)."""
    pick = world.pick("invoices", number)
    utype = about.get("utype") or ("publisher", "advertiser")[number % 2]
    user = world.any_of(utype + "s", pick)
    created: datetime = about.get("created") or world.past(pick)
    row: Row = {
        "id": 9_000 + number, "hash_id": world.long_id("invoices", number),
        "status": pick.of((DRAFT, DRAFT, "approved", "paid")),
        "item": f"(ID: {user['id']}) {user['name']}" if user else None,
        "item_id": user["hashId"] if user else None, "from_date": created.date() - timedelta(days=31),
        "to_date": created.date() - timedelta(days=1), "currency": pick.of(words.CURRENCIES),
        "amount": pick.of(AMOUNTS),
        "created": created, "$utype": utype, "$number": number,
    }  # fmt: skip
    return thinned(row, pick, number, ("id", "hash_id", "status", "created"))


def make_timeline(world: World, number: int, about: Row) -> Row:
    """That a campaign was changed: `campaignId`, `event`, `created`, or any."""
    pick = world.pick("campaign_timelines", number)
    campaign = world.any_of("campaigns", pick) or {"hashId": world.long_id("campaigns", 0)}
    return {
        "campaignId": about.get("campaignId") or campaign["hashId"], "event": about.get("event") or pick.of(EVENTS),
        "created": about.get("created") or world.past(pick), "$number": number,
    }  # fmt: skip
