"""Suggestions of other spellings of a name in a vocabulary: by edit distance and the sound of the consonants."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from crawler.text import fold

_SHORT: Final = 5  # letters up to which only one edit is allowed
_MIN_LETTERS: Final = 3  # letters of a term and of a spelling
_MIN_SKELETON: Final = 3  # consonants that must agree
# Different romanizations of one sound, the longer first: the tables for Arabic, Russian and Chinese (ALA-LC, BGN/PCGN,
# Wade-Giles and Pinyin) where they differ.
_SOUNDS: Final = (
    ("tch", "c"), ("sch", "x"), ("dh", "d"), ("kh", "h"), ("gh", "g"), ("th", "t"), ("sh", "x"), ("zh", "z"),
    ("ch", "c"), ("ph", "f"), ("ts", "s"), ("tz", "s"), ("ou", "u"), ("dj", "j"), ("q", "k"), ("c", "k"),
    ("w", "v"), ("z", "s"), ("y", ""), ("h", ""),
)  # fmt: skip
_VOWELS: Final = re.compile(r"[aeiou'’\-]")
_DOUBLE: Final = re.compile(r"(.)\1+")


@dataclass(frozen=True, slots=True)
class Spelling:
    """A word that may be another spelling. `edits`: letters inserted, deleted, changed or swapped with a neighbour."""

    word: str
    count: int
    edits: int


def suggest(term: str, vocabulary: Mapping[str, int], limit: int = 20) -> list[Spelling]:
    """Return the likely spellings of `term` among the words of `vocabulary` (word: count), the most frequent first.

    A word is likely with one edit (two from six letters on), or with the same sound of consonants and at most three
    edits. Case and accents do not count; of several spellings of one folded word, the most frequent represents all.
    """
    target = fold(term)
    if len(target) < _MIN_LETTERS:
        return []
    sound, max_edits = skeleton(target), 1 if len(target) <= _SHORT else 2
    found: dict[str, Spelling] = {}
    for word, count in sorted(vocabulary.items(), key=lambda item: -item[1]):
        folded = fold(word)
        if len(folded) < _MIN_LETTERS or abs(len(folded) - len(target)) > max_edits + 1:
            continue
        same_sound = len(sound) >= _MIN_SKELETON and skeleton(folded) == sound
        edits = distance(target, folded, max_edits + same_sound)
        if edits > max_edits + same_sound:
            continue
        known = found.get(folded)
        found[folded] = Spelling(known.word, known.count + count, edits) if known else Spelling(word, count, edits)
    return sorted(found.values(), key=lambda spelling: (-spelling.count, spelling.edits, spelling.word))[:limit]


def skeleton(word: str) -> str:
    """Return the sound of a folded word's consonants: the same for "kadhimi" and "kadhemy"."""
    for written, sound in _SOUNDS:
        word = word.replace(written, sound)
    return _DOUBLE.sub(r"\1", _VOWELS.sub("", word))


def distance(one: str, other: str, limit: int) -> int:
    """Return the edit distance (optimal string alignment) of two words, or `limit` + 1 if it is larger."""
    if abs(len(one) - len(other)) > limit:
        return limit + 1
    before, last = [0] * (len(other) + 1), list(range(len(other) + 1))
    for at, letter in enumerate(one, 1):
        row = [at]
        for to, other_letter in enumerate(other, 1):
            cost = min(last[to] + 1, row[to - 1] + 1, last[to - 1] + (letter != other_letter))
            if at > 1 and to > 1 and letter == other[to - 2] and one[at - 2] == other_letter:
                cost = min(cost, before[to - 2] + 1)
            row.append(cost)
        if min(row) > limit:
            return limit + 1
        before, last = last, row
    return min(last[-1], limit + 1)
