"""Asking the service that runs beside the page for a crawl."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import HTTPException

from crawler.errors import StateError
from crawler.service import tasks
from crawler.usecases import deadlines
from crawler.web.site import Site


def ask_crawl(site: Site, source_id: str) -> str:
    """Queue a crawl; the id of its run. Raises HTTPException 503 where no service answers."""
    return _asked(site, lambda redis: tasks.ask_crawl(redis, source_id, site.now()))


def ask_fetch(site: Site, source_id: str, url: str) -> str:
    """Queue the fetching of one page; the id of its run. Raises HTTPException 503 where no service answers."""
    return _asked(site, lambda redis: tasks.ask_fetch(redis, source_id, url, site.now()))


def _asked(site: Site, ask: Callable[[str], Coroutine[Any, Any, str]]) -> str:
    url = site.redis_url
    if not url:
        raise _nobody("No service is running: start `wirewatch run`.")
    try:
        return asyncio.run(asyncio.wait_for(ask(url), deadlines.SERVICE_S))
    except TimeoutError as error:
        raise _nobody(f"The service did not answer within {deadlines.SERVICE_S:.0f} s.") from error
    except StateError as error:
        raise _nobody(str(error)) from error


def _nobody(detail: str) -> HTTPException:
    return HTTPException(503, detail, headers={"Retry-After": "30"})
