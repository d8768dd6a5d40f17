"""One crawl now: by the service that runs, or in this process where none does."""

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
PATIENCE_S = 5.0  # from a service's Valkey to its worker's first word
LOST_S = 15.0  # without any worker: more than a restart takes
_NOBODY = "no worker is running: start `wirewatch run`"
_TURN_S = 0.5  # to acquire the lock of crawls, which others hold briefly to check whether it is free
_OVER = (ExecutionState.COMPLETED, ExecutionState.FAILED, ExecutionState.CANCELLED)


async def expect_redis(url: str) -> None:
    """Raises StateError where the Redis at `url` does not answer now: a command waits for none. "" is embedded."""
    if url:
        state = State.connect(url, retries=0)
        try:
            await state.answers()
        finally:
            await state.close()


async def crawl_once(watch: Watch, places: Places, settings: Settings, source_id: str) -> Run | None:
    """Crawl a source in this process. None when the source is not in the watch file.

    Raises BusyError where a service, or another crawl, has the folder of state.
    """
    with _turn(places.folder, _TURN_S):
        runtime = await Runtime.open(watch, places, owner=True)
        try:
            async with twisted():
                return await Crawls(runtime, settings).crawl(source_id, crawl_key(source_id, utc_now()))
        finally:
            await runtime.close()


@contextmanager
def _turn(folder: Path, patience_s: float) -> Iterator[None]:
    """Hold the lock of crawls without a service.

    Raises BusyError where another crawl holds it, StateError where the folder cannot be used.
    """
    lock = FileLock(folder / "crawl.lock", timeout=patience_s, mode=0o600, thread_local=False)
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
    """Whether a crawl without a service has the folder of state, which none has where Redis is a server of its own."""
    if places.redis_url or not places.folder.is_dir():
        return False
    try:
        with _turn(places.folder, 0):
            return False
    except BusyError:
        return True


async def crawl_now(
    watch: Watch,
    places: Places,
    settings: Settings,
    source_id: str,
    tell: Callable[[str], None],
    *,
    patience_s: float = PATIENCE_S,
) -> Run | None:
    """Crawls a source: by the running service, or here where none runs; None as in `crawl_once`.

    Waits `patience_s` for the worker of a service that has just started, and for the end of another crawl without a
    service. Raises StateError when a server is there and no worker is, BusyError when the folder is taken and
    nothing answers in it.
    """
    loop = asyncio.get_running_loop()
    end_s, reported = loop.time() + patience_s, ""
    while True:
        late, url = loop.time() >= end_s, places.service_url
        try:
            if url and await _has_worker(url, places):
                return await ask_service(url, places, source_id, tell)
            if not url or (late and not places.redis_url):  # or a server that a killed process left behind
                return await crawl_once(watch, places, settings, source_id)
            if late:
                raise StateError(_NOBODY, subject=hide_password(url))
        except BusyError:
            if late:
                raise
        another = await asyncio.to_thread(_another_crawls, places)
        if another:
            end_s = loop.time() + patience_s
        reason = (
            "another `wirewatch crawl` is running; waiting for it to finish"
            if another
            else f"no worker is running yet; waiting up to {patience_s:g} s for one"
        )
        if reason != reported:
            tell(f"{source_id}: {reason}")
            reported = reason
        await asyncio.sleep(POLL_S)


async def ask_service(
    url: str, places: Places, source_id: str, tell: Callable[[str], None], *, lost_s: float = LOST_S
) -> Run:
    """Has the running service crawl a source, and waits for the run; who asks twice in a second gets one run.

    Raises StateError when Redis or all workers are gone meanwhile.
    """
    async with failures("contacting the service"), docket(url) as queue:
        asked = met = utc_now()  # `met`: when there was a worker
        crawled = await add_crawl(queue, source_id, asked)
        tell(f"{source_id}: queued for the running service")
        with Archive.open(places.database_url) as archive:
            while True:
                over = crawled.state in _OVER
                runs = await asyncio.to_thread(archive.runs, source_id, limit=5)
                for run in runs:
                    if run.id == crawled.key or (over and run.started >= asked):  # another one that began since
                        return run
                if over:
                    raise StateError(
                        "the service skipped it: another crawl of this source is already waiting", subject=source_id
                    )
                met = utc_now() if list(await queue.workers()) else met
                if (utc_now() - met).total_seconds() > lost_s:
                    raise StateError(f"{_NOBODY}; it then runs the queued crawl", subject=source_id)
                await asyncio.sleep(POLL_S)
                await crawled.sync()


async def _has_worker(url: str, places: Places) -> bool:
    try:
        async with failures("contacting the service"), docket(url) as queue:
            return bool(list(await queue.workers()))
    except StateError:
        if places.redis_url or places.service_url:
            raise
        return False  # a service, or a crawl, that has just ended
