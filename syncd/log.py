"""Logging: one event per line on standard error, with an ``action`` field, without secrets."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Mapping
from typing import Any, Final, TextIO

import structlog
from structlog.typing import EventDict, Processor

from syncd.http.redact import one_line

LEVELS: Final = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}


def configure(
    *,
    level: str = "info",
    format: str = "auto",  # noqa: A002 (the key's name in the configuration)
    redact: Callable[[str], str] | None = None,
    stream: TextIO | None = None,
) -> None:
    """Send every event of *level* and above to *stream* (standard error), through *redact* text by text.

    *format* is console, json, or auto: console on a terminal and json elsewhere. What libraries log by the standard
    library from warning on (from debug on at level debug) takes the same way. Calling it again replaces everything.
    """
    stream = sys.stderr if stream is None else stream
    console = format == "console" or (format == "auto" and stream.isatty())
    first: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
    ]
    last: list[Processor] = [
        # Exceptions become text before redaction: their messages hold what strangers sent.
        structlog.processors.format_exc_info,
        _Safe(redact, keep_lines=console),
        _renderer(console=console, colors=console and stream.isatty()),
    ]
    structlog.configure(
        processors=[*first, *last],
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
    event.setdefault("action", "library")
    event.setdefault("logger", event["_record"].name if "_record" in event else logger.name)
    return event


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
