"""The calls there are: their parameters, their style of paging, and where their records stand in an answer."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from syncd.standin.trackier import report
from syncd.standin.trackier.asked import Parameter
from syncd.standin.trackier.making.happenings import PS, SUBS

Style = Literal["last_id", "page", "token", "whole", "report"]
STATUSES = ("approved", "pending", "cancelled", "rejected", "extended")
PAGE = {"page": Parameter("int", low=1), "limit": Parameter("int", low=1)}
LOG_PAGE = {"page": Parameter("int", low=1), "limit": Parameter("int", low=100, high=10_000)}
DATES = {"start": Parameter("date"), "end": Parameter("date")}
TEXTS, TEXT, ZONE, NUMBER = Parameter("texts"), Parameter("text"), Parameter("zone"), Parameter("int")


@dataclass(frozen=True, slots=True)
class Call:
    """One documented read call. `size` is the page without `limit`; `items` is where the records stand, by dots."""

    collection: str
    style: Style
    items: str
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    filters: frozenset[str] = frozenset()
    size: int = 100
    parent: str = ""
    succeeds: bool = False  # says `success: true`
    tells_pages: bool = True  # its pages are documented
    fields: tuple[str, ...] = ()  # what is served without `fields[]`
    selectable: Mapping[str, str] = field(default_factory=dict)  # what may be asked for, and the member it brings


_MANAGERS = ("publisher_company", "publisher_manager_id", "publisher_manager_name")
_PEOPLE = (
    "campaign_id", "campaign_long_id", "campaign_name", "publisher_id", "publisher_long_id", "publisher_name",
    "advertiser_id", "advertiser_long_id", "advertiser_name",
)  # fmt: skip
_VISITOR = (
    "source", *PS, "country", "region", "city", "isp", "lat", "long", "conn", "os", "browser", "device", "brand",
    "gaid",
    "idfa", "android_id", "ipaddr", "referer", "app_id", "app_name", "payout", "revenue",
)  # fmt: skip
CONVERSION_DEFAULT = (
    "id", "click_id", "campaign_id", "campaign_name", "publisher_id", "publisher_name", "advertiser_id",
    "advertiser_name",
    "goal_id", "goal_name", "url_id", "url_title", "currency", "payout", "revenue", "sale", "status",
    "click_time", "created",
)  # fmt: skip
CONVERSION = (
    *CONVERSION_DEFAULT, *_PEOPLE, *_VISITOR, *_MANAGERS, "advertiser_manager_id", "advertiser_manager_name",
    "external_offer_id", "goal_value", "url_long_id", "elapsed_time", "method", "txn_id", "note", "coupon",
    "user_id", *SUBS,
    "dl", "cr_name", "sl", "device_id", "click_ip", "click_ua", "click_ref", "utms", "utmd", "utmc", "epcat", "vta",
    "is_postback_fired",
)  # fmt: skip
CLICK = (
    "id", "created", *_PEOPLE, *_VISITOR, "org_id", "landing_page_id", "landing_page_long_id", "landing_page_name",
    "device_lang", "is_unique", "is_rejected", "is_bot", "curr", "note", "creative_name", "smart_link",
    "pub_impression_id", "pub_campaign_id", "sub_source", "click_domain", "release_order_id", "gclid", "rr",
)  # fmt: skip
# Of clicks two names that are asked for are not those that are answered.
CLICK_NAMES = dict(zip(CLICK, CLICK, strict=True)) | {"ua": "user_agent", "ro": "referrer_campaign"}
CLICK_SPELLINGS = {"advertiser_long_id": "advetiser_long_id", "referer": "referrer"}
"""Members that some rows have under the other name."""
IMPRESSION = (
    "id", "created", *_PEOPLE, *_VISITOR, "publisher_company", "external_offer_id", "url_id", "url_long_id",
    "url_title",
    "ua", "currency", "cr_name", "sl",
)  # fmt: skip
ALWAYS = {"modified"}
"""Members of conversions that nobody can ask for, and that rows which have them show."""


def _same(names: tuple[str, ...]) -> dict[str, str]:
    return {name: name for name in names}


CALLS: dict[str, Call] = {
    "/v2/accounts": Call("accounts", "whole", "accounts"),
    "/v2/categories": Call("categories", "whole", "categories"),
    "/v2/campaigns/categories": Call("categories", "whole", "categories"),
    "/v2/trackingDomains": Call("tracking_domains", "whole", "trackingDomains"),
    "/v2/advertisers": Call(
        "advertisers", "last_id", "advertisers", {"lastId": NUMBER, "limit": PAGE["limit"]},
        frozenset({"name", "company", "email", "ids"}), 1_000,
    ),
    "/v2/publishers": Call(
        "publishers", "last_id", "publishers", {"lastId": NUMBER, "limit": PAGE["limit"]},
        frozenset({"name", "company", "email", "ids"}), 5_000,
    ),
    "/v2/campaigns": Call(
        "campaigns", "last_id", "campaigns",
        {"lastId": NUMBER, "orderBy": Parameter("text", words=("created", "title")),
         "direction": Parameter("text", words=("asc", "desc")), "advertiser": TEXTS},
        frozenset({"status", "geo", "objective", "category", "visibility", "device", "os", "trafficChannels"}), 1_000,
    ),
    "/v2/campaigns/{id}/goals": Call("campaign_goals", "whole", "goals", parent="campaigns"),
    "/v2/campaigns/{id}/caps": Call("campaign_caps", "whole", "caps", parent="campaigns"),
    "/v2/campaigns/{id}/lps": Call("landing_pages", "whole", "landingPages", parent="campaigns"),
    "/v2/campaigns/{id}/payouts": Call("campaign_payouts", "whole", "payouts", parent="campaigns"),
    "/v2/publishers/{id}/transactions": Call("publisher_transactions", "whole", "transactions", parent="publishers"),
    "/v2/campaigns/access": Call(
        "campaign_access", "page", "accessList", PAGE, frozenset({"campaignIds", "publisherIds", "accessStatus"}), 50,
    ),
    "/v2/coupons": Call(
        "coupons", "page", "coupons", {**PAGE, "direction": Parameter("text", words=("asc", "desc"))},
        frozenset({"status", "code", "campaignIds", "publisherIds", "createdAfter", "createdBefore", "createdBy"}), 20,
        succeeds=True,
    ),
    "/v2/deals": Call(
        "deals", "page", "deals", {**PAGE, "name": TEXT, "campaigns": TEXTS, "publishers": TEXTS, "status": TEXT},
        size=1_000, succeeds=True, tells_pages=False,
    ),
    "/v2/postback": Call("postbacks", "page", "data.postbacks", PAGE, size=20, succeeds=True, tells_pages=False),
    "/v2/smart-link": Call("smart_links", "page", "smartlink", PAGE, size=20, tells_pages=False),
    "/v2/campaigns/timelines": Call(
        "campaign_timelines", "page", "data.changedCampaigns", {**DATES, **PAGE}, succeeds=True, tells_pages=False,
    ),
    "/v2/invoices": Call(
        "invoices", "page", "invoices",
        {"start": Parameter("date", required=True), "end": Parameter("date", required=True),
         "utype": Parameter("text", words=("publisher", "advertiser")), "user_id": TEXTS,
         "status": Parameter("text", words=("draft", "approved", "paid")), "zone": ZONE, **PAGE},
        size=20, succeeds=True,
    ),
    "/v2/network/conversions": Call(
        "conversions", "page", "conversions",
        {"start": Parameter("moment", required=True), "end": Parameter("moment", required=True),
        "zone": ZONE, **LOG_PAGE,
         "fields": TEXTS, "campaignIds": TEXTS, "publisherIds": TEXTS, "adv_ids": TEXTS, "source": TEXT,
         "status": Parameter("text", words=STATUSES)},
        fields=CONVERSION_DEFAULT, selectable=_same(CONVERSION),
    ),
    "/v2/network/impressions": Call(
        "impressions", "page", "impressions",
        {**DATES, "zone": ZONE, **LOG_PAGE, "fields": TEXTS, "camp_ids": TEXTS, "pub_ids": TEXTS, "adv_ids": TEXTS},
        fields=IMPRESSION, selectable=_same(IMPRESSION),
    ),
    "/v2/reports/clicks": Call(
        "clicks", "token", "clicks",
        {"start": Parameter("moment"), "end": Parameter("moment"), "zone": ZONE,
         "limit": Parameter("int", low=100, high=5_000), "pageToken": TEXT, "fields": TEXTS, "camp_ids": TEXTS,
         "pub_ids": TEXTS, "click_id": TEXT},
        fields=(*CLICK, "user_agent"), selectable=CLICK_NAMES,
    ),
    "/v2/reports/postback": Call(
        "postback_sent_logs", "page", "logs",
        {**DATES, **PAGE, "campaign_ids": TEXTS, "publisher_ids": TEXTS, "conversion_id": TEXT, "postback_id": TEXT},
        succeeds=True, tells_pages=False,
    ),
    "/v2/reports/custom": Call(
        "report_daily", "report", "records",
        {**DATES, "group": Parameter("texts", words=tuple(report.GROUPS)), "kpi": Parameter("texts", words=report.KPIS),
         "camp_ids": TEXTS, "pub_ids": TEXTS, "adv_ids": TEXTS, "remove_zero_data": Parameter("bool")},
    ),
}  # fmt: skip
_WITH_ID = {re.compile(path.replace("{id}", "([^/]+)")): call for path, call in CALLS.items() if "{id}" in path}


def find(path: str) -> tuple[Call, str] | None:
    """The call of a path and the id in it; None if there is no such path."""
    if path in CALLS and "{" not in path:
        return CALLS[path], ""
    for pattern, call in _WITH_ID.items():
        if found := pattern.fullmatch(path):
            return call, found[1]
    return None
