"""Life of a network while somebody reads: visitors come, people edit, imports and corrections change the past."""

from typing import TYPE_CHECKING

from syncd.standin.trackier import words
from syncd.standin.turns import Turns

if TYPE_CHECKING:
    from syncd.standin.trackier.content import Content

VISITED, INSERTED, UPDATED, DELETED = 0.45, 0.6, 0.85, 0.93  # how often, added up; in the rest something comes back
CLICKED, CONVERTED, SETTLED, IMPORTED = 0.45, 0.75, 0.88, 0.95  # of what visitors and corrections do; else adjustments
COLLECTIONS = (
    "accounts", "advertisers", "publishers", "categories", "campaigns", "campaign_goals", "campaign_caps",
    "landing_pages", "campaign_access", "coupons", "deals", "postbacks", "smart_links", "tracking_domains", "invoices",
    "publisher_transactions", "publisher_payments",
)  # fmt: skip
FEWEST = 4
MOST_DAYS = 10


class Churn(Turns["Content"]):
    """What happens in the network, at random."""

    def _change(self, content: "Content") -> None:
        turn = self._chance.random()
        if turn < VISITED:
            self._traffic(content)
            return
        collection = self._chance.choice(COLLECTIONS)
        keys = content.ids(collection)
        if turn < INSERTED or len(keys) <= FEWEST:
            content.insert(collection, **({"created": content.moment()} if collection == "invoices" else {}))
        elif turn < UPDATED:
            content.update(collection, self._chance.choice(keys))
        elif turn < DELETED:
            drafts = [one for one in keys if content.table(collection)[one].get("status") == "draft"]
            if collection != "invoices" or drafts:
                content.delete(collection, self._chance.choice(drafts or keys))
        elif gone := content.deleted(collection):
            self._recover(content, collection, self._chance.choice(gone))

    @staticmethod
    def _recover(content: "Content", collection: str, key: int | str) -> None:
        """Brings a row back, unless what it hangs on is gone."""
        row = content.lost(collection, key)
        parents = (("$campaign", "campaigns"), ("$publisher", "publishers"))
        if all(row.get(member) is None or row[member] in content.table(table) for member, table in parents):
            content.recover(collection, key)

    def _traffic(self, content: "Content") -> None:
        turn = self._chance.random()
        conversions = content.ids("conversions")
        if turn < CLICKED or not conversions:
            content.click(self._chance.randint(1, 3))
        elif turn < CONVERTED:
            content.convert()
        elif turn < SETTLED:
            content.settle(self._chance.choice(conversions), self._chance.choice(words.STATUSES))
        elif turn < IMPORTED:
            content.import_conversions(1, days=self._chance.random() * min(MOST_DAYS, content.sizes.days))
        else:
            content.adjust(content.today(), clicks=self._chance.randint(1, 9), revenue="0.25")
