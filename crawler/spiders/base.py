"""The base of all spiders: which source is crawled, and what its entry in the watch file changes in the settings."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from pydantic import SecretStr
from scrapy import Request, Spider
from scrapy.crawler import Crawler
from scrapy.settings import BaseSettings

from crawler.config import Source, Watch, load_watch
from crawler.dedupe.urls import registered_domain
from crawler.errors import ConfigError, Problem
from crawler.extensions.context import CrawlContext
from crawler.runtime import Runtime
from crawler.spiders import render


class SourceSpider(Spider):
    """A spider that may be told a source: `-a source=ID` takes it from the watch file.

    Subclass it for a site of its own and name the spider in the watch file (`spider: NAME`): what it yields as
    `crawler.items.Article` is deduplicated, matched, stored and alerted like everything else.
    """

    def __init__(self, **kwargs: Any) -> None:
        self.source: Source | None = None
        self.watch = Watch()
        self.runtime: Runtime | None = None
        self.task = ""
        self.trouble: ConfigError | None = None  # the crawl cannot even begin
        self._has_cookies: set[str] = set()
        super().__init__(**kwargs)

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        """Finds the source and applies it to the settings; a source that is not there ends the crawl as it opens."""
        source_id = kwargs.pop("source", None)
        spider = super().from_crawler(crawler, *args, **kwargs)
        if source_id:
            try:
                spider.watch = spider.runtime.watch if spider.runtime else read_watch(crawler.settings)
                spider.source = find_source(spider.watch, source_id)
                changed = source_settings(spider.source, crawler.settings)
            except ConfigError as error:
                spider.trouble = error
                return spider
            for name, value in changed.items():
                crawler.settings.set(name, value, priority="spider")
        return spider

    @property
    def context(self) -> CrawlContext:
        """What this crawl's components share."""
        return CrawlContext.of(self.crawler)

    def request(self, url: str, *, page: bool = True, **kwargs: Any) -> Request:
        """A request with the source's headers and cookies, which only its own site gets to see.

        `page`: made for people, so that a source with `render: true` has it opened in a browser.
        """
        meta: dict[str, Any] = kwargs.pop("meta", {})
        if self.source is None:
            return Request(url, meta=meta, **kwargs)
        if self.source.render and page:
            meta |= render.meta()
        if registered_domain(url) != registered_domain(self.source.url):
            return Request(url, meta=meta, **kwargs)
        host = urlsplit(url).netloc
        cookies: Any = {} if host in self._has_cookies else _plain(self.source.cookies)
        self._has_cookies.add(host)  # from then on they are in the crawl's cookie jar
        return Request(url, meta=meta, headers=_plain(self.source.headers), cookies=cookies, **kwargs)


def _plain(secrets: dict[str, SecretStr] | None) -> dict[str, str]:
    return {name: secret.get_secret_value() for name, secret in (secrets or {}).items()}


def read_watch(settings: BaseSettings) -> Watch:
    """The watch file that the settings name. Raises ConfigError."""
    return load_watch(Path(settings["WIREWATCH_WATCH"]), os.environ)


def find_source(watch: Watch, source_id: str) -> Source:
    """The source with this id. Raises ConfigError that lists the ids there are."""
    source = watch.source_by_id.get(source_id)
    if source is None:
        there = ", ".join(sorted(watch.source_by_id)) or "none yet"
        raise ConfigError(
            (Problem(0, 0, f"no source {source_id!r}", f"expected one of: {there}"),), subject="watch file"
        )
    return source


def source_settings(source: Source, settings: BaseSettings) -> dict[str, Any]:
    """The Scrapy settings that differ for this source. Raises ConfigError where the extra for `render` is missing."""
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
        changed["DOWNLOAD_HANDLERS"] = {**settings.getdict("DOWNLOAD_HANDLERS"), **render.handlers(source.id)}
    return changed
