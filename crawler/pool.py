"""The extraction processes: the one CPU-heavy stage, kept away from the event loop.

A page that hangs, dies or eats memory costs its own process only, never its neighbours.
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

TIMEOUT_S = 10.0  # of processor time: a page is not to blame for a busy machine
CLOCK_FACTOR = 4  # a page that waits instead of working may take this many times as long by the clock
MAX_DATA_BYTES = 768 * 1024 * 1024  # heap of one process; a warm one holds about 100 MB
PATIENCE_S = 240.0  # for an answer: with pages before it, and processes that have to start on a busy machine
A_PROCESS = 4  # pages given to each: one at work, others at hand, as the event loop may be slower than a page
LOOK_S = 0.5  # how often a page that waits sees whether its pool is still there
ATTEMPTS = 3  # at a page, in pools that end
_NO_FORK_SERVER = 255  # what multiprocessing says of a process whose fork server is gone
MAX_TASKS = 2_000  # then the process is replaced, so that what a C library leaks stays small


def _begin() -> None:
    """Runs once in each process: signals of a terminal are the parent's, memory is bounded."""
    for name in (signal.SIGINT, signal.SIGHUP, signal.SIGQUIT):
        signal.signal(name, signal.SIG_IGN)
    with suppress(ValueError, OSError):  # a lower hard limit is fine; macOS ignores this one
        resource.setrlimit(resource.RLIMIT_DATA, (MAX_DATA_BYTES, MAX_DATA_BYTES))


def _bounded(work: Callable[..., T], args: tuple[Any, ...], limit_s: float) -> T:
    """Run `work`; SIGPROF ends this process once that has taken `limit_s` of processor time."""
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
    """A process got SIGKILL: from the kernel for what it read, or from somebody who meant the process."""


class ExtractorPool:
    """`processes` processes that run `crawler.extract.examine`."""

    def __init__(
        self,
        processes: int,
        *,
        timeout_s: float = TIMEOUT_S,
        max_tasks: int = MAX_TASKS,
        patience_s: float = PATIENCE_S,
    ) -> None:
        self._timeout_s = timeout_s
        self._patience_s = patience_s
        self._processes = processes
        self._max_tasks = max_tasks
        self._pool = self._opened()
        self._ended = False
        self._count = processes * A_PROCESS
        self._places = asyncio.Semaphore(self._count)
        self._door = asyncio.Lock()  # held by what works alone

    def _opened(self) -> ProcessPool:
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(["crawler.extract.warm"])
        return ProcessPool(self._processes, max_tasks=self._max_tasks, initializer=_begin, context=context)

    async def examine(self, html: bytes, url: str, hints: Hints, *, alone: bool = False) -> tuple[Extraction, Traits]:
        """As `crawler.extract.examine`, in another process, with what the site can be learned from.

        Raises as `call` does.
        """
        return await self.call(_examine, html, url, hints, subject=url, alone=alone)

    async def call(self, work: Callable[..., T], *args: Any, subject: str, alone: bool = False) -> T:
        """Runs a pure function in another process; `subject` is the URL it is about.

        `alone`: while nothing else runs, so that whatever happens is known to be its doing. Raises what the function
        raises, ExtractorCrashError when it exceeds the time limit, kills its process or outgrows its memory, and
        NotAttemptedError when the processes are ending, or had to be started anew.
        """
        try:
            return await self._once(work, args, subject, alone=alone)
        except _KilledError:  # by whom is not known: once more, alone
            try:
                return await self._once(work, args, subject, alone=True)
            except _KilledError as error:
                raise ExtractorCrashError("the process that read it was killed", subject=subject) from error

    async def _once(self, work: Callable[..., T], args: tuple[Any, ...], subject: str, *, alone: bool) -> T:
        async with self._all_places() if alone else self._one_place():
            for _ in range(ATTEMPTS):
                with suppress(BrokenProcessPool):
                    return await self._attempt(work, args, subject)
            raise NotAttemptedError("the extraction processes stopped repeatedly", subject=subject)

    async def _attempt(self, work: Callable[..., T], args: tuple[Any, ...], subject: str) -> T:
        """Raises as `call` does, _KilledError, and BrokenProcessPool where other processes may read it."""
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
            if error.exitcode == _NO_FORK_SERVER:  # the page had no part in that
                self._renew(pool, "their fork server stopped")
                raise BrokenProcessPool from error
            if error.exitcode == -signal.SIGPROF:
                why = f"extraction took longer than {self._timeout_s:g} s of CPU time"
                raise ExtractorCrashError(why, subject=subject) from error
            if error.exitcode == -signal.SIGKILL:
                raise _KilledError from error
            raise ExtractorCrashError("the process that read it was killed", subject=subject) from error
        except MemoryError as error:
            raise ExtractorCrashError("extraction exceeded the memory limit of its process", subject=subject) from error

    def _scheduled(self, work: Callable[..., T], args: tuple[Any, ...], subject: str) -> ProcessFuture[T]:
        """Hand work to a process. Raises NotAttemptedError when the processes are ending, or cannot be started."""
        given, longest_s = [work, args, self._timeout_s], self._timeout_s * CLOCK_FACTOR
        for _ in range(2):
            try:
                return self._pool.schedule(_bounded, args=given, timeout=longest_s)
            except RuntimeError as error:  # Pebble's word for a pool that was stopped, or cannot start its processes
                if self._ended:
                    raise NotAttemptedError("the extraction processes are shutting down", subject=subject) from error
                self._renew(self._pool, str(error) or type(error).__name__)
        raise NotAttemptedError("the extraction processes cannot be started", subject=subject)

    async def _answer(self, future: ProcessFuture[T], subject: str) -> T:
        """The result; whoever has waited for longer than any page may take is not answered any more.

        Raises BrokenProcessPool at once where the pool has ended: Pebble forgets pages that it had not handed out yet.
        """
        pool, waiting = self._pool, asyncio.wrap_future(future)
        loop = asyncio.get_running_loop()
        end_s = loop.time() + self._patience_s
        try:
            while not waiting.done() and (left_s := end_s - loop.time()) > 0:
                await asyncio.wait({waiting}, timeout=min(LOOK_S, left_s))
                if not waiting.done() and not self._ended and (pool is not self._pool or not pool.active):
                    raise BrokenProcessPool("one of its threads stopped")
        finally:
            done = waiting.done()
            waiting.cancel()  # ends what still runs; nothing where it is done
        if not done:
            self._renew(pool, f"no response within {self._patience_s:g} s")
        if not done or waiting.cancelled():
            raise NotAttemptedError("the extraction processes stopped", subject=subject)
        return waiting.result()

    def _renew(self, broken: ProcessPool, why: str) -> None:
        """Starts new processes in place of a broken pool's, once."""
        if self._pool is broken and not self._ended:
            _log.error("restarting the extraction processes: %s", why)
            broken.stop()  # type: ignore[no-untyped-call]
            threading.Thread(target=broken.join, daemon=True).start()  # closes its pipes: what still reads there ends
            self._pool = self._opened()

    @asynccontextmanager
    async def _one_place(self) -> AsyncIterator[None]:
        async with self._door:
            await self._places.acquire()
        try:
            yield
        finally:
            self._places.release()

    @asynccontextmanager
    async def _all_places(self) -> AsyncIterator[None]:
        taken = 0
        async with self._door:
            try:
                for _ in range(self._count):
                    await self._places.acquire()
                    taken += 1
                yield
            finally:
                for _ in range(taken):
                    self._places.release()

    def warm(self) -> None:
        """Start the processes now instead of at the first page. Returns at once: their fork server takes a while."""
        metrics.EXTRACTORS.set(self._processes)
        threading.Thread(target=self._start, daemon=True).start()

    def _start(self) -> None:
        with suppress(NotAttemptedError):  # then the first page starts them
            self._scheduled(int, (), "the first page")

    async def close(self) -> None:
        """End the processes; a page at work is dropped (the next crawl finds it again)."""
        self._ended = True
        await asyncio.to_thread(self._end)  # which waits for processes that are just being started

    def _end(self) -> None:
        self._pool.stop()  # type: ignore[no-untyped-call]
        self._pool.join()


@asynccontextmanager
async def reading() -> AsyncIterator[ExtractorPool]:
    """One process for as long as the block takes: for what reads a page now and then."""
    pool = ExtractorPool(1)
    try:
        yield pool
    finally:
        await pool.close()
