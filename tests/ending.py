"""Ending tasks."""

from __future__ import annotations

import asyncio


async def end(*tasks: asyncio.Task[object]) -> None:
    """Cancel tasks until all have ended, whatever they raise.

    Once is not enough: `asyncio.wait_for` of Python 3.11, which redis-py uses, loses a cancellation that comes in the
    same turn as what it waits for. The next one comes after a while: it breaks off an end that takes its time.
    """
    left = set(tasks)
    while left:
        for task in left:
            task.cancel()
        _, left = await asyncio.wait(left, timeout=30)
