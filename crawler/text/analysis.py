"""The analysis of a text that matching, stories and search share."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from functools import cached_property, lru_cache
from hashlib import blake2b
from itertools import accumulate, chain
from operator import itemgetter
from typing import Final

from crawler.text.characters import CLUSTER
from crawler.text.tokens import CHUNK, Join, Piece, split

MAX_WORDS: Final = 20_000
"""Words of a text that are analysed; the rest is ignored."""
_MAX_CHARS: Final = 10 * MAX_WORDS
_MAX_CACHED_CHARS: Final = 40  # longer chunks (URLs, noise) would only fill the cache
_HASH_VERSION: Final = "1"
_WIDE: Final = re.compile(r"\s\s+")
_CLUSTER: Final = re.compile(CLUSTER)

_MAX_CACHE: Final = 100_000
_KEYS: Final = itemgetter(0)  # of a Piece: its keys
_JOINS: Final = itemgetter(2)
_PAIRS: Final = itemgetter(3)


class _Pieces(dict[str, Piece]):
    """A cache of the tokens of whitespace-separated runs."""

    def __missing__(self, run: str) -> Piece:
        piece = _split_run(run)
        if len(run) <= _MAX_CACHED_CHARS:
            if len(self) >= _MAX_CACHE:
                self.clear()
            self[run] = piece
        return piece


_pieces: Final = _Pieces()


def _split_run(run: str) -> Piece:
    """Return the tokens of a run without spaces; scripts without word boundaries are split into characters."""
    plain = len(run) <= _MAX_CACHED_CHARS and run.isascii() and "_" not in run  # certainly one chunk
    return split(run) if plain or CHUNK.fullmatch(run) else _merged(run)


def _merged(run: str) -> Piece:
    """Return the tokens of a run of several chunks, moved to their offsets."""
    matches = [*CHUNK.finditer(run)]
    pieces = [_pieces[match.group()] for match in matches]
    starts = [*map(re.Match.start, matches)]
    keys = [*chain.from_iterable(map(_KEYS, pieces))]
    spans = [
        (base + start, base + end) for base, piece in zip(starts, pieces, strict=True) for start, end in piece.spans
    ]
    pairs = [
        f"{left[0]}+{right[0]}"
        for left, right, (_, end), (start, _) in zip(keys, keys[1:], spans, spans[1:], strict=False)
        if start == end
    ]
    return Piece(tuple(keys), tuple(spans), tuple(_moved(pieces)) if any(map(_JOINS, pieces)) else (), tuple(pairs))


def _moved(pieces: list[Piece]) -> Iterator[Join]:
    """Yield the joined keys of consecutive pieces."""
    base = 0
    for piece in pieces:
        for key, position, length in piece.joins:
            yield Join(key, base + position, length)
        base += len(piece.keys)


def piece_of(run: str) -> Piece:
    """Return the tokens of one of the `runs` of an analysis."""
    return _pieces[run]


class Analysis:
    """A text as words. Positions count tokens from 0; offsets count characters of the original text.

    `runs` are the parts between spaces. `keys[p]` are the keys of the word at position p, as written first. `joins` are
    keys that cover several positions ("e-mail" as email). An analysis does not change after construction.
    """

    __slots__ = ("__dict__", "_pieces", "keys", "runs", "text")

    def __init__(self, text: str) -> None:
        self.text = text[:_MAX_CHARS]
        self.runs = self.text.split()
        self._pieces = [*map(_pieces.__getitem__, self.runs)]
        keys = [*chain.from_iterable(map(_KEYS, self._pieces))]
        self.keys = keys if len(keys) <= MAX_WORDS else keys[:MAX_WORDS]

    def __len__(self) -> int:
        return len(self.keys)

    @cached_property
    def pairs(self) -> frozenset[str]:
        """The pairs of neighbours in scripts without spaces ("大+使")."""
        return frozenset(chain.from_iterable(map(_PAIRS, self._pieces)))

    @cached_property
    def joins(self) -> list[Join]:
        """The keys that cover several positions."""
        if not any(map(_JOINS, self._pieces)):
            return []
        return [join for join in _moved(self._pieces) if join.position + join.length <= len(self.keys)]

    @cached_property
    def _ends(self) -> list[int]:
        """The position after the last word of each run."""
        return list(accumulate(map(len, map(_KEYS, self._pieces))))

    @cached_property
    def _starts(self) -> list[int]:
        """The offset of each run if every gap were one character wide."""
        return [*accumulate([len(run) + 1 for run in self.runs], initial=0)]

    @cached_property
    def _wide(self) -> tuple[list[int], list[int]]:
        """The offsets after wider gaps, and how far the starts after them are off."""
        wider = len(self.text) - len(self.text.lstrip())
        after, early = [0], [wider]
        for space in _WIDE.finditer(self.text, wider):
            early.append(early[-1] + space.end() - space.start() - 1)
            after.append(space.end() - early[-1])
        return after, early

    def span(self, position: int) -> tuple[int, int]:
        """Return the offsets (start, end) of the word at a position (0 <= position < len)."""
        run = bisect_right(self._ends, position)
        piece, base = self._pieces[run], self._starts[run]
        after, early = self._wide
        base += early[bisect_right(after, base) - 1]
        start, end = piece.spans[position - self._ends[run] + len(piece.keys)]
        return base + start, base + end

    @cached_property
    def words(self) -> list[str]:
        """The folded word as written at each position: one key each, for shingles and hashes."""
        return [keys[0] for keys in self.keys]


@lru_cache(maxsize=16)  # an article passes stories, matching and storing in a row, and is analysed once
def analyse(text: str) -> Analysis:
    """Return the analysis of `text`: its first 20,000 words (and at most 200,000 characters)."""
    return Analysis(text)


def word_count(text: str) -> int:
    """Count the words of `text`, without a limit.

    Chinese, Japanese, Thai, Lao, Khmer, Burmese and Korean are counted in characters (with their marks), two of which
    count as one word: close to the usual 1.5 to 2 of Chinese and Japanese, so that one length threshold works for all.
    """
    tokens = sum(len(_pieces[run].keys) for run in text.split())
    characters = 0 if text.isascii() else len(_CLUSTER.findall(text))
    return tokens - characters // 2


def content_hash(title: str, text: str) -> str:
    """Return "1:" and 32 hex digits, equal for texts with equal folded words, without a limit.

    Spaces, case, quotes, accents and punctuation do not matter. The number in front changes when most hashes change.
    Stable across processes and machines.
    """
    digest = blake2b(digest_size=16)
    for part in (title, text):
        words = chain.from_iterable(_pieces[run].keys for run in part.split())
        digest.update("".join([f"{keys[0]} " for keys in words]).encode("utf-8", "surrogatepass") + b"\n")
    return f"{_HASH_VERSION}:{digest.hexdigest()}"
