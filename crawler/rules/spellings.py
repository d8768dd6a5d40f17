"""Which words of a vocabulary are likely to be other spellings of a name: by edits and by sound of the consonants."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from crawler.text import fold

_SHORT: Final = 5  # letters up to which only one edit is allowed
_LEAST: Final = 3  # letters of a term and of a spelling
_LEAST_SKELETON: Final = 3  # consonants that must agree
# What names in Latin letters are written with for one sound of another script, the longer first: Romanisation tables
# of Arabic, Russian and Chinese (ALA-LC, BGN/PCGN, Wade-Giles and Pinyin) where they differ.
_SOUNDS: Final = (
    ("tch", "c"), ("sch", "x"), ("dh", "d"), ("kh", "h"), ("gh", "g"), ("th", "t"), ("sh", "x"), ("zh", "z"),
    ("ch", "c"), ("ph", "f"), ("ts", "s"), ("tz", "s"), ("ou", "u"), ("dj", "j"), ("q", "k"), ("c", "k"),
    ("w", "v"), ("z", "s"), ("y", ""), ("h", ""),
)  # fmt: skip
_VOWELS: Final = re.compile(r"[aeiou'’\-]")
_DOUBLE: Final = re.compile(r"(.)\1+")


@dataclass(frozen=True, slots=True)
class Spelling:
    """A word that may be another spelling. `edits`: letters put in, left out, changed or swapped with a neighbour."""

    word: str
    count: int
    edits: int


def suggest(term: str, vocabulary: Mapping[str, int], limit: int = 20) -> list[Spelling]:
    """Return the likely spellings of `term` among the words of `vocabulary` (word: how often), the commonest first.

    A word is likely with one edit (two from six letters on), or with the same consonants by sound and at most three
    edits. Case and accents do not count; of several ways to write one folded word the commonest stands for all.
    """
    wanted = fold(term)
    if len(wanted) < _LEAST:
        return []
    sound, near = skeleton(wanted), 1 if len(wanted) <= _SHORT else 2
    found: dict[str, Spelling] = {}
    for word, count in sorted(vocabulary.items(), key=lambda item: -item[1]):
        folded = fold(word)
        if len(folded) < _LEAST or abs(len(folded) - len(wanted)) > near + 1:
            continue
        alike = len(sound) >= _LEAST_SKELETON and skeleton(folded) == sound
        edits = distance(wanted, folded, near + alike)
        if edits > near + alike:
            continue
        known = found.get(folded)
        found[folded] = Spelling(known.word, known.count + count, edits) if known else Spelling(word, count, edits)
    return sorted(found.values(), key=lambda spelling: (-spelling.count, spelling.edits, spelling.word))[:limit]


def skeleton(word: str) -> str:
    """Return a folded word's consonants by sound: "kadhimi" and "kadhemy" give the same."""
    for written, sound in _SOUNDS:
        word = word.replace(written, sound)
    return _DOUBLE.sub(r"\1", _VOWELS.sub("", word))


def distance(one: str, other: str, most: int) -> int:
    """Return how many edits lead from one word to the other, or `most` + 1 when there are more (optimal alignment)."""
    if abs(len(one) - len(other)) > most:
        return most + 1
    before, last = [0] * (len(other) + 1), list(range(len(other) + 1))
    for at, letter in enumerate(one, 1):
        row = [at]
        for to, target in enumerate(other, 1):
            cost = min(last[to] + 1, row[to - 1] + 1, last[to - 1] + (letter != target))
            if at > 1 and to > 1 and letter == other[to - 2] and one[at - 2] == target:
                cost = min(cost, before[to - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
        before, last = last, row
    return min(last[-1], most + 1)
