"""The command line as a whole, and the commands that touch no vendor."""

from __future__ import annotations

import json
import re
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from syncd import __version__
from syncd.cli.app import COMMANDS, Entry
from syncd.cli.schema import described, markdown, mermaid
from syncd.vendors import VENDORS
from tests.configured import CANARY, WHOLE
from tests.program import inside, syncd

ROOT = Path(__file__).parents[2]


@pytest.fixture
def configured(tmp_path: Path) -> Path:
    """A folder with a configuration that is right."""
    file = tmp_path / "config.toml"
    file.write_text(WHOLE)
    file.chmod(0o600)
    return tmp_path


def test_the_list_of_commands_is_quick_and_loads_none_of_them(tmp_path: Path) -> None:
    """``syncd --help`` takes at most 0.3 s of CPU."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    code = "import sys\nfrom syncd.cli import main\ntry: main()\nfinally: print(*sys.modules, file=sys.stderr)"
    done = syncd("--help", folder=tmp_path, code=code)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert done.returncode == 0
    for command in ("demo", "init", "sync", "run", "status", "db", "config", "schema"):
        assert f"\n  {command} " in done.stdout
    loaded = set(done.stderr.split())
    assert not loaded & {"rich", "structlog", "sqlalchemy", "aiohttp", "alembic", "syncd.vendors", "syncd.cli.config"}
    if "coverage" not in loaded:
        assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime <= 0.3


def test_the_version_is_told(tmp_path: Path) -> None:
    assert syncd("--version", folder=tmp_path).stdout == f"syncd {__version__}\n"


GROUPS = {
    "alert": ("test",),
    "db": ("upgrade", "current", "check", "backup", "vacuum", "copy"),
    "config": ("show", "check", "schema"),
}


@pytest.mark.parametrize("entry", COMMANDS, ids=lambda entry: entry.name)
def test_every_command_explains_itself_with_an_example(tmp_path: Path, entry: Entry) -> None:
    for more in GROUPS.get(entry.name, ("",)):
        words = [entry.name, more] if more else [entry.name]
        done = inside(*words, "--help", folder=tmp_path)
        assert done.returncode == 0
        example = rf"Example[^:]*: .*syncd (--config \S+ )?{' '.join(words)}\b"
        assert re.search(example, " ".join(done.stdout.split())), done.stdout
        assert "--install-completion" not in done.stdout


def test_every_reading_command_speaks_json(tmp_path: Path) -> None:
    for words in (
        ["check"],
        ["plan"],
        ["sync"],
        ["status"],
        ["runs"],
        ["rejects"],
        ["config", "show"],
        ["db", "current"],
    ):
        assert "--json" in inside(*words, "--help", folder=tmp_path).stdout


def test_check_says_that_all_is_right(configured: Path) -> None:
    done = syncd("config", "check", folder=configured)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == (
        f"{configured}/config.toml is all right: 1 connection, 18 collections, "
        f"database sqlite:///{configured}/syncd.db\n"
    )


def test_k1_check_prints_every_problem_on_its_own_line_and_exits_2(configured: Path) -> None:
    (configured / "config.toml").write_text(f'{WHOLE}parallel = 0\ncolour = "{CANARY}"\n')
    for command in (("config", "check"), ("config", "show")):
        done = syncd(*command, folder=configured)
        assert (done.returncode, done.stdout) == (2, "")
        first, *rest = done.stderr.splitlines()
        assert first == f"syncd: The configuration {configured}/config.toml has 2 problems."
        assert [line.split(": ")[0] for line in rest] == [f"  {configured}/config.toml, line {n}" for n in (9, 8)]
        assert CANARY not in done.stderr


def test_check_as_json_is_one_document_with_the_same_exit_code(configured: Path) -> None:
    done = syncd("config", "check", "--json", folder=configured)
    found = json.loads(done.stdout)
    assert found == {"ok": True, "file": f"{configured}/config.toml", "problems": [], "warnings": []}
    (configured / "config.toml").write_text(f"{WHOLE}parallel = 0\n")
    done = syncd("config", "check", "--json", folder=configured)
    assert done.returncode == 2
    found = json.loads(done.stdout)
    assert not found["ok"]
    assert "parallel is 0" in found["problems"][0]


def test_x1_show_masks_every_secret(configured: Path) -> None:
    text = f"""{WHOLE}[alerts]
urls = ["json://{CANARY}@host"]
[server]
token = "{CANARY}"
[privacy]
hash_key = "{CANARY}"
""".replace("sqlite:///syncd.db", f"postgresql://ida:{CANARY}@db/x")
    (configured / "config.toml").write_text(text)
    for more in ((), ("--json",)):
        for debug in ((), ("--debug",)):
            done = syncd(*debug, "config", "show", *more, folder=configured)
            assert done.returncode == 0, done.stderr
            assert CANARY not in done.stdout + done.stderr
            assert done.stdout.count("***") == 5


def test_show_as_json_has_the_shape_of_the_file(configured: Path) -> None:
    found = json.loads(syncd("config", "show", "--json", folder=configured).stdout)
    acme = found["connections"]["acme"]
    assert acme["base_url"] == "https://mycompany.viewcases.com/api/v1"
    assert acme["collections"]["cases"]["every"] == "15m"


def test_the_schema_of_the_file_is_json(tmp_path: Path) -> None:
    done = syncd("config", "schema", folder=tmp_path)
    assert json.loads(done.stdout)["required"] == ["database", "connections"]


@pytest.mark.parametrize("arguments", [("nonsense",), ("config", "nonsense"), ("config", "show", "--nonsense")])
def test_a_wrong_command_line_exits_2(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    done = syncd(*arguments, folder=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "Traceback" not in done.stderr


# --- errors -----------------------------------------------------------------------------------------------------------
BROKEN = """\
import typer
from syncd.cli import output
from syncd.errors import StoreBroken

app = typer.Typer()


@app.command()
def broken(how: str) -> None:
    output.redact_with(lambda text: text.replace("CANARY", "***"))
    if how == "known":
        raise StoreBroken("The file is gone.", remedy="Look for it.")
    if how == "unknown":
        raise ValueError("CANARY and\\n\\x1b[31mred")
    if how == "waits":
        import time
        print("waiting", flush=True)
        time.sleep(60)
"""
START = 'import syncd.cli.app as app; app.COMMANDS = (app.Entry("broken", "broken:app", ""),); app.run()'.replace(
    "CANARY", CANARY
)


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """A folder with a command that fails as it is told."""
    (tmp_path / "broken.py").write_text(BROKEN.replace("CANARY", CANARY))
    return tmp_path


def test_a_known_error_is_a_sentence_a_remedy_and_its_exit_code(broken: Path) -> None:
    done = syncd("broken", "known", folder=broken, code=START)
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr == "syncd: The file is gone.\n  Look for it.\n"
    done = syncd("--debug", "broken", "known", folder=broken, code=START)
    assert "Traceback" in done.stderr
    assert done.stderr.endswith("syncd: The file is gone.\n  Look for it.\n")


def test_x3_an_unexpected_error_is_one_harmless_line_and_exit_code_1(broken: Path) -> None:
    done = syncd("broken", "unknown", folder=broken, code=START)
    assert done.returncode == 1
    assert done.stderr == (
        "syncd: unexpected ValueError in broken: *** and\\n\\x1b[31mred; run again with --debug for more.\n"
    )


def test_x1_the_traceback_of_debug_has_no_secret(broken: Path) -> None:
    for arguments in (("--debug", "broken", "unknown"), ("broken", "unknown", "--debug")):
        done = syncd(*arguments, folder=broken, code=START)
        assert done.returncode == 1
        assert "Traceback" in done.stderr
        assert CANARY not in done.stderr
        assert "\x1b" not in done.stderr


def test_an_interrupted_command_exits_130(broken: Path) -> None:
    # A shell that runs the tests in the background has its children ignore the signal.
    heeding = f"import signal; signal.signal(signal.SIGINT, signal.default_int_handler); {START}"
    with subprocess.Popen(
        [sys.executable, "-c", heeding, "broken", "waits"],
        cwd=broken,
        env={"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "waiting\n"
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=30)
    assert process.returncode == 130
    assert said == "syncd: interrupted; what was committed is kept.\n"


def test_a_reader_that_leaves_early_is_no_error(tmp_path: Path) -> None:
    done = subprocess.run(
        ["bash", "-c", f"'{sys.executable}' -m syncd schema --format json | head -c 10"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stderr == ""


# --- the data dictionary ----------------------------------------------------------------------------------------------
def test_the_dictionary_has_every_table_and_column() -> None:
    trackops = VENDORS["trackops"]
    catalogue = json.loads((ROOT / "tests/catalog.json").read_text())["vendors"]
    (known,) = (vendor for vendor in catalogue if vendor["vendor"] == "trackops")
    tables = [*known["collections"], *(c for one in known["collections"] for c in one["children"]), *known["lookups"]]
    found = {table["name"]: table for table in described(trackops)["tables"]}
    assert found.keys() == {table["table"] for table in tables}
    for table in tables:
        names = [column["name"] for column in found[table["table"]]["columns"]]
        assert names[0] == "connection"
        assert {c["name"] for c in table["columns"] if not c.get("volatile")} <= set(names), table["table"]
        assert found[table["table"]]["key"] == ["connection", *table["key"]]


def test_the_dictionary_is_printed_in_four_forms(tmp_path: Path) -> None:
    text = markdown(VENDORS.values())
    assert "## trackops_cases" in text
    assert "| client_id | integer | client LOCATION the case belongs to" in text
    drawn = mermaid(VENDORS.values())
    assert '    trackops_clients ||--o{ trackops_client_locations : "parent_id"\n' in drawn
    for form, says in {
        "markdown": "# Trackops",
        "mermaid": "erDiagram",
        "json": '{"vendors"',
        "sql": "CREATE TABLE",
    }.items():
        done = syncd("schema", "--format", form, folder=tmp_path)
        assert done.returncode == 0, done.stderr
        assert done.stdout.startswith(says)


def test_the_sql_of_sqlite_makes_the_tables(tmp_path: Path) -> None:
    import sqlite3  # noqa: PLC0415 (used here alone)

    done = syncd("schema", "--format", "sql", folder=tmp_path)
    made = sqlite3.connect(":memory:")
    made.executescript(done.stdout)
    tables = {name for (name,) in made.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    made.close()
    assert tables == {table["name"] for vendor in VENDORS.values() for table in described(vendor)["tables"]}
    done = syncd("schema", "--format", "sql", "--dialect", "postgresql", folder=tmp_path)
    assert "COMMENT ON COLUMN trackops_cases.client_id IS 'client LOCATION" in done.stdout
    assert "(connection, unit_id, start_time) WHERE finished IS false;" in done.stdout


def test_users_of_sqlite_do_not_wait_for_what_only_postgresql_has(tmp_path: Path) -> None:
    done = syncd(folder=tmp_path, code="import sys, syncd.store\nprint(*sys.modules)")
    assert "sqlalchemy.dialects.sqlite" in done.stdout.split()
    assert "sqlalchemy.dialects.postgresql" not in done.stdout.split()
