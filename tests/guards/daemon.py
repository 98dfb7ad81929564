"""What keeps the promises about the process and its configuration: P1 to P13, K1 to K7."""

from __future__ import annotations

from tests.guards.guard import Guard

GUARDS: tuple[Guard, ...] = ()
