"""The selection of a sender for a channel URL."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from urllib.parse import unquote

from crawler.errors import NotifyError
from crawler.notify.jsonfile import JsonFileSender
from crawler.notify.sender import Sender
from crawler.notify.services import AppriseSender
from crawler.notify.smtp import MailSender
from crawler.notify.terminal import TerminalSender
from crawler.notify.webhook import WebhookSender


def _to_stdout(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


def _now() -> datetime:
    return datetime.now(UTC)


def sender_for(
    channel: str,
    url: str,
    *,
    write: Callable[[str], object] = _to_stdout,
    zone: tzinfo = UTC,
    secrets: Sequence[str] = (),
    private: bool = False,
    now: Callable[[], datetime] = _now,
) -> Sender:
    """Return the sender of a channel: `terminal:`, `file:PATH`, `https://...`, `mailtos://...`, or any Apprise URL.

    `write` takes the lines of `terminal:`; `zone` is the time zone of the times in messages; `secrets` sign webhooks;
    `private`: the host may be on a private network; `now` timestamps webhooks. Raises NotifyError, not retryable, for a
    URL of an unknown kind, and for secrets of a channel that is not a webhook.
    """
    url = url.strip()
    scheme, colon, rest = url.partition(":")
    kind = scheme.lower() if colon else ""
    if secrets and kind not in {"http", "https"}:
        raise NotifyError("only webhooks use secrets: remove them", retryable=False, subject=channel)
    match kind:
        case "terminal":
            return TerminalSender(channel, write, zone=zone)
        case "file":
            return JsonFileSender(channel, _path(channel, rest))
        case "http" | "https":
            return WebhookSender(channel, url, secrets=secrets, private=private, zone=zone, now=now)
        case "mailto" | "mailtos":
            return MailSender(channel, url, private=private, zone=zone)
        case _:
            return AppriseSender(channel, url, zone=zone, private=private)


def _path(channel: str, rest: str) -> Path:
    """Return the path of `file:///absolute/path` (RFC 8089), or of `file:relative/path`, as people write it."""
    path = unquote(rest.removeprefix("//")) if rest.startswith("//") else rest
    if not path.strip("/") or "\x00" in path or (rest.startswith("//") and not path.startswith("/")):
        raise NotifyError("file: requires a path, such as file:var/alerts.jsonl", retryable=False, subject=channel)
    return Path(path)
