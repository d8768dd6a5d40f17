"""Which sources' news hubs push, for those who look from outside the service: the page, and commands."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from datetime import datetime
from urllib.parse import urlsplit

from crawler.errors import StateError
from crawler.state import Pushed, State

PATIENCE_S = 1.0


async def pushes_of(redis_url: str, sources: Collection[str], now: datetime) -> dict[str, Pushed]:
    """Of these sources those that are pushed, in part at least; none where no service runs or Redis does not answer."""
    if not redis_url or not sources:
        return {}
    try:
        state = State.connect(redis_url, retries=0)
    except StateError:
        return {}
    try:
        async with asyncio.timeout(PATIENCE_S):
            return await state.pushes(sources, now)
    except (StateError, TimeoutError):
        return {}
    finally:
        await state.close()


def said_of(one: Pushed) -> str:
    """One line for a person: `pushed by hub.example`, or of how many feeds."""
    hubs = " and ".join(dict.fromkeys(urlsplit(hub).hostname or hub for hub in one.hubs))
    return f"pushed by {hubs}" if one.whole else f"{one.feeds} of {one.of} feeds pushed by {hubs}"
