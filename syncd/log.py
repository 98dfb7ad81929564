"""Logging: one event per line on standard error, with an ``action`` field, without secrets.

What repeats is said once and then counted, and under systemd each line begins with its priority for the journal.
"""

from __future__ import annotations

import logging
import os
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any, Final, TextIO

import structlog
from structlog.typing import EventDict, Processor

from syncd.http.redact import one_line

LEVELS: Final = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}
SAID_EVERY_S: Final = 60.0
"""A warning or an error about the same is said this often at most; the next one says how many were left out."""
_SAME: Final = ("action", "connection", "collection", "vendor", "kind", "about", "channel", "path")
_ANSWERS: Final = frozenset({"config_warning", "reload_refused"})
"""What a person asked for is answered every time."""
_REMEMBERED: Final = 1000
_LIBRARY: Final = "library"
# As syslog numbers them; the journal takes the number from a line's beginning and shows the rest.
_PRIORITIES: Final = {"critical": 2, "error": 3, "warning": 4, "info": 6, "debug": 7}


def configure(
    *,
    level: str = "info",
    format: str = "auto",  # noqa: A002 (the key's name in the configuration)
    redact: Callable[[str], str] | None = None,
    stream: TextIO | None = None,
    monotonic: Callable[[], float] = time.monotonic,
) -> None:
    """Send every event of *level* and above to *stream* (standard error), through *redact* text by text.

    *format* is console, json, or auto: console on a terminal and json elsewhere. What libraries log by the standard
    library from warning on (from debug on at level debug) takes the same way. Warnings and errors that repeat are
    counted by the *monotonic* clock; level debug says everything. Calling it again replaces everything.
    """
    stream = sys.stderr if stream is None else stream
    console = format == "console" or (format == "auto" and stream.isatty())
    first: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
    ]
    sparing = [] if level == "debug" else [_Sparing(monotonic)]
    last: list[Processor] = [
        # Exceptions become text before redaction: their messages hold what strangers sent.
        structlog.processors.format_exc_info,
        _Safe(redact, keep_lines=console),
        _renderer(console=console, colors=console and stream.isatty()),
        *([_prioritised] if _goes_to_journal(stream) else []),
    ]
    structlog.configure(
        processors=[*first, *sparing, *last],
        wrapper_class=structlog.make_filtering_bound_logger(LEVELS[level]),
        logger_factory=structlog.PrintLoggerFactory(stream),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*first, _named],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
        )
    )
    for each in sparing:
        handler.addFilter(each.passes)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.DEBUG if level == "debug" else logging.WARNING)


def _renderer(*, console: bool, colors: bool) -> Processor:
    if console:
        return structlog.dev.ConsoleRenderer(colors=colors, timestamp_key="at", exception_formatter=_plain)
    return structlog.processors.JSONRenderer(ensure_ascii=False)


def _plain(stream: TextIO, info: object) -> None:  # pragma: no cover (format_exc_info has made text of it already)
    """Never the library's own traceback: it shows local variables, and those hold secrets."""


def _named(logger: logging.Logger, _method: str, event: EventDict) -> EventDict:
    event.setdefault("action", _LIBRARY)
    record = event.get("_record")
    event.setdefault("logger", logger.name if record is None else record.name)
    if left_out := getattr(record, "left_out", 0):
        event["left_out"] = left_out
    return event


def _goes_to_journal(stream: TextIO) -> bool:
    """Whether the journal reads *stream*: systemd names the socket it made (``device:inode``) in the environment."""
    named = os.environ.get("JOURNAL_STREAM")
    if not named:
        return False
    try:
        found = os.fstat(stream.fileno())
    except (OSError, ValueError):
        return False
    return named == f"{found.st_dev}:{found.st_ino}"


def _prioritised(_logger: object, method: str, line: Any) -> str:  # noqa: ANN401 (what the renderer made: a text)
    """A finished line with its priority before it; every further one (of a traceback) has it too."""
    said = str(line)
    priority = _PRIORITIES.get({"exception": "error", "warn": "warning"}.get(method, method), 6)
    return "\n".join(f"<{priority}>{part}" for part in said.split("\n"))


class _Sparing:
    """Lets a warning or an error about the same pass once in a while; that one says how many it stands for.

    The same is: of one action, connection and collection (and what else names a thing); of a library, its text.
    """

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._said: dict[tuple[str, ...], tuple[float, int]] = {}

    def __call__(self, _logger: object, _method: str, event: EventDict) -> EventDict:
        if event.get("level") not in {"warning", "error", "critical"} or event.get("action") in _ANSWERS:
            return event
        left_out = self._left_out(tuple(str(event.get(name)) for name in _SAME))
        if left_out is None:
            raise structlog.DropEvent
        return {**event, "left_out": left_out} if left_out else event

    def passes(self, record: logging.LogRecord) -> bool:
        """The same for a line of a library, as a filter of its handler."""
        if record.levelno < logging.WARNING:
            return True
        left_out = self._left_out((_LIBRARY, record.name, record.getMessage()))
        record.left_out = left_out
        return left_out is not None

    def _left_out(self, same: tuple[str, ...]) -> int | None:
        """How many were left out since it was last said; None if this one is left out too."""
        now = self._monotonic()
        at, left_out = self._said.pop(same, (float("-inf"), 0))
        if now - at < SAID_EVERY_S:
            self._said[same] = at, left_out + 1
            return None
        self._said[same] = now, 0
        while len(self._said) > _REMEMBERED:
            # The one that was heard of longest ago: what is said or counted goes to the end.
            del self._said[next(iter(self._said))]
        return left_out


class _Safe:
    """Takes secrets and control characters out of every text of an event, at any depth."""

    def __init__(self, redact: Callable[[str], str] | None, *, keep_lines: bool) -> None:
        self._redact = redact
        self._keep_lines = keep_lines

    def __call__(self, _logger: object, _method: str, event: EventDict) -> EventDict:
        return {
            name: self._lines(value) if name == "exception" and self._keep_lines else self._value(value)
            for name, value in event.items()
        }

    def _value(self, value: Any) -> Any:  # noqa: ANN401 (events hold anything)
        if isinstance(value, bool | int | float | None):
            return value
        if isinstance(value, Mapping):
            return {self._text(str(name)): self._value(inner) for name, inner in value.items()}
        if isinstance(value, list | tuple | set | frozenset):
            return [self._value(inner) for inner in value]
        return self._text(str(value))

    def _text(self, text: str) -> str:
        return one_line(text if self._redact is None else self._redact(text))

    def _lines(self, value: object) -> str:
        return "\n".join(self._text(line) for line in str(value).splitlines())
