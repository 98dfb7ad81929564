"""What happened and what was done: events, tasks, forms, check-ins, the journal, bookings, the audit log."""

from collections.abc import Callable
from typing import Any

from syncd.standin.faults import Record
from syncd.standin.itrack.answers.lists import MOST, page
from syncd.standin.itrack.answers.telemetry import ONE, WINDOW
from syncd.standin.itrack.asked import Parameter
from syncd.standin.itrack.refusals import CodeError
from syncd.standin.itrack.replies import Ask, Call, Reply, bare, ordered, value_of
from syncd.standin.itrack.world import Row

MOST_TASKS = 5_000
TEXT = Parameter("text", high=100)
TASK_SORTS = ("id", "employee", "status", "label", "location", "from", "to", "status_change_date", "creation_date")
CHECKIN_SORTS = ("employee", "tracker_id", "marker_time", "location", "comment", "form")


def _history(ask: Ask, trackers: set[int] | None) -> tuple[list[Row], bool]:
    start, end = ask.window(ask.settings.span)
    kept, end, exceeded = ask.kept(start, end)
    if ask.get("limit", 0) > ask.settings.history_limit:
        raise CodeError(212)
    labels = ask.content.table("trackers") if ask.get("add_tracker_label", True) else {}
    rows = []
    for row in ask.content.events_between(kept, end):
        if trackers is not None and row["tracker_id"] not in trackers:
            continue
        if ("events" in ask.given and row["event"] not in ask.given["events"]) or (
            ask.get("only_unread", False) and row["is_read"]
        ):
            continue
        if ask.get("only_emergency", False) and not row["extra"].get("emergency"):
            continue
        tracker = labels.get(row["tracker_id"])
        rows.append(row | {"message": f"{tracker['label']}: {row['message']}"[:256]} if tracker else row)
    return rows if ask.get("ascending", True) else rows[::-1], exceeded


def _events(ask: Ask, rows: list[Row], *, exceeded: bool) -> Reply:
    extra: Record = {"limit_exceeded": exceeded}
    if ask.settings.is_current:
        extra["total_unread"] = sum(not row["is_read"] for row in rows)
    limit = ask.get("limit", ask.settings.history_limit)
    return Reply(rows, extra=extra, limit=limit, total="total" if ask.settings.is_current else "")


def _user_history(ask: Ask) -> Reply:
    rows, exceeded = _history(ask, None)
    return _events(ask, rows, exceeded=exceeded)


def _tracker_history(ask: Ask) -> Reply:
    rows, _ = _history(ask, set(ask.trackers(ask.settings.batch_trackers)))
    # Here the word means that there are more rows than listed.
    return _events(ask, rows, exceeded=len(rows) > ask.get("limit", ask.settings.history_limit))


def _event(ask: Ask) -> Reply:
    row = ask.content.table("events").get(ask.given["id"])
    if row is None:
        raise CodeError(201)
    return Reply([row], wrap=value_of("value"))


def _tasks_of(ask: Ask, kinds: set[str]) -> list[Row]:
    rows = [row for row in ask.content.rows("tasks") if row["type"] in kinds]
    tests: dict[str, Callable[[Row, Any], bool]] = {
        "from": lambda row, at: row["to"] >= at,
        "to": lambda row, at: row["from"] <= at,
        "statuses": lambda row, wanted: row["status"] in wanted,
        "trackers": lambda row, wanted: row["tracker_id"] in wanted,
        "external_id": lambda row, wanted: row["external_id"] == wanted,
        "filter": lambda row, wanted: wanted.casefold() in row["label"].casefold(),
        "tag_ids": lambda row, wanted: set(wanted) <= set(row["tags"]),
    }
    for name, test in tests.items():
        if name in ask.given:
            rows = [row for row in rows if test(row, ask.given[name])]
    if {"conditions", "location", "filters"} & ask.given.keys():
        raise CodeError(7, "this filter the stand-in does not have")
    return ordered(ask, rows)


def _tasks(ask: Ask) -> Reply:
    reply = page(ask, _tasks_of(ask, set(ask.get("types", ["task"]))), counted=True)
    # Pages only when both are given.
    if "offset" in ask.given and "limit" in ask.given:
        return reply
    return Reply(reply.rows, total=reply.total)


def _routes(ask: Ask) -> Reply:
    return Reply(_tasks_of(ask, {"route"}))


def _checkpoints(ask: Ask) -> Reply:
    table = ask.content.table("tasks")
    found = [table[one] for one in ask.given["checkpoint_ids"] if one in table]
    return Reply([row for row in found if row["type"] == "checkpoint"])


def _forms(ask: Ask) -> Reply:
    if "task_ids" not in ask.given and "template_id" not in ask.given:
        raise CodeError(7, "template_id or task_ids is required")
    # Those of a task that was deleted went with it; they are back when it is.
    rows = [row for row in ask.content.rows("forms") if row["task_id"] in ask.content.table("tasks")]
    if "task_ids" in ask.given:
        rows = [row for row in rows if row["task_id"] in ask.given["task_ids"]]
    if "template_id" in ask.given:
        rows = [row for row in rows if row["template_id"] == ask.given["template_id"]]
    if not ask.given["include_unsubmitted"]:
        rows = [row for row in rows if row["submitted"] is not None]
    rows = sorted(rows, key=lambda row: row["submitted"] or row["created"], reverse=not ask.given["ascending"])
    count = page(ask, rows, counted=True)
    return Reply(
        rows, lambda records: {"list": [{"form": bare(one), "files": []} for one in records]}, offset=count.offset,
        limit=count.limit, total=count.total,
    )  # fmt: skip


def _form(ask: Ask) -> Reply:
    content = ask.content
    row = content.table("forms").get(ask.given["id"])
    of = {"task_id": "tasks", "checkin_id": "checkins"}
    if row is None or not any(row[name] in content.table(table) for name, table in of.items()):
        raise CodeError(201)
    return Reply([row], wrap=value_of("value"), extra={"files": []})


def _checkins(ask: Ask) -> Reply:
    if not ask.settings.is_current and not {"trackers", "from", "to"} <= ask.given.keys():
        raise CodeError(7, "trackers, from and to are required")
    rows = ask.content.rows("checkins")
    if "format" in ask.given or {"conditions", "location"} & ask.given.keys():
        raise CodeError(7, "this the stand-in does not have")
    if "trackers" in ask.given:
        wanted = set(ask.given["trackers"])
        if wanted - ask.content.table("trackers").keys():
            raise CodeError(217)
        rows = [row for row in rows if row["tracker_id"] in wanted]
    if "from" in ask.given:
        rows = [row for row in rows if row["marker_time"] >= ask.given["from"]]
    if "to" in ask.given:
        rows = [row for row in rows if row["marker_time"] <= ask.given["to"]]
    return page(ask, ordered(ask, rows, {"employee": "employee_id", "form": "form_label"}), counted=True)


def _journal(ask: Ask) -> Reply:
    tracker_id = ask.tracker()["id"]
    start, end = ask.window(ask.settings.span)
    rows = [
        row for row in ask.content.rows("driver_journal")
        if row["tracker_id"] == tracker_id and row["end_date"] >= start and row["start_date"] <= end
        and row["type"] in ask.get("types", [row["type"]]) and row["id"] in ask.get("entry_ids", [row["id"]])
    ]  # fmt: skip
    return Reply(ordered(ask, rows))


def _transactions(ask: Ask) -> Reply:
    start, end = ask.window(ask.settings.span)
    rows = [row for row in ask.content.rows("transactions") if start <= row["timestamp"] <= end]
    return Reply(sorted(rows, key=lambda row: row["timestamp"]), limit=ask.get("limit"))


def _audit(ask: Ask) -> Reply:
    start, end = ask.window(ask.settings.span)
    rows = [
        row for row in ask.content.rows("audit_log")
        if start <= row["action_date"] <= end and row["subuser_id"] in ask.get("subuser_ids", [row["subuser_id"]])
        and row["action"] in ask.get("actions", [row["action"]])
    ]  # fmt: skip
    return page(ask, ordered(ask, rows, {"action_datetime": "action_date"}), counted=False)


_PAGES = {"limit": Parameter("int", low=1, high=MOST), "offset": Parameter("int", low=0)}
_HISTORY = WINDOW | {
    "events": Parameter("texts"), "limit": Parameter("int", low=1), "ascending": Parameter("bool"),
    "only_emergency": Parameter("bool"), "only_unread": Parameter("bool"), "add_tracker_label": Parameter("bool"),
    "add_tracker_files": Parameter("bool"),
}  # fmt: skip
_TASKS = {
    "external_id": Parameter("text"), "statuses": Parameter("texts"), "trackers": Parameter("ids"),
    "from": Parameter("time"), "to": Parameter("time"), "conditions": Parameter("object"), "filter": TEXT,
    "filters": Parameter("texts"), "tag_ids": Parameter("ids"), "location": Parameter("object"),
    "sort": Parameter("sort", words=TASK_SORTS),
}  # fmt: skip
CALLS: dict[str, Call] = {
    "history/user/list": Call(_user_history, _HISTORY, old_code=112),
    "history/tracker/list": Call(_tracker_history, _HISTORY | {"trackers": Parameter("ids", required=True)}),
    "history/read": Call(_event, {"id": Parameter("int", required=True)}),
    "task/list": Call(_tasks, _TASKS | _PAGES | {"types": Parameter("texts", words=("task", "route", "checkpoint"))}),
    "task/route/list": Call(_routes, _TASKS),
    "task/checkpoint/list": Call(_checkpoints, {"checkpoint_ids": Parameter("ids", required=True)}),
    "task/form/list": Call(
        _forms,
        _PAGES
        | {
            "template_id": Parameter("int"), "task_ids": Parameter("ids", most=MOST_TASKS),
            "order_by": Parameter("text", words=("submitted", "created", "id")),
            "ascending": Parameter("bool", required=True), "include_unsubmitted": Parameter("bool", required=True),
            "submit_period": Parameter("object"), "task_creation_period": Parameter("object"),
        },
    ),
    "form/read": Call(_form, {"id": Parameter("int", required=True)}),
    "checkin/list": Call(
        _checkins,
        {
            "trackers": Parameter("ids"), "from": Parameter("time"), "to": Parameter("time"),
            "conditions": Parameter("object"), "location": Parameter("object"), "format": Parameter("text"),
            "sort": Parameter("sort", words=CHECKIN_SORTS, new=True),
            "limit": Parameter("int", low=1, high=MOST, new=True),
            "offset": Parameter("int", low=0, new=True),
        },
        master=True,  # our sub-user lacks the right employee_update
    ),
    "driver/journal/entry/list": Call(
        _journal,
        ONE
        | WINDOW
        | {
            "types": Parameter("texts", words=("work", "personal", "other")), "entry_ids": Parameter("ids"),
            "sort": Parameter("sort", words=("id", "start_date", "end_date")),
        },
    ),
    "transaction/list": Call(_transactions, WINDOW | {"limit": Parameter("int", low=1)}, master=True),
    "user/audit/log/list": Call(
        _audit,
        WINDOW
        | _PAGES
        | {
            "subuser_ids": Parameter("ids"), "actions": Parameter("texts"),
            "sort": Parameter("sort", words=("action_datetime",)),
        },
        master=True,
    ),
}  # fmt: skip
