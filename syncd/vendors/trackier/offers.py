"""What is offered beside campaigns: coupons, deals, smart links, postbacks, domains."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from syncd.collection import Child, Collection, Listing, Origin, boolean, decimal, instant, integer, json, text
from syncd.errors import RecordInvalid
from syncd.vendors.trackier import reads
from syncd.vendors.trackier.shared import filled


def _publishers(record: Mapping[str, Any]) -> list[Any]:
    """The publishers of a coupon, those that it is for and those that it is not for."""
    found = []
    for member, excluded in (("publisherIds", False), ("excludedPubIds", True)):
        told = record.get(member)
        if told is not None and not isinstance(told, list):
            raise RecordInvalid(f"{member} is not an array")
        found += [
            {".": publisher, "@position": place, "@excluded": excluded}
            for place, publisher in enumerate(told or ())
            if publisher is not None
        ]
    return found


COUPONS: Collection = Collection(
    name="coupons",
    table="trackier_coupons",
    doc="Coupon codes and whom they are for.",
    path="/v2/coupons",
    one="",
    key=("id",),
    strategy=Listing(reads.paged("/v2/coupons", "coupons", "_id")),
    columns=(
        text("id", "long id", required=True, source="_id"),
        text("org_id", "the network"),
        text("av", "advertiser, by the long id", references="trackier_advertisers.hash_id"),
        text(
            "campaign_long_id", "campaign, by its long id", source="campaignId", references="trackier_campaigns.hash_id"
        ),
        text("code", "the code", required=True),
        text("description", "description"),
        text("type", "generic, exclusive, one_time"),
        text("status", "active, pending, expired; expires without an event", required=True),
        instant("start_date", "valid from (UTC)", source="startDate"),
        instant("end_date", "valid to (UTC)", source="endDate"),
        instant("created", "when it was made (UTC)", required=True),
        text("created_by", "who made it", source="createdBy"),
        json("publisher_ids", "long ids of publishers (JSON), each also in a row of its own", source="publisherIds"),
        json(
            "excluded_pub_ids",
            "long ids of publishers left out (JSON), each also in a row of its own",
            source="excludedPubIds",
        ),
        json("payouts", "payouts with their rules (JSON)"),
    ),
    children=(
        Child(
            name="coupon_publishers",
            table="trackier_coupon_publishers",
            source="publisherIds",
            sources=("excludedPubIds",),
            elements=_publishers,
            key=(
                "coupon_id",
                "excluded",
                "position",
            ),
            parent_key=("coupon_id",),
            columns=(
                text(
                    "coupon_id", "of the parent", required=True, origin=Origin.CONTEXT, references="trackier_coupons.id"
                ),
                text(
                    "publisher_long_id",
                    "publisher, by the long id",
                    required=True,
                    source=".",
                    references="trackier_publishers.hash_id",
                ),
                integer("position", "place in its list, from 0", required=True, origin=Origin.COMPUTED),
                boolean(
                    "excluded",
                    "false from publisherIds, true from excludedPubIds",
                    required=True,
                    origin=Origin.CONTEXT,
                ),
            ),
        ),
    ),
)

DEALS: Collection = Collection(
    name="deals",
    table="trackier_deals",
    doc="Agreements for a time.",
    path="/v2/deals",
    one="",
    key=("id",),
    strategy=Listing(reads.paged("/v2/deals", "deals")),
    enabled_by_default=False,
    columns=(
        text("id", "long id", required=True),
        text("name", "name", required=True),
        text("url", "address"),
        integer("campaign_id", "campaign", references="trackier_campaigns.id"),
        text("campaign_name", "name of the campaign"),
        text("inc_exc_pubs", "whether the publishers are meant or left out"),
        instant("start_date", "from (UTC)", source="start", prepare=filled),
        instant("end_date", "to (UTC)", source="end", prepare=filled),
        text("status", "active, inactive, pending, expired"),
        text("description", "description"),
        text("terms_conditions", "terms and conditions"),
        instant("created", "when it was made (UTC)"),
    ),
    children=(
        Child(
            name="deal_publishers",
            table="trackier_deal_publishers",
            source="publishers",
            key=(
                "deal_id",
                "id",
            ),
            parent_key=("deal_id",),
            columns=(
                text("deal_id", "of the parent", required=True, origin=Origin.CONTEXT, references="trackier_deals.id"),
                integer("id", "publisher", required=True, references="trackier_publishers.id"),
                text("hash_id", "publisher, by its long id", source="hashId"),
                text("name", "name of the publisher"),
                text("company", "firm of the publisher"),
            ),
        ),
    ),
)

POSTBACKS: Collection = Collection(
    name="postbacks",
    table="trackier_postbacks",
    doc="Calls that tell publishers of conversions. The addresses may hold secrets of the publishers.",
    path="/v2/postback",
    one="",
    key=("id",),
    strategy=Listing(reads.paged("/v2/postback", "data.postbacks")),
    enabled_by_default=False,
    columns=(
        text("id", "long id", required=True),
        text("event", "event it tells of"),
        text("event_id", "goal it tells of", source="eventId"),
        text("type", "kind"),
        text("data", "address that is called"),
        text("status", "status"),
        text("allowed_conv_status", "status of conversions it is sent for", source="allowedConvStatus"),
        text("publisher_long_id", "publisher, by the long id (inferred)", source="publisherId"),
        text("campaign_long_id", "campaign, by the long id (inferred)", source="campaignId"),
        boolean("block_zero_payout_pb", "not sent without a payout", source="blockZeroPayoutPb"),
        json("http", "method, headers and body of the call (JSON)"),
        instant("created", "when it was made (UTC)"),
    ),
)

SMART_LINKS: Collection = Collection(
    name="smart_links",
    table="trackier_smart_links",
    doc="Links that choose among campaigns.",
    path="/v2/smart-link",
    one="",
    key=("id",),
    strategy=Listing(reads.paged("/v2/smart-link", "smartlink")),
    enabled_by_default=False,
    # The short spellings repeat the long ones.
    drops=("advs",),
    columns=(
        text("id", "long id", required=True),
        text("short_id", "short id"),
        text("name", "name", required=True),
        text("description", "description"),
        text("type", "kind"),
        text("model", "payout model"),
        text("status", "status"),
        boolean("pb", "postbacks are sent"),
        text("append_url", "added to the address", source="appendUrl", aliases="aurl"),
        json("allowed_pubs", "publishers that may use it (JSON)", source="allowedPubs", aliases="ap"),
        json("blocked_pubs", "publishers that may not (JSON)", source="blockedPubs", aliases="bp"),
        json("categories", "categories (JSON)", aliases="cats"),
        json("excluded_offers", "campaigns left out (JSON)", source="excludedOffers", aliases="eoffers"),
        instant("created", "when it was made (UTC)"),
        instant("modified", "when it last changed (UTC)"),
    ),
    children=(
        Child(
            name="smart_link_campaigns",
            table="trackier_smart_link_campaigns",
            source="campaigns",
            key=(
                "smart_link_id",
                "id",
            ),
            parent_key=("smart_link_id",),
            columns=(
                text(
                    "smart_link_id",
                    "of the parent",
                    required=True,
                    origin=Origin.CONTEXT,
                    references="trackier_smart_links.id",
                ),
                text("id", "campaign, by its long id", required=True, references="trackier_campaigns.hash_id"),
                decimal("percentage", "share of the traffic, percent"),
                integer("num", "share of the traffic: numerator"),
                integer("denom", "share of the traffic: denominator"),
            ),
        ),
    ),
)

TRACKING_DOMAINS: Collection = Collection(
    name="tracking_domains",
    table="trackier_tracking_domains",
    doc="Hosts of tracking links.",
    path="/v2/trackingDomains",
    one="",
    key=("id",),
    strategy=Listing(reads.whole("/v2/trackingDomains", "trackingDomains")),
    enabled_by_default=False,
    columns=(
        text("id", "long id", required=True, source="_id"),
        text("host", "name of the host", required=True),
        text("protocol", "http or https"),
        text("visibility", "who sees it"),
        text("type", "kind"),
        text("status", "status"),
        integer("is_default", "the default one (0 or 1)", source="isDefault"),
        json("pubs", "publishers it is for (JSON)"),
        instant("created", "when it was made (UTC)"),
        instant("modified", "when it last changed (UTC)"),
    ),
)
