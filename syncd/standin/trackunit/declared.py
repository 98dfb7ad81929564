"""What the vendor has: its calls, their parameters and the collections behind them, as its pages list them."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Span:
    """The parameters of a time range. AlarmLog's ends are exclusive and need not be given."""

    start: str
    end: str
    inclusive: bool = True
    required: bool = True


@dataclass(frozen=True, slots=True)
class Call:
    """A read call: the collection it lists, its routes in small letters, and whose records it asks for."""

    collection: str
    operation: str
    paths: tuple[str, ...]
    parents: tuple[tuple[str, str], ...] = ()  # parameter → collection whose record it names; one of them is required
    span: Span | None = None
    envelope: str = "list"
    needs_parent: bool = True


@dataclass(frozen=True, slots=True)
class Write:
    """A call that changes the account, and answers GET as well: the trap of this API."""

    verb: str
    collection: str
    operation: str


FROM_TO = Span("from", "to")
DATES = Span("datefrom", "dateto")

# Collection and the vendor's word for one of its records.
NOUNS = {
    "units": "Unit", "clients": "Client", "contacts": "Contact", "categories": "Category", "groups": "Group",
    "zones": "Zone", "points": "Point", "keys": "Key", "alarms": "Alarm",
}  # fmt: skip

SNAPSHOTS = tuple(
    Call(collection, f"Get{noun}", (f"/{noun.lower()}", f"/get{noun.lower()}")) for collection, noun in NOUNS.items()
)
REPORTS = (
    Call(
        "unit_extended_info", "GetUnitExtendedInfo", ("/getunitextendedinfo",), (("id", "units"),), envelope="result"
    ),
    Call(
        "unit_history", "GetReportUnitHistory", ("/report/unithistory", "/getreportunithistory"),
        (("unitid", "units"),), FROM_TO,
    ),
    Call(
        "can_history", "GetReportUnitExtendedInfo", ("/report/unitextendedinfo", "/getreportunitextendedinfo"),
        (("id", "units"),), FROM_TO,
    ),
    Call(
        "active_faults", "GetReportUnitActiveFaults", ("/report/unitactivefaults", "/getreportunitactivefaults"),
        (("id", "units"),), FROM_TO,
    ),
    Call(
        "trips", "GetReportTrip", ("/report/trip", "/getreporttrip"),
        (("unitid", "units"), ("keyid", "keys")), DATES,
    ),
    Call(
        "unit_day_summaries", "GetReportUnitSummary", ("/report/unitsummary", "/getreportunitsummary"),
        (("unitid", "units"),), needs_parent=False,
    ),
    Call(
        "alarm_log", "GetAlarmLog", ("/alarmlog", "/getalarmlog"), (("unitid", "units"),),
        Span("datefrom", "dateto", inclusive=False, required=False), needs_parent=False,
    ),
    Call(
        "key_history", "GetReportKeyHistory", ("/report/keyhistory", "/getreportkeyhistory"),
        (("keyid", "keys"),), FROM_TO,
    ),
)  # fmt: skip
CALLS = (*SNAPSHOTS, *REPORTS)
COLLECTIONS = tuple(one.collection for one in CALLS)
BY_PATH = {path: call for call in CALLS for path in call.paths} | {
    f"/json/reply/{call.operation.lower()}": call for call in CALLS
}
# These routes take the record's id as their last part too: `/unit/51877`, `/report/trip/51877`.
WITH_ID = {path for call in SNAPSHOTS for path in call.paths} | {"/report/trip", "/report/unitsummary"}

WRITES = {
    f"/{verb.lower()}{noun.lower()}": Write(verb, collection, f"{verb}{noun}")
    for collection, noun in NOUNS.items()
    for verb in ("Create", "Update", "Delete")
    if collection != "units" or verb == "Update"
}

# What one row of a report is called by, beside the context that its request gives.
KEYS: dict[str, tuple[str, ...]] = {
    "unit_history": ("time",), "can_history": ("time", "variableId"), "active_faults": ("time", "spn", "fmi"),
    "key_history": ("unitId", "time"),
}  # fmt: skip
# Their rows do not say whose they are.
WITH_OWNER = {"unit_history", "can_history", "active_faults", "key_history"}
KEY_HISTORY = (
    "time", "location", "address", "heading", "speed", "km", "run1", "run2", "runOdo", "temperature1", "temperature2",
    "input1", "input2", "output3", "batteryLevel", "externalPower",
)  # fmt: skip
UNIT_FILTERS = {
    "serialnumber": "serialNumber", "referencenumber": "referenceNumber", "categoryid": "categoryId",
    "clientid": "clientId",
}  # fmt: skip
LATE = timedelta(hours=48)  # what changes later in logs changes within this
