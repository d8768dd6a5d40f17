"""Near copies: the overlap of two texts, estimated from small samples of their shingles.

A shingle is a run of three folded words, or of four characters in scripts without spaces. A sketch keeps the shingles
whose hash is a multiple of its rate: all of a short text, every eighth of an ordinary one, 56 to 112 of any longer one;
and all of its lead. Samples of one rate include samples of every coarser rate, so texts of different lengths compare
(Broder, "On the resemblance and containment of documents", 1997, section 4: MOD_s sampling).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b
from itertools import accumulate
from typing import Final

from crawler.dedupe.facts import facts
from crawler.text import Analysis, analyse
from crawler.text.characters import SPACELESS

HASH_BYTES: Final = 4
WORDS: Final = 3
CHARACTERS: Final = 4
MIN_WORDS, MIN_CHARACTERS = 20, 30
"""Shorter texts are copies only of texts with the same title on the same site."""
MAX_HASHES: Final = 112
"""The expected maximum, without the lead; longer texts keep half of it to all of it."""
LEAD_UNITS: Final = {WORDS: 26, CHARACTERS: 52}
"""Words or characters at the beginning whose shingles are all kept: news in brief is only the first sentence."""
_COARSEST: Final = 256
_BASE: Final = 0x9E3779B97F4A7C15  # odd, with its bits well mixed (Knuth, TAOCP 3, 6.4: 2**64 / golden ratio)
_WORD_MASK: Final = (1 << 64) - 1
_MASK: Final = (1 << 8 * HASH_BYTES) - 1
_SPARE: Final = 64 - 8 * HASH_BYTES  # the lower bits, which are mixed least
_MAX_CACHE: Final = 100_000
_SPACELESS: Final = re.compile(f"[{SPACELESS}]")


@dataclass(frozen=True, slots=True)
class Sketch:
    """The sample of a text that identifies its copies.

    `hashes`: distinct unsigned 32-bit numbers, multiples of `rate` or from the lead. `shingles`: the number of distinct
    shingles of the text. `exact`: a single hash decides (a short text: its site and title). `facts`: a sample of its
    numbers and names (crawler.dedupe.facts).
    """

    hashes: tuple[int, ...]
    shingles: int
    rate: int
    exact: bool = False
    facts: bytes = b""


def sketch(title: str, text: str, site: str = "") -> Sketch:
    """Return the sketch of an article, the same in every process; `site` is its registered domain."""
    analysis = analyse(text)
    units, size = _units(analysis)
    if len(units) < (MIN_WORDS if size == WORDS else MIN_CHARACTERS):
        return _of_title(title, site, analysis)
    found = _shingle_hashes(units, size)
    rate = 1
    while rate < _COARSEST and len(found) > rate * MAX_HASHES:
        rate *= 2
    lead = _shingle_hashes(units[: LEAD_UNITS[size]], size)
    kept = sorted(number for number in found if number % rate == 0 or number in lead)
    return Sketch(tuple(kept), len(found), rate, facts=facts(analysis, _numbers))


def pack(hashes: Iterable[int]) -> bytes:
    """Return the hashes in the stored form: four bytes each, big-endian."""
    return b"".join(number.to_bytes(HASH_BYTES) for number in hashes)


def share(part: str, whole: str) -> float:
    """Return the share of the shingles of `part` that are in `whole`, 0.0 to 1.0; 1.0 if it has no words."""
    mine, other = shingles(part), shingles(whole)
    return len(mine & other) / len(mine) if mine else 1.0


def shingles(text: str) -> frozenset[str]:
    """Return all shingles of a text; the whole text if it is shorter than one."""
    units, size = _units(analyse(text))
    return (
        frozenset(" ".join(units[at : at + size]) for at in range(max(1, len(units) - size + 1)))
        if units
        else frozenset()
    )


def _units(analysis: Analysis) -> tuple[list[str], int]:
    """Return the units that make shingles, and the number of units in one."""
    words = analysis.words
    if not analysis.pairs:  # no text in a script without spaces
        return words, WORDS
    characters = sum(_SPACELESS.match(word) is not None for word in words)
    return words, CHARACTERS if 2 * characters > len(words) else WORDS


def _of_title(title: str, site: str, analysis: Analysis) -> Sketch:
    words = analyse(title).words or analysis.words
    number = _numbers["\n".join((site, *words))] & _MASK
    return Sketch((number,), 1, 1, exact=True)


def _shingle_hashes(units: list[str], size: int) -> set[int]:
    """Return the hashes of all runs of `size` units: 64-bit polynomials over their numbers, rolled along the text.

    The numbers are random, so the polynomial is as strong as a hash of each run, and faster.
    """
    sums = list(accumulate(map(_numbers.__getitem__, units), _step, initial=0))
    past = pow(_BASE, size, 1 << 64)
    return {(end - begin * past >> _SPARE) & _MASK for begin, end in zip(sums, sums[size:], strict=False)}


def _step(total: int, number: int) -> int:
    return (total * _BASE + number) & _WORD_MASK


class _Numbers(dict[str, int]):
    """A cache of random 64-bit numbers of words, the same in every process."""

    def __missing__(self, word: str) -> int:
        if len(self) >= _MAX_CACHE:
            self.clear()
        digest = blake2b(word.encode("utf-8", "surrogatepass"), digest_size=8).digest()
        found = self[word] = int.from_bytes(digest)
        return found


_numbers: Final = _Numbers()
