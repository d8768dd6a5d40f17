"""The extraction processes, which keep the CPU-heavy stage out of the event loop.

A page that blocks, crashes or exhausts the memory affects its own process only.
"""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
import resource
import signal
import threading
from collections.abc import AsyncIterator, Callable
from concurrent.futures import TimeoutError as FutureTimeoutError
from concurrent.futures.process import BrokenProcessPool
from contextlib import asynccontextmanager, suppress
from typing import Any, TypeVar

from pebble import ProcessExpired, ProcessFuture, ProcessPool

from crawler.errors import ExtractorCrashError, NotAttemptedError
from crawler.extract.boilerplate.learned import Traits
from crawler.extract.page.hints import Hints
from crawler.items import Extraction
from crawler.observe import metrics
from crawler.observe.noting import extracting

T = TypeVar("T")
_log = logging.getLogger(__name__)

TIMEOUT_S = 10.0  # of CPU time, as a busy machine is not the fault of a page
CLOCK_FACTOR = 4  # the limit of elapsed time is so many times as long
MAX_DATA_BYTES = 768 * 1024 * 1024  # heap of one process; a warm one holds about 100 MB
ANSWER_TIMEOUT_S = 240.0  # with pages queued before it, and processes that start on a busy machine
PER_PROCESS = 4  # pages scheduled: one in work, the others ready, as the event loop may be slower than a page
CHECK_S = 0.5  # between checks whether the pool of a waiting page is still active
ATTEMPTS = 3  # at a page, if pools stop
_NO_FORK_SERVER = 255  # exit code of a process whose fork server has stopped
_TERMINATED = {signal.SIGTERM, -signal.SIGTERM}  # exit codes after SIGTERM: of Pebble's handler, and without one
MAX_TASKS = 2_000  # then the process is replaced, which bounds memory leaks of C libraries


def _begin() -> None:
    """Initialize a process: ignore signals of the terminal, which the parent handles, and limit the memory."""
    for name in (signal.SIGINT, signal.SIGHUP, signal.SIGQUIT):
        signal.signal(name, signal.SIG_IGN)
    with suppress(ValueError, OSError):  # a lower hard limit is fine; macOS ignores this one
        resource.setrlimit(resource.RLIMIT_DATA, (MAX_DATA_BYTES, MAX_DATA_BYTES))


def _bounded(work: Callable[..., T], args: tuple[Any, ...], limit_s: float) -> T:
    """Run `work`; SIGPROF ends this process after `limit_s` of CPU time."""
    signal.setitimer(signal.ITIMER_PROF, limit_s)
    try:
        return work(*args)
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def _examine(html: bytes, url: str, hints: Hints) -> tuple[Extraction, Traits]:
    from crawler.extract import examine, traits  # noqa: PLC0415  trafilatura is loaded where it is used

    extraction = examine(html, url, hints)
    return extraction, traits(extraction)


class _KilledError(Exception):
    """A process got SIGKILL: from the kernel because of its page, or from an operator."""


def _shutting_down(subject: str) -> NotAttemptedError:
    return NotAttemptedError("the extraction processes are shutting down", subject=subject)


class ExtractorPool:
    """`processes` processes that run `crawler.extract.examine`."""

    def __init__(
        self,
        processes: int,
        *,
        timeout_s: float = TIMEOUT_S,
        max_tasks: int = MAX_TASKS,
        answer_timeout_s: float = ANSWER_TIMEOUT_S,
    ) -> None:
        self._timeout_s = timeout_s
        self._answer_timeout_s = answer_timeout_s
        self._processes = processes
        self._max_tasks = max_tasks
        self._pool = self._opened()
        self._ended = False
        self._dropping = False  # waiting work is dropped
        self._count = processes * PER_PROCESS
        self._places = asyncio.Semaphore(self._count)
        self._admission = asyncio.Lock()  # held by work that runs alone

    def _opened(self) -> ProcessPool:
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(["crawler.extract.warm"])
        return ProcessPool(self._processes, max_tasks=self._max_tasks, initializer=_begin, context=context)

    async def examine(self, html: bytes, url: str, hints: Hints, *, alone: bool = False) -> tuple[Extraction, Traits]:
        """Run `crawler.extract.examine` in another process, and return the page's traits for learning too.

        Raises as `call` does.
        """
        return await self.call(_examine, html, url, hints, subject=url, alone=alone)

    async def call(self, work: Callable[..., T], *args: Any, subject: str, alone: bool = False) -> T:
        """Run a pure function in another process; `subject` is the URL it is about.

        `alone`: while nothing else runs, so that a crash has one possible cause. Raises what the function raises,
        ExtractorCrashError if it exceeds the time limit, kills its process or exceeds its memory limit, and
        NotAttemptedError if the processes are ending or had to be restarted.
        """
        try:
            return await self._once(work, args, subject, alone=alone)
        except _KilledError:  # the cause is not known: run it again, alone
            try:
                return await self._once(work, args, subject, alone=True)
            except _KilledError as error:
                raise ExtractorCrashError("the process that read it was killed", subject=subject) from error

    async def _once(self, work: Callable[..., T], args: tuple[Any, ...], subject: str, *, alone: bool) -> T:
        async with self._all_places() if alone else self._one_place():
            for _ in range(ATTEMPTS):
                try:
                    return await self._attempt(work, args, subject)
                except (BrokenProcessPool, _KilledError, ExtractorCrashError) as error:
                    if self._ended:  # the same signal or close ended the process
                        self._dropping = True
                        raise _shutting_down(subject) from error
                    if not isinstance(error, BrokenProcessPool):
                        raise
            raise NotAttemptedError("the extraction processes stopped repeatedly", subject=subject)

    async def _attempt(self, work: Callable[..., T], args: tuple[Any, ...], subject: str) -> T:
        """Run the work once. Raises as `call` does, _KilledError, and BrokenProcessPool if a new pool may retry."""
        future, pool = self._scheduled(work, args, subject), self._pool
        try:
            with extracting():
                return await self._answer(future, subject)
        except FutureTimeoutError as error:
            longest_s = self._timeout_s * CLOCK_FACTOR
            raise ExtractorCrashError(f"extraction took longer than {longest_s:g} s", subject=subject) from error
        except BrokenProcessPool as error:
            self._renew(pool, str(error) or "they stopped")
            raise
        except ProcessExpired as error:
            if error.exitcode == _NO_FORK_SERVER:  # the page is not the cause
                self._renew(pool, "their fork server stopped")
                raise BrokenProcessPool from error
            if error.exitcode in _TERMINATED:
                raise NotAttemptedError("the process that read it was terminated", subject=subject) from error
            if error.exitcode == -signal.SIGPROF:
                why = f"extraction took longer than {self._timeout_s:g} s of CPU time"
                raise ExtractorCrashError(why, subject=subject) from error
            if error.exitcode == -signal.SIGKILL:
                raise _KilledError from error
            raise ExtractorCrashError("the process that read it was killed", subject=subject) from error
        except MemoryError as error:
            raise ExtractorCrashError("extraction exceeded the memory limit of its process", subject=subject) from error

    def _scheduled(self, work: Callable[..., T], args: tuple[Any, ...], subject: str) -> ProcessFuture[T]:
        """Schedule work. Raises NotAttemptedError if the processes are ending or cannot be started."""
        given, longest_s = [work, args, self._timeout_s], self._timeout_s * CLOCK_FACTOR
        for _ in range(2):
            if self._dropping:
                raise _shutting_down(subject)
            try:
                return self._pool.schedule(_bounded, args=given, timeout=longest_s)
            except RuntimeError as error:  # from Pebble: the pool was stopped, or cannot start its processes
                if self._ended:
                    raise _shutting_down(subject) from error
                self._renew(self._pool, str(error) or type(error).__name__)
        raise NotAttemptedError("the extraction processes cannot be started", subject=subject)

    async def _answer(self, future: ProcessFuture[T], subject: str) -> T:
        """Return the result, or raise NotAttemptedError after ANSWER_TIMEOUT_S, which is longer than any page may take.

        Raises BrokenProcessPool as soon as the pool has ended, as Pebble drops the pages that it had not started.
        """
        pool, waiting = self._pool, asyncio.wrap_future(future)
        loop = asyncio.get_running_loop()
        end_s = loop.time() + self._answer_timeout_s
        try:
            while not waiting.done() and (left_s := end_s - loop.time()) > 0:
                await asyncio.wait({waiting}, timeout=min(CHECK_S, left_s))
                if not waiting.done() and (self._dropping or pool is not self._pool or not pool.active):
                    raise BrokenProcessPool("one of its threads stopped")
        finally:
            done = waiting.done()
            waiting.cancel()  # stops work that is still running
        if not done:
            self._renew(pool, f"no response within {self._answer_timeout_s:g} s")
        if not done or waiting.cancelled():
            raise NotAttemptedError("the extraction processes stopped", subject=subject)
        return waiting.result()

    def _renew(self, broken: ProcessPool, why: str) -> None:
        """Replace a broken pool, once."""
        if self._pool is broken and not self._ended:
            _log.error("restarting the extraction processes: %s", why)
            broken.stop()  # type: ignore[no-untyped-call]
            threading.Thread(target=broken.join, daemon=True).start()  # closes its pipes, so that its readers end
            self._pool = self._opened()

    @asynccontextmanager
    async def _one_place(self) -> AsyncIterator[None]:
        async with self._admission:
            await self._places.acquire()
        try:
            yield
        finally:
            self._places.release()

    @asynccontextmanager
    async def _all_places(self) -> AsyncIterator[None]:
        taken = 0
        async with self._admission:
            try:
                for _ in range(self._count):
                    await self._places.acquire()
                    taken += 1
                yield
            finally:
                for _ in range(taken):
                    self._places.release()

    def warm(self) -> None:
        """Start the processes now instead of at the first page. Return at once: their fork server takes a while."""
        metrics.EXTRACTORS.set(self._processes)
        threading.Thread(target=self._start, daemon=True).start()

    def _start(self) -> None:
        with suppress(NotAttemptedError):  # then the first page starts them
            self._scheduled(int, (), "the first page")

    def expect_end(self) -> None:
        """Treat every failure from now on as a part of the shutdown: start no new processes, and blame no page."""
        self._ended = True

    def drop_work(self) -> None:
        """Drop work that waits or runs: it raises NotAttemptedError."""
        self._ended = self._dropping = True

    async def close(self) -> None:
        """End the processes; pages in work are dropped (the next crawl finds them again)."""
        self.expect_end()
        await asyncio.to_thread(self._end)  # which waits for processes that are just being started

    def _end(self) -> None:
        self._pool.stop()  # type: ignore[no-untyped-call]
        self._pool.join()


@asynccontextmanager
async def reading() -> AsyncIterator[ExtractorPool]:
    """Open a pool of one process for the block: for commands that read a page now and then."""
    pool = ExtractorPool(1)
    try:
        yield pool
    finally:
        await pool.close()
