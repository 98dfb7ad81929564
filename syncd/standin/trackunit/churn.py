"""Life of the fleet while somebody reads: devices send, early and late, people edit, and the vendor corrects."""

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

from syncd.standin.trackunit.declared import NOUNS
from syncd.standin.turns import Turns

if TYPE_CHECKING:
    from syncd.standin.trackunit.content import Content

LATEST = timedelta(hours=40)  # rows come so late at most, and are corrected so late: within two days
FEWEST = 4  # records that are left of each collection
WRONG = ("unit_history", "can_history", "active_faults")


class Churn(Turns["Content"]):
    """What happens in the fleet, at random."""

    def _change(self, content: "Content") -> None:
        (change,) = self._chance.choices(list(_TURNS), weights=list(_TURNS.values()))
        change(self, content)

    def _unit(self, content: "Content") -> str:
        return self._chance.choice(list(content.tables["units"]))

    def _ago(self) -> timedelta:
        return LATEST * self._chance.random()

    def _report(self, content: "Content") -> None:
        content.report(self._unit(content), self._chance.randint(1, 4), fault=self._chance.random() < 0.1)  # noqa: PLR2004

    def _buffer(self, content: "Content") -> None:
        content.buffer(self._unit(content), self._chance.randint(1, 3), self._ago())

    def _correct(self, content: "Content") -> None:
        unit, collection = self._unit(content), self._chance.choice(WRONG)
        since, now = content.tick_now() - int(LATEST.total_seconds()) * 10_000_000, content.tick_now()
        if any(True for _ in content.sent(collection, unit, since, now)):
            content.correct(unit, collection=collection)
            # Only a unit that reported is asked again.
            content.report(unit, 1)

    def _edit(self, content: "Content") -> None:
        collection = self._chance.choice(list(NOUNS))
        content.update(collection, self._chance.choice(list(content.tables[collection])))

    def _insert(self, content: "Content") -> None:
        content.insert(self._chance.choice(list(NOUNS)))

    def _delete(self, content: "Content") -> None:
        # Of a unit that is gone nobody can tell what it sent: units stay.
        collection = self._chance.choice([one for one in NOUNS if one != "units"])
        if len(content.tables[collection]) > FEWEST:
            content.delete(collection, self._chance.choice(list(content.tables[collection])))

    def _recover(self, content: "Content") -> None:
        collection = self._chance.choice(list(NOUNS))
        if gone := content.deleted(collection):
            content.recover(collection, self._chance.choice(gone))


_TURNS: dict[Callable[[Churn, "Content"], object], float] = {
    Churn._report: 0.35, Churn._buffer: 0.1, Churn._correct: 0.1, Churn._edit: 0.15, Churn._insert: 0.08,  # noqa: SLF001
    Churn._delete: 0.05, Churn._recover: 0.05, lambda _, content: content.finish_trips(): 0.04,  # noqa: SLF001
    lambda _, content: content.ring(): 0.05, lambda _, content: content.deliver(): 0.03,
}  # fmt: skip
