"""iTrack (Navixy): vehicles and people on the move. POST forms, sessions or keys, plain times in the user's zone."""

from __future__ import annotations

from datetime import timedelta

from syncd.vendors.base import Vendor
from syncd.vendors.itrack import (
    account,
    fleet,
    history,
    places,
    protocol,
    series,
    states,
    statuses,
    tasks,
    trackers,
    trips,
)
from syncd.vendors.itrack.meanings import LOGIN, explain

COLLECTIONS = (
    account.USER,
    trackers.TRACKERS,
    trackers.TRACKER_GROUPS,
    trackers.TAGS,
    states.TRACKER_STATES,
    states.SENSORS,
    states.READINGS,
    states.COUNTERS,
    trips.TRACKS,
    trips.TRACK_POINTS,
    history.EVENTS,
    history.EVENT_TYPES,
    places.ZONES,
    places.RULES,
    places.PLACES,
    places.CUSTOM_FIELDS,
    fleet.VEHICLES,
    fleet.GARAGES,
    fleet.SERVICE_TASKS,
    fleet.EMPLOYEES,
    fleet.DEPARTMENTS,
    fleet.DRIVER_ASSIGNMENTS,
    tasks.TASKS,
    tasks.FORM_TEMPLATES,
    tasks.CHECKINS,
    tasks.FORMS,
    trips.MILEAGE_DAILY,
    series.SENSOR_DATA,
    series.COUNTER_DATA,
    fleet.DRIVER_JOURNAL,
    statuses.STATUS_LISTINGS,
    statuses.STATUSES,
    statuses.TRACKER_STATUSES,
    account.SUBUSERS,
    account.SECURITY_GROUPS,
    account.TARIFFS,
    account.TRANSACTIONS,
    account.AUDIT_LOG,
)

# Beside the lists themselves: sessions, what is learned first, and the calls that lists need or fall back on.
_OTHERS = (
    LOGIN,
    "/user/session/renew/",
    "/dealer/get_ui_config/",
    "/tracker/sensor/list/",
    "/tracker/readings/list/",
    "/history/tracker/list/",
    "/zone/point/list/",
    "/entity/list/",
    "/task/route/list/",
    "/task/checkpoint/list/",
    "/form/read/",
    "/subuser/tracker/list/",
)

ITRACK = Vendor(
    name="itrack",
    title="iTrack",
    settings=protocol.SETTINGS,
    base_url=None,
    base_url_suffix="",
    base_url_example="https://api.itrack.live/v2",
    sign=protocol.sign,
    explain=explain,
    limits=protocol.LIMITS,
    # Calls that change something are POSTs as well: only these paths may leave.
    reads=tuple(("POST", path) for path in (*(c.path for c in COLLECTIONS), *_OTHERS)),
    probe=protocol.question("/user/get_info/"),
    collections=COLLECTIONS,
    lookups=(),
    sessions=protocol.SESSIONS,
    learn=protocol.learn,
    check=protocol.check,
    warn=protocol.warn,
    logins=(("api_key",), ("login", "password")),
    since=timedelta(days=90),
)
