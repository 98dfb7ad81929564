"""Answers to the calls, by style of paging."""

import base64
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Any

from syncd.standin.faults import Fault, Page, RefusedError
from syncd.standin.trackier import report, truth
from syncd.standin.trackier.asked import Asked, Window, window
from syncd.standin.trackier.calls import ALWAYS, CLICK_SPELLINGS, Call
from syncd.standin.trackier.content import Content
from syncd.standin.trackier.refusals import CodeError, invalid
from syncd.standin.trackier.settings import Settings
from syncd.standin.trackier.times import UTC_ZONE, day_of, plain, served
from syncd.standin.trackier.world import LOGS, Row

GATEWAY_TIMEOUT = 504
UTC_DATES = {"campaign_timelines"}  # whose ends are dates in UTC
# Parameters and filters that choose rows: name → (member, or our own of it, how it is compared).
CHOSEN_BY = {
    "name": "name", "company": "company", "email": "email", "ids": "id", "status": "status", "visibility": "visibility",
    "objective": "commModel", "geo": "geo", "category": "categories", "device": "device", "os": "os",
    "trafficChannels": "trafficChannels", "accessStatus": "status", "code": "code", "createdBy": "createdBy",
    "campaignIds": "campaignId", "publisherIds": "publisherId", "user_id": "item_id", "conversion_id": "conversion_id",
    "postback_id": "postback_id", "utype": "$utype", "click_id": "id", "source": "source",
}  # fmt: skip
OF_PAIRS = {
    "campaignIds": "campaign_id", "publisherIds": "publisher_id", "adv_ids": "advertiser_id", "camp_ids": "campaign_id",
    "pub_ids": "publisher_id",
}  # fmt: skip
IN_TEXT = {"campaign_ids": "campaign", "publisher_ids": "publisher"}


@dataclass(frozen=True, slots=True)
class Ask:
    """A call: its parameters in Python's types, and what it may meet."""

    content: Content
    settings: Settings
    path: str
    call: Call
    asked: Asked
    faults: list[Fault]
    parent: Row | None = None

    def size(self) -> int:
        """How large a page is."""
        size: int = self.asked.get("limit", self.call.size)
        return min(size, self.settings.clamp or size)

    def window(self) -> Window:
        """The range of time asked for."""
        zone = UTC_ZONE if self.call.collection in UTC_DATES else self.settings.zone
        return window(self.asked, self.call.parameters, zone, self.content.now())


def answer(ask: Ask) -> Row:
    """The reply to a call; CodeError or RefusedError if there is none."""
    return STYLES[ask.call.style](ask)


# -- styles --------------------------------------------------------------------------------------------------------


def _last_id(ask: Ask) -> Row:
    """Ascending by the short id, from beyond the last one known."""
    last: int = ask.asked.get("lastId", 0)
    rows = sorted(_chosen(ask, ask.content.rows(ask.call.collection)), key=lambda row: row["id"])
    if (by := ask.asked.get("orderBy")) is not None:
        # The cursor then means nothing: the rows beyond an id are no longer those behind it.
        rows = sorted(rows, key=lambda row: str(row.get(by)), reverse=ask.asked.get("direction") == "desc")
    rows = _selected(ask, rows)
    size = ask.size()
    before = sum(row["id"] <= last for row in rows)
    page = _page(ask, Page(before // size + 1, size))
    behind = [row for row in rows if row["id"] > last]
    shown = behind[: page.size] if page.number == before // size + 1 else rows[(page.number - 1) * size :][: page.size]
    is_last = len(behind) <= page.size
    last_id = shown[-1]["id"] if shown else ask.asked.get("lastId")
    reply = _wrapped(ask, shown, page) | {"lastId": None if is_last and ask.settings.last_id_null else last_id}
    if ask.call.collection != "campaigns":
        reply["pagination"] = {"totalCount": _counted(ask, len(rows)), "perPage": page.size}
    return reply


def _paged(ask: Ask) -> Row:
    """By the page's number."""
    collection, total = ask.call.collection, None
    if collection in LOGS:
        rows, total = _windowed(ask)
    else:
        rows = list(_chosen(ask, ask.content.rows(collection)))
        if collection == "coupons" and ask.asked.get("direction", "desc") == "desc":
            rows.reverse()
    rows = _selected(ask, rows)
    number, size = ask.asked.get("page", 1), ask.size()
    if collection == "campaign_access" and not ask.settings.access_paged:
        number, size = 1, max(1, len(rows))
    page = _page(ask, Page(number, size))
    shown = rows[(page.number - 1) * size :][: page.size]
    told: Row = {"perPage": page.size, "currentPage": number, "total": _counted(ask, len(rows))}
    if total is not None:  # of invoices it is the number of all, whatever was asked for
        told |= {"total": total, "count": _counted(ask, len(rows))}
    reply = _wrapped(ask, shown, page)
    if ask.call.tells_pages or ask.settings.tells_pages:
        reply["pagination"] = told
    if collection == "coupons":
        reply["direction"] = ask.asked.get("direction", "desc")
    if collection == "invoices":
        reply["utype"] = ask.asked.get("utype", "publisher")
    if ask.call.selectable:
        reply["columns"] = {name: name.replace("_", " ").title() for name in _fields(ask)}
    return reply


def _token(ask: Ask) -> Row:
    """By a token that says the last second and how many of its rows were given."""
    rows = _selected(ask, _windowed(ask)[0])
    size, start = ask.size(), 0
    if (token := ask.asked.get("pageToken")) is not None:
        at, given = _read_token(ask, token)
        start = sum(row["created"] < at for row in rows) + given
    page = _page(ask, Page(start // size + 1, size))
    if page.number != start // size + 1:
        start = (page.number - 1) * size
    shown = rows[start : start + page.size]
    has_next = bool(shown) and start + len(shown) < len(rows)
    reply = _wrapped(ask, shown, page) | {"pagination": {"perPage": page.size}, "hasNextPage": has_next}
    if has_next:
        at = shown[-1]["created"]
        given = sum(row["created"] == at for row in rows[: start + len(shown)])
        reply["nextPageToken"] = _made_token(ask, at, given)
    return reply


def _whole(ask: Ask) -> Row:
    """Everything in one answer, of one parent where there is one."""
    collection = ask.call.collection
    if collection == "campaign_payouts":
        rows = list((ask.parent or {}).get("payouts") or ())
    else:
        rows = _hanging(ask, collection)
    rows = _selected(ask, rows)
    page = _page(ask, Page(1, max(1, len(rows))))
    reply = _wrapped(ask, rows[: page.size], page)
    if collection == "publisher_transactions":
        reply["payments"] = [served(one) for one in _hanging(ask, "publisher_payments")]
    return reply


def _report(ask: Ask) -> Row:
    """All rows of a report, however many."""
    asked, settings = ask.asked, ask.settings
    asked_for = ask.window()
    first = day_of(asked_for.start, settings.zone)
    last = day_of(asked_for.end - timedelta(milliseconds=1), settings.zone)
    _bound(settings, settings.report_days, (last - first).days + 1)
    rows = report.records(
        ask.content, (first, last), asked.get("group", report.DEFAULT_GROUP), asked.get("kpi", report.DEFAULT_KPIS),
        leaves_out_zero=asked.get("remove_zero_data", False), keeps=lambda pair: _is_of(ask, pair),
    )  # fmt: skip
    _bound(settings, settings.report_rows, len(rows))
    rows = _selected(ask, [report.told(row) for row in rows])
    page = _page(ask, Page(1, max(1, len(rows))))
    return _wrapped(ask, rows[: page.size], page)


STYLES: dict[str, Callable[[Ask], Row]] = {
    "last_id": _last_id, "page": _paged, "token": _token, "whole": _whole, "report": _report,
}  # fmt: skip

# -- which rows ------------------------------------------------------------------------------------------------------


def _windowed(ask: Ask) -> tuple[list[Row], int | None]:
    """The rows of a log in its window in the vendor's order, and of invoices how many there are of their kind."""
    content, collection = ask.content, ask.call.collection
    asked_for = ask.window()
    start = truth.retained(content, collection, asked_for.start)
    rows = list(_chosen(ask, content.between(collection, start, asked_for.end)))
    if collection == "invoices":
        utype = ask.asked.get("utype", "publisher")
        return (
            [row for row in reversed(rows) if row["$utype"] == utype],
            sum(row["$utype"] == utype for row in content.rows(collection)),
        )
    _bound(ask.settings, ask.settings.log_days, -(-(asked_for.end - asked_for.start) // timedelta(days=1)))
    _bound(ask.settings, ask.settings.log_rows, len(rows))
    if collection == "conversions":  # in no order of time
        rows.sort(key=lambda row: row["$place"])
    return rows, None


def _bound(settings: Settings, most: int | None, number: int) -> None:
    if most is None or number <= most:
        return
    if settings.bound_answer == "107":
        raise CodeError(107, f"Date range must not exceed {most} days")
    raise RefusedError(GATEWAY_TIMEOUT, "Gateway Time-out")


def _chosen(ask: Ask, rows: Iterable[Row]) -> Iterable[Row]:
    """The rows that parameters and filters ask for."""
    wanted = ask.asked.filters | {
        name: value if isinstance(value, list) else [value]
        for name, value in ask.asked.values.items() if name in CHOSEN_BY or name in OF_PAIRS or name in IN_TEXT
    }  # fmt: skip
    wanted.pop("utype", None)
    for row in rows:
        if not wanted or all(_fits(ask, row, name, values) for name, values in wanted.items()):
            yield row


def _fits(ask: Ask, row: Row, name: str, values: list[Any]) -> bool:
    if "$pair" in row and name in OF_PAIRS:
        return str(row["$pair"][OF_PAIRS[name]]) in values
    if name in IN_TEXT:
        return any(f"(ID: {value})" in (row.get(IN_TEXT[name]) or "") for value in values)
    if name in {"createdAfter", "createdBefore"}:
        return (row["created"].date().isoformat() >= values[0]) is (name == "createdAfter")
    if name not in CHOSEN_BY:
        return True
    if name == "source":
        row = truth.whole(ask.content, ask.call.collection, row)
    found = row.get(CHOSEN_BY[name])
    return any(str(one) in values for one in (found if isinstance(found, list) else [found]))


def _is_of(ask: Ask, pair: Row) -> bool:
    return all(
        str(pair[member]) in ask.asked.values[name] for name, member in OF_PAIRS.items() if name in ask.asked.values
    )


def _hanging(ask: Ask, collection: str) -> list[Row]:
    """All rows of a table, or those of the parent."""
    if ask.parent is None:
        return ask.content.rows(collection)
    return ask.content.hanging(collection, ask.call.parent[:-1], ask.parent["id"])


# -- what of them ----------------------------------------------------------------------------------------------------


def _fields(ask: Ask) -> list[str]:
    """The members that are served: those asked for, or those beside the default ones."""
    call = ask.call
    asked_for = [call.selectable[name] for name in ask.asked.get("fields", ()) if name in call.selectable]
    if not asked_for:
        return list(call.fields)
    return asked_for if ask.settings.fields_replace else list(dict.fromkeys((*call.fields, *asked_for)))


def _spell(ask: Ask, row: Row) -> Row:
    found: Row = served(truth.whole(ask.content, ask.call.collection, row))
    if ask.call.collection == "clicks":
        found["created"] = plain(row["created"], ask.asked.get("zone", ask.settings.zone))
    if not ask.call.selectable:
        return found
    members = {*_fields(ask), *ALWAYS}
    members |= {CLICK_SPELLINGS[name] for name in members & CLICK_SPELLINGS.keys()}
    return {name: value for name, value in found.items() if name in members}


def _wrapped(ask: Ask, rows: list[Row], page: Page) -> Row:
    """Records under the members they stand in."""
    records = [_spell(ask, row) for row in rows]
    for fault in ask.faults:
        records = fault.records(records, page) if fault.records else records
    outer, _, inner = ask.call.items.partition(".")
    reply: Row = {outer: {inner: records} if inner else records}
    return {"success": True} | reply if ask.call.succeeds else reply


# -- faults and tokens -----------------------------------------------------------------------------------------------


def _selected(ask: Ask, rows: list[Row]) -> list[Row]:
    for fault in ask.faults:
        rows = fault.select(rows) if fault.select else rows
    return rows


def _page(ask: Ask, page: Page) -> Page:
    for fault in ask.faults:
        page = fault.page(page) if fault.page else page
    return page


def _counted(ask: Ask, number: int) -> int:
    for fault in ask.faults:
        number = fault.count(number) if fault.count else number
    return number


def _made_token(ask: Ask, at: datetime, given: int) -> str:
    told = {"ts": int(at.timestamp()), "n": given, "of": _signed(ask)}
    return base64.urlsafe_b64encode(json.dumps(told).encode()).decode()


def _read_token(ask: Ask, token: str) -> tuple[datetime, int]:
    """What a token says; CodeError 107 for one of another window or other parameters."""
    try:
        told = json.loads(base64.urlsafe_b64decode(token))
        at, given, signed = datetime.fromtimestamp(told["ts"], UTC_ZONE), int(told["n"]), told["of"]
    except (ValueError, KeyError, TypeError) as error:
        raise invalid("pageToken", "is invalid") from error
    if signed != _signed(ask):
        raise invalid("pageToken", "is invalid")
    return at, given


def _signed(ask: Ask) -> str:
    about = {name: str(value) for name, value in ask.asked.values.items() if name != "pageToken"}
    if "start" not in about:  # today is another window tomorrow
        about["today"] = str(day_of(ask.content.now(), ask.asked.get("zone", ask.settings.zone)))
    return blake2b(json.dumps(about, sort_keys=True).encode(), digest_size=6).hexdigest()
