"""Life at the office while somebody reads: rows change, appear, vanish and come back between requests."""

from typing import TYPE_CHECKING

from syncd.standin.turns import Turns

if TYPE_CHECKING:
    from syncd.standin.trackops.content import Content

INSERTED, UPDATED, DELETED, RECOVERED = 0.35, 0.7, 0.8, 0.9  # how often, added up; the rest moves cases on
TOUCHED = 0.5  # of the recovered rows show a new `updated_at`
COLLECTIONS = (
    "cases", "case_requests", "subjects", "case_updates", "events", "tasks", "files", "invoices", "invoice_payments",
    "expense_entries", "clients",
    "client_contacts", "case_update_notifications",
)  # fmt: skip
STATUSES = 20


class Churn(Turns["Content"]):
    """What happens in the office, at random."""

    def _change(self, content: "Content") -> None:
        collection = self._chance.choice(COLLECTIONS)
        rows = content.rows(collection)
        turn = self._chance.random()
        if turn < INSERTED or not rows:
            content.insert(collection)
            return
        key = self._key(collection, self._chance.choice(rows))
        if turn < UPDATED:
            content.update(collection, key)
        elif turn < DELETED:
            content.delete(collection, key)
        elif turn < RECOVERED and (gone := content.deleted(collection)):
            content.recover(collection, self._chance.choice(gone), touch=self._chance.random() < TOUCHED)
        elif collection == "case_requests" and isinstance(key, int):
            content.accept_request(key)
        elif collection == "cases" and isinstance(key, int):
            content.move_case(key, self._chance.randint(1, STATUSES))

    @staticmethod
    def _key(collection: str, row: dict[str, int]) -> int | tuple[int, int]:
        return (row["update_id"], row["notification_id"]) if collection == "case_update_notifications" else row["id"]
