"""The stand-in Trackunit Classic: `StandIn.trackunit(units=20)`.

`vendor.content` changes as a fleet does (`report`, `buffer`, `ring`, `deliver`, `finish_trips`, `correct`, `insert`, …)
and tells the whole truth (`snapshot`); `vendor.content.writes` lists calls that changed something.
"""

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime

from syncd.standin.log import RequestLog
from syncd.standin.switchboard import STORMY, Switchboard
from syncd.standin.trackunit.churn import Churn
from syncd.standin.trackunit.content import Content
from syncd.standin.trackunit.records import Size
from syncd.standin.trackunit.service import Service, Sleep
from syncd.standin.trackunit.settings import Settings

__all__ = ["Churn", "Content", "Service", "Settings", "Size", "make"]

# Rows have no id: one that comes twice in an answer cannot be told from two, and is no fault that a client can notice.
_UNNOTICED = {"duplicate", "wrong_kind", "unsuccessful", "nan", "surrogate"}
NOTICEABLE = (
    *(one for one in STORMY if one[0] not in _UNNOTICED),
    ("nan", {"member": "km"}), ("surrogate", {"member": "name"}), ("wrong_kind", {"value": []}),
    ("error", {"code": "InternalServerError", "status": 500}), ("error", {"code": "Timeout", "status": 200}),
)  # fmt: skip


def make(
    *, seed: int = 1, units: int = 20, days: float = 30, rows_per_day: float = 24, can_per_day: float = 4,
    faults_per_day: float = 0.3, trips_per_day: float = 2, alarms_per_day: float = 2, extended: float = 0.4,
    steady: bool = False, rate: float | None = None, now: Callable[[], datetime] | None = None,
    monotonic: Callable[[], float] = time.monotonic, sleep: Sleep = asyncio.sleep, settings: Settings | None = None,
) -> Service:  # fmt: skip
    """An account of so many units that have sent for so many days; see `Size` for what the figures count.

    `rate` in requests a second (the vendor's is 50), None for no limit. `now` is the vendor's clock, `monotonic`, in
    seconds, what the rate is judged by, and `sleep` how requests are held back.
    """
    settings = settings or Settings()
    settings.rate = settings.rate if rate is None else rate
    size = Size(units, days, rows_per_day, can_per_day, faults_per_day, trips_per_day, alarms_per_day, extended, steady)
    content = Content(seed, size, settings, now or (lambda: datetime.now(UTC)))
    switch = Switchboard(seed, stormy=NOTICEABLE, churn=Churn)
    return Service(content, switch, RequestLog((settings.token,), monotonic), settings, monotonic, sleep)
