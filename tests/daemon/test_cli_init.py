"""``syncd init``: what is written, and when nothing is."""

from __future__ import annotations

import os
import pty
import select
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from syncd.config import load
from syncd.standin import StandIn
from tests.program import inside
from tests.standins import RATE, serving

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def account() -> Iterator[StandIn]:
    with serving() as vendor:
        yield vendor


@pytest.fixture
def vendor(account: StandIn) -> StandIn:
    account.log.clear()
    return account


def flags(vendor: StandIn) -> list[str]:
    return [
        "--base-url",
        vendor.url,
        "--username",
        vendor.username,
        "--token-from",
        "env:TOKEN",
        "--rate",
        f"{RATE}/s",
        "--yes",
    ]


def written(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


def test_a_connection_is_written_after_one_request_that_the_vendor_accepted(tmp_path: Path, vendor: StandIn) -> None:
    done = inside("init", *flags(vendor), "--name", "acme", folder=tmp_path, TOKEN=vendor.token)
    assert (0, 1) == (done.returncode, vendor.log.count())
    assert ["config.toml"] == written(tmp_path)
    assert 0o600 == stat.S_IMODE((tmp_path / "config.toml").stat().st_mode)
    config = load(tmp_path / "config.toml", environ={"TOKEN": vendor.token})
    assert vendor.token == config.connection("acme").credentials()["token"]
    assert vendor.token not in (tmp_path / "config.toml").read_text()
    assert "syncd sync" in done.stdout


def test_refused_credentials_write_nothing_and_end_with_4(tmp_path: Path, vendor: StandIn) -> None:
    done = inside("init", *flags(vendor), folder=tmp_path, TOKEN="a-canary-token")
    assert 4 == done.returncode
    assert [] == written(tmp_path)
    assert "Check username and token" in done.stderr
    assert "a-canary-token" not in done.stderr + done.stdout


def test_a_second_connection_is_added_and_the_first_stays_as_it_was(tmp_path: Path, vendor: StandIn) -> None:
    inside("init", *flags(vendor), "--name", "acme", folder=tmp_path, TOKEN=vendor.token)
    file = tmp_path / "config.toml"
    before = file.read_text() + "\n# mine\n"
    file.write_text(before)
    file.chmod(0o640)
    more = ["--base-url", vendor.url.replace("127.0.0.1", "localhost"), "--name", "other"]
    done = inside("init", *flags(vendor), *more, folder=tmp_path, TOKEN=vendor.token)
    assert 0 == done.returncode, done.stderr
    assert file.read_text().startswith(before)
    assert 0o640 == stat.S_IMODE(file.stat().st_mode)
    assert ["acme", "other"] == [c.name for c in load(file, environ={"TOKEN": vendor.token}).connections]


@pytest.mark.parametrize(
    "more,says",
    [
        (["--name", "acme"], "There is a connection acme already"),
        (["--name", "Not A Name"], "not a name of a connection"),
        (["--vendor", "nobody"], "Unknown vendor"),
        (["--database", "sqlite:///other.db"], "has its own database"),
    ],
)
def test_what_cannot_be_added_leaves_the_file_alone(
    tmp_path: Path, vendor: StandIn, more: list[str], says: str
) -> None:
    inside("init", *flags(vendor), "--name", "acme", folder=tmp_path, TOKEN=vendor.token)
    before = (tmp_path / "config.toml").read_text()
    vendor.log.clear()
    done = inside("init", *flags(vendor), *more, folder=tmp_path, TOKEN=vendor.token)
    assert (2, 0) == (done.returncode, vendor.log.count())
    assert says in done.stderr
    assert before == (tmp_path / "config.toml").read_text()
    assert ["config.toml"] == written(tmp_path)


def test_a_file_that_cannot_be_read_is_left_alone(tmp_path: Path, vendor: StandIn) -> None:
    (tmp_path / "config.toml").write_text("[database\n")
    done = inside("init", *flags(vendor), folder=tmp_path, TOKEN=vendor.token)
    assert 2 == done.returncode
    assert "not valid TOML" in done.stderr
    assert "[database\n" == (tmp_path / "config.toml").read_text()


def test_x1_a_secret_is_never_taken_from_the_command_line(tmp_path: Path, vendor: StandIn) -> None:
    done = inside("init", *flags(vendor), "--token-from", vendor.token, folder=tmp_path)
    assert 2 == done.returncode
    assert "never the secret itself" in done.stderr
    assert vendor.token not in done.stderr


def test_a_token_from_standard_input_is_kept_in_the_file(tmp_path: Path, vendor: StandIn) -> None:
    (tmp_path / "config.toml").write_text('[database]\nurl = "sqlite:///here.db"\n')
    (tmp_path / "config.toml").chmod(0o644)
    arguments = [*flags(vendor), "--name", "acme", "--token-from", "-"]
    assert "found nothing" in inside("init", *arguments, folder=tmp_path).stderr
    done = subprocess.run(
        [sys.executable, "-m", "syncd", "init", *arguments],
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)}, input=f"{vendor.token}\n",
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert 0 == done.returncode, done.stderr
    assert "chmod 600" in done.stderr
    config = load(tmp_path / "config.toml", environ={})
    assert vendor.token == config.connection("acme").credentials()["token"]
    assert config.database.url.endswith("here.db")


def test_without_a_person_a_missing_answer_names_its_flag(tmp_path: Path, vendor: StandIn) -> None:
    done = inside("init", "--base-url", vendor.url, "--token-from", "env:TOKEN", folder=tmp_path, TOKEN=vendor.token)
    assert 2 == done.returncode
    assert "--username is needed" in done.stderr
    assert [] == written(tmp_path)


def test_the_cost_is_counted_only_when_wanted(tmp_path: Path, vendor: StandIn) -> None:
    done = inside("init", *flags(vendor), "--count", folder=tmp_path, TOKEN=vendor.token)
    assert (0, 19) == (done.returncode, vendor.log.count())
    records = sum(vendor.content.counts().values())
    assert f"reads {records:,} records" in done.stderr


def test_without_a_test_nothing_is_asked_and_the_secret_may_come_later(tmp_path: Path, vendor: StandIn) -> None:
    done = inside("init", *flags(vendor), "--no-test", folder=tmp_path)
    assert (0, 0) == (done.returncode, vendor.log.count())
    assert ["config.toml"] == written(tmp_path)


def test_a_person_is_asked_and_the_token_is_not_shown(tmp_path: Path, vendor: StandIn) -> None:
    code, shown = on_a_terminal(
        ["init", "--base-url", vendor.url, "--rate", f"{RATE}/s"],
        [
            (b"Vendor", ""), (b"username:", vendor.username), (b"does it stand", "here"), (b"not shown", "a-canary"),
            (b"name [", "acme"), (b"Enter it again", ""),
            (b"username:", vendor.username), (b"does it stand", "in my head"), (b"does it stand", "here"),
            (b"not shown", vendor.token),
            (b"name [", "acme"), (b"how much there is", "n"),
        ],
        tmp_path,
    )  # fmt: skip
    assert 0 == code, shown
    assert "canary" not in shown
    assert vendor.token not in shown
    config = load(tmp_path / "config.toml", environ={})
    assert vendor.token == config.connection("acme").credentials()["token"]


def test_leaving_at_a_question_is_130_and_nothing_is_written(tmp_path: Path, vendor: StandIn) -> None:
    code, shown = on_a_terminal(["init", "--base-url", vendor.url], [(b"Vendor", ""), (b"username:", "\x04")], tmp_path)
    assert 130 == code, shown
    assert [] == written(tmp_path)


def on_a_terminal(arguments: list[str], dialogue: list[tuple[bytes, str]], folder: Path) -> tuple[int, str]:
    """Run the program on a pseudo-terminal, typing each answer at its question; the exit code, and what was shown."""
    ours, theirs = pty.openpty()
    environ = {k: v for k, v in os.environ.items() if not k.startswith("SYNCD_")} | {
        "PYTHONPATH": str(ROOT),
        "TERM": "dumb",
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "syncd", *arguments], cwd=folder, env=environ, stdin=theirs, stdout=theirs, stderr=theirs
    )
    os.close(theirs)
    shown, seen, until = b"", 0, time.monotonic() + 60
    waiting = list(dialogue)
    try:
        while time.monotonic() < until:
            if select.select([ours], [], [], 0.2)[0]:
                try:
                    shown += os.read(ours, 65536)
                except OSError:
                    process.wait(timeout=60)  # it has let go of the terminal, and ends
                    break
            elif process.poll() is not None:
                break
            if waiting and waiting[0][0] in shown[seen:] and shown.endswith(b": "):
                seen = len(shown)
                os.write(ours, waiting.pop(0)[1].encode() + b"\n")
    finally:
        process.kill()
        process.wait()
        os.close(ours)
    return process.returncode, shown.decode(errors="replace")
