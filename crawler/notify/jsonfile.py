"""Alerts as JSON lines in a file, for programs that read files."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path

from crawler.errors import NotifyError
from crawler.notify.message import Dispatch, alert_json
from crawler.private import apply_user_umask, make_parents


class JsonFileSender:
    """A sender that appends one JSON object per line, durably. It opens the file each time, to allow rotation."""

    host = ""  # it connects to none

    def __init__(self, channel: str, path: Path) -> None:
        self.label = f"{channel} (file:{path})"
        self._path = path

    async def send(self, dispatch: Dispatch) -> None:
        """Append the alerts. Raises NotifyError; a full or unwritable disk is worth another attempt."""
        rows = (json.dumps(alert_json(a), ensure_ascii=False, separators=(",", ":")) for a in dispatch.alerts)
        lines = "".join(f"{row}\n" for row in rows)
        try:
            await asyncio.to_thread(_append, self._path, lines.encode("utf-8", "replace"))
        except OSError as error:
            message = f"cannot write to the file: {error.strerror or error}"
            raise NotifyError(message, retryable=True, subject=self.label) from error

    async def close(self) -> None:
        """Do nothing: no resources are held."""


def _append(path: Path, line: bytes) -> None:
    make_parents(path)
    is_new = not path.exists()
    with path.open("a+b", buffering=0) as file:
        if is_new:
            apply_user_umask(path)
        end = file.seek(0, os.SEEK_END)
        if end and os.pread(file.fileno(), 1, end - 1) != b"\n":
            line = b"\n" + line  # a crash left half a line: only that one is unreadable
        file.write(line)
        os.fsync(file.fileno())
