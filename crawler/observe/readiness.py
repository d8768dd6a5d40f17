"""Readiness of a process: named checks, each with a time limit."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeAlias

PATIENCE_S = 2.0

Check: TypeAlias = Callable[[], Awaitable[None]]  # raises with a readable reason if it fails


class Readiness:
    """`checks` by name.

    A check that misses its time limit keeps running and is not started again until it ends, so frequent probes do not
    accumulate while a server hangs.
    """

    def __init__(self, checks: Mapping[str, Check], *, patience_s: float = PATIENCE_S) -> None:
        self._checks = checks
        self._patience_s = patience_s
        self._asked: dict[str, asyncio.Task[None]] = {}

    async def missing(self) -> dict[str, str]:
        """Return the reasons of failed checks by name; empty if the process is ready."""
        told = await asyncio.gather(*map(self._ask, self._checks))
        return {name: why for name, why in zip(self._checks, told, strict=True) if why}

    async def close(self) -> None:
        """Cancel the checks that are still running."""
        for task in self._asked.values():
            task.cancel()
        await asyncio.gather(*self._asked.values(), return_exceptions=True)

    async def _ask(self, name: str) -> str:
        task = self._asked.get(name)
        if task is None or task.done():
            task = self._asked[name] = asyncio.create_task(_called(self._checks[name]), name=f"ready-{name}")
        await asyncio.wait([task], timeout=self._patience_s)
        if not task.done():
            return f"no answer within {self._patience_s:g} s"
        error = task.exception()
        return (str(error) or type(error).__name__) if error is not None else ""


async def _called(check: Check) -> None:
    await check()
