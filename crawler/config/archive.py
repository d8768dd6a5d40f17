"""Retention of the archive."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import PlainSerializer

from crawler.config.kinds import kind
from crawler.config.mistake import Mistake
from crawler.config.section import Age, Section, some

UNITS = {"kB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
_SIZE = re.compile(r"([0-9]{1,6}(?:\.[0-9]{1,3})?) ?([kKmMgGtT])[bB]?")
_LEAST = 10 * UNITS["MB"]


def read_size(text: str) -> int:
    """Read `20GB`, `500 MB`, `1.5TB`: bytes, at least 10 MB."""
    found = _SIZE.fullmatch(text.strip())
    if found is None:
        raise Mistake("not a size", "write a number with a unit (MB, GB, TB): 500MB, 20GB")
    unit = next(size for name, size in UNITS.items() if name[0].lower() == found[2].lower())
    size = round(float(found[1]) * unit)
    if size < _LEAST:
        raise Mistake("too small", f"write {show_size(_LEAST)} or more")
    return size


def show_size(size: int) -> str:
    """Write a size as the watch file has it: `20GB`."""
    name, unit = next(((name, unit) for name, unit in reversed(UNITS.items()) if size >= unit), ("kB", 1000))
    return f"{round(size / unit, 3):g}{name}"


Size = Annotated[
    int,
    *kind("size", read_size, description="A number with a unit: MB, GB, TB. At least 10MB."),
    PlainSerializer(show_size),
]


class ArchiveKeeping(Section):
    """Retention of the archive. By default, all articles are kept. Articles with pending alerts are never deleted."""

    keep: Age | None = some("365d")
    """Delete articles older than this, with their alerts and revisions."""
    max_size: Size | None = some("20GB")
    """Delete the oldest articles when the archive exceeds this size."""
    pages: bool = False
    """Store the original pages with the articles, for `wirewatch reextract` and WARC exports."""
    keep_pages: Age | None = some("30d")
    """Delete pages older than this. Their articles are kept."""
