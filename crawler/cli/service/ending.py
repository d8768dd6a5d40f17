"""The signals that end a process: a service listens to them itself once it runs, all else is left in order."""

from __future__ import annotations

import signal
from collections.abc import Callable
from types import FrameType
from typing import NoReturn


class Interrupted(SystemExit):
    """A signal ends the process, with the exit code that shells give it. Click would hide a KeyboardInterrupt."""

    def __init__(self, number: int) -> None:
        super().__init__(128 + number)
        self.name = signal.Signals(number).name


def ending_signals() -> list[signal.Signals]:
    """Return the signals that end this process; not those that its parent had it ignore, as `nohup` does."""
    optional = (signal.SIGHUP, signal.SIGQUIT)
    ignored = [name for name in optional if signal.getsignal(name) is signal.SIG_IGN]
    return [name for name in (signal.SIGINT, signal.SIGTERM, *optional) if name not in ignored]


def interrupt_on_signals() -> None:
    """Raise Interrupted in the main thread for each of them, so that what is open is closed in order."""
    for name in ending_signals():
        signal.signal(name, _interrupt)


def stop_on_signals(stop: Callable[[signal.Signals], None]) -> None:
    """Call `stop` for each of them instead, in the main thread, between any two of its instructions."""
    for name in ending_signals():
        signal.signal(name, lambda number, _frame: stop(signal.Signals(number)))


def _interrupt(number: int, _frame: FrameType | None) -> NoReturn:
    raise Interrupted(number)
