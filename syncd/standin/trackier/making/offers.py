"""Makers of campaigns and what hangs on them: payouts, goals, caps, landing pages, access."""

from datetime import timedelta
from decimal import Decimal

from syncd.standin.trackier import words
from syncd.standin.trackier.world import AGAIN, BARE, NULLED, Pick, Row, World, thinned

STATUSES = ("active", "active", "active", "pending", "paused", "disabled", "expired")
VISIBILITIES = ("private", "permission", "public")
LIST_OR_TEXT = ("cities", "citiesExclude", "isps")
NO_ADVERTISER, SHORT_ADVERTISER = 5, 3  # of so many campaigns one belongs to nobody; is told by the short id
HTML = "<p>Pays <b>well</b> &amp; on time.</p>\n" * 40 + "ünïcode \0 and a zero byte"
FLAGS = (
    "trackMultiConv", "allowSpilloverConv", "enforceLpTargeting", "cancelFallbackConv", "showGlobalTargeting",
    "allowImp", "cancelBlockedPbConv", "allowLPTrafficSplit", "hops", "convPending", "attributionWindow",
)  # fmt: skip
CAPPED = ("conversion", "approvedConv", "click", "payout", "saleAmount", "impression")


def make_campaign(world: World, number: int, about: Row) -> Row:
    """A campaign with its payouts."""
    pick = world.pick("campaigns", number)
    created = about.get("created") or pick.of((world.past(pick), world.past(pick), words.LONG_AGO))
    long_id, currency = world.long_id("campaigns", number), pick.of(words.CURRENCIES)
    row: Row = {
        "id": number + 1, "hashId": long_id, "title": f"{pick.of(words.OFFERS)} {number}", "status": pick.of(STATUSES),
        "created": created, "modified": created + timedelta(minutes=pick.below(600)), "currency": currency,
        "description": (HTML, "kurz", "")[number % 3], "visibility": VISIBILITIES[number % len(VISIBILITIES)],
        "commModel": pick.of(words.MODELS), "payoutCalParam": pick.of(("revenue", "sale_amount", "sub1")),
        "defaultGoalName": pick.of(("Install", "Köp", "Default goal")), "defaultLpName": pick.of(("Main", "主页")),
        "payouts": [_payout(world, pick, number, place, currency) for place in range(1 + number % 3)],
        "$rate": world.rate(number), "$ordinal": number,
    }  # fmt: skip
    row |= (
        _advertiser(world, pick, number) | _links(number) | _lists(world, pick, number) | _settings(world, pick, number)
    )
    required = ["id", "hashId", "advertiserId", "title", "status", "created"]
    if number % AGAIN not in {NULLED, BARE}:  # so that a small account has closed campaigns too
        required.append("visibility")
    return thinned(row, pick, number, required)


def _advertiser(world: World, pick: Pick, number: int) -> Row:
    """Told by the long id, by the digits of the short one, or one that is no more."""
    found = world.any_of("advertisers", pick)
    if found is None or number % NO_ADVERTISER == NO_ADVERTISER - 1:
        return {"advertiserId": world.long_id("nobody", number), "$advertiser": None}
    is_short = number % SHORT_ADVERTISER == SHORT_ADVERTISER - 1
    return {"advertiserId": str(found["id"]) if is_short else found["hashId"], "$advertiser": found["id"]}


def _links(number: int) -> Row:
    return {
        "url": f"https://landing.example/{number}?click={{click_id}}&ü=1", "previewUrl": f"https://preview.example/{number}",
        "iurl": f"https://i.example/{number}.gif", "fallbackUrl": "https://fallback.example/",
        "fallbackCampaign": "0012",
        "appId": f"com.example.app{number}", "appName": "Äpp 应用", "erid": f"2Vfnx{number:05}",
    }  # fmt: skip


def _lists(world: World, pick: Pick, number: int) -> Row:
    categories, publishers = world.rows("categories"), world.rows("publishers")
    found: Row = {
        "categories": [one["name"] for one in pick.some(categories, 3)], "geo": pick.some(words.COUNTRIES, 4),
        "device": pick.some(words.DEVICES, 2),
        "os": pick.some(words.SYSTEMS, 3), "region": pick.some(("Bavaria", "Kerala"), 2),
        "cities": pick.some(words.CITIES, 3),
        "citiesExclude": pick.some(words.CITIES, 2), "isps": pick.some(("Jio", "Vodafone / IN"), 2),
        "flow": pick.some(("CPI", "SOI"), 2), "tags": pick.some(words.WORDS, 3),
        "trafficChannels": pick.some(("email", "push"), 2), "subIdsAllowed": pick.some(words.CODES, 2),
        "subIdsBlocked": pick.some(words.CODES, 2), "blockedPubs": _ids(pick.some(publishers, 2)),
        "blacklistPostbackPubs": _ids(pick.some(publishers, 2)),
        "whitelistPostbackPubs": _ids(pick.some(publishers, 1)),
    }  # fmt: skip
    if number % AS_TEXT == 1:  # as the model has it
        found |= {name: ", ".join(found[name]) for name in LIST_OR_TEXT}
    return found


AS_TEXT = 4


def _settings(world: World, pick: Pick, number: int) -> Row:
    begin = world.past(pick)
    return {
        "os_ver": {"Android": {"min": "8.0", "max": "14"}, "iOS": {"min": "", "max": None}},
        "convTracking": pick.of(("postback", "iframe_https")), "convTrackingDomain": "track.example",
        "redirectType": pick.of(("302", "302_hrf", "200")), **{name: pick.below(2) for name in FLAGS},
        "scheduleZone": pick.of(words.ZONES), "schduleStartHour": pick.below(12),
        "scheduleEndHour": 12 + pick.below(12),
        "startDate": begin, "endDate": begin + timedelta(days=90),
        "accountManager": _manager(world, pick, number), "salesManager": _manager(world, pick, number),
        "inactiveReason": pick.of(("budget", "advertiser paused")), "primaryTrackingDomain": "go.example",
        "duplicateClickAction": pick.of(("allow", "reject")), "uniqueClickSessionVariable": "ip",
        "allowedTrackingLinkFormat": "all", "overrideCreativeName": "Bänner",
        "customFields": {"Team": pick.of(words.NAMES), "login": {"user": "x", "password": words.PASSWORD},
        "n": [1, 2.5]},
        "subIdOverride": {"p1": pick.of(words.CODES)}, "convLcFlow": {"steps": [{"status": "pending", "hours": 24}]},
    }  # fmt: skip


def _manager(world: World, pick: Pick, number: int) -> Row | None:
    account = world.any_of("accounts", pick)
    if account is None:
        return None
    told = {"id": account["hashId"], "name": account["name"], "email": account.get("email")}
    return thinned(told, pick, number + 1, ("id",))


def _payout(world: World, pick: Pick, number: int, place: int, currency: str) -> Row:
    payout, revenue = world.rate(number)
    row: Row = {
        "_id": world.long_id(f"payouts of {number}", place), "campaignId": world.long_id("campaigns", number),
        "goalId": None, "model": pick.of(words.MODELS), "payoutModel": pick.of(("fixed", "revshare", "hybrid")),
        "payout": payout, "revenue": revenue, "fixedPayout": pick.of((Decimal("0.5"), Decimal(2))),
        "currency": currency,
        "variable": pick.of(("p1", "sub3", "source")), "overrideRevenue": pick.of(("yes", "no")),
        "geo": pick.of((["ALL"], ["IN", "US"])), "region": [], "city": pick.some(words.CITIES, 2),
        "landingPages": pick.some(("Main", "主页"), 1), "allowedValues": pick.some(words.CODES, 2),
        "pubIds": pick.of((["1", "2"], "all", [3])), "created": world.past(pick),
        "security_token": words.SECURITY_TOKEN,
    }  # fmt: skip
    if place:
        row["goalId"] = world.long_id("campaign_goals", pick.below(9))
    return thinned(row, pick, number + place, ("_id",))


def make_goal(world: World, number: int, about: Row) -> Row:
    """A goal of the campaign `campaign_id`, with payouts of its own."""
    pick = world.pick("campaign_goals", number)
    publishers = world.rows("publishers")
    created = about.get("created") or world.past(pick)
    row: Row = {
        "_id": world.long_id("campaign_goals", number), "campaignId": _long_id(world, about),
        "title": pick.of(("Purchase", "Регистрация", "Depósito", "Level 10")) + f" {number}",
        "value": pick.of(words.CODES), "type": pick.of(("public", "private", "pub_specific")),
        "trackMultiConv": pick.below(2), "dcs": pick.of(("approved", "pending", "rejected")),
        "blacklistPostbackPubs": _ids(pick.some(publishers, 2)),
        "whitelistPostbackPubs": _ids(pick.some(publishers, 2)),
        "payouts": [_goal_payout(world, pick, number, place) for place in range(number % 3)], "__v": 3,
        "created": created, "modified": created + timedelta(hours=2), "$campaign": about["campaign_id"],
    }  # fmt: skip
    return thinned(row, pick, number, ("_id", "campaignId", "title"))


def _goal_payout(world: World, pick: Pick, number: int, place: int) -> Row:
    payout, revenue = pick.of(words.RATES)
    row: Row = {
        "_id": world.long_id(f"goal payouts of {number}", place), "payout": payout, "revenue": revenue,
        "currency": pick.of(words.CURRENCIES), "payout_model": pick.of(("fixed", "percentage")),
        "geo": pick.of((["ALL"], ["DE"])), "created": world.past(pick),
    }  # fmt: skip
    return thinned(row, pick, number + place, ("_id",))


def make_cap(world: World, number: int, about: Row) -> Row:
    """A cap of the campaign `campaign_id`."""
    pick = world.pick("campaign_caps", number)
    goals = world.hanging("campaign_goals", "campaign", about["campaign_id"])
    row: Row = {
        "_id": world.long_id("campaign_caps", number), "campaignId": _long_id(world, about),
        "goalId": pick.of(goals)["_id"] if goals else None, "publisherIds": pick.some(("1", "2", "3"), 2),
        "pubCapType": pick.of(("each", "group")), "landingPageIds": pick.some(("1", "2"), 1), "type": pick.of(CAPPED),
        "hourly": Decimal(pick.below(50)), "daily": Decimal("0.030303"), "monthly": Decimal("12345678.12"),
        "lifetime": Decimal(10**6), "enablePerMinuteCap": pick.below(2), "pauseResources": pick.below(2),
        "visibility": pick.of(("show", "hide")), "geo": pick.some(words.COUNTRIES, 2), "redirect": "https://full.example/",
        "created": world.past(pick), "modified": world.past(pick), "$campaign": about["campaign_id"],
    }  # fmt: skip
    return thinned(row, pick, number, ("_id", "campaignId", "type"))


def make_landing_page(world: World, number: int, about: Row) -> Row:
    """A landing page of the campaign `campaign_id`."""
    pick = world.pick("landing_pages", number)
    row: Row = {
        "_id": world.long_id("landing_pages", number), "displayId": number + 1,
        "title": f"{pick.of(words.NAMES)} {number}",
        "url": "https://landing.example/?lp=1", "previewLink": "https://landing.example/p",
        "lpType": pick.of(("landing", "prelanding", "targeting_group")), "description": pick.of(words.WORDS),
        "ruleVariable": pick.of(("p1", "source")), "ruleValue": pick.of(words.CODES),
        "urls": [{"url": "https://a.example", "percentage": 60.5}, {"url": "https://b.example", "percentage": 39.5}],
        "status": pick.of(("active", "paused")), "created": world.past(pick), "modified": world.past(pick),
        "$campaign": about["campaign_id"],
    }  # fmt: skip
    return thinned(row, pick, number, ("_id", "title"))


def make_access(world: World, number: int, about: Row) -> Row:
    """A publisher's access to a campaign that is not public: `campaign_id`, `publisher_id`, or any."""
    pick = world.pick("campaign_access", number)
    campaign = world.table("campaigns").get(about.get("campaign_id") or 0)
    if campaign is None:
        campaigns = world.rows("campaigns")
        campaign = pick.of([one for one in campaigns if is_closed(one)] or campaigns)
    publisher = world.table("publishers").get(about.get("publisher_id") or 0) or world.any_of("publishers", pick) or {}
    row: Row = {
        "_id": world.long_id("campaign_access", number),
        "type": campaign["visibility"] if is_closed(campaign) else "permission",
        "status": pick.of(("approved", "pending", "denied")), "campaignId": campaign["hashId"],
        "publisherId": publisher.get("hashId"), "created": world.past(pick),
        "campaign": thinned({name: campaign.get(name) for name in ("id", "hashId", "title",
        "status")}, pick, number + 1, ()),
        "publisher": thinned(
            {name: publisher.get(name) for name in ("id", "hashId", "name", "company")}, pick, number + 1, ()
        ),
        "$campaign": campaign["id"], "$publisher": publisher.get("id"),
    }  # fmt: skip
    return thinned(row, pick, number, ("_id", "type", "status", "campaignId", "publisherId"))


def _ids(rows: list[Row]) -> list[int]:
    return [one["id"] for one in rows]


def is_closed(campaign: Row) -> bool:
    """True if a campaign is not for everyone: publishers then have access, or wait for it."""
    return campaign.get("visibility") in {"private", "permission"}


def _long_id(world: World, about: Row) -> str:
    found: str = world.table("campaigns")[about["campaign_id"]]["hashId"]
    return found
