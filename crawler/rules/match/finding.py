"""Where one term stands in a document."""

from __future__ import annotations

import re
from itertools import islice
from typing import Final, TypeAlias

from crawler.rules.language.syntax import TEXT_FIELDS, WORD_FIELDS, Regex, Term
from crawler.rules.match.document import Document, in_scope
from crawler.rules.match.words import GAP, Place, Words
from crawler.text import Step
from crawler.text.characters import SPACELESS, WORD

_SPACED_LETTER: Final = re.compile(f"(?![{SPACELESS}])[{WORD}]")
_MAX_REGEX_MARKS: Final = 100
_SKIPPED: Final = {"title": 1, "text": 0}  # the text that a pattern in this field is not looked for in

Mark: TypeAlias = tuple[int, int, int]
"""What matched: 0 for the title or 1 for the text, and the offsets there."""


def places(term: Term, document: Document) -> list[Place]:
    """Return the places of `term`, in order of position."""
    words = document.words(term.scope)
    if len(term.ways) == 1 and len(term.ways[0]) == 1:
        found = words.find(term.ways[0][0].key)
        if not term.scope and not term.exact:
            return found
    else:
        found = _all_ways(term, words)
    if term.scope in TEXT_FIELDS:
        found = [place for place in found if in_scope(term, place)]
    if term.exact:
        found = [place for place in found if exact_span(term.raw, place, words)]
    return found


def _all_ways(term: Term, words: Words) -> list[Place]:
    found: list[Place] = []
    for way in term.ways:
        found += _phrase(way, words)
    return sorted(set(found)) if len(term.ways) > 1 else found


def holds(term: Term, document: Document) -> bool:
    """Say whether `term` stands anywhere in the document."""
    if not term.scope and not term.exact and len(term.ways) == 1 and len(term.ways[0]) == 1:
        key = term.ways[0][0].key
        return document.body.holds(key)
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


def marks(term: Term, found: list[Place], document: Document) -> list[Mark]:
    """Return where `found`, the places of `term`, lie in the original title and text; nothing for other fields."""
    body = document.body
    if term.scope in WORD_FIELDS:
        return []
    if not term.exact:
        return [body.offsets(place) for place in found]
    return [(0 if place[0] < GAP else 1, *span) for place in found if (span := exact_span(term.raw, place, body))]


def pattern_marks(regex: Regex, document: Document, limit: int = _MAX_REGEX_MARKS) -> list[Mark]:
    """Return where a pattern matches the original, at most `limit` times a field. Empty matches do not count."""
    found: list[Mark] = []
    for number, encoded in enumerate(document.encoded):
        if _SKIPPED.get(regex.scope) == number:
            continue
        if regex.scope == "lead" and number:
            encoded = document.body.texts[1].text[: document.lead_end].encode("utf-8", "replace")  # noqa: PLW2901
        if not regex.program.search(encoded):
            continue
        matches = regex.program.finditer(encoded.decode())  # characters, not bytes, are counted only where needed
        full = ((number, *match.span()) for match in matches if match.end() > match.start())
        found += islice(full, limit)
    return found
