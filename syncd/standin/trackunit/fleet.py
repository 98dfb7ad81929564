"""The invented account: units and what surrounds them, as records with the vendor's member names."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any, TypeVar

from syncd.standin.trackunit import words
from syncd.standin.trackunit.law import place
from syncd.standin.trackunit.spelling import DAY_S, TICKS, Record, utc

T = TypeVar("T")
FIRST_ID = {
    "units": 51_877, "clients": 4_001, "contacts": 70_012, "categories": 301, "groups": 9_001, "zones": 22_500,
    "points": 6_100, "keys": 880_001, "alarms": 15_300,
}  # fmt: skip
PER_UNIT = {"clients": 0.3, "contacts": 0.5, "groups": 0.2, "zones": 0.25, "points": 0.2, "keys": 0.5, "alarms": 0.4}
RUN_ON = ",  \r\n    "
AT_LEAST = 3
CATEGORIES = 8
ALL_ONE_DAY = 3_650 * DAY_S  # devices were registered in these years before the account's data begin


def sizes(units: int) -> dict[str, int]:
    """How many records each collection gets."""
    return {"categories": CATEGORIES} | {
        name: AT_LEAST + round(units * part) for name, part in PER_UNIT.items()
    } | {"units": units}  # fmt: skip


class Fleet:
    """Makes records that fit to those in `tables`; the same seed makes the same."""

    def __init__(self, seed: int, tables: dict[str, dict[str, Record]]) -> None:
        """`tables` are records by collection and id."""
        self.chance = Random(seed)
        self.tables = tables
        self._next: dict[str, int] = dict(FIRST_ID)

    def make(self, collection: str, at: int) -> Record:
        """A new record, made at a time in ticks; nulls are members that are not served."""
        number = self._next[collection] - FIRST_ID[collection]
        members: Record = getattr(self, f"_{collection}")(number, at)
        return {"id": self._id(collection)} | members

    def some(self, collection: str, missing: float = 0.0) -> str | None:
        """The id of any record; None as often as `missing` says, or if there is none."""
        ids = list(self.tables.get(collection, ()))
        return self.chance.choice(ids) if ids and self.chance.random() >= missing else None

    def several(self, collection: str, most: int) -> list[str]:
        """At most so many ids."""
        ids = list(self.tables.get(collection, ()))
        return sorted(self.chance.sample(ids, min(len(ids), self.chance.randint(0, most))))

    def maybe(self, value: T, often: float = 0.7) -> T | None:
        """The value as often as that, else nothing."""
        return value if self.chance.random() < often else None

    def _id(self, collection: str) -> str:
        number = self._next[collection]
        self._next[collection] += 1
        # Ids of units leave gaps: the vendor numbers the devices of all its customers.
        return str(FIRST_ID["units"] + (number - FIRST_ID["units"]) * 13 if collection == "units" else number)

    def _of(self, values: Sequence[T]) -> T:
        return self.chance.choice(values)

    def _person(self) -> str:
        return f"{self._of(words.FIRST_NAMES)} {self._of(words.LAST_NAMES)}"

    def _address(self) -> Record:
        address: dict[str, str] = place(self.chance.randrange(8), self.chance.randrange(900))["address"]
        return dict(address) if self.maybe(True) else dict.fromkeys(address, "")

    def _units(self, number: int, at: int) -> Record:
        vehicle, device, model = words.MODELS[number % len(words.MODELS)]
        name = f"{words.MACHINES[number % len(words.MACHINES)]} {number + 1}"
        created = at - self.chance.randrange(ALL_ONE_DAY) * TICKS - self.chance.randrange(TICKS)
        unit: Record = {
            "serialNumber": f"{300_411 + number * 7}", "phoneNumber": self.maybe(f"45{90_000_000_000 + number}"),
            "vehicleType": vehicle, "deviceType": device, "deviceModel": model, "name": name,
            "displayName": self.maybe(f"{name} ({model})"), "referenceNumber": self.maybe(f"PIN-{number:06d}", 0.6),
            "note": self._of(words.NOTES), "createdAt": utc(created),
            "input1Name": self.maybe("Tænding"), "input2Name": self.maybe("PTO", 0.4),
            "input3Name": None, "input4Name": self.maybe("", 0.2),
            "categoryId": self.some("categories", 0.15), "clientId": self.some("clients", 0.2), "keyId": None,
            "altitude": self.maybe(float(self.chance.randrange(300))), "heading": self.chance.randrange(360),
            "speed": self._of((0.0, 0.0, 12.0, 41.5)), "temperature1": self.maybe(21.4, 0.3), "temperature2": None,
            "gsmLevel": self.chance.randrange(32) * 100 / 31, "gsmSignalQuality": self._of(("Good", "Bad", "Fair")),
            "gpsSignalQuality": self._of(("Good", "Bad")), "batteryLevel": self.chance.randrange(101) / 1,
            "externalPower": self._of((12.0, 12.4, 24.125, 27.9)), "preRun1": self.chance.randrange(9_000_000) * 1.0,
            "preRun2": self.maybe(0.0, 0.4), "run1": 3_000_000_000.0 + number * 3600, "run2": self.maybe(540.5, 0.4),
            "run3": 0.0, "run4": None, "runOdo": self.chance.randrange(9_000_000) + 0.5,
            "preKm": self.maybe(0.0, 0.6), "km": 200_158.0 + number,
            "isActive": number % 9 > 0, "isOwn": number % 7 > 0,
            "currentStop": self.maybe(self._of((5, 61.5, 1440.0)), 0.6),
            "analogInput1": self.maybe(0.0, 0.3), "analogInput2": None, "analogInput4": self.maybe(4.75, 0.1),
        }  # fmt: skip
        unit |= {f"input{n}": self.maybe(bool(self.chance.randrange(2))) for n in range(1, 11)}
        unit |= {f"output{n}": self.maybe(False, 0.4) for n in range(1, 6)}
        return unit | {f"input{n}ChangeCounter": self.maybe(self.chance.randrange(5000)) for n in range(1, 5)}

    def _clients(self, number: int, _at: int) -> Record:
        name = words.CLIENTS[number % len(words.CLIENTS)]
        return {
            "name": name if number < len(words.CLIENTS) else f"{name} {number}", "note": self._of(words.NOTES),
            "address": self.maybe(self._address(), 0.8),
        }  # fmt: skip

    def _contacts(self, number: int, _at: int) -> Record:
        return {
            "clientId": self.some("clients"), "name": self._person(),
            "email": self.maybe(f"contact{number}@example.com"), "phone": self.maybe(f"+45 98 {number:06d}", 0.5),
            "mobile": self.maybe(f"+49 171 {number:07d}", 0.5),
        }  # fmt: skip

    def _categories(self, number: int, _at: int) -> Record:
        return {"name": words.CATEGORIES[number % len(words.CATEGORIES)]}

    def _groups(self, number: int, _at: int) -> Record:
        name = words.GROUPS[number % len(words.GROUPS)]
        units = [] if name == "Empty group" else self.several("units", max(2, len(self.tables.get("units", ())) // 2))
        return {"name": name if number < len(words.GROUPS) else f"{name} {number}", "units": units}

    def _zones(self, number: int, _at: int) -> Record:
        *_, latitude, longitude = words.PLACES[number % len(words.PLACES)]
        south, west = latitude - 0.01 - number / 1e4, longitude - 0.02 - 1 / 3e5
        corners = ((0, 0), (0.031234567890123, 0), (0.03, 0.04 + 1 / 7), (0, 0.05))
        points = [f"{south + up!r} {west + right!r}" for up, right in (*corners, corners[0])]
        # Latitude first, over several lines and with runs of blanks where somebody drew it long ago.
        text = f"POLYGON (({(', ', RUN_ON)[number % 2].join(points)}))"
        return {
            "name": f"{words.ZONES[number % len(words.ZONES)]} {number + 1}", "note": self._of(words.NOTES),
            "icon": self.maybe("/images/zones/yard.png", 0.5), "polygon": text,
        }  # fmt: skip

    def _points(self, number: int, _at: int) -> Record:
        where = place(number, self.chance.randrange(900))
        return {
            "name": f"{words.POINTS[number % len(words.POINTS)]} {number + 1}", "note": self._of(words.NOTES),
            "icon": self.maybe("/images/points/fuel.png", 0.5),
            "location": {"latitude": 0.0, "longitude": 0.0} if number == AT_LEAST else where["location"],
            "address": self.maybe(where["address"]),
        }  # fmt: skip

    def _keys(self, number: int, at: int) -> Record:
        return {
            "name": self._person(), "serialNumber": f"{number * 7919 + 11:010X}",
            "keyValid": self._of(words.KEY_VALID), "keyExpire": self._of(words.KEY_EXPIRE),
            "isAdmin": self.maybe(number % 5 == 0, 0.9), "companyName": self.maybe(self._of(words.CLIENTS), 0.5),
            "email": self.maybe(f"driver{number}@example.com", 0.4), "mobile": None, "phone": self.maybe("", 0.2),
            "note": self._of(words.NOTES), "employeeNumber": self.maybe(f"00{number}", 0.5),
            "expirationDate": self.maybe(utc(at + self.chance.randrange(400) * DAY_S * TICKS, marked=False), 0.6),
            "units": self.several("units", 4), "groups": self.maybe(self.several("groups", 2), 0.6),
        }  # fmt: skip

    def _alarms(self, number: int, at: int) -> Record:
        kind = words.ALARM_TYPES[number % len(words.ALARM_TYPES)]
        everyone = number % 3 == 0
        alarm: Record = {
            "created": utc(at - self.chance.randrange(ALL_ONE_DAY) * TICKS - 13), "name": f"{kind[2:]} {number + 1}",
            "type": kind, "enabled": number % 8 > 0, "allUnits": everyone,
            "units": None if everyone else self.several("units", 5),
            "groups": None if everyone else self.several("groups", 2),
            "emailRecipients": self.maybe(sorted({f"contact{self.chance.randrange(9)}@example.com" for _ in "ab"})),
            "systemRecipients": self.maybe([self._person()], 0.3), "smsRecipients": self.maybe(["+4520123456"], 0.4),
            "interval": self.maybe(15.0, 0.5), "weekdays": self.maybe(list(words.WEEKDAYS[: 1 + number % 7]), 0.6),
            "timeStart": self.maybe({"hour": 6, "minute": number % 60}, 0.6),
            "timeEnd": self.maybe({"hour": 23, "minute": 59}, 0.5),
        }  # fmt: skip
        return alarm | self._about(kind, at)

    def _about(self, kind: str, at: int) -> Record:
        """What is set of an alarm depends on its type."""
        degrees: dict[str, Any] = {"temperature1LowerLimit": -18.5, "temperature1UpperLimit": 4.0}
        about: dict[str, Record] = {
            "Zone": {"zoneId": self.some("zones", 0.1)}, "Point": {"pointId": self.some("points", 0.1)},
            "Arrival": {"expectedArrivalTime": utc(at)}, "Temperature": {"temperatureLimits": degrees},
            "Voltage": {
                "adVoltageLimits": {"adVoltageLowerLimit": 1.5, "adVoltageUpperLimit": 9.0}, "adVoltageInputIndex": 2,
            },
            "Input": {"inputIndex": 1}, "Power": {"powerLevel": 11.5}, "Battery": {"batteryLevel": 20.0},
            "Acceleration": {"threshold": 2.25},
        }  # fmt: skip
        found = {name: value for word, members in about.items() if word in kind for name, value in members.items()}
        if kind == "ByCustomPoint":
            return {"location": place(1, 44)["location"], "radius": 0.75}
        return found
