"""Whether a page that should have listed articles is something that stands in front of them."""

from __future__ import annotations

from lxml.etree import LxmlError

from crawler.extract.page.hints import Hints
from crawler.extract.page.page import parse, refuse
from crawler.extract.words import squeeze

_SEEN_CHARS = 1600  # more than a wall ever says


def wall(html: bytes, url: str) -> str:
    """What it is: "soft-404", "bot-wall", "consent", "script-only", "empty"; "" for anything else."""
    from crawler.extract import verdict  # noqa: PLC0415  it brings trafilatura, which only its processes need

    if not html.strip():
        return "empty"
    if refuse(html, Hints()):
        return ""
    try:
        page = parse(html, url, Hints())
    except (LxmlError, ValueError, RecursionError):
        return ""
    return "" if isinstance(page, str) else verdict.wall(page, squeeze(page.tree.text_content())[:_SEEN_CHARS])
