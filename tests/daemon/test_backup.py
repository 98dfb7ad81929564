"""``syncd db backup``: one moment of the database in one file, made while the daemon writes, and the way back."""

from __future__ import annotations

import asyncio
import json
import os
import re
import resource
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from syncd.errors import StoreBroken, UsageError
from syncd.store.backup import STEP_PAGES, backup
from syncd.store.engine import Database
from tests import oracle
from tests.accounts import both
from tests.configured import ACME
from tests.configured import CANARY as TOKEN
from tests.daemon.processes import Place, place, started, until
from tests.postgres import Server
from tests.program import inside, syncd

CANARY = "canary-pg-7f3e"
PATIENCE_S = 60.0
PAGE = Path(__file__).parents[2] / "docs/operations.md"
BACKED_UP = "/srv/backup/syncd-2026-03-01.db"


def documented(heading: str) -> list[str]:
    """The commands that the page has under *heading*."""
    section = PAGE.read_text().partition(f"### {heading}\n")[2].partition("\n#")[0]
    return re.findall(r"^\$ (.*)$", section.partition("```console")[2].partition("```")[0], re.MULTILINE)


@pytest.fixture
def tools(request: pytest.FixtureRequest, database: str) -> str:
    """A PATH on which the programs of the test's own server come first."""
    path = os.environ["PATH"]
    if database == "sqlite":
        return path
    server: Server = request.getfixturevalue("postgres")
    return f"{server.binaries}:{path}" if server.binaries else path


@pytest.fixture
def restore(
    request: pytest.FixtureRequest, database: str, tmp_path: Path, tools: str
) -> Iterator[Callable[[Path], str]]:
    """Makes another database of a backup, as docs/operations.md says; its URL."""
    made: list[str] = []

    def restored(file: Path) -> str:
        if database == "sqlite":
            shutil.copy(file, tmp_path / "restored.db")
            return f"sqlite:///{tmp_path}/restored.db"
        server: Server = request.getfixturevalue("postgres")
        made.append(server.create(like="restored"))
        told = next(line for line in documented("Restore PostgreSQL") if line.startswith("pg_restore "))
        restoring = told.replace("=syncd_restored ", f"='{made[0]}' ").replace(BACKED_UP, str(file))
        subprocess.run(["/bin/sh", "-ec", restoring], env={**os.environ, "PATH": tools}, check=True)
        return made[0]

    yield restored
    for url in made:
        request.getfixturevalue("postgres").drop(url)


def goes_on(here: Place, url: str) -> None:
    """From here on the copy is the database at *url*."""
    here.url = url
    here.configure()


def sound(folder: Path) -> None:
    done = syncd("db", "check", folder=folder)
    assert 0 == done.returncode, done.stdout + done.stderr


@both
async def test_a_backup_beside_the_daemon_in_mid_walk_is_restored_and_the_walk_goes_on_from_there(
    tmp_path: Path, database: str, database_url: str, tools: str, restore: Callable[[Path], str]
) -> None:
    async with place(tmp_path, database_url, names=("subjects",), rows={"subjects": 1200}) as here:
        quick = here.vendor.switch.fail("delay", seconds=0.2)
        async with here.run() as daemon:
            await until(lambda: here.vendor.log.count("/subjects") >= 5, "pages", PATIENCE_S)
            quick.times = 0
            slow = here.vendor.switch.fail("delay", seconds=30.0)
            await until(lambda: slow.struck > 0, "a page that is waited for", PATIENCE_S)
            done = await asyncio.to_thread(syncd, "db", "backup", "half.backup", folder=tmp_path, PATH=tools)
            assert 0 == done.returncode, done.stderr
            daemon.signal(signal.SIGTERM)
            slow.times = 0
            assert 0 == await daemon.ends(PATIENCE_S)
        goes_on(here, restore(tmp_path / "half.backup"))
        assert 1 == here.runs("running")
        kept = here.rows("SELECT count(*) AS n FROM trackops_subjects")[0]["n"]
        assert 0 < kept < 1200
        cursor = here.rows("SELECT cursor FROM syncd_cursors")[0]["cursor"]
        assert kept // 100 == (cursor if database == "postgresql" else json.loads(cursor))["walk"]["page"]
        sound(tmp_path)
        before = here.vendor.log.count("/subjects", query="per_page")
        async with here.run("sync") as again:
            assert 0 == await again.ends(PATIENCE_S), again.text
        assert [] == here.differences()
        # 12 pages, the page in hand again, what proves the end, and the counts.
        assert here.vendor.log.count("/subjects", query="per_page") - before <= 12 - kept // 100 + 4


@both
async def test_what_changed_since_the_backup_is_all_that_is_read_after_a_restore(
    tmp_path: Path, database_url: str, tools: str, restore: Callable[[Path], str]
) -> None:
    async with place(tmp_path, database_url, names=("subjects", "clients"), rows={"subjects": 900}) as here:
        async with here.run("sync") as first:
            assert 0 == await first.ends(PATIENCE_S), first.text
        whole = here.vendor.log.count()
        done = syncd("db", "backup", "syncd.backup", folder=tmp_path, PATH=tools)
        assert 0 == done.returncode, done.stderr
        assert "read back and sound" in done.stdout
        changed = here.vendor.content.snapshot()["subjects"][3]["id"]
        here.vendor.content.update("subjects", changed)
        here.vendor.content.insert("clients")
        async with here.run("sync") as lost:
            assert 0 == await lost.ends(PATIENCE_S), lost.text
        goes_on(here, restore(tmp_path / "syncd.backup"))
        sound(tmp_path)
        before = here.vendor.log.count()
        async with here.run("sync") as again:
            assert 0 == await again.ends(PATIENCE_S), again.text
        assert here.vendor.log.count() - before < whole / 2
        assert [] == here.differences()


@both
async def test_rows_views_and_numbers_of_a_restored_database_are_those_of_the_first(
    tmp_path: Path, database_url: str, tools: str, restore: Callable[[Path], str]
) -> None:
    async with place(tmp_path, database_url) as here:
        async with here.run("sync") as first:
            assert 0 == await first.ends(PATIENCE_S)
        assert 0 == syncd("db", "backup", "syncd.backup", folder=tmp_path, PATH=tools).returncode
        url = restore(tmp_path / "syncd.backup")
        for name in ("syncd_runs", "syncd_cursors", "syncd_collections", "syncd_coverage", "live_trackops_staff"):
            query = f"SELECT * FROM {name} ORDER BY 1, 2, 3"
            assert here.rows(query) == oracle.read(url, query), name
            assert here.rows(query)


def test_the_documented_restore_brings_the_backup_back_in_place_of_a_database_with_a_log(small: Path) -> None:
    assert 0 == inside("db", "backup", "kept.db", folder=small).returncode
    with sqlite3.connect(small / "syncd.db") as daemon:
        daemon.execute("CREATE TABLE late (n INTEGER)")
        daemon.commit()
        # As a daemon leaves them that was killed: what it wrote last is in the log.
        left = {file.name: file.read_bytes() for file in small.glob("syncd.db*")}
    daemon.close()
    assert {"syncd.db", "syncd.db-wal", "syncd.db-shm"} <= left.keys()
    for name, content in left.items():
        (small / name).write_bytes(content)
    steps = [step for step in documented("Restore SQLite") if "systemctl" not in step]
    assert len(steps) > 5
    script = "\n".join(steps).replace("/var/lib/syncd", str(small)).replace(BACKED_UP, f"{small}/kept.db")
    script = script.replace("syncd --config /etc/syncd", f"{sys.executable} -m syncd --config {small}")
    root = {**os.environ, "PYTHONPATH": str(PAGE.parents[1])}
    done = subprocess.run(["/bin/sh", "-ec", script], env=root, capture_output=True, text=True, check=False)
    assert 0 == done.returncode, done.stderr
    assert "is sound" in done.stdout
    with sqlite3.connect(small / "syncd.db") as restored:
        assert "late" not in tables(restored)
    restored.close()
    with sqlite3.connect(small / "before/syncd.db") as old:
        assert "late" in tables(old)
    old.close()


def tables(database: sqlite3.Connection) -> set[str]:
    return {row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}


def filled(folder: Path, pages: int) -> Database:
    """A database of so many pages and more."""
    database = Database(f"sqlite:///{folder}/syncd.db")
    database.open(create=True)
    with database.transaction() as transaction:
        transaction.exec_driver_sql("CREATE TABLE filler (n INTEGER PRIMARY KEY, x BLOB)")
        counted = "WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < ?)"
        transaction.exec_driver_sql(f"INSERT INTO filler {counted} SELECT i, randomblob(3000) FROM c", (pages,))
        transaction.exec_driver_sql("CREATE TABLE late (n INTEGER)")
    return database


def configured(folder: Path, url: str) -> None:
    file = folder / "config.toml"
    file.write_text(f'[database]\nurl = "{url}"\n{ACME}')
    file.chmod(0o600)


@pytest.fixture
def small(tmp_path: Path, sqlite_template: Path) -> Path:
    """A folder with a configuration and a migrated database."""
    shutil.copy(sqlite_template, tmp_path / "syncd.db")
    configured(tmp_path, f"sqlite:///{tmp_path}/syncd.db")
    return tmp_path


def contents(folder: Path) -> set[str]:
    return {file.name for file in folder.iterdir()} - {"syncd.db-wal", "syncd.db-shm"}


def test_commits_between_its_steps_neither_start_it_anew_nor_get_in(tmp_path: Path) -> None:
    database = filled(tmp_path, 3 * STEP_PAGES)
    steps: list[tuple[int, int | None]] = []

    def hear(done: int, total: int | None) -> None:
        steps.append((done, total))
        assert len(steps) < 100, "it began anew with every commit"
        with database.transaction() as transaction:
            transaction.exec_driver_sql("INSERT INTO late VALUES (1)")

    size = backup(database, tmp_path / "copy.db", overwrite=False, hear=hear)
    database.close()
    assert steps == sorted(steps)
    assert 4 <= len(steps)
    assert steps[-1][0] == steps[-1][1]
    assert size == (tmp_path / "copy.db").stat().st_size
    with sqlite3.connect(f"file:{tmp_path}/copy.db?mode=ro&immutable=1", uri=True) as copy:
        assert [(0,)] == copy.execute("SELECT count(*) FROM late").fetchall()
        assert [(3 * STEP_PAGES,)] == copy.execute("SELECT count(*) FROM filler").fetchall()
    copy.close()
    # No write-ahead log: it can be read where nothing can be written.
    assert b"\x01\x01" == (tmp_path / "copy.db").read_bytes()[18:20]


def test_x4_only_its_owner_can_read_it_and_nothing_is_left_beside_it(small: Path) -> None:
    before = os.umask(0)
    try:
        done = inside("db", "backup", "copy.db", folder=small)
    finally:
        os.umask(before)
    assert 0 == done.returncode, done.stderr
    assert 0o600 == stat.S_IMODE((small / "copy.db").stat().st_mode)
    assert {"config.toml", "syncd.db", "copy.db"} == contents(small)


def test_one_that_went_well_says_nothing_that_cron_would_mail(small: Path) -> None:
    """The secrets are the service's; whoever makes a backup has none, and needs none."""
    file = small / "config.toml"
    file.write_text(file.read_text().replace(f'token = "{TOKEN}"', 'token = "credential:secret_acme"'))
    done = inside("db", "backup", "copy.db", folder=small)
    assert (0, "") == (done.returncode, done.stderr)


def test_it_replaces_nothing_unless_told_to(small: Path) -> None:
    (small / "copy.db").write_text("mine")
    done = inside("db", "backup", "copy.db", folder=small)
    assert 2 == done.returncode
    assert "copy.db is there already" in done.stderr
    assert "--overwrite" in done.stderr
    assert "mine" == (small / "copy.db").read_text()
    assert 0 == inside("db", "backup", "copy.db", "--overwrite", folder=small).returncode
    assert b"SQLite format 3\0" == (small / "copy.db").read_bytes()[:16]
    (small / "link.db").symlink_to("nowhere")
    assert 2 == inside("db", "backup", "link.db", folder=small).returncode
    assert {"config.toml", "syncd.db", "copy.db", "link.db"} == contents(small)


def test_what_takes_its_name_meanwhile_stays(tmp_path: Path) -> None:
    database = filled(tmp_path, 10)

    def arrive(_done: int, _total: int | None) -> None:
        (tmp_path / "copy.db").write_text("mine")

    with pytest.raises(UsageError, match="is there already"):
        backup(database, tmp_path / "copy.db", overwrite=False, hear=arrive)
    database.close()
    assert "mine" == (tmp_path / "copy.db").read_text()
    assert {"syncd.db", "copy.db"} == contents(tmp_path)


@pytest.mark.parametrize("name", ["syncd.db", "syncd.db-wal", "syncd.db-shm", "syncd.db.lock", "hard.db", "soft.db"])
def test_the_database_s_own_files_are_no_place_for_it(small: Path, name: str) -> None:
    os.link(small / "syncd.db", small / "hard.db")
    (small / "soft.db").symlink_to("syncd.db")
    before = (small / "syncd.db").read_bytes()
    done = inside("db", "backup", name, "--overwrite", folder=small)
    assert 2 == done.returncode
    assert "belongs to the database itself" in done.stderr
    assert before == (small / "syncd.db").read_bytes()


@pytest.mark.parametrize("name", [".", "nowhere/copy.db", "config.toml/copy.db"])
def test_a_place_that_cannot_be_is_named(small: Path, name: str) -> None:
    done = inside("db", "backup", name, folder=small)
    assert 2 == done.returncode
    assert str(small) in done.stderr


def test_a_database_that_is_not_there_is_not_made(small: Path) -> None:
    (small / "syncd.db").unlink()
    done = inside("db", "backup", "copy.db", folder=small)
    assert 3 == done.returncode
    assert "does not exist yet" in done.stderr
    assert {"config.toml"} == contents(small)


def test_before_an_upgrade_that_is_due_it_is_made_all_the_same(small: Path) -> None:
    file = small / "config.toml"
    file.write_text(file.read_text() + '[connections.fleet]\nvendor = "trackunit"\ntoken = "x"\n')
    assert 3 == inside("db", "check", folder=small).returncode
    assert 0 == inside("db", "backup", "copy.db", folder=small).returncode
    assert 3 == inside("db", "check", folder=small).returncode


def test_s7_of_a_damaged_database_no_backup_is_made_and_the_last_one_stays(tmp_path: Path) -> None:
    filled(tmp_path, 200).close()
    with (tmp_path / "syncd.db").open("r+b") as file:
        file.seek(4096 * 100)
        file.write(b"\xff" * 512)
    (tmp_path / "copy.db").write_text("the last one")
    database = Database(f"sqlite:///{tmp_path}/syncd.db", read_only=True)
    database.open(create=False)
    with pytest.raises(StoreBroken, match=r"is damaged.*No backup was made"):
        backup(database, tmp_path / "copy.db", overwrite=True, hear=lambda *_: None)
    database.close()
    assert "the last one" == (tmp_path / "copy.db").read_text()
    assert {"syncd.db", "copy.db"} == contents(tmp_path)


def test_p2_one_that_is_interrupted_leaves_nothing_and_the_last_one_stays(tmp_path: Path) -> None:
    database = filled(tmp_path, 10)
    (tmp_path / "copy.db").write_text("the last one")

    def interrupt(_done: int, _total: int | None) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        backup(database, tmp_path / "copy.db", overwrite=True, hear=interrupt)
    database.close()
    assert "the last one" == (tmp_path / "copy.db").read_text()
    assert {"syncd.db", "copy.db"} == contents(tmp_path)


@both
def test_s5_where_it_cannot_be_written_to_the_end_nothing_is_left(
    tmp_path: Path, database: str, database_url: str, tools: str
) -> None:
    configured(tmp_path, database_url)
    code = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))\n"
        "from syncd.cli import main; main()"
    )
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] == resource.RLIM_INFINITY
    done = syncd("db", "backup", "copy", folder=tmp_path, code=code, PATH=tools)
    assert 3 == done.returncode, done.stderr
    assert "copy" in done.stderr
    assert {"config.toml"} == contents(tmp_path) - {"syncd.db"}


# --- PostgreSQL's own programs ------------------------------------------------------------------------------------
@pytest.fixture
def server_place(tmp_path: Path, postgres_url: str) -> Path:
    """A folder with a configuration for a server, and a folder ``bin`` for programs."""
    configured(tmp_path, postgres_url)
    (tmp_path / "bin").mkdir()
    return tmp_path


def program(folder: Path, name: str, text: str) -> None:
    file = folder / "bin" / name
    file.write_text(f'#!/bin/sh\n[ "$1" = --version ] && echo "{name} (PostgreSQL) 99.1" && exit\n{text}\n')
    file.chmod(0o755)


def backed_up(folder: Path, path: str | Path = "", **environ: str) -> subprocess.CompletedProcess[str]:
    return syncd("db", "backup", "copy", folder=folder, PATH=str(path or f"{folder}/bin:/usr/bin:/bin"), **environ)


def test_a_missing_pg_dump_is_named_with_the_version_it_takes(server_place: Path, postgres: Server) -> None:
    with postgres.connect() as connection:
        major = connection.info.server_version // 10000
    done = backed_up(server_place, server_place / "bin")
    assert 2 == done.returncode
    assert "pg_dump and pg_restore is not installed" in done.stderr
    assert f"version {major} or newer" in done.stderr
    assert {"config.toml", "bin"} == contents(server_place)


def test_a_pg_dump_older_than_the_server_is_not_even_tried(server_place: Path) -> None:
    for name in ("pg_dump", "pg_restore"):
        program(server_place, name, "exit 0")
        file = server_place / "bin" / name
        file.write_text(file.read_text().replace("99.1", "9.6.24"))
    done = backed_up(server_place)
    assert 2 == done.returncode
    assert "is of version 9, older than the server" in done.stderr
    assert {"config.toml", "bin"} == contents(server_place)


def test_x1_the_password_is_on_no_command_line_and_in_no_message(server_place: Path, postgres_url: str) -> None:
    url = postgres_url.replace("syncd@", f"syncd:{CANARY}@", 1)
    configured(server_place, url)
    said = 'echo "$@" > args; echo "$PGPASSWORD" > secret; echo "pg_dump: error: cannot as $PGPASSWORD" >&2; exit 1'
    program(server_place, "pg_dump", said)
    program(server_place, "pg_restore", "exit 0")
    done = backed_up(server_place)
    assert 3 == done.returncode, done.stderr
    assert "none was made: cannot as" in done.stderr
    assert CANARY == (server_place / "secret").read_text().strip()
    assert "--dbname=" in (server_place / "args").read_text()
    assert CANARY not in (server_place / "args").read_text() + done.stdout + done.stderr


def test_s5_a_full_disk_that_pg_dump_finds_is_named(server_place: Path) -> None:
    program(server_place, "pg_dump", "echo 'pg_dump: error: could not write: No space left on device' >&2; exit 1")
    program(server_place, "pg_restore", "exit 0")
    done = backed_up(server_place)
    assert 3 == done.returncode
    assert "copy is full; no backup was made" in done.stderr


def test_a_dump_that_cannot_be_read_back_is_none(server_place: Path) -> None:
    program(server_place, "pg_dump", "exit 0")
    program(server_place, "pg_restore", "echo 'pg_restore: error: input file is too short' >&2; exit 1")
    done = backed_up(server_place)
    assert 3 == done.returncode
    assert "none was made: input file is too short" in done.stderr
    assert not (server_place / "copy").exists()


async def test_p2_sigterm_ends_pg_dump_too_and_leaves_nothing(
    tmp_path: Path, server_place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(server_place, "pg_dump", "echo $$ > pid; exec sleep 60")
    program(server_place, "pg_restore", "exit 0")
    monkeypatch.setenv("PATH", f"{server_place}/bin:/usr/bin:/bin")
    async with started(tmp_path, "db", "backup", "copy") as writing:
        await until(lambda: (tmp_path / "pid").exists() and bool((tmp_path / "pid").read_text()), "pg_dump", PATIENCE_S)
        writing.signal(signal.SIGTERM)
        assert 130 == await writing.ends(PATIENCE_S)
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)
    assert {"config.toml", "bin", "pid"} == contents(tmp_path)
