"""Stand-in vendors: local servers with data, limits and faults, for the demo and the tests.

They are strangers to the product, as the vendors are, and import nothing else of it.
"""

from syncd.standin.churn import Churn
from syncd.standin.log import RequestLog
from syncd.standin.server import StandIn
from syncd.standin.switchboard import Switchboard
from syncd.standin.trackops.service import Settings
from syncd.standin.trackops.spelling import Spelling

__all__ = ["Churn", "RequestLog", "Settings", "Spelling", "StandIn", "Switchboard"]
