"""The needs of rules: what an article must contain for a rule to match. The index is based on them.

A need is a set of forms, one of which must be present. Forms are keys of words, wildcards and stems as in the rules;
pairs of neighbouring characters in scripts without spaces ("大+使"); and fields ("author:smith", "source:bbc").
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from itertools import chain, pairwise
from typing import Final, TypeAlias, assert_never

from crawler.rules.language.syntax import WORD_FIELDS, And, AtLeast, Attribute, Near, Node, Not, Or, Regex, Term, leaves
from crawler.rules.language.wildcards import is_pattern
from crawler.text import Step

Need: TypeAlias = frozenset[str]

_WEIGHT_PATTERN: Final = 5  # a wildcard matches more words than a word does
_WEIGHT_FIELD: Final = 1_000_000  # a language or a source is in a great part of all articles
_WEIGHT_LETTER: Final = 100  # one character of a script without spaces


def frequencies(roots: Iterable[Node]) -> Counter[str]:
    """Count the terms of all rules that contain each form: forms in many rules are assumed to be common."""
    terms = (leaf for root in roots for leaf in leaves(root) if isinstance(leaf, Term))
    return Counter(chain.from_iterable(_forms(way, term.scope) for term in terms for way in term.ways))


class Costs(dict[str, float]):
    """The estimated frequency of forms in articles, from their frequency in the rules; cached."""

    def __init__(self, common: Counter[str]) -> None:
        super().__init__()
        self._common = common

    def __missing__(self, form: str) -> float:
        cost = self[form] = _weight(form) * (self._common[form] + 1 / len(form))
        return cost

    def of(self, need: Need) -> float:
        """Return how often a need is likely to be satisfied."""
        return sum([self[form] for form in need])


def _weight(form: str) -> float:
    if ":" in form and len(form.partition(":")[0]) > 2:  # noqa: PLR2004 - a field, not the stem of a language
        return _WEIGHT_FIELD
    if len(form) <= 2 and is_letter(form):  # noqa: PLR2004 - a character and its mark
        return _WEIGHT_LETTER
    return _WEIGHT_PATTERN if is_pattern(form) else 1


def needs(node: Node, costs: Costs) -> list[Need]:
    """Return the needs of a tree, the rarest first; [] if it may match without any known form."""
    match node:
        case Term():
            return _term_needs(node, costs)
        case Attribute(field, value) if field != "url":
            found = [frozenset([f"{field}:{value}"])]
        case And(parts) | Near(parts):
            found = [need for part in parts for need in needs(part, costs)]
        case AtLeast(_, part):
            found = needs(part, costs)
        case Or(parts):
            found = _either([needs(part, costs) for part in parts])
        case Attribute() | Regex() | Not():
            found = []
        case _:
            assert_never(node)
    return sorted(found, key=costs.of) if len(found) > 1 else found


def _term_needs(term: Term, costs: Costs) -> list[Need]:
    ways = []
    for way in term.ways:
        forms = set(_forms(way, term.scope))
        if len(forms) > 1:
            ways.append([frozenset([form]) for form in sorted(forms, key=lambda form: (costs[form], form))])
        else:
            ways.append([frozenset(forms)] if forms else [])
    return sorted(_either(ways), key=costs.of) if len(ways) > 1 else ways[0]


def _either(choices: list[list[Need]]) -> list[Need]:
    """Return the needs of alternatives: the unions of their first needs, of their second, as far as all have one."""
    return [frozenset().union(*level) for level in zip(*choices, strict=False)]


def _forms(way: tuple[Step, ...], scope: str) -> list[str]:
    """Return the forms that an article must contain to contain a sequence of keys."""
    if scope in WORD_FIELDS:
        return [f"{scope}:{key}" for key, _ in way if not is_pattern(key) and ":" not in key]
    forms = [key for key, _ in way]
    if len(way) > 1:
        letters = (pair for pair in pairwise(way) if pair[1].glued and all(is_letter(step.key) for step in pair))
        forms += [f"{left.key}+{right.key}" for left, right in letters]
    return forms


def is_letter(key: str) -> bool:
    """Return whether a key is one character of a script without spaces (beyond Latin, with its marks)."""
    return key[0] >= "\u0e00" and not is_pattern(key) and ":" not in key
