"""Which texts hold the words of a NEAR too far apart, told without analysing them.

Looks at squeezed texts, in which what surely is a word has a line break before it (see squeezing): where there are more
of them between two words of a NEAR than it allows, it does not match. "May" is often wrong, "cannot" never.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from crawler.rules.language.spec import Rule
from crawler.rules.language.syntax import WORD_FIELDS, And, Near, Node, Term, leaves
from crawler.rules.match.squeezing import literal_of, squeezed_runs

_MOST: Final = 1_000  # places that are looked at; of more, one is near enough


class _Apart(NamedTuple):
    """A NEAR: what stands for each of its parts, any of these, and how many words lie from the first to the last."""

    parts: tuple[tuple[bytes, ...], ...]
    reach: int


class Closeness:
    """The NEARs without which a rule does not match."""

    def __init__(self, rule: Rule) -> None:
        self._nears = tuple(apart for near in _nears(rule.root) if (apart := _apart(near)))

    def may_match(self, text: str) -> bool:
        """Say whether their words may stand close enough in a text; False is certain."""
        if not self._nears:
            return True
        squeeze = squeezed_runs(text)
        return all(_close(near, squeeze) for near in self._nears)


def _nears(node: Node) -> Iterator[Near]:
    if isinstance(node, Near):
        yield node
    elif isinstance(node, And):
        for part in node.parts:
            yield from _nears(part)


def _apart(near: Near) -> _Apart | None:
    """Return what can be told of a NEAR; None where a part of it may stand in the text in a form that is not known.

    A phrase of three words reaches two words further than the one of them that is looked for.
    """
    parts: list[tuple[bytes, ...]] = []
    reach = (len(near.parts) - 1) * near.distance - 1
    for part in near.parts:
        terms = [leaf for leaf in leaves(part) if isinstance(leaf, Term) and leaf.scope not in WORD_FIELDS]
        ways = [[key for key, _ in way] for term in terms for way in term.ways]
        literals = {max(map(literal_of, way), key=len) for way in ways}
        if b"" in literals or not literals:
            return None
        parts.append(tuple(literals))
        reach += max(map(len, ways))
    return _Apart(tuple(parts), reach)


def _close(near: _Apart, squeeze: bytes) -> bool:
    """Say whether somewhere all parts stand within the reach."""
    places = sorted((at, number) for number, literals in enumerate(near.parts) for at in _found(literals, squeeze))
    if len(places) >= _MOST:
        return True
    last: dict[int, int] = {}
    word = before = 0
    for at, number in places:
        word += squeeze.count(b"\n", before, at)
        before = at
        last[number] = word
        if len(last) == len(near.parts) and word - min(last.values()) <= near.reach:
            return True
    return False


def _found(literals: tuple[bytes, ...], squeeze: bytes) -> Iterator[int]:
    """Yield where any of the literals stands, at most _MOST times each."""
    for literal in literals:
        at = squeeze.find(literal)
        count = 0
        while at >= 0 and count < _MOST:
            yield at
            count += 1
            at = squeeze.find(literal, at + 1)
