"""People: the network's team, who pays it and whom it pays."""

from __future__ import annotations

from syncd.collection import Collection, Column, Listing, boolean, instant, integer, json, text
from syncd.vendors.trackier import reads
from syncd.vendors.trackier.shared import managers, values


def _user(what: str) -> tuple[Column, ...]:
    """What advertisers and publishers have in common."""
    return (
        integer("id", "short id, which logs and reports refer to", required=True),
        text("hash_id", "long id, which campaigns, coupons and payouts refer to", required=True, source="hashId"),
        text("name", f"name of the {what}", required=True),
        text("username", "login name"),
        text("company", "firm"),
        text("email", "e-mail address", required=True),
        text("phone", "telephone number"),
        text("status", "active, pending, disabled, rejected", required=True),
        text("currency", "ISO 4217 code; region_currency may be another"),
        text("region_currency", "currency of its region", source="region.currency"),
        text("region_lang", "language", source="region.lang"),
        text("region_zone", "time zone", source="region.zone"),
        text("region_country", "country", source="region.country"),
        text("region_address", "address", source="region.address"),
        text("region_city", "town", source="region.city"),
        text("region_state", "state", source="region.state"),
        text("region_zipcode", "postal code", source="region.zipcode"),
        instant("login", "last login to the panel (UTC)"),
        integer("login_attempts", "failed attempts to log in"),
        text("signup_ip", "internet address it signed up from; null unless included", sensitive=True),
        instant("created", "when it was made (UTC); 1970 occurs", required=True),
        instant("modified", "when it last changed (UTC)"),
        json("meta_afields", "answers of the sign-up form, free keys (JSON)", source="meta.afields"),
        json("meta_bank", "bank account (JSON); null unless included", source="meta.bank", sensitive=True),
    )


ACCOUNTS: Collection = Collection(
    name="accounts",
    table="trackier_accounts",
    doc="The team: users of the network itself.",
    path="/v2/accounts",
    one="",
    key=("id",),
    strategy=Listing(reads.whole("/v2/accounts", "accounts")),
    columns=(
        integer("id", "short id, which managers of advertisers and publishers refer to", required=True),
        text("hash_id", "long id, 24 hexadecimal characters", required=True, source="hashId"),
        text("name", "name of the team member", required=True),
        text("email", "e-mail address"),
        text("status", "active, and others"),
        text("type", "role, as subadmin"),
        integer(
            "reporting_manager_id",
            "whom the member reports to",
            source="reportingManager.id",
            references="trackier_accounts.id",
        ),
        text("reporting_manager_name", "name of that manager", source="reportingManager.name"),
        text("reporting_manager_email", "e-mail address of that manager", source="reportingManager.email"),
        instant("created", "when it was made (UTC)", required=True),
        instant("modified", "when it last changed (UTC)"),
    ),
)

ADVERTISERS: Collection = Collection(
    name="advertisers",
    table="trackier_advertisers",
    doc="Who pays the network.",
    path="/v2/advertisers",
    one="",
    key=("id",),
    strategy=Listing(reads.by_last_id("/v2/advertisers", "advertisers", limit=reads.USERS_AT_ONCE)),
    drops=("meta",),
    columns=(
        *_user("advertiser"),
        text("redirect_type", "how visitors are redirected", source="redirectType", aliases="redirect_type"),
        text("fallback_url", "where visitors go that no campaign takes", source="fallbackUrl", aliases="fallback_url"),
        text("unique_conv_ip", "whether one address converts once"),
        text("check_links", "whether its links are checked"),
        json("tags", "tags (JSON), each also in a row of its own"),
        json("blocked_pubs", "ids of publishers that are blocked (JSON)", source="blockedPubs", aliases="blocked_pubs"),
    ),
    children=(
        managers("advertiser_id", "advertisers"),
        values("advertiser_tags", "tags", ("advertiser_id", "advertisers"), "a tag"),
    ),
)

PUBLISHERS: Collection = Collection(
    name="publishers",
    table="trackier_publishers",
    doc="Whom the network pays.",
    path="/v2/publishers",
    one="",
    key=("id",),
    strategy=Listing(reads.by_last_id("/v2/publishers", "publishers", limit=reads.USERS_AT_ONCE)),
    drops=("meta",),
    columns=(
        *_user("publisher"),
        text("manager_id", "manager, by the long id", references="trackier_accounts.hash_id"),
        text("tier_id", "tier"),
        text("ref_by", "publisher that referred it, by the long id", references="trackier_publishers.hash_id"),
        boolean("unsubscribe", "gets no mails"),
        boolean("is_demo", "a demo account"),
        json("hide_camp", "campaigns hidden from it (JSON)"),
        integer("conversions_pending", "its conversions wait for approval (0 or 1)", source="conversionsPending"),
        json("macro", "default values of p1 to p10, source, app_name, app_id, gaid (JSON)"),
        json("tags", "tags (JSON), each also in a row of its own"),
        json("whitelist_adv", "ids of the only advertisers it works for (JSON)", source="whitelistAdv"),
        json("blocked_sources", "sources that are blocked (JSON)", source="blockedSources"),
    ),
    children=(
        managers("publisher_id", "publishers"),
        values("publisher_tags", "tags", ("publisher_id", "publishers"), "a tag"),
    ),
)
