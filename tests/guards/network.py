"""What keeps the promises about the network: N1 to N12."""

from __future__ import annotations

from tests.guards.guard import Guard

GUARDS: tuple[Guard, ...] = ()
