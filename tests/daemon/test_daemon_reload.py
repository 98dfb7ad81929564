"""The configuration read anew at SIGHUP: whole, or not at all."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Any

from syncd.service import open_service
from tests.accounts import both
from tests.configured import loaded
from tests.daemon.processes import FEW, Place, Process, place, until


async def hung_up(here: Place, daemon: Process, action: str) -> dict[str, Any]:
    """Send SIGHUP and wait until the daemon has said once more what came of it: that event."""
    before = daemon.actions().count(action)
    daemon.signal(signal.SIGHUP)
    await until(lambda: daemon.actions().count(action) > before, f"another {action}")
    return [event for event in daemon.said if event["action"] == action][-1]


@both
async def test_p3_a_new_configuration_is_in_force_after_sighup(tmp_path: Path, database_url: str) -> None:
    async with place(tmp_path, database_url) as here, here.run() as daemon:
        await here.ran(len(FEW))
        assert "answered" not in daemon.actions()
        here.names = (*FEW, "cases")
        here.configure(more='[log]\nlevel = "debug"')
        await hung_up(here, daemon, "started")
        await here.ran(1, collection="cases")
        await daemon.says("answered")
        assert [] == here.differences()
        daemon.signal(signal.SIGTERM)
        assert 0 == await daemon.ends()


async def test_p3_a_configuration_with_problems_is_refused_whole(tmp_path: Path, sqlite_url: str) -> None:
    """The one before stays in force, and every problem is told; nothing is asked anew."""
    async with place(tmp_path, sqlite_url) as here, here.run() as daemon:
        await here.ran(len(FEW))
        file = tmp_path / "config.toml"
        good = file.read_text()
        file.write_text(good.replace('vendor = "trackops"', 'vendor = "trackops"\nparallel = "many"\nquiet = "soon"'))
        problems = (await hung_up(here, daemon, "reload_refused"))["problems"]
        assert 2 == len(problems), problems
        assert 1 == daemon.actions().count("started")
        file.write_text("this is no TOML")
        await hung_up(here, daemon, "reload_refused")
        file.unlink()
        await hung_up(here, daemon, "reload_refused")
        file.write_text(good)
        await hung_up(here, daemon, "started")
        assert len(FEW) == here.runs(), "nothing was due"
        daemon.signal(signal.SIGTERM)
        assert 0 == await daemon.ends()


async def test_p3_another_database_takes_a_restart(tmp_path: Path, sqlite_url: str) -> None:
    async with place(tmp_path, sqlite_url) as here, here.run() as daemon:
        await here.ran(len(FEW))
        file = tmp_path / "config.toml"
        file.write_text(file.read_text().replace(sqlite_url, f"sqlite:///{tmp_path}/other.db"))
        refused = await hung_up(here, daemon, "reload_refused")
        assert any("takes a restart" in problem for problem in refused["problems"])
        assert not (tmp_path / "other.db").exists()


async def test_p3_one_that_cannot_be_run_gives_way_to_the_one_before(tmp_path: Path, postgres_url: str) -> None:
    """Nothing is wrong with it, but its only connection is in the hands of another process."""
    async with place(tmp_path, postgres_url) as here, here.run() as daemon:
        await here.ran(len(FEW))
        file = tmp_path / "config.toml"
        text = file.read_text().replace("connections.acme", "connections.other")
        elsewhere = tmp_path / "elsewhere"
        elsewhere.mkdir()
        async with open_service(loaded(elsewhere, text), lock=True, holder="another"):
            file.write_text(text)
            refused = await hung_up(here, daemon, "reload_refused")
            assert "in use by another" in refused["reason"]
            await until(lambda: daemon.actions().count("started") == 2, "the one before")
        async with here.run("status", "--json") as status:
            assert 0 == await status.ends()
        daemon.signal(signal.SIGTERM)
        assert 0 == await daemon.ends()
    assert {"acme"} == {row["connection"] for row in here.rows("SELECT connection FROM syncd_runs")}


async def test_p3_what_was_under_way_goes_on_at_its_page(tmp_path: Path, sqlite_url: str) -> None:
    async with place(tmp_path, sqlite_url, names=("subjects",), rows={"subjects": 1200}) as here:
        slow = here.vendor.switch.fail("delay", seconds=0.3)
        async with here.run() as daemon:
            await until(lambda: here.vendor.log.count("/subjects", query="per_page") >= 6, "pages")
            here.configure(more="# another one")
            await hung_up(here, daemon, "started")
            slow.times = 0
            await here.ran(1)
        assert [] == here.differences()
        assert 1 == here.runs("interrupted")
        # The page's number stands last; ``per_page`` ends like it.
        second = [one for one in here.vendor.log.entries if one.path.endswith("/subjects") and "&page=2" in one.query]
        assert 1 == sum(one.query.split("&page=")[1].split("&")[0] == "2" for one in second), "asked for again"


async def test_p3_a_secret_that_was_exchanged_is_used_after_sighup(tmp_path: Path, sqlite_url: str) -> None:
    async with place(tmp_path, sqlite_url) as here, here.run() as daemon:
        await here.ran(len(FEW))
        here.vendor.settings.token = "another"
        file = tmp_path / "config.toml"
        lines = [line for line in file.read_text().splitlines() if not line.startswith("token")]
        at = next(i for i, line in enumerate(lines) if line.startswith("vendor"))
        file.write_text("\n".join([*lines[:at], 'token = "another"', *lines[at:]]))
        await hung_up(here, daemon, "started")
        async with here.run("trigger", "acme.clients") as trigger:
            assert 0 == await trigger.ends()
        assert not here.stopped()
