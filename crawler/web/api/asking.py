"""Crawl requests to the running service."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import HTTPException

from crawler.errors import StateError
from crawler.service import tasks
from crawler.web.site import Site

TIMEOUT_S = 10.0


def ask_crawl(site: Site, source_id: str) -> str:
    """Queue a crawl; return the id of its run. Raises HTTPException 503 if no service responds."""
    return _asked(site, lambda redis: tasks.ask_crawl(redis, source_id, site.now()))


def ask_fetch(site: Site, source_id: str, url: str) -> str:
    """Queue the fetching of one page; return the id of its run. Raises HTTPException 503 if no service responds."""
    return _asked(site, lambda redis: tasks.ask_fetch(redis, source_id, url, site.now()))


def _asked(site: Site, ask: Callable[[str], Coroutine[Any, Any, str]]) -> str:
    url = site.redis_url
    if not url:
        raise _unavailable("The service is not running. Start it with `wirewatch run`.")
    try:
        return asyncio.run(asyncio.wait_for(ask(url), TIMEOUT_S))
    except TimeoutError as error:
        raise _unavailable(f"The service did not respond within {TIMEOUT_S:.0f} s.") from error
    except StateError as error:
        raise _unavailable(str(error)) from error


def _unavailable(detail: str) -> HTTPException:
    return HTTPException(503, detail, headers={"Retry-After": "30"})
