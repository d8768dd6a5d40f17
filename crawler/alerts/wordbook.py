"""Which wildcards of all rules a word fits, without trying each: by shape.

The shape of a wildcard is its length, the places of its `?` and whether it ends in `*`. A word is cut and punched to
every shape in use and looked up as text: there are few shapes, however many wildcards there are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from crawler.alerts.stems import ALGORITHMS, is_pattern, stem

_MAX_CACHE = 200_000


class Wordbook:
    """Which of some numbered forms a word satisfies: itself, wildcards and stems. Kept, for words come again."""

    def __init__(self, numbers: Mapping[str, int]) -> None:
        self._numbers = numbers
        self._shapes = sorted({_shape(form) for form in numbers if is_pattern(form)})
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
        yield from self._fitting(word)
        for language in self._languages:
            yield stem(word, language)

    def _fitting(self, word: str) -> Iterator[str]:
        """Yield the wildcards of every shape that `word` fits; most shapes are plain beginnings."""
        for length, holes, star in self._shapes:
            if len(word) < length or (not star and len(word) > length):
                continue
            cut = word[:length]
            if holes:
                cut = "".join("?" if at in holes else letter for at, letter in enumerate(cut))
            yield f"{cut}*" if star else cut


def _shape(pattern: str) -> tuple[int, tuple[int, ...], bool]:
    fixed = pattern.removesuffix("*")
    return len(fixed), tuple(at for at, sign in enumerate(fixed) if sign == "?"), fixed is not pattern
