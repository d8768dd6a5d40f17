"""The tasks that Docket carries: acknowledged after the work, delivered again when a worker dies.

Both sides register these functions under these names: the service with the real ones, commands such as
`wirewatch crawl` with these signatures only.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from docket import Docket, Execution

from crawler.archive import Due
from crawler.errors import StateError
from crawler.state import failures, keys

CRAWL = "crawl"
DELIVER = "deliver"
REVISIT = "revisit"
REVISIT_SLOT_S = 5  # tasks of one source and slot are one
RESULT_TTL = timedelta(minutes=15)


async def crawl(source_id: str, task: str) -> None:
    """The signature of the crawl task; a worker registers its own function under this name."""
    raise NotImplementedError(f"no worker took {task} ({source_id})")


async def deliver(channel: str, message: str) -> None:
    """The signature of the delivery task."""
    raise NotImplementedError(f"no worker took message {message} to {channel}")


def docket(redis_url: str) -> Docket:
    """Our docket on this Redis: an async context manager."""
    return Docket(name=keys.DOCKET, url=redis_url, execution_ttl=RESULT_TTL)


def crawl_key(source_id: str, due: datetime) -> str:
    """One task for each source and due second: two schedulers do no harm."""
    return f"crawl:{source_id}:{due:%Y%m%dT%H%M%S}"


async def add_crawl(queue: Docket, source_id: str, due: datetime) -> Execution:
    """Adds a crawl; adding the same one twice adds nothing. Raises StateError."""
    key = crawl_key(source_id, due)
    async with failures("queueing a crawl"):
        return await queue.add(CRAWL, key=key)(source_id, key)


async def ask_crawl(url: str, source_id: str, now: datetime) -> str:
    """Has the running service on this Redis crawl a source; the id of the run. Raises StateError where none runs."""
    async with failures("asking the service"), docket(url) as queue:
        queue.register(crawl, names=[CRAWL])
        if not list(await queue.workers()):
            raise StateError("no worker is running: start `wirewatch run`", subject=source_id)
        return (await add_crawl(queue, source_id, now)).key


async def add_revisit(queue: Docket, source_id: str, now: datetime) -> None:
    """Adds a run of revisits; adding the same one twice adds nothing."""
    slot = int(now.timestamp()) // REVISIT_SLOT_S
    async with failures("queueing revisits"):
        await queue.add(REVISIT, key=f"revisit:{source_id}:{slot}")(source_id)


async def add_delivery(queue: Docket, due: Due) -> None:
    """Adds an attempt at a message; adding the same one twice adds nothing. Raises StateError."""
    key = f"deliver:{due.channel}:{due.message}:{due.attempts}:{due.at.timestamp():.3f}"
    async with failures("queueing a delivery"):
        await queue.add(DELIVER, key=key)(due.channel, due.message)
