"""What an article must hold for a rule to have a chance: the ground on which the index stands.

A need is a set of forms, one of which must be there. Forms are keys of words, wildcards and stems as they stand in the
rules; pairs of neighbours in scripts without spaces ("大+使"); and fields ("author:smith", "source:bbc").
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from typing import Final, TypeAlias

from crawler.alerts.syntax import WORD_FIELDS, And, AtLeast, Attribute, Near, Node, Or, Term, children, leaves
from crawler.alerts.wildcards import is_pattern
from crawler.text import Step

Need: TypeAlias = frozenset[str]

_WEIGHT_PATTERN: Final = 5  # a wildcard meets more words than a word does
_WEIGHT_FIELD: Final = 1_000_000  # a language or a source is in a great part of all articles
_WEIGHT_LETTER: Final = 100  # one character of a script without spaces


def frequencies(roots: Iterator[Node]) -> Counter[str]:
    """Count in how many terms of all rules each form occurs: what many rules look for is taken to be common."""
    return Counter(
        form
        for root in roots
        for leaf in leaves(root)
        if isinstance(leaf, Term)
        for way in leaf.ways
        for form in _forms(way, leaf.scope)
    )


def needs(node: Node, common: Counter[str]) -> list[Need]:
    """Return the needs of a tree, the rarest first; none where it may match without any known form."""
    match node:
        case Term():
            found = _term_needs(node, common)
        case Attribute(field, value) if field != "url":
            found = [frozenset([f"{field}:{value}"])]
        case And() | Near():
            found = [need for part in children(node) for need in needs(part, common)]
        case AtLeast(_, part):
            found = needs(part, common)
        case Or(parts):
            found = _either([needs(part, common) for part in parts])
        case _:
            found = []
    return sorted(found, key=lambda need: cost(need, common))


def _term_needs(term: Term, common: Counter[str]) -> list[Need]:
    ways = []
    for way in term.ways:
        forms = sorted(set(_forms(way, term.scope)), key=lambda form: (_cost(form, common), form))
        ways.append([frozenset([form]) for form in forms])
    return _either(ways)


def _either(choices: list[list[Need]]) -> list[Need]:
    """Return the needs of alternatives: the union of their first needs, of their second, as far as all have one."""
    return [frozenset().union(*level) for level in zip(*choices, strict=False)]


def _forms(way: tuple[Step, ...], scope: str) -> Iterator[str]:
    """Yield the forms that an article must hold for a sequence of keys to stand in it."""
    if scope in WORD_FIELDS:
        yield from (f"{scope}:{key}" for key, _ in way if not is_pattern(key) and ":" not in key)
        return
    for key, _ in way:
        yield key
    for left, right in pairwise(way):
        if right.glued and is_letter(left.key) and is_letter(right.key):
            yield f"{left.key}+{right.key}"


def is_letter(key: str) -> bool:
    """Say whether a key is one character of a script without spaces (beyond Latin, with its marks)."""
    return key[0] >= "\u0e00" and not is_pattern(key) and ":" not in key


def cost(need: Need, common: Counter[str]) -> float:
    """Return how often a need is likely to be met, as far as the rules tell."""
    return sum(_cost(form, common) for form in need)


def _cost(form: str, common: Counter[str]) -> float:
    if ":" in form and len(form.partition(":")[0]) > 2:  # noqa: PLR2004 - a field, not the stem of a language
        return _WEIGHT_FIELD
    weight = _WEIGHT_PATTERN if is_pattern(form) else 1
    if len(form) <= 2 and is_letter(form):  # noqa: PLR2004 - a character and its mark
        weight = _WEIGHT_LETTER
    return weight * (common[form] + 1 / len(form))
