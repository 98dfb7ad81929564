"""How Trackier is spoken to: the key, the zone of the network's days, addresses, and two limits at once."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from difflib import get_close_matches
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from syncd.reading import Account
from syncd.vendors.base import Limits, Setting, Signature

BASE_URL = "https://api.trackier.com"

SETTINGS = (
    Setting(
        "api_key",
        "the network's (admin) API key, from Automation > API in the panel; this machine's address has to be allowed",
        secret=True,
        example="env:TRACKIER_KEY",
    ),
    Setting(
        "time_zone",
        "the network's time zone, as its settings in the panel say; the days of reports are cut in it",
        example="Asia/Kolkata",
        identifies=False,
    ),
)

ENTITIES, REPORTS = "entities", "reports"
"""The two classes of calls, as the configuration calls them; each has a limit of its own."""

# No limit of the admin API is published. These are those of the vendor's API for publishers, and four fifths of them:
# what an excess request is answered with nobody tells, and the panel's own users have the same key's limit.
CLASSES: Mapping[str, Limits] = {
    ENTITIES: Limits(
        rate=(4, 1.0),
        documented=(5, 1.0),
        parallel=2,
        after_answer=False,
        hold_s=(2.0, 4.0, 8.0, 16.0, 32.0, 60.0),
        hold_jitter=0.25,
    ),
    REPORTS: Limits(
        rate=(180, 60.0), documented=(200, 60.0), parallel=2, after_answer=False, hold_s=(60.0,), hold_jitter=0.25
    ),
}

LOGS_SINCE = timedelta(days=180)
SUMS_SINCE = timedelta(days=730)

_OLD_HOSTS = (".vnative.com", ".trackier.co", ".gotrackier.com")
_MOVED = (
    "API v1 stopped after 2022-12-01. v2 has one host for every network, which the key tells apart: leave base_url out"
)


def base_url(_settings: Mapping[str, str]) -> str:
    """The URL that paths are joined to: there is one host for every network."""
    return BASE_URL


def wrong_url(address: str) -> str:
    """What is wrong with a configured address, as the end of a sentence; "" if nothing is."""
    parts = urlsplit(address)
    host, path = (parts.hostname or "").lower(), parts.path.rstrip("/")
    if path.lower().endswith("/v2"):
        return f'has a path; allowed is the host alone, "{parts.scheme}://{parts.netloc}": /v2 stands in every call.'
    if path:
        return f"has a path, as addresses of API v1 had. {_MOVED}."
    if f".{host}".endswith(_OLD_HOSTS):
        return f"is a network's panel or an older brand's host, as API v1 was reached under. {_MOVED}."
    return ""


def class_of(path: str) -> str:
    """The class of the calls to *path*: reports and logs are counted apart from everything else."""
    return REPORTS if path.startswith(("/v2/reports/", "/v2/network/")) else ENTITIES


def check(settings: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """A zone that nobody knows: days could not be cut."""
    name = settings.get("time_zone")
    return () if name is None or _is_zone(name) else (("time_zone", _unknown(name)),)


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True


def _unknown(name: str) -> str:
    # "IST" is near to "MST", and "GMT+5" to "Etc/GMT+5", which is five hours west: only names of places are told.
    names = {known for known in available_timezones() if "/" in known and not known.startswith("Etc/")} | {"UTC"}
    folded = {known.casefold(): known for known in sorted(names)}
    by_city = {known.rpartition("/")[2].casefold(): known for known in sorted(names)}
    wanted = name.strip().casefold().replace(" ", "_")
    near = [*get_close_matches(wanted, folded, 1), *get_close_matches(wanted.rpartition("/")[2], by_city, 1)]
    such = folded.get(wanted) or (folded | by_city)[near[0]] if near else "Asia/Kolkata"
    return f'is "{name[:60]}", which is not a time zone; allowed is an IANA name such as "{such}".'


def warn(settings: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """A key of another form may work, but is more likely cut or mistaken."""
    key = settings.get("api_key")
    if not key or re.fullmatch("[0-9A-Za-z]{20,64}", key, re.ASCII):
        return ()
    return (("api_key", "is not 37 to 40 letters and digits, as the network's keys are; was it copied whole?"),)


def sign(settings: Mapping[str, str], _session: str | None = None) -> Signature:
    """The key in a header: in the URL, which the vendor allows too, proxies would write it down."""
    return Signature({"X-Api-Key": settings["api_key"], "Accept": "application/json"})


def account(settings: Mapping[str, str]) -> Account:
    """What reading depends on: no call tells the network's zone, so the settings do."""
    return Account(settings["time_zone"])
