"""What keeps the promises about secrets and the unit: X1 to X8."""

from __future__ import annotations

from tests.guards.guard import Guard

GUARDS: tuple[Guard, ...] = ()
