"""The tasks of the queues: acknowledged after the work, redelivered if a worker dies.

Workers register their own functions under these names; processes that only add tasks, such as `wirewatch crawl`,
register these signatures.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, TypeAlias

from docket import ConcurrencyLimit, Docket, Execution

from crawler.archive import Due
from crawler.dedupe.urls import canonical_url, url_key
from crawler.errors import StateError
from crawler.service.worker.queue import open_queue
from crawler.state import failures, keys

CRAWL = "crawl"
DELIVER = "deliver"
REVISIT = "revisit"
FETCH = "fetch"
_DUE = "%Y%m%dT%H%M%S"
RESULT_TTL = timedelta(minutes=15)


Alone: TypeAlias = Annotated[str, ConcurrencyLimit(1, scope="crawl")]  # one crawl of a source at a time
AloneAgain: TypeAlias = Annotated[str, ConcurrencyLimit(1, scope="revisit")]


async def crawl(source_id: Alone, task: str) -> None:
    """Define the signature of the crawl task."""
    raise NotImplementedError(f"no worker accepted {task} ({source_id})")


async def deliver(channel: str, message: str) -> None:
    """Define the signature of the delivery task."""
    raise NotImplementedError(f"no worker accepted message {message} to {channel}")


async def revisit(source_id: AloneAgain) -> None:
    """Define the signature of the revisit task."""
    raise NotImplementedError(f"no worker accepted the revisits of {source_id}")


async def fetch(source_id: str, url: str, task: str) -> None:
    """Define the signature of the task that fetches one page."""
    raise NotImplementedError(f"no worker accepted {task} ({source_id}, {url})")


def docket(redis_url: str) -> Docket:
    """Return the docket of crawls and revisits on this Redis: an async context manager."""
    queue = open_queue(keys.DOCKET, redis_url, kept=RESULT_TTL)
    queue.register(crawl, names=[CRAWL])
    queue.register(revisit, names=[REVISIT])
    queue.register(fetch, names=[FETCH])
    return queue


def delivery_docket(redis_url: str) -> Docket:
    """Return the docket of deliveries, a separate one, so that workers of crawls take no deliveries."""
    queue = open_queue(keys.DELIVERIES, redis_url, kept=RESULT_TTL)
    queue.register(deliver, names=[DELIVER])
    return queue


def crawl_key(source_id: str, due: datetime) -> str:
    """Return the key of a crawl: one task for each source and due second, even with two schedulers."""
    return f"crawl:{source_id}:{due.astimezone(UTC):{_DUE}}"


def due_of(key: str) -> datetime | None:
    """Return the due second in a crawl's key; None for another key."""
    try:
        return datetime.strptime(key.rpartition(":")[2], _DUE).replace(tzinfo=UTC)
    except ValueError:
        return None


async def add_crawl(queue: Docket, source_id: str, due: datetime) -> Execution:
    """Add a crawl; adding the same one again has no effect. Raises StateError."""
    key = crawl_key(source_id, due)
    async with failures("queueing a crawl"):
        return await queue.add(CRAWL, key=key)(source_id, key)


async def request_crawl(url: str, source_id: str, now: datetime) -> str:
    """Have the running service crawl a source; return the id of the run. Raises StateError if none is running."""
    async with failures("contacting the service"), docket(url) as queue:
        if not list(await queue.workers()):
            raise StateError("no worker is running: start `wirewatch run`", subject=source_id)
        return (await add_crawl(queue, source_id, now)).key


async def request_fetch(redis_url: str, source_id: str, url: str, now: datetime) -> str:
    """Have the running service fetch one page; return the id of the run. Two requests in one second are one task.

    Raises StateError if no service is running, ValueError if the URL is not a web address.
    """
    key = f"fetch:{source_id}:{url_key(canonical_url(url)):016x}:{now.astimezone(UTC):{_DUE}}"
    async with failures("contacting the service"), docket(redis_url) as queue:
        if not list(await queue.workers()):
            raise StateError("no worker is running: start `wirewatch run`", subject=source_id)
        return (await queue.add(FETCH, key=key)(source_id, url, key)).key


async def add_revisit(queue: Docket, source_id: str) -> None:
    """Add a run of revisits, unless one of the source is waiting or running. Raises StateError."""
    async with failures("queueing revisits"):
        await queue.add(REVISIT, key=f"revisit:{source_id}")(source_id)


async def add_delivery(queue: Docket, due: Due) -> None:
    """Add an attempt at a message; adding the same one again has no effect. Raises StateError."""
    key = f"deliver:{due.channel}:{due.message}:{due.attempts}:{due.at.timestamp():.3f}"
    async with failures("queueing a delivery"):
        await queue.add(DELIVER, key=key)(due.channel, due.message)
