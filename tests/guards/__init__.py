"""Every promise about a fault, the line that keeps it, and the tests that must fail when that line is broken.

Each of the 94 faults has at least one entry. ``python -m tests.guards`` breaks one after another.
"""

from __future__ import annotations

from tests.guards import daemon, data, network, secrets, store, vendors
from tests.guards.guard import Guard

GUARDS: tuple[Guard, ...] = (
    *network.GUARDS,
    *vendors.GUARDS,
    *data.GUARDS,
    *store.GUARDS,
    *daemon.GUARDS,
    *secrets.GUARDS,
)
