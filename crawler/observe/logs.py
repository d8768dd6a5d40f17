"""Log lines as text or one JSON object per line, with their crawl and without secrets."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from crawler.errors import WirewatchError
from crawler.observe.secrets import Hidden

HIDDEN = Hidden()  # one for the process, because its log lines are formatted in one place
MAX_CHARS = 20_000  # of a message or a traceback

_crawl: ContextVar[Crawl | None] = ContextVar("crawl", default=None)


@dataclass(frozen=True, slots=True)
class Crawl:
    """The source and run of a log line."""

    source: str
    run: str = ""


@contextmanager
def about(source: str, run: str = "") -> Iterator[None]:
    """Attach this source and run to lines written in the block, and by tasks started in it."""
    token = _crawl.set(Crawl(source, run))
    try:
        yield
    finally:
        _crawl.reset(token)


class OneLine(logging.Filter):
    """A filter that shortens the traceback that Docket logs every few seconds in a Redis outage to one line.

    It recognizes the errors by the name of redis-py's package, which need not be imported.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Shorten the record; return True."""
        error = record.exc_info[1] if record.exc_info else None
        if error is not None and type(error).__module__.partition(".")[0] == "redis":
            cause = " ".join(str(error).split()) or type(error).__name__
            record.msg, record.args = f"{record.getMessage()}: {cause}", ()
            record.exc_info = record.exc_text = None
        return True


class Text(logging.Formatter):
    """A readable line: time, level, logger, source and run if known, message."""

    def __init__(self, hidden: Hidden = HIDDEN) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(about)s%(message)s")
        self._hidden = hidden

    def format(self, record: logging.LogRecord) -> str:
        """Return one record; a traceback follows on separate lines."""
        crawl = crawl_of(record)
        named = " ".join(part for part in (crawl.source, crawl.run) if part)
        record.about = f"[{named}] " if named else ""
        return self._hidden.mask(super().format(record)[:MAX_CHARS])


class JsonLines(logging.Formatter):
    """One JSON object per line: time, level, logger, message; source, run, url, error if known."""

    def __init__(self, hidden: Hidden = HIDDEN) -> None:
        super().__init__()
        self._hidden = hidden

    def format(self, record: logging.LogRecord) -> str:
        """Return one record, including a traceback."""
        crawl = crawl_of(record)
        error = self.formatException(record.exc_info) if record.exc_info and record.exc_info[0] else ""
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            "source": crawl.source,
            "run": crawl.run,
            "url": url_of(record),
            "error": error or record.exc_text or "",
        }
        shown = {name: self._hidden.mask(value[:MAX_CHARS]) for name, value in line.items() if value}
        return json.dumps(shown, ensure_ascii=False)


def event(kind: str, text: str) -> str:
    """Return an event as a line of JsonLines; its logger is `wirewatch.KIND`."""
    record = logging.LogRecord(f"wirewatch.{kind}", logging.INFO, "", 0, text, None, None)
    if kind in {"article", "crawl"}:  # these start with their source
        record.source = text.partition(": ")[0]
    return JsonLines().format(record)


def formatter(name: str) -> logging.Formatter:
    """Return the formatter named "text" or "json"."""
    return JsonLines() if name == "json" else Text()


def crawl_of(record: logging.LogRecord) -> Crawl:
    """Return the crawl of a record: from `extra`, from Scrapy, or the current one."""
    value = getattr(record, "source", "")
    if isinstance(value, str) and value:
        return Crawl(value, str(getattr(record, "run", "")))
    current = _crawl.get()
    if current is not None:
        return current
    spider = getattr(record, "spider", None)
    source = getattr(getattr(spider, "source", None), "id", "")
    return Crawl(str(source), str(getattr(spider, "task", "")) if source else "")


def url_of(record: logging.LogRecord) -> str:
    """Return the URL of a record: from `extra`, from Scrapy's request, from an error, or from the arguments."""
    value = getattr(record, "url", "")
    if isinstance(value, str) and value:
        return value
    args: Any = record.args
    values = list(args.values()) if isinstance(args, Mapping) else list(args or ())
    for value in values:
        found = value.subject if isinstance(value, WirewatchError) else getattr(value, "url", value)
        if isinstance(found, str) and found.startswith(("http://", "https://")):
            return found
    return ""
