"""The base of all spiders: the source that is crawled, and the settings that its entry in the watch file changes."""

from __future__ import annotations

import os
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final, Self
from urllib.parse import urlsplit

from pydantic import SecretStr
from scrapy import Request, Spider
from scrapy.crawler import Crawler
from scrapy.settings import BaseSettings
from twisted.python.failure import Failure

from crawler.config import Source, Watch, load_watch
from crawler.dedupe.urls import registered_domain
from crawler.errors import ConfigError, Problem
from crawler.extensions.context import CrawlContext
from crawler.extensions.contract import SpiderContract
from crawler.health.canary import CANARY

SETTLE_MS: Final = 5000  # a page that still makes requests is read as it is after this time
_BROWSER_HANDLER: Final = "crawler.middlewares.browser.BrowserDownloadHandler"
_WITHOUT_TEXT: Final = frozenset({"image", "media", "font", "stylesheet", "websocket", "ping"})


class SourceSpider(SpiderContract, Spider):
    """A spider that may crawl a source: `-a source=ID` takes it from the watch file.

    Subclass it for a site of its own and name the spider in the watch file (`spider: NAME`): each
    `crawler.items.Article` that it yields is deduplicated, matched, stored and alerted like every other article.
    """

    def __init__(self, **kwargs: Any) -> None:
        self._has_cookies: set[str] = set()
        super().__init__(**kwargs)

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        """Find the source and apply it to the settings; an unknown source ends the crawl as it opens."""
        source_id = kwargs.pop("source", None)
        spider = super().from_crawler(crawler, *args, **kwargs)
        if source_id:
            try:
                spider.watch = spider.runtime.watch if spider.runtime else read_watch(crawler.settings)
                hidden = spider.runtime.source(source_id) if spider.runtime and source_id == CANARY else None
                spider.source = hidden or find_source(spider.watch, source_id)
                changed = source_settings(spider.source, crawler.settings)
            except ConfigError as error:
                spider.config_error = error
                return spider
            for name, value in changed.items():
                crawler.settings.set(name, value, priority="spider")
        return spider

    @property
    def context(self) -> CrawlContext:
        """The crawl context."""
        return CrawlContext.of(self.crawler)

    def request(self, url: str, *, page: bool = True, **kwargs: Any) -> Request:
        """Return a request with the source's headers and cookies, which are only sent to its own site.

        `page`: a page for readers, which a source with `render: true` opens in a browser.
        """
        meta: dict[str, Any] = kwargs.pop("meta", {})
        if self.source is None:
            return Request(url, meta=meta, **kwargs)
        if self.source.render and page:
            meta |= browser_meta()
        if registered_domain(url) != registered_domain(self.source.url):
            return Request(url, meta=meta, **kwargs)
        host = urlsplit(url).netloc
        cookies: Any = {} if host in self._has_cookies else _plain(self.source.cookies)
        self._has_cookies.add(host)  # from then on they are in the crawl's cookie jar
        return Request(url, meta=meta, headers=_plain(self.source.headers), cookies=cookies, **kwargs)


def failed_request(failure: Failure) -> Request:
    """Return the request of a failure, an attribute that Scrapy adds."""
    request: Request = getattr(failure, "request")  # noqa: B009  not in Twisted's type
    return request


def _plain(secrets: dict[str, SecretStr] | None) -> dict[str, str]:
    return {name: secret.get_secret_value() for name, secret in (secrets or {}).items()}


def read_watch(settings: BaseSettings) -> Watch:
    """Read the watch file that the settings name. Raises ConfigError."""
    return load_watch(Path(settings["WIREWATCH_WATCH"]), os.environ)


def find_source(watch: Watch, source_id: str) -> Source:
    """Return the source with this id. Raises ConfigError that lists the existing ids."""
    source = watch.source_by_id.get(source_id)
    if source is None:
        known = ", ".join(sorted(watch.source_by_id)) or "none yet"
        raise ConfigError(
            (Problem(0, 0, f"no source {source_id!r}", f"expected one of: {known}"),), subject="watch file"
        )
    return source


def source_settings(source: Source, settings: BaseSettings) -> dict[str, Any]:
    """Return the Scrapy settings that differ for this source. Raises ConfigError if `render` lacks its extra."""
    changed: dict[str, Any] = {}
    if source.delay is not None:
        changed["DOWNLOAD_DELAY"] = source.delay.total_seconds()
    if source.user_agent:
        changed["USER_AGENT"] = changed["ROBOTSTXT_USER_AGENT"] = source.user_agent
    if source.max_pages is not None:
        changed["WIREWATCH_MAX_PAGES"] = source.max_pages
    if source.max_age is not None:
        changed["WIREWATCH_MAX_AGE_S"] = source.max_age.total_seconds()
    if source.render:
        changed["DOWNLOAD_HANDLERS"] = {**settings.getdict("DOWNLOAD_HANDLERS"), **browser_handlers(source.id)}
    return changed


# Sources with `render: true`, whose pages show nothing without JavaScript, are opened in a browser.


def browser_handlers(source_id: str) -> dict[str, str]:
    """Return Scrapy's DOWNLOAD_HANDLERS for a browser. Raises ConfigError if scrapy-playwright is not installed."""
    if find_spec("scrapy_playwright") is None:
        problem = Problem(
            0, 0, "render: true requires a browser", "run pip install 'wirewatch[render]'; playwright install chromium"
        )
        raise ConfigError((problem,), subject=source_id)
    return {"http": _BROWSER_HANDLER, "https": _BROWSER_HANDLER}


def browser_meta() -> dict[str, Any]:
    """Return the meta of a request that is opened in a browser."""
    from scrapy_playwright.page import PageMethod  # noqa: PLC0415  an extra

    return {"playwright": True, "playwright_page_methods": [PageMethod(settled)]}


async def settled(page: Any) -> None:
    """Wait until a page (Playwright's) has made no request for half a second: text is often loaded late."""
    from playwright.async_api import TimeoutError as PlaywrightTimeout  # noqa: PLC0415  an extra

    with suppress(PlaywrightTimeout):
        await page.wait_for_load_state("networkidle", timeout=SETTLE_MS)


def has_no_text(request: Any) -> bool:
    """Return whether a page's request (Playwright's) can be aborted, as its response has no text."""
    return request.resource_type in _WITHOUT_TEXT
