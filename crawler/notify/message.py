"""The text of an alert: plain text that is safe for a terminal and for services with mentions. Pure.

Control and direction characters are removed from all article text, so that it cannot move a cursor, colour a screen or
imitate another line.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any

from crawler.items import Alert
from crawler.notify.planning import Form

MAX_TITLE = 300  # characters
MAX_EXCERPT = 400
MAX_EXCERPTS = 5
MIN_EXCERPT_SPACE = 40  # with less space the excerpt is omitted, then facts are

_SPACES = re.compile(r"\s+")
_KEPT_FORMATS = "\u200c\u200d"  # joiners used in Persian and Indic scripts and in emoji
_MENTION = re.compile(r"(?<=@)(?=everyone|here|channel|all|room)|(?<=<)(?=[@!#])", re.IGNORECASE)


_KINDS = {
    "changed": "changed",
    "headline": "new headline",
    "removed": "withdrawn",
    "grown": "spreading",
    "spike": "unusual number of stories",
    "first": "first mention in 30 days",
}


@dataclass(frozen=True, slots=True)
class Dispatch:
    """One message to one channel, with one or more alerts. `id` stays the same over retries and is unique otherwise.

    `text`, if given, is the output of the channel's template and replaces the built-in text. `home` is the address of
    our own page without a trailing slash, "" if recipients cannot reach it.
    """

    id: str
    form: Form
    alerts: tuple[Alert, ...]
    created: datetime
    text: str = ""
    home: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """A rendered message. `title` is one line."""

    title: str
    text: str


def render(alert: Alert, *, zone: tzinfo = UTC, max_chars: int | None = None, home: str = "") -> Message:
    """Return the message of an alert: rule and headline, then excerpts, source, times (in `zone`) and links.

    With `max_chars` the text is truncated to that many characters: the excerpts first, the link last.
    """
    facts = "\n".join(_facts(alert, zone, own_page(alert, home)))
    excerpts = "\n".join(cut(one_line(excerpt), MAX_EXCERPT) for excerpt in alert.excerpts[:MAX_EXCERPTS])
    if max_chars is not None:
        excerpts = cut(excerpts, max_chars - len(facts) - 2) if max_chars - len(facts) >= MIN_EXCERPT_SPACE else ""
        facts = facts if len(facts) <= max_chars else cut(alert.url, max_chars)
    title = f"{one_line(alert.rule)}: {headline(alert)}"
    return Message(cut(title, MAX_TITLE), f"{excerpts}\n\n{facts}" if excerpts else facts)


def render_line(alert: Alert, *, zone: tzinfo = UTC) -> str:
    """Return the alert as one line: time, rule, headline, source, link."""
    clock = alert.matched.astimezone(zone).strftime("%H:%M")
    title = cut(headline(alert), MAX_TITLE)
    return f"{clock}  {one_line(alert.rule)}  {title} ({origin(alert)})  {one_line(alert.url)}".rstrip()


def alert_json(alert: Alert) -> dict[str, Any]:
    """Return the alert as JSON: every field, times in RFC 3339 (UTC), spans as [field, start, end]."""
    return {
        "id": alert.id,
        "rule": alert.rule,
        "rule_version": alert.rule_version,
        "source": alert.source,
        "url": alert.url,
        "title": alert.title,
        "matched": rfc3339(alert.matched),
        "published": rfc3339(alert.published) if alert.published else None,
        "article_id": alert.article_id,
        "spans": [[span.field, span.start, span.end] for span in alert.spans],
        "excerpts": list(alert.excerpts),
        "kind": alert.kind,
        "story": alert.story,
        "listed": rfc3339(alert.listed) if alert.listed else None,
        "fetched": rfc3339(alert.fetched) if alert.fetched else None,
        "revision": alert.revision,
        "content_hash": alert.content_hash,
        "outlets": alert.outlets,
        "baseline": alert.baseline,
    }


def one_line(text: str) -> str:
    """Return the text on one line, without control, direction and other invisible characters."""
    kept = (char for char in _SPACES.sub(" ", text) if char in _KEPT_FORMATS or unicodedata.category(char)[0] != "C")
    return "".join(kept).strip()


def cut(text: str, max_chars: int) -> str:
    """Truncate the text to `max_chars` characters, ending with … and if possible after a whole word."""
    if len(text) <= max_chars:
        return text
    if max_chars <= 1:
        return "…"[: max(0, max_chars)]
    head = text[: max_chars - 1]
    space = head.rfind(" ")
    return (head[:space] if space > max_chars // 2 else head).rstrip() + "…"


def without_mentions(text: str) -> str:
    """Break `@everyone`, `<!channel>` and the like with an invisible space, so that a headline mentions no one."""
    return _MENTION.sub("\u200b", text)


def also_in(alert: Alert) -> str:
    """Return in how many other outlets the story is: "also in 4 outlets"; "" for none."""
    others = alert.outlets - 1
    return f"also in {others} outlet{'s' if others != 1 else ''}" if others > 0 else ""


def origin(alert: Alert) -> str:
    """Return the source, and the number of other outlets of the story."""
    others = also_in(alert)
    return f"{one_line(alert.source)}, {others}" if others else one_line(alert.source)


def own_page(alert: Alert, home: str) -> str:
    """Return the address of our own page of the alert's article, or ""."""
    return f"{home}/articles/{alert.article_id}" if home and alert.article_id else ""


def _facts(alert: Alert, zone: tzinfo, page: str) -> list[str]:
    times = [("Published", alert.published), ("Found", alert.matched)]
    return [
        *([f"Source: {origin(alert)}"] if alert.source else []),
        *(f"{name}: {_time(time, zone)}" for name, time in times if time),
        *([f"Details: {page}"] if page else []),
        *([one_line(alert.url)] if alert.url else []),
    ]


def headline(alert: Alert) -> str:
    """Return the headline on one line; a prefix names the event if the article is not new."""
    kind = _KINDS.get(alert.kind)
    title = one_line(alert.title) or "(no headline)"
    return f"{kind}: {title}" if kind else title


def _time(time: datetime, zone: tzinfo) -> str:
    return f"{time.astimezone(zone):%Y-%m-%d %H:%M %Z}"


def rfc3339(time: datetime) -> str:
    """Return the time in UTC, as 2026-11-23T08:00:00Z."""
    return time.astimezone(UTC).isoformat().replace("+00:00", "Z")
