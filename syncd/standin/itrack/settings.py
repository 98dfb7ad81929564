"""How the account and the vendor's servers are set up."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from syncd.standin.itrack.times import Times

Dialect = Literal["current", "2020"]


@dataclass(slots=True)
class Settings:
    """May be changed while it serves; `zone` too, as the user may."""

    login: str = "ops@example.com"
    password: str = "correct horse 9 battery"  # noqa: S105  an invented one, of an invented account
    api_key: str = "5f2c7e0a91b34d6887c0ffee12345678"
    dealer_id: int = 4021
    base_path: str = "/v2"
    zone: str = "Europe/Copenhagen"
    dialect: Dialect = "current"
    # -- pace --
    rate: float | None = 50.0  # requests a second, per hash and per address; None: unlimited
    retry_after: int | None = None  # seconds, in the header of a 429
    # -- who may ask --
    session_life: timedelta = timedelta(days=30)  # from the last use
    logins_an_hour: int | None = None  # more are answered 104
    attempts: int = 5  # wrong passwords within five minutes, then 105
    second_factor: bool = False
    login_refused: int | None = None  # the code every login is answered with: 11, 103, 104, 105, 275
    user_blocked: bool = False  # 275 on every call
    dealer_blocked: bool = False  # 11 on every call
    key_revoked: bool = False
    key_opens_config: bool = True  # dealer/get_ui_config takes an API key as hash
    sub_user: bool = False
    missing: dict[str, int] = field(default_factory=dict)  # call → the code it is always answered with
    # -- limits; told by dealer/get_ui_config --
    history_limit: int = 1_000
    report_span: timedelta | None = None  # None: 90 days, of the 2020 server 120
    stats_span: timedelta = timedelta(days=31)
    stats_trackers: int = 128
    sensor_data_span: timedelta = timedelta(days=30)
    states_trackers: int = 2_000
    sensors_trackers: int = 500
    batch_trackers: int = 500  # readings, counters, history
    store_period: str = "1y"
    retention: Literal["cut", "empty"] = "cut"  # what a window that begins before the storage period brings
    # -- forms --
    iso_form: Literal["offset", "utc"] = "offset"
    leaves_out_nulls: bool = False
    shifting: bool = False  # unsorted lists come in another order each time
    clock_skew: timedelta = timedelta(0)

    @property
    def is_current(self) -> bool:
        """False for the server of 2020."""
        return self.dialect == "current"

    @property
    def span(self) -> timedelta:
        """The longest window of most calls."""
        return self.report_span or timedelta(days=90 if self.is_current else 120)

    def times(self, *, is_iso: bool = False) -> Times:
        """The forms of times for one request."""
        return Times(ZoneInfo(self.zone), is_iso and self.is_current, self.iso_form == "utc")
