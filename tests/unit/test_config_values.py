"""What a configuration is worth: defaults filled in, units read, warnings where something should be looked at."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.cli.selectors import selected
from syncd.config import units
from syncd.config.addresses import secret_parts
from syncd.config.show import as_toml, effective
from syncd.errors import UsageError
from syncd.vendors import VENDORS
from tests.configured import ACME, CANARY, WHOLE, loaded


def test_the_shortest_configuration_is_complete(tmp_path: Path) -> None:
    config = loaded(tmp_path, WHOLE)
    acme = config.connection("acme")
    trackops = VENDORS["trackops"]
    assert config.database.url == f"sqlite:///{tmp_path}/syncd.db"
    assert config.database.file == tmp_path / "syncd.db"
    assert config.state_dir == tmp_path
    assert acme.base_url == "https://mycompany.viewcases.com/api/v1"
    assert acme.rates == {"": (trackops.limits.rate,)}
    assert (acme.parallel, acme.rate_share, acme.timeout_s) == ({"": 1}, 1.0, trackops.timeout_s)
    assert acme.max_body == 32 * 2**20
    assert acme.credentials()["token"] == CANARY
    assert list(acme.collections) == [c.name for c in trackops.collections if c.enabled_by_default]
    cases = acme.collections["cases"]
    assert (cases.every, cases.cron, cases.sweep) == (trackops.every, None, trackops.sweep)
    assert config.warnings == ()


def test_what_is_written_takes_the_place_of_defaults(tmp_path: Path) -> None:
    config = loaded(
        tmp_path,
        f"""{WHOLE}rate = ["4/s", "180/min"]
rate_share = "80%"
quiet = "22:00-06:00"
since = 2025-01-31
timeout = 90
max_body = "1MiB"
[connections.acme.collections.cases]
cron = "0  3 * * mon-fri"
sweep = "14d"
reread = ["2d every 1h", "60d every 1d"]
exclude = ["notes"]
[connections.acme.collections.staff]
exclude = ["staff_custom_fields.value"]
[connections.acme.collections.files]
enabled = false
since = "30d"
""",
    )
    acme = config.connection("acme")
    assert acme.rates == {"": ((4.0, 1.0), (180.0, 60.0))}
    assert acme.rate_share == 0.8
    assert acme.quiet == ((time(22), time(6)),)
    assert acme.since == datetime(2025, 1, 31, tzinfo=UTC)
    assert (acme.timeout_s, acme.max_body) == (90.0, 2**20)
    cases = acme.collections["cases"]
    assert (cases.every, cases.cron, cases.sweep) == (None, "0 3 * * mon-fri", timedelta(days=14))
    assert cases.reread == ((timedelta(days=2), timedelta(hours=1)), (timedelta(days=60), timedelta(days=1)))
    assert cases.exclude == ("notes",)
    assert cases.since == acme.since
    assert acme.collections["staff"].exclude == ("staff_custom_fields.value",)
    assert "files" not in acme.collections


def test_a_faster_rate_than_documented_is_used_with_a_warning(tmp_path: Path) -> None:
    config = loaded(tmp_path, f'{WHOLE}rate = "5/s"\nparallel = 4\n')
    assert config.connection("acme").rates == {"": ((5.0, 1.0),)}
    (rate, parallel) = config.warnings
    assert "line 8: connections.acme.rate 5/s is above Trackops's documented limit of 1/s" in rate
    assert "parallel has no effect" in parallel


def test_a_slower_rate_needs_no_warning(tmp_path: Path) -> None:
    assert loaded(tmp_path, f'{WHOLE}rate = "50/min"\n').warnings == ()


def test_a_collection_that_loses_its_reconciliation_is_a_warning(tmp_path: Path) -> None:
    config = loaded(tmp_path, f"{WHOLE}[connections.acme.collections.cases]\nenabled = false\n")
    assert any("cases is off, so rows of case_status_history" in warning for warning in config.warnings)


def test_two_logins_at_one_server_are_a_warning(tmp_path: Path) -> None:
    config = loaded(tmp_path, WHOLE + ACME.replace("acme", "beta").replace("ida.sync", "bo.sync"))
    assert any("give each a rate_share" in warning for warning in config.warnings)


@pytest.mark.parametrize(
    "url, kept, shown",
    [
        ("postgres://ida:pa%40ss@db/x", "postgresql://ida:pa%40ss@db/x", "postgresql://ida:***@db/x"),
        ("postgresql+psycopg://db:5433/x?sslmode=require", "postgresql://db:5433/x?sslmode=require", None),
        ("postgresql:///x?host=/run/pg&password=pq", None, "postgresql:///x?host=/run/pg&password=***"),
    ],
)
def test_a_server_is_kept_whole_and_shown_without_password(
    tmp_path: Path, url: str, kept: str | None, shown: str | None
) -> None:
    config = loaded(tmp_path, ACME + f'[database]\nurl = "{url}"\n', {"STATE_DIRECTORY": "/var/lib/syncd:/x"})
    assert config.database.url == (kept or url)
    assert config.database.shown == (shown or kept)
    assert "pa%40ss" not in repr(config)
    assert str(config.state_dir) == "/var/lib/syncd"
    if kept and "%40" in kept:
        assert "pa@ss" in config.secrets()


def test_an_absolute_sqlite_file_and_a_relative_one(tmp_path: Path) -> None:
    config = loaded(tmp_path, ACME + '[database]\nurl = "sqlite:////srv/x.db"\n')
    assert config.database.url == "sqlite:////srv/x.db"
    assert str(config.state_dir) == "/srv"
    config = loaded(tmp_path, 'state_dir = "here"\n' + ACME + '[database]\nurl = "sqlite:///a/b.db"\n')
    assert config.database.url == f"sqlite:///{tmp_path}/a/b.db"
    assert config.state_dir == tmp_path / "here"


def test_alerts_have_addresses_and_levels(tmp_path: Path) -> None:
    plain = loaded(tmp_path, WHOLE).alerts
    assert ((), timedelta(minutes=30), 100, 2**30) == (plain.urls, plain.late_for, plain.rejects, plain.disk_free)
    text = f"""{WHOLE}[alerts]
urls = ["env:CHAT", "json://127.0.0.1:9/x"]
late_for = "2h"
rejects = 5
disk_free = "10GiB"
"""
    config = loaded(tmp_path, text, {"CHAT": "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlaz", "SYNCD_ALERTS__REJECTS": "7"})
    assert ["env:CHAT", "literal"] == [url.source for url in config.alerts.urls]
    assert (timedelta(hours=2), 7, 10 * 2**30) == (
        config.alerts.late_for,
        config.alerts.rejects,
        config.alerts.disk_free,
    )
    shown = effective(config)["alerts"]
    assert ("2h", 7, "10GiB") == (shown["late_for"], shown["rejects"], shown["disk_free"])
    assert "T1JJ3T3L2" not in as_toml(effective(config))


@pytest.mark.parametrize(
    "url, parts",
    [
        ("json://127.0.0.1:8080/hook", ()),
        ("json://alerts.example.com/syncd/production", ()),
        ("mailtos://ops:hunter@smtp2.example.com/?to=ida@example.com", ("hunter",)),
        ("mailto://ops:p%40ss@example.com", ("p@ss",)),
        ("slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkc/#general", ("T1JJ3T3L2", "A1BRTD4JD", "TIiajkdnlazkc")),
        ("tgram://123456789:abcdefg_hijKlmnop/12315544", ("abcdefg_hijKlmnop",)),
        ("pover://uQiRzpo4DXghDmr9QzzfQu27cmVRsG@aZzR4QhvJ2xk", ("uQiRzpo4DXghDmr9QzzfQu27cmVRsG", "aZzR4QhvJ2xk")),
        ("json://host/?token=short", ("short",)),
    ],
)  # fmt: skip
def test_x1_the_parts_of_an_address_that_are_secrets_are_known(url: str, parts: tuple[str, ...]) -> None:
    """Libraries write down the part they use; words, hosts and numbers stay readable in everything else."""
    assert parts == secret_parts(url)


def test_x1_parts_of_addresses_are_among_the_secrets(tmp_path: Path) -> None:
    config = loaded(tmp_path, f'{WHOLE}[alerts]\nurls = ["slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlaz"]\n')
    assert {"slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlaz", "A1BRTD4JD", CANARY} <= set(config.secrets())


def test_x1_what_is_shown_of_the_configuration_is_masked_before_it_is_printed(tmp_path: Path) -> None:
    """What prints it takes secrets out as well; neither relies on the other."""
    text = WHOLE.replace("sqlite:///syncd.db", f"postgresql://ida:{CANARY}@db/x")
    shown = as_toml(effective(loaded(tmp_path, f'{text}[alerts]\nurls = ["json://{CANARY}@host"]\n')))
    assert 3 == shown.count("***")
    assert CANARY not in shown


@given(st.integers(1, 366 * 86_400 * 10**6))
def test_a_duration_reads_back_as_itself(microseconds: int) -> None:
    duration = timedelta(microseconds=microseconds)
    assert units.duration(units.duration_text(duration)) == duration


@pytest.mark.parametrize(
    "text, seconds",
    [
        ("15m", 900),
        ("15min", 900),
        ("1h30m", 5400),
        ("0.5s", 0.5),
        ("2w", 14 * 86400),
        ("2y", 730 * 86400),
        ("1 h", 3600),
    ],
)
def test_durations_have_these_units(text: str, seconds: float) -> None:
    assert units.duration(text).total_seconds() == seconds


@pytest.mark.parametrize("text", ["", "5", "m", "5x", "-5m", "5m!", "999999999y", "٣m"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="duration"):
        units.duration(text)


@pytest.mark.parametrize("line", ["0 3 * * *", "*/5 0-6 1,15 jan-mar mon-fri", "0 0 * * 7", "5-10/2 * * * sun"])
def test_cron_lines_that_are_right(line: str) -> None:
    assert units.cron(f" {line} ") == line


WRONG_CRON = """\
60 * * * *
* 24 * * *
* * 0 * *
* * * 13 *
* * * * 8
*/0 * * * *
5-1 * * * *
a * * * *
1, * * * *
* * * * * *"""


@pytest.mark.parametrize("line", WRONG_CRON.splitlines())
def test_cron_lines_that_are_wrong(line: str) -> None:
    with pytest.raises(ValueError, match="cron"):
        units.cron(line)


def test_what_is_shown_reads_back_as_the_same_configuration(tmp_path: Path) -> None:
    """``config show`` is a configuration: with its secrets put back, it loads to the same values."""
    text = f"""{WHOLE}rate = ["4/s", "1/min"]
quiet = ["22:00-06:00"]
since = "2025-01-31T10:00:00+00:00"
[connections.acme.collections.cases]
cron = "0 3 * * *"
exclude = ["notes"]
retention = "400d"
reread = ["2d every 1h30m"]
"""
    first = loaded(tmp_path, text)
    shown = as_toml(effective(first))
    assert CANARY not in shown
    base_url = "https://mycompany.viewcases.com/api/v1"
    again = loaded(tmp_path, shown.replace("***", CANARY))
    assert effective(again) == effective(first)
    assert again.connection("acme").base_url == base_url


def test_a_secret_is_shown_with_its_source_only(tmp_path: Path) -> None:
    config = loaded(tmp_path, WHOLE.replace(CANARY, "env:TOKEN"), {"TOKEN": CANARY})
    assert 'token = "***"  # env:TOKEN' in as_toml(effective(config))
    assert CANARY not in repr(config)


def test_selectors_name_connections_and_collections(tmp_path: Path) -> None:
    off = ACME.replace("acme", "off").replace("mycompany", "off") + "enabled = false\n"
    config = loaded(tmp_path, f"{WHOLE}{off}[connections.acme.collections.files]\nenabled = false\n")
    everything = selected(config, None)
    assert [chosen.connection.name for chosen in everything] == ["acme"]
    assert selected(config, ["acme"]) == everything
    (some,) = selected(config, ["acme.staff", "acme.cases", "acme.staff"])
    assert some.collections == ("staff", "cases")
    for selector, says in {
        "acne": "did you mean acme",
        "off": "switched off",
        "acme.files": "switched off",
        "acme.case": "did you mean cases",
        "": "There is no connection ''",
    }.items():
        with pytest.raises(UsageError, match=says):
            selected(config, [selector])
