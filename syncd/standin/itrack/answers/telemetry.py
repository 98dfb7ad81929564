"""What trackers report: states, sensors, readings, counters, trips, points, mileage."""

from datetime import datetime, timedelta

from syncd.standin.faults import Record
from syncd.standin.itrack import computed, truth
from syncd.standin.itrack.asked import Parameter
from syncd.standin.itrack.refusals import CodeError
from syncd.standin.itrack.replies import Ask, Call, Reply, bare, by_tracker, plain
from syncd.standin.itrack.world import Row

ONE = {"tracker_id": Parameter("int", required=True)}
MANY = {"trackers": Parameter("ids", required=True)}
WINDOW = {"from": Parameter("time", required=True), "to": Parameter("time", required=True)}
ARRAYS = {"input": "inputs", "state": "states", "virtual": "virtual_sensors", "counter": "counters"}
COUNTER_SPAN = timedelta(days=31)
THINNED = 3  # one point of so many stays
POINT_LIMIT = Parameter("int", low=2, high=3_000)


def _states(ask: Ask) -> Reply:
    known = ask.content.table("trackers")
    ids: list[int] = list(dict.fromkeys(ask.given["trackers"]))
    if len(ids) > ask.settings.states_trackers:
        raise CodeError(221)
    unknown = [one for one in ids if one not in known]
    blocked = [one for one in ids if one in known and ask.content.is_blocked(one)]
    if unknown and not ask.get("allow_not_exist", False):
        raise CodeError(217)
    if blocked and not ask.get("list_blocked", False):
        raise CodeError(208)
    table = ask.content.table("tracker_states")
    rows = [table[one] for one in ids if one in table and one not in blocked]
    extra: Record = {"user_time": ask.now}
    extra |= {"blocked": blocked} if ask.get("list_blocked", False) else {}
    extra |= {"not_exist": unknown} if ask.get("allow_not_exist", False) else {}
    return Reply(rows, wrap=by_tracker("states"), extra=extra)


def _sensors_of(ask: Ask, ids: list[int]) -> list[Row]:
    return [one for one in ask.content.rows("sensors") if one["_tracker_id"] in ids]


def _sensors(ask: Ask) -> Reply:
    ids = ask.trackers(ask.settings.sensors_trackers)

    def wrap(records: list[Record]) -> Record:
        found: dict[str, list[Record]] = {str(one): [] for one in ids}
        for record in records:
            found[str(record["_tracker_id"])].append(bare(record))
        return {"result": found}

    return Reply(_sensors_of(ask, ids), wrap=wrap)


def _tracker_sensors(ask: Ask) -> Reply:
    return Reply(_sensors_of(ask, [ask.tracker()["id"]]))


def _readings_of(ask: Ask, ids: list[int]) -> list[Row]:
    rows = [one for one in truth.readings(ask.content) if one["_tracker_id"] in ids]
    if (kind := ask.get("sensor_type")) is not None:
        rows = [one for one in rows if one["_kind"] in {"input", "virtual"} and one.get("type") == kind]
    if not ask.get("include_components", True):
        parts = {one for row in rows for one in row.get("composite_sensor_ids", ())}
        rows = [one for one in rows if one.get("sensor_id") not in parts]
    return rows


def _readings(ask: Ask) -> Reply:
    ids = ask.trackers(ask.settings.batch_trackers)

    def wrap(records: list[Record]) -> Record:
        found: dict[str, Record] = {str(one): {} for one in ids}
        for record in records:
            found[str(record["_tracker_id"])].setdefault(ARRAYS[record["_kind"]], []).append(bare(record))
        return {"result": found}

    return Reply(_readings_of(ask, ids), wrap=wrap)


def _tracker_readings(ask: Ask) -> Reply:
    def wrap(records: list[Record]) -> Record:
        return {
            array: [bare(one) for one in records if one["_kind"] == kind]
            for kind, array in ARRAYS.items() if kind != "counter" or ask.settings.is_current
        }  # fmt: skip

    return Reply(_readings_of(ask, [ask.tracker()["id"]]), wrap=wrap, extra={"user_time": ask.now})


def _counters(ask: Ask) -> Reply:
    tracker_id = ask.tracker()["id"]
    rows = [one for one in ask.content.rows("counters") if one["_tracker_id"] == tracker_id]
    return Reply(rows, extra={"user_time": ask.now})


def _counter_values(ask: Ask) -> Reply:
    table, kind = ask.content.table("counters"), ask.given["type"]
    ids = ask.trackers(ask.settings.batch_trackers)
    if any((one, kind) not in table for one in ids):
        raise CodeError(204)
    rows = [table[one, kind] for one in ids]
    return Reply(rows, wrap=lambda records: {"value": {str(one["_tracker_id"]): one["value"] for one in records}})


def _tracks(ask: Ask) -> Reply:
    tracker_id = ask.tracker()["id"]
    start, end = ask.window(ask.settings.span)
    kept, end, exceeded = ask.kept(start, end)
    rows = list(computed.tracks(ask.content, tracker_id, kept, end, filters=ask.get("filter", True)))
    rows = _shaped(ask, tracker_id, rows)
    if ask.get("with_points", False):
        rows = [row | {"points": _path(ask, tracker_id, row)} for row in rows]
    if not ask.get("split", True):
        rows = _joined(rows)
    elif ask.get("cluster_single_reports", False):
        rows = _clustered(rows)
    return Reply(rows, extra={"limit_exceeded": exceeded})


def _shaped(ask: Ask, tracker_id: int, rows: list[Row]) -> list[Row]:
    if not ask.get("include_gsm_lbs", True):
        rows = [row for row in rows if not row.get("gsm_lbs")]
    if ask.get("omit_addresses", False):
        rows = [row | {name: "" for name in ("start_address", "end_address") if name in row} for row in rows]
    if ask.get("count_events", False):
        rows = [row | {"event_count": computed.event_count(ask.content, tracker_id, row)} for row in rows]
    return rows


def _path(ask: Ask, tracker_id: int, row: Row) -> list[Row]:
    end: datetime = row.get("end_date") or row["start_date"]
    found = computed.points(ask.content, tracker_id, row["start_date"], end, track_id=row["id"])
    return _thin(found, ask.get("point_limit"))


def _joined(rows: list[Row]) -> list[Row]:
    rows = [row for row in rows if row["type"] == "regular"]
    if not rows:
        return []
    first, last = rows[0], rows[-1]
    return [
        {name: value for name, value in first.items() if name not in {"id", "bounds"}} | {
            "type": "merged", "end_date": last["end_date"], "end_address": last["end_address"],
            "length": round(sum(row["length"] for row in rows), 2),
        }
    ]  # fmt: skip


def _clustered(rows: list[Row]) -> list[Row]:
    single = [row for row in rows if row["type"] == "single_report"]
    others = [row for row in rows if row["type"] != "single_report"]
    clusters = [
        {"type": "cluster", "start_date": row["start_date"], "start_address": "", "end_date": row["start_date"],
         "precision": 800, "points": [row["_spot"]]} for row in single
    ]  # fmt: skip
    return others + clusters


def _points(ask: Ask) -> Reply:
    tracker_id = ask.tracker()["id"]
    start, end = ask.window(ask.settings.span)
    kept, end, exceeded = ask.kept(start, end)
    rows = computed.points(
        ask.content, tracker_id, kept, end, track_id=ask.get("track_id"), parked=not ask.get("filter", True)
    )
    if not ask.get("include_gsm_lbs", True):
        rows = [row for row in rows if not row.get("gsm_lbs")]
    if ask.get("simplify", True):
        rows = _thin(rows, ask.get("point_limit"))
    return Reply(rows, extra={"limit_exceeded": exceeded})


def _thin(rows: list[Row], limit: int | None) -> list[Row]:
    step = max(THINNED, -(-len(rows) // limit) if limit else 0)
    return [row for number, row in enumerate(rows) if number % step == 0 or number == len(rows) - 1]


def _mileage(ask: Ask) -> Reply:
    ids = ask.trackers(ask.settings.stats_trackers)
    start, end = ask.window(ask.settings.stats_span)
    kept, end, exceeded = ask.kept(start, end)
    rows = [
        {"_tracker_id": one, "_day": day.isoformat(), "mileage": km}
        for one in ids for day, km in computed.mileage(ask.content, one, kept, end).items()
    ]  # fmt: skip

    def wrap(records: list[Record]) -> Record:
        found: dict[str, Record] = {str(one): {} for one in ids}
        for record in records:
            found[str(record["_tracker_id"])][record["_day"]] = bare(record)
        return {"result": found}

    return Reply(rows, wrap=wrap, extra={"limit_exceeded": exceeded})


def _sensor_data(ask: Ask) -> Reply:
    tracker_id = ask.tracker()["id"]
    sensor = ask.content.table("sensors").get(ask.given["sensor_id"])
    if sensor is None or sensor["_tracker_id"] != tracker_id:
        raise CodeError(201)
    if sensor["type"] == "discrete":
        raise CodeError(228)
    start, end, _ = ask.kept(*ask.window(ask.settings.sensor_data_span))
    return Reply(list(computed.sensor_values(ask.content, sensor, start, end)))


def _counter_data(ask: Ask) -> Reply:
    tracker_id = ask.tracker()["id"]
    counter = ask.content.table("counters").get((tracker_id, ask.given["type"]))
    if counter is None:
        raise CodeError(204)
    if ask.given["to"] - ask.given["from"] > COUNTER_SPAN:
        raise CodeError(7, "no more than 31 days")
    start, end, _ = ask.kept(*ask.window(ask.settings.span))
    return Reply(list(computed.counter_values(ask.content, counter, start, end)))


def _driver(ask: Ask) -> Reply:
    row = ask.content.table("driver_assignments").get(ask.tracker()["id"])

    def wrap(records: list[Record]) -> Record:
        return plain(records)[0] if records else {"current": None, "last_change": None}

    return Reply([row] if row else [], wrap=wrap)


def _statuses(ask: Ask) -> Reply:
    table = ask.content.table("tracker_statuses")
    ids = ask.trackers(ask.settings.batch_trackers)
    return Reply([table[one] for one in ids if one in table], wrap=by_tracker("value"))


_COUNTER = Parameter("text", required=True, words=("odometer", "engine_hours", "fuel_consumed"))
CALLS: dict[str, Call] = {
    "tracker/get_states": Call(
        _states, MANY | {"list_blocked": Parameter("bool"), "allow_not_exist": Parameter("bool")}
    ),
    "tracker/sensor/batch_list": Call(_sensors, MANY),
    "tracker/sensor/list": Call(_tracker_sensors, ONE),
    "tracker/readings/batch_list": Call(
        _readings, MANY | {"sensor_type": Parameter("text"), "include_components": Parameter("bool")}
    ),
    "tracker/readings/list": Call(
        _tracker_readings, ONE | {"sensor_type": Parameter("text"), "include_components": Parameter("bool")}
    ),
    "tracker/get_counters": Call(_counters, ONE),
    "tracker/counter/value/list": Call(_counter_values, MANY | {"type": _COUNTER}),
    "track/list": Call(
        _tracks,
        ONE
        | WINDOW
        | {
            "filter": Parameter("bool"), "split": Parameter("bool"), "include_gsm_lbs": Parameter("bool"),
            "cluster_single_reports": Parameter("bool"), "count_events": Parameter("bool"),
            "omit_addresses": Parameter("bool"), "with_points": Parameter("bool", new=True), "point_limit": POINT_LIMIT,
        },
    ),
    "track/read": Call(
        _points,
        ONE
        | WINDOW
        | {
            "track_id": Parameter("int"), "include_gsm_lbs": Parameter("bool"), "simplify": Parameter("bool"),
            "point_limit": POINT_LIMIT, "filter": Parameter("bool"),
        },
    ),
    "tracker/stats/mileage/read": Call(_mileage, MANY | WINDOW),
    "tracker/sensor/data/read": Call(
        _sensor_data, ONE | WINDOW | {"sensor_id": Parameter("int", required=True), "raw_data": Parameter("bool")}
    ),
    "tracker/counter/data/read": Call(_counter_data, ONE | WINDOW | {"type": _COUNTER}),
    "tracker/employee/read": Call(_driver, ONE),
    "status/tracker/list": Call(_statuses, MANY),
}  # fmt: skip
