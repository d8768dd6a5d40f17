"""The evaluation of a rule's tree on a document, and where it matches: the exact meaning of the language."""

from __future__ import annotations

import re
from collections.abc import Callable
from heapq import heappop, heappush
from itertools import islice
from typing import Any, Final, TypeAlias, assert_never

from crawler.rules.language.syntax import (
    TEXT_FIELDS,
    WORD_FIELDS,
    And,
    AtLeast,
    Attribute,
    Near,
    Node,
    Not,
    Or,
    Regex,
    Term,
    leaves,
)
from crawler.rules.match.document import Document, in_scope
from crawler.rules.match.words import GAP, Place, Words
from crawler.text import Step
from crawler.text.characters import SPACELESS, WORD

_SPACED_LETTER: Final = re.compile(f"(?![{SPACELESS}])[{WORD}]")
_MAX_REGEX_MARKS: Final = 100
_OTHER_TEXT: Final = {"title": 1, "text": 0}  # the text that a pattern in this field does not apply to

Mark: TypeAlias = tuple[int, int, int]
"""A match: 0 for the title or 1 for the text, and the offsets in it."""


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


def contains(term: Term, document: Document) -> bool:
    """Return whether the document contains `term`."""
    if not term.scope and not term.exact and len(term.ways) == 1 and len(term.ways[0]) == 1:
        key = term.ways[0][0].key
        return document.body.contains(key)
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
    """Return the offsets of `raw` in the original around `place`, None if it differs there."""
    number, first, last = words.offsets(place)
    text = words.texts[number].text
    at = text.find(raw, max(0, first - len(raw)), last + len(raw))
    while at >= 0:
        end = at + len(raw)
        whole = _is_word_end(text, raw[0], at - 1) and _is_word_end(text, raw[-1], end)
        if whole and at < last and end > first:
            return at, end
        at = text.find(raw, at + 1, last + len(raw))
    return None


def _is_word_end(text: str, inner: str, outer: int) -> bool:
    """Return whether a word can end between the letter `inner` and the one at offset `outer`."""
    if not 0 <= outer < len(text):
        return True
    return not (_SPACED_LETTER.match(inner) and _SPACED_LETTER.match(text[outer]))


def marks(term: Term, found: list[Place], document: Document) -> list[Mark]:
    """Return the marks of `found`, the places of `term`, in the original title and text; [] for other fields."""
    body = document.body
    if term.scope in WORD_FIELDS:
        return []
    if not term.exact:
        return [body.offsets(place) for place in found]
    return [(0 if place[0] < GAP else 1, *span) for place in found if (span := exact_span(term.raw, place, body))]


def pattern_marks(regex: Regex, document: Document, limit: int = _MAX_REGEX_MARKS) -> list[Mark]:
    """Return the marks of a pattern in the original, at most `limit` a field. Empty matches do not count."""
    found: list[Mark] = []
    for number, encoded in enumerate(document.encoded):
        if _OTHER_TEXT.get(regex.scope) == number:
            continue
        if regex.scope == "lead" and number:
            encoded = document.body.texts[1].text[: document.lead_end].encode("utf-8", "replace")  # noqa: PLW2901
        if not regex.program.search(encoded):
            continue
        matches = regex.program.finditer(encoded.decode())  # offsets in characters, only if there is a match
        full = ((number, *match.span()) for match in matches if match.end() > match.start())
        found += islice(full, limit)
    return found


_ENOUGH: Final = 200  # places: more than an alert shows
_Chain: TypeAlias = tuple[Place, "_Chain | None"]


def close_places(groups: list[list[Place]], distance: int, *, ordered: bool, first: bool = False) -> set[Place]:
    """Return the places in chains of one place from every group, at most `distance` words apart.

    The chain follows the order of the groups if `ordered`, else of positions. It stops at the first chain with `first`,
    else at 200 places. One pass over the places in order of position: for every set of groups already chained, only the
    chain that ends last matters. Distances start at the end of a chain's last place: occurrences never overlap.
    """
    events = sorted((place, number) for number, group in enumerate(groups) for place in group)
    full = (1 << len(groups)) - 1
    latest: dict[int, tuple[int, _Chain]] = {}
    pending: list[tuple[int, int, int, _Chain]] = []  # end, tie breaker, set of groups, chain
    found: set[Place] = set()
    count = 0
    for place, number in events:
        start, end = place
        while pending and pending[0][0] <= start:
            ended, _, groups_in, chain = heappop(pending)
            if groups_in not in latest or latest[groups_in][0] <= ended:
                latest[groups_in] = (ended, chain)
        bit = 1 << number
        grown: list[tuple[int, _Chain]] = [(bit, (place, None))] if not ordered or number == 0 else []
        for groups_in, (ended, chain) in latest.items():
            fits = groups_in == bit - 1 if ordered else not groups_in & bit
            if fits and start - ended <= distance:
                grown.append((groups_in | bit, (place, chain)))
        for groups_in, chain in grown:
            if groups_in == full:
                found.update(_places(chain))
                if first or len(found) >= _ENOUGH:
                    return found
            else:
                count += 1
                heappush(pending, (end, count, groups_in, chain))
    return found


def _places(chain: _Chain | None) -> list[Place]:
    places = []
    while chain is not None:
        place, chain = chain
        places.append(place)
    return places


def matches(node: Node, document: Document) -> bool:
    """Return whether the tree matches."""
    return _MATCHES[type(node)](node, document)


def _countable(node: Node, document: Document) -> list[Place]:
    """Return the places of a term or of an OR group of terms."""
    if isinstance(node, Term):
        return places(node, document)
    return sorted({place for leaf in leaves(node) if isinstance(leaf, Term) for place in places(leaf, document)})


def _near(node: Near, document: Document) -> bool:
    groups = []
    for part in node.parts:
        found = _countable(part, document)
        if not found:
            return False
        groups.append(found)
    return bool(close_places(groups, node.distance, ordered=node.ordered, first=True))


def _all(node: And, document: Document) -> bool:
    return all(_MATCHES[type(part)](part, document) for part in node.parts)


def _any(node: Or, document: Document) -> bool:
    return any(_MATCHES[type(part)](part, document) for part in node.parts)


# A table instead of a `match` statement, which takes 1.7 times as long.
_MATCHES: Final[dict[type, Callable[[Any, Document], bool]]] = {
    Term: contains,
    And: _all,
    Or: _any,
    Not: lambda node, document: not matches(node.part, document),
    Near: _near,
    AtLeast: lambda node, document: len(_countable(node.part, document)) >= node.count,
    Attribute: lambda node, document: document.has_attribute(node.field, node.value),
    Regex: lambda node, document: bool(pattern_marks(node, document, 1)),
}


def evidence(node: Node, document: Document) -> set[Mark]:
    """Return the marks of everything in the tree that matched; the tree must match."""
    match node:
        case Term():
            found = set(marks(node, places(node, document), document))
        case And(parts):
            found = {mark for part in parts for mark in evidence(part, document)}
        case Or(parts):
            matching = (part for part in parts if isinstance(part, Term) or matches(part, document))
            found = {mark for part in matching for mark in evidence(part, document)}
        case Near(parts, distance, ordered):
            groups = [_countable(part, document) for part in parts]
            found = _marks_at(node, close_places(groups, distance, ordered=ordered), document)
        case AtLeast(_, part):
            found = evidence(part, document)
        case Regex():
            found = set(pattern_marks(node, document))
        case Attribute() | Not():
            found = set()
        case _:
            assert_never(node)
    return found


def _marks_at(node: Near, close: set[Place], document: Document) -> set[Mark]:
    terms = (leaf for leaf in leaves(node) if isinstance(leaf, Term))
    return {
        mark
        for term in terms
        for mark in marks(term, [place for place in places(term, document) if place in close], document)
    }
