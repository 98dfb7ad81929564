"""Trackops: investigation and case management. One request a second, pages of 100, Basic authentication."""

from __future__ import annotations

from syncd.ask import Question
from syncd.vendors.base import Vendor
from syncd.vendors.trackops import activity, billing, cases, people, protocol, setup
from syncd.vendors.trackops.lookups import LOOKUPS

COLLECTIONS = (
    setup.FIELDS,
    people.STAFF,
    people.CLIENTS,
    people.CLIENT_LOCATIONS,
    people.CLIENT_CONTACTS,
    cases.CASES,
    cases.CASE_REQUESTS,
    cases.SUBJECTS,
    activity.CASE_UPDATES,
    activity.CASE_UPDATE_NOTIFICATIONS,
    cases.CASE_STATUS_HISTORY,
    activity.EVENTS,
    activity.TASKS,
    activity.FILES,
    billing.INVOICES,
    billing.INVOICE_PAYMENTS,
    billing.EXPENSE_ENTRIES,
    billing.EXPENSE_SLIPS,
)

# The two lists inside a sub-collection: all rows of one case, all notifications of one update.
_LISTS_OF_ONE = (("GET", "/cases/status_history/{casefile_id}"), ("GET", "/case/update/notifications/{update_id}"))

TRACKOPS = Vendor(
    name="trackops",
    title="Trackops",
    settings=protocol.SETTINGS,
    base_url=protocol.base_url,
    base_url_suffix="/api/v1",
    sign=protocol.sign,
    explain=protocol.explain,
    limits=protocol.LIMITS,
    reads=(*((("GET", c.path)) for c in COLLECTIONS), *((("GET", c.one)) for c in COLLECTIONS), *_LISTS_OF_ONE),
    probe=Question("/fields", (("per_page", "1"), ("page", "1"))),
    collections=COLLECTIONS,
    lookups=LOOKUPS,
    count=protocol.count,
    counted=protocol.counted,
)
