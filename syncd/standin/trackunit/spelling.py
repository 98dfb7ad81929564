"""How values are written: times of 100 ns, no nulls, whole doubles as integers; and the older flat shape of history."""

import json
import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

Record = dict[str, Any]
TICKS = 10_000_000  # a second, in the vendor's unit of 100 ns
DAY_S = 86_400
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TICK = timedelta(microseconds=1)
_TIME = re.compile(r"(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d(?::\d\d)?)(?:\.(\d{1,7}))?)?(Z|[+-]\d\d:\d\d)?")
_FLAT = {
    "location.latitude": "latitude", "location.longitude": "longitude", "address.country": "country",
    "address.zipCode": "postalCode", "address.city": "city", "address.streetAddress": "streetAddress",
    "keyId": "accessKey", "batteryLevel": "batteryPercentage",
}  # fmt: skip


def ticks(at: datetime) -> int:
    """Ticks since 1970 of an aware time."""
    return (at - EPOCH) // _TICK * 10


def moment(tick: int) -> datetime:
    """The aware UTC time of a tick, truncated to microseconds."""
    return EPOCH + timedelta(microseconds=tick // 10)


def utc(tick: int, *, marked: bool = True) -> str:
    """The vendor's spelling of a time in UTC: 7 digits; trips and keys have no `Z`."""
    return f"{moment(tick):%Y-%m-%dT%H:%M:%S}.{tick % TICKS:07d}{'Z' if marked else ''}"


def local(tick: int, zone: str) -> str:
    """The same moment on a customer's wall, without an offset."""
    return f"{moment(tick).astimezone(ZoneInfo(zone)):%Y-%m-%dT%H:%M:%S}.{tick % TICKS:07d}"


def read_time(text: str) -> int:
    """Ticks of a time in a request; without a marker it is UTC. ValueError for anything that .NET would not take."""
    found = _TIME.fullmatch(text.strip())
    if found is None:
        raise ValueError(text)
    day, clock, fraction, zone = found.groups()
    at = datetime.fromisoformat(f"{day}T{clock or '00:00'}{'+00:00' if zone in {None, 'Z'} else zone}")
    return ticks(at) + int((fraction or "").ljust(7, "0"))


def clean(value: Any) -> Any:  # noqa: ANN401  any JSON value
    """A value as the vendor's writer leaves it: null members left out, whole doubles as integers."""
    if isinstance(value, dict):
        return {name: clean(one) for name, one in value.items() if one is not None}
    if isinstance(value, list):
        return [clean(one) for one in value]
    if isinstance(value, datetime):
        return utc(ticks(value))
    return int(value) if isinstance(value, float) and value.is_integer() else value


def record_of(members: Record) -> Record:
    """A record as served, of members that may be null."""
    record: Record = clean(members)
    return record


def encoded(value: object) -> bytes:
    """JSON as UTF-8, not escaped."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")


def canonical(record: Record, without: Iterable[str]) -> bytes:
    """A record's rest as bytes that sort: its members by name, those of the key left out."""
    rest = {name: record[name] for name in sorted(record) if name not in without}
    return json.dumps(rest, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")


def flat(record: Record) -> Record:
    """A row of unit history in the older shape: no nested members, counters with a capital, power in millivolts."""
    shape: Record = {}
    for name, value in record.items():
        if isinstance(value, dict):
            shape |= {_FLAT[f"{name}.{inner}"]: one for inner, one in value.items()}
        elif name.endswith("ChangeCounter"):
            shape[name[0].upper() + name[1:]] = value
        else:
            shape[_FLAT.get(name, name)] = value
    if "externalPower" in shape:
        shape["externalPower"] = clean(float(shape["externalPower"] * 1000))
    return shape
