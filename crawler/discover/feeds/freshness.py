"""For how long a publisher says that a listing stays the same: HTTP's freshness and the feed's own elements. Pure.

Sources: RFC 9111 sections 4.2 and 5.2 (Cache-Control, Expires, Age); RSS 2.0 (ttl, skipHours, skipDays, in GMT);
RSS 1.0's syndication module (sy:updatePeriod, sy:updateFrequency; sy:updateBase says when a period begins, which does
not matter to a pause counted from the last poll). Nonsense says nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

MOST: Final = timedelta(days=7)
_HEAD_BYTES: Final = 65_536  # a channel's own elements stand before its items, in all but the longest feeds
_BLOCK_CHARS: Final = 4_096
_MOST_DIGITS: Final = 9
_HOUR: Final = re.compile(rb"<hour>\s{0,20}([0-9]{1,2})\s{0,20}</hour>", re.IGNORECASE)
_DAY: Final = re.compile(rb"<day>\s{0,20}([a-z]{6,9})\s{0,20}</day>", re.IGNORECASE)
_DAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass(frozen=True, slots=True)
class Asks:
    """What a feed asks of its readers: a pause in seconds, and hours (0 to 23) and days (0 is Monday) without news."""

    pause_s: int = 0
    skip_hours: frozenset[int] = frozenset()
    skip_days: frozenset[int] = frozenset()


def skipped(body: bytes) -> tuple[frozenset[int], frozenset[int]]:
    """The hours and days of <skipHours> and <skipDays>; all of them, or none that are valid, count as none."""
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
    """Seconds for which a cache may still serve an answer with these headers; 0 where they say nothing, or not to.

    What a shared cache has held already (Age) is over. `s-maxage` is meant for shared caches, which this is not.
    """
    directives: dict[str, str] = {}
    for part in cache_control[:2000].lower().split(","):
        name, _, value = part.strip().partition("=")
        directives.setdefault(name.strip(), value.strip().strip('"'))
    if "no-cache" in directives or "no-store" in directives:
        return 0
    life = _seconds(directives["max-age"]) if "max-age" in directives else _until(expires, date)
    return min(max(0, life - _seconds(age)), int(MOST.total_seconds()))


def _seconds(text: str) -> int:
    text = text.strip()
    if not (text.isascii() and text.isdecimal()):
        return 0
    return int(text) if len(text) <= _MOST_DIGITS else 10**_MOST_DIGITS  # RFC 9111 section 1.2.2: as large as it gets


def _until(expires: str, date: str) -> int:
    try:
        life = (parsedate_to_datetime(expires[:100]) - parsedate_to_datetime(date[:100])).total_seconds()
    except (ValueError, TypeError, OverflowError):  # `Expires: 0` is over already, and a date without a zone is none
        return 0
    return max(0, min(int(life), int(MOST.total_seconds())))


def quiet_until(asks: Asks, fresh_until: datetime, last: datetime) -> datetime:
    """When a listing that was polled at `last` may have news, as its publisher says; at most MOST later."""
    until = max(last, fresh_until, last + timedelta(seconds=asks.pause_s))
    while until - last < MOST:
        utc = until.astimezone(UTC)
        if utc.weekday() in asks.skip_days:
            until = utc.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
        elif utc.hour in asks.skip_hours:
            until = utc.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
        else:
            return until
    return last + MOST
