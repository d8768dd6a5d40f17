"""Plain text from the small pieces of HTML that feeds and link texts carry."""

from __future__ import annotations

import re
from html import unescape
from typing import Final

_HIDDEN = re.compile(r"<(script|style)\b[^<]*(?:<(?!/\1)[^<]*)*(?:</\1[^>]*>?|$)", re.IGNORECASE)
_TAG = re.compile(r"</?[A-Za-z!][^<>]*>")
_LOOK_AHEAD: Final = 8  # markup is longer than the text in it


def plain_text(markup: str, max_chars: int) -> str:
    """Return the text of `markup` on one line: no tags, no entities, at most `max_chars` characters."""
    text = markup[: max_chars * _LOOK_AHEAD]
    if "<" in text:
        text = _TAG.sub(" ", _HIDDEN.sub(" ", text))
    if "&" in text:
        text = unescape(text)
    text = " ".join(text.replace("\x00", " ").split())
    return text if len(text) <= max_chars else text[: max_chars - 1].rstrip() + "…"
