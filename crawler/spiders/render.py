"""Sources that show nothing without JavaScript: their pages are opened in a browser (the extra `render`)."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

from crawler.errors import ConfigError, Problem

_HANDLER = "scrapy_playwright.handler.ScrapyPlaywrightDownloadHandler"
_WASTE = frozenset({"image", "media", "font", "stylesheet", "websocket", "ping"})


def handlers(source_id: str) -> dict[str, str]:
    """Scrapy's DOWNLOAD_HANDLERS for a browser. Raises ConfigError when scrapy-playwright is not installed."""
    if find_spec("scrapy_playwright") is None:
        problem = Problem(
            0, 0, "render: true needs a browser", "pip install 'wirewatch[render]'; playwright install chromium"
        )
        raise ConfigError((problem,), subject=source_id)
    return {"http": _HANDLER, "https": _HANDLER}


def is_waste(request: Any) -> bool:
    """Whether a page's request (Playwright's) brings no text."""
    return request.resource_type in _WASTE
