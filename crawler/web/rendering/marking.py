"""Texts split into hits and other pieces, for templates, which put `<mark>` around hits and escape everything."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TypeAlias

from crawler.items import Article, Hit, Span
from crawler.rules import excerpts

Piece: TypeAlias = tuple[bool, str]  # whether it is a hit, and the text
MAX_CHARS = 300_000  # of an article on a page
_QUOTES = str.maketrans("«»", "\ue000\ue001")
_BACK = str.maketrans("\ue000\ue001", "«»")


def marked(text: str, spans: Iterable[tuple[int, int]], start: int = 0, end: int | None = None) -> list[Piece]:
    """Split the text from `start` to `end` at spans (offsets into the whole text, in any order, may overlap)."""
    stop = len(text) if end is None else end
    pieces: list[Piece] = []
    at = start
    for first, last in _joined(spans):
        low, high = max(first, at), min(last, stop)
        if low >= high:
            continue
        if at < low:
            pieces.append((False, text[at:low]))
        pieces.append((True, text[low:high]))
        at = high
    if at < stop:
        pieces.append((False, text[at:stop]))
    return pieces


def _joined(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for first, last in sorted(spans):
        if joined and first < joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], last))
        else:
            joined.append((first, last))
    return joined


def title_pieces(article: Article, spans: Sequence[Span]) -> list[Piece]:
    """Return the headline with its hits."""
    return marked(article.title[:1000], [(span.start, span.end) for span in spans if span.field == "title"])


def paragraphs(article: Article, spans: Sequence[Span]) -> list[list[Piece]]:
    """Return the paragraphs of the text with their hits, at most MAX_CHARS characters in total."""
    text = article.text[:MAX_CHARS]
    inside = [(span.start, span.end) for span in spans if span.field == "text"]
    return [
        marked(text, [span for span in inside if span[1] > found.start() and span[0] < found.end()], *found.span())
        for found in re.finditer(r"[^\n]+", text)
        if found[0].strip()
    ]


def snippets(article: Article, spans: Sequence[Span], limit: int = 2) -> list[list[Piece]]:
    """Return at most `limit` sentences around hits. Guillemets of the text itself are not markers."""
    inside = tuple(span for span in spans if span.field == "text")
    if not inside:
        return []
    plain = replace(article, text=article.text.translate(_QUOTES))
    return [pieces(excerpt, _BACK) for excerpt in excerpts(plain, Hit("", "", inside), limit)]


def pieces(excerpt: str, back: dict[int, int] | None = None) -> list[Piece]:
    """Split an excerpt, whose hits are between «guillemets», into pieces."""
    parts = re.split(r"«([^«»]*)»", excerpt)
    return [(number % 2 == 1, part.translate(back or {})) for number, part in enumerate(parts) if part]
