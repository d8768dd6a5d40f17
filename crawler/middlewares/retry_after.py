"""The pause that a busy server requests (Retry-After, RFC 9110 section 10.2.3)."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

BUSY = frozenset({429, 503})
DEFAULT_S = 60.0  # of a busy server that names no pause
LONGEST_S = 24 * 3600.0


def pause_s(status: int, retry_after: bytes | None, now: datetime) -> float:
    """Return the pause after a response in seconds; 0.0 for none.

    `Retry-After` is a number of seconds or an HTTP date; it counts on 429, 503 and redirects (where the RFC defines
    it). An invalid value counts as the default, and no pause is longer than a day.
    """
    busy = status in BUSY
    if not busy and not (retry_after and 300 <= status < 400):  # noqa: PLR2004  HTTP status classes
        return 0.0
    seconds = _seconds(retry_after or b"", now)
    if seconds is None:
        return DEFAULT_S if busy else 0.0
    return min(LONGEST_S, max(0.0, seconds))


def _seconds(value: bytes, now: datetime) -> float | None:
    text = value.decode("latin-1").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        until = parsedate_to_datetime(text)
    except (ValueError, OverflowError):  # a zone of a million hours
        return None
    return ((until if until.tzinfo else until.replace(tzinfo=UTC)) - now).total_seconds()
