"""Whether a tree matches a document, and where: the meaning of the language, exactly."""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappop, heappush
from typing import Any, Final, TypeAlias

from crawler.rules.language.syntax import And, AtLeast, Attribute, Near, Node, Not, Or, Regex, Term, leaves
from crawler.rules.match.document import Document
from crawler.rules.match.finding import Mark, holds, marks, pattern_marks, places
from crawler.rules.match.words import Place

_ENOUGH: Final = 200  # places: more than an alert shows
_Chain: TypeAlias = tuple[Place, "_Chain | None"]


def close_places(groups: list[list[Place]], distance: int, *, ordered: bool, first: bool = False) -> set[Place]:
    """Return the places in chains of one place from every group, at most `distance` words between one and the next.

    "Next" is by position, or the next group if `ordered`. With `first`, stop at the first chain; else at 200 places.
    One pass over the places in order of position: for every set of groups already chained, only the chain that ends
    last matters. A chain counts from where its last place ends, so that occurrences never overlap.
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
    """Say whether the tree matches."""
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


_MATCHES: Final[dict[type, Callable[[Any, Document], bool]]] = {
    Term: holds,
    And: _all,
    Or: _any,
    Not: lambda node, document: not matches(node.part, document),
    Near: _near,
    AtLeast: lambda node, document: len(_countable(node.part, document)) >= node.count,
    Attribute: lambda node, document: document.attribute(node.field, node.value),
    Regex: lambda node, document: bool(pattern_marks(node, document, 1)),
}


def evidence(node: Node, document: Document) -> set[Mark]:
    """Return the marks of everything in the tree that made it match; the tree must match."""
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
        case _:
            found = set()
    return found


def _marks_at(node: Near, close: set[Place], document: Document) -> set[Mark]:
    terms = (leaf for leaf in leaves(node) if isinstance(leaf, Term))
    return {
        mark
        for term in terms
        for mark in marks(term, [place for place in places(term, document) if place in close], document)
    }
