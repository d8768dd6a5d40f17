"""Sources that show nothing without JavaScript: their pages are opened in a browser (the extra `render`)."""

from __future__ import annotations

from contextlib import suppress
from importlib.util import find_spec
from typing import Any

from crawler.errors import ConfigError, Problem

_HANDLER = "crawler.middlewares.browser.BrowserDownloadHandler"
_WASTE = frozenset({"image", "media", "font", "stylesheet", "websocket", "ping"})
SETTLE_MS = 5000  # a page that goes on asking its server is read as it stands then


def handlers(source_id: str) -> dict[str, str]:
    """Scrapy's DOWNLOAD_HANDLERS for a browser. Raises ConfigError when scrapy-playwright is not installed."""
    if find_spec("scrapy_playwright") is None:
        problem = Problem(
            0, 0, "render: true requires a browser", "run pip install 'wirewatch[render]'; playwright install chromium"
        )
        raise ConfigError((problem,), subject=source_id)
    return {"http": _HANDLER, "https": _HANDLER}


def meta() -> dict[str, Any]:
    """What a request needs to be opened in a browser."""
    from scrapy_playwright.page import PageMethod  # noqa: PLC0415  an extra

    return {"playwright": True, "playwright_page_methods": [PageMethod(settled)]}


async def settled(page: Any) -> None:
    """Waits until a page (Playwright's) has asked nothing for half a second: its text often comes after it loaded."""
    from playwright.async_api import TimeoutError as PlaywrightTimeout  # noqa: PLC0415  an extra

    with suppress(PlaywrightTimeout):
        await page.wait_for_load_state("networkidle", timeout=SETTLE_MS)


def is_waste(request: Any) -> bool:
    """Whether a page's request (Playwright's) brings no text."""
    return request.resource_type in _WASTE
