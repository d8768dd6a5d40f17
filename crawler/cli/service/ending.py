"""Signals that end a process: a running service handles them itself, other commands clean up and exit."""

from __future__ import annotations

import signal
from collections.abc import Callable
from types import FrameType
from typing import NoReturn


class Interrupted(SystemExit):
    """A signal ends the process, with the exit code that shells use. Click would hide a KeyboardInterrupt."""

    def __init__(self, number: int) -> None:
        super().__init__(128 + number)
        self.name = signal.Signals(number).name


def ending_signals() -> list[signal.Signals]:
    """Return the signals that end this process, except those that its parent set to be ignored, as `nohup` does."""
    optional = (signal.SIGHUP, signal.SIGQUIT)
    ignored = [name for name in optional if signal.getsignal(name) is signal.SIG_IGN]
    return [name for name in (signal.SIGINT, signal.SIGTERM, *optional) if name not in ignored]


def interrupt_on_signals() -> None:
    """Raise Interrupted in the main thread on each of these signals, so that open resources are closed."""
    for name in ending_signals():
        signal.signal(name, _interrupt)


def stop_on_signals(stop: Callable[[signal.Signals], None]) -> None:
    """Call `stop` on each of these signals instead, in the main thread, between any two instructions."""
    for name in ending_signals():
        signal.signal(name, lambda number, _frame: stop(signal.Signals(number)))


def _interrupt(number: int, _frame: FrameType | None) -> NoReturn:
    raise Interrupted(number)
