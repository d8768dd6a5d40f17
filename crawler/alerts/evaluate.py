"""Whether a tree matches a document, and where: the meaning of the language, exactly."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from crawler.alerts.document import Document
from crawler.alerts.finding import Mark, holds, marks, pattern_marks, places
from crawler.alerts.near import close_places
from crawler.alerts.syntax import And, AtLeast, Attribute, Near, Node, Not, Or, Regex, Term, leaves
from crawler.alerts.words import Place


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
