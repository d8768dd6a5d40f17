"""The index of rules that an article might match: two look-ups instead of an evaluation of every rule.

Every rule is indexed by the forms of its rarest need; a second need, if it has one, is its guard. Only rules whose need
and guard the article satisfies are evaluated; a rule without needs (a bare pattern, part of an address) always is.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import Final

from crawler.rules.language.spec import Rule
from crawler.rules.language.stems import ALGORITHMS, stem
from crawler.rules.language.syntax import ATTRIBUTES, WORD_FIELDS
from crawler.rules.language.wildcards import is_pattern, shape_of
from crawler.rules.match.document import Document
from crawler.rules.match.needs import Costs, frequencies, needs

_MAX_CACHE: Final = 200_000


class SatisfiedForms(dict[str, tuple[int, ...]]):
    """A cache from folded words to the numbers of the forms that they satisfy: the word itself, wildcards and stems.

    Entries are computed on first use.
    """

    def __init__(self, numbers: Mapping[str, int]) -> None:
        super().__init__()
        self._numbers = numbers
        patterns = {form: shape_of(form) for form in numbers if is_pattern(form)}
        self._shapes = sorted({shape for shape in patterns.values() if shape.holes})
        beginnings: dict[int, dict[str, int]] = {}
        for form, shape in patterns.items():
            if not shape.holes:
                beginnings.setdefault(shape.length, {})[form[:-1]] = numbers[form]
        self._beginnings = [(length, known.get) for length, known in sorted(beginnings.items())]
        self._languages = sorted({form.partition(":")[0] for form in numbers if ":" in form} & ALGORITHMS.keys())

    def satisfied(self, words: Iterable[str]) -> set[int]:
        """Return the numbers of all forms that any of the folded `words` satisfies."""
        return set().union(*map(self.__getitem__, words))

    def __missing__(self, word: str) -> tuple[int, ...]:
        numbers = self._numbers
        found = [number for length, get in self._beginnings if (number := get(word[:length])) is not None]
        if word in numbers:
            found.append(numbers[word])
        if self._shapes or self._languages:
            forms = [shape.reduce(word) for shape in self._shapes]
            forms += [stem(word, language) for language in self._languages]
            found += [numbers[form] for form in forms if form in numbers]
        if len(self) >= _MAX_CACHE:
            self.clear()
        self[word] = satisfied = tuple(found)
        return satisfied


_FIELDS: Final = frozenset((*WORD_FIELDS, *ATTRIBUTES))
_NO_GUARD: Final = -1
_MANY: Final = -2
_NOT_REJECTED: Final = frozenset((_NO_GUARD, _MANY))  # no guard, or one that is checked later


class Index:
    """The index of some rules; immutable except for its cache of words.

    Forms and rules are numbers, so that built-in functions run the loops over them.
    """

    def __init__(self, rules: Sequence[Rule]) -> None:
        self.rules = rules
        costs = Costs(frequencies(rule.root for rule in rules))
        self._numbers: dict[str, int] = {}
        self._guard = array("i")  # by rule: the number of its only guard form, _NO_GUARD or _MANY
        self._guards: dict[int, tuple[int, ...]] = {}  # by rule with several guard forms
        self._always: list[int] = []
        by_form: dict[int, list[int]] = {}
        for number, rule in enumerate(rules):
            found = [[self._number(form) for form in need] for need in needs(rule.root, costs)[:2]]
            self._add_guard(number, found[1] if len(found) > 1 else [])
            if not found:
                self._always.append(number)
            for form in found[0] if found else ():
                by_form.setdefault(form, []).append(number)
        del costs  # frees its memory
        self._by_form = [tuple(by_form.get(form, ())) for form in range(len(self._numbers))]  # rules by form
        self._words = SatisfiedForms(self._numbers)
        self._pairs = any("+" in form for form in self._numbers)
        self._fields = tuple(sorted({form.partition(":")[0] for form in self._numbers if ":" in form} & _FIELDS))

    def _number(self, form: str) -> int:
        return self._numbers.setdefault(form, len(self._numbers))

    def _add_guard(self, rule: int, guard: list[int]) -> None:
        if len(guard) > 1:
            self._guards[rule] = tuple(guard)
        self._guard.append(_MANY if len(guard) > 1 else guard[0] if guard else _NO_GUARD)

    def candidates(self, document: Document) -> list[Rule]:
        """Return the rules that may match, in their order."""
        numbers = self._numbers
        present = self._words.satisfied(document.body.all_keys())
        present.update(numbers[form] for form in document.forms(self._fields, pairs=self._pairs) if form in numbers)
        rules = chain.from_iterable([self._by_form[form] for form in present])
        present |= _NOT_REJECTED
        guard, guards = self._guard, self._guards
        satisfied = {rule for rule in rules if guard[rule] in present}
        satisfied -= {rule for rule in satisfied & guards.keys() if present.isdisjoint(guards[rule])}
        return [self.rules[rule] for rule in sorted(satisfied.union(self._always))]
