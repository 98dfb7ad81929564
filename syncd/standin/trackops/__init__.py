"""The stand-in Trackops: `StandIn.trackops(cases=60)`."""

from syncd.standin.trackops.service import Settings

__all__ = ["Settings"]
