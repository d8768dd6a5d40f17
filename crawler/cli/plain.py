"""Text from the web, made safe for a terminal."""

from __future__ import annotations

from crawler.text.shown import one_line


def clean(text: str) -> str:
    """Return the text on one line, without control characters and spaces at its ends."""
    return one_line(text).strip()
