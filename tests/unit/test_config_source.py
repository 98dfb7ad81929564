"""The file's lines and the environment over it."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from syncd.config import load
from syncd.config.source import lines_of
from syncd.errors import ConfigError
from tests.configured import CANARY, WHOLE, loaded, problems

ODD = '''\
# [commented.out] = 1
"quoted key" = "a # no comment"
a.b = 1  # comment with "quote
a."c.d" = [
  1,  # ] not the end
  { x = "]" },
]
text = """
[not.a.table]
key = "no key \\\\""" still inside
"""
raw = \'\'\'
other = 1\'\'\'\'
[table . "x y"]
inline = { y = { z = 1 } }
date = 2024-01-01
[[list]]
one = 1
[[list]]
two = 2
[last]
'''


def test_every_key_has_the_line_it_stands_on() -> None:
    assert lines_of(ODD.replace('\\""" still', '\\\\" still')) == {
        ("quoted key",): 2,
        ("a",): 3,
        ("a", "b"): 3,
        ("a", "c.d"): 4,
        ("text",): 8,
        ("raw",): 12,
        ("table", "x y"): 14,
        ("table", "x y", "inline"): 15,
        ("table", "x y", "date"): 16,
        ("list",): 17,
        ("list", "one"): 18,
        ("list", "two"): 20,
        ("last",): 21,
    }


def test_lines_are_found_for_every_key_that_the_parser_finds() -> None:
    text = Path("config.example.toml").read_text()
    found = lines_of(text)
    for path in _paths(tomllib.loads(text)):
        assert path in found or path[-1] in {"acme", "connections", "collections"}, path


def _paths(tree: dict[str, Any], above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, value in tree.items():
        yield (*above, name)
        if isinstance(value, dict):
            yield from _paths(value, (*above, name))


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_files_of_other_systems_are_read(tmp_path: Path, end: str, mark: str) -> None:
    file = tmp_path / "config.toml"
    file.write_bytes((mark + f"{WHOLE}x = 1\n".replace("\n", end)).encode())
    with pytest.raises(ConfigError) as caught:
        load(file, environ={})
    assert "line 8: connections.acme.x" in caught.value.problems[0]


def test_every_key_can_be_set_by_the_environment_which_wins(tmp_path: Path) -> None:
    environ = {
        "SYNCD_DATABASE__URL": "sqlite:///env.db",
        "SYNCD_STATE_DIR": "state",
        "SYNCD_LOG__LEVEL": "debug",
        "SYNCD_CONNECTIONS__ACME__TOKEN": "env:ELSEWHERE",
        "SYNCD_CONNECTIONS__ACME__PARALLEL": "2",
        "SYNCD_CONNECTIONS__ACME__RATE": "1/s, 30/min",
        "SYNCD_CONNECTIONS__ACME__TIMEOUT": "90",
        "SYNCD_CONNECTIONS__ACME__COLLECTIONS__CASES__EVERY": "1h",
        "SYNCD_CONNECTIONS__ACME__COLLECTIONS__CASES__EXCLUDE": "notes, case_location",
        "SYNCD_CONNECTIONS__ACME__COLLECTIONS__FILES__ENABLED": "false",
        "SYNCD_CONNECTIONS__BETA_2__VENDOR": "trackops",
        "SYNCD_CONNECTIONS__BETA_2__SUBDOMAIN": "beta",
        "SYNCD_CONNECTIONS__BETA_2__USERNAME": "bo",
        "SYNCD_CONNECTIONS__BETA_2__TOKEN": "literal",
        "SYNCD_CONFIG": "ignored",
        "SYNCD_TEST_ANYTHING": "ignored",
        "ELSEWHERE": "from elsewhere",
    }
    config = loaded(tmp_path, WHOLE, environ)
    acme = config.connection("acme")
    assert config.database.file == tmp_path / "env.db"
    assert config.state_dir == tmp_path / "state"
    assert config.log.level == "debug"
    assert acme.credentials()["token"] == "from elsewhere"
    assert (acme.parallel, acme.timeout_s, acme.rates) == ({"": 2}, 90.0, {"": ((1.0, 1.0), (30.0, 60.0))})
    assert acme.collections["cases"].every is not None
    assert acme.collections["cases"].every.total_seconds() == 3600
    assert acme.collections["cases"].exclude == ("notes", "case_location")
    assert "files" not in acme.collections
    assert config.connection("beta_2").credentials()["token"] == "literal"


def test_the_environment_alone_is_enough(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    acme = {"VENDOR": "trackops", "SUBDOMAIN": "a", "USERNAME": "ida", "TOKEN": "t"}
    environ = {f"SYNCD_CONNECTIONS__ACME__{name}": value for name, value in acme.items()}
    config = load(environ={**environ, "SYNCD_DATABASE__URL": "sqlite:///x.db"})
    assert config.path is None
    assert config.database.file == tmp_path / "x.db"


@pytest.mark.parametrize(
    "name, value, says",
    [
        ("SYNCD_DATABSE__URL", "x", "databse is not a key of the configuration; did you mean database?"),
        ("SYNCD_CONNECTIONS__ACME__TOKN", CANARY, "did you mean token?"),
        ("SYNCD_CONNECTIONS__ACME__PARALLEL", "many", 'parallel is "many"; allowed is a whole number'),
        ("SYNCD_CONNECTIONS__ACME__ENABLED", "maybe", "allowed is true or false"),
        ("SYNCD_CONNECTIONS__ACME__TOKEN", "", "token is empty"),
        ("SYNCD_CONNECTIONS__ACME", "x", "is a table; set its keys one by one"),
        ("SYNCD_DATABASE__URL__X", "x", "database.url is not a table"),
        ("SYNCD_DATABASE__", "x", "empty part"),
        ("SYNCD_TOKEN", CANARY, "token is not a key of the configuration"),
    ],
)
def test_k1_a_wrong_variable_is_named(tmp_path: Path, name: str, value: str, says: str) -> None:
    (found,) = problems(tmp_path, WHOLE, {name: value})
    assert found.startswith(f"environment {name}: ")
    assert says in found
    assert CANARY not in found


def test_variables_that_are_no_keys_do_no_harm(tmp_path: Path) -> None:
    """A secret's own variable may begin with SYNCD_, and Kubernetes announces a service called syncd."""
    environ = {
        "SYNCD_MY_TOKEN": CANARY,
        "SYNCD_SERVICE_HOST": "10.0.0.1",
        "SYNCD_SERVICE_PORT_HTTP": "8787",
        "SYNCD_PORT": "tcp://10.0.0.1:8787",
        "SYNCD_PORT_8787_TCP_ADDR": "10.0.0.1",
    }
    config = loaded(tmp_path, WHOLE.replace(CANARY, "env:SYNCD_MY_TOKEN"), environ)
    assert config.connection("acme").credentials()["token"] == CANARY
