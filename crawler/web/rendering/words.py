"""Values as pages show them: harmless, short enough, in local time. Jinja escapes what these return."""

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
    """A text of the web's on one line, without control characters, cut with an ellipsis."""
    shown = " ".join(one_line(str(text)[: 4 * most]).split())
    return shown if len(shown) <= most and len(str(text)) <= 4 * most else shown[: most - 1].rstrip() + "…"


def headline(title: str) -> str:
    """A headline, or a word for its absence."""
    return line(title, TITLE_CHARS) or "(no headline)"


def link(url: str) -> str:
    """An address that may become a link: http and https alone, no login, no control characters; "" for all others."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    sound = parts.scheme in {"http", "https"} and parts.hostname and "@" not in parts.netloc
    return url if sound and len(url) <= URL_CHARS and one_line(url) == url and " " not in url else ""


def body(text: str) -> str:
    """A piece of a text: as `line`, but neither cut nor stripped."""
    return one_line(text)


def language(tag: str) -> str:
    """A language for `lang=`: a BCP 47 tag as simple as they come, or ""."""
    return tag if _LANGUAGE.fullmatch(tag) else ""


def host(url: str) -> str:
    """The host of an address without www; "" for nonsense."""
    try:
        return line((urlsplit(url).hostname or "").removeprefix("www."), 80)
    except ValueError:
        return ""


def clock(moment: datetime | None, now: datetime) -> str:
    """A time as short as it is clear: 08:15, or 21 Nov 08:15, or 2025-11-21; local time."""
    if moment is None:
        return ""
    local, today = moment.astimezone(), now.astimezone()
    if local.date() == today.date():
        return f"{local:%H:%M}"
    return f"{local.day} {local:%b %H:%M}" if local.year == today.year else f"{local:%Y-%m-%d}"


def full_time(moment: datetime | None) -> str:
    """A time in full, local time; "" for none."""
    return f"{moment.astimezone():%Y-%m-%d %H:%M:%S %Z}" if moment else ""


def machine_time(moment: datetime | None) -> str:
    """A time for `<time datetime>`: RFC 3339."""
    return moment.isoformat() if moment else ""


def ago(moment: datetime | None, now: datetime) -> str:
    """How long ago, in the largest unit that fits: "just now", "5 min", "3 h", "2 days"."""
    if moment is None:
        return ""
    seconds = (now - moment).total_seconds()
    for size, unit in ((86_400, "day"), (3_600, "h"), (60, "min")):
        count = int(seconds // size)
        if count:
            return f"{count} {unit}{'s' if unit == 'day' and count > 1 else ''} ago" if count > 0 else "soon"
    return "just now"


def number(value: float) -> str:
    """1,234,567."""
    return f"{value:,}"


def plural(count: int, one: str, many: str = "") -> str:
    """A count and its noun: 1 article, 2 articles, 3 copies."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"
