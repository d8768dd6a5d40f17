"""What a caller can pass about a page beyond its bytes: HTTP charset, time zone, overrides, learned boilerplate."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from crawler.extract.page.select import check_selector

MAX_BYTES = 8_000_000


@dataclass(frozen=True, slots=True)
class Overrides:
    """A site's own selectors, CSS or XPath.

    Of `select`, `title` and `date`, the first selector that matches wins. Everything that `remove` matches is removed.
    """

    select: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()
    title: tuple[str, ...] = ()
    date: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Hints:
    """Facts from outside the page. All fields are optional.

    `charset` comes from the HTTP header, `timezone` is the IANA name of the source's zone, `language` an ISO 639 code,
    `boilerplate` the learned block keys of this site, `now` (aware) the latest time that a date may have. `authors`
    are those that the listing named with the page. `explain`: list everything on the page that is not in the article,
    which takes a fifth more time.
    """

    charset: str = ""
    timezone: str = ""
    language: str = ""
    overrides: Overrides | None = None
    boilerplate: frozenset[str] = frozenset()
    now: datetime | None = None
    max_bytes: int = MAX_BYTES
    authors: tuple[str, ...] = ()
    explain: bool = False


def validate_overrides(overrides: Overrides) -> None:
    """Raise ValueError naming the first selector that is neither CSS nor XPath."""
    for field in ("select", "remove", "title", "date"):
        for selector in getattr(overrides, field):
            try:
                check_selector(selector)
            except ValueError as error:
                raise ValueError(f"{field}: {error}") from error


def zone(name: str) -> ZoneInfo | None:
    """Return the time zone `name`, or None if it is empty or unknown."""
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
