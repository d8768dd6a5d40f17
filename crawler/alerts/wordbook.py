"""Which forms of all rules the words of a text satisfy, without trying each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from crawler.alerts.stems import ALGORITHMS, stem
from crawler.alerts.wildcards import is_pattern, shape_of
from crawler.text import Piece, piece_of

_MAX_CACHE: Final = 100_000
_MAX_CACHED_CHARS: Final = 40  # longer runs hardly come again; their words do


class Wordbook(dict[str, tuple[int, ...]]):
    """By a run of a text (what stands between two spaces): the numbers of the forms that its words satisfy.

    Made when first asked for and kept for a while, for words come again. `numbers` are those of the forms: words,
    wildcards, stems, and pairs of neighbours in scripts without spaces.
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
        self._words: dict[str, tuple[int, ...]] = {}  # of runs that hold several

    def satisfied(self, runs: Iterable[str]) -> set[int]:
        """Return the numbers of all forms that any of the `runs` satisfies."""
        return set().union(*map(self.__getitem__, runs))

    def __missing__(self, run: str) -> tuple[int, ...]:
        piece = piece_of(run)
        word = piece.keys[0][0] if len(piece.keys) == 1 and len(piece.keys[0]) == 1 else ""
        found = self._of_word(word) if word else self._of_words(piece)
        if len(run) <= _MAX_CACHED_CHARS:
            if len(self) >= _MAX_CACHE:
                self.clear()
            self[word if word == run else run] = found  # one string less to keep
        return found

    def _of_words(self, piece: Piece) -> tuple[int, ...]:
        if len(self._words) >= _MAX_CACHE:
            self._words.clear()
        known, numbers = self._words, self._numbers
        words = {join.key for join in piece.joins}.union(*piece.keys)
        known.update((word, self._of_word(word)) for word in words.difference(known))
        found = {numbers[pair] for pair in piece.pairs if pair in numbers}
        return tuple(found.union(*[known[word] for word in words]))

    def _of_word(self, word: str) -> tuple[int, ...]:
        """Return the numbers of the forms that a folded word satisfies: itself, wildcards and stems."""
        numbers = self._numbers
        found = [number for length, get in self._beginnings if (number := get(word[:length])) is not None]
        if word in numbers:
            found.append(numbers[word])
        if self._shapes or self._languages:
            forms = [shape.cut(word) for shape in self._shapes]
            forms += [stem(word, language) for language in self._languages]
            found += [numbers[form] for form in forms if form in numbers]
        return tuple(found)
