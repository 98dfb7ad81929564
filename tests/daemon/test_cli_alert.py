"""``syncd alert test``: whether each channel takes a message, and nothing of its address shown."""

from __future__ import annotations

import json
from pathlib import Path

from tests.configured import WHOLE
from tests.program import inside, syncd
from tests.receivers import hook


def configure(folder: Path, *urls: str) -> None:
    file = folder / "config.toml"
    file.write_text(f"{WHOLE}[alerts]\nurls = {json.dumps(urls)}\n")
    file.chmod(0o600)


def test_every_channel_gets_a_message_and_exit_code_0(tmp_path: Path) -> None:
    with hook() as one, hook() as other:
        configure(tmp_path, one.url, other.url)
        done = inside("alert", "test", folder=tmp_path)
        assert (0, "") == (done.returncode, done.stderr)
        assert [["a test"], ["a test"]] == [one.titles(), other.titles()]
    assert ["ok    1 (json): sent; look whether it is there", "ok    2 (json): sent; look whether it is there"] == (
        done.stdout.splitlines()
    )
    assert "Nothing is wrong" in one.got[0]["message"]


def test_one_that_fails_is_told_and_the_others_go_on(tmp_path: Path) -> None:
    with hook() as one, hook() as other:
        one.status = 500
        configure(tmp_path, one.url, other.url, "nothing://Kn0wnToken1")
        done = inside("alert", "test", folder=tmp_path)
        assert (1, ["a test"]) == (done.returncode, other.titles())
        assert ["FAIL", "ok", "FAIL"] == [line.split()[0] for line in done.stdout.splitlines()]
        as_json = inside("--debug", "alert", "test", "--json", folder=tmp_path)
    found = json.loads(as_json.stdout)
    assert (1, False) == (as_json.returncode, found["ok"])
    assert [("1 (json)", False), ("2 (json)", True), ("3 (nothing)", False)] == [
        (each["name"], each["ok"]) for each in found["channels"]
    ]
    assert "500" in found["channels"][0]["message"]
    assert "sent" == found["channels"][1]["message"]
    everything = done.stdout + done.stderr + as_json.stdout + as_json.stderr
    assert one.token not in everything
    assert "Kn0wnToken1" not in everything


def test_without_a_channel_it_says_how_to_get_one_with_exit_code_2(tmp_path: Path) -> None:
    configure(tmp_path)
    done = inside("alert", "test", folder=tmp_path)
    assert (2, "") == (done.returncode, done.stdout)
    assert "No channel is configured. " in done.stderr.replace("\n", " ")
    assert "[alerts]" in done.stderr


def test_the_library_is_loaded_by_nothing_but_who_sends(tmp_path: Path) -> None:
    """It takes half a second and 25 MB: not even a process that has something sent keeps them."""
    configure(tmp_path, "json://127.0.0.1:9/x")
    code = """
import sys
from syncd.cli.app import run
try:
    run()
finally:
    print("loaded" if "apprise" in sys.modules else "spared")
"""
    for arguments in (("--help",), ("config", "check"), ("alert", "test", "--help"), ("status",), ("alert", "test")):
        done = syncd(*arguments, folder=tmp_path, code=code)
        assert "spared" == done.stdout.splitlines()[-1], done.stderr
