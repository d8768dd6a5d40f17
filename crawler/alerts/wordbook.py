"""Which forms of all rules a word satisfies, without trying each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from crawler.alerts.stems import ALGORITHMS, stem
from crawler.alerts.wildcards import is_pattern, shape_of

_MAX_CACHE: Final = 200_000


class Wordbook(dict[str, tuple[int, ...]]):
    """By folded word: which of some numbered forms it satisfies, itself, wildcards and stems.

    Made when first asked for and kept for a while, for words come again.
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
            forms = [shape.cut(word) for shape in self._shapes]
            forms += [stem(word, language) for language in self._languages]
            found += [numbers[form] for form in forms if form in numbers]
        if len(self) >= _MAX_CACHE:
            self.clear()
        self[word] = satisfied = tuple(found)
        return satisfied
