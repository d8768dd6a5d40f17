"""The positions of words in some texts, for any key, wildcard or stem.

Several texts (title and text, or the authors) share one range of positions, far enough apart that no phrase and no NEAR
extends from one into the next: text number i begins at i * GAP.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from functools import cached_property
from itertools import chain, islice, takewhile
from typing import Final, TypeAlias

from crawler.rules.language.stems import stem
from crawler.rules.language.wildcards import Shape, is_pattern, shape_of
from crawler.text import Analysis

GAP: Final = 1 << 20
Place: TypeAlias = tuple[int, int]
"""Positions of an occurrence: first, and one past the last."""


class Words:
    """The words of some analysed texts. Immutable, with caches."""

    def __init__(self, texts: tuple[Analysis, ...]) -> None:
        self.texts = texts
        self._found: dict[str, list[Place]] = {}
        self._offsets: dict[Place, tuple[int, int, int]] = {}
        self._stems: dict[str, dict[str, list[str]]] = {}
        self._shaped: dict[Shape, dict[str, list[str]]] = {}

    def all_keys(self) -> Iterator[str]:
        """Yield the keys of every position, and the joined ones."""
        keys = [chain.from_iterable(text.keys) for text in self.texts]
        return chain(*keys, [join.key for text in self.texts for join in text.joins])

    @cached_property
    def keys(self) -> set[str]:
        """All keys of the texts, including joined ones."""
        return {*self._positions, *self._joined}

    @cached_property
    def _positions(self) -> dict[str, list[int]]:
        positions: dict[str, list[int]] = {}
        for number, text in enumerate(self.texts):
            for position, keys in enumerate(text.keys, number * GAP):
                for key in keys:
                    if key in positions:
                        positions[key].append(position)
                    else:
                        positions[key] = [position]
        return positions

    @cached_property
    def _joined(self) -> dict[str, list[Place]]:
        joined: dict[str, list[Place]] = {}
        for number, text in enumerate(self.texts):
            for key, position, length in text.joins:
                start = number * GAP + position
                joined.setdefault(key, []).append((start, start + length))
        return joined

    @cached_property
    def _sorted(self) -> list[str]:
        return sorted(self.keys)

    def contains(self, key: str) -> bool:
        """Return whether the texts contain a key, wildcard or stem."""
        return key in self._positions or bool(self.find(key))

    def find(self, key: str) -> list[Place]:
        """Return the places of a key, wildcard ("rocket*", "wom?n") or stem ("en:attack"), in order of position."""
        found = self._found.get(key)
        if found is None:
            if is_pattern(key) or ":" in key:
                words = self._matching(key) if is_pattern(key) else self._with_stem(key)
                found = sorted({place for word in words for place in self.find(word)})
            else:
                found = [(position, position + 1) for position in self._positions.get(key, ())]
                if key in self._joined:
                    found = sorted(found + self._joined[key])
            self._found[key] = found
        return found

    def _matching(self, pattern: str) -> list[str]:
        """Return the words that match a wildcard: the beginning by bisection, `?` by shape."""
        if "?" in pattern:
            shape = shape_of(pattern)
            words = self._shaped.get(shape)
            if words is None:
                words = self._shaped[shape] = _grouped((shape.reduce(word), word) for word in self.keys)
            return words.get(pattern, [])
        prefix = pattern.removesuffix("*")
        first = bisect_left(self._sorted, prefix)
        return list(takewhile(lambda word: word.startswith(prefix), islice(self._sorted, first, None)))

    def _with_stem(self, key: str) -> list[str]:
        language = key.partition(":")[0]
        words = self._stems.get(language)
        if words is None:
            words = self._stems[language] = _grouped((stem(word, language), word) for word in self.keys)
        return words.get(key, [])

    def offsets(self, place: Place) -> tuple[int, int, int]:
        """Return the text's number and the offsets (start, end) of a place in its original."""
        known = self._offsets.get(place)
        if known is None:
            known = self._offsets[place] = self._measured(place)
        return known

    def _measured(self, place: Place) -> tuple[int, int, int]:
        number, first = divmod(place[0], GAP)
        span = self.texts[number].span
        start, end = span(first)
        last = place[1] - 1 - number * GAP
        return number, start, end if last == first else span(last)[1]

    def adjacent(self, position: int) -> bool:
        """Return whether the word at `position` follows directly on the one before it."""
        number, index = divmod(position, GAP)
        span = self.texts[number].span
        return index > 0 and span(index - 1)[1] == span(index)[0]


def _grouped(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = {}
    for name, word in pairs:
        groups.setdefault(name, []).append(word)
    return groups
