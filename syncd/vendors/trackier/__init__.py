"""Trackier: campaigns, publishers and what they brought. Five ways of paging, two limits, a zone that nobody tells."""

from __future__ import annotations

from datetime import timedelta

from syncd.ask import Question
from syncd.vendors.base import Vendor
from syncd.vendors.trackier import campaigns, clicks, conversions, details, money, offers, people, protocol, reports
from syncd.vendors.trackier.meanings import explain

COLLECTIONS = (
    people.ACCOUNTS,
    people.ADVERTISERS,
    people.PUBLISHERS,
    campaigns.CATEGORIES,
    campaigns.CAMPAIGNS,
    details.CAMPAIGN_GOALS,
    details.CAMPAIGN_ACCESS,
    offers.COUPONS,
    money.INVOICES,
    conversions.CONVERSIONS,
    clicks.CLICKS,
    reports.REPORT_DAILY,
    details.CAMPAIGN_CAPS,
    details.LANDING_PAGES,
    conversions.POSTBACK_SENT_LOGS,
    clicks.IMPRESSIONS,
    offers.DEALS,
    offers.POSTBACKS,
    offers.SMART_LINKS,
    offers.TRACKING_DOMAINS,
    details.CAMPAIGN_TIMELINES,
    money.PUBLISHER_TRANSACTIONS,
    money.PUBLISHER_PAYMENTS,
)

TRACKIER = Vendor(
    name="trackier",
    title="Trackier",
    settings=protocol.SETTINGS,
    base_url=protocol.base_url,
    base_url_suffix="",
    wrong_url=protocol.wrong_url,
    sign=protocol.sign,
    explain=explain,
    check=protocol.check,
    warn=protocol.warn,
    account=protocol.account,
    limits=protocol.CLASSES[protocol.ENTITIES],
    classes=protocol.CLASSES,
    class_of=protocol.class_of,
    # Writing calls are other methods and other paths: only these may leave.
    reads=tuple(dict.fromkeys(("GET", collection.path) for collection in COLLECTIONS)),
    probe=Question("/v2/categories"),
    collections=COLLECTIONS,
    lookups=(),
    since=protocol.LOGS_SINCE,
    every=timedelta(hours=1),
    # Reports are made while one waits.
    timeout_s=120.0,
    never_stored=frozenset({"password", "security_token"}),
)
