"""A clock for stand-ins: it stands still until a test moves it."""

from __future__ import annotations

from datetime import datetime, timedelta


class Clock:
    """Called, it tells the time; ``seconds`` passed on it since it was made."""

    def __init__(self, at: datetime) -> None:
        self.at = at
        self.seconds = 0.0

    def __call__(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.seconds

    def pass_(self, **span: float) -> None:
        """Let time pass, told as ``timedelta`` takes it."""
        self.at += timedelta(**span)
        self.seconds += timedelta(**span).total_seconds()
