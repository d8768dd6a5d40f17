"""Requests to the running service: crawl a source, or fetch one page."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from datetime import datetime
from typing import Any

from crawler.errors import StateError
from crawler.service.worker import tasks

TIMEOUT_S = 5.0  # for a running service, or its Redis, to respond


async def request_crawl(redis_url: str, source_id: str, now: datetime) -> str:
    """Queue a crawl and return the id of its run. Raises StateError if no service responds in time."""
    return await _requested(redis_url, source_id, lambda: tasks.request_crawl(redis_url, source_id, now))


async def request_fetch(redis_url: str, source_id: str, url: str, now: datetime) -> str:
    """Queue one page and return the id of its run.

    Raises StateError if no service responds in time, ValueError for an invalid web address.
    """
    return await _requested(redis_url, source_id, lambda: tasks.request_fetch(redis_url, source_id, url, now))


async def _requested(redis_url: str, source_id: str, send: Callable[[], Coroutine[Any, Any, str]]) -> str:
    if not redis_url:
        raise StateError("no service is running: start `wirewatch run`", subject=source_id)
    try:
        async with asyncio.timeout(TIMEOUT_S):
            return await send()
    except TimeoutError as error:
        message = f"the service did not respond within {TIMEOUT_S:g} s"
        raise StateError(message, subject=source_id) from error
