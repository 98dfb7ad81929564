"""Pictures of the history as rectangles: pure. The templates draw them as SVG, so that they need no script."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 300, 64
_GAP = 0.25  # of the room of a bar
_SLOTS = 30  # a picture of two runs is not two blocks
_LEAST = 1.5  # what is not nothing must be seen


@dataclass(frozen=True, slots=True)
class Bar:
    """One value: ``says`` is its day or time and what it is, ``kind`` how it is coloured."""

    says: str
    value: float
    kind: str = "plain"


@dataclass(frozen=True, slots=True)
class Rectangle:
    """One bar as it is drawn; ``says`` is shown when it is pointed at."""

    x: float
    y: float
    width: float
    height: float
    kind: str
    says: str


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture with its title; ``says`` tells those who cannot see it what there is to see."""

    title: str
    says: str
    most: str
    first: str
    last: str
    rectangles: tuple[Rectangle, ...]
    width: int = WIDTH
    height: int = HEIGHT


def chart(title: str, bars: Sequence[Bar], *, spelled: str, most: str, ends: tuple[str, str]) -> Chart:
    """A picture of *bars* side by side. *spelled* says what they come to, *most* what the highest stands for."""
    top = max((bar.value for bar in bars), default=0.0)
    room = WIDTH / max(_SLOTS, len(bars))
    drawn = []
    for at, bar in enumerate(bars):
        height = max(_LEAST, bar.value / top * HEIGHT) if bar.value > 0 else 0.0
        if height:
            x, width = WIDTH - (len(bars) - at) * room + room * _GAP / 2, room * (1 - _GAP)
            drawn.append(
                Rectangle(round(x, 2), round(HEIGHT - height, 2), round(width, 2), round(height, 2), bar.kind, bar.says)
            )
    return Chart(title, f"{title}: {spelled}", most if top > 0 else "0", *ends, tuple(drawn))
