"""How a row becomes a record: the value forms the vendor's page leaves open, each of them switchable."""

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from itertools import count
from typing import Any, Literal

import msgspec

from syncd.standin.trackops.declared import FINANCE_ITEM, NOT_ON_REQUESTS, Collection, Embedded
from syncd.standin.trackops.world import Row, World

Record = dict[str, Any]
_ELSEWHERE = timezone(timedelta(hours=5, minutes=30))
_LINES = {"InvoiceDetails", "ExpenseDetails"}
LEFT_OUT_OF_TEN = 3  # nulls, where some are null and some are missing
LINK_LIVES = timedelta(minutes=15)

_TIMES: dict[str, Callable[[datetime], str]] = {
    "space": lambda at: at.strftime("%Y-%m-%d %H:%M:%S"),
    "T": lambda at: at.strftime("%Y-%m-%dT%H:%M:%S"),
    "Z": lambda at: at.strftime("%Y-%m-%dT%H:%M:%SZ"),
    "offset": lambda at: at.astimezone(_ELSEWHERE).isoformat(timespec="seconds"),
    "fraction": lambda at: at.strftime("%Y-%m-%d %H:%M:%S.000000"),
}
_BOOLEANS: dict[str, tuple[object, object]] = {"json": (False, True), "number": (0, 1), "string": ("0", "1")}
# Per member: always a string, always a number, or now this and now that.
_DECIMALS = {"rate": "string", "quantity": "string", "amount": "string", "balance": "number", "budget_hours": "number"}


@dataclass(frozen=True, slots=True)
class Spelling:
    """The forms of values in answers. The defaults are what the vendor most probably does."""

    times: Literal["space", "T", "Z", "offset", "fraction"] = "space"
    booleans: Literal["json", "number", "string"] = "json"
    decimals: Literal["mixed", "string", "number"] = "mixed"
    nulls: Literal["mixed", "null", "missing"] = "mixed"
    # Members `…_id` left out because the embedded record says it: "COLLECTION.member", or all of them.
    embedded_only: frozenset[str] | Literal["all"] = frozenset({"expense_entries.user_id"})
    php_escapes: bool = True


class Speller:
    """Makes records of rows. The same row always gives the same record, but for links that expire."""

    def __init__(self, world: World, spelling: Spelling) -> None:
        """Embedded records are looked up in `world`."""
        self.world = world
        self.spelling = spelling
        self._links = count(1)

    def record(self, collection: Collection, row: Row, *, expand: bool = False) -> Record:
        """The record as served; `expand` gives structured custom fields as objects, not as JSON in a string."""
        grain = f"{collection.name}{collection.key_of(row)}"
        hidden = self._hidden(collection)
        record: Record = {}
        for name, value in row.items():
            if name in hidden or name.startswith("_"):
                continue
            if value is None:
                if name in collection.key or not self._is_left_out(grain, name):
                    record[name] = None
            elif name == "custom_fields":
                record[name] = [
                    {"id": pair["id"], "value": self._field_value(pair["value"], expand=expand)} for pair in value
                ]
            elif name in _LINES:
                record[name] = [self._line(line, grain, with_id=name == "InvoiceDetails") for line in value]
            elif table := collection.lists.get(name):
                record[name] = [self._brief(table, key, ("id", "name")) for key in value]
            else:
                record[name] = self._plain(name, value, grain)
        for one in collection.embedded:
            self._embed(record, one, row, grain)
        if collection.name == "files" and not row["is_folder"]:
            record["url"] = self._link(row)
        return record

    def _hidden(self, collection: Collection) -> frozenset[str]:
        omit = self.spelling.embedded_only
        told_twice = {
            one.by for one in collection.embedded
            if one.by not in collection.key and (omit == "all" or f"{collection.name}.{one.by}" in omit)
        }  # fmt: skip
        return frozenset(told_twice) | (NOT_ON_REQUESTS if collection.is_request else frozenset())

    def _is_left_out(self, grain: str, name: str) -> bool:
        if self.spelling.nulls == "mixed":
            return zlib.crc32(f"{grain}.{name}".encode()) % 10 < LEFT_OUT_OF_TEN
        return self.spelling.nulls == "missing"

    def _plain(self, name: str, value: object, grain: str) -> object:
        if isinstance(value, bool):
            return _BOOLEANS[self.spelling.booleans][value]
        if isinstance(value, datetime):
            return _TIMES[self.spelling.times](value)
        if isinstance(value, date):
            return value.isoformat()
        if isinstance(value, Decimal):
            return self._decimal(name, value, grain)
        return value

    def _decimal(self, name: str, value: Decimal, grain: str) -> object:
        form = self.spelling.decimals
        if form == "mixed":
            form = _DECIMALS.get(name) or ("string" if zlib.crc32(f"{grain}.{name}".encode()) % 2 else "number")  # type: ignore[assignment]
        return str(value) if form == "string" else float(value)

    def _field_value(self, value: object, *, expand: bool) -> object:
        if isinstance(value, dict):
            return value if expand else msgspec.json.encode(value).decode()
        return self._plain("value", value, "custom_fields")

    def _line(self, line: Row, grain: str, *, with_id: bool) -> Record:
        record: Record = {
            name: self._plain(name, value, grain) for name, value in line.items() if with_id or name != FINANCE_ITEM.by
        }
        self._embed(record, FINANCE_ITEM, line, grain)
        return record

    def _embed(self, record: Record, one: Embedded, row: Row, grain: str) -> None:
        key = row.get(one.by)
        if key is not None:
            record[one.name] = self._brief(one.table, key, one.members)
        elif not self._is_left_out(grain, one.name):
            record[one.name] = None

    def _brief(self, table: str, key: int, members: tuple[str, ...]) -> Record:
        row = self._user(key) if table == "users" else self.world.table(table).get(key)
        if row is None:
            # Purged or archived: the vendor still knows what it was called.
            return {"id": key, "name": f"(archived {key})"}
        return {name: self._plain(name, row.get(name), table) for name in members}

    def _user(self, key: int) -> Row | None:
        return self.world.table("staff").get(key) or self.world.table("client_contacts").get(key)

    def _link(self, row: Row) -> str:
        expires_at = int((self.world.now() + LINK_LIVES).timestamp())
        signature = zlib.crc32(f"{row['id']}.{next(self._links)}".encode())
        return f"https://files.viewcases.example/{row['id']}?expires={expires_at}&signature={signature:08x}"
