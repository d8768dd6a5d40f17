"""Alerts as calm lines on a terminal."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, tzinfo

from crawler.errors import NotifyError
from crawler.items import Alert
from crawler.notify.message import render_line


class TerminalSender:
    """Writes one line for each alert. `write` takes text that ends with a line's end."""

    def __init__(self, channel: str, write: Callable[[str], object], *, zone: tzinfo = UTC) -> None:
        self.label = f"{channel} (terminal)"
        self._write = write
        self._zone = zone

    async def send(self, alert: Alert) -> None:
        """Write the alert's line. Raises NotifyError when the terminal is gone."""
        try:
            self._write(render_line(alert, zone=self._zone) + "\n")
        except (OSError, ValueError) as error:  # ValueError: a closed stream, or a terminal that lacks the character
            raise NotifyError(f"cannot be written: {error}", retryable=True, subject=self.label) from error

    async def close(self) -> None:
        """Nothing is held."""
