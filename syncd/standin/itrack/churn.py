"""Life of a fleet while somebody reads: rows change, appear and vanish, trips come, grow and merge."""

from typing import TYPE_CHECKING, Any

from syncd.standin.turns import Turns

if TYPE_CHECKING:
    from syncd.standin.itrack.content import Content

INSERTED, UPDATED, DELETED, RECOVERED = 0.25, 0.55, 0.63, 0.7  # how often, added up; the rest is done by devices
DROVE, GREW, BUFFERED, MERGED = 0.5, 0.75, 0.9, 1.0  # of what devices do
MERGED_FROM = 2
COLLECTIONS = (
    "trackers", "tracker_groups", "tags", "sensors", "zones", "rules", "places", "custom_fields", "vehicles", "garages",
    "service_tasks", "employees", "departments", "tasks", "form_templates", "checkins", "driver_journal", "subusers",
    "tariffs", "events", "transactions", "audit_log",
)  # fmt: skip
KEPT = {"events", "transactions", "audit_log", "trackers"}  # nothing of these is ever deleted here
FEWEST = 3


class Churn(Turns["Content"]):
    """What happens in the fleet, at random."""

    def _change(self, content: "Content") -> None:
        turn = self._chance.random()
        if turn >= RECOVERED:
            self._device(content)
            return
        collection = self._chance.choice(COLLECTIONS)
        keys: list[Any] = content.ids(collection)
        if turn < INSERTED or not keys:
            content.insert(collection)
        elif turn < UPDATED:
            if collection not in {"transactions", "audit_log"}:
                content.update(collection, self._chance.choice(keys))
        elif turn < DELETED:
            if collection not in KEPT and len(keys) > FEWEST:
                content.delete(collection, self._chance.choice(keys))
        elif collection not in KEPT and (gone := content.deleted(collection)):
            content.recover(collection, self._chance.choice(gone))

    def _device(self, content: "Content") -> None:
        tracker_id = self._chance.choice(content.ids("trackers"))
        turn = self._chance.random()
        if turn < DROVE or len(content.trips(tracker_id)) <= MERGED_FROM:
            content.drive(tracker_id, minutes=self._chance.randint(3, 40))
        elif turn < GREW:
            content.grow(tracker_id, self._chance.randint(1, 9))
        elif turn < BUFFERED:
            content.buffer(tracker_id, self._chance.randint(3_600, 86_400))
        elif sum(one["type"] == "regular" and not one["_short"] for one in content.trips(tracker_id)) > MERGED_FROM:
            content.merge_trips(tracker_id)
