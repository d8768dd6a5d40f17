"""Retention of the archive."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import PlainSerializer

from crawler.config.invalid_value import InvalidValue
from crawler.config.kinds import kind
from crawler.config.section import Age, Section, optional

UNITS = {"kB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
_SIZE = re.compile(r"([0-9]{1,6}(?:\.[0-9]{1,3})?) ?([kKmMgGtT])[bB]?")
_MIN_SIZE = 10 * UNITS["MB"]


def read_size(text: str) -> int:
    """Parse `20GB`, `500 MB`, `1.5TB` into bytes, at least 10 MB."""
    found = _SIZE.fullmatch(text.strip())
    if found is None:
        raise InvalidValue("not a size", "write a number with a unit (MB, GB, TB): 500MB, 20GB")
    unit = next(size for name, size in UNITS.items() if name[0].lower() == found[2].lower())
    size = round(float(found[1]) * unit)
    if size < _MIN_SIZE:
        raise InvalidValue("too small", f"write {show_size(_MIN_SIZE)} or more")
    return size


def show_size(size: int) -> str:
    """Format a size as in the watch file: `20GB`."""
    name, unit = next(((name, unit) for name, unit in reversed(UNITS.items()) if size >= unit), ("kB", 1000))
    return f"{round(size / unit, 3):g}{name}"


Size = Annotated[
    int,
    *kind("size", read_size, description="A number with a unit: MB, GB, TB. At least 10MB."),
    PlainSerializer(show_size),
]


class ArchiveRetention(Section):
    """Retention of the archive. By default, all articles are kept. Articles with pending alerts are never deleted."""

    keep: Age | None = optional("365d")
    """Delete articles older than this, with their alerts and revisions."""
    max_size: Size | None = optional("20GB")
    """Delete the oldest articles when the archive exceeds this size."""
    pages: bool = False
    """Store the original pages with the articles, for `wirewatch reextract` and WARC exports."""
    keep_pages: Age | None = optional("30d")
    """Delete pages older than this. Their articles are kept."""
