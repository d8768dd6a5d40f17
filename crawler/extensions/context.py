"""What one crawl's components share: the runtime, the source, the counts, and what to remember when it ends."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import tempfile
import uuid
from collections.abc import Collection, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Self

from scrapy import Request, Spider, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import CloseSpider, DropItem
from scrapy.http import Response
from scrapy.settings import BaseSettings
from twisted.python.failure import Failure

from crawler.config import Source, Watch
from crawler.errors import StateError, WirewatchError
from crawler.extensions.leases import Leases
from crawler.extensions.observer import Observer
from crawler.extensions.poll_hints import HintCollector
from crawler.extensions.quarantine import Quarantine
from crawler.extensions.readings import Readings
from crawler.items import Article, Outcome, Run
from crawler.observe import metrics
from crawler.private import make_private
from crawler.runtime import Places, Runtime, utc_now
from crawler.schedule.revisit_plan import PLAN
from crawler.state import Validators

_log = logging.getLogger(__name__)


class CrawlContext:
    """One crawl. Opened before the first request, closed after the last item.

    A service hands its runtime over as the spider argument `runtime`. Without one the crawl opens its own: the folder
    of state for a source of the watch file, a folder that is thrown away for everything else (`-a url=...`, the shell).
    """

    def __init__(self, crawler: Crawler, places: Places) -> None:
        self._crawler = crawler
        self._places = places
        self._stack = AsyncExitStack()
        self._runtime: Runtime | None = None
        self._leases: Leases | None = None
        self._quarantine: Quarantine | None = None
        self._readings: Readings | None = None
        self.observer = Observer()
        self.poll_hints = HintCollector()
        self.validators: dict[int, Validators] = {}  # of listings with a new body
        self.renewed: dict[int, Validators] = {}  # of listings with the body that was dealt with before
        self.old_entries: dict[int, Collection[int]] = {}  # by listing: what it names that is too old to be fetched
        self.crawl_delay_s: dict[str, float] = {}  # by netloc, from robots.txt
        self.run = Run(id=uuid.uuid4().hex, source="", started=utc_now())

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Reads the WIREWATCH_ settings and connects the signals."""
        context = cls(crawler, places_of(crawler.settings))
        crawler.signals.connect(context.spider_opened, signal=signals.spider_opened)
        crawler.signals.connect(context.response_downloaded, signal=signals.response_downloaded)
        crawler.signals.connect(context.spider_error, signal=signals.spider_error)
        crawler.signals.connect(context.item_error, signal=signals.item_error)
        crawler.signals.connect(context.spider_closed, signal=signals.spider_closed)
        return context

    @classmethod
    def of(cls, crawler: Crawler) -> CrawlContext:
        """The context of a crawl. Raises RuntimeError where the settings left the extension out."""
        context = crawler.get_extension(CrawlContext)
        if context is None:
            raise RuntimeError("crawler.extensions.context.CrawlContext is not among the EXTENSIONS")
        return context

    @property
    def runtime(self) -> Runtime:
        """The shared parts; there from `spider_opened` on."""
        if self._runtime is None:
            raise RuntimeError("the crawl context is not open yet")
        return self._runtime

    @property
    def leases(self) -> Leases:
        """The leases of this crawl; there from `spider_opened` on."""
        if self._leases is None:
            raise RuntimeError("the crawl context is not open yet")
        return self._leases

    @property
    def quarantine(self) -> Quarantine:
        """Where pages are read; there from `spider_opened` on."""
        if self._quarantine is None:
            raise RuntimeError("the crawl context is not open yet")
        return self._quarantine

    @property
    def readings(self) -> Readings:
        """The records of its listings; there from `spider_opened` on."""
        if self._readings is None:
            raise RuntimeError("the crawl context is not open yet")
        return self._readings

    @property
    def source(self) -> Source | None:
        """The source that is crawled, if the watch file has it."""
        source = getattr(self._crawler.spider, "source", None)
        return source if isinstance(source, Source) else None

    @property
    def revisit_plan(self) -> Sequence[timedelta]:
        """How old an article of the source is when it is looked at again; () for what is no source's article."""
        if self.source is None or self.source.kind == "page":  # a page is looked at by every crawl
            return ()
        return PLAN if self.source.revisit is None else self.source.revisit

    async def spider_opened(self, spider: Spider) -> None:
        """Gets or opens the runtime. Raises CloseSpider with a clear reason when that fails."""
        shared = getattr(spider, "runtime", None)
        task = getattr(spider, "task", "") or self.run.id
        trouble = getattr(spider, "trouble", None)
        try:
            if trouble is not None:
                raise trouble
            self._runtime = shared if isinstance(shared, Runtime) else await self._open(spider)
        except WirewatchError as error:
            _log.error("%s", error)
            self.note_error(error)
            raise CloseSpider(type(error).__name__) from error
        source = self.source
        # One crawl of a source runs at a time: what a crawl that was killed still holds is the next one's.
        # A page that is fetched by itself runs beside it.
        beside = bool(getattr(spider, "run_prefix", ""))
        self._leases = Leases(self._runtime, f"source {source.id}" if source and not beside else task)
        self._quarantine = Quarantine(self._runtime, source.id if source else "")
        self.run = replace(self.run, id=task, source=source.id if source else "", started=self._runtime.now())
        kept = source is not None and not beside and getattr(spider, "keeps_history", True)
        self._readings = Readings(self._runtime, self.run, kept=kept)

    async def _open(self, spider: Spider) -> Runtime:
        watch = getattr(spider, "watch", None)
        places = self._places
        if self.source is None:
            folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="wirewatch-")))
            places = replace(places, folder=folder, redis_url="", database_url=f"sqlite:///{folder / 'items.db'}")
        await asyncio.to_thread(make_private, places.folder)
        runtime = await Runtime.open(watch if isinstance(watch, Watch) else Watch(), places, owner=False)
        self._stack.push_async_callback(runtime.close)
        return runtime

    def response_downloaded(self, response: Response, request: Request) -> None:
        """Counts the bytes of bodies as they came over the wire (still compressed)."""
        self.poll_hints.heard(request, response, utc_now())
        self.run = replace(self.run, bytes=self.run.bytes + len(response.body))
        metrics.RESPONSES.labels(f"{response.status // 100}xx").inc()
        metrics.RECEIVED.inc(len(response.body))

    def spider_error(self, failure: Failure) -> None:
        """A callback broke: what it was reading, a listing perhaps, has to be read again by the next crawl."""
        self.count(failed=1)
        self.note_error(failure.value if isinstance(failure.value, Exception) else RuntimeError(str(failure.value)))
        if self._leases is not None:
            self._leases.left_over = True

    async def item_error(self, item: Any, failure: Failure) -> None:
        """An item that a pipeline broke on: not seen, and left alone for a growing while."""
        self.count(failed=1)
        self.note_error(failure.value if isinstance(failure.value, Exception) else RuntimeError(str(failure.value)))
        article = getattr(item, "article", item)
        keys = self.leases.keys_of(article) if isinstance(article, Article) else set()
        with contextlib.suppress(StateError):  # without Redis the lease runs out by itself
            await self.leases.postpone(keys, answered=False)

    def lost(self, error: WirewatchError) -> DropItem:
        """The reason to drop an article that could not be dealt with: the next crawl finds it again."""
        self.count(failed=1)
        self.note_error(error)
        self.leases.left_over = True
        return DropItem(f"not stored, the next crawl will retry: {error}")

    def count(self, **counts: int) -> None:
        """Adds to the run's counts: `found`, `new`, `unchanged`, `failed`."""
        self.run = replace(self.run, **{name: getattr(self.run, name) + value for name, value in counts.items()})
        for name, value in counts.items():
            self._crawler.stats.inc_value(f"context/{name}_count", value)
            metrics.ARTICLES.labels(name).inc(value)

    def note_error(self, error: Exception) -> None:
        """Keeps the first failure for the history, as one line."""
        if not self.run.error:
            self.run = replace(self.run, error=" ".join(str(error).split())[:500] or type(error).__name__)

    async def spider_closed(self, spider: Spider, reason: str) -> None:
        """Saves validators and the run, then closes what this crawl opened itself."""
        del spider
        try:
            if self._runtime is not None:
                await self._finish(self._runtime, reason)
        except WirewatchError as error:
            _log.error("the crawl finished, but its record could not be saved: %s", error)
        finally:
            await self._stack.aclose()

    async def _finish(self, runtime: Runtime, reason: str) -> None:
        run = self.run
        done = reason == "finished"
        outcome = Outcome.STOPPED if not done else Outcome.DONE if not run.failed else Outcome.PARTIAL
        if run.error and not (run.found or run.new or run.unchanged):
            outcome = Outcome.FAILED
        nowhere = self.observer.nowhere()
        if nowhere and not run.error and outcome is Outcome.DONE:
            run, outcome = replace(run, error=nowhere), Outcome.PARTIAL
        seen = self.observer.observed(self.leases.listed)
        self.run = replace(run, finished=runtime.now(), outcome=outcome, pages=self.observer.pages, observed=seen)
        self.run = replace(self.run, source=getattr(self._crawler.spider, "run_prefix", "") + run.source)
        await self.leases.close()
        await runtime.state.attempts.flush()
        for key, validators in self.renewed.items():
            await runtime.state.http.renew_validators(key, validators)
        if done and not self.leases.left_over:
            for key, validators in self.validators.items():
                await runtime.state.http.save_validators(key, validators, self.old_entries.get(key, ()))
        if not getattr(self._crawler.spider, "keeps_history", True):
            return
        if self.source is not None:
            await self.poll_hints.save(runtime.state, self.source)
            readings = self.readings
            readings.dealt_with(self.leases.settled)
            await runtime.archive.call(runtime.archive.sync.save_run, self.run, readings.left(), readings.done())
        for listener in runtime.on_run:
            listener(self.run)


def places_of(settings: BaseSettings) -> Places:
    """The WIREWATCH_ settings that say where state is kept."""
    return Places(
        folder=Path(settings.get("WIREWATCH_VAR") or os.curdir),
        redis_url=settings.get("WIREWATCH_REDIS_URL") or "",
        database_url=settings.get("WIREWATCH_DATABASE_URL") or "",
        extractors=settings.getint("WIREWATCH_EXTRACTORS") or 1,
    )
