"""How the vendor's servers and the account are set up; all of it may be changed while they serve."""

from dataclasses import dataclass, field
from typing import Literal

ErrorStyle = Literal["literal", "fieldName", "message"]


@dataclass(slots=True)
class Settings:
    """The defaults are what the vendor most probably does."""

    token: str = "5F0C2A9E71B84D36A0E1F2C3D4B5A697"  # noqa: S105  an invented one, of an invented account
    rate: float | None = None  # requests a second; None: unlimited. The vendor's is 50
    hold_s: float = 3.0  # how long a request above the rate is held back at most
    queue: int = 200  # how many may be held; the next one is 429
    retry_after: int | None = None  # seconds, in the header of a 429
    latency: float = 0.0  # seconds that every answer takes
    jitter: float = 0.0  # seconds that it may take longer
    refused: dict[str, int] = field(default_factory=dict)  # pattern of a path in small letters → 401, 403 …
    not_found_status: int = 404  # of the …NotFound errors
    invalid_status: int = 400  # of the invalidParameter errors
    error_style: ErrorStyle = "literal"  # where an invalidParameter error names its field
    max_days: float = 31.0
    max_days_passes: bool = True  # a span of exactly so long
    lists_group_units: bool = True
    flat_history: bool = False  # the older shape
    trips_overlap: bool = False  # a trip under way at the start of the window is listed
    tells_idle_days: bool = False  # a summary of zeros; otherwise none
    empty_without_list: bool = False  # {} instead of {"list": []}
    retention_days: float | None = None
    zone: str = "Europe/Copenhagen"  # of the customer's wall
    gzip: bool = False
