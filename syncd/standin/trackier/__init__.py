"""The Trackier stand-in: `make(campaigns=12, days=14) -> Service`, which `StandIn.trackier` serves.

vendor.content.click, .convert, .import_conversions, .settle, .adjust, .burst, .late, .insert, .update, .delete …
vendor.content.writes, .undocumented          # what should not have been asked
vendor.content.snapshot()                     # the whole truth, see `truth`
vendor.service.most_at_once                   # requests at work at once, by class of calls
vendor.settings.denied.append("invoices")     # 106; `clamp`, `last_id_null`, `report_days` … are other habits
vendor.switch.fail("error", code=112, path="/v2/campaigns", times=1)

Words that no copy may hold are in `words`: `NEVER_STORED`, and `SENSITIVE` for what only `include` brings.
"""

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from syncd.standin.log import RequestLog
from syncd.standin.switchboard import Switchboard
from syncd.standin.trackier.churn import Churn
from syncd.standin.trackier.content import Content
from syncd.standin.trackier.service import Service
from syncd.standin.trackier.settings import DOCUMENTED, Settings
from syncd.standin.trackier.world import Sizes

# What a client can notice; `error` is in the vendor's envelope.
STORMY: tuple[tuple[str, dict[str, Any]], ...] = (
    ("error", {"code": 112}), ("error", {"code": 108}), ("status", {"status": 429, "retry_after": 1}),
    ("status", {"status": 408}), ("status", {"status": 500}), ("status", {"status": 502}), ("status", {"status": 503}),
    ("status", {"status": 504}), ("html", {}), ("html", {"status": 503}), ("empty", {}), ("no_content", {}),
    ("wrong_kind", {}), ("unsuccessful", {}), ("cut_body", {}), ("cut_body", {"at": 0}), ("cut_chunked", {}),
    ("close_delimited", {}), ("reset", {}), ("drop", {}), ("duplicate", {}), ("delay", {"seconds": 0.02,
    "jitter": 0.05}),
)  # fmt: skip
A_MINUTE = 60


def make(
    *, seed: int = 1, campaigns: int = 12, days: int = 14, rate: float | None = None, time_zone: str | None = None,
    now: Callable[[], datetime] | None = None, clock_skew: timedelta = timedelta(0),
    monotonic: Callable[[], float] = time.monotonic, settings: Settings | None = None,
    sizes: Mapping[str, Any] | None = None, **more: float,
) -> Service:  # fmt: skip
    """A network of that size with a past of so many days; `rate` in requests a second, None for no limit.

    The rate holds for each class of calls, over a second for entities and over a minute for reports; `settings` may
    have the two limits of their own (`DOCUMENTED`). `sizes` and `more` are members of `Sizes`: `clicks_per_day`,
    `publishers` …; `now` is the true time and `clock_skew` how far the vendor's clock is ahead of it; `monotonic`, in
    seconds, is what the rates are judged by.
    """
    settings = settings or Settings()
    settings.clock_skew = clock_skew
    if time_zone is not None:
        settings.time_zone = time_zone
    if rate is not None:
        settings.entities, settings.reports = rate, rate * A_MINUTE
    true_time = now or (lambda: datetime.now(UTC))
    content = Content(
        seed,
        Sizes(**{"campaigns": campaigns, "days": days, **(sizes or {}), **more}),
        settings,
        lambda: true_time() + settings.clock_skew,
    )
    log = RequestLog((settings.api_key,), monotonic)
    return Service(content, Switchboard(seed, stormy=STORMY, churn=Churn), log, settings, monotonic)


__all__ = ["DOCUMENTED", "Churn", "Content", "Service", "Settings", "Sizes", "make"]
