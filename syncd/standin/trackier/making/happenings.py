"""Makers of clicks, impressions, conversions and sent postbacks: small rows, and what they say when they are served."""

from datetime import timedelta
from decimal import Decimal
from zlib import crc32

from syncd.standin.trackier import words
from syncd.standin.trackier.world import AGAIN, BARE, NULLED, Pick, Row, World, thinned

NOBODY: Row = dict.fromkeys((
    "campaign_id", "campaign_long_id", "campaign_name", "external_offer_id", "publisher_id", "publisher_long_id",
    "publisher_name", "publisher_company", "publisher_manager_id", "publisher_manager_name", "advertiser_id",
    "advertiser_long_id", "advertiser_name", "advertiser_manager_id", "advertiser_manager_name", "currency", "app_id",
    "app_name",
))  # fmt: skip
SUBS = tuple(f"sub{n}" for n in range(1, 11))
PS = tuple(f"p{n}" for n in range(1, 11))
DEFAULT_GOAL = 2  # of so many conversions one is of the default goal
PER_CLICK = 4  # of so many conversions two share a click


def about_pair(world: World, campaign: Row, publisher: Row) -> Row:
    """What a row of a log says of its campaign and publisher, as they are called when it is made."""
    advertiser = world.table("advertisers").get(campaign["$advertiser"] or 0) or {}
    accounts = world.rows("accounts") or [{}]
    ours, theirs = accounts[publisher["id"] % len(accounts)], accounts[campaign["id"] % len(accounts)]
    return {
        "campaign_id": campaign["id"], "campaign_long_id": campaign["hashId"], "campaign_name": campaign["title"],
        "external_offer_id": f"{campaign['id']:06}", "publisher_id": publisher["id"],
        "publisher_long_id": publisher["hashId"], "publisher_name": publisher["name"],
        "publisher_company": publisher.get("company"), "publisher_manager_id": ours.get("id"),
        "publisher_manager_name": ours.get("name"), "advertiser_id": advertiser.get("id"),
        "advertiser_long_id": advertiser.get("hashId"), "advertiser_name": advertiser.get("name"),
        "advertiser_manager_id": theirs.get("id"), "advertiser_manager_name": theirs.get("name"),
        "currency": campaign.get("currency"), "app_id": campaign.get("appId"), "app_name": campaign.get("appName"),
        "$rate": campaign["$rate"], "$default_goal": campaign.get("defaultGoalName"),
        "$objective": campaign.get("commModel"),
        "$status": campaign["status"],
    }  # fmt: skip


def make_click(world: World, number: int, about: Row) -> Row:
    """A click on `campaign_id` through `publisher_id`."""
    pick = world.pick("clicks", number)
    pair = about["pair"]
    if about.get("campaign_id") is None and number % AGAIN in {NULLED, BARE}:
        pair = NOBODY  # a click on nothing that is on offer
    is_rejected = int(pair is NOBODY or pick.below(9) == 0)
    flags: Row = {"is_unique": int(pick.below(4) > 0), "is_rejected": is_rejected, "is_bot": int(pick.below(12) == 0)}
    return {
        "id": world.long_id("clicks", number),
        "created": (about.get("created") or world.past(pick)).replace(microsecond=0),
        **flags, "$pair": pair, "$number": number,
    }  # fmt: skip


def make_impression(world: World, number: int, about: Row) -> Row:
    """An impression of `campaign_id` at `publisher_id`."""
    pick = world.pick("impressions", number)
    pair = NOBODY if about.get("campaign_id") is None and number % AGAIN in {NULLED, BARE} else about["pair"]
    created = about.get("created") or world.past(pick)
    return {"id": world.long_id("impressions", number), "created": created, "$pair": pair, "$number": number}


def make_conversion(world: World, number: int, about: Row) -> Row:
    """A conversion of `campaign_id` at `publisher_id`; `click_id` may be given."""
    pick = world.pick("conversions", number)
    pair = about["pair"]
    created = about.get("created") or world.past(pick)
    goals = world.hanging("campaign_goals", "campaign", pair["campaign_id"])
    goal = pick.of(goals) if goals and pick.below(DEFAULT_GOAL) else None
    payout, revenue = pair["$rate"]
    about_goal: Row = (
        {"goal_id": goal["_id"], "goal_name": goal["title"], "goal_value": goal.get("value")} if goal
        # The default goal has no id; the vendor leaves it out in two ways.
        else {"goal_id": pick.of(("", None)), "goal_name": pair["$default_goal"], "goal_value": None}
    )  # fmt: skip
    clicked_at = created - timedelta(seconds=pick.below(7200))
    row: Row = {
        "id": world.long_id("conversions", number), "created": created,
        "status": pick.of((*words.STATUSES, "approved")),
        "payout": payout, "revenue": revenue, "sale": pick.of((Decimal("19.99"), Decimal(0), Decimal("1234.5"))),
        "click_id": about.get("click_id") or _click_id(world, number), "click_time": clicked_at,
        "elapsed_time": int((created - clicked_at).total_seconds()), **about_goal, "$pair": pair, "$number": number,
    }  # fmt: skip
    kept = ("id", "created", "status", "goal_id", "goal_name")
    return thinned(row, pick, number, kept) | {"$place": crc32(row["id"].encode())}


def _click_id(world: World, number: int) -> str:
    """Two conversions in a row may be of one click."""
    return world.long_id("clicks", number // PER_CLICK * PER_CLICK + number % PER_CLICK // 2)


def make_postback_log(world: World, number: int, about: Row) -> Row:
    """That a publisher was told of a conversion, `conversion`; samples of the vendor spell two members otherwise."""
    pick = world.pick("postback_sent_logs", number)
    conversion = about.get("conversion") or world.any_of("conversions", pick) or {}
    postback = world.any_of("postbacks", pick)
    pair = conversion.get("$pair", NOBODY)
    row: Row = {
        "postback_id": postback["id"] if postback else world.long_id("postbacks", 0),
        "conversion_id": conversion.get("id") or world.long_id("conversions", 0),
        "campaign": f"(ID: {pair['campaign_id']}) {pair['campaign_name']}",
        "publisher": f"(ID: {pair['publisher_id']}) {pair['publisher_name']}", "status": pick.of(("200", "404", "0")),
        "attempts": 1 + pick.below(3), "latency": f"{pick.below(900)} ms",
        "created": about.get("created") or conversion.get("created") or world.past(pick), "$number": number,
    }  # fmt: skip
    url, message = ("full_url", "resp_body") if number % 3 == 1 else ("request_url", "server_message")
    row |= {url: f"https://postback.example/?n={number}&x=%C3%BC", message: pick.of(("OK", "<html>✗</html>", ""))}
    return thinned(row, pick, number, ("postback_id", "conversion_id", "attempts", "created"))


# -- as they are served ----------------------------------------------------------------------------------------------


def click(seed: int, row: Row) -> Row:
    """All members of a click."""
    number, pair = row["$number"], row["$pair"]
    pick = Pick(f"a click {seed} {number}")
    payout, revenue = pair.get("$rate", (Decimal(0), Decimal(0)))
    found = _shared(pick, row) | {
        **_named(pair, ("campaign", "publisher"), ("id", "long_id", "name")),
        "advertiser_id": pair["advertiser_id"], "advertiser_name": pair["advertiser_name"],
        pick.of(("advertiser_long_id", "advetiser_long_id")): pair["advertiser_long_id"],
        "org_id": f"{seed:08}", "landing_page_id": pick.of(words.CODES), "landing_page_long_id": "00" + row["id"][2:],
        "landing_page_name": pick.of(words.WORDS), "device_lang": pick.of(words.LANGUAGES),
        "user_agent": f"{words.AGENT} (n{number})", pick.of(("referer", "referrer")): "https://ref.example/?q=ü",
        "is_unique": row["is_unique"], "is_rejected": row["is_rejected"], "is_bot": row["is_bot"], "payout": payout,
        "revenue": revenue, "curr": pair["currency"], "note": "Campaign is paused" if row["is_rejected"] else None,
        "referrer_campaign": pick.of(words.CODES), "app_id": pair["app_id"], "app_name": pair["app_name"],
        "creative_name": pick.of(words.WORDS), "smart_link": pick.of(words.CODES),
        "pub_impression_id": pick.of(words.CODES),
        "pub_campaign_id": pick.of(words.CODES), "sub_source": pick.of(words.WORDS), "click_domain": "go0.example",
        "release_order_id": pick.of(words.CODES), "gclid": f"Cj0K{number}", "rr": {"r": [1, 2.5],
        "password": words.PASSWORD},
    }  # fmt: skip
    found = thinned(found, pick, number, ("campaign_id", "publisher_id", "advertiser_id")) | _own(row)
    return found | {"is_unique": None} if number % AGAIN == NULLED else found


def impression(seed: int, row: Row) -> Row:
    """All members of an impression."""
    pair, pick = row["$pair"], Pick(f"an impression {seed} {row['$number']}")
    payout, revenue = pair.get("$rate", (None, None))
    found = _shared(pick, row) | _own(pair) | {
        "url_id": pick.of(words.CODES), "url_long_id": row["id"][::-1], "url_title": pick.of(words.WORDS),
        "ua": f"{words.AGENT} (i{row['$number']})", "referer": "https://ref.example/", "payout": payout,
        "revenue": revenue, "cr_name": pick.of(words.WORDS), "sl": pick.of(words.CODES),
    }  # fmt: skip
    for name in ("publisher_manager_id", "publisher_manager_name", "advertiser_manager_id", "advertiser_manager_name"):
        del found[name]
    return thinned(found, pick, row["$number"], ("campaign_id", "publisher_id")) | _own(row)


def conversion(seed: int, row: Row) -> Row:
    """All members of a conversion."""
    pair, number = row["$pair"], row["$number"]
    pick = Pick(f"a conversion {seed} {number}")
    user_id: object = pick.of((*words.CODES, number))  # a number in some rows; it is text all the same
    found = _shared(pick, row) | {
        **_own(pair), "url_id": number % 90, "url_long_id": row["id"][::-1], "url_title": pick.of(words.WORDS),
        "method": pick.of(("postback", "pixel", "import")), "txn_id": pick.of(words.CODES),
        "note": pick.of(words.WORDS),
        "coupon": pick.of(words.CODES), "user_id": user_id, **{name: pick.of(words.WORDS) for name in SUBS},
        "dl": "myapp://ö", "cr_name": pick.of(words.WORDS), "sl": pick.of(words.CODES),
        "device_id": words.DEVICE + f"{number:012}", "click_ip": words.IP + str(number % 250),
        "click_ua": f"{words.AGENT} (c{number})", "referer": "https://ref.example/", "click_ref": pick.of(words.WORDS),
        "utms": pick.of(words.WORDS), "utmd": pick.of(words.WORDS), "utmc": pick.of(words.WORDS), "epcat": "shoes",
        "vta": pick.below(2), "is_postback_fired": pick.below(2) == 1,
    }  # fmt: skip
    kept = ("campaign_id", "publisher_id", "currency", "advertiser_id")
    return thinned(found, pick, number, kept) | _own(row)


def _shared(pick: Pick, row: Row) -> Row:
    """What every log says of the visitor."""
    number = row["$number"]
    return {
        "source": pick.of(words.WORDS), **{name: pick.of(words.CODES) for name in PS[:3]},
        **{name: pick.of(words.WORDS) for name in PS[3:]},
        "country": pick.of(words.COUNTRIES), "region": "Bayern", "city": pick.of(words.CITIES), "isp": "Jio",
        "lat": pick.below(10**6) / 10**4, "long": -pick.below(10**6) / 10**4, "conn": pick.of(("wifi", "4g")),
        "os": pick.of(words.SYSTEMS), "browser": pick.of(words.BROWSERS), "device": pick.of(words.DEVICES),
        "brand": pick.of(("Xiaomi", "Apple")), "gaid": words.DEVICE + f"{number:x}",
        "idfa": words.DEVICE + f"f{number:x}",
        "android_id": words.DEVICE + f"a{number:x}", "ipaddr": words.IP + str(number % 250),
    }  # fmt: skip


def _named(pair: Row, nouns: tuple[str, ...], members: tuple[str, ...]) -> Row:
    return {f"{noun}_{member}": pair[f"{noun}_{member}"] for noun in nouns for member in members}


def _own(row: Row) -> Row:
    return {name: value for name, value in row.items() if name[0] != "$"}
