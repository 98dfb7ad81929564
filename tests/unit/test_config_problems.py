"""What cannot be used is said at once, all of it, each with its place and what is allowed there."""

from __future__ import annotations

from pathlib import Path

import pytest

from syncd.config import load
from syncd.errors import ConfigError
from tests.configured import ACME, CANARY, DATABASE, NOW, WHOLE, loaded, problems
from tests.turned_clock import TurnedClock


def test_k1_every_problem_is_named_at_once_with_its_line(tmp_path: Path) -> None:
    text = (
        "[database]\n"
        'urll = "sqlite:///a.db"\n'
        "[connections.acme]\n"
        'vendor = "trackops"\n'
        'usrname = "ida"\n'
        "token = 5\n"
        "parallel = 0\n"
        "[connections.acme.collections.case]\n"
        'every = "15m"\n'
    )
    assert problems(tmp_path, text) == (
        "config.toml, line 2: database.urll is not a key of [database]; did you mean url?",
        (
            'config.toml, line 1: database.url is missing, such as url = "sqlite:///syncd.db" (where the copy is kept: '
            '"sqlite:///FILE" (relative to this file) or "postgresql://USER:PASSWORD@HOST/NAME").'
        ),
        "config.toml, line 5: connections.acme.usrname is not a key of a Trackops connection; did you mean username?",
        "config.toml, line 7: connections.acme.parallel is 0 (a number); allowed is a whole number from 1 to 256.",
        (
            'config.toml, line 3: connections.acme.username is missing, such as username = "ida.sync" '
            "(login of an active employee with Full Access, best one made for syncd)."
        ),
        "config.toml, line 6: connections.acme.token is a number; allowed is a text in quotes.",
        "config.toml, line 3: connections.acme has neither subdomain nor base_url; one of them names the server.",
        "config.toml, line 8: 'case' is not a collection of Trackops; did you mean cases?",
    )


# What is appended to a whole configuration, and what the one problem says.
HASHES = f"[privacy]\nhash_key = '{'k' * 32}'\n[connections.acme.collections.cases]\nhash = "
WRONG = [
    ("colour = 1", "connections.acme.colour is not a key of a Trackops connection; known are"),
    ('rate = "5/h"', 'rate is "5/h"; allowed is "N/s" or "N/min"'),
    ('rate = "0/s"', "above 0"),
    ("rate = []", 'allowed is "N/s" or "N/min"'),
    ('rate = {entities = "4/s"}', "rate is a table"),
    ("parallel = true", "parallel is true (true or false); allowed is a whole number from 1 to 256"),
    ("rate_share = 0", "allowed is a share"),
    ('rate_share = "120%"', "allowed is a share"),
    ('quiet = "25:00-06:00"', 'allowed is hours such as "22:00-06:00"'),
    ('quiet = "06:00-06:00"', "different times"),
    ('since = "soon"', "allowed is a date"),
    ('since = "2026-03-02"', "still to come"),
    ('timeout = "2h"', "from 1s to 1h"),
    ('max_body = "5 elephants"', 'a size such as "32MiB"'),
    ("max_body = 5", "from 1KiB to 4GiB"),
    ('enabled = "yes"', "true or false"),
    ('ca_file = "none.pem"', "is not a readable file of certificates"),
    ("collections = 3", "connections.acme.collections is 3 (a number); allowed is a table"),
    ("[connections.acme.collections.cases]\nevry = 3", "did you mean every?"),
    ("[connections.acme.collections.cases]\nevery = 900", "900 (a number); allowed is a duration"),
    ("[connections.acme.collections.cases]\nevery = '5m'\ncron = '0 3 * * *'", "every and cron"),
    ("[connections.acme.collections.cases]\ncron = '61 * * * *'", "the minute from 0 to 59"),
    ("[connections.acme.collections.cases]\ncron = '* * *'", "five fields"),
    (
        "[connections.acme.collections.cases]\nreread = ['2d']",
        'allowed is a list, each of it a text such as "2d every 1h"',
    ),
    ('ca_file = " "', "allowed is one that is not empty"),
    ("[connections.acme.collections.cases]\nreread = ['2d every 0s']", "every 1s to 366d"),
    ("[connections.acme.collections.cases]\nexclude = ['notez']", "did you mean notes?"),
    ("[connections.acme.collections.cases]\nexclude = ['id']", "cannot be left out"),
    ("[connections.acme.collections.cases]\nexclude = ['created_at']", "cannot be left out"),
    ("[connections.acme.collections.cases]\nexclude = ['case_case_flags.casefile_id']", "cannot be left out"),
    ("[connections.acme.collections.staff]\nexclude = ['staff_custom_fields.valu']", "staff_custom_fields.value?"),
    ("[connections.acme.collections.cases]\nhash = ['notes']", "`(umask 077; openssl rand -hex 32 > hash.key)` makes"),
    ("[connections.acme.collections.cases]\nhash = ['notes']", "privacy.hash_key is missing, and connections.acme."),
    (f"{HASHES}['notez']", "did you mean notes?"),
    (
        f"{HASHES}['case_type_id']",
        "case_type_id is of the type integer, and only text can be hashed; exclude leaves it empty",
    ),
    (f"{HASHES}['id']", "id cannot be hashed; syncd itself needs it"),
    (f"{HASHES}['created_at']", "created_at cannot be hashed; syncd itself needs it"),
    (f"{HASHES}['notes']\nexclude = ['notes']", "notes stands in exclude too; allowed is one of them"),
    (
        "[privacy]\nhash_key = 'fifteen chars..'",
        "shorter than 16 characters, so that it can be found by trying; `(umask",
    ),
    ("[privacy]\nhash_key = 'env:NO_KEY'", "privacy.hash_key: the environment variable NO_KEY is not set"),
    ("[connections.acme.collections.files]\ninclude = ['url']", "never stored"),
    ("[connections.acme.collections.cases]\nsince = '2030-01-01'", "still to come"),
    ("[log]\nlevel = 'loud'", '"debug" or "info" or "warning" or "error"'),
    ("[server]\nlisten = '8787'", '"host:port"'),
    ("[connections.Acme]", "allowed are small letters, digits and single _"),
    ("[connections.a__b]", "allowed are small letters, digits and single _"),
    ("[connections.fleet]\nvendor = 'trackop'", "did you mean trackops?"),
    ("[connections.fleet]\nenabled = true", "connections.fleet.vendor is missing"),
]


@pytest.mark.parametrize("extra, says", WRONG)
def test_k1_each_unusable_key_is_one_problem_that_says_what_is_allowed(tmp_path: Path, extra: str, says: str) -> None:
    found = problems(tmp_path, f"{WHOLE}{extra}\n")
    assert len(found) == 1, found
    assert says in found[0]
    assert found[0].startswith("config.toml, line ")


@pytest.mark.parametrize("key", ["every", "lookback", "sweep"])
@pytest.mark.parametrize("absurd", ["0s", "0m", "10y", "3660d"])
def test_k6_an_absurd_interval_is_refused_with_its_bounds(tmp_path: Path, key: str, absurd: str) -> None:
    found = problems(tmp_path, f'{WHOLE}[connections.acme.collections.cases]\n{key} = "{absurd}"\n')
    assert len(found) == 1
    assert f'{key} is "{absurd}"' in found[0]
    assert "from 1s to 366d" in found[0]


@pytest.mark.parametrize(
    "extra, refused",
    [
        ('username = "other.sync"', False),
        ('username = "ida.sync"', True),
        ('username = "Ida.Sync/token"', True),
    ],
)
def test_k3_two_connections_with_one_account_are_refused(tmp_path: Path, extra: str, refused: bool) -> None:
    again = f'[connections.beta]\nvendor = "trackops"\nsubdomain = "MyCompany"\ntoken = "t"\n{extra}\n'
    found = problems(tmp_path, WHOLE + again)
    assert [p for p in found if "beta is the same account as acme" in p] == list(found)
    assert bool(found) == refused


def test_k3_one_name_twice_is_refused_with_its_line(tmp_path: Path) -> None:
    (found,) = problems(tmp_path, WHOLE + ACME)
    assert "line 8" in found


@pytest.mark.parametrize(
    "url, says",
    [
        ("http://example.com/api/v1", "https://"),
        ("http://10.0.0.5/api/v1", "https://"),
        ("http://127.0.0.1.example.com/api/v1", "https://"),
        ("ftp://example.com/api/v1", "a URL such as"),
        ("example.com/api/v1", "a URL such as"),
        ("https://example.com/api/v2", "ends in /api/v1"),
        ("https://example.com", "ends in /api/v1"),
        ("https://ida:pass@example.com/api/v1", "without user and password"),
        ("https://example.com/api/v1?x=1", "without ? and #"),
        ("https://exa mple.com/api/v1", "without blanks"),
        ("https://exa_mple.com/api/v1", "name of a host"),
        ("https://[::1/api/v1", "which this is not"),
    ],
)
def test_x5_a_base_url_that_credentials_must_not_go_to_is_refused(tmp_path: Path, url: str, says: str) -> None:
    found = problems(tmp_path, WHOLE.replace('subdomain = "mycompany"', f'base_url = "{url}"'))
    assert len(found) == 1
    assert says in found[0]
    assert "pass@" not in found[0]


@pytest.mark.parametrize(
    "url",
    [
        "https://mycompany.viewcases.com/api/v1/",
        "http://localhost:8080/api/v1",
        "http://127.9.9.9/api/v1",
        "http://[::1]:1/api/v1",
    ],
)
def test_x5_https_everywhere_and_http_on_this_machine_are_accepted(tmp_path: Path, url: str) -> None:
    config = loaded(tmp_path, WHOLE.replace('subdomain = "mycompany"', f'base_url = "{url}"'))
    assert config.connection("acme").base_url == url.rstrip("/")


@pytest.mark.parametrize("subdomain", ["mycompany.viewcases.com", "https://mycompany", "a/b", "a@b", "-a"])
def test_x5_a_subdomain_cannot_name_another_host(tmp_path: Path, subdomain: str) -> None:
    found = problems(tmp_path, WHOLE.replace('"mycompany"', f'"{subdomain}"'))
    assert len(found) == 1
    assert "base_url" in found[0]


@pytest.mark.parametrize(
    "url, says",
    [
        ("mysql://host/db", '"sqlite:///FILE" or "postgresql://'),
        ("syncd.db", '"sqlite:///FILE" or "postgresql://'),
        ("sqlite://syncd.db", '"sqlite:///FILE"'),
        ("sqlite:///", '"sqlite:///FILE"'),
        ("sqlite:///:memory:", "a file that stays"),
        ("postgresql://ida:pa@ss@host/db", "%40 for @"),
        ("postgresql://ida:pa/ss@host/db", "%2F for /"),
        ("postgresql://ida:pass@host", "with the database's name"),
        ("postgresql://ida:pass@host:x/db", "%3A for :"),
    ],
)
def test_k7_a_database_url_that_cannot_be_one_is_refused_without_its_password(
    tmp_path: Path, url: str, says: str
) -> None:
    (found,) = problems(tmp_path, ACME + f'[database]\nurl = "{url}"\n')
    assert says in found
    assert "pa" not in found.replace("path", "").replace("PASSWORD", "").replace("password", "")


@pytest.mark.parametrize(
    "text, says",
    [
        ('[database]\nurl = "x\n', "line 2, column 9"),
        ("[database\n", "line 1, column 10"),
        (f'[a]\ntoken = "{CANARY}" x\n', "line 2"),
        ("a = 1\na = 2\n", "line 2"),
    ],
)
def test_a_syntax_error_has_its_line_and_column_and_shows_no_value(tmp_path: Path, text: str, says: str) -> None:
    (found,) = problems(tmp_path, text)
    assert says in found
    assert "config.toml is not valid TOML" in found
    assert CANARY not in found


def test_a_file_that_is_not_text_is_refused_with_the_line(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_bytes(b"a = 1\nb = \xff\n")
    with pytest.raises(ConfigError, match="line 2: not UTF-8"):
        load(tmp_path / "config.toml", environ={})


def test_a_named_file_that_is_missing_is_an_error_even_if_others_exist(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded(tmp_path, WHOLE)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError, match="does not exist"):
        load(tmp_path / "other.toml", environ={})
    with pytest.raises(ConfigError, match="does not exist"):
        load(environ={"SYNCD_CONFIG": "other.toml"})


def test_without_any_file_the_places_looked_at_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError) as caught:
        load(environ={"HOME": str(tmp_path / "home")})
    for place in (tmp_path / "config.toml", tmp_path / "home/.config/syncd/config.toml", "/etc/syncd/config.toml"):
        assert str(place) in str(caught.value)


def test_files_are_searched_in_the_promised_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """``--config``, ``$SYNCD_CONFIG``, ``./config.toml``, the user's configuration folder."""
    places = {name: tmp_path / name / "config.toml" for name in ("named", "variable", "here", "user/syncd")}
    for file in places.values():
        file.parent.mkdir(parents=True)
        file.write_text(WHOLE)
    monkeypatch.chdir(tmp_path / "here")
    environ = {"SYNCD_CONFIG": str(places["variable"]), "XDG_CONFIG_HOME": str(tmp_path / "user")}
    clock = TurnedClock(NOW)
    assert load(places["named"], environ=environ, clock=clock).path == places["named"]
    assert load(environ=environ, clock=clock).path == places["variable"]
    del environ["SYNCD_CONFIG"]
    assert load(environ=environ, clock=clock).path == places["here"]
    places["here"].unlink()
    assert load(environ=environ, clock=clock).path == places["user/syncd"]


def test_a_configuration_without_connections_says_how_to_get_one(tmp_path: Path) -> None:
    (found,) = problems(tmp_path, DATABASE)
    assert "there is no connection; `syncd init` makes one" in found


@pytest.mark.parametrize(
    "line, says",
    [
        ('urls = ["mail.example.com"]', "alerts.urls, number 1, is no address; allowed is KIND://"),
        ('urls = ["json://ok/x", "json:// x"]', "alerts.urls, number 2, is no address"),
        ('urls = ["env:NOT_SET"]', "NOT_SET is not set"),
        ("urls = [7]", "alerts.urls is a list; allowed is a list of texts"),
        ('late_for = "5s"', 'alerts.late_for is "5s"; allowed is a duration'),
        ("rejects = 0", "alerts.rejects is 0 (a number); allowed is a whole number from 1"),
        ('disk_free = "1KiB"', 'alerts.disk_free is "1KiB"; allowed is a size such as "1GiB"'),
        ("disc_free = 1", "did you mean disk_free?"),
    ],
)
def test_alerts_say_what_is_wrong_with_them(tmp_path: Path, line: str, says: str) -> None:
    (found,) = problems(tmp_path, f"{WHOLE}[alerts]\n{line}\n")
    assert says in found


def test_no_problem_shows_a_secret(tmp_path: Path) -> None:
    """A secret under a misspelt, wrong-typed or unusable key stays out of every message."""
    text = WHOLE.replace("token =", "tokn =") + f'[alerts]\nurls = "{CANARY}"\n[server]\ntoken = ["{CANARY}"]\n'
    found = problems(tmp_path, text)
    assert len(found) == 4
    assert CANARY not in "".join(found)
