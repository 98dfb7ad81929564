"""The iTrack (Navixy) stand-in: `make(trackers=12, days=14) -> Service`, which `StandIn.itrack` serves.

vendor.content.drive(10_003), .grow, .buffer, .merge_trips, .burst, .block, .late, .insert, .update, .delete …
vendor.content.logins, .writes, .undocumented, .expire_sessions(), .change_password("…")
vendor.content.snapshot()                     # the whole truth, see `truth`
vendor.settings.zone = "Pacific/Auckland"     # the user changed it; `dialect="2020"` is a server of that year
vendor.switch.fail("error", code=211, max_time_span="P30D", path="/track/list", times=1)
"""

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from syncd.standin.itrack.churn import Churn
from syncd.standin.itrack.content import Content
from syncd.standin.itrack.service import Service
from syncd.standin.itrack.settings import Dialect, Settings
from syncd.standin.itrack.slashes import SlashlessLog, SlashlessSwitchboard
from syncd.standin.itrack.world import Sizes

# What a client can notice; `error` is in the vendor's envelope.
STORMY: tuple[tuple[str, dict[str, Any]], ...] = (
    ("error", {"code": 15}), ("error", {"code": 1}), ("error", {"code": 6}), ("error", {"code": 8}),
    ("error", {"code": 14}), ("status", {"status": 500}), ("status", {"status": 502}), ("status", {"status": 503}),
    ("status", {"status": 504}), ("html", {}), ("html", {"status": 503}), ("empty", {}), ("no_content", {}),
    ("wrong_kind", {}), ("cut_body", {}), ("cut_body", {"at": 0}), ("cut_chunked", {}), ("close_delimited", {}),
    ("reset", {}), ("drop", {}), ("duplicate", {}), ("delay", {"seconds": 0.02, "jitter": 0.05}),
)  # fmt: skip


def make(
    *, seed: int = 1, trackers: int = 12, days: int = 14, rate: float | None = None, dialect: Dialect = "current",
    zone: str = "Europe/Copenhagen", now: Callable[[], datetime] | None = None, clock_skew: timedelta = timedelta(0),
    monotonic: Callable[[], float] = time.monotonic, settings: Settings | None = None, base_path: str | None = None,
    sizes: Mapping[str, Any] | None = None, **more: float,
) -> Service:  # fmt: skip
    """An account of that size with a past of so many days; `rate` in requests a second, None for no limit.

    `sizes` and `more` are members of `Sizes`: `events_per_day`, `trips_per_day`, `places` …; `now` is the true time and
    `clock_skew` how far the vendor's clock is ahead of it; `monotonic`, in seconds, is what the rate is judged by.
    """
    settings = settings or Settings()
    settings.rate, settings.dialect, settings.zone, settings.clock_skew = rate, dialect, zone, clock_skew
    if base_path is not None:
        settings.base_path = base_path
    true_time = now or (lambda: datetime.now(UTC))
    content = Content(
        seed,
        Sizes(**{"trackers": trackers, "days": days, **(sizes or {}), **more}),
        settings,
        lambda: true_time() + settings.clock_skew,
    )
    log = SlashlessLog((settings.api_key, settings.password), monotonic)
    return Service(content, SlashlessSwitchboard(seed, stormy=STORMY, churn=Churn), log, settings, monotonic)


__all__ = ["Churn", "Content", "Service", "Settings", "Sizes", "make"]
