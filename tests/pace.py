"""Bounds of time in seconds of a quiet machine: a slow, a shared or a traced one is given more, in proportion."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Self

from crawler.rules.language.lexer import Lexer

_WORK = "harbour AND (council OR berth) " * 600
_TIMES = 5
_QUIET_S = 0.017  # what reading it so often takes there


def slowness(clock: Callable[[], float] = time.thread_time) -> float:
    """Return how many times longer this thread takes than a quiet machine, at least 1.

    What it times is our own code, so that the tracing of coverage counts too.
    """
    begun = clock()
    for _ in range(_TIMES):
        Lexer(_WORK).lexemes()
    return max(1.0, (clock() - begun) / _QUIET_S)


class Delays:
    """How late a thread wakes up that only sleeps, from __enter__ on: what the machine alone delays others by."""

    def __init__(self) -> None:
        self.longest_s = 0.0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._sleep, daemon=True)

    def _sleep(self) -> None:
        while not self._over.is_set():
            begun = time.monotonic()
            self._over.wait(0.01)
            self.longest_s = max(self.longest_s, time.monotonic() - begun)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()


@contextmanager
def within(seconds: float, clock: Callable[[], float] = time.thread_time) -> Iterator[None]:
    """Fail where the block takes longer, in this thread's processor time or by another `clock`."""
    pace = slowness(clock)
    begun = clock()
    yield
    used = clock() - begun
    pace = max(pace, slowness(clock))
    assert used < seconds * pace, f"{used:.1f} s on a machine {pace:.1f} times slower"
