"""Trackunit Classic: machines and their devices. No paging; windows of at most 31 days; a token for the account."""

from __future__ import annotations

from datetime import timedelta

from syncd.ask import Question
from syncd.vendors.base import Vendor
from syncd.vendors.trackunit import alarms, people, places, protocol, reports, units

COLLECTIONS = (
    people.CLIENTS,
    people.CATEGORIES,
    places.ZONES,
    places.POINTS,
    people.GROUPS,
    people.KEYS,
    people.CONTACTS,
    alarms.ALARMS,
    units.UNITS,
    units.UNIT_EXTENDED_INFO,
    alarms.ALARM_LOG,
    reports.UNIT_DAY_SUMMARIES,
    reports.UNIT_HISTORY,
    reports.ACTIVE_FAULTS,
    reports.TRIPS,
    reports.CAN_HISTORY,
    reports.KEY_HISTORY,
)

TRACKUNIT = Vendor(
    name="trackunit",
    title="Trackunit Classic",
    settings=protocol.SETTINGS,
    base_url=protocol.base_url,
    base_url_suffix="/public",
    sign=protocol.sign,
    explain=protocol.explain,
    warn=protocol.warn,
    limits=protocol.LIMITS,
    # Trackunit's writing calls answer GET as well: only these paths may leave.
    reads=tuple(("GET", collection.path) for collection in COLLECTIONS),
    probe=Question("/Category"),
    collections=COLLECTIONS,
    lookups=(units.VARIABLES,),
    since=timedelta(days=365),
    # A slow answer is the vendor holding requests back, or a large report: no failure.
    timeout_s=120.0,
)
