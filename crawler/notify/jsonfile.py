"""Alerts as JSON lines in a file, for programs that read files."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path

from crawler.errors import NotifyError
from crawler.items import Alert
from crawler.notify.message import alert_json


class JsonFileSender:
    """Appends one JSON object a line, durably. It opens the file for each, so that rotation may move it at any time."""

    def __init__(self, channel: str, path: Path) -> None:
        self.label = f"{channel} (file:{path})"
        self._path = path

    async def send(self, alert: Alert) -> None:
        """Append the alert. Raises NotifyError; a full or unwritable disk is worth another attempt."""
        line = json.dumps(alert_json(alert), ensure_ascii=False, separators=(",", ":"))
        try:
            await asyncio.to_thread(_append, self._path, line.encode("utf-8", "replace") + b"\n")
        except OSError as error:
            message = f"cannot be written: {error.strerror or error}"
            raise NotifyError(message, retryable=True, subject=self.label) from error

    async def close(self) -> None:
        """Nothing is held."""


def _append(path: Path, line: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+b", buffering=0) as file:
        end = file.seek(0, os.SEEK_END)
        if end and os.pread(file.fileno(), 1, end - 1) != b"\n":
            line = b"\n" + line  # a crash left half a line: it spoils itself only
        file.write(line)
        os.fsync(file.fileno())
