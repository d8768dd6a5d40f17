"""The syntax tree of rules."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias, assert_never

from crawler.text import Step

WORD_FIELDS: Final = ("author", "section", "tag")
"""Fields of words other than title and text; they match without spans."""
TEXT_FIELDS: Final = ("title", "lead", "text")
ATTRIBUTES: Final = ("site", "url", "language", "source")
"""Fields that are compared as a whole."""
FIELDS: Final = (*TEXT_FIELDS, *WORD_FIELDS, *ATTRIBUTES, "exact")


@dataclass(frozen=True, slots=True)
class Term:
    """A word, phrase or wildcard. `ways` are alternative sequences of keys, any of which matches.

    `scope` is "" (title and text), or one of title, lead, text, author, section, tag. `exact`: the original must
    contain `raw` literally.
    """

    raw: str
    ways: tuple[tuple[Step, ...], ...]
    scope: str = ""
    exact: bool = False


@dataclass(frozen=True, slots=True)
class Regex:
    """A pattern for the original title and text; ignores case unless `exact`."""

    pattern: str
    scope: str
    exact: bool
    program: Any = field(compare=False, repr=False)  # compiled by re2


@dataclass(frozen=True, slots=True)
class Attribute:
    """A field that is compared as a whole: the folded `value` of site, url, language or source."""

    field: str
    value: str


@dataclass(frozen=True, slots=True)
class Near:
    """All `parts`, each with at most `distance` words between it and the next; `ordered`: in this order."""

    parts: tuple[Node, ...]
    distance: int
    ordered: bool


@dataclass(frozen=True, slots=True)
class AtLeast:
    """At least `count` occurrences of `part`."""

    count: int
    part: Node


@dataclass(frozen=True, slots=True)
class And:
    """All of `parts`."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Any of `parts`."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """Not `part`."""

    part: Node


Node: TypeAlias = Term | Regex | Attribute | Near | AtLeast | And | Or | Not


def children(node: Node) -> tuple[Node, ...]:
    """Return the nodes directly below `node`."""
    match node:
        case Term() | Regex() | Attribute():
            return ()
        case And(parts) | Or(parts) | Near(parts):
            return parts
        case Not(part) | AtLeast(_, part):
            return (part,)
        case _:
            assert_never(node)


def leaves(node: Node) -> Iterator[Term | Regex | Attribute]:
    """Yield the terms, patterns and attributes of a tree, from left to right."""
    below = [node]
    while below:
        node = below.pop()
        inner = children(node)
        if inner:
            below += reversed(inner)
        else:
            yield node  # type: ignore[misc]


def all_of(parts: list[Node]) -> Node:
    """Return one node for all of `parts` (at least one): nested ANDs become one."""
    flat = [inner for part in parts for inner in (part.parts if isinstance(part, And) else (part,))]
    return flat[0] if len(flat) == 1 else And(tuple(flat))


def any_of(parts: list[Node]) -> Node:
    """Return one node for any of `parts` (at least one): nested ORs become one."""
    flat = [inner for part in parts for inner in (part.parts if isinstance(part, Or) else (part,))]
    return flat[0] if len(flat) == 1 else Or(tuple(flat))


def needs_presence(node: Node) -> bool:
    """Return whether `node` requires the presence of something, and does not match by absence alone."""
    match node:
        case Not():
            return False
        case And(parts):
            return any(map(needs_presence, parts))
        case Or(parts):
            return all(map(needs_presence, parts))
        case Term() | Regex() | Attribute() | Near() | AtLeast():
            return True
        case _:
            assert_never(node)
