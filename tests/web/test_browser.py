"""The page in a browser: by keyboard, in the dark, on a phone, without scripts, alive, and never jumping."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from tests.daemon.processes import FEW, until
from tests.kit import NAME
from tests.web.site import TOKEN, looking, within

LOOKS = (Path(__file__).parent / "looks.js").read_text()
PAGES = ("/", f"/c/{NAME}", f"/c/{NAME}/clients", f"/c/{NAME}/staff", "/errors", "/rejects", "/login", "/elsewhere")
PHONE, DESK = {"width": 360, "height": 740}, {"width": 1280, "height": 900}


def _refuse(vendor: Any) -> None:
    vendor.switch.fail("status", status=400, path="/staff")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("window", [DESK, PHONE], ids=["desk", "phone"])
async def test_everybody_can_read_and_use_every_page(
    tmp_path: Path, sqlite_url: str, browser: Browser, scheme: Any, window: Any
) -> None:
    """Labels, headings, contrast, sizes, and nothing wider than the window; with somebody signed in and without."""
    async with within(tmp_path, sqlite_url, prepare=_refuse) as (site, _):
        await site.here.ran(1, "failed", "staff")
        await site.here.ran(2)
        found: dict[str, list[str]] = {}
        for signed_in in (False, True):
            async with looking(browser, site, signed_in=signed_in, color_scheme=scheme, viewport=window) as page:
                for path in PAGES:
                    if path == "/elsewhere":
                        continue  # the browser itself complains of a page that is not there
                    await page.goto(site.url + path)
                    found[f"{path} {signed_in}"] = await page.evaluate(LOOKS)
        assert {} == {path: problems for path, problems in found.items() if problems}


async def test_dark_is_dark(tmp_path: Path, sqlite_url: str, browser: Browser) -> None:
    grounds = {}
    async with within(tmp_path, sqlite_url) as (site, _):
        for scheme in ("light", "dark"):
            async with looking(browser, site, color_scheme=scheme) as page:
                await page.goto(site.url)
                grounds[scheme] = await page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert {"light": "rgb(246, 246, 244)", "dark": "rgb(19, 23, 26)"} == grounds


async def test_everything_can_be_done_by_keyboard(tmp_path: Path, sqlite_url: str, browser: Browser) -> None:
    """From the first Tab on, and what is under the cursor can always be seen."""
    async with within(tmp_path, sqlite_url, names=("clients",)) as (site, _):
        await site.here.ran(1)
        async with looking(browser, site) as page:
            await page.goto(site.url)
            await page.keyboard.press("Tab")
            assert "To the content" == await _focused(page)
            await _tab_to(page, "Sign in")
            await page.keyboard.press("Enter")
            await page.wait_for_url("**/login")
            await _tab_to(page, "")
            await page.keyboard.type(TOKEN)
            await page.keyboard.press("Enter")
            await page.wait_for_url(f"{site.url}/")
            await _tab_to(page, f"Read {NAME} now")
            await page.keyboard.press("Space")
            await page.wait_for_url("**/?task=*")
            await site.here.ran(2)
            await _tab_to(page, f"Pause {NAME}")
            await page.keyboard.press("Enter")
            await until(lambda: bool(_paused(site)), "paused")


def _paused(site: Any) -> list[Any]:
    return list(site.here.rows("SELECT * FROM syncd_connections WHERE paused_at IS NOT NULL"))


async def _focused(page: Page) -> str:
    """What the thing under the cursor is called; it has to have an outline that can be seen."""
    told = await page.evaluate(
        "() => { const a = document.activeElement, s = getComputedStyle(a), name = a.getAttribute('aria-label');"
        " return [name || a.textContent.trim(), a.tagName, parseFloat(s.outlineWidth), s.outlineStyle] }"
    )
    if told[1] != "BODY":
        assert told[2] >= 2, f"no focus to be seen: {told}"
        assert told[3] != "none", f"no focus to be seen: {told}"
    return str(told[0])


async def _tab_to(page: Page, name: str) -> None:
    for _ in range(60):
        await page.keyboard.press("Tab")
        if name == await _focused(page):
            return
    pytest.fail(f"{name!r} cannot be reached")


async def test_everything_works_without_scripts(tmp_path: Path, sqlite_url: str, browser: Browser) -> None:
    async with within(tmp_path, sqlite_url) as (site, _):
        await site.here.ran(len(FEW))
        async with looking(browser, site, signed_in=True, java_script_enabled=False) as page:
            await page.get_by_role("link", name="clients", exact=True).click()
            await expect(page.get_by_role("heading", name="clients")).to_be_visible()
            await page.get_by_role("button", name=f"Read {NAME}.clients now").click()
            await expect(page.get_by_role("status").filter(has_text="To be read now")).to_be_visible()
            await site.here.ran(2, collection="clients")
            await page.reload()
            await expect(page.get_by_text("To be read now: done.")).to_be_visible()
            await page.get_by_role("button", name=f"Pause {NAME}.clients").click()
            await until(lambda: 1 == len(_task_of(site, "pause")), "asked for")
            await page.get_by_role("button", name="Sign out").click()
            await expect(page.get_by_role("link", name="Sign in")).to_be_visible()


def _task_of(site: Any, verb: str) -> list[Any]:
    return list(site.here.rows(f"SELECT * FROM syncd_tasks WHERE verb = '{verb}' AND state = 'done'"))


async def test_what_changes_is_shown_by_itself_and_nothing_moves(
    tmp_path: Path, sqlite_url: str, browser: Browser
) -> None:
    async with within(tmp_path, sqlite_url) as (site, daemon):
        await site.here.ran(len(FEW))
        async with looking(browser, site, viewport=DESK) as page:
            await page.add_init_script(
                "window.shifts = []; new PerformanceObserver(list => window.shifts.push(...list.getEntries().map(e => "
                "[e.value, ...e.sources.map(s => s.node?.nodeName + ' ' + s.node?.id)])))"
                ".observe({type: 'layout-shift', buffered: true})"
            )
            await page.goto(f"{site.url}/c/{NAME}/clients")
            state = page.locator("#sum .pill")
            await expect(state).to_have_text("fresh")
            await daemon.service.store.pause(NAME, ["clients"])
            await expect(state).to_have_text("paused", timeout=20_000)
            await daemon.service.store.resume(NAME, ["clients"])
            await expect(state).to_have_text("fresh", timeout=20_000)
            assert [] == await page.evaluate("window.shifts")


async def test_a_daemon_that_is_gone_is_told_on_the_page(tmp_path: Path, sqlite_url: str, browser: Browser) -> None:
    async with within(tmp_path, sqlite_url) as (site, daemon):
        context = await browser.new_context()
        page = await context.new_page()
        await page.goto(site.url)
        daemon.stop.set()
        await daemon.task
        await expect(page.locator("#live-note")).to_have_text(
            "syncd does not answer; this is how it was.", timeout=20_000
        )
        await context.close()
