"""X1 as a whole: a daemon over four vendors in a storm of faults, at level debug, then everything it left behind."""

from __future__ import annotations

import contextlib
import json
import signal
import sqlite3
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, quote_plus

import aiohttp
import pytest

from syncd.standin import StandIn
from tests.daemon.processes import started, until
from tests.receivers import Hook, hook
from tests.standins import served

PAGE_TOKEN, HASH_KEY = "canary/page+T0ken 7f3e", "canary-hash&Key=7f3e91"
FAULTS: tuple[tuple[str, dict[str, object]], ...] = (
    ("echo", {"status": 500}), ("echo", {"status": 400}), ("echo", {"status": 404}), ("echo", {"status": 200}),
    ("html", {}), ("redirect", {}), ("cut_body", {}), ("deprecated", {}), ("reset", {}),
)  # fmt: skip
SECRET = {"token", "password", "api_key"}


@contextlib.contextmanager
def vendors() -> Iterator[dict[str, StandIn]]:
    with contextlib.ExitStack() as stack:
        yield {
            name: stack.enter_context(served(vendor))
            for name, vendor in {
                "trackops": StandIn.trackops(seed=3, cases=4),
                "trackunit": StandIn.trackunit(units=2, days=3, rows_per_day=2),
                "itrack": StandIn.itrack(trackers=2, days=3),
                "trackier": StandIn.trackier(campaigns=3, days=3),
            }.items()
        }


def settings(name: str, vendor: StandIn) -> dict[str, str]:
    wanted = {
        "trackops": ("username", "token"), "trackunit": ("token",), "itrack": ("login", "password"),
        "trackier": ("api_key", "time_zone"),
    }  # fmt: skip
    return {key: vendor.credentials[key] for key in wanted[name]}


def configuration(accounts: dict[str, StandIn], channels: list[Hook]) -> str:
    parts = [
        '[database]\nurl = "sqlite:///syncd.db"',
        f'[server]\nlisten = "127.0.0.1:0"\ntoken = {json.dumps(PAGE_TOKEN)}',
        f"[privacy]\nhash_key = {json.dumps(HASH_KEY)}",
        f"[alerts]\nurls = {json.dumps([each.url for each in channels])}",
    ]
    for name, vendor in accounts.items():
        own = "\n".join(f"{key} = {json.dumps(value)}" for key, value in settings(name, vendor).items())
        more = 'token_in = "url"' if name == "trackunit" else ""
        parts.append(
            f'[connections.{name}]\nvendor = "{name}"\nbase_url = "{vendor.url}"\nrate = "2000/s"\nsince = "3d"\n'
            f"timeout = 5\n{own}\n{more}"
        )
    return "\n".join(parts)


def forms(secret: str) -> set[str]:
    """A secret as it may be written: plain, URL-encoded, escaped, and within base64 wherever it lies there."""
    found = {secret, quote(secret), quote(secret, safe=""), quote_plus(secret), json.dumps(secret)[1:-1]}
    for shift in range(3):
        core = b64encode(b"\0" * shift + secret.encode()).decode()[(0, 2, 3)[shift] :].rstrip("=")[:-2]
        found |= {core, core.replace("+", "-").replace("/", "_")}
    return {form for form in found if len(form) >= 6}


def tables(file: Path) -> str:
    with contextlib.closing(sqlite3.connect(file)) as copy:
        names = [name for (name,) in copy.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return "\n".join(str(row) for name in names for row in copy.execute(f'SELECT * FROM "{name}"'))


def ended(file: Path) -> int:
    with contextlib.closing(sqlite3.connect(file)) as copy:
        row = copy.execute(
            "SELECT count(DISTINCT connection || collection) FROM syncd_runs WHERE finished_at IS NOT NULL"
        )
        return int(row.fetchone()[0])


async def fetched(url: str) -> str:
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        return await answer.text()


@pytest.fixture
def channels() -> Iterator[list[Hook]]:
    with hook() as good, hook() as bad:
        good.token, bad.token, bad.status = "canary-T0ken-good-1", "canary-T0ken-bad-22", 500
        yield [good, bad]


async def test_x1_no_secret_is_left_anywhere_by_a_daemon_in_a_storm_of_faults(
    tmp_path: Path, channels: list[Hook]
) -> None:
    code = "from syncd.daemon import alerting\nalerting.LOOK_S = 0.2\n"
    with vendors() as accounts:
        file = tmp_path / "config.toml"
        file.write_text(configuration(accounts, channels))
        file.chmod(0o600)
        for vendor in accounts.values():
            vendor.switch.storm(0.2, FAULTS)
        async with started(tmp_path, "--debug", "run", code=code) as daemon:
            await daemon.says("started", 60)
            await until(lambda: ended(tmp_path / "syncd.db") >= 40, "runs of many collections", 90)
            # In the end a vendor refuses, and repeats what it was sent.
            accounts["trackops"].switch.fail("echo", status=401)
            daemon.signal(signal.SIGHUP)
            await daemon.says("connection_stopped", 90)
            await daemon.says("alert_sent", 30)
            await daemon.says("alert_failed", 30)
            page = [event["url"] for event in daemon.said if event["action"] == "page_served"][-1]
            pages = [await fetched(page + path) for path in ("", "c/trackops", "metrics", "api/status")]
            daemon.signal(signal.SIGTERM)
            await daemon.ends(20)
        said = [json.dumps(event, ensure_ascii=False) for event in daemon.said] + daemon.text + [daemon.out]
        for arguments in (
            ("status", "--json"), ("runs", "--json"), ("rejects", "--json"), ("config", "show"), ("alert", "test"),
            ("check", "--json"), ("plan", "--json"),
        ):  # fmt: skip
            async with started(tmp_path, "--debug", *arguments) as command:
                await command.ends(60)
            said += [str(command.said), *command.text, command.out]
        secrets = {
            value for name, vendor in accounts.items() for key, value in settings(name, vendor).items() if key in SECRET
        }
        secrets |= {PAGE_TOKEN, HASH_KEY, *(each.token for each in channels)}
        session = json.loads((tmp_path / "sessions/itrack.json").read_text())
        places = {
            "output": "\n".join(said),
            "tables": tables(tmp_path / "syncd.db"),
            "file": (tmp_path / "syncd.db").read_bytes().decode("latin-1"),
            "alerts": str(channels[0].got),
            "pages": "\n".join(pages),
            "session": str(session | {"token": ""}),
        }
    assert 8 == len(secrets)
    everywhere = {form for secret in (*secrets, session["token"]) for form in forms(secret)}
    assert [] == [(place, form) for place, text in places.items() for form in everywhere if form in text]
    # The storm was one: faults were met, and what they brought was said.
    assert {"answered", "retry", "run_ended", "notice", "connection_stopped"} <= set(daemon.actions())
    assert "***" in places["output"]
    assert channels[0].got
    assert all("trackops" in page for page in pages), [page[:200] for page in pages]
