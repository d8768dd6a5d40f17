"""Template filters that format values: cleaned, shortened, in local time. Jinja escapes the results."""

from __future__ import annotations

import re
from datetime import datetime
from urllib.parse import urlsplit

from crawler.text.shown import one_line

TITLE_CHARS = 300
LINE_CHARS = 500
URL_CHARS = 2083

_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}")


def line(text: object, most: int = LINE_CHARS) -> str:
    """Return a text on one line, without control characters, shortened with an ellipsis."""
    shown = " ".join(one_line(str(text)[: 4 * most]).split())
    return shown if len(shown) <= most and len(str(text)) <= 4 * most else shown[: most - 1].rstrip() + "…"


def headline(title: str) -> str:
    """Return a headline, or "(no headline)"."""
    return line(title, TITLE_CHARS) or "(no headline)"


def link(url: str) -> str:
    """Return an address that is safe as a link: http or https, no login, no control characters; "" for all others."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    is_safe = parts.scheme in {"http", "https"} and parts.hostname and "@" not in parts.netloc
    return url if is_safe and len(url) <= URL_CHARS and one_line(url) == url and " " not in url else ""


def body(text: str) -> str:
    """Return a piece of a text like `line`, but neither shortened nor stripped."""
    return one_line(text)


def language(tag: str) -> str:
    """Return a language for `lang=`: a simple BCP 47 tag, or ""."""
    return tag if _LANGUAGE.fullmatch(tag) else ""


def host(url: str) -> str:
    """Return the host of an address without www; "" if the address is invalid."""
    try:
        return line((urlsplit(url).hostname or "").removeprefix("www."), 80)
    except ValueError:
        return ""


def clock(time: datetime | None, now: datetime) -> str:
    """Return the shortest unambiguous local time: 08:15, 21 Nov 08:15 or 2025-11-21."""
    if time is None:
        return ""
    local, today = time.astimezone(), now.astimezone()
    if local.date() == today.date():
        return f"{local:%H:%M}"
    return f"{local.day} {local:%b %H:%M}" if local.year == today.year else f"{local:%Y-%m-%d}"


def full_time(time: datetime | None) -> str:
    """Return a time in full, in local time; "" for None."""
    return f"{time.astimezone():%Y-%m-%d %H:%M:%S %Z}" if time else ""


def machine_time(time: datetime | None) -> str:
    """Return a time for `<time datetime>`, in RFC 3339."""
    return time.isoformat() if time else ""


def ago(time: datetime | None, now: datetime) -> str:
    """Return how long ago a time is, in the largest unit that fits: "just now", "5 min ago", "2 days ago"."""
    if time is None:
        return ""
    seconds = (now - time).total_seconds()
    for size, unit in ((86_400, "day"), (3_600, "h"), (60, "min")):
        count = int(seconds // size)
        if count:
            return f"{count} {unit}{'s' if unit == 'day' and count > 1 else ''} ago" if count > 0 else "soon"
    return "just now"


def number(value: float) -> str:
    """Return a number with thousands separators: 1,234,567."""
    return f"{value:,}"


def plural(count: int, one: str, many: str = "") -> str:
    """Return a count with its noun: 1 article, 2 articles, 3 copies."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"
