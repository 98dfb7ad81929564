"""What belongs to campaigns: goals, caps and landing pages one by one, access for all of them."""

from __future__ import annotations

from datetime import timedelta

from syncd.collection import Absence, Child, Collection, Listing, Origin, Windows, decimal, instant, integer, json, text
from syncd.vendors.trackier import reads
from syncd.vendors.trackier.shared import CAMPAIGNS, CAMPAIGNS_BY_ID

CAMPAIGN_GOALS: Collection = Collection(
    name="campaign_goals",
    table="trackier_campaign_goals",
    doc="Further events of a campaign that are paid for; the default goal is not among them.",
    path="/v2/campaigns/{id}/goals",
    one="",
    key=("id",),
    strategy=Listing(reads.of_campaign("goals", "goals", "campaignId"), CAMPAIGNS),
    drops=("__v",),
    columns=(
        text("id", "long id", required=True, source="_id"),
        text(
            "campaign_long_id",
            "campaign, by its long id",
            required=True,
            source="campaignId",
            references="trackier_campaigns.hash_id",
        ),
        text("title", "name, as logs and reports show it", required=True),
        text("value", "name of the event as advertisers send it"),
        text("type", "public, private, pub_specific"),
        integer("track_multi_conv", "several conversions of one click count (0 or 1)", source="trackMultiConv"),
        text("dcs", "status of new conversions: approved, pending, cancelled, rejected"),
        json(
            "blacklist_postback_pubs", "publishers whose postbacks are not sent (JSON)", source="blacklistPostbackPubs"
        ),
        json(
            "whitelist_postback_pubs",
            "the only publishers whose postbacks are sent (JSON)",
            source="whitelistPostbackPubs",
        ),
        instant("created", "when it was made (UTC)"),
        instant("modified", "when it last changed (UTC)"),
    ),
    children=(
        Child(
            name="goal_payouts",
            table="trackier_goal_payouts",
            source="payouts",
            key=("id",),
            parent_key=("goal_id",),
            columns=(
                text(
                    "goal_id",
                    "of the parent",
                    required=True,
                    origin=Origin.CONTEXT,
                    references="trackier_campaign_goals.id",
                ),
                text("id", "long id", required=True, source="_id"),
                decimal("payout", "what the publisher gets; of a percentage the percent, not money"),
                decimal("revenue", "what the advertiser pays; of a percentage the percent, not money"),
                text("currency", "ISO 4217 code"),
                text("payout_model", "fixed, percentage"),
                json("geo", 'countries it holds for; ["ALL"] is everywhere (JSON)'),
                instant("created", "when it was made (UTC)"),
            ),
        ),
    ),
)

CAMPAIGN_ACCESS: Collection = Collection(
    name="campaign_access",
    table="trackier_campaign_access",
    doc="Which publisher may run which campaign; only of private campaigns and those with permission.",
    path="/v2/campaigns/access",
    one="",
    key=("id",),
    strategy=Listing(reads.paged("/v2/campaigns/access", "accessList", "_id")),
    drops=(
        "campaign.hashId",
        "publisher.hashId",
    ),
    columns=(
        text("id", "long id", required=True, source="_id"),
        text("type", "private, permission", required=True),
        text("status", "approved, pending, denied", required=True),
        text(
            "campaign_long_id",
            "campaign, by its long id",
            required=True,
            source="campaignId",
            references="trackier_campaigns.hash_id",
        ),
        text(
            "publisher_long_id",
            "publisher, by its long id",
            required=True,
            source="publisherId",
            references="trackier_publishers.hash_id",
        ),
        integer("campaign_id", "campaign", source="campaign.id", references="trackier_campaigns.id"),
        text("campaign_title", "title of the campaign", source="campaign.title"),
        text("campaign_status", "status of the campaign", source="campaign.status"),
        integer("publisher_id", "publisher", source="publisher.id", references="trackier_publishers.id"),
        text("publisher_name", "name of the publisher", source="publisher.name"),
        text("publisher_company", "firm of the publisher", source="publisher.company"),
        instant("created", "when it was made (UTC)"),
    ),
)

CAMPAIGN_CAPS: Collection = Collection(
    name="campaign_caps",
    table="trackier_campaign_caps",
    doc="Limits of a campaign, for an hour, a day, a month or for ever.",
    path="/v2/campaigns/{id}/caps",
    one="",
    key=("id",),
    strategy=Listing(reads.of_campaign("caps", "caps", "campaignId"), CAMPAIGNS),
    enabled_by_default=False,
    columns=(
        text("id", "long id", required=True, source="_id"),
        text(
            "campaign_long_id",
            "campaign, by its long id",
            required=True,
            source="campaignId",
            references="trackier_campaigns.hash_id",
        ),
        text(
            "goal_id",
            "goal; null means all, or the default goal",
            source="goalId",
            references="trackier_campaign_goals.id",
        ),
        json("publisher_ids", "publishers it holds for (JSON)", source="publisherIds"),
        text("pub_cap_type", "each, group", source="pubCapType"),
        json("landing_page_ids", "landing pages it holds for (JSON)", source="landingPageIds"),
        text("type", "what is capped: conversion, click, payout, revenue and others", required=True),
        decimal("hourly", "cap of an hour; null means none"),
        decimal("daily", "cap of a day; null means none"),
        decimal("monthly", "cap of a month; null means none"),
        decimal("lifetime", "cap for ever; null means none"),
        integer("enable_per_minute_cap", "spread over minutes (0 or 1)", source="enablePerMinuteCap"),
        integer("pause_resources", "pauses what it caps (0 or 1)", source="pauseResources"),
        text("visibility", "who sees it"),
        json("geo", 'countries it holds for; ["ALL"] is everywhere (JSON)'),
        text("redirect", "where visitors above it go"),
        instant("created", "when it was made (UTC)"),
        instant("modified", "when it last changed (UTC)"),
    ),
)

LANDING_PAGES: Collection = Collection(
    name="landing_pages",
    table="trackier_landing_pages",
    doc="Where visitors of a campaign arrive.",
    path="/v2/campaigns/{id}/lps",
    one="",
    key=("id",),
    strategy=Listing(reads.of_campaign("lps", "landingPages"), CAMPAIGNS_BY_ID),
    enabled_by_default=False,
    columns=(
        integer(
            "campaign_id",
            "campaign that was asked for",
            required=True,
            origin=Origin.CONTEXT,
            references="trackier_campaigns.id",
        ),
        text("id", "long id", required=True, source="_id"),
        integer("display_id", "number as shown", source="displayId"),
        text("title", "title", required=True),
        text("url", "address"),
        text("preview_link", "preview", source="previewLink"),
        text("lp_type", "landing, prelanding, targeting_group", source="lpType"),
        text("description", "description"),
        text("rule_variable", "value its rule looks at", source="ruleVariable"),
        text("rule_value", "value its rule wants", source="ruleValue"),
        json("urls", "addresses with their percentages (JSON)"),
        text("status", "active, paused"),
        instant("created", "when it was made (UTC)"),
        instant("modified", "when it last changed (UTC)"),
    ),
)

CAMPAIGN_TIMELINES: Collection = Collection(
    name="campaign_timelines",
    table="trackier_campaign_timelines",
    doc="What changed in campaigns, and when.",
    path="/v2/campaigns/timelines",
    one="",
    key=(
        "campaign_long_id",
        "event",
        "created",
    ),
    strategy=Windows(
        reads.logged(
            "/v2/campaigns/timelines",
            "data.changedCampaigns",
            ("campaignId", "event", "created"),
            reads.PAGE,
            lambda part: reads.days(reads.window_of(part)),
        ),
        start="created",
        most=timedelta(days=31),
        lookback=timedelta(days=1),
        daily=True,
        utc=True,
    ),
    absence=Absence.KEEP,
    enabled_by_default=False,
    columns=(
        text(
            "campaign_long_id",
            "campaign, by its long id",
            required=True,
            source="campaignId",
            references="trackier_campaigns.hash_id",
        ),
        text("event", "what changed", required=True),
        instant("created", "when (UTC)", required=True),
    ),
)
