"""Readiness of a process: named checks, each with a time limit."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeAlias

TIMEOUT_S = 2.0

Check: TypeAlias = Callable[[], Awaitable[None]]  # raises with a readable reason if it fails


class Readiness:
    """`checks` by name.

    A check that misses its time limit keeps running and is not started again until it ends, so frequent probes do not
    accumulate while a server hangs.
    """

    def __init__(self, checks: Mapping[str, Check], *, timeout_s: float = TIMEOUT_S) -> None:
        self._checks = checks
        self._timeout_s = timeout_s
        self._tasks: dict[str, asyncio.Task[None]] = {}

    async def missing(self) -> dict[str, str]:
        """Return the reasons of failed checks by name; empty if the process is ready."""
        reasons = await asyncio.gather(*map(self._run, self._checks))
        return {name: why for name, why in zip(self._checks, reasons, strict=True) if why}

    async def close(self) -> None:
        """Cancel the checks that are still running."""
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    async def _run(self, name: str) -> str:
        task = self._tasks.get(name)
        if task is None or task.done():
            task = self._tasks[name] = asyncio.create_task(_called(self._checks[name]), name=f"ready-{name}")
        await asyncio.wait([task], timeout=self._timeout_s)
        if not task.done():
            return f"no answer within {self._timeout_s:g} s"
        error = task.exception()
        return (str(error) or type(error).__name__) if error is not None else ""


async def _called(check: Check) -> None:
    await check()
