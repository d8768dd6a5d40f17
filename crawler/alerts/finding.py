"""Where one term stands in a document."""

from __future__ import annotations

import re
from typing import Final

from crawler.alerts.document import Document, in_scope
from crawler.alerts.syntax import Regex, Term
from crawler.alerts.words import GAP, Place, Words
from crawler.items import Span
from crawler.text import Step
from crawler.text.characters import SPACELESS, WORD

_SPACED_LETTER: Final = re.compile(f"(?![{SPACELESS}])[{WORD}]")
_MAX_REGEX_SPANS: Final = 100


def places(term: Term, document: Document) -> list[Place]:
    """Return the places of `term`, in order of position."""
    words = document.words(term.scope)
    found: list[Place] = []
    for way in term.ways:
        found += _phrase(way, words)
    if len(term.ways) > 1:
        found = sorted(set(found))
    if term.scope in ("title", "lead", "text"):
        found = [place for place in found if in_scope(term, place)]
    if term.exact:
        found = [exact for place in found if (exact := _exact(term.raw, place, words))]
    return found


def holds(term: Term, document: Document) -> bool:
    """Say whether `term` stands anywhere in the document."""
    if not term.scope and not term.exact and len(term.ways) == 1 and len(term.ways[0]) == 1:
        return bool(document.body.find(term.ways[0][0].key))
    return bool(places(term, document))


def _phrase(way: tuple[Step, ...], words: Words) -> list[Place]:
    found = words.find(way[0].key)
    for key, glued in way[1:]:
        if not found:
            break
        following: dict[int, list[int]] = {}
        for start, end in words.find(key):
            following.setdefault(start, []).append(end)
        found = [
            (start, last)
            for start, end in found
            if end in following and not (glued and not words.adjacent(end))
            for last in following[end]
        ]
    return found


def _exact(raw: str, place: Place, words: Words) -> Place | None:
    """Return the place if the original reads `raw` there, cut at the ends of words; else None."""
    span = exact_span(raw, place, words)
    return place if span else None


def exact_span(raw: str, place: Place, words: Words) -> tuple[int, int] | None:
    """Return the offsets at which the original reads `raw` around `place`, None if it does not."""
    number, first, last = words.offsets(place)
    text = words.texts[number].text
    at = text.find(raw, max(0, first - len(raw)), last + len(raw))
    while at >= 0:
        end = at + len(raw)
        if at < last and end > first and _cut(text, at, raw[0], at - 1) and _cut(text, end, raw[-1], end):
            return at, end
        at = text.find(raw, at + 1, last + len(raw))
    return None


def _cut(text: str, _at: int, inner: str, outer: int) -> bool:
    """Say whether a word may end between the letter `inner` and the one at offset `outer`."""
    if not 0 <= outer < len(text):
        return True
    return not (_SPACED_LETTER.match(inner) and _SPACED_LETTER.match(text[outer]))


def spans(term: Term, found: list[Place], document: Document) -> list[Span]:
    """Return the offsets of `found`, the places of `term`, in the original title and text."""
    if document.words(term.scope) is not document.body:
        return []
    body = document.body
    result = []
    for place in found:
        number, start, end = body.offsets(place)
        if term.exact:
            start, end = exact_span(term.raw, place, body) or (start, end)
        result.append(Span("text" if number else "title", start, end))
    return result


def pattern_spans(regex: Regex, document: Document, limit: int = _MAX_REGEX_SPANS) -> list[Span]:
    """Return where a pattern matches the original, at most `limit` times a field. Empty matches do not count."""
    title, text = (analysis.text for analysis in document.body.texts)
    if regex.scope == "lead":
        text = text[: document.lead_end]
    fields = {"title": title, "text": text}
    if regex.scope in fields:
        fields = {regex.scope: fields[regex.scope]}
    found = []
    for field, content in fields.items():
        count = 0
        for match in regex.program.finditer(content.encode("utf-8", "replace").decode()):
            start, end = match.span()
            if end > start:
                found.append(Span(field, start, end))
                count += 1
            if count >= limit:
                break
    return found


__all__ = ["GAP", "holds", "pattern_spans", "places", "spans"]
