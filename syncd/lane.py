"""Priority lanes: who goes first when several runs want the vendor's allowance."""

from __future__ import annotations

from enum import IntEnum


class Lane(IntEnum):
    """The smaller goes first; each lower one keeps a tenth of the turns."""

    TRIGGER = 0
    INCREMENT = 1
    LOOKBACK = 2
    SWEEP = 3
    BACKFILL = 4
