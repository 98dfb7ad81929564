"""What the page's tests share: the browser."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio
from playwright.async_api import Browser

from tests.web.site import browser_or_skip


@pytest_asyncio.fixture
async def browser() -> AsyncIterator[Browser]:
    """Chromium; without it the tests that ask for it are skipped, or fail in CI."""
    async for found in browser_or_skip():
        yield found
