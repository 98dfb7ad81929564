"""The pages and what machines read, over HTTP: of a real daemon and a real database."""
# ruff: noqa: ASYNC240 (a test may move a file while its loop waits)

from __future__ import annotations

import asyncio
import gc
import json
import socket
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from syncd.standin.server import StandIn
from syncd.store.overview import Total
from syncd.web import shown
from syncd.web.figures import Figures
from syncd.web.server import serve
from tests.accounts import both
from tests.configured import WHOLE
from tests.daemon.processes import FEW, Clock, place, supervised, until
from tests.kit import NAME
from tests.program import syncd
from tests.web.site import OFF, Site, alone, configured, started, within

HTML = {"Accept": "text/html"}
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


async def test_the_overview_says_how_every_collection_is(tmp_path: Path, sqlite_url: str) -> None:
    async with started(tmp_path, sqlite_url) as (site, _):
        await site.here.ran(len(FEW))
        page = await site.get("/", **HTML)
        assert 200 == page.status
        for name in FEW:
            assert f'<a href="/c/{NAME}/{name}">{name}</a>' in page.text
        assert len(FEW) == page.text.count('<span class="pill fresh"')
        assert "3 fresh" in page.text
        assert "requests/s" in page.text
        assert "What needs somebody" not in page.text


async def test_what_failed_says_in_words_what_it_needs(tmp_path: Path, sqlite_url: str) -> None:
    def refuse(vendor: StandIn) -> None:
        vendor.switch.fail("status", status=400, path="/staff")

    async with within(tmp_path, sqlite_url, prepare=refuse) as (site, _):
        # A run's row is closed first, then what is known of its collection.
        await until(lambda: bool(site.here.rows("SELECT * FROM syncd_collections WHERE state = 'failed'")), "failed")
        for path in ("/", f"/c/{NAME}", f"/c/{NAME}/staff", "/errors"):
            assert "refused /staff (400)" in (await site.get(path, **HTML)).text, path
        overview = (await site.get("/", **HTML)).text
        assert "What needs somebody" in overview
        assert "update syncd" in overview


async def test_a_refused_connection_says_once_what_it_needs(tmp_path: Path, sqlite_url: str) -> None:
    def refuse(vendor: StandIn) -> None:
        vendor.settings.token = "another"

    async with within(tmp_path, sqlite_url, prepare=refuse) as (site, _):
        await until(site.here.stopped, "stopped")
        overview = (await site.get("/", **HTML)).text
        assert len(FEW) == overview.count('<span class="pill stopped" title="the vendor refuses the connection">') - 2
        assert 2 == overview.count("Check username and token"), "at the top, and at the connection"


@pytest.mark.parametrize("state, expected", [("fresh", NOON), ("failed", NOON), ("stopped", None), ("paused", None)])
def test_what_rests_is_not_said_to_be_read_when_it_is_due(state: str, expected: datetime | None) -> None:
    row = {"state": state, "next_due_at": NOON}
    assert expected == shown.due(row)
    assert expected == shown.summary([Total("acme", state, 1, 5, NOON, None, None)]).next_due_at


@both
async def test_every_page_of_a_connection_and_a_collection_is_there(tmp_path: Path, database_url: str) -> None:
    async with started(tmp_path, database_url) as (site, _):
        await site.here.ran(len(FEW))
        for path in ("/", f"/c/{NAME}", f"/c/{NAME}/clients", "/rejects", f"/rejects?of={NAME}.clients", "/errors"):
            page = await site.get(path, **HTML)
            assert 200 == page.status, (path, page.text)
        collection = (await site.get(f"/c/{NAME}/clients", **HTML)).text
        clients = len(site.here.vendor.content.rows("clients"))
        assert f": {clients} rows in 30 days" in collection
        assert "live_trackops_clients" in collection
        for path in ("/c/elsewhere", f"/c/{NAME}/elsewhere", "/elsewhere", "/static/elsewhere"):
            missing = await site.get(path, **HTML)
            assert 404 == missing.status, path
            assert "<h1>Not found</h1><p>There is no" in missing.text.replace("nothing", "no"), path
        plain = await site.get("/elsewhere")
        assert plain.text.startswith("There is nothing at this address."), "programs are told without a page"


async def test_what_was_set_aside_is_shown_without_the_record(tmp_path: Path, sqlite_url: str) -> None:
    def spoil(vendor: StandIn) -> None:
        wrong = {"created_at": "no time at all", "name": "who-nobody-shows"}
        vendor.switch.mutate(lambda record: record | wrong, path="/clients")

    async with within(tmp_path, sqlite_url, names=("clients",), prepare=spoil) as (site, _):
        await site.here.ran(1)
        for path in ("/rejects", f"/rejects?of={NAME}.clients", f"/c/{NAME}/clients"):
            page = (await site.get(path, **HTML)).text
            assert "created_at" in page, path
            assert "who-nobody-shows" not in page, path
        assert "values set aside" in (await site.get("/", **HTML)).text


async def test_the_api_serves_the_document_of_status_json(tmp_path: Path, sqlite_url: str) -> None:
    async with started(tmp_path, sqlite_url) as (site, _):
        await site.here.ran(len(FEW))
        served = json.loads((await site.get("/api/status")).text)
        async with site.here.run("status", "--json") as status:
            assert 0 == await status.ends(30)
        printed = json.loads(status.out)
        for document in (served, printed):
            for row in document["connections"][0]["collections"]:
                row.pop("lag_seconds")
        assert printed == served


async def test_health_is_told_without_a_page(tmp_path: Path, sqlite_url: str) -> None:
    async with started(tmp_path, sqlite_url) as (site, _):
        for path in ("/healthz", "/readyz"):
            answer = await site.get(path)
            assert (200, "ok\n") == (answer.status, answer.text), path


async def test_not_ready_while_the_database_cannot_be_read(tmp_path: Path, sqlite_url: str) -> None:
    file = Path(sqlite_url.removeprefix("sqlite:///"))
    async with place(tmp_path, sqlite_url) as here, alone(configured(here)) as url:
        site = Site(here, url)
        assert 200 == (await site.get("/readyz")).status
        file.rename(file.with_name("elsewhere"))
        ready = await site.get("/readyz")
        assert 503 == ready.status
        assert str(file) in ready.text
        assert 200 == (await site.get("/healthz")).status
        page = await site.get("/", **HTML)
        assert 503 == page.status
        assert str(file) in page.text
        file.with_name("elsewhere").rename(file)
        assert 200 == (await site.get("/readyz")).status


async def test_not_ready_while_the_writer_is_silent(tmp_path: Path, sqlite_url: str) -> None:
    clock = Clock()
    async with within(tmp_path, sqlite_url, clock=clock) as (site, daemon):
        await site.here.ran(len(FEW))
        done = threading.Event()
        # The writer is busy for long: what it is asked waits behind that.
        blocked = daemon.service.store._thread.submit(done.wait, 30)
        try:
            clock.turn(301)
            answer = await site.get("/readyz")
        finally:
            done.set()
        assert blocked.result(10)
        assert 503 == answer.status
        assert "writer has not answered" in answer.text


async def test_a_busy_reader_stalls_neither_the_daemon_nor_its_health(tmp_path: Path, sqlite_url: str) -> None:
    async with within(tmp_path, sqlite_url) as (site, daemon):
        await site.here.ran(len(FEW))
        assert 200 == (await site.get("/", **HTML)).status
        (reader,) = [one for one in gc.get_objects() if isinstance(one, Figures)]
        done = threading.Event()
        assert reader._store is not None
        reader._store._thread.submit(done.wait, 30)
        waits = asyncio.create_task(site.get("/", **HTML))
        try:
            assert 200 == (await site.get("/healthz")).status
            await daemon.service.store.add_task("trigger", {"wanted": {NAME: ["clients"]}})
            await site.here.ran(2, collection="clients")
            assert not waits.done()
        finally:
            done.set()
        assert 200 == (await waits).status


async def test_a_port_in_use_is_told_and_tried_again_while_the_daemon_goes_on(tmp_path: Path, sqlite_url: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        async with place(tmp_path, sqlite_url) as here:
            config, clock = configured(here, listen=f"127.0.0.1:{port}"), Clock()
            async with supervised(config, clock, beside=serve) as daemon:
                await here.ran(len(FEW))
                await until(lambda: "page_not_served" in daemon.said.getvalue(), "told")
                assert "[server] listen" in daemon.said.getvalue()
                taken.close()
                clock.turn(61)
                await until(lambda: "page_served" in daemon.said.getvalue(), "served")
                assert 1 == daemon.said.getvalue().count("page_not_served")
                assert not daemon.task.done()


async def test_off_opens_no_port(tmp_path: Path, sqlite_url: str) -> None:
    async with place(tmp_path, sqlite_url) as here:
        assert OFF in (tmp_path / "config.toml").read_text()
        async with supervised(here.configure(), Clock(), beside=serve) as daemon:
            await here.ran(len(FEW))
            assert "page_" not in daemon.said.getvalue()
            assert not daemon.task.done()


def test_nothing_of_the_page_is_loaded_where_it_is_not_served(tmp_path: Path) -> None:
    code = (
        "import sys\nfrom syncd.cli import main\ntry:\n    main()\nfinally:\n"
        "    page = ('jinja2', 'prometheus_client', 'syncd.web')\n"
        "    print([name for name in sys.modules if name.startswith(page)], file=sys.stderr)"
    )
    (tmp_path / "config.toml").write_text(WHOLE)
    for arguments in (("--help",), ("--config", "config.toml", "status"), ("run", "--help")):
        done = syncd(*arguments, folder=tmp_path, code=code)
        assert (0, "[]") == (done.returncode, done.stderr.splitlines()[-1]), arguments
