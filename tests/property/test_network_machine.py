"""Visitors, late imports, figures set right by hand, a reader that is killed: quiet for a while, both agree."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from syncd.standin.trackier.words import STATUSES
from tests.property.windowed import PLACE, SETTINGS, Windowed, past_may_change

LISTS = ("campaigns", "coupons")
FEWEST = 3


class Machine(Windowed):
    """A network at Trackier: a list by its last id, one in numbered pages, one in rotation; windows in numbered pages,
    by tokens, of two lists; days of a report.
    """

    kind = "trackier"
    names = ("campaigns", "coupons", "campaign_goals", "conversions", "clicks", "invoices", "report_daily")
    first = ("campaigns",)
    sizes = {  # noqa: RUF012 (declared ClassVar)
        "campaigns": 4, "publishers": 3, "advertisers": 2, "coupons": 5, "days": 6, "clicks_per_day": 4,
        "conversions_per_day": 3, "impressions_per_day": 1, "invoices_per_day": 1,
    }  # fmt: skip
    far = 20
    paths = ("/v2/reports/*", "/v2/network/*", "/v2/campaigns*", "/v2/invoices", "*")
    quiet = 10

    def reported(self) -> None:
        self.visit(2, 1)
        self.come_late(2)
        self.settle(0, "rejected")
        self.adjust(2, 3)
        self.bill(1)
        self.update("coupons", 0)
        self.edit_a_goal(0, is_new=True)

    def key(self, name: str, place: int, days: float | None = None) -> Any:
        """A row's key, of those that are made at most so many days ago; None if there is none."""
        content = self.vendor.content
        since = None if days is None else content.now() - timedelta(days=days)
        known = [key for key, row in content.table(name).items() if since is None or row["created"] >= since]
        return known[place % len(known)] if known else None

    @property
    def reach(self) -> float | None:
        """Within how many days a cycle finds what changed; None where everything is read in the end."""
        return 2 if self.steady else None

    # --- what visitors do -------------------------------------------------------------------------------------------
    @rule(clicks=st.integers(0, 4), conversions=st.integers(0, 2))
    def visit(self, clicks: int, conversions: int) -> None:
        self.vendor.content.click(clicks)
        self.vendor.content.convert(conversions)

    @rule(days=st.sampled_from((0.1, 2)))
    def come_late(self, days: float) -> None:
        self.vendor.content.import_conversions(1, days=days)

    @precondition(past_may_change)
    @rule(days=st.sampled_from((4, 8)))
    def come_very_late(self, days: float) -> None:
        self.vendor.content.import_conversions(1, days=days)

    @rule(number=st.sampled_from((2, 120)))
    def come_at_once(self, number: int) -> None:
        self.vendor.content.burst(number, self.vendor.content.now() - timedelta(minutes=1))

    # --- what people do ---------------------------------------------------------------------------------------------
    @rule(place=PLACE, status=st.sampled_from(STATUSES))
    def settle(self, place: int, status: str) -> None:
        if key := self.key("conversions", place, self.reach):
            self.vendor.content.settle(key, status)

    @rule(days=st.integers(0, 2), clicks=st.sampled_from((3, -3)))
    def adjust(self, days: int, clicks: int) -> None:
        content = self.vendor.content
        content.adjust(content.today() - timedelta(days=days), 1, 1, clicks=clicks, revenue="0.0303")

    @precondition(past_may_change)
    @rule(days=st.integers(3, 8), clicks=st.sampled_from((3, -3)))
    def adjust_the_past(self, days: int, clicks: int) -> None:
        content = self.vendor.content
        content.adjust(content.today() - timedelta(days=days), 1, 1, clicks=clicks)

    @rule(place=PLACE)
    def bill(self, place: int) -> None:
        content = self.vendor.content
        content.insert("invoices", created=content.moment(), utype=("publisher", "advertiser")[place % 2])
        content.update("invoices", self.key("invoices", place))

    @precondition(past_may_change)
    @rule(place=PLACE)
    def withdraw(self, place: int) -> None:
        if key := self.key("invoices", place):
            self.vendor.content.delete("invoices", key)

    @rule(name=st.sampled_from(LISTS))
    def insert(self, name: str) -> None:
        self.vendor.content.insert(name)

    @rule(name=st.sampled_from(LISTS), place=PLACE)
    def update(self, name: str, place: int) -> None:
        self.vendor.content.update(name, self.key(name, place))

    @rule(name=st.sampled_from(LISTS), place=PLACE)
    def delete(self, name: str, place: int) -> None:
        # Number one stays, which figures are adjusted of.
        if len(self.vendor.content.table(name)) > FEWEST and (key := self.key(name, place)) != 1:
            self.vendor.content.delete(name, key)

    @rule(place=PLACE)
    def recover(self, place: int) -> None:
        if gone := self.vendor.content.deleted("campaigns"):
            self.vendor.content.recover("campaigns", gone[place % len(gone)])

    @rule(place=PLACE, is_new=st.booleans())
    def edit_a_goal(self, place: int, is_new: bool) -> None:
        """Only what shows in its campaign is found before that one's turn."""
        content = self.vendor.content
        content.settings.goal_edits_touch = self.steady
        with suppress(KeyError):
            if is_new:
                campaign = self.key("campaigns", place)
                content.insert("campaign_goals", campaign_id=campaign)
                content.update("campaigns", campaign)
            elif key := self.key("campaign_goals", place):
                content.update("campaign_goals", key)

    # --- the vendor's habits ----------------------------------------------------------------------------------------
    @rule(clamp=st.sampled_from((None, 2)), ends_with_null=st.booleans())
    def serve_otherwise(self, clamp: int | None, ends_with_null: bool) -> None:
        self.vendor.settings.clamp, self.vendor.settings.last_id_null = clamp, ends_with_null

    @rule(code=st.sampled_from((108, 112)), place=PLACE, times=st.integers(1, 6))
    def refuse(self, code: int, place: int, times: int) -> None:
        self.vendor.switch.fail("error", code=code, path=self.paths[place % len(self.paths)], times=times)

    @rule(place=PLACE, times=st.integers(1, 6), status=st.sampled_from((429, 504)))
    def be_overloaded(self, place: int, times: int, status: int) -> None:
        self.vendor.switch.fail("status", status=status, path=self.paths[place % len(self.paths)], times=times)

    def calm(self) -> None:
        self.vendor.settings.clamp = None
        super().calm()


TestMachine = Machine.TestCase
TestMachine.settings = SETTINGS
