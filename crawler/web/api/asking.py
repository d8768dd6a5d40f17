"""Asking the service that runs beside the page for a crawl."""

from __future__ import annotations

import asyncio

from fastapi import HTTPException

from crawler.errors import StateError
from crawler.service.tasks import CRAWL, add_crawl, crawl, docket
from crawler.web.site import Site

TIMEOUT_S = 10.0


def ask_crawl(site: Site, source_id: str) -> str:
    """Queue a crawl; the id of its run. Raises HTTPException 503 where no service runs, StateError."""
    url = site.redis_url
    if not url:
        raise HTTPException(503, "No service is running: start `wirewatch run`.", headers={"Retry-After": "30"})
    return asyncio.run(_ask(url, site, source_id))


async def _ask(url: str, site: Site, source_id: str) -> str:
    try:
        async with asyncio.timeout(TIMEOUT_S), docket(url) as queue:
            queue.register(crawl, names=[CRAWL])
            if not list(await queue.workers()):
                raise HTTPException(503, "No worker is running: start `wirewatch run`.", headers={"Retry-After": "30"})
            return (await add_crawl(queue, source_id, site.now())).key
    except TimeoutError as error:
        raise StateError(f"no answer within {TIMEOUT_S:.0f} s", subject="queueing a crawl") from error
