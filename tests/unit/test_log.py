"""Log lines: one per event, machine-readable where nobody watches, without secrets and control characters."""

from __future__ import annotations

import io
import json
import logging
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

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


# --- what repeats -----------------------------------------------------------------------------------------------------
class Turned:
    """A clock for the log."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


def said(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_warning_about_the_same_is_said_once_a_minute_with_the_number_left_out() -> None:
    stream, clock = io.StringIO(), Turned()
    log.configure(stream=stream, monotonic=clock)
    logger = structlog.get_logger()
    for second in range(0, 130, 10):
        clock.now = 100.0 + second
        logger.warning("busy", action="database_busy", connection="acme", collection="cases", at_s=second)
    assert [(0, None), (60, 5), (120, 5)] == [(each["at_s"], each.get("left_out")) for each in said(stream)]


@pytest.mark.parametrize(
    "other",
    [
        {"action": "store_full"},
        {"connection": "fleet"},
        {"collection": "staff"},
        {"kind": "sweep"},
        {"about": "/srv"},
        {"channel": "2 (slack)"},
        {"path": "/staff"},
    ],
    ids=str,
)
def test_what_is_about_something_else_is_said(other: dict[str, str]) -> None:
    stream = io.StringIO()
    log.configure(stream=stream, monotonic=Turned())
    about = {"action": "run_ended", "connection": "acme", "collection": "cases", "kind": "cycle"}
    for fields in (about, about | other, about):
        structlog.get_logger().error("x", **fields)
    assert 2 == len(said(stream))


def test_what_is_no_trouble_or_answers_a_person_is_said_every_time() -> None:
    stream = io.StringIO()
    log.configure(stream=stream, monotonic=Turned())
    for _ in range(3):
        structlog.get_logger().info("x", action="run_ended")
        structlog.get_logger().error("x", action="reload_refused")
        structlog.get_logger().warning("x", action="config_warning")
    assert 9 == len(said(stream))


def test_at_level_debug_everything_is_said() -> None:
    stream = io.StringIO()
    log.configure(stream=stream, level="debug", monotonic=Turned())
    for _ in range(3):
        structlog.get_logger().warning("x", action="database_busy")
        logging.getLogger("library").warning("x")
    assert 6 == len(said(stream))


def test_what_a_library_repeats_is_counted_by_its_text() -> None:
    stream, clock = io.StringIO(), Turned()
    log.configure(stream=stream, monotonic=clock)
    for text in ("x", "x", "y", "x"):
        logging.getLogger("library").warning(text)
    clock.now += 60
    logging.getLogger("library").warning("x")
    assert [("x", None), ("y", None), ("x", 2)] == [(each["event"], each.get("left_out")) for each in said(stream)]
    assert {"library"} == {each["action"] for each in said(stream)}


def test_what_is_remembered_of_what_was_said_has_a_bound() -> None:
    stream = io.StringIO()
    log.configure(stream=stream, monotonic=Turned())
    sparing = structlog.get_config()["processors"][3]
    for number in range(5000):
        structlog.get_logger().warning("x", action="run_ended", collection=f"c{number}")
    assert 5000 == len(said(stream))
    assert 1000 == len(sparing._said)


# --- the journal ------------------------------------------------------------------------------------------------------
@pytest.fixture
def journal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TextIO]:
    """A stream that systemd says the journal reads."""
    with (tmp_path / "journal").open("w+") as stream:
        found = os.fstat(stream.fileno())
        monkeypatch.setenv("JOURNAL_STREAM", f"{found.st_dev}:{found.st_ino}")
        yield stream


def lines(stream: TextIO) -> list[str]:
    stream.seek(0)
    return stream.read().splitlines()


@pytest.mark.parametrize("form", ["auto", "json", "console"])
def test_each_line_for_the_journal_begins_with_its_priority(journal: TextIO, form: str) -> None:
    log.configure(stream=journal, level="debug", format=form)
    logger = structlog.get_logger()
    for say in (logger.debug, logger.info, logger.warning, logger.error):
        say("x", action="x")
    logging.getLogger("library").critical("x")
    assert ["<7>", "<6>", "<4>", "<3>", "<2>"] == [line[:3] for line in lines(journal)]
    if form != "console":
        assert "x" == json.loads(lines(journal)[0][3:])["event"]


def test_each_line_of_a_traceback_has_its_priority(journal: TextIO) -> None:
    log.configure(stream=journal, format="console")
    try:
        raise ValueError("x")  # noqa: TRY301 (the exception is the subject)
    except ValueError:
        structlog.get_logger().exception("crashed", action="run_crashed")
    assert len(lines(journal)) > 3
    assert {"<3>"} == {line[:3] for line in lines(journal)}


def test_a_stream_that_the_journal_does_not_read_has_no_priorities(journal: TextIO, tmp_path: Path) -> None:
    """Standard error may have been sent elsewhere: the variable is inherited all the same."""
    with (tmp_path / "elsewhere").open("w+") as elsewhere:
        log.configure(stream=elsewhere)
        structlog.get_logger().error("x", action="x")
        assert "{" == lines(elsewhere)[0][0]
    stream = io.StringIO()
    log.configure(stream=stream)
    structlog.get_logger().error("x", action="x")
    assert "{" == stream.getvalue()[0]
