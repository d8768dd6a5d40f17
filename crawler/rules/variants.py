"""Words that a rule's word may also be written as: one edit away, in another script, in another form.

These are words to look up: one that does not occur in an archive costs one look-up and does no harm.
"""

from __future__ import annotations

import tomllib
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache
from heapq import heappop, heappush
from importlib import resources
from itertools import islice
from posixpath import commonprefix
from typing import Final, TypeAlias

from crawler.rules.language.stems import stem
from crawler.text import fold

MIN_LETTERS: Final = 5
"""Letters from which on a word is looked for with one edit: of shorter ones, an edit makes another word."""
_MIN_PREFIX: Final = 4
_MAX_LETTERS: Final = 60  # of a script: later ones are historic
_MAX_TRANSLITERATIONS: Final = 192  # of one word

_RARE: Final = {"c", "q", "x", "w", "j"}  # Latin letters that transliterations seldom use
_FINAL: Final = {"כ": "ך", "מ": "ם", "נ": "ן", "פ": "ף", "צ": "ץ"}  # Hebrew letters at the end of a word

_Table: TypeAlias = dict[str, list[str]]


def one_edit(word: str) -> Iterator[str]:
    """Yield the words that are one edit away from a folded word, each once, in the letters of its script.

    An edit is a letter inserted, left out, changed, or swapped with its neighbor. Yields nothing for a word of fewer
    than MIN_LETTERS letters, or with anything but letters in it.
    """
    if len(word) < MIN_LETTERS or not word.isalpha():
        return
    letters = _alphabet(word[0])
    cuts = [(word[:at], word[at:]) for at in range(len(word) + 1)]
    seen = {word}
    for left, right in cuts:
        edits = [left + right[1:]] if right else []
        if len(right) > 1:
            edits.append(left + right[1] + right[0] + right[2:])
        edits += [left + letter + right[1:] for letter in letters if right]
        edits += [left + letter + right for letter in letters]
        for edit in edits:
            if edit not in seen:
                seen.add(edit)
                yield edit


@lru_cache(maxsize=64)
def _alphabet(letter: str) -> tuple[str, ...]:
    """Return the folded letters of a letter's script: those of its block of Unicode's code charts."""
    if letter.isascii():
        return tuple("abcdefghijklmnopqrstuvwxyz")
    script = unicodedata.name(letter, "").partition(" ")[0]
    first = ord(letter) & ~0x7F
    letters = map(chr, range(max(first - 0x80, 0x80), first + 0x100))
    same = [one for one in letters if unicodedata.name(one, "").startswith(f"{script} ") and one.isalpha()]
    return tuple(one for one in same if fold(one) == one)[:_MAX_LETTERS]


def transliterations(word: str) -> list[str]:
    """Return how a folded word may be written in another script: at most 192 in all.

    From Latin letters into Cyrillic, Greek, Arabic and Hebrew, and from Cyrillic and Greek into Latin letters.
    """
    if len(word) < MIN_LETTERS or not word.isalpha():
        return []
    from_latin, to_latin = _tables()
    if word.isascii():
        each = _MAX_TRANSLITERATIONS // len(from_latin)
        return [text for table in from_latin for text in islice(_written(word, table), each)]
    table = next((table for table in to_latin if word[0] in table), None)
    return list(islice(_written(word, table), _MAX_TRANSLITERATIONS)) if table else []


@lru_cache(maxsize=1)
def _tables() -> tuple[tuple[_Table, ...], tuple[_Table, ...]]:
    """Return the tables from Latin letters, and those of Cyrillic and Greek to Latin letters."""
    data = tomllib.loads(resources.files("crawler.rules").joinpath("data/transliterations.toml").read_text("utf-8"))
    from_cyrillic: _Table = data.pop("from_cyrillic")
    cyrillic, greek = _reversed(data["cyrillic"]), _reversed(data["greek"])
    return tuple(data.values()), (cyrillic | from_cyrillic, greek)


def _reversed(table: _Table) -> _Table:
    found: _Table = {}
    for latin, others in table.items():
        for other in filter(None, others if latin.isalpha() else ()):
            found.setdefault(fold(other), []).append(latin)
    return {other: sorted(latin, key=lambda text: (text in _RARE, len(text))) for other, latin in found.items()}


def _written(word: str, table: _Table) -> Iterator[str]:
    """Yield the ways to write a word by a table, those of the first choices first."""
    longest = max(map(len, table))
    choices: list[list[str]] = []
    marked, at = f"^{word}$", 1
    while at <= len(word):
        starts = (0, 1) if at == 1 else (at,)
        chunks = ((end, marked[start:end]) for end in range(at + longest, at, -1) for start in starts)
        end, found = next(((end, table[chunk]) for end, chunk in chunks if chunk in table), (0, []))
        if not end:
            return
        choices.append(found)
        at = end
    for way in _by_sum([len(choice) for choice in choices]):
        text = "".join(choice[number] for choice, number in zip(choices, way, strict=True))
        if text:
            yield fold(text[:-1] + _FINAL.get(text[-1], text[-1]))


def _by_sum(sizes: list[int]) -> Iterator[tuple[int, ...]]:
    """Yield all tuples of numbers below `sizes`, each once, in the order of their sums."""
    waiting = [(0, (0,) * len(sizes), 0)]  # sum, tuple, first place that may still grow
    while waiting:
        total, way, first = heappop(waiting)
        yield way
        for at in range(first, len(sizes)):
            if way[at] + 1 < sizes[at]:
                heappush(waiting, (total + 1, (*way[:at], way[at] + 1, *way[at + 1 :]), at))


def form_prefix(word: str, languages: Iterable[str]) -> str:
    """Return what all forms of a folded word begin with, by the stemmers of `languages`; "" where none is known.

    Stems of fewer than four letters are not considered: half of all words would begin so.
    """
    stems = (stem(word, language).partition(":")[2] for language in languages)
    shared = (commonprefix((word, one)) for one in stems)
    return min((one for one in shared if len(one) >= _MIN_PREFIX), key=len, default="")
