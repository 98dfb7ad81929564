"""What a service manager hears of the daemon: the protocol's messages, on a real socket, from a real process."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from syncd.collection import Collection
from syncd.daemon import notify
from syncd.daemon.keeper import Keeper
from syncd.daemon.notify import Notifier, Pulse, keep_told
from syncd.daemon.supervise import WRITER_ANSWERS_S, Running
from tests.daemon.processes import FEW, QUICK, Clock, place, supervised, until
from tests.turned_clock import TurnedClock

PATIENCE_S = 60.0
# The loop stands still from the third run on, as it would in a call that never returns.
STALLS = """
from syncd import steps
import time
ended = []
def stall(step):
    ended.append(step) if step == 'run_ended' else None
    if len(ended) == 3:
        time.sleep(3600)
steps.watch(stall)
"""


class Manager:
    """A service manager's end of the socket."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind("\0" + address[1:] if address.startswith("@") else address)
        self._socket.setblocking(False)
        self.heard: list[str] = []

    def lines(self) -> list[str]:
        """Everything heard so far, line by line."""
        while True:
            try:
                self.heard += self._socket.recv(4096).decode().split("\n")
            except BlockingIOError:
                return self.heard

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[Manager]:
    listening = Manager(str(tmp_path / "notify"))
    yield listening
    listening.close()


def test_messages_are_the_protocol_s() -> None:
    assert "READY=1\nSTATUS=all well" == notify.ready("all well")
    assert "RELOADING=1\nMONOTONIC_USEC=12345678" == notify.reloading(12.345678)
    assert "STOPPING=1\nSTATUS=bye" == notify.stopping("bye")
    assert "WATCHDOG=1" == notify.WATCHDOG
    # A line break would begin another message: READY=1, say.
    assert "STATUS=a READY=1" == notify.status("a\n READY=1")
    assert notify.LONGEST + len("STATUS=") == len(notify.status("x" * 5000))


@pytest.mark.parametrize("abstract", [False, True])
def test_a_message_arrives_on_a_path_and_on_an_abstract_socket(tmp_path: Path, abstract: bool) -> None:
    listening = Manager(f"@syncd-test-{os.getpid()}-é" if abstract else str(tmp_path / "notify"))
    try:
        Notifier(listening.address).send(notify.ready("up"))
        assert ["READY=1", "STATUS=up"] == listening.lines()
    finally:
        listening.close()


def test_nobody_listening_is_no_trouble(tmp_path: Path) -> None:
    for address in ("", "vsock:2:1234", "relative", str(tmp_path / "nobody"), "@syncd-test-nobody", str(tmp_path)):
        Notifier(address).send(notify.WATCHDOG)


@pytest.mark.parametrize(
    "environ, within",
    [
        ({}, None),
        ({"WATCHDOG_USEC": "30000000"}, 30.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": str(os.getpid())}, 30.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "1"}, None),
        ({"WATCHDOG_USEC": "0"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
    ],
)
def test_the_watchdog_is_fed_only_by_whom_it_watches(environ: dict[str, str], within: float | None) -> None:
    assert within == Notifier.of(environ).watchdog_s


async def _told(manager: Manager, clock: TurnedClock, signs: dict[str, bool], after_s: float) -> list[str]:
    """What the manager hears in *after_s* seconds of the clock; the watchdog wants to be fed every 30."""
    began = clock.monotonic()
    notifier = Notifier(manager.address, 30.0)
    shown = {name: (lambda name=name: signs[name]) for name in signs}
    telling = asyncio.create_task(keep_told(notifier, clock, lambda: "reading acme", shown))
    while clock.monotonic() - began < after_s:  # noqa: ASYNC110 (the clock is turned by the waits of the other)
        await asyncio.sleep(0)
    telling.cancel()
    await asyncio.wait({telling})
    return manager.lines()


async def test_p7_the_watchdog_is_fed_in_time_while_everything_goes_forward(manager: Manager) -> None:
    heard = await _told(manager, TurnedClock(), {"scheduler": True, "database": True}, 95.0)
    assert 1 == heard.count("STATUS=reading acme")
    assert 9 <= heard.count("WATCHDOG=1") <= 11


@pytest.mark.parametrize("name", ["scheduler", "database"])
async def test_p7_one_part_that_does_not_go_forward_starves_the_watchdog(manager: Manager, name: str) -> None:
    signs = {"scheduler": True, "database": True, name: False}
    heard = await _told(manager, TurnedClock(), signs, 95.0)
    assert 0 == heard.count("WATCHDOG=1")
    signs[name] = True
    assert 1 <= (await _told(manager, TurnedClock(), signs, 5.0)).count("WATCHDOG=1")


def test_a_pulse_that_did_not_beat_in_time_is_none() -> None:
    clock = TurnedClock()
    pulse = Pulse(clock, 100.0)
    clock.turn(99.0)
    assert all(pulse.alive() for _ in range(10))
    clock.turn(2.0)
    assert not pulse.alive()
    pulse.beat()
    assert all(pulse.alive() for _ in range(10))


def test_c6_a_process_that_was_stopped_for_hours_is_given_the_time_for_a_beat() -> None:
    clock = TurnedClock()
    pulse = Pulse(clock, 100.0)
    clock.turn(8 * 3600.0)
    assert [True, True, True, False] == [pulse.alive() for _ in range(4)]


async def test_p1_a_daemon_says_that_it_is_ready_what_it_does_and_that_it_stops(
    tmp_path: Path, sqlite_url: str, manager: Manager, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", manager.address)
    async with place(tmp_path, sqlite_url) as here, here.run() as daemon:
        await until(lambda: "READY=1" in manager.lines(), "READY", PATIENCE_S)
        before = manager.lines()[: manager.lines().index("READY=1")]
        assert ["STATUS=Opening the database, and bringing its schema up to date"] == before
        await until(lambda: here.runs() >= len(FEW), "runs", PATIENCE_S)
        await until(lambda: "STATUS=Keeping 1 of 1 connections current" == manager.lines()[-1], "rest", PATIENCE_S)
        assert "WATCHDOG=1" not in manager.lines()  # nobody asked for it
        daemon.signal(signal.SIGTERM)
        assert 0 == await daemon.ends(PATIENCE_S)
    assert 1 == manager.lines().count("READY=1")
    assert 1 == manager.lines().count("STOPPING=1")


async def test_v5_the_manager_shows_a_connection_that_stands_still(
    tmp_path: Path, sqlite_url: str, manager: Manager, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", manager.address)
    async with place(tmp_path, sqlite_url) as here:
        here.vendor.switch.fail("status", status=401)
        async with here.run():
            text = "STATUS=Keeping 0 of 1 connections current; standing still: acme"
            await until(lambda: text in manager.lines(), "its state", PATIENCE_S)


async def test_p7_a_loop_that_stands_still_feeds_no_watchdog(
    tmp_path: Path, sqlite_url: str, manager: Manager, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", manager.address)
    monkeypatch.setenv("WATCHDOG_USEC", "300000")
    async with place(tmp_path, sqlite_url) as here, here.run(code=STALLS) as daemon:
        await until(lambda: here.runs() >= 2 and "WATCHDOG=1" in manager.lines(), "a watchdog that is fed", PATIENCE_S)
        await until(_silence(manager, 1.0), "silence", PATIENCE_S)
        assert daemon.process.returncode is None
        daemon.signal(signal.SIGKILL)  # the manager's part
        await daemon.ends(PATIENCE_S)


async def test_p7_a_run_that_not_even_giving_it_up_ends_starves_the_watchdog(
    tmp_path: Path, sqlite_url: str, manager: Manager
) -> None:
    seen: list[Running] = []
    released = asyncio.Event()

    async def see(running: Running) -> None:
        seen.append(running)
        await asyncio.Event().wait()

    async def hang(keeper: Keeper, collection: Collection) -> None:
        """As a run does that waits for a thread which never answers: the time-out cancels it, and it stays."""
        with contextlib.suppress(TimeoutError):
            async with keeper.runs._deadline(collection):
                late = asyncio.get_running_loop().time() - 2 * WRITER_ANSWERS_S
                keeper.runs._deadlines[collection.name].reschedule(late)
                with contextlib.suppress(asyncio.CancelledError):
                    await asyncio.sleep(3600)
                await released.wait()

    async with place(tmp_path, sqlite_url) as here:
        notifier = Notifier(manager.address, 0.3)
        async with supervised(here.configure(), Clock(), QUICK, see, notifier) as daemon:
            await until(lambda: "WATCHDOG=1" in manager.lines(), "a watchdog that is fed", PATIENCE_S)
            [keeper] = seen[0].keepers.values()
            hanging = asyncio.create_task(hang(keeper, keeper.reader.vendor.collection("subjects")))
            await until(lambda: "watchdog_unfed" in daemon.said.getvalue(), "its complaint", PATIENCE_S)
            assert '"parts": ["runs"]' in daemon.said.getvalue()
            fed = manager.lines().count("WATCHDOG=1")
            assert keeper.runs.overdue(WRITER_ANSWERS_S)
            assert not keeper.runs.overdue(3 * WRITER_ANSWERS_S)
            assert fed == manager.lines().count("WATCHDOG=1")
            released.set()
            await hanging
            await until(lambda: manager.lines().count("WATCHDOG=1") > fed, "a watchdog that is fed again", PATIENCE_S)


def _silence(manager: Manager, seconds: float) -> Callable[[], bool]:
    """Whether nothing has come for so long, asked again and again."""
    heard, since = 0, time.monotonic()

    def silent() -> bool:
        nonlocal heard, since
        if len(manager.lines()) != heard:
            heard, since = len(manager.lines()), time.monotonic()
        return time.monotonic() - since > seconds

    return silent
