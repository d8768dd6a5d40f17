"""Packed postings, the format of PostgreSQL's full-text index for all but new articles.

A block covers 8,192 consecutive ids. Its words are sorted and cut into pieces of about 1 kB, each compressed with zstd:
first the words, then for each of them the positions of its articles as gaps, one byte each (255: advance by 254, no
article there). An article of 380 words takes 680 bytes, where a GIN index takes 1,800 and its tsvector another 4,300.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, chain, compress
from operator import sub
from typing import Final

import zstandard

BLOCK: Final = 8192  # ids
_PIECE: Final = 1_024  # bytes, before packing: 4 kB are 8 % smaller on disk, and take twice the time to search
_LEVEL: Final = 3  # 9 saves 3 % and takes a quarter longer
_MAX_BYTES: Final = 1 << 24  # of an unpacked piece: the longest is one word that 8,192 articles contain
_FAR: Final = 255
_STEPS: Final = bytes([*range(_FAR), _FAR - 1])  # how far a byte advances
_STOPS: Final = bytes([*([1] * _FAR), 0])  # whether an article is there


@dataclass(frozen=True, slots=True)
class Piece:
    """Consecutive words of a block, packed; `first` is the first of them."""

    first: str
    body: bytes


def pack(postings: Mapping[str, Iterable[int]]) -> Iterator[Piece]:
    """Yield the pieces of a block, from its words with the ids (or ids modulo BLOCK) of their articles."""
    words: list[str] = []
    gaps: list[bytes] = []
    size = 0
    for word in sorted(postings):
        if size > _PIECE:
            yield _packed(words, gaps)
            words, gaps, size = [], [], 0
        words.append(word)
        gaps.append(_gaps(sorted({number % BLOCK + 1 for number in postings[word]})))
        size += len(word) + len(gaps[-1])
    if words:
        yield _packed(words, gaps)


def _packed(words: Sequence[str], gaps: Sequence[bytes]) -> Piece:
    body = "\n".join(words).encode() + b"\0" + b"\0".join(gaps)
    return Piece(words[0], zstandard.ZstdCompressor(level=_LEVEL).compress(body))


def _gaps(places: Sequence[int]) -> bytes:
    """Return the distances between positions, none of which is 0."""
    gaps = [*map(sub, places, chain((0,), places))]
    if max(gaps) < _FAR:
        return bytes(gaps)
    most = _FAR - 1
    return b"".join(bytes([_FAR]) * ((gap - 1) // most) + bytes([(gap - 1) % most + 1]) for gap in gaps)


class Unpacked:
    """The words of a piece."""

    def __init__(self, block: int, body: bytes, packer: zstandard.ZstdDecompressor | None = None) -> None:
        """Unpack a piece.

        `block` is the block's number: its first id divided by BLOCK. Many pieces in one thread may share a `packer`.
        """
        packer = packer or zstandard.ZstdDecompressor()
        words, _, self._gaps = packer.decompress(body, max_output_size=_MAX_BYTES).partition(b"\0")
        self._words = b"\n%b\n" % words
        self._before = block * BLOCK - 1

    def ids(self, word: str) -> list[int]:
        """Return the ids of the articles that contain a word, ascending."""
        at = self._words.find(b"\n%b\n" % word.encode())
        return [] if at < 0 else self._ids(self._gaps_of(at, 1)[0])

    def ids_of_prefix(self, start: str) -> Iterator[int]:
        """Return the ids of the articles that contain a word with this prefix; some may repeat."""
        at = self._words.find(b"\n%b" % start.encode())
        count = 0 if at < 0 else self._words.count(b"\n%b" % start.encode(), at)
        return chain.from_iterable(map(self._ids, self._gaps_of(at, count)))

    def all(self) -> Iterator[tuple[str, list[int]]]:
        """Yield every word with the ids of the articles that contain it."""
        words = self._words[1:-1].decode().split("\n")
        return zip(words, map(self._ids, self._gaps.split(b"\0")), strict=True)

    def _gaps_of(self, at: int, count: int) -> list[bytes]:
        """Return the gaps of the `count` words that start at this offset of `_words`."""
        number = self._words.count(b"\n", 0, at)
        return self._gaps.split(b"\0", number + count)[number : number + count]

    def _ids(self, gaps: bytes) -> list[int]:
        places = accumulate(gaps.translate(_STEPS), initial=self._before)
        next(places)
        return [*compress(places, gaps.translate(_STOPS))]
