"""Who may see and do what: names, tokens, sessions, forms, and what never appears on a page."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from syncd.config import ServerConfig
from syncd.secret import Secret
from syncd.web.guard import SESSION, Guard, is_form
from tests.configured import NOW, WHOLE, loaded, problems
from tests.daemon.processes import FEW, Clock, until
from tests.kit import NAME
from tests.web.site import TOKEN, Site, started, within

HTML = {"Accept": "text/html"}
BEARER = {"Authorization": f"Bearer {TOKEN}"}
PATHS = (
    "/",
    f"/c/{NAME}",
    f"/c/{NAME}/staff",
    "/errors",
    "/rejects",
    "/login",
    "/elsewhere",
    "/metrics",
    "/api/status",
)


# --- the configuration ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("listen", ["0.0.0.0:8787", "192.0.2.1:80", "[::]:8787", "page.example.com:8787"])
def test_to_listen_beyond_loopback_without_a_token_is_a_problem(tmp_path: Path, listen: str) -> None:
    (problem,) = problems(tmp_path, f'{WHOLE}[server]\nlisten = "{listen}"\n')
    assert "server.token" in problem
    assert () == problems(tmp_path, f'{WHOLE}[server]\nlisten = "{listen}"\ntoken = "{TOKEN}"\n')


@pytest.mark.parametrize("listen", ["127.0.0.1:0", "localhost:80", "[::1]:8787", "off"])
def test_loopback_needs_no_token(tmp_path: Path, listen: str) -> None:
    assert () == problems(tmp_path, f'{WHOLE}[server]\nlisten = "{listen}"\n')


def test_a_token_that_can_be_guessed_is_warned_of(tmp_path: Path) -> None:
    (warning,) = [w for w in loaded(tmp_path, f'{WHOLE}[server]\ntoken = "short"\n').warnings if "server" in w]
    assert "can be guessed" in warning
    assert "short" not in warning.replace("shorter", "")


# --- pure decisions ---------------------------------------------------------------------------------------------------
def guard(token: str | None = TOKEN, listen: str = "127.0.0.1:8787") -> Guard:
    return Guard(ServerConfig(listen, Secret(token) if token else None))


def test_a_session_ends_with_its_time_its_token_and_any_change_of_it() -> None:
    ours = guard()
    cookie = ours.session(NOW)
    assert ours.opened(cookie, NOW) is not None
    assert guard().opened(cookie, NOW) is not None, "also after a restart"
    assert ours.opened(cookie, NOW + SESSION + timedelta(seconds=1)) is None
    assert guard("another-token").opened(cookie, NOW) is None
    until_, _, rest = cookie.partition(".")
    for forged in (f"{int(until_) + 9}.{rest}", cookie[:-1], "", "..", "9999999999.x.y", "é.x.y", "1" * 9999, rest):
        assert ours.opened(forged, NOW) is None, forged


def test_a_form_belongs_to_one_session() -> None:
    ours = guard()
    one, other = (ours.opened(ours.session(NOW), NOW) for _ in range(2))
    assert one is not None
    assert other is not None
    assert is_form(one, one.csrf)
    assert not is_form(one, other.csrf)
    assert not is_form(one, "")
    assert not is_form(one, "é")


def test_without_a_token_there_is_no_session() -> None:
    nobody = guard(None)
    assert not nobody.can_sign_in
    assert nobody.opened(nobody.session(NOW), NOW) is None
    assert not nobody.accepts("")


@pytest.mark.parametrize(
    "host, known",
    [
        ("127.0.0.1:8787", True), ("localhost:8787", True), ("LOCALHOST", True), ("[::1]:8787", True),
        ("192.0.2.7", True), ("evil.example.com:8787", False), ("localhost.evil.example.com", False),
        ("127.0.0.1.nip.io", False), ("", False), ("[", False), ("a@127.0.0.1", True),
    ],
)  # fmt: skip
def test_only_names_that_nobody_can_rebind_are_known(host: str, known: bool) -> None:
    assert known is guard().knows(host)


# --- names ------------------------------------------------------------------------------------------------------------
async def test_a_rebound_name_sees_nothing(tmp_path: Path, sqlite_url: str) -> None:
    async with within(tmp_path, sqlite_url) as (site, _):
        for path in (*PATHS, f"/c/{NAME}?x=1"):
            if path == "/login":
                continue
            answer = await site.get(path, Host="evil.example.com")
            assert 421 == answer.status, path
            assert FEW[0] not in answer.text
        assert 421 == (await site.post("/login", {"token": TOKEN}, Host="evil.example.com")).status
        assert 200 == (await site.get("/healthz", Host="evil.example.com")).status, "which tells nothing"
        # Whoever has the token is no stranger's page: a scraper may use any name.
        assert 200 == (await site.get("/metrics", Host="syncd.internal:8787", **BEARER)).status


# --- asking for something ---------------------------------------------------------------------------------------------
async def test_without_a_token_the_page_only_shows(tmp_path: Path, sqlite_url: str) -> None:
    async with within(tmp_path, sqlite_url, token=None) as (site, _):
        overview = (await site.get("/", **HTML)).text
        assert "<button" not in overview
        assert "This page only shows" in overview
        answer = await site.post("/act", {"verb": "trigger", "selector": NAME})
        assert 403 == answer.status
        assert "server.token" in answer.text
        assert [] == site.here.rows("SELECT * FROM syncd_tasks")


async def test_the_token_starts_pauses_and_resumes(tmp_path: Path, sqlite_url: str) -> None:
    async with within(tmp_path, sqlite_url) as (site, _):
        await site.here.ran(len(FEW))
        answer = await site.post("/act", {"verb": "trigger", "selector": f"{NAME}.clients"}, **BEARER)
        assert 202 == answer.status
        assert {NAME: ["clients"]} == json.loads(answer.text)["wanted"]
        await site.here.ran(2, collection="clients")
        for verb, state in (("pause", "paused"), ("resume", "ok")):
            assert 202 == (await site.post("/act", {"verb": verb, "selector": NAME}, **BEARER)).status
            await until(lambda: _all_done(site), "done")
            (one,) = json.loads((await _fresh(site)).text)["connections"]
            assert state == one["state"]


def _all_done(site: Site) -> bool:
    return {"done"} == {row["state"] for row in site.here.rows("SELECT * FROM syncd_tasks")}


async def _fresh(site: Site) -> Any:
    """The status document of now: it is kept for a second."""
    before = (await site.get("/api/status")).text
    ends = time.monotonic() + 10
    while time.monotonic() < ends and (answer := await site.get("/api/status")).text == before:
        pass
    return answer


async def test_what_cannot_be_asked_for_is_refused_in_words(tmp_path: Path, sqlite_url: str) -> None:
    async with within(tmp_path, sqlite_url) as (site, _):
        for fields, status in (
            ({"verb": "forget", "selector": NAME}, 400),
            ({"verb": "trigger", "selector": "elsewhere"}, 404),
            ({"verb": "trigger", "selector": f"{NAME}.cases"}, 404),
            ({"verb": "trigger"}, 404),
            ({}, 400),
        ):
            assert status == (await site.post("/act", fields, **BEARER)).status, fields
        assert [] == site.here.rows("SELECT * FROM syncd_tasks")
        assert 405 == (await site.get("/act", **BEARER)).status, "nothing is done by a link"


async def test_a_wrong_token_does_nothing_and_costs_time(tmp_path: Path, sqlite_url: str) -> None:
    clock = Clock()
    async with within(tmp_path, sqlite_url, clock=clock) as (site, _):
        began = clock.monotonic()
        answer = await site.post("/act", {"verb": "trigger", "selector": NAME}, Authorization="Bearer wrong")
        assert 401 == answer.status
        assert 1.0 <= clock.monotonic() - began
        answer = await site.post("/login", {"token": "wrong"}, **HTML)
        assert 403 == answer.status
        assert "That is not the token." in answer.text
        assert {} == answer.cookies
        assert [] == site.here.rows("SELECT * FROM syncd_tasks")


async def test_a_session_needs_the_forms_own_mark_and_our_own_page(tmp_path: Path, sqlite_url: str) -> None:
    async with within(tmp_path, sqlite_url) as (site, _):
        await site.here.ran(len(FEW))
        csrf = await site.sign_in()
        wish = {"verb": "trigger", "selector": f"{NAME}.clients", "back": f"/c/{NAME}"}
        for fields, headers in (
            (wish, {}),
            (wish | {"csrf": "0" * 64}, {}),
            (wish | {"csrf": csrf}, {"Origin": "https://evil.example.com"}),
            (wish | {"csrf": csrf}, {"Origin": "null"}),
            (wish | {"csrf": csrf}, {"Sec_Fetch_Site": "cross-site"}),
            (wish | {"csrf": csrf}, {"Sec_Fetch_Site": "same-site"}),
        ):
            assert 403 == (await site.post("/act", fields, **headers)).status, (fields, headers)
        assert [] == site.here.rows("SELECT * FROM syncd_tasks")
        answer = await site.post("/act", wish | {"csrf": csrf}, Origin=site.url, Sec_Fetch_Site="same-origin", **HTML)
        assert 303 == answer.status
        assert answer.headers["Location"].startswith(f"/c/{NAME}?task=")
        await site.here.ran(2, collection="clients")
        led = await site.get(answer.headers["Location"], **HTML)
        assert "To be read now:" in led.text


async def test_a_form_leads_back_to_our_own_pages_only(tmp_path: Path, sqlite_url: str) -> None:
    async with within(tmp_path, sqlite_url) as (site, _):
        csrf = await site.sign_in()
        for back in ("https://evil.example.com/", "//evil.example.com", "/\\evil.example.com", "javascript:alert(1)"):
            wish = {"verb": "pause", "selector": NAME, "back": back, "csrf": csrf}
            assert "/" == (await site.post("/act", wish, **HTML)).headers["Location"], back


async def test_the_cookie_is_for_us_alone(tmp_path: Path, sqlite_url: str) -> None:
    async with within(tmp_path, sqlite_url) as (site, _):
        answer = await site.post("/login", {"token": TOKEN})
        cookie = answer.headers["Set-Cookie"]
        for part in ("HttpOnly", "SameSite=Strict", "Path=/", "Max-Age=43200"):
            assert part in cookie
        assert TOKEN not in cookie
        csrf = await site.sign_in()
        assert 403 == (await site.post("/logout", {})).status, "nor signed out by another page"
        answer = await site.post("/logout", {"csrf": csrf})
        assert "Max-Age=0" in answer.headers["Set-Cookie"]


# --- beyond loopback --------------------------------------------------------------------------------------------------
async def test_beyond_loopback_nothing_is_told_without_the_token(tmp_path: Path, sqlite_url: str) -> None:
    async with started(tmp_path, sqlite_url, listen="0.0.0.0:0") as (site, _):
        await site.here.ran(len(FEW))
        for path in ("/", f"/c/{NAME}", "/errors", "/rejects", "/elsewhere"):
            answer = await site.get(path, **HTML)
            assert (303, "/login") == (answer.status, answer.headers["Location"]), path
        for path in ("/metrics", "/api/status", "/"):
            answer = await site.get(path)
            assert 401 == answer.status, path
            assert FEW[0] not in answer.text
            assert 200 == (await site.get(path, **BEARER)).status, path
        for path in ("/healthz", "/readyz", "/login"):
            assert 200 == (await site.get(path)).status, path
        await site.sign_in()
        assert 200 == (await site.get("/", **HTML)).status


# --- what never appears -----------------------------------------------------------------------------------------------
def _spellings(secret: str) -> Iterator[str]:
    yield from (secret, quote(secret, safe=""), secret.encode().hex())


async def test_x1_no_secret_is_on_any_page_or_in_any_metric(tmp_path: Path, sqlite_url: str) -> None:
    """Also where the vendor sends ours back in its refusal."""

    def echo(vendor: Any) -> None:
        vendor.switch.fail("status", status=400, path="/staff", body=f"no {vendor.token} here, nor {TOKEN}")

    async with within(tmp_path, sqlite_url, prepare=echo) as (site, _):
        await site.here.ran(1, "failed", "staff")
        csrf = await site.sign_in()
        await site.post("/act", {"verb": "trigger", "selector": f"{NAME}.staff", "csrf": csrf, "back": "/"}, **HTML)
        await site.here.ran(2, "failed", "staff")
        told = [(path, await site.get(path, **HTML)) for path in (*PATHS, "/?task=1", "/readyz", "/healthz")]
        assert "refused /staff" in told[3][1].text
        for path, answer in told:
            for secret in (site.here.vendor.token, TOKEN):
                for spelled in _spellings(secret):
                    assert spelled not in answer.text + json.dumps(dict(answer.headers)), path


async def test_x3_a_vendors_text_is_text(tmp_path: Path, sqlite_url: str) -> None:
    attack = "<script>alert(1)</script>\x1b[31m\u202e"

    def say(vendor: Any) -> None:
        vendor.switch.fail("status", status=400, path="/staff", body=attack)

    async with within(tmp_path, sqlite_url, prepare=say) as (site, _):
        await site.here.ran(1, "failed", "staff")
        for path in ("/", f"/c/{NAME}/staff", "/errors", f"/rejects?of={quote(attack)}", f"/c/{quote(attack)}"):
            page = (await site.get(path, **HTML)).text
            assert "<script>alert" not in page, path
            assert "\x1b" not in page, path
            assert "\u202e" not in page, path


async def test_every_answer_carries_the_headers_that_bind_browsers(tmp_path: Path, sqlite_url: str) -> None:
    async with within(tmp_path, sqlite_url) as (site, _):
        for path in (*PATHS, "/healthz", "/static/page.css", "/act"):
            headers = (await site.get(path, **HTML)).headers
            assert "default-src 'none'" in headers["Content-Security-Policy"], path
            assert "unsafe" not in headers["Content-Security-Policy"], path
            assert "nosniff" == headers["X-Content-Type-Options"], path
            assert "DENY" == headers["X-Frame-Options"], path
            kept = "immutable" if path.startswith("/static") else "no-store"
            assert kept in headers["Cache-Control"], path
            assert "aiohttp" not in headers["Server"].lower(), path


def test_a_name_that_is_learned_later_is_one_of_ours() -> None:
    """The machine's full name is asked of the resolver beside the start."""
    guard = Guard(ServerConfig("127.0.0.1:8787", None))
    assert not guard.knows("box.example.net:8787")
    guard.learn("Box.example.net.")
    assert guard.knows("box.example.net:8787")
    guard.learn("")
    assert not guard.knows("")
