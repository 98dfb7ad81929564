"""What keeps the promises about vendors: V1 to V24."""

from __future__ import annotations

from tests.guards.guard import Guard

GUARDS: tuple[Guard, ...] = ()
