"""One crawl now: by the running service, or in this process if no service is running."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from docket import ExecutionState
from filelock import FileLock, Timeout
from scrapy.settings import Settings

from crawler.archive import Archive
from crawler.config import Watch
from crawler.errors import BusyError, StateError
from crawler.items import Run
from crawler.private import make_private
from crawler.runtime import Places, Runtime, utc_now
from crawler.service.worker.crawls import Crawls
from crawler.service.worker.reactor import twisted
from crawler.service.worker.tasks import add_crawl, crawl_key, docket
from crawler.state import State, failures, hide_password

POLL_S = 0.2
START_TIMEOUT_S = 5.0  # from the start of a service's Valkey to the registration of its worker
LOST_S = 15.0  # without a worker: longer than a restart takes
_NO_WORKER = "no worker is running: start `wirewatch run`"
_LOCK_TIMEOUT_S = 0.5  # to acquire the lock of crawls, which others hold briefly to check whether it is free
_OVER = (ExecutionState.COMPLETED, ExecutionState.FAILED, ExecutionState.CANCELLED)


async def expect_redis(url: str) -> None:
    """Check that the Redis at `url` responds now ("": embedded). Raises StateError, as commands do not wait."""
    if url:
        state = State.connect(url, retries=0)
        try:
            await state.answers()
        finally:
            await state.close()


async def crawl_once(watch: Watch, places: Places, settings: Settings, source_id: str) -> Run | None:
    """Crawl a source in this process. None if the source is not in the watch file.

    Raises BusyError if a service or another crawl uses the folder of state.
    """
    with _crawl_lock(places.folder, _LOCK_TIMEOUT_S):
        runtime = await Runtime.open(watch, places, owner=True)
        try:
            async with twisted():
                return await Crawls(runtime, settings).crawl(source_id, crawl_key(source_id, utc_now()))
        finally:
            await runtime.close()


@contextmanager
def _crawl_lock(folder: Path, timeout_s: float) -> Iterator[None]:
    """Hold the lock of crawls without a service.

    Raises BusyError if another crawl holds it, StateError if the folder cannot be used.
    """
    lock = FileLock(folder / "crawl.lock", timeout=timeout_s, mode=0o600, thread_local=False)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        make_private(folder)
        lock.acquire()
    except Timeout as error:
        raise BusyError("another `wirewatch crawl` is running", subject=str(folder)) from error
    except OSError as error:
        raise StateError(f"cannot use this folder: {error.strerror}", subject=str(folder)) from error
    try:
        yield
    finally:
        lock.release()


def _another_crawls(places: Places) -> bool:
    """Return whether a crawl without a service uses the folder of state; with a separate Redis, none does."""
    if places.redis_url or not places.folder.is_dir():
        return False
    try:
        with _crawl_lock(places.folder, 0):
            return False
    except BusyError:
        return True


async def crawl_now(
    watch: Watch,
    places: Places,
    settings: Settings,
    source_id: str,
    note: Callable[[str], None],
    *,
    timeout_s: float = START_TIMEOUT_S,
) -> Run | None:
    """Crawl a source: by the running service, or in this process if none is running; None as in `crawl_once`.

    Waits `timeout_s` for the worker of a service that has just started, and for the end of another crawl without a
    service. Raises StateError if a server is running without a worker, BusyError if the folder is in use by a process
    that does not respond.
    """
    loop = asyncio.get_running_loop()
    end_s, reported = loop.time() + timeout_s, ""
    while True:
        late, url = loop.time() >= end_s, places.service_url
        try:
            if url and await _has_worker(url, places):
                return await crawl_by_service(url, places, source_id, note)
            if not url or (late and not places.redis_url):  # or a killed process left its server behind
                return await crawl_once(watch, places, settings, source_id)
            if late:
                raise StateError(_NO_WORKER, subject=hide_password(url))
        except BusyError:
            if late:
                raise
        another = await asyncio.to_thread(_another_crawls, places)
        if another:
            end_s = loop.time() + timeout_s
        reason = (
            "another `wirewatch crawl` is running; waiting for it to finish"
            if another
            else f"no worker is running yet; waiting up to {timeout_s:g} s for one"
        )
        if reason != reported:
            note(f"{source_id}: {reason}")
            reported = reason
        await asyncio.sleep(POLL_S)


async def crawl_by_service(
    url: str, places: Places, source_id: str, note: Callable[[str], None], *, lost_s: float = LOST_S
) -> Run:
    """Have the running service crawl a source, and wait for the run; two requests in one second share a run.

    Raises StateError if Redis or all workers become unavailable.
    """
    async with failures("contacting the service"), docket(url) as queue:
        requested = last_worker = utc_now()
        crawled = await add_crawl(queue, source_id, requested)
        note(f"{source_id}: queued for the running service")
        with Archive.open(places.database_url) as archive:
            while True:
                over = crawled.state in _OVER
                runs = await asyncio.to_thread(archive.runs, source_id, limit=5)
                for run in runs:
                    if run.id == crawled.key or (over and run.started >= requested):  # or another one that began since
                        return run
                if over:
                    raise StateError(
                        "the service skipped it: another crawl of this source is already waiting", subject=source_id
                    )
                last_worker = utc_now() if list(await queue.workers()) else last_worker
                if (utc_now() - last_worker).total_seconds() > lost_s:
                    raise StateError(f"{_NO_WORKER}; it then runs the queued crawl", subject=source_id)
                await asyncio.sleep(POLL_S)
                await crawled.sync()


async def _has_worker(url: str, places: Places) -> bool:
    try:
        async with failures("contacting the service"), docket(url) as queue:
            return bool(list(await queue.workers()))
    except StateError:
        if places.redis_url or places.service_url:
            raise
        return False  # the service or crawl has just ended
