"""Facts: the numbers and names of a text, which distinguish a copy from another report of the same template.

A weather report repeats the sentences of yesterday's and none of its numbers. A copy repeats both, or loses both: where
a third of the words is changed, so is a third of the facts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Final

from crawler.text import Analysis, fold

MAX_FACTS: Final = 15  # of each kind, as a sample; with three bytes before them they fill one field of a Redis hash
_WHOLE: Final = 1 << 64
_SPARE: Final = 64 - 16  # the lower bits, which are mixed least
_COARSEST: Final = 1 << 8
# A word in mid-sentence that may begin with a capital letter; the match is checked afterwards.
_WITHIN: Final = re.compile(r"(?<=[\w,] )[^\W\d_a-zà-öø-ÿа-яα-ω][\w'’]{1,40}")


def facts(analysis: Analysis, bits: Mapping[str, int]) -> bytes:
    """Return the sample that the store keeps: a header of three bytes, then two for each number, two for each name.

    The header holds the base-2 logarithms of the rates at which numbers and names were sampled, and how many numbers
    follow. A sample of one rate holds that of each coarser rate, as in a sketch. `bits` gives 64 bits for a word.
    """
    numbers_rate, numbers = _sample(_numbers(analysis.words, bits))
    names_rate, names = _sample(_names(analysis.text, bits))
    packed = b"".join(fact.to_bytes(2) for fact in (*numbers, *names))
    return bytes((numbers_rate.bit_length() - 1, names_rate.bit_length() - 1, len(numbers))) + packed


def _numbers(words: Sequence[str], bits: Mapping[str, int]) -> Iterator[int]:
    """Yield a hash of each number and the word before it: "12" alone is in many texts."""
    for before, word in pairwise(("", *words)):
        if word[0].isdecimal():
            yield (bits[before] * 31 + bits[word]) % _WHOLE >> _SPARE


def _names(text: str, bits: Mapping[str, int]) -> Iterator[int]:
    """Yield a hash of each word that begins with a capital letter within a sentence."""
    for word in set(_WITHIN.findall(text)):
        if word[0].isupper():
            yield bits[fold(word)] >> _SPARE


def _sample(hashes: Iterable[int]) -> tuple[int, list[int]]:
    """Return the rate, a power of two, and the different hashes that are multiples of it: at most 15."""
    found, rate = set(hashes), 1
    while len(found) > MAX_FACTS and rate < _COARSEST:
        rate *= 2
        found = {number for number in found if number % rate == 0}
    return rate, sorted(found)[:MAX_FACTS]
