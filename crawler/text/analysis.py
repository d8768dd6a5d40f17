"""The one analysis of a text that matching, stories and search share."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property, lru_cache
from hashlib import blake2b
from itertools import islice
from typing import Final

from crawler.text.characters import SPACELESS
from crawler.text.tokens import CHUNK, Join, Piece, split

MAX_WORDS: Final = 20_000
"""Words of a text that are analysed; what follows is not looked at."""
_MAX_CHARS: Final = 20 * MAX_WORDS
_MAX_CACHED_CHARS: Final = 40  # longer chunks (addresses, noise) would only fill the cache
_HASH_VERSION: Final = "1"
_SPACELESS: Final = re.compile(f"[{SPACELESS}]")

_cached_split = lru_cache(maxsize=100_000)(split)


def _piece(chunk: str) -> Piece:
    return _cached_split(chunk) if len(chunk) <= _MAX_CACHED_CHARS else split(chunk)


class Analysis:
    """A text as words. Positions count tokens from 0; offsets count characters of the original text.

    `keys[p]` holds the keys of the word at position p, as written first. `joins` holds keys that cover several
    positions ("e-mail" as email): (key, position, number of positions). Nothing here changes after construction.
    """

    __slots__ = ("__dict__", "joins", "keys", "text")

    def __init__(self, text: str) -> None:
        self.text = text[:_MAX_CHARS]
        self.keys: list[tuple[str, ...]] = []
        self.joins: list[Join] = []
        for chunk in CHUNK.findall(self.text):
            piece = _piece(chunk)
            if piece.joins:
                base = len(self.keys)
                self.joins += [Join(key, base + index, length) for key, index, length in piece.joins]
            self.keys += piece.keys
            if len(self.keys) >= MAX_WORDS:
                self._cut()
                break

    def _cut(self) -> None:
        del self.keys[MAX_WORDS:]
        self.joins = [join for join in self.joins if join.position + join.length <= MAX_WORDS]

    def __len__(self) -> int:
        return len(self.keys)

    @cached_property
    def spans(self) -> list[tuple[int, int]]:
        """The offsets (start, end) of the word at each position. Made when first asked for."""
        spans: list[tuple[int, int]] = []
        for match in CHUNK.finditer(self.text):
            base = match.start()
            spans += [(base + start, base + end) for start, end in _piece(match.group()).spans]
            if len(spans) >= len(self.keys):
                break
        return spans[: len(self.keys)]

    @cached_property
    def words(self) -> list[str]:
        """The folded word as written at each position: one key each, for shingles and hashes."""
        return [keys[0] for keys in self.keys]


def analyse(text: str) -> Analysis:
    """Return the analysis of `text`, its first 20,000 words (and at most 400,000 characters)."""
    return Analysis(text)


def _all_words(text: str) -> Iterator[str]:
    """Yield every folded word of `text`, without the cap."""
    for match in CHUNK.finditer(text):
        for keys in _piece(match.group()).keys:
            yield keys[0]


def word_count(text: str) -> int:
    """Count the words of `text`, not capped.

    Chinese, Japanese, Thai, Lao, Khmer, Burmese and Korean are counted in characters (with their marks), two of which
    make one word: near the usual 1.5 to 2 of Chinese and Japanese, so that one threshold of length serves all.
    """
    spaced = spaceless = 0
    for match in CHUNK.finditer(text):
        chunk = match.group()
        if _SPACELESS.match(chunk):
            spaceless += 1
        else:
            spaced += len(_piece(chunk).keys)
    return spaced + (spaceless + 1) // 2


def content_hash(title: str, text: str) -> str:
    """Return "1:" and 32 hex digits, equal for texts of equal folded words.

    Spaces, case, quotes, accents and punctuation do not matter. The number in front changes when the folding does. Stable across processes.
    """
    digest = blake2b(digest_size=16)
    for part in (title, text):
        words = _all_words(part)
        while batch := list(islice(words, 4096)):
            digest.update((" ".join(batch) + " ").encode("utf-8", "surrogatepass"))
        digest.update(b"\n")
    return f"{_HASH_VERSION}:{digest.hexdigest()}"
