"""The syntax tree of a rule: what all its forms are compiled to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from crawler.text import Step

WORD_FIELDS: Final = ("author", "section", "tag")
"""Fields of words beside title and text; they match without spans."""
TEXT_FIELDS: Final = ("title", "lead", "text")
ATTRIBUTES: Final = ("site", "url", "language", "source")
"""Fields that are compared whole."""
FIELDS: Final = (*TEXT_FIELDS, *WORD_FIELDS, *ATTRIBUTES, "exact")


@dataclass(frozen=True, slots=True)
class Term:
    """A word, phrase or wildcard. `ways` are the sequences of keys, any of which will do.

    `scope` is "" (title and text), or one of title, lead, text, author, section, tag. `exact`: the original must hold
    `raw` as it is.
    """

    raw: str
    ways: tuple[tuple[Step, ...], ...]
    scope: str = ""
    exact: bool = False


@dataclass(frozen=True, slots=True)
class Regex:
    """A pattern looked for in the original title and text; without case unless `exact`."""

    pattern: str
    scope: str
    exact: bool
    program: Any = field(compare=False, repr=False)  # compiled by re2


@dataclass(frozen=True, slots=True)
class Attribute:
    """A field that is compared whole: the folded `value` of site, url, language or source."""

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
    """`part` does not match."""

    part: Node


Node: TypeAlias = Term | Regex | Attribute | Near | AtLeast | And | Or | Not


def children(node: Node) -> tuple[Node, ...]:
    """Return the nodes directly below `node`."""
    if isinstance(node, Term):
        return ()
    match node:
        case And(parts) | Or(parts) | Near(parts):
            return parts
        case Not(part) | AtLeast(_, part):
            return (part,)
        case _:
            return ()


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
    """Say whether `node` can only match when something is there, not merely when something is absent."""
    match node:
        case Not():
            return False
        case And(parts):
            return any(map(needs_presence, parts))
        case Or(parts):
            return all(map(needs_presence, parts))
        case _:
            return True
