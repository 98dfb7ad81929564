"""Log lines: one per event, machine-readable where nobody watches, without secrets and control characters."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from syncd import log
from tests.configured import CANARY


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    structlog.reset_defaults()
    root.handlers[:] = handlers
    root.setLevel(level)


def _redact(text: str) -> str:
    return text.replace(CANARY, "***")


def test_a_line_is_json_where_nobody_watches() -> None:
    stream = io.StringIO()
    log.configure(stream=stream, redact=_redact)
    structlog.get_logger().info("page committed", action="page_committed", received=100, wait=1.5, more=None)
    found = json.loads(stream.getvalue())
    assert found.pop("at").endswith("Z")
    assert found == {
        "event": "page committed",
        "action": "page_committed",
        "level": "info",
        "received": 100,
        "wait": 1.5,
        "more": None,
    }


def test_a_line_is_for_people_on_a_terminal() -> None:
    stream = Terminal()
    log.configure(stream=stream)
    structlog.get_logger().warning("held", action="held")
    assert "held" in stream.getvalue()
    assert not stream.getvalue().startswith("{")


@pytest.mark.parametrize("form", ["json", "console"])
def test_x1_no_secret_at_any_depth_nor_in_an_exception(form: str) -> None:
    stream = io.StringIO()
    log.configure(stream=stream, format=form, redact=_redact)
    logger = structlog.get_logger()
    try:
        raise ValueError(CANARY)  # noqa: TRY301 (the exception is the subject)
    except ValueError:
        logger.exception(CANARY, a=[{CANARY: (CANARY,)}], b=ValueError(CANARY), action=CANARY)
    logging.getLogger("library").warning("said %s", CANARY)
    assert "***" in stream.getvalue()
    assert CANARY not in stream.getvalue()


@pytest.mark.parametrize("form", ["json", "console"])
def test_x3_one_line_per_event_whatever_a_vendor_writes(form: str) -> None:
    stream = io.StringIO()
    log.configure(stream=stream, format=form)
    structlog.get_logger().info("vendor said", action="said", text='x\n{"event": "forged"}\r\x1b[31m\u2028')
    logging.getLogger("library").error("x\nforged")
    assert len(stream.getvalue().splitlines()) == 2
    assert "\x1b[31m" not in stream.getvalue()


def test_events_below_the_level_cost_nothing_and_say_nothing() -> None:
    stream = io.StringIO()
    log.configure(stream=stream, level="warning")
    structlog.get_logger().info("x", action="x")
    logging.getLogger("library").info("x")
    assert stream.getvalue() == ""
    log.configure(stream=stream, level="debug")
    structlog.get_logger().debug("x", action="x")
    logging.getLogger("library").debug("x")
    assert len(stream.getvalue().splitlines()) == 2
