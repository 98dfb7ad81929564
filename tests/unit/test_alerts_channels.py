"""Sending: real messages to real servers on this machine, and what happens if one does not take them."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from syncd.alerts.channels import BURST, LONGEST_WAIT_S, REFILL_S, Channel, channels, kind_of
from tests.daemon.processes import until
from tests.receivers import hook, mailbox

BODY = "acme.cases is late.\nSince 2026-03-17 11:00 UTC."


async def send(url: str, *, good: bool = False, within_s: float = 20.0) -> str:
    [channel] = channels([url])
    return await channel.send("syncd: late", BODY, good=good, within_s=within_s)


async def test_a_webhook_gets_the_text_as_it_is() -> None:
    with hook() as here:
        assert "" == await send(here.url)
        assert "" == await send(here.url, good=True)
    assert ["warning", "success"] == [each["type"] for each in here.got]
    assert [("syncd: late", BODY)] * 2 == [(each["title"], each["message"]) for each in here.got]


async def test_a_mail_is_plain_text() -> None:
    with mailbox() as here:
        assert "" == await send(here.url)
    [(subject, body)] = here.got
    assert "syncd: late" == subject
    assert BODY == body.replace("\r\n", "\n").strip()


@pytest.mark.parametrize("status", [401, 404, 500])
async def test_what_a_service_refuses_did_not_arrive(status: int) -> None:
    with hook() as here:
        here.status = status
        assert str(status) in await send(here.url)


async def test_a_place_where_nobody_listens_is_a_reason() -> None:
    with hook() as here:
        url = here.url
    why = await send(url)
    assert "onnection" in why
    assert here.token not in why


@pytest.mark.parametrize("url", ["nothing://known/Here1234", "mailto://", "slack://a"])
async def test_an_address_that_the_library_does_not_take_is_a_reason(url: str) -> None:
    assert await send(url)


async def test_a_service_that_never_answers_costs_the_limit_and_no_more() -> None:
    with hook() as here:
        [channel] = channels([here.url])
        here.silent.set()
        began = time.monotonic()
        sending = asyncio.create_task(channel.send("t", "b", good=False, within_s=8.0))
        await until(lambda: 1 == here.asked, "the question")
        [sender] = children()
        assert "no answer within 8 seconds" == await sending
        assert time.monotonic() - began < 30
        assert sender not in children()
        here.silent.clear()
        here.released.set()
        assert "" == await channel.send("t", "b", good=False)


async def test_who_sends_needs_no_more_memory_afterwards() -> None:
    """The library is loaded by a process of its own."""
    with hook() as here:
        assert "" == await send(here.url)
    assert "apprise" not in sys.modules
    assert [] == children()


@pytest.mark.parametrize("url", ["json://127.0.0.1:1/canary-T0k3n", "nothing://canary-T0k3n"])
async def test_x1_an_address_is_in_no_process_list(url: str) -> None:
    [channel] = channels([url])
    sending = asyncio.create_task(channel.send("t", "b", good=False))
    await until(lambda: bool(children()) or sending.done(), "a process")
    told = [command_line(child) for child in children()]
    assert await sending
    assert told
    assert not any(b"canary" in each for each in told)


def children() -> list[int]:
    """The processes that this one has started and that live."""
    me = Path(f"/proc/{os.getpid()}/task")
    found = [int(child) for task in me.iterdir() for child in (task / "children").read_text().split()]
    return [child for child in found if b"sending" in command_line(child)]


def command_line(process: int) -> bytes:
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes()
    except OSError:
        return b""  # it has ended


def test_a_process_does_not_wait_for_a_message_that_hangs() -> None:
    code = """
import asyncio, sys
from syncd.alerts.channels import channels
[channel] = channels([sys.argv[1]])
print(asyncio.run(channel.send("t", "b", good=False, within_s=3.0)))
"""
    with hook() as here:
        here.silent.set()
        began = time.monotonic()
        done = subprocess.run(
            [sys.executable, "-c", code, here.url],
            cwd=Path(__file__).parents[2], capture_output=True, text=True, timeout=50, check=True,
        )  # fmt: skip
    assert "no answer within 3 seconds" == done.stdout.strip()
    assert time.monotonic() - began < 30


def test_channels_are_called_by_their_place_and_kind_and_show_nothing_else() -> None:
    found = channels(["mailtos://ops:pass@example.com", "SLACK://TokenA123/TokenB456", "S3cr3tT0ken"])
    assert ["1 (mailtos)", "2 (slack)", "3 (unknown)"] == [each.name for each in found]
    assert not any(word in repr(found) for word in ("pass", "Token", "S3cr3t"))
    assert "unknown" == kind_of("to ken://x")


def test_after_a_failure_a_channel_rests_ever_longer_up_to_an_hour() -> None:
    channel = Channel("1 (json)", "json://x")
    assert [30.0, 60.0, 120.0] == [channel.failed(100.0) for _ in range(3)]
    assert not channel.may_send(219.9)
    assert channel.may_send(220.0)
    assert LONGEST_WAIT_S == [channel.failed(0.0) for _ in range(40)][-1]
    channel.succeeded()
    assert 30.0 == channel.failed(0.0)


def test_a_few_messages_go_at_once_and_the_others_gather() -> None:
    channel, sent = Channel("1 (json)", "json://x"), []
    for second in range(0, 7200, 30):
        if channel.may_send(float(second)):
            channel.succeeded()
            sent.append(second)
    assert [0, 30, 60, 90] == sent[:BURST]
    assert len(sent) <= BURST + 7200 / REFILL_S
    assert min(later - before for before, later in zip(sent[BURST:], sent[BURST + 1 :], strict=False)) >= REFILL_S - 30


def test_while_one_message_is_on_its_way_no_other_goes() -> None:
    channel = Channel("1 (json)", "json://x", sending=True)
    assert not channel.may_send(0.0)
