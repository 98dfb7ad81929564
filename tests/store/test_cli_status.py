"""What people and programs read about the copy, and its upkeep, from a real database by the real program."""

from __future__ import annotations

import asyncio
import json
import os
import resource
import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from syncd.parse import Extractor, Reject
from syncd.store import Page, Store, Tally
from syncd.vendors import VENDORS
from tests.configured import ACME
from tests.postgres import Server
from tests.program import inside, syncd
from tests.turned_clock import TurnedClock

TRACKOPS = VENDORS["trackops"]
STAFF = TRACKOPS.collection("staff")
SUM_S = 0.1
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@dataclass
class Place:
    """A folder with a configuration, and the database it names."""

    folder: Path
    url: str

    def __call__(self, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
        return inside(*arguments, folder=self.folder, **environ)

    def json(self, *arguments: str) -> Any:
        done = self(*arguments, "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def configure(self, connections: str) -> None:
        file = self.folder / "config.toml"
        file.write_text(f'[database]\nurl = "{self.url}"\n{connections}')
        file.chmod(0o600)


async def _fill(url: str) -> None:
    """Two staff of acme, one of them set aside for a value, two records without a key, and a run that failed."""
    store = await Store.open(url, [TRACKOPS], clock=TurnedClock(NOW))
    try:
        await store.enroll("acme", TRACKOPS)
        run = await store.start_run("acme", "staff", "cycle", NOW)
        extractor = Extractor(STAFF, TRACKOPS.lookups)
        keyed, _ = extractor.keyed([{"id": 1, "name": "Ida"}, {"id": 2, "name": "Bo", "is_vendor": "perhaps"}])
        rows = extractor.rows(keyed)
        # As an older program set it aside, that could not read this key.
        rows.rejects.append(Reject(None, None, json.dumps({"id": 3, "name": "Eve"}), "no readable key"))
        rows.rejects.append(Reject(None, None, json.dumps({"name": "Nobody"}), "no readable key"))
        await store.commit(Page("acme", STAFF, run, rows, tally=Tally(requests=3, received=4), cursor_at=NOW))
        ended = NOW + timedelta(seconds=90)
        await store.end_run(run, "ok", ended)
        due = NOW + timedelta(minutes=15)
        await store.set_state("acme", STAFF, state="ok", last_success_at=ended, next_due_at=due, late_after_s=1)
        run = await store.start_run("acme", "cases", "sweep", NOW)
        error = "Trackops \x1b[31manswered 503"
        await store.end_run(run, "failed", NOW, error_class="Unavailable", error=error)
        await store.set_state("acme", TRACKOPS.collection("cases"), state="failed", last_error=error)
    finally:
        await store.close()


@pytest.fixture(scope="session")
def filled_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("filled") / "syncd.db"
    asyncio.run(_fill(f"sqlite:///{file}"))
    return file


@pytest.fixture(scope="session")
def filled_template(postgres: Server) -> str:
    url = postgres.create(like="filled")
    asyncio.run(_fill(url))
    return url.removeprefix(postgres.url).removesuffix(postgres.query)


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """A configuration and a database with nothing in it."""
    yield from _places(request, tmp_path, filled=False)


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """A configuration and a database with what ``_fill`` makes."""
    yield from _places(request, tmp_path, filled=True)


@pytest.fixture
def small(tmp_path: Path, filled_file: Path) -> Place:
    """The same on SQLite alone, for what does not depend on the database."""
    shutil.copy(filled_file, tmp_path / "syncd.db")
    found = Place(tmp_path, f"sqlite:///{tmp_path}/syncd.db")
    found.configure(ACME)
    return found


def _places(request: pytest.FixtureRequest, folder: Path, *, filled: bool) -> Iterator[Place]:
    if request.param == "sqlite":
        if filled:
            shutil.copy(request.getfixturevalue("filled_file"), folder / "syncd.db")
        found = Place(folder, f"sqlite:///{folder}/syncd.db")
        found.configure(ACME)
        yield found
        return
    server: Server = request.getfixturevalue("postgres")
    template = request.getfixturevalue("filled_template") if filled else None
    found = Place(folder, server.create(template=template))
    found.configure(ACME)
    try:
        yield found
    finally:
        server.drop(found.url)


def test_status_before_anything_was_read(empty: Place) -> None:
    found = empty.json("status")
    assert found["version"]
    (acme,) = found["connections"]
    assert (acme["name"], acme["vendor"], acme["state"]) == ("acme", "trackops", "ok")
    assert {row["state"] for row in acme["collections"]} == {"never"}
    assert len(acme["collections"]) == len(TRACKOPS.collections)
    assert not (empty.folder / "syncd.db").exists()


def test_status_has_every_collection_with_what_is_known(place: Place) -> None:
    (acme,) = place.json("status")["connections"]
    rows = {row["collection"]: row for row in acme["collections"]}
    assert list(rows) == [collection.name for collection in TRACKOPS.collections]
    staff = rows["staff"]
    assert staff.keys() == {
        "connection",
        "collection",
        "table_name",
        "live_rows",
        "last_success_at",
        "cursor_at",
        "lag_seconds",
        "state",
        "last_error",
        "next_due_at",
    }
    assert (staff["live_rows"], staff["state"], staff["table_name"]) == (2, "late", "trackops_staff")
    assert staff["last_success_at"] == "2026-03-01T12:01:30Z"
    assert staff["next_due_at"] == "2026-03-01T12:15:00Z"
    assert rows["cases"]["state"] == "failed"
    assert rows["events"]["state"] == "never"
    done = place("status")
    assert done.returncode == 0
    assert "\nacme (trackops), ok\n" in done.stdout
    assert "\x1b" not in done.stdout
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("cases ")]
    assert line.split() == ["cases", "failed", "0", "-", "-", "-", "Trackops", "\\x1b[31manswered", "503"]


def test_k4_a_connection_that_left_the_configuration_keeps_its_rows_and_is_told(place: Place) -> None:
    place.configure(ACME.replace("acme", "renamed"))
    renamed, acme = place.json("status")["connections"]
    assert (renamed["name"], acme["name"]) == ("renamed", "acme")
    assert acme["message"].startswith("no longer configured")
    assert acme["vendor"] == "trackops"
    assert sum(row["live_rows"] for row in acme["collections"]) == 2
    assert "no longer configured" in place("status").stdout
    # Its history can still be asked for, and it can be let go of.
    assert len(place.json("runs", "acme")) == 2
    assert place("forget", "acme", "--yes").stdout.startswith("acme is forgotten: ")
    assert [connection["name"] for connection in place.json("status")["connections"]] == ["renamed"]


def test_a_connection_that_is_off_says_so(small: Place) -> None:
    small.configure(f"{ACME}enabled = false\n")
    (acme,) = small.json("status")["connections"]
    assert (acme["state"], acme["message"]) == ("off", "switched off in the configuration")
    assert sum(row["live_rows"] for row in acme["collections"]) == 2


def test_status_needs_no_secret(small: Place) -> None:
    small.configure(ACME.replace('token = "canary-7f3e-token"', 'token = "file:/root/unreadable"'))
    done = small("status", "--json")
    assert (done.returncode, done.stderr) == (0, "")


def test_runs_are_listed_newest_first(place: Place) -> None:
    newest, oldest = place.json("runs")
    assert (newest["collection"], newest["state"], newest["error_class"]) == ("cases", "failed", "Unavailable")
    assert (oldest["inserted"], oldest["received"], oldest["requests"], oldest["kind"]) == (2, 4, 3, "cycle")
    assert oldest["started_at"] == "2026-03-01T12:00:00Z"
    assert [row["id"] for row in place.json("runs", "--last", "1")] == [newest["id"]]
    assert [row["id"] for row in place.json("runs", "acme.staff")] == [oldest["id"]]
    done = place("runs", "acme.staff")
    assert done.stdout.splitlines()[1].split()[1:4] == ["acme.staff", "cycle", "ok"]
    assert "1 min 30 s" in done.stdout


@pytest.mark.parametrize("command", ["runs", "rejects"])
def test_a_selector_that_names_nothing_is_refused_with_the_nearest_name(small: Place, command: str) -> None:
    for selector, says in {"acne": "did you mean acme?", "acme.case": "did you mean cases?"}.items():
        done = small(command, selector)
        assert done.returncode == 2
        assert says in done.stderr


def test_rejects_are_listed_and_tried_again(place: Place) -> None:
    found = place.json("rejects")
    assert [(row["key"], row["column_name"]) for row in found] == [
        ({"id": 2}, "is_vendor"),
        (None, None),
        (None, None),
    ]
    assert "acme.staff" in place("rejects", "acme.staff").stdout
    assert place("rejects", "acme.cases").stdout == "Nothing is set aside.\n"
    done = place("rejects", "--retry")
    assert done.stdout.startswith("1 set aside no longer, 2 still are.\n"), done.stderr
    (acme,) = place.json("status")["connections"]
    assert {row["collection"]: row["live_rows"] for row in acme["collections"]}["staff"] == 3
    assert [row["record"].get("name") for row in place.json("rejects")] == ["Bo", "Nobody"]


def test_a_record_tried_again_never_replaces_a_newer_one(place: Place) -> None:
    asyncio.run(_store_eve(place.url))
    assert place("rejects", "--retry").stdout.startswith("1 set aside no longer")
    assert asyncio.run(_names(place.url)) == {"Ida", "Bo", "Eve, newer"}


async def _store_eve(url: str) -> None:
    store = await Store.open(url, [TRACKOPS], clock=TurnedClock(NOW))
    extractor = Extractor(STAFF, TRACKOPS.lookups)
    keyed, _ = extractor.keyed([{"id": 3, "name": "Eve, newer"}])
    await store.commit(Page("acme", STAFF, 1, extractor.rows(keyed)))
    await store.close()


async def _names(url: str) -> set[str]:
    store = await Store.open(url, [TRACKOPS], clock=TurnedClock(NOW))
    names = [name for name in ("Ida", "Bo", "Eve", "Eve, newer") if await store.rows_of("acme", STAFF, "name", name)]
    await store.close()
    return set(names)


def test_forget_asks_a_person_or_wants_yes(small: Place) -> None:
    done = small("forget", "acme")
    assert done.returncode == 2
    assert "--yes" in done.stderr
    assert small("forget", "acne", "--yes").returncode == 2
    done = small("forget", "acme", "--yes")
    assert done.returncode == 0
    assert small.json("runs") == []


def test_beside_another_syncd_nothing_is_forgotten_or_vacuumed(place: Place) -> None:
    asyncio.run(_beside(place))


async def _beside(place: Place) -> None:
    store = await Store.open(place.url, [TRACKOPS], clock=TurnedClock(NOW))
    try:
        await store.lock(["acme"], holder="syncd run")
        refused: list[tuple[str, ...]] = [("forget", "acme", "--yes"), ("db", "vacuum"), ("rejects", "--retry")]
        for arguments in refused:
            done = await asyncio.to_thread(place, *arguments)
            assert done.returncode == 3, arguments
            assert "syncd run" in done.stderr
        allowed: list[tuple[str, ...]] = [("status",), ("runs",), ("db", "check"), ("db", "current")]
        for arguments in allowed:
            assert (await asyncio.to_thread(place, *arguments)).returncode == 0, arguments
    finally:
        await store.close()


# --- db ---------------------------------------------------------------------------------------------------------------
def test_upgrade_says_what_it_will_do_and_does_it_once(empty: Place) -> None:
    before = empty.json("db", "current")
    assert [row["branch"] for row in before] == ["core", "trackops"]
    assert not any(row["current"] for row in before)
    assert empty("db", "check").returncode == 3
    done = empty("db", "upgrade")
    assert done.returncode == 0, done.stderr
    assert "applying core_0001" in done.stdout
    assert all(row["current"] for row in empty.json("db", "current"))
    assert empty("db", "upgrade").stdout.endswith("is up to date.\n")
    done = empty("db", "check")
    assert (done.returncode, empty.json("db", "check")) == (0, {"ok": True, "problems": []}), done.stdout


def test_check_names_what_is_missing_and_exits_3(place: Place) -> None:
    asyncio.run(_break(place.url))
    done = place("db", "check", "--json")
    assert done.returncode == 3
    assert json.loads(done.stdout) == {"ok": False, "problems": ["view live_trackops_staff is missing"]}
    assert "view live_trackops_staff is missing\n" in place("db", "check").stdout


async def _break(url: str) -> None:
    store = await Store.open(url, [TRACKOPS], clock=TurnedClock(NOW))
    await store._read(lambda transaction: transaction.exec_driver_sql("DROP VIEW live_trackops_staff"))
    await store.close()


def test_vacuum_leaves_everything_in_place(place: Place) -> None:
    done = place("db", "vacuum")
    assert done.returncode == 0, done.stderr
    assert len(place.json("runs")) == 2


def test_x1_copy_moves_everything_and_shows_no_password(small: Place) -> None:
    target = f"sqlite:///{small.folder}/other.db"
    done = small("db", "copy", "env:TARGET", TARGET=target)
    assert done.returncode == 0, done.stderr
    assert target in done.stdout
    assert asyncio.run(_names(target)) == {"Ida", "Bo"}
    # Not onto itself, not onto rows, not to what is no database.
    assert small("db", "copy", "env:TARGET", TARGET=target).returncode == 3
    assert small("db", "copy", "mysql://ida:canary@db/x").returncode == 2
    done = small("db", "copy", "postgresql://ida:canary-pass@127.0.0.1:1/x")
    assert done.returncode == 3
    assert "canary-pass" not in done.stdout + done.stderr


def test_copy_takes_sqlite_to_a_server(small: Place, postgres: Server) -> None:
    url = postgres.create()
    try:
        assert small("db", "copy", url).returncode == 0
        before = small.json("status")["connections"]
        copied = Place(small.folder, url)
        copied.configure(ACME)
        after = copied.json("status")["connections"]
        for connection in (*before, *after):
            for row in connection["collections"]:
                row.pop("lag_seconds")
        assert after == before
    finally:
        postgres.drop(url)


def test_status_is_quick(small: Place) -> None:
    """At most 0.6 s of CPU on a machine of its own; coverage, and other work on the same core, stretch it."""
    taken = []
    for _ in range(3):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        assert syncd("status", folder=small.folder).returncode == 0
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        taken.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    if "COVERAGE_PROCESS_CONFIG" not in os.environ:
        assert min(taken) <= 0.6 * max(1.0, _slowness())


def _slowness() -> float:
    """How much longer a sum takes now than on the machine that the figure was measured on, alone."""
    before = time.process_time()
    sum(range(10_000_000))
    return (time.process_time() - before) / SUM_S
