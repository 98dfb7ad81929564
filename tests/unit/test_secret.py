"""Secrets come from four places, say which, and never show themselves."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from syncd.secret import Secret, SecretError, secret_from
from tests.configured import CANARY, WHOLE, loaded, problems


def _read(text: str, folder: Path, **environ: str) -> Secret:
    return secret_from(text, folder=folder, environ=environ)


def test_x1_a_secret_never_shows_itself() -> None:
    secret = Secret(CANARY)
    for shown in (str(secret), repr(secret), f"{secret}", f"{secret:>20}", f"{[secret]}", "%s" % secret):  # noqa: UP031 (every way there is)
        assert CANARY not in shown
        assert "***" in shown
    assert secret.reveal() == CANARY
    with pytest.raises(TypeError):
        pickle.dumps(secret)


def test_secrets_with_one_value_are_equal() -> None:
    assert Secret("a") == Secret("a", source="env:A")
    assert Secret("a") != Secret("b")
    assert Secret("a") != "a"
    assert len({Secret("a"), Secret("a")}) == 1


def test_a_secret_is_read_from_each_of_four_places(tmp_path: Path) -> None:
    (tmp_path / "key").write_text(CANARY)
    assert _read(CANARY, tmp_path).reveal() == CANARY
    assert _read("env:TOKEN", tmp_path, TOKEN=CANARY).reveal() == CANARY
    assert _read("file:key", tmp_path).reveal() == CANARY
    assert _read(f"file:{tmp_path}/key", Path("/")).reveal() == CANARY
    assert _read("credential:key", Path("/"), CREDENTIALS_DIRECTORY=str(tmp_path)).reveal() == CANARY
    # What only looks like a source is the secret itself.
    assert _read("envy:TOKEN", tmp_path).reveal() == "envy:TOKEN"


@pytest.mark.parametrize(
    "written, read",
    [("a\n", "a"), ("a\r\n", "a"), ("a", "a"), (" a \n", " a "), ("\ufeffa\n", "a")],
)
def test_one_trailing_newline_of_a_file_is_dropped(tmp_path: Path, written: str, read: str) -> None:
    (tmp_path / "key").write_bytes(written.encode())
    assert _read("file:key", tmp_path).reveal() == read


def test_a_rotated_file_is_read_again(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("old")
    secret = _read("file:key", tmp_path)
    (tmp_path / "key").write_text("new\n")
    assert secret.reveal() == "old"
    assert secret.reread().reveal() == "new"
    (tmp_path / "key").unlink()
    with pytest.raises(SecretError, match="file:key cannot be read"):
        secret.reread()
    literal = Secret("a")
    assert literal.reread() is literal


@pytest.mark.parametrize(
    "text, content, says",
    [
        ("env:TOKEN", None, "the environment variable TOKEN is not set"),
        ("env:", None, "Write env:NAME"),
        ("env:EMPTY", None, "the environment variable EMPTY is empty"),
        ("file:key", None, "file:key cannot be read: no such file or directory"),
        ("file:.", None, "file:. cannot be read: is a directory"),
        ("file:key", b"", "file:key is empty"),
        ("file:key", b"\n", "file:key is empty"),
        ("file:key", b"canary-7f3e-token\nmore\n", "file:key holds a line break"),
        ("file:key", b"\xff\xfe", "file:key is not text"),
        ("file:key", b"canary-7f3e-token" * 5000, "file:key is longer than"),
        ("credential:key", None, "CREDENTIALS_DIRECTORY is not set"),
    ],
)
def test_k2_an_unusable_secret_names_its_source_and_never_its_value(
    tmp_path: Path, text: str, content: bytes | None, says: str
) -> None:
    if content is not None:
        (tmp_path / "key").write_bytes(content)
    found = problems(tmp_path, WHOLE.replace(CANARY, text), {"EMPTY": " "})
    assert len(found) == 1
    assert "config.toml, line 7: connections.acme.token: " in found[0]
    assert says in found[0]
    assert CANARY not in found[0]


def test_k2_a_credential_is_a_name_not_a_path(tmp_path: Path) -> None:
    (tmp_path / "key").write_text(CANARY)
    with pytest.raises(SecretError, match="not a name of a credential"):
        _read("credential:../key", tmp_path, CREDENTIALS_DIRECTORY=str(tmp_path))


def test_k2_commands_that_speak_to_no_vendor_only_warn(tmp_path: Path) -> None:
    config = loaded(tmp_path, WHOLE.replace(CANARY, "file:key"), secrets=False)
    assert any("file:key cannot be read" in warning for warning in config.warnings)
    assert "token" not in config.connection("acme").settings


def test_k2_a_connection_that_is_off_needs_no_secret(tmp_path: Path) -> None:
    config = loaded(tmp_path, WHOLE.replace(CANARY, "env:TOKEN") + "enabled = false\n")
    assert config.enabled == ()


def test_x4_a_literal_secret_in_a_file_that_others_can_read_is_a_warning(tmp_path: Path) -> None:
    assert loaded(tmp_path, WHOLE).warnings == ()
    file = tmp_path / "config.toml"
    file.chmod(0o644)
    from syncd.config import load  # noqa: PLC0415 (the helper would close the file again)

    (warning,) = load(file, environ={}).warnings
    assert f"{file}, line 7: connections.acme.token is a secret in a file that every user" in warning
    assert f"chmod 600 {file}" in warning
    assert CANARY not in warning


def test_x4_a_secret_file_that_others_can_read_is_a_warning(tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_text(CANARY)
    key.chmod(0o604)
    (warning,) = loaded(tmp_path, WHOLE.replace(CANARY, "file:key")).warnings
    assert f"every user of this machine can read {key}" in warning
    key.chmod(0o640)
    assert loaded(tmp_path, WHOLE.replace(CANARY, "file:key")).warnings == ()


def test_x4_a_password_in_the_database_url_counts_as_a_secret(tmp_path: Path) -> None:
    from syncd.config import load  # noqa: PLC0415 (the helper would close the file again)

    text = WHOLE.replace("sqlite:///syncd.db", f"postgresql://ida:{CANARY}@db/x").replace(f'"{CANARY}"', '"env:T"')
    assert loaded(tmp_path, text, {"T": "t"}).warnings == ()
    (tmp_path / "config.toml").chmod(0o644)
    (warning,) = load(tmp_path / "config.toml", environ={"T": "t"}).warnings
    assert "database.url has a password in a file that every user" in warning
    assert CANARY not in warning


def test_a_database_url_may_stand_elsewhere(tmp_path: Path) -> None:
    text = WHOLE.replace("sqlite:///syncd.db", "env:DATABASE_URL")
    config = loaded(tmp_path, text, {"DATABASE_URL": "postgresql://ida:secret-pass@db/x"})
    assert config.database.shown == "postgresql://ida:***@db/x"
    assert "secret-pass" in config.secrets()
