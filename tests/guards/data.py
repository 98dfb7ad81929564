"""What keeps the promises about data and clocks: D1 to D10, C1 to C6."""

from __future__ import annotations

from tests.guards.guard import Guard

GUARDS: tuple[Guard, ...] = ()
