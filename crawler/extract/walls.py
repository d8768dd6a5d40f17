"""Detection of error pages and walls that a site sends instead of a listing."""

from __future__ import annotations

from lxml.etree import LxmlError

from crawler.extract.page.hints import Hints
from crawler.extract.page.page import parse, precheck
from crawler.extract.words import squeeze

_SEEN_CHARS = 1600  # longer than any such page


def wall(html: bytes, url: str) -> str:
    """Return the kind of page: "soft-404", "bot-wall", "consent", "script-only", "empty"; "" for anything else."""
    from crawler.extract import verdict  # noqa: PLC0415  loads trafilatura, which only the extraction processes need

    if not html.strip():
        return "empty"
    if precheck(html, Hints()):
        return ""
    try:
        page = parse(html, url, Hints())
    except (LxmlError, ValueError, RecursionError):
        return ""
    return "" if isinstance(page, str) else verdict.wall(page, squeeze(page.tree.text_content())[:_SEEN_CHARS])
