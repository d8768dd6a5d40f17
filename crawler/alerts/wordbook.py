"""Which forms of all rules a word satisfies, without trying each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from crawler.alerts.stems import ALGORITHMS, stem
from crawler.alerts.wildcards import is_pattern, shape_of

_MAX_CACHE = 200_000


class Wordbook:
    """Which of some numbered forms a word satisfies: itself, wildcards and stems. Kept, for words come again."""

    def __init__(self, numbers: Mapping[str, int]) -> None:
        self._numbers = numbers
        self._shapes = sorted({shape_of(form) for form in numbers if is_pattern(form)})
        self._languages = sorted({form.partition(":")[0] for form in numbers if ":" in form} & ALGORITHMS.keys())
        self._known: dict[str, tuple[int, ...]] = {}

    def satisfied(self, words: set[str]) -> set[int]:
        """Return the numbers of all forms that any of the folded `words` satisfies."""
        if len(self._known) >= _MAX_CACHE:
            self._known = {}
        known, numbers = self._known, self._numbers
        for word in words.difference(known):
            known[word] = tuple(numbers[form] for form in self._forms(word) if form in numbers)
        return set().union(*map(known.__getitem__, words))

    def _forms(self, word: str) -> Iterator[str]:
        yield word
        yield from filter(None, (shape.cut(word) for shape in self._shapes))
        for language in self._languages:
            yield stem(word, language)
