"""What the downloader middlewares know of hosts: less than a crawl's context, so that single pages need no more."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from datetime import datetime
from typing import Self

from scrapy.crawler import Crawler

from crawler.hosts import Gate, RobotsMemory


class HostContext(ABC):
    """An extension with the host gate and the robots.txt files: the context of a crawl, or that of single pages."""

    def __init__(self) -> None:
        self.crawl_delay_s: dict[str, float] = {}  # by netloc, from robots.txt
        self.ending = asyncio.Event()  # set when waiting requests are to be dropped

    @classmethod
    def of(cls, crawler: Crawler) -> Self:
        """Return the context of a crawl. Raises RuntimeError where the settings left the extension out."""
        context = crawler.get_extension(cls)
        if context is None:
            raise RuntimeError(f"no {cls.__name__} is among the EXTENSIONS")
        return context

    @property
    @abstractmethod
    def gate(self) -> Gate:
        """The host gate; there from `spider_opened` on."""

    @property
    @abstractmethod
    def robots(self) -> RobotsMemory:
        """The robots.txt files; there from `spider_opened` on."""

    @abstractmethod
    def now(self) -> datetime:
        """Return the time, aware."""

    @abstractmethod
    def note_waiting(self, *, only_waits: bool) -> None:
        """Note whether the crawl does nothing but wait for its hosts."""
