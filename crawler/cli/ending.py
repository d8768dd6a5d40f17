"""The signals that end a process. Before a service listens to them itself they interrupt it, as Ctrl-C does."""

from __future__ import annotations

import signal
from types import FrameType
from typing import NoReturn


class Interrupted(KeyboardInterrupt):
    """A signal that ends the process."""

    def __init__(self, number: int = signal.SIGINT) -> None:
        super().__init__(number)
        self.number = signal.Signals(number)


def ending_signals() -> list[signal.Signals]:
    """Return the signals that end this process; not those that its parent had it ignore, as `nohup` does."""
    optional = (signal.SIGHUP, signal.SIGQUIT)
    ignored = [name for name in optional if signal.getsignal(name) is signal.SIG_IGN]
    return [name for name in (signal.SIGINT, signal.SIGTERM, *optional) if name not in ignored]


def interrupt_on_signals() -> None:
    """Raise Interrupted in the main thread for each of them: what is open is closed in order. Ctrl-C does so anyway."""
    for name in ending_signals():
        if name is not signal.SIGINT:  # asyncio handles this one where nothing else does
            signal.signal(name, _interrupt)


def _interrupt(number: int, _frame: FrameType | None) -> NoReturn:
    raise Interrupted(number)
