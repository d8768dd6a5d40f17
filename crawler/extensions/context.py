"""The crawl context: the runtime, source, counts and validators that the components of one crawl share."""

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
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Self

from scrapy import Request, Spider, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import CloseSpider, DropItem
from scrapy.http import Response
from scrapy.settings import BaseSettings
from twisted.python.failure import Failure

from crawler.config import Source
from crawler.dedupe.urls import url_key
from crawler.errors import StateError, WirewatchError
from crawler.extensions.checks import SiteChecks
from crawler.extensions.contract import SpiderContract
from crawler.extensions.hosts import HostContext
from crawler.extensions.items import ArticleItem
from crawler.extensions.leases import Leases
from crawler.extensions.observer import Observer
from crawler.extensions.poll_hints import HintCollector
from crawler.extensions.quarantine import Quarantine
from crawler.extensions.readings import Readings
from crawler.health.canary import CANARY, Stage, token_of
from crawler.hosts import Gate, RobotsMemory
from crawler.items import Article, Outcome, Run
from crawler.observe import metrics
from crawler.private import make_private
from crawler.runtime import Places, Runtime, utc_now
from crawler.schedule.revisit_plan import plan_of
from crawler.state import Validators

_log = logging.getLogger(__name__)


class CrawlContext(HostContext):
    """The context of one crawl. It opens before the first request and closes after the last item.

    A service passes its runtime as the spider argument `runtime`. Without one, the crawl opens its own: in the folder
    of state for a source of the watch file, in a temporary folder for everything else (`-a url=...`, the shell).
    """

    def __init__(self, crawler: Crawler, places: Places) -> None:
        super().__init__()
        self._crawler = crawler
        self._places = places
        self._stack = AsyncExitStack()
        self._runtime: Runtime | None = None
        self._leases: Leases | None = None
        self._quarantine: Quarantine | None = None
        self._readings: Readings | None = None
        self._checks: SiteChecks | None = None
        self.observer = Observer()
        self.poll_hints = HintCollector()
        self.validators: dict[int, Validators] = {}  # of listings with a new body
        self.renewed: dict[int, Validators] = {}  # of listings with an unchanged body
        self.old_entries: dict[int, Collection[int]] = {}  # by listing: its entries that are too old to be fetched
        self.run = Run(id=uuid.uuid4().hex, source="", started=utc_now())

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Read the WIREWATCH_ settings and connect the signals."""
        context = cls(crawler, places_of(crawler.settings))
        crawler.signals.connect(context.spider_opened, signal=signals.spider_opened)
        crawler.signals.connect(context.request_sent, signal=signals.request_reached_downloader)
        crawler.signals.connect(context.response_downloaded, signal=signals.response_downloaded)
        crawler.signals.connect(context.spider_error, signal=signals.spider_error)
        crawler.signals.connect(context.item_error, signal=signals.item_error)
        crawler.signals.connect(context.spider_closed, signal=signals.spider_closed)
        return context

    @property
    def runtime(self) -> Runtime:
        """The shared parts of the process; available from `spider_opened` on."""
        if self._runtime is None:
            raise RuntimeError("the crawl context is not open yet")
        return self._runtime

    @property
    def gate(self) -> Gate:
        """The host gate of all crawls."""
        return self.runtime.state.gate

    @property
    def robots(self) -> RobotsMemory:
        """The robots.txt files of all crawls."""
        return self.runtime.state.http

    def now(self) -> datetime:
        """Return the runtime's time."""
        return self.runtime.now()

    def note_waiting(self, *, only_waits: bool) -> None:
        """Tell the runtime, so that another crawl may be done."""
        self.runtime.note_waiting(self.run.id, only_waits=only_waits)

    @property
    def leases(self) -> Leases:
        """The leases of this crawl; available from `spider_opened` on."""
        if self._leases is None:
            raise RuntimeError("the crawl context is not open yet")
        return self._leases

    @property
    def quarantine(self) -> Quarantine:
        """The quarantine, through which pages are read; available from `spider_opened` on."""
        if self._quarantine is None:
            raise RuntimeError("the crawl context is not open yet")
        return self._quarantine

    @property
    def readings(self) -> Readings:
        """The records of the crawl's listings; available from `spider_opened` on."""
        if self._readings is None:
            raise RuntimeError("the crawl context is not open yet")
        return self._readings

    @property
    def checks(self) -> SiteChecks:
        """What the crawl's listings named, and its checks; available from `spider_opened` on."""
        if self._checks is None:
            raise RuntimeError("the crawl context is not open yet")
        return self._checks

    @property
    def spider(self) -> SpiderContract:
        """The spider of the crawl, or the defaults of the contract."""
        return SpiderContract.of(self._crawler)

    @property
    def source(self) -> Source | None:
        """The source that is crawled; None if it is not in the watch file."""
        return self.spider.source

    @property
    def is_canary(self) -> bool:
        """Whether this is the crawl of the canary, which is hidden: it is in no count, metric or history."""
        return self.source is not None and self.source.id == CANARY

    async def pass_stage(self, stage: Stage, url: str = "") -> None:
        """Record a stage of the canary, with the address of its page if known; do nothing in any other crawl."""
        if self.is_canary:
            with contextlib.suppress(StateError):  # then a later stage shows that this one was passed
                await self.runtime.state.canary.pass_stage(stage, self.runtime.now(), token_of(url) if url else "")

    @property
    def revisit_plan(self) -> Sequence[timedelta]:
        """The ages at which an article of the source is fetched again; () if it never is."""
        return plan_of(self.source.kind, self.source.revisit) if self.source is not None else ()

    async def spider_opened(self, spider: Spider) -> None:
        """Take or open the runtime. Raises CloseSpider, with the reason logged, if that fails."""
        del spider
        contract, source = self.spider, self.source
        task = contract.task or self.run.id
        try:
            if contract.config_error is not None:
                raise contract.config_error
            self._runtime = contract.runtime or await self._open(contract)
            self.ending = self._runtime.ending
        except WirewatchError as error:
            _log.error("%s", error)
            self.note_error(error)
            raise CloseSpider(type(error).__name__) from error
        # One crawl of a source runs at a time, so that a crawl inherits the leases of a killed one.
        # A single requested page is fetched beside it.
        beside = bool(contract.run_prefix)
        self._leases = Leases(self._runtime, f"source {source.id}" if source and not beside else task)
        self._quarantine = Quarantine(self._runtime, source.id if source else "")
        self.run = replace(self.run, id=task, source=source.id if source else "", started=self._runtime.now())
        kept = source is not None and not beside and contract.keeps_history
        self._readings = Readings(self._runtime, self.run, kept=kept)
        self._checks = SiteChecks(self._runtime, source, kept=kept and not self.is_canary)
        await self.pass_stage(Stage.BEGUN)

    async def _open(self, contract: SpiderContract) -> Runtime:
        places = self._places
        if contract.source is None:
            folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="wirewatch-")))
            places = replace(places, folder=folder, redis_url="", database_url=f"sqlite:///{folder / 'items.db'}")
        await asyncio.to_thread(make_private, places.folder)
        runtime = await Runtime.open(contract.watch, places, owner=False)
        self._stack.push_async_callback(runtime.close)
        return runtime

    def request_sent(self, request: Request) -> None:
        """Count requests for checks."""
        if self._checks is not None:
            self._checks.sent(request)

    def response_downloaded(self, response: Response, request: Request) -> None:
        """Count the bytes of bodies as they were transferred (compressed)."""
        self.poll_hints.received(request, response, utc_now())
        self.run = replace(self.run, bytes=self.run.bytes + len(response.body))
        if self.is_canary:
            return
        metrics.RESPONSES.labels(f"{response.status // 100}xx").inc()
        metrics.RECEIVED.inc(len(response.body))

    def spider_error(self, failure: Failure) -> None:
        """Count a callback that failed; the next crawl reads the listings again, as one may have been lost."""
        self.count(failed=1)
        self.note_error(failure.value if isinstance(failure.value, Exception) else RuntimeError(str(failure.value)))
        if self._leases is not None:
            self._leases.left_over = True

    async def item_error(self, item: Any, failure: Failure) -> None:
        """Count an item on which a pipeline failed; it is not marked as seen, and retried after a growing pause."""
        self.count(failed=1)
        self.note_error(failure.value if isinstance(failure.value, Exception) else RuntimeError(str(failure.value)))
        keys = _keys_of(item)
        with contextlib.suppress(StateError):  # without Redis the lease runs out by itself
            await self.leases.postpone(keys, final=False)

    def lost(self, error: WirewatchError) -> DropItem:
        """Return the reason to drop an article that could not be processed; the next crawl finds it again."""
        self.count(failed=1)
        self.note_error(error)
        self.leases.left_over = True
        return DropItem(f"not stored, the next crawl will retry: {error}")

    def count(self, **counts: int) -> None:
        """Add to the run's counts: `found`, `new`, `unchanged`, `failed`."""
        self.run = replace(self.run, **{name: getattr(self.run, name) + value for name, value in counts.items()})
        for name, value in counts.items():
            self._crawler.stats.inc_value(f"context/{name}_count", value)
            if not self.is_canary:
                metrics.ARTICLES.labels(name).inc(value)

    def note_error(self, error: Exception) -> None:
        """Record the first failure in the run history, as one line."""
        if not self.run.error:
            self.run = replace(self.run, error=" ".join(str(error).split())[:500] or type(error).__name__)

    async def spider_closed(self, spider: Spider, reason: str) -> None:
        """Save validators and the run, then close what this crawl opened itself."""
        del spider
        try:
            if self._runtime is not None:
                await self._finish(self._runtime, reason)
        except WirewatchError as error:
            level = logging.WARNING if reason == "shutdown" else logging.ERROR
            _log.log(level, "the crawl finished, but its record could not be saved: %s", error)
        finally:
            await self._stack.aclose()

    async def _finish(self, runtime: Runtime, reason: str) -> None:
        run = self.run
        done = reason == "finished"
        outcome = Outcome.STOPPED if not done else Outcome.DONE if not run.failed else Outcome.PARTIAL
        if run.error and not (run.found or run.new or run.unchanged):
            outcome = Outcome.FAILED
        no_article = self.observer.no_article_summary()
        if no_article and not run.error and outcome is Outcome.DONE:
            run, outcome = replace(run, error=no_article), Outcome.PARTIAL
        seen = self.observer.observed(self.leases.listed)
        self.run = replace(run, finished=runtime.now(), outcome=outcome, pages=self.observer.pages, observed=seen)
        self.run = replace(self.run, source=self.spider.run_prefix + run.source)
        await self.leases.close()
        await runtime.state.attempts.flush()
        for key, validators in self.renewed.items():
            await runtime.state.http.renew_validators(key, validators)
        if done and not self.leases.left_over:
            for key, validators in self.validators.items():
                await runtime.state.http.save_validators(key, validators, self.old_entries.get(key, ()))
        if not self.spider.keeps_history:
            return
        if self.source is not None:
            await self.poll_hints.save(runtime.state, self.source)
            readings = self.readings
            readings.processed(self.leases.settled)
            named = self.checks.sightings
            save_run = runtime.archive.sync.save_run
            await runtime.archive.call(save_run, self.run, readings.unrecorded, readings.done, named)
            await self.checks.close(self._crawler.stats.get_value("downloader/request_count", 0))
        for listener in runtime.on_run if not self.is_canary else ():
            listener(self.run)


class Component:
    """A pipeline or middleware that needs the crawl context and no settings."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Create the component, as Scrapy does."""
        return cls(crawler)

    @property
    def context(self) -> CrawlContext:
        """The crawl context; open from the first request on."""
        return CrawlContext.of(self._crawler)


def _keys_of(item: Any) -> frozenset[int]:
    """Return the URL keys of an item of ours, of whichever pipeline; none for a revisit, which failing leaves due."""
    if isinstance(item, ArticleItem):
        return item.keys
    return frozenset({url_key(item.canonical_url or item.url)}) if isinstance(item, Article) else frozenset()


def places_of(settings: BaseSettings) -> Places:
    """Return where the WIREWATCH_ settings place the state."""
    return Places(
        folder=Path(settings.get("WIREWATCH_VAR") or os.curdir),
        redis_url=settings.get("WIREWATCH_REDIS_URL") or "",
        database_url=settings.get("WIREWATCH_DATABASE_URL") or "",
        extractors=settings.getint("WIREWATCH_EXTRACTORS") or 1,
    )
