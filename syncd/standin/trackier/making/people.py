"""Makers of the team, of advertisers and publishers, and of what publishers are paid."""

from datetime import timedelta
from decimal import Decimal

from syncd.standin.trackier import words
from syncd.standin.trackier.world import Pick, Row, World, thinned

PERSON = ("id", "hashId", "name", "email", "status", "created")
STATUSES = ("active", "active", "active", "pending", "disabled", "rejected")
NOTES = ("", "Bonus «März»", "paid twice, see 0042", "समायोजन")


def make_account(world: World, number: int, about: Row) -> Row:
    """A member of the network's team."""
    pick = world.pick("accounts", number)
    boss = world.any_of("accounts", pick)
    created = about.get("created") or world.past(pick)
    row: Row = {
        "id": number + 1, "hashId": world.long_id("accounts", number), "name": pick.of(words.NAMES),
        "email": f"team{number}@network.example", "status": pick.of(("active", "disabled")),
        "type": pick.of(("subadmin", "manager", "admin")),
        "reportingManager": _manager(boss) | {"password": words.PASSWORD} if boss else None,
        "created": created, "modified": pick.of((created + timedelta(days=1), words.LONG_AGO)),
    }  # fmt: skip
    return thinned(row, pick, number, ("id", "hashId", "name", "created"))


def make_category(world: World, number: int, _about: Row) -> Row:
    """A category; campaigns name it, blanks at its end and all."""
    pick = world.pick("categories", number)
    name = (
        f"{pick.of(('Games', 'Finance', 'Ünterhaltung', '美容', 'Dating & more'))} {number}{pick.of(('', ' ', '  '))}"
    )
    row: Row = {"_id": world.long_id("categories", number), "name": name, "created": world.past(pick)}
    return thinned(row, pick, number, ("_id", "name"))


def make_advertiser(world: World, number: int, about: Row) -> Row:
    """An advertiser. Two spellings of some members are about."""
    pick = world.pick("advertisers", number)
    row = _user(world, pick, "advertisers", number, about)
    row["meta"]["security_token"] = words.SECURITY_TOKEN
    pubs = [one["id"] for one in pick.some(world.rows("publishers"), 2)]
    for old, new, value in (
        ("redirect_type", "redirectType", pick.of(("302", "200_hrf"))),
        ("fallback_url", "fallbackUrl", f"https://fallback.example/{number}?x=ü"),
        ("blocked_pubs", "blockedPubs", pubs),
    ):
        row[old if pick.below(3) == 0 else new] = value
    row |= {"unique_conv_ip": pick.of(("yes", "no")), "check_links": pick.of(("on", "1"))}
    return _thin_user(row, pick, number)


def make_publisher(world: World, number: int, about: Row) -> Row:
    """A publisher."""
    pick = world.pick("publishers", number)
    row = _user(world, pick, "publishers", number, about)
    manager, other = world.any_of("accounts", pick), world.any_of("publishers", pick, missing=3)
    advertisers = [one["id"] for one in pick.some(world.rows("advertisers"), 2)]
    row |= {
        "password": words.PASSWORD, "manager_id": manager["hashId"] if manager else None,
        "tier_id": world.long_id("tiers", pick.below(3)), "ref_by": other["hashId"] if other else None,
        "unsubscribe": pick.below(2) == 1, "is_demo": pick.below(4) == 0,
        "hide_camp": pick.of((1, {"ids": [3, 7], "password": words.PASSWORD}, ["all"])),
        "conversionsPending": pick.below(3),
        "macro": {"p1": pick.of(words.CODES), "source": pick.of(words.WORDS), "gaid": "{gaid}"},
        "whitelistAdv": advertisers, "blockedSources": pick.some(words.WORDS, 3),
    }  # fmt: skip
    return _thin_user(row, pick, number)


def make_transaction(world: World, number: int, about: Row) -> Row:
    """A booking on the account of the publisher `publisher_id`."""
    pick = world.pick("publisher_transactions", number)
    created = about.get("created") or world.past(pick)
    row = {
        "_id": world.long_id("publisher_transactions", number), "user_id": _long_id(world, about),
        "org_id": world.org_id,
        "type": pick.of(("bonus", "deduction", "referral")),
        "credit": pick.of((Decimal("12.5"), Decimal("1E-7"), Decimal(3))),
        "debit": pick.of((Decimal(0), Decimal("0.030303"))), "system": pick.of(("manual", "auto")),
        "note": pick.of(NOTES), "live": pick.below(5) > 0, "created": created, "modified": created + timedelta(hours=3),
        "security_token": words.SECURITY_TOKEN, "$publisher": about["publisher_id"],
    }  # fmt: skip
    return thinned(row, pick, number, ("_id", "user_id"))


def make_payment(world: World, number: int, about: Row) -> Row:
    """A payment to the publisher `publisher_id`."""
    pick = world.pick("publisher_payments", number)
    row = {
        "_id": world.long_id("publisher_payments", number), "user_id": _long_id(world, about),
        "utype": pick.of(("publisher", "affiliate")), "type": pick.of(("invoice", "advance")),
        "amount": pick.of((Decimal("12345678.12"), Decimal(700), Decimal("0.1"))),
        "invoices": [world.long_id("paid", pick.below(90)) for _ in range(pick.below(3))], "live": pick.below(5) > 0,
        "meta": {"refer_id": pick.of(words.CODES), "note": pick.of(NOTES), "password": words.PASSWORD},
        "modified": world.past(pick), "$publisher": about["publisher_id"],
    }  # fmt: skip
    return thinned(row, pick, number, ("_id", "user_id"))


def _user(world: World, pick: Pick, table: str, number: int, about: Row) -> Row:
    created = about.get("created") or pick.of((world.past(pick), world.past(pick), words.LONG_AGO))
    accounts = world.rows("accounts")
    return {
        "id": number + 1, "hashId": world.long_id(table, number), "name": pick.of(words.NAMES),
        "username": f"user{number:04}", "company": pick.of(words.NAMES), "email": f"{table[:3]}{number}@example.com",
        "phone": pick.of(("+91 00420", "0049-30", "007")), "status": pick.of(STATUSES),
        "currency": pick.of(words.CURRENCIES), "region": _region(pick, number),
        "tags": pick.some(words.WORDS, 3),
        "managers": [
            thinned(_manager(one) | {"security_token": words.SECURITY_TOKEN}, pick, number + 1, ("id",))
            for one in pick.some(accounts, 2)
        ],
        "login": world.past(pick), "login_attempts": pick.below(4), "signup_ip": words.IP + str(pick.below(250)),
        "created": created, "modified": pick.of((created + timedelta(hours=1), words.LONG_AGO)),
        "meta": thinned({
            "afields": {"How did you hear of us?": pick.of(words.WORDS), "password": words.PASSWORD, "age": 41.5},
            "bank": words.BANK | {"number": pick.of(words.CODES)},
            "other": {"theme": "dark"},
        }, pick, number + 1, ()),
    }  # fmt: skip


def _thin_user(row: Row, pick: Pick, number: int) -> Row:
    found = thinned(row, pick, number, PERSON)
    # Without a status an entity cannot be, whatever else it lacks.
    return found | {"status": row["status"]}


def _region(pick: Pick, number: int) -> Row:
    region: Row = {
        "currency": pick.of(words.CURRENCIES), "lang": pick.of(words.LANGUAGES), "zone": pick.of(words.ZONES),
        "country": pick.of(words.COUNTRIES), "address": pick.of(words.WORDS), "city": pick.of(words.CITIES),
        "state": "Mahārāṣṭra", "zipcode": pick.of(("00501", "400001")),
    }  # fmt: skip
    return thinned(region, pick, number + 1, ())


def _manager(account: Row) -> Row:
    return {"id": account["id"], "name": account["name"], "email": account.get("email")}


def _long_id(world: World, about: Row) -> str:
    found: str = world.table("publishers")[about["publisher_id"]]["hashId"]
    return found
