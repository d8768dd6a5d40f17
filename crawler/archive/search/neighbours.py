"""Hashed pairs of neighbouring words, so that a phrase of common words has few candidates.

Every pair of neighbours is hashed into one of 16,384 buckets, and indexed as that bucket's word. An article of 200
words has about 190 of them, so a pair that it does not contain is a false positive in 1 of 90 cases.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise, product
from typing import Final
from zlib import crc32

from crawler.text import Analysis, Step

BUCKETS: Final = 1 << 14
_FIRST_SPACELESS: Final = "\u0e00"  # from here on neighbours are indexed unhashed ("大+使") where it matters
_MAX_CACHE: Final = 100_000
_DIGITS: Final = "0123456789abcdefghijklmnopqrstuvwxyz"
_WORDS: Final = [f"__{_DIGITS[n // 1296]}{_DIGITS[n // 36 % 36]}{_DIGITS[n % 36]}" for n in range(BUCKETS)]


class _Hashes(dict[str, int]):
    """A cache of the hashes of words."""

    def __missing__(self, word: str) -> int:
        if len(self) >= _MAX_CACHE:
            self.clear()
        found = self[word] = crc32(word.encode("utf-8", "surrogatepass"))
        return found


_hashes: Final = _Hashes()


def _buckets(pairs: Iterable[tuple[int, int]]) -> set[int]:
    return {(left * 0x9E3779B1 + right * 0x85EBCA6B >> 15) % BUCKETS for left, right in pairs}


def neighbours(text: Analysis) -> Iterator[str]:
    """Return the index words of all neighbours in a text, for all their keys and both joined and split hyphens."""
    found = _buckets(pairwise([*map(_hashes.__getitem__, text.words)]))
    found |= _buckets((_hashes[left], _hashes[right]) for left, right in _others(text))
    return map(_WORDS.__getitem__, found)


def _others(text: Analysis) -> Iterator[tuple[str, str]]:
    """Yield pairs in which a word has another key, or is joined from several."""
    keys = text.keys
    for at, some in enumerate(keys):
        if len(some) > 1:
            yield from product(keys[at - 1] if at else (), some)
            yield from product(some, keys[at + 1] if at + 1 < len(keys) else ())
    ending: dict[int, list[str]] = {}
    for join in text.joins:
        ending.setdefault(join.position + join.length, []).append(join.key)
    for join in text.joins:
        before = (*(keys[join.position - 1] if join.position else ()), *ending.get(join.position, ()))
        yield from ((left, join.key) for left in before)
    for end, joined in ending.items():
        yield from product(joined, keys[end] if end < len(keys) else ())


def needed(way: Iterable[Step]) -> list[str]:
    """Return the index words that a sequence of keys requires."""
    hashed = (
        (_hashes[left.key], _hashes[right.key])
        for left, right in pairwise(way)
        if _is_plain(left.key) and _is_plain(right.key) and not (_is_spaceless(left.key) and _is_spaceless(right.key))
    )
    return [_WORDS[bucket] for bucket in sorted(_buckets(hashed))]


def _is_plain(key: str) -> bool:
    return not set("*?:") & set(key)


def _is_spaceless(key: str) -> bool:
    return key >= _FIRST_SPACELESS
