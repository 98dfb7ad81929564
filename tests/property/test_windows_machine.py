"""Devices that send now and late, a vendor that corrects, a reader that is killed: quiet for a while, both agree."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tests.property.windowed import PLACE, SETTINGS, Windowed, past_may_change


class Machine(Windowed):
    """A fleet at Trackunit: windows of units, with rows that end, of the account, of whole days; a list by marks."""

    kind = "trackunit"
    names = ("units", "unit_history", "trips", "alarm_log", "unit_day_summaries", "unit_extended_info", "active_faults")
    first = ("units",)
    sizes = {"units": 3, "days": 12, "rows_per_day": 4, "can_per_day": 1, "faults_per_day": 0.5}  # noqa: RUF012 (declared ClassVar)
    paths = ("/Report/*", "/AlarmLog", "/Unit", "*")
    quiet = 15

    def unit(self, place: int) -> str | None:
        """A unit the vendor has."""
        known = list(self.vendor.content.tables["units"])
        return known[place % len(known)] if known else None

    def reported(self) -> None:
        if unit := self.unit(0):
            self.vendor.content.report(unit)

    # --- the fleet --------------------------------------------------------------------------------------------------
    @rule(place=PLACE, rows=st.integers(1, 4), fault=st.booleans())
    def report(self, place: int, rows: int, fault: bool) -> None:
        if unit := self.unit(place):
            self.vendor.content.report(unit, rows, fault=fault)

    @precondition(past_may_change)
    @rule(place=PLACE, hours=st.sampled_from((1, 30, 100, 200)))
    def buffer(self, place: int, hours: int) -> None:
        if unit := self.unit(place):
            self.vendor.content.buffer(unit, ago=timedelta(hours=hours))

    @precondition(past_may_change)
    @rule(place=PLACE, name=st.sampled_from(("unit_history", "trips")), hours=st.sampled_from((0, 20, 150)))
    def correct(self, place: int, name: str, hours: int) -> None:
        with suppress(KeyError):
            if unit := self.unit(place):
                self.vendor.content.correct(unit, collection=name, ago=timedelta(hours=hours))

    @precondition(past_may_change)
    @rule(place=PLACE, hours=st.sampled_from((0, 20, 150)))
    def erase(self, place: int, hours: int) -> None:
        with suppress(KeyError):
            if unit := self.unit(place):
                self.vendor.content.erase(unit, ago=timedelta(hours=hours))

    @rule(units=st.integers(1, 3))
    def ring(self, units: int) -> None:
        if self.vendor.content.tables["units"]:
            self.vendor.content.ring(units)

    @precondition(past_may_change)
    @rule()
    def trips_end_and_messages_arrive(self) -> None:
        self.vendor.content.finish_trips()
        self.vendor.content.deliver()

    @rule()
    def unit_is_bought(self) -> None:
        self.vendor.content.insert("units")


TestMachine = Machine.TestCase
TestMachine.settings = SETTINGS
