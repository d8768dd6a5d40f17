"""The archive for the event loop: a thread of its own, group commits, and retries during an outage."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from crawler.archive.archive import Archive
from crawler.archive.model import Entry, Stored
from crawler.errors import ArchiveError
from crawler.observe import metrics

P = ParamSpec("P")
T = TypeVar("T")

MAX_BATCH = 64
RETRY_FOR_S = 300.0  # an outage longer than this fails the waiting work; the next crawl finds it again
MAX_PAUSE_S = 5.0

_log = logging.getLogger(__name__)


class AsyncArchive:
    """A wrapper that runs work in the archive's own thread. Entries that arrive during a commit share the next one.

    `sync` is the archive itself.
    """

    def __init__(self, archive: Archive, *, retry_for_s: float = RETRY_FOR_S) -> None:
        self.sync = archive
        self._retry_for_s = retry_for_s
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="archive")
        self._waiting: asyncio.Queue[tuple[Entry, asyncio.Future[Stored]]] = asyncio.Queue()
        self._writer: asyncio.Task[None] | None = None
        self._closed = False

    async def call(self, work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `work` (a method of the archive) in the archive's thread, and retry transient errors.

        Raises ArchiveError for a permanent error, when an outage lasts longer than `retry_for_s`, and after `close`.
        """
        loop = asyncio.get_running_loop()
        until = loop.time() + self._retry_for_s
        pause_s = 0.1
        while True:
            self._check_open()
            try:
                return await loop.run_in_executor(self._thread, lambda: work(*args, **kwargs))
            except ArchiveError as error:
                if not error.transient or loop.time() + pause_s > until:
                    metrics.DATABASE_ERRORS.labels(metrics.FAILED).inc()
                    raise
                metrics.DATABASE_ERRORS.labels(metrics.RETRIED).inc()
                _log.warning("%s; retrying in %.1f s", error, pause_s)
            await asyncio.sleep(pause_s)
            pause_s = min(MAX_PAUSE_S, pause_s * 2)

    async def store(self, entry: Entry) -> Stored:
        """Store one entry; return when it is durable. Raises ArchiveError as `call` does."""
        self._check_open()
        if self._writer is None:
            alone = contextvars.Context()  # it serves all crawls: its log lines must not carry the first one's context
            self._writer = asyncio.create_task(self._write(), name="archive-writer", context=alone)
        done: asyncio.Future[Stored] = asyncio.get_running_loop().create_future()
        await self._waiting.put((entry, done))
        return await done

    async def close(self) -> None:
        """End the thread; cancel the entries that still wait. The archive itself stays open."""
        self._closed = True
        if self._writer is not None:
            self._writer.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._writer
        while not self._waiting.empty():
            self._waiting.get_nowait()[1].cancel()
        await asyncio.to_thread(self._thread.shutdown)

    def _check_open(self) -> None:
        if self._closed:
            raise ArchiveError("the archive is closed, as the process is ending")

    async def _write(self) -> None:
        while True:
            batch = [await self._waiting.get()]
            while len(batch) < MAX_BATCH and not self._waiting.empty():
                batch.append(self._waiting.get_nowait())
            try:
                await self._commit(batch)
            except asyncio.CancelledError:
                for _, done in batch:
                    done.cancel()
                raise

    async def _commit(self, batch: list[tuple[Entry, asyncio.Future[Stored]]]) -> None:
        try:
            with metrics.STORE.time():
                results = await self.call(self.sync.store, [entry for entry, _ in batch])
        except ArchiveError as error:
            if len(batch) > 1 and not error.transient:  # one bad entry must not fail the others
                for one in batch:
                    await self._commit([one])
                return
            for _, done in batch:
                if not done.done():
                    done.set_exception(error)
            return
        for (_, done), stored in zip(batch, results, strict=True):
            if not done.done():
                done.set_result(stored)
