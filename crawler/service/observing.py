"""Monitoring of a process: readiness, the length of queues, and Docket's metrics."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import time
from collections import Counter
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from docket import Docket

from crawler.archive import Stored
from crawler.archive.maintenance.storage_check import StorageCheck
from crawler.archive.queries.health import SourceProblem
from crawler.errors import StateError, WirewatchError
from crawler.health import Condition
from crawler.health.canary import CANARY
from crawler.health.coverage import Totals, totals
from crawler.health.recall import Unknown
from crawler.items import Article, Run
from crawler.observe import metrics
from crawler.observe.children import Children
from crawler.observe.noting import begin, took
from crawler.observe.readiness import Readiness
from crawler.observe.server import Port, serving
from crawler.runtime import Runtime
from crawler.service.scheduler.canary import CanaryKeeper
from crawler.service.scheduler.coverage import last_week
from crawler.service.vitals import depth
from crawler.service.worker.queue import metric_reader
from crawler.service.worker.worker import TaskWorker
from crawler.state import LeaderLease, failures

NEWS = timedelta(days=1)  # articles listed later than this after publication are not news
LAG_CHECK_S = 0.5
ANY = "any"  # label of a source with at least one problem
DOCKET_BUCKETS = (0.005, 0.025, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0)  # s

COVERAGE_EVERY = timedelta(minutes=5)
LEADERS = (  # gauges that only a leader reports
    *(metrics.TASKS, metrics.TASK_WAIT, metrics.OUTBOX, metrics.STORAGE, metrics.SOURCES_UNHEALTHY),
    *(metrics.COVERAGE_SOURCES, metrics.COVERAGE_ARTICLES),
)

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Duty:
    """A queue of tasks, and the lease of the leader that fills it."""

    queue: Docket
    lease: LeaderLease


class Monitor:
    """Monitoring of one process. `loops` are the tasks that must not end.

    `duties`: by queue, where this process may be the leader; `workers`: by queue, whose tasks it takes.
    """

    def __init__(
        self,
        runtime: Runtime,
        roles: Sequence[str],
        loops: Sequence[asyncio.Task[None]],
        duties: Mapping[str, Duty],
        workers: Mapping[str, TaskWorker],
    ) -> None:
        self._runtime = runtime
        self._loops = loops
        self._duties = duties
        self._workers = workers
        self._lag_s = 0.0
        self._storable = StorageCheck(lambda: runtime.archive.sync, time.monotonic, runtime.now)
        self._children = Children(os.getpid())
        self._totals: tuple[datetime, Totals] | None = None  # of coverage, and when they were read
        self.canary: CanaryKeeper | None = None  # where this process may schedule
        begin(roles)
        runtime.on_stored.append(self.stored)
        runtime.on_run.append(ran)

    @asynccontextmanager
    async def serving(self, port: Port) -> AsyncIterator[str]:
        """Serve metrics, health and readiness during the block; yield the address. Raises ConfigError."""
        export_docket_metrics()
        checks = {"redis": self._redis, "database": self._database, "loops": self._running, "workers": self._working}
        checks["canary"] = self._canary
        lag = asyncio.create_task(self._watch_lag(), name="loop-lag")
        try:
            async with serving(port, Readiness(checks), self.refresh) as address:
                yield address
        finally:
            lag.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await lag

    def stored(self, article: Article, stored: Stored) -> None:
        """Record the latency of a stored article."""
        if not stored.is_new:
            return
        if article.published and article.listed and article.listed - article.published < NEWS:
            took("published_to_listed", article.published, article.listed)
        took("listed_to_fetched", article.listed, article.fetched)
        took("fetched_to_extracted", article.fetched, article.found)
        took("extracted_to_stored", article.found, self._runtime.now())
        for alert in stored.new_alerts:
            metrics.ALERTS.labels(alert.kind).inc()
            took("extracted_to_matched", article.found, alert.matched)

    async def refresh(self) -> None:
        """Update before a scrape what is not recorded as it happens. Raises StateError, ArchiveError."""
        self._lag_s, lag_s = 0.0, self._lag_s
        metrics.LOOP_LAG.set(lag_s)
        await asyncio.to_thread(self._children.update)
        watch = self._runtime.watch
        paused = sum(source.paused for source in watch.sources)
        metrics.SOURCES.labels("paused").set(paused)
        metrics.SOURCES.labels("active").set(len(watch.sources) - paused)
        metrics.RULES.set(sum(rule.id != CANARY for rule in self._runtime.matcher.rules))
        for gauge in LEADERS:
            gauge.clear()
        led = {name: duty for name, duty in self._duties.items() if duty.lease.held}
        async with failures("reading the queues"):
            for name, duty in led.items():
                await _show_queue(name, duty.queue)
        if led:
            await self._show_archive()
        if "crawls" in led:
            crawled = {source.id for source in watch.sources if not source.paused}
            problems = await asyncio.to_thread(self._runtime.archive.sync.health.open_problems)
            show_problems([one for one in problems if one.source in crawled])
            show_coverage(await asyncio.to_thread(self._coverage, crawled))

    async def _show_archive(self) -> None:
        runtime = self._runtime
        metrics.STORAGE.labels("redis").set(await runtime.state.memory_bytes())
        figures = await asyncio.to_thread(runtime.archive.sync.dashboard.figures, runtime.now())
        metrics.OUTBOX.labels("pending").set(figures.waiting)
        metrics.OUTBOX.labels("dead").set(figures.dead)
        metrics.STORAGE.labels("database").set(figures.bytes)

    def _coverage(self, crawled: Collection[str]) -> Totals:
        """Return the totals of the last week, read at most every COVERAGE_EVERY. Raises ArchiveError."""
        now = self._runtime.now()
        last = self._totals
        if last is None or not timedelta(0) <= now - last[0] < COVERAGE_EVERY:
            latest = self._runtime.archive.sync.coverage_overview.latest(last_week(now))
            weeks = (latest.get(name) for name in crawled)
            last = self._totals = now, totals(week.recall if week else None for week in weeks)
        return last[1]

    async def _redis(self) -> None:
        await self._runtime.state.answers()

    async def _database(self) -> None:
        await asyncio.to_thread(self._storable.check)

    async def _running(self) -> None:
        if ended := [task.get_name() for task in self._loops if task.done()]:
            raise WirewatchError(f"{', '.join(ended)} stopped unexpectedly", subject="the service")

    async def _working(self) -> None:
        for name, worker in self._workers.items():
            async with failures("listing the workers"):
                alive = {known.name for known in await worker.queue.workers()}
            if worker.name not in alive:
                raise StateError("the worker does not accept tasks", subject=name)

    async def _canary(self) -> None:
        if self.canary is not None and (problem := self.canary.problem):
            raise WirewatchError(problem)

    async def _watch_lag(self) -> None:
        clock = asyncio.get_running_loop().time
        while True:
            begun = clock()
            await asyncio.sleep(LAG_CHECK_S)
            self._lag_s = max(self._lag_s, clock() - begun - LAG_CHECK_S)


def ran(run: Run) -> None:
    """Record a finished crawl."""
    metrics.POLLS.labels(run.outcome.value).inc()
    metrics.POLL.observe(run.seconds)


def export_docket_metrics() -> None:
    """Export Docket's metrics with ours, by its own exporter; needs the extra `metrics`."""
    try:
        from opentelemetry.metrics import set_meter_provider  # noqa: PLC0415  an extra
        from opentelemetry.sdk.metrics import Histogram, MeterProvider  # noqa: PLC0415
        from opentelemetry.sdk.metrics.view import ExplicitBucketHistogramAggregation, View  # noqa: PLC0415

        reader = metric_reader()
    except ImportError:
        _log.warning("Docket's metrics are not available: run pip install 'wirewatch[metrics]'")
        return
    seconds = View(instrument_type=Histogram, aggregation=ExplicitBucketHistogramAggregation(DOCKET_BUCKETS))
    set_meter_provider(MeterProvider(metric_readers=[reader], views=[seconds]))


def show_problems(problems: Sequence[SourceProblem]) -> None:
    """Set the number of sources with each problem; `any`: with at least one."""
    counted = Counter(one.condition for one in problems)
    for condition in Condition:
        metrics.SOURCES_UNHEALTHY.labels(condition.value).set(counted[condition])
    metrics.SOURCES_UNHEALTHY.labels(ANY).set(len({one.source for one in problems}))


def show_coverage(found: Totals) -> None:
    """Set the figures of coverage."""
    metrics.COVERAGE_SOURCES.labels("estimated").set(found.estimated)
    metrics.COVERAGE_SOURCES.labels("no_articles").set(found.unjudged)
    for reason in Unknown:
        metrics.COVERAGE_SOURCES.labels(reason.name.lower()).set(found.unknown.get(reason, 0))
    for name in ("named", "least", "most"):
        metrics.COVERAGE_ARTICLES.labels(name).set(getattr(found, name))


async def _show_queue(name: str, queue: Docket) -> None:
    now = await depth(queue)
    for state, count in (("waiting", now.waiting), ("running", now.running), ("later", now.later)):
        metrics.TASKS.labels(name, state).set(count)
    metrics.TASK_WAIT.labels(name).set(now.oldest_s)
