"""One-shot commands, alone and beside a daemon: exit codes, summaries, and what is handed over."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import pty
import re
import signal
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from syncd.daemon.due import next_due
from syncd.errors import StoreBroken, StoreFull, SyncdError, Unauthorized
from syncd.passes import Ended, Report, cycle
from syncd.plan import RunKind
from syncd.run import RunResult
from syncd.service import ask_daemon, open_service
from tests.accounts import both
from tests.daemon.processes import FEW, PATIENCE_S, ROOT, Clock, place, supervised, until
from tests.kit import NAME

REFUSED = Unauthorized("no")
FAILED = RunResult(1, "cases", RunKind.CYCLE, "failed", SyncdError("no"))
WELL = RunResult(2, "fields", RunKind.CYCLE, "ok")


@pytest.mark.parametrize(
    "facts, expected",
    [
        ({}, 0),
        ({"runs": [Ended("a", WELL)]}, 0),
        ({"runs": [Ended("a", WELL), Ended("a", FAILED)]}, 1),
        ({"runs": [Ended("a", RunResult(3, "cases", RunKind.SWEEP, "held", None))]}, 1),
        ({"runs": [Ended("b", WELL)], "refused": {"a": REFUSED}}, 1),
        ({"refused": {"a": REFUSED, "b": REFUSED}}, 4),
        ({"unreachable": {"a": SyncdError("away")}}, 1),
        ({"fatal": StoreFull("full"), "interrupted": True}, 3),
        ({"fatal": StoreBroken("gone")}, 3),
        ({"interrupted": True, "runs": [Ended("a", WELL)]}, 130),
    ],
)
def test_a_pass_ends_with_the_exit_code_of_the_contract(facts: dict[str, Any], expected: int) -> None:
    assert expected == Report(("a", "b"), **facts).exit_code


async def test_sync_prints_what_every_run_did_as_one_document(tmp_path: Path, sqlite_url: str) -> None:
    async with place(tmp_path, sqlite_url) as here:
        async with here.run("sync", "--json") as sync:
            assert 0 == await sync.ends()
        document = json.loads(sync.out)
        assert 0 == document["exit_code"]
        assert [*FEW] == [row["collection"] for row in document["runs"]]
        assert {"ok"} == {row["state"] for row in document["runs"]}
        here.vendor.switch.fail("status", status=400, path="/staff")
        async with here.run("sync") as sync:
            assert 1 == await sync.ends()
        assert 2 == here.runs(collection="clients")
        assert "400" in "".join(sync.text)
        assert "acme.staff" in "".join(sync.text)
        assert "Traceback" not in "".join(sync.text)


async def test_a_person_at_a_terminal_sees_bars_and_a_table(tmp_path: Path, sqlite_url: str) -> None:
    async with place(tmp_path, sqlite_url, names=("fields", "subjects"), rows={"subjects": 250}) as here:
        here.vendor.switch.fail("delay", seconds=0.2, path="/subjects")  # bars are drawn ten times a second
        shown = await at_terminal(here.folder, "sync")
        assert "2/2" in shown
        assert "250/250" in shown
        assert "acme.subjects: ok, 250 records, 250 changed, page 3" in shown
        assert "2 runs, " in shown


async def at_terminal(folder: Path, *arguments: str) -> str:
    """What ``syncd ARGUMENTS`` writes to a terminal of 100 columns, without its colours."""
    ours, theirs = pty.openpty()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "syncd", "--config", str(folder / "config.toml"), *arguments,
        cwd=folder, env={**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "100", "TERM": "xterm"},
        stdin=asyncio.subprocess.DEVNULL, stdout=theirs, stderr=theirs,
    )  # fmt: skip
    os.close(theirs)
    written = await asyncio.to_thread(_all_of, ours)
    assert 0 == await process.wait()
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", written.decode())


def _all_of(terminal: int) -> bytes:
    """Everything until the program at the other end is gone, which a terminal tells by an error."""
    parts = []
    with open(terminal, "rb", buffering=0) as file, contextlib.suppress(OSError):
        while part := file.read(4096):
            parts.append(part)
    return b"".join(parts)


async def test_a_refused_sync_ends_with_4_after_one_question(tmp_path: Path, sqlite_url: str) -> None:
    async with place(tmp_path, sqlite_url) as here:
        here.vendor.settings.token = "another"
        async with here.run("sync") as sync:
            assert 4 == await sync.ends()
        assert 1 == here.vendor.log.count()
        assert here.stopped()
        assert "token" in "".join(sync.text)
        here.configure()
        async with here.run("sync") as sync:
            assert 0 == await sync.ends()
        assert not here.stopped()


async def test_n1_a_vendor_that_is_away_is_given_up_after_five_runs(tmp_path: Path, sqlite_url: str) -> None:
    names = ("fields", "staff", "clients", "cases", "subjects", "events", "tasks")
    async with place(tmp_path, sqlite_url, names=names) as here:
        await here.vendor.stop()
        async with open_service(here.configure(), lock=True, holder="a test", clock=Clock(speed=200)) as service:
            report = await cycle(service, {NAME: names})
        assert 1 == report.exit_code
        assert 5 == len(report.runs)
        assert [NAME] == list(report.unreachable)


async def test_held_deletions_are_applied_when_a_person_allows_them(tmp_path: Path, sqlite_url: str) -> None:
    """Without --full too: what is held is read again for it."""
    async with place(tmp_path, sqlite_url, names=("clients",), rows={"clients": 40}) as here:
        clock = Clock()
        async with open_service(here.configure(), lock=True, holder="a test", clock=clock) as service:
            assert 0 == (await cycle(service, {NAME: ["clients"]})).exit_code
            for row in here.vendor.content.rows("clients")[::2]:
                here.vendor.content.delete("clients", row["id"])
            held = await cycle(service, {NAME: ["clients"]}, kind=RunKind.SWEEP)
            assert ["held"] == [ended.result.state for ended in held.runs]
            assert 1 == held.exit_code
            assert 0 == (await cycle(service, {NAME: ["clients"]}, allow_deletes=True)).exit_code
        assert [] == here.differences()


async def test_backfill_reads_a_past_range_again(tmp_path: Path, sqlite_url: str) -> None:
    async with place(tmp_path, sqlite_url) as here:
        async with here.run("sync") as sync:
            assert 0 == await sync.ends()
        async with here.run("backfill", "acme.clients", "--since", "2000-01-01", "--json") as backfill:
            assert 0 == await backfill.ends()
        assert ["backfill"] == [row["kind"] for row in json.loads(backfill.out)["runs"]]
        async with here.run("backfill", "acme.clients", "--since", "2020-01-01", "--until", "2019-01-01") as wrong:
            assert 2 == await wrong.ends()
        async with here.run("backfill", "acme.clients", "--since", "soon") as wrong:
            assert 2 == await wrong.ends()


@both
async def test_backfill_beside_a_daemon_is_handed_over_and_followed(tmp_path: Path, database_url: str) -> None:
    async with place(tmp_path, database_url) as here, here.run() as daemon:
        await here.ran(len(FEW))
        async with here.run("backfill", "acme.clients", "--since", "2000-01-01", "--json") as backfill:
            assert 0 == await backfill.ends()
        document = json.loads(backfill.out)
        assert 0 == document["exit_code"]
        assert [("clients", "backfill", "ok")] == [
            (row["collection"], row["kind"], row["state"]) for row in document["runs"]
        ]
        await daemon.says("task_ended")
        async with here.run("check", "--json") as check:
            assert 0 == await check.ends()
        assert json.loads(check.out)["ok"]
        assert daemon.process.returncode is None


async def test_tasks_that_cannot_be_done_say_why(tmp_path: Path, sqlite_url: str) -> None:
    async with place(tmp_path, sqlite_url) as here:
        clock = Clock()
        async with supervised(here.configure(), clock) as daemon:
            store = daemon.service.store
            await here.ran(3)
            unknown = await ask_daemon(store, clock, "dance", {"connections": [NAME]})
            assert ("failed", ["This daemon does not know 'dance'."]) == (unknown.state, unknown.result["problems"])
            wrong = await ask_daemon(store, clock, "backfill", {"wanted": {NAME: ["clients"]}, "since": "soon"})
            assert "failed" == wrong.state
            here.vendor.settings.token = "another"
            clock.turn(901)
            await until(here.stopped, "stopped")
            still = await ask_daemon(store, clock, "backfill", {"wanted": {NAME: ["clients"]}})
            assert 1 == still.result["exit_code"]
            assert "stands still" in still.result["problems"][0]
            check = await ask_daemon(store, clock, "check", {"connections": [NAME]})
            assert [(False, "Unauthorized")] == [(one["ok"], one["error_class"]) for one in check.result["connections"]]
            assert not daemon.task.done()


async def test_a_backfill_that_a_killed_daemon_left_is_done_by_the_next(tmp_path: Path, sqlite_url: str) -> None:
    async with place(tmp_path, sqlite_url) as here:
        async with supervised(here.configure(), Clock()) as daemon:
            await here.ran(3)
            store = daemon.service.store
            await store.start_task(await store.add_task("backfill", {"wanted": {"elsewhere": ["clients"]}}))
            await store.start_task(await store.add_task("backfill", {"wanted": {NAME: ["clients"]}}))
            await store.start_task(await store.add_task("check", {"connections": [NAME]}))
        async with supervised(here.configure(), Clock()):
            await until(lambda: 2 == _ended(here.rows("SELECT * FROM syncd_tasks")), "both ended")
        states = [row["state"] for row in here.rows("SELECT * FROM syncd_tasks ORDER BY id")]
        assert ["running", "done", "failed"] == states


def _ended(rows: list[dict[str, Any]]) -> int:
    return sum(row["finished_at"] is not None for row in rows)


async def test_cron_decides_when_a_collection_is_read(tmp_path: Path, sqlite_url: str) -> None:
    collections = '[connections.acme.collections.fields]\ncron = "0 3 * * *"\n'
    async with place(tmp_path, sqlite_url, names=("fields",), collections=collections) as here:
        config = here.configure(collections)
        clock = Clock()
        async with supervised(config, clock):
            await here.ran(1)
            due = next_due(config.connection(NAME).collections["fields"], clock.now())
            clock.turn((due - clock.now()).total_seconds() - 60)
            await until(lambda: 1 == here.runs(), "no run yet")
            clock.turn(61)
            await here.ran(2)


# --- what a person asks of the daemon ---------------------------------------------------------------------------------
@both
async def test_trigger_has_the_daemon_read_now_and_shows_what_came_of_it(tmp_path: Path, database_url: str) -> None:
    async with place(tmp_path, database_url) as here, here.run() as daemon:
        await here.ran(len(FEW))
        here.vendor.content.insert("clients")
        async with here.run("trigger", "acme.clients", "--json") as trigger:
            assert 0 == await trigger.ends()
        document = json.loads(trigger.out)
        assert [("clients", "cycle", "ok", 1)] == [
            (row["collection"], row["kind"], row["state"], row["inserted"]) for row in document["runs"]
        ]
        assert [] == here.differences()
        assert daemon.process.returncode is None


async def test_trigger_without_a_daemon_says_what_to_do(tmp_path: Path, sqlite_url: str) -> None:
    async with place(tmp_path, sqlite_url) as here:
        async with here.run("sync") as sync:
            assert 0 == await sync.ends()
        async with here.run("trigger", "acme.clients") as trigger:
            assert 2 == await trigger.ends()
        assert "`syncd sync acme`" in "".join(trigger.text)
        assert len(FEW) == here.runs()


async def test_who_triggers_what_is_being_read_is_told_what_is_waited_for(tmp_path: Path, sqlite_url: str) -> None:
    async with place(tmp_path, sqlite_url, names=("cases",), rate="2/s", cases=2000) as here, here.run():
        await here.ran(1, "running", "cases")
        async with here.run("trigger", "acme.cases") as trigger:
            told = r"acme\.cases is being read since [\d -]+:\d\d UTC \(cycle\): this waits for its end\."
            await until(lambda: re.search(told, "".join(trigger.text)) is not None, "what is waited for")
            trigger.signal(signal.SIGINT)
            assert 130 == await trigger.ends()


async def test_in_quiet_hours_nothing_is_asked_and_whoever_wants_something_is_told(
    tmp_path: Path, sqlite_url: str
) -> None:
    """What waits, a backfill too, is read when they have ended."""
    async with place(tmp_path, sqlite_url) as here:
        clock = Clock()
        async with supervised(here.configure(), clock):
            await here.ran(len(FEW))
        begins, ends = (clock.now().astimezone() + timedelta(hours=hours) for hours in (-1, 2))
        config = here.configure(more=f'quiet = ["{begins:%H:%M}-{ends:%H:%M}"]')
        asked = here.vendor.log.count()
        async with supervised(config, clock) as daemon:
            store = daemon.service.store
            clock.turn(3600)
            refused = await ask_daemon(store, clock, "trigger", {"wanted": {NAME: ["clients"]}})
            assert [f"acme.clients: acme has quiet hours until {ends:%H:%M}: nothing is asked of it before."] == (
                refused.result["problems"]
            )
            backfill = {"wanted": {NAME: ["clients"]}, "since": "2000-01-01T00:00:00+00:00"}
            waiting = asyncio.create_task(ask_daemon(store, clock, "backfill", backfill))
            await asyncio.sleep(0.3)
            assert (asked, len(FEW), False) == (here.vendor.log.count(), here.runs(), waiting.done())
            clock.turn(3600)
            assert 0 == (await asyncio.wait_for(waiting, PATIENCE_S)).result["exit_code"]
            await here.ran(2 * len(FEW) + 1)


async def test_a_backfill_begins_when_the_quiet_hours_end_though_nothing_else_is_due(
    tmp_path: Path, sqlite_url: str
) -> None:
    daily = "".join(f'[connections.acme.collections.{name}]\nevery = "1d"\n' for name in FEW)
    async with place(tmp_path, sqlite_url, collections=daily) as here:
        clock = Clock()
        async with supervised(here.configure(daily), clock):
            await here.ran(len(FEW))
        begins, ends = (clock.now().astimezone() + timedelta(hours=hours) for hours in (-1, 2))
        config = here.configure(daily, more=f'quiet = ["{begins:%H:%M}-{ends:%H:%M}"]')
        async with supervised(config, clock) as daemon:
            backfill = {"wanted": {NAME: ["clients"]}, "since": "2000-01-01T00:00:00+00:00"}
            waiting = asyncio.create_task(ask_daemon(daemon.service.store, clock, "backfill", backfill))
            await until(lambda: bool(here.rows("SELECT 1 FROM syncd_tasks WHERE state = 'running'")), "taken")
            await asyncio.sleep(0.2)
            clock.turn(3 * 3600)
            assert 0 == (await asyncio.wait_for(waiting, PATIENCE_S)).result["exit_code"]
        assert len(FEW) + 1 == here.runs()


async def test_what_is_triggered_goes_before_a_first_sync_of_hours(tmp_path: Path, sqlite_url: str) -> None:
    async with place(tmp_path, sqlite_url, names=("clients", "cases"), cases=2000) as here:
        clock = Clock()
        here.vendor.switch.fail("status", path="/cases", status=503)
        async with supervised(here.configure(), clock) as daemon:
            await here.ran(1, collection="clients")
            here.vendor.switch.clear()
            here.vendor.switch.delay(0.1, path="/cases")
            clock.turn(901)
            await until(lambda: 0 < here.runs("running", "cases"), "the first sync is under way")
            asked = await ask_daemon(daemon.service.store, clock, "trigger", {"wanted": {NAME: ["clients"]}})
            assert 0 == asked.result["exit_code"]
            assert 0 == here.runs("ok", "cases"), "the first sync has not ended"


async def test_a_paused_collection_is_left_alone_until_it_is_resumed(tmp_path: Path, sqlite_url: str) -> None:
    async with place(tmp_path, sqlite_url) as here:
        clock = Clock()
        async with supervised(here.configure(), clock) as daemon:
            store = daemon.service.store
            await here.ran(len(FEW))
            await ask_daemon(store, clock, "pause", {"wanted": {NAME: ["clients"]}})
            clock.turn(901)
            await here.ran(2 * len(FEW) - 1)
            assert 1 == here.runs(collection="clients")
            asked = await ask_daemon(store, clock, "trigger", {"wanted": {NAME: ["clients"]}})
            paused = "acme.clients: It is paused; `syncd resume {}` lets it be read again."
            assert [paused.format("acme.clients")] == asked.result["problems"]
            await ask_daemon(store, clock, "resume", {"wanted": {NAME: ["clients"]}})
            await here.ran(2, collection="clients")
            await ask_daemon(store, clock, "pause", {"wanted": {NAME: None}})
            asked = await ask_daemon(store, clock, "trigger", {"wanted": {NAME: ["clients"]}})
            assert [paused.format("acme")] == asked.result["problems"]


@both
async def test_a_pause_stops_what_is_being_read_and_outlives_the_daemon(tmp_path: Path, database_url: str) -> None:
    async with place(tmp_path, database_url, names=("cases",), rate="2/s", cases=2000) as here:
        async with here.run() as daemon:
            await here.asked(1)
            here.vendor.switch.delay(30.0)  # longer than it takes to pause
            async with here.run("pause", "acme") as pause:
                assert 0 == await pause.ends()
            await here.ran(1, "interrupted")
            before = here.vendor.log.count()
            daemon.signal(signal.SIGTERM)
            assert 0 == await daemon.ends()
        async with here.run() as daemon:
            await daemon.says("started")
            async with here.run("resume", "acme.cases") as resume:
                assert 2 == await resume.ends()
            assert "`syncd resume acme`" in "".join(resume.text)
            assert before == here.vendor.log.count()
            here.vendor.switch.clear()
            async with here.run("resume", "acme") as resume:
                assert 0 == await resume.ends()
            await here.ran(1)
        assert [] == here.differences()


async def test_a_pause_without_a_daemon_holds_for_the_next_one(tmp_path: Path, sqlite_url: str) -> None:
    async with place(tmp_path, sqlite_url) as here:
        async with here.run("sync") as sync:
            assert 0 == await sync.ends()
        async with here.run("pause", "acme.clients") as pause:
            assert 0 == await pause.ends()
        clock = Clock()
        clock.turn(901)
        async with supervised(here.configure(), clock):
            await here.ran(2 * len(FEW) - 1)
            assert 1 == here.runs(collection="clients")


async def test_a_pause_of_a_connection_brings_up_nothing_that_is_switched_off(tmp_path: Path, sqlite_url: str) -> None:
    async with place(tmp_path, sqlite_url) as here:
        async with here.run("pause", "acme") as pause:
            assert 0 == await pause.ends()
        found = here.rows("SELECT collection, state FROM syncd_freshness ORDER BY collection")
        assert [(name, "paused") for name in sorted(FEW)] == [(row["collection"], row["state"]) for row in found]
