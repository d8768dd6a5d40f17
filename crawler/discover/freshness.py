"""Poll hints of publishers: how long a listing stays the same, by HTTP freshness and the feed's own elements. Pure.

Sources: RFC 9111 sections 4.2 and 5.2 (Cache-Control, Expires, Age); RSS 2.0 (ttl, skipHours, skipDays, in GMT);
RSS 1.0's syndication module (sy:updatePeriod, sy:updateFrequency; sy:updateBase, the start of a period, does
not matter for a pause since the last poll). Invalid values are ignored.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

MAX_QUIET: Final = timedelta(days=7)
_HEAD_BYTES: Final = 65_536  # the elements of a channel precede its items
_BLOCK_CHARS: Final = 4_096
_MAX_DIGITS: Final = 9
_HOUR: Final = re.compile(rb"<hour>\s{0,20}([0-9]{1,2})\s{0,20}</hour>", re.IGNORECASE)
_DAY: Final = re.compile(rb"<day>\s{0,20}([a-z]{6,9})\s{0,20}</day>", re.IGNORECASE)
_DAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass(frozen=True, slots=True)
class FeedHints:
    """The poll hints of a feed: a pause in seconds, and hours (0 to 23) and days (0 is Monday) without news."""

    pause_s: int = 0
    skip_hours: frozenset[int] = frozenset()
    skip_days: frozenset[int] = frozenset()


def skip_times(body: bytes) -> tuple[frozenset[int], frozenset[int]]:
    """Return the hours and days of <skipHours> and <skipDays>; a list of all hours or days counts as none."""
    head = body[:_HEAD_BYTES]
    lowered = head.lower()
    hours = {int(found) % 24 for found in _HOUR.findall(_block(head, lowered, b"skiphours")) if int(found) <= 24}  # noqa: PLR2004  24 is midnight in old feeds
    names = (found.decode("ascii").lower() for found in _DAY.findall(_block(head, lowered, b"skipdays")))
    days = {_DAYS.index(name) for name in names if name in _DAYS}
    return frozenset(hours if len(hours) < 24 else ()), frozenset(days if len(days) < 7 else ())  # noqa: PLR2004


def _block(head: bytes, lowered: bytes, name: bytes) -> bytes:
    start = lowered.find(b"<" + name)
    end = lowered.find(b"</" + name, start, start + _BLOCK_CHARS) if start >= 0 else -1
    return head[start:end] if end >= 0 else b""


def fresh_s(cache_control: str, expires: str = "", date: str = "", age: str = "") -> int:
    """Return for how many seconds a response with these headers is fresh; 0 if they do not say, or forbid caching.

    The time in a shared cache (Age) is subtracted. `s-maxage` is for shared caches, which this is not.
    """
    directives: dict[str, str] = {}
    for part in cache_control[:2000].lower().split(","):
        name, _, value = part.strip().partition("=")
        directives.setdefault(name.strip(), value.strip().strip('"'))
    if "no-cache" in directives or "no-store" in directives:
        return 0
    life = _seconds(directives["max-age"]) if "max-age" in directives else _until(expires, date)
    return min(max(0, life - _seconds(age)), int(MAX_QUIET.total_seconds()))


def _seconds(text: str) -> int:
    text = text.strip()
    if not (text.isascii() and text.isdecimal()):
        return 0
    return int(text) if len(text) <= _MAX_DIGITS else 10**_MAX_DIGITS  # RFC 9111 section 1.2.2: the largest value


def _until(expires: str, date: str) -> int:
    try:
        life = (parsedate_to_datetime(expires[:100]) - parsedate_to_datetime(date[:100])).total_seconds()
    except (ValueError, TypeError, OverflowError):  # `Expires: 0` is in the past, and a date without a zone is invalid
        return 0
    return max(0, min(int(life), int(MAX_QUIET.total_seconds())))


def quiet_until(hints: FeedHints, fresh_until: datetime, last: datetime) -> datetime:
    """Return when a listing polled at `last` may have news, by its publisher's hints; at most MAX_QUIET later."""
    until = max(last, fresh_until, last + timedelta(seconds=hints.pause_s))
    while until - last < MAX_QUIET:
        utc = until.astimezone(UTC)
        if utc.weekday() in hints.skip_days:
            until = utc.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
        elif utc.hour in hints.skip_hours:
            until = utc.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
        else:
            return until
    return last + MAX_QUIET
