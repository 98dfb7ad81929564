"""The only calls that can leave the process: the reads that a vendor's declaration lists."""

from __future__ import annotations

import re
from collections.abc import Sequence

from syncd.ask import Question
from syncd.errors import Refused
from syncd.http.redact import one_line

_PLACE = re.compile(r"\{[a-z_]+\}")
_SEGMENT = "[A-Za-z0-9_.-]+"


class Reads:
    """The (method, template) pairs of a vendor; a ``{name}`` stands for one segment of letters, digits, ``_ . -``."""

    def __init__(self, reads: Sequence[tuple[str, str]]) -> None:
        self._reads = [(method, template, _pattern(template)) for method, template in reads]

    def template(self, question: Question) -> str:
        """The template that *question* meets. Raises Refused if there is none."""
        # Every library between here and the vendor resolves these two, and the path would be another one.
        if {".", ".."}.isdisjoint(question.path.split("/")):
            for method, template, pattern in self._reads:
                if question.method == method and pattern.fullmatch(question.path):
                    return template
        raise Refused(
            f"{one_line(question.method)} {one_line(question.path)} is none of the read calls that may leave syncd.",
            remedy="This is a fault of syncd: please report it.",
        )


def _pattern(template: str) -> re.Pattern[str]:
    return re.compile(_SEGMENT.join(re.escape(part) for part in _PLACE.split(template)))
