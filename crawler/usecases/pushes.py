"""Sources that WebSub hubs push, as seen from outside the service: by the page and by commands."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from datetime import datetime
from urllib.parse import urlsplit

from crawler.errors import StateError
from crawler.state import Pushed, State

TIMEOUT_S = 1.0


async def pushes_of(redis_url: str, sources: Collection[str], now: datetime) -> dict[str, Pushed]:
    """Return the sources that are pushed, at least in part; none if no service is running or Redis does not respond."""
    if not redis_url or not sources:
        return {}
    try:
        state = State.connect(redis_url, retries=0)
    except StateError:
        return {}
    try:
        async with asyncio.timeout(TIMEOUT_S):
            return await state.pushes(sources, now)
    except (StateError, TimeoutError):
        return {}
    finally:
        await state.close()


def push_text(one: Pushed) -> str:
    """Return one line for people: `pushed by hub.example`, or the number of pushed feeds."""
    hubs = " and ".join(dict.fromkeys(urlsplit(hub).hostname or hub for hub in one.hubs))
    return f"pushed by {hubs}" if one.whole else f"{one.feeds} of {one.of} feeds pushed by {hubs}"
