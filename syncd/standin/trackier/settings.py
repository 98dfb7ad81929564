"""How the network and the vendor's servers are set up."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal
from zoneinfo import ZoneInfo

DOCUMENTED = {"entities": 5.0, "reports": 200.0}
"""What the vendor says of its limits: requests in any second, and in any 60 seconds."""


@dataclass(slots=True)
class Settings:
    """May be changed while it serves; `time_zone` too, as the network may."""

    api_key: str = "c0ffee5eed7a11ada5e0fba11ad0decade2b1e55"
    time_zone: str = "Asia/Kolkata"  # of the network: days of reports are cut in it
    # -- pace, per key --
    entities: float | None = None  # requests in any second; None: unlimited
    reports: float | None = None  # requests to reports and logs in any 60 seconds
    retry_after: int | None = None  # seconds, in the header of a 429
    limit_body: Literal["json", "text"] = "json"
    # -- who may ask --
    user_inactive: bool = False  # 103
    account_inactive: bool = False  # 104
    refuses_address: bool = False  # 105
    denied: list[str] = field(default_factory=list)  # collections that are answered 106
    forbidden_as: Literal["400", "40x"] = "400"  # the status of 101 to 106: 400, or 401 and 403
    # -- errors --
    error_form: Literal["documented", "array", "object", "error"] = "documented"
    numeric_codes: bool = False
    not_found_status: int = 404  # of 109
    deleted_code: int = 111  # what the children of a deleted campaign are answered with
    # -- pages --
    clamp: int | None = None  # the largest page it serves, whatever is asked
    last_id_null: bool = True  # the last page says null; otherwise its last id, and the next page is empty
    tells_pages: bool = True  # lists whose pages are undocumented have `pagination`
    access_paged: bool = True  # campaigns/access knows `page` and `limit`
    fields_replace: bool = True  # `fields[]` is the whole set; otherwise it adds to the default set
    # -- limits of windows; more is answered 504, or 107 --
    report_days: int | None = None
    report_rows: int | None = None
    log_days: int | None = None
    log_rows: int | None = None
    bound_answer: Literal["504", "107"] = "504"
    # -- habits --
    retention_days: float | None = None  # older clicks, conversions and impressions are gone
    goal_edits_touch: bool = False  # whether an edit of a goal shows in its campaign's `modified`
    latency: float = 0.0  # seconds, of every answer
    clock_skew: timedelta = timedelta(0)

    @property
    def zone(self) -> ZoneInfo:
        """The network's zone."""
        return ZoneInfo(self.time_zone)
