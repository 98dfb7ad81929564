"""The documentation is held to the program: its pages are current, its queries run, its links lead somewhere."""

from __future__ import annotations

import asyncio
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from syncd.cli.app import COMMANDS
from syncd.cli.reference import commands
from syncd.cli.schema import markdown
from syncd.clock import SystemClock
from syncd.demo import REPORTS
from syncd.store import Store
from syncd.vendors import VENDORS
from tests.configured import loaded
from tests.program import inside

ROOT = Path(__file__).parents[2]
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
# Written by `make prove`, which takes longer than a test may.
MADE_LATER = {"docs/proof.md"}
OTHER_DATABASE = re.compile(r"\b(CREATE ROLE|GRANT|ALTER DEFAULT)\b")


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"^[ ]*```{language}\n(.*?)^[ ]*```", page.read_text(), re.MULTILINE | re.DOTALL)


def test_k5_the_page_of_commands_is_what_the_commands_say() -> None:
    assert commands().rstrip() + "\n" == (ROOT / "docs/reference/commands.md").read_text(), "run `make docs`"


def test_k5_the_page_of_tables_is_what_is_declared() -> None:
    assert markdown(VENDORS.values()).rstrip() + "\n" == (ROOT / "docs/reference/tables.md").read_text(), (
        "run `make docs`"
    )


def test_k5_the_schema_of_the_configuration_is_current(tmp_path: Path) -> None:
    said = inside("config", "schema", folder=tmp_path).stdout
    assert said == (ROOT / "docs/reference/config.schema.json").read_text(), "run `make docs`"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_to_files_and_headings_that_are_there(page: Path) -> None:
    for link in re.findall(r"\]\(([^)\s]+)\)", page.read_text()):
        if "://" in link:
            continue
        name, _, heading = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        assert target.exists(), link
        if heading:
            headings = re.findall(r"^#+ (.*)$", target.read_text(), re.MULTILINE)
            found = {re.sub(r"[^\w\- ]", "", each.lower()).strip().replace(" ", "-") for each in headings}
            assert heading in found, link


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_named_exists(page: Path) -> None:
    known = {entry.name for entry in COMMANDS}
    named = re.findall(r"^\$ syncd ([a-z]+)|`syncd ([a-z]+)\b", page.read_text(), re.MULTILINE)
    assert set() == {first or second for first, second in named} - known


async def migrate(url: str) -> None:
    store = await Store.open(url, tuple(VENDORS.values()), clock=SystemClock())
    await store.close()


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    """A copy before anything was read: every table and view of every vendor."""
    file = tmp_path_factory.mktemp("empty") / "copy.db"
    asyncio.run(migrate(f"sqlite:///{file}"))
    found = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
    yield found
    found.close()


def queries() -> list[str]:
    shown = [text for page in PAGES for text in blocks(page, "sql") if not OTHER_DATABASE.search(text)]
    return [part for text in shown for part in text.split(";") if part.strip()] + [each.sql for each in REPORTS]


@pytest.mark.parametrize("query", queries(), ids=lambda query: " ".join(query.split())[:40])
def test_queries_run_on_the_tables_there_are(empty: sqlite3.Connection, query: str) -> None:
    empty.execute(query, {"last_time": "2026-01-01"}).fetchall()


# What the how-to leaves out of the connections it shows a part of.
WRITTEN = {
    "acme": 'vendor = "trackops"\nsubdomain = "s"\nusername = "u"\ntoken = "t"',
    "ads": 'vendor = "trackier"\ntime_zone = "UTC"\napi_key = "k"',
}


def test_configurations_shown_can_be_loaded(tmp_path: Path) -> None:
    [shown] = blocks(ROOT / "README.md", "toml")
    token = tmp_path / "trackunit.token"
    token.write_text("x")
    for name in ("alerts.mail", "alerts.chat"):
        (tmp_path / name).write_text("json://127.0.0.1/x")
    shown = shown.replace("/etc/syncd/trackunit.token", str(token))
    (tmp_path / "hash.key").write_text("k" * 64)
    environ = {"TRACKOPS_TOKEN": "x", "ITRACK_KEY": "x", "TRACKIER_KEY": "x"}
    assert ["acme", "fleet", "vans", "ads"] == [one.name for one in loaded(tmp_path, shown, environ).connections]
    for text in blocks(ROOT / "docs/howto.md", "toml"):
        whole = text if "[database]" in text else shown.split("[connections")[0] + text
        parts = {f"[connections.{name}]": settings for name, settings in WRITTEN.items()}
        if not any(header in whole for header in parts):
            whole += shown[shown.index("[connections") :]
        else:
            for header, settings in parts.items():
                whole = whole.replace(header, f"{header}\n{settings}")
        loaded(tmp_path, whole, environ)


OPERATIONS = ROOT / "docs/operations.md"


def test_configurations_of_the_page_about_operations_can_be_loaded(tmp_path: Path) -> None:
    shown = blocks(OPERATIONS, "toml")
    assert 2 == len(shown)
    for name, text in {"database_url": "postgresql://syncd:x@db/syncd", "acme": "x", "secret_acme": "x"}.items():
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o600)
    for text in shown:
        whole = text.replace("/run/secrets", str(tmp_path))
        config = loaded(tmp_path, whole, {"CREDENTIALS_DIRECTORY": str(tmp_path)})
        assert ["acme"] == [one.name for one in config.connections]
        assert "x@db" not in config.database.shown


def test_every_command_of_the_page_about_operations_exists_with_its_options() -> None:
    sections = dict(re.findall(r"^#+ (syncd [a-z ]+)\n(.*?)(?=^#|\Z)", commands(), re.MULTILINE | re.DOTALL))
    called = r"(?:[`$] |`|sudo |root |opt/syncd/bin/)syncd ((?:--\S+ )*)(?:/\S+ )?([a-z]+)(?: ([a-z]+))?([^`\n|#]*)"
    given = re.findall(called, OPERATIONS.read_text())
    assert len(given) > 20
    for _, first, second, rest in given:
        name = f"syncd {first} {second}" if f"syncd {first} {second}" in sections else f"syncd {first}"
        assert name in sections
        assert [] == [option for option in re.findall(r"--[a-z-]+", rest) if f"`{option}`" not in sections[name]]


def test_every_symptom_is_a_message_or_action_of_the_program() -> None:
    """A message that is worded anew takes its line of the page along."""
    listed = OPERATIONS.read_text().partition("## Troubleshooting")[2]
    _, _, *symptoms = re.findall(r"^\| (.*?) \| .* \|$", listed, re.MULTILINE)
    assert len(symptoms) > 25
    source = "\n".join(file.read_text() for file in (ROOT / "syncd").rglob("*.py"))
    # What others say, and what is no message.
    foreign = {"status=243/CREDENTIALS", "Watchdog timeout", "file:", "syncd.db-wal"}
    for told in re.findall(r"`([^`]+)`", " ".join(symptoms)):
        # Figures and names are put into the program's sentences when they are said.
        parts = re.split(r"\d+", told.removesuffix("problems"))
        assert told in foreign or all(part in source for part in parts), told


def test_the_readme_names_the_command_that_tests_everything() -> None:
    assert "$ make test\n" in (ROOT / "README.md").read_text()
    assert re.search(r"^test:", (ROOT / "Makefile").read_text(), re.MULTILINE)
