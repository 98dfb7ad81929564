"""Stand-in vendors: local servers with data, limits and faults, for the demo and the tests.

They are strangers to the product, as the vendors are, and import nothing else of it.

    async with StandIn.trackops(seed=7, cases=60, rows={"subjects": 250}, rate=None) as vendor:
        vendor.url, vendor.credentials                 # what a connection is configured with
        vendor.content.update("cases", 12, notes="x")  # insert, update, delete, recover, move_case, late, snapshot …
        vendor.switch.fail("reset", nth=3)             # the kinds are in faults.KINDS; storm() and churn() mix them
        vendor.settings.has_count = False              # how strict the vendor is and what the account may do
        vendor.log.gaps(), vendor.log.refused          # what arrived, and when

`StandIn.trackunit(units=20)`, `StandIn.itrack(trackers=12)` and `StandIn.trackier(campaigns=12)` are the other vendors,
with the same four parts.

`python -m syncd.standin VENDOR` is the same as a process, steered under `/_standin/` (see `control`).
"""

from syncd.standin.churn import Churn
from syncd.standin.log import RequestLog
from syncd.standin.server import StandIn
from syncd.standin.switchboard import Switchboard
from syncd.standin.trackops.service import Settings
from syncd.standin.trackops.spelling import Spelling

__all__ = ["Churn", "RequestLog", "Settings", "Spelling", "StandIn", "Switchboard"]
