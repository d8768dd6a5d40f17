"""The one place that knows which kind of channel URL is delivered by which sender."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import UTC, tzinfo
from pathlib import Path
from urllib.parse import unquote

from crawler.errors import NotifyError
from crawler.notify.jsonfile import JsonFileSender
from crawler.notify.sender import Sender
from crawler.notify.services import AppriseSender
from crawler.notify.terminal import TerminalSender


def _to_stdout(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


def sender_for(channel: str, url: str, *, write: Callable[[str], object] = _to_stdout, zone: tzinfo = UTC) -> Sender:
    """The sender of a channel: `terminal:`, `file:PATH` (JSON lines), `https://...` (webhook), or any Apprise URL.

    `write` takes the lines of `terminal:`; `zone` is the time zone of the times in messages. Raises NotifyError, which
    is not retryable, for a URL of no known kind.
    """
    scheme, colon, rest = url.strip().partition(":")
    if colon and scheme.lower() == "terminal":
        return TerminalSender(channel, write, zone=zone)
    if colon and scheme.lower() == "file":
        return JsonFileSender(channel, _path(channel, rest))
    return AppriseSender(channel, url.strip(), zone=zone)


def _path(channel: str, rest: str) -> Path:
    """RFC 8089: `file:///absolute/path`; and `file:relative/path`, as people write it."""
    path = unquote(rest.removeprefix("//")) if rest.startswith("//") else rest
    if not path.strip("/") or "\x00" in path or (rest.startswith("//") and not path.startswith("/")):
        raise NotifyError("file: needs a path, as in file:var/alerts.jsonl", retryable=False, subject=channel)
    return Path(path)
