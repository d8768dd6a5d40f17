"""Asking the running service for a crawl of a source, or for one page."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from datetime import datetime
from typing import Any

from crawler.errors import StateError
from crawler.service.worker import tasks
from crawler.usecases import deadlines


async def request_crawl(redis_url: str, source_id: str, now: datetime) -> str:
    """Queue a crawl and return the id of its run. Raises StateError where no service answers in time."""
    return await _requested(redis_url, source_id, lambda: tasks.request_crawl(redis_url, source_id, now))


async def request_fetch(redis_url: str, source_id: str, url: str, now: datetime) -> str:
    """Queue the fetching of one page and return the id of its run.

    Raises StateError where no service answers in time, ValueError for what is not a web address.
    """
    return await _requested(redis_url, source_id, lambda: tasks.request_fetch(redis_url, source_id, url, now))


async def _requested(redis_url: str, source_id: str, ask: Callable[[], Coroutine[Any, Any, str]]) -> str:
    if not redis_url:
        raise StateError("no service is running: start `wirewatch run`", subject=source_id)
    try:
        async with asyncio.timeout(deadlines.SERVICE_S):
            return await ask()
    except TimeoutError as error:
        message = f"the service did not answer within {deadlines.SERVICE_S:g} s"
        raise StateError(message, subject=source_id) from error
