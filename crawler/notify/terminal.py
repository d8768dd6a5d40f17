"""Alerts as lines on a terminal."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, tzinfo

from crawler.errors import NotifyError
from crawler.notify.digest import title
from crawler.notify.message import Dispatch, one_line, render_line
from crawler.notify.planning import Form


class TerminalSender:
    """A sender that writes one line for each alert. `write` takes text with its line end."""

    host = ""  # it connects to none

    def __init__(self, channel: str, write: Callable[[str], object], *, zone: tzinfo = UTC) -> None:
        self.label = f"{channel} (terminal)"
        self._write = write
        self._zone = zone

    async def send(self, dispatch: Dispatch) -> None:
        """Write a line for each alert, one for a baseline, or the template's output.

        Raises NotifyError if the terminal is gone.
        """
        lines = dispatch.text.splitlines() or self._lines(dispatch)
        try:
            for line in lines:
                self._write(f"{one_line(line) if dispatch.text else line}\n")
        except (OSError, ValueError) as error:  # ValueError: a closed stream, or a terminal that lacks the character
            raise NotifyError(f"cannot write to the terminal: {error}", retryable=True, subject=self.label) from error

    def _lines(self, dispatch: Dispatch) -> list[str]:
        if dispatch.form is Form.BASELINE:
            clock = dispatch.created.astimezone(self._zone).strftime("%H:%M")
            return [f"{clock}  {title(dispatch)}: wirewatch alerts list"]
        return [render_line(alert, zone=self._zone) for alert in dispatch.alerts]

    async def close(self) -> None:
        """Do nothing: no resources are held."""
