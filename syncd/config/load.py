"""From what was written to a Config: every problem at once, or a value that needs no further checks."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from syncd.clock import Clock, SystemClock
from syncd.config import addresses, keys
from syncd.config.connections import connections
from syncd.config.privacy import privacy
from syncd.config.reader import Reader
from syncd.config.source import read
from syncd.config.values import AlertsConfig, Config, DatabaseConfig, LogConfig, ServerConfig
from syncd.errors import ConfigError
from syncd.secret import SOURCES, Secret

SHORTEST_TOKEN = 16


def load(
    path: Path | None = None,
    *,
    environ: Mapping[str, str] | None = None,
    clock: Clock | None = None,
    secrets: bool = True,
) -> Config:
    """The checked configuration of *path*, or of the first file found (``source.find``), under the environment.

    With *secrets* False a secret that cannot be read is a warning: for commands that speak to no vendor.
    Raises ConfigError with every problem in ``problems``.
    """
    environ = os.environ if environ is None else environ
    source = read(path, environ)
    reader = Reader(source, environ, secrets)
    top = reader.values((), keys.TOP, besides=(*keys.SECTIONS, "connections"), what="the configuration")
    sections = {
        name: reader.values((name,), section, what=f"[{name}]") if name in source.tree or name == "database" else {}
        for name, section in keys.SECTIONS.items()
    }
    database = _database(reader, sections["database"])
    server = _server(reader, sections["server"])
    hashes = privacy(reader, sections["privacy"])
    alerts = AlertsConfig(**{**sections["alerts"], "urls": _alert_urls(reader, sections["alerts"].get("urls", ()))})
    found = connections(reader, hashes, now=(clock or SystemClock()).now())
    if reader.problems or database is None:
        raise _refusal(reader, source.file)
    return Config(
        path=source.file,
        database=database,
        state_dir=_state_dir(reader, top.get("state_dir"), database),
        connections=found,
        server=server,
        alerts=alerts,
        log=LogConfig(**sections["log"]),
        privacy=hashes,
        warnings=tuple(reader.warnings),
    )


def _refusal(reader: Reader, file: Path | None) -> ConfigError:
    problems = tuple(dict.fromkeys(reader.problems))
    many = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
    return ConfigError(f"The configuration {file or 'in the environment'} has {many}.", problems=problems)


def _with_secret(reader: Reader, section: str, name: str, values: dict[str, Any]) -> dict[str, Any]:
    if name not in values:
        return values
    return {**values, name: reader.secret((section, name), values[name])}


def _alert_urls(reader: Reader, written: Sequence[str]) -> tuple[Secret, ...]:
    path = ("alerts", "urls")
    found = []
    for number, text in enumerate(written, 1):
        url = reader.secret(path, text)
        if url is None:
            continue
        if addresses.is_address(url.reveal()):
            found.append(url)
        else:
            # The text itself may be a token that was put in the wrong place.
            reader.problem(
                path,
                f"alerts.urls, number {number}, is no address; allowed is KIND://…, such as "
                '"mailtos://USER:PASSWORD@example.com" or "slack://…" (see https://appriseit.com).',
            )
    return tuple(found)


def _server(reader: Reader, values: dict[str, Any]) -> ServerConfig:
    server = ServerConfig(**_with_secret(reader, "server", "token", values))
    if server.address is not None and not addresses.is_loopback(server.address[0]) and "token" not in values:
        reader.problem(
            ("server", "listen"),
            f"server.listen {server.listen!r} can be reached from other machines, and there is no server.token; "
            "set one, or listen on 127.0.0.1.",
        )
    if server.token is not None and len(server.token.reveal()) < SHORTEST_TOKEN:
        reader.warn(
            ("server", "token"),
            f"server.token is shorter than {SHORTEST_TOKEN} characters: it can be guessed; `openssl rand -hex 24`.",
        )
    return server


def _database(reader: Reader, values: dict[str, Any]) -> DatabaseConfig | None:
    path = ("database", "url")
    text = values.get("url")
    if text is None:
        return None
    literal = not text.startswith(SOURCES)
    if not literal:
        secret = reader.secret(path, text)
        if secret is None:
            if not reader.secrets:
                reader.problem(path, "database.url: without it there is no database to look at.")
            return None
        text = secret.reveal().strip()
    try:
        if text.startswith("sqlite:"):
            url = addresses.sqlite_url(text, reader.folder)
            return DatabaseConfig(url, url)
        url, shown, password = addresses.postgresql_url(text)
    except ValueError as error:
        allowed = f"{error}" if text.startswith(("sqlite:", "postgres")) else f'"sqlite:///FILE" or {error}'
        # A text that is no URL may still have a password in it somewhere.
        reader.problem(path, f"database.url is {text.partition(':')[0][:20]!r}:…; allowed is {allowed}.")
        return None
    if password and literal and reader.is_open(path):
        reader.warn(
            path,
            "database.url has a password in a file that every user of this machine can read; "
            f"`chmod 600 {reader.source.file}`.",
        )
    return DatabaseConfig(url, shown, Secret(password, source="database.url") if password else None)


def _state_dir(reader: Reader, written: str | None, database: DatabaseConfig) -> Path:
    environ = reader.environ
    if written is not None:
        return (reader.folder / Path(written).expanduser()).absolute()
    if environ.get("STATE_DIRECTORY"):
        # systemd gives several folders separated by colons, the first one is the unit's own.
        return Path(environ["STATE_DIRECTORY"].split(":")[0]).absolute()
    if database.file is not None:
        return database.file.parent
    home = environ.get("XDG_STATE_HOME") or Path(environ.get("HOME") or "~").expanduser() / ".local" / "state"
    return Path(home) / "syncd"
