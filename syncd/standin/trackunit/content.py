"""The account behind the stand-in, as people change it: records come, change, vanish and come back."""

from __future__ import annotations

from typing import Any

from syncd.standin.trackunit.declared import NOUNS
from syncd.standin.trackunit.law import Facts
from syncd.standin.trackunit.sending import Sending
from syncd.standin.trackunit.spelling import TICKS, Record

EDITS = ("Checked again", "Größe geändert", "See the call of today —", 'Says "no"')


class Content(Sending):
    """The public methods are calls of the control API too. Durations are seconds or `timedelta`."""

    def insert(self, collection: str, **overrides: Any) -> Record:  # noqa: ANN401  members of a record
        """Adds a record, members as given and the rest invented; a unit that is new has sent nothing.

        To a report it adds a row: of the unit `unit_id`, with the time `at`, else now.
        """
        if collection not in NOUNS:
            return self.row(collection, **overrides)
        record = self.fleet.make(collection, self.tick_now()) | overrides
        key, at = record["id"], self.tick_now() // TICKS
        if collection == "units" and key not in self.facts:
            self.facts[key] = Facts(key, len(self.facts), (), extended=False, begins_at=at, ends_at=at)
        self._put(collection, record)
        return record

    def update(self, collection: str, key: str, **changes: Any) -> Record:  # noqa: ANN401  members of a record
        """Changes members of a record (without any: its name); None takes a member out. KeyError if there is none."""
        record = self.tables[collection][str(key)]
        self._edits += 1
        record |= changes or {"name": f"{EDITS[self._edits % len(EDITS)]} {self._edits}"}
        self._put(collection, record)
        return record

    def delete(self, collection: str, key: str) -> None:
        """Takes a record out; a unit leaves its groups, and nobody can ask any more what it sent. KeyError if none."""
        record = self.tables[collection].pop(str(key))
        self._texts.pop((collection, record["id"]), None)
        self._removed[collection, record["id"]] = record
        if collection == "units":
            for group in self.tables["groups"].values():
                group["units"] = [one for one in group["units"] or () if one != record["id"]]

    def recover(self, collection: str, key: str) -> None:
        """Brings a deleted record back, but into no group. KeyError if there is none."""
        self._put(collection, self._removed.pop((collection, str(key))))

    def deleted(self, collection: str) -> list[str]:
        """Ids that could be recovered."""
        return [key for name, key in self._removed if name == collection]

    def late(
        self, collection: str, *, seconds: float | None = None, requests: int | None = None,
        **overrides: Any,  # noqa: ANN401  members of a record
    ) -> None:  # fmt: skip
        """A record or row as `insert` makes it, of now, that is served only `seconds` or `requests` later."""
        members = overrides if collection in NOUNS else {"at": self.now()} | overrides
        self._waiting.add(lambda: self.insert(collection, **members), seconds, requests)

    def tick(self, requests: int = 1) -> None:
        """Tells that so many requests came; shows what is late and whose time has come."""
        self._waiting.tick(requests)

    def _put(self, collection: str, record: Record) -> None:
        self.tables[collection][record["id"]] = record
        self._texts.pop((collection, record["id"]), None)
