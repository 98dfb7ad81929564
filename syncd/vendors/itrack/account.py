"""The account itself: its user, sub-users and their rights, tariffs, money, the log of what users did."""

from __future__ import annotations

from datetime import timedelta

from syncd.collection import (
    Absence,
    Child,
    Collection,
    Listing,
    Origin,
    Tier,
    Windows,
    boolean,
    decimal,
    instant,
    integer,
    json,
    text,
)
from syncd.errors import Malformed, NotFound, Refused
from syncd.reading import Account, Part, Reading, Taken
from syncd.vendors.itrack.meanings import LIMIT_TOO_BIG
from syncd.vendors.itrack.protocol import GET_INFO, question, timed
from syncd.vendors.itrack.reads import LEAST_LIMIT, listed, paged, part_window, put, whole
from syncd.vendors.itrack.times import before_repeat, localised, moment, since, until

TRANSACTIONS_AT_ONCE = 1000


def _read_user(account: Account, _part: Part) -> Reading:
    """The user, with what stands beside it in the answer; the answer is the one that was learned from in this pass."""
    answer = yield GET_INFO
    info = answer.value.get("user_info")
    if not isinstance(info, dict):
        raise Malformed("The answer to /user/get_info/ holds no user_info.")
    master, privileges = answer.value.get("master"), answer.value.get("privileges")
    record = put(
        info,
        paas_id=answer.value.get("paas_id"),
        master_id=master.get("id") if isinstance(master, dict) else None,
        rights=privileges.get("rights") if isinstance(privileges, dict) else None,
    )
    return Taken(localised(USER, account, [record]))


def _read_subusers(account: Account, _part: Part) -> Reading:
    """All sub-users with the trackers that they see."""
    found = []
    for record in listed((yield timed(account, "/subuser/list/"))):
        if not isinstance(record, dict) or record.get("id") is None:
            found.append(record)  # set aside later: nobody can be asked about it
            continue
        try:
            answer = yield question("/subuser/tracker/list/", {"subuser_id": record["id"]})
        except NotFound:
            continue  # deleted since the list was made
        found.append(put(record, trackers=listed(answer)))
    return Taken(localised(SUBUSERS, account, found))


def _read_transactions(account: Account, part: Part) -> Reading:
    """The transactions in a window; the rest is asked for from the time of the last one on."""
    window = part_window(account, part)
    limit: int | None = TRANSACTIONS_AT_ONCE
    asked = {"from": since(account, window.start), "to": until(account, window.end)}
    while True:
        try:
            answer = yield timed(account, "/transaction/list/", {**asked, "limit": limit})
        except Refused as error:
            if error.code != LIMIT_TOO_BIG or limit is None or limit <= LEAST_LIMIT:
                raise
            limit = LEAST_LIMIT
            continue
        records = localised(TRANSACTIONS, account, listed(answer))
        if limit is None or len(records) < limit:
            return Taken(records)
        last = max((at for record in records if (at := moment(record, "timestamp"))), default=window.start)
        rest = before_repeat(account, last)
        if window.start < rest < window.end:
            return Taken(records, complete_to=rest)
        limit = None  # nothing tells them apart: all at once, then


def _read_audit_log(account: Account, part: Part) -> Reading:
    """What users did in a window, page by page."""
    window = part_window(account, part)
    asked = {
        "from": since(account, window.start),
        "to": until(account, window.end),
        "sort": ["action_datetime=asc"],
    }
    records, _complete = yield from paged(account, "/user/audit/log/list/", asked)
    return Taken(localised(AUDIT_LOG, account, records, order=("action_date",)))


USER: Collection = Collection(
    name="user",
    table="itrack_user",
    path="/user/get_info/",
    one="",
    key=("id",),
    strategy=Listing(_read_user),
    columns=(
        integer("id", "user id", required=True),
        text("login", "login", required=True),
        text("title", "person or company name", required=True),
        text("first_name", "given name"),
        text("middle_name", "middle name"),
        text("last_name", "family name"),
        text("legal_name", "name of the firm"),
        text("legal_type", "legal_entity · individual · sole_trader", required=True),
        text("phone", "telephone"),
        instant("creation_date", "when made", required=True),
        decimal("balance", "ignore for sub-users", required=True),
        decimal("bonus", "ignore for sub-users", required=True),
        text("locale", "language and country, as en_US", required=True),
        boolean("demo", "a demo account", required=True),
        boolean("verified", "the user was verified", required=True),
        text("time_zone", "IANA name; THE zone of every plain date/time in this API", required=True),
        text("measurement_system", "metric · imperial · us · metric_gal_us · nautical", required=True),
        text("date_format", "how dates are shown to the user"),
        text("hour_mode", "12 or 24 hours, as shown to the user"),
        text("default_geocoder", "service that finds addresses", required=True),
        text("route_provider", "service that finds routes", required=True),
        text("tin", "taxpayer number"),
        text("iec", "industrial enterprises classifier"),
        text("post_country", "postal address: country"),
        text("post_region", "postal address: region"),
        text("post_index", "postal address: postal code"),
        text("post_city", "postal address: city"),
        text("post_street_address", "postal address: street"),
        text("registered_country", "registered address: country"),
        text("registered_region", "registered address: region"),
        text("registered_index", "registered address: postal code"),
        text("registered_city", "registered address: city"),
        text("registered_street_address", "registered address: street"),
        integer("paas_id", "dealer id; `paas_id` beside user_info in the reply", origin=Origin.CONTEXT),
        integer("master_id", "only for a sub-user: `master.id` beside user_info in the reply", origin=Origin.CONTEXT),
        json(
            "rights",
            "only for a sub-user: `privileges.rights` beside user_info in the reply, array of text",
            origin=Origin.CONTEXT,
        ),
    ),
)


SUBUSERS: Collection = Collection(
    name="subusers",
    table="itrack_subusers",
    path="/subuser/list/",
    one="",
    key=("id",),
    strategy=Listing(_read_subusers),
    enabled_by_default=False,
    columns=(
        integer("id", "numeric id", required=True),
        text("login", "login", required=True),
        boolean("activated", "the login is active", required=True),
        text("first_name", "given name"),
        text("middle_name", "middle name"),
        text("last_name", "family name"),
        text("legal_type", "legal_entity, individual or sole_trader", required=True),
        text("legal_name", "name of the firm"),
        text("phone", "telephone"),
        integer("security_group_id", "group of rights", references="itrack_security_groups.id"),
        instant("creation_date", "when made", required=True),
        text("post_country", "postal address: country"),
        text("post_index", "postal address: postal code"),
        text("post_region", "postal address: region"),
        text("post_city", "postal address: city"),
        text("post_street_address", "postal address: street"),
        text("registered_country", "registered address: country"),
        text("registered_index", "registered address: postal code"),
        text("registered_region", "registered address: region"),
        text("registered_city", "registered address: city"),
        text("registered_street_address", "registered address: street"),
        text("tin", "taxpayer number"),
        text("iec", "industrial enterprises classifier"),
        text("state_reg_num", "state registration number"),
    ),
    children=(
        Child(
            name="subuser_trackers",
            table="itrack_subuser_trackers",
            source="@trackers",
            key=("subuser_id", "tracker_id"),
            parent_key=("subuser_id",),
            columns=(
                integer(
                    "subuser_id", "of the parent", required=True, origin=Origin.CONTEXT, references="itrack_subusers.id"
                ),
                integer("tracker_id", "tracker", required=True, source="."),
            ),
        ),
    ),
)


SECURITY_GROUPS: Collection = Collection(
    name="security_groups",
    table="itrack_security_groups",
    path="/subuser/security_group/list/",
    one="",
    key=("id",),
    strategy=Listing(whole("/subuser/security_group/list/")),
    enabled_by_default=False,
    columns=(
        integer("id", "numeric id", required=True),
        text("label", "name shown", required=True),
        json("privileges_rights", "what its members may do", required=True, source="privileges.rights"),
        text("privileges_store_period", "how far back its members see", source="privileges.store_period"),
    ),
)


TARIFFS: Collection = Collection(
    name="tariffs",
    table="itrack_tariffs",
    path="/tariff/list/",
    one="",
    key=("id",),
    strategy=Listing(whole("/tariff/list/")),
    every=timedelta(days=1),
    columns=(
        integer("id", "numeric id", required=True),
        text("name", "name", required=True),
        integer("group_id", "group", required=True),
        boolean("active", "can be chosen", required=True),
        text("type", "monthly · everyday · activeday", required=True),
        decimal("price", "price", required=True),
        decimal("early_change_price", "price of changing it early"),
        integer("device_limit", "most devices", required=True),
        boolean("has_reports", "includes reports", required=True),
        boolean("paas_free", "free of charge for the dealer", required=True),
        text("store_period", "2h · 3d · 5m (months) · 1y: how far back history reaches", required=True),
        json("features", "what it includes", required=True),
        json("map_filter", "maps it includes or leaves out", required=True),
    ),
)


TRANSACTIONS: Collection = Collection(
    name="transactions",
    table="itrack_transactions",
    path="/transaction/list/",
    one="",
    key=("timestamp", "type", "subtype", "tracker_id", "amount", "new_balance", "new_bonus"),
    strategy=Windows(
        _read_transactions,
        start="timestamp",
        most=timedelta(days=28),
        lookback=timedelta(days=3),
        tiers=(Tier(timedelta(days=14), timedelta(days=1)),),
        replaces=False,
    ),
    absence=Absence.KEEP,
    enabled_by_default=False,
    columns=(
        instant("timestamp", "when", required=True),
        text("type", "kind", required=True),
        text("subtype", "kind within the type", required=True),
        text("description", "description", required=True),
        integer("user_id", "user", required=True),
        integer("dealer_id", "dealer", required=True),
        integer("tracker_id", "0 = none", required=True),
        decimal("amount", "amount", required=True),
        decimal("new_balance", "balance after", required=True),
        decimal("old_balance", "balance before", required=True),
        decimal("bonus_amount", "amount of bonus", required=True),
        decimal("new_bonus", "bonus after", required=True),
        decimal("old_bonus", "bonus before", required=True),
    ),
)


AUDIT_LOG: Collection = Collection(
    name="audit_log",
    table="itrack_audit_log",
    path="/user/audit/log/list/",
    one="",
    key=("id",),
    strategy=Windows(
        _read_audit_log, start="action_date", most=timedelta(days=28), lookback=timedelta(days=1), replaces=False
    ),
    absence=Absence.KEEP,
    enabled_by_default=False,
    columns=(
        integer("id", "numeric id", required=True),
        integer("user_id", "the account's owner", required=True),
        integer("subuser_id", "user who did it", required=True),
        text("entry_category", "kind of thing", required=True),
        text("action", "what was done", required=True),
        integer("entry_id", "thing"),
        json("payload", "what was changed"),
        text("host", "address it came from", required=True),
        text("user_agent", "program it came from", required=True),
        instant("action_date", "when", required=True),
    ),
)
