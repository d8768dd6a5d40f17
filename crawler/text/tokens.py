"""Tokens of a piece of text: where words begin and end, and the keys under which they are found.

One token is one position. A token has a key as written, and more without its affixes ("Kadhemi's" is kadhemis and
kadhemi). Parts around a hyphen are tokens of their own and are joined as well ("e-mail" is e, mail and email).
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import combinations, product
from math import prod
from typing import NamedTuple

from crawler.text.affixes import PREFIXED, apostrophe_forms
from crawler.text.characters import (
    APOSTROPHES,
    CLUSTER,
    DIGITS,
    HEBREW,
    HEBREW_QUOTES,
    HYPHENS,
    SPACELESS,
    WORD,
)
from crawler.text.folding import fold

CHUNK = re.compile(f"{CLUSTER}|[^\\s_{SPACELESS}]{{1,256}}")
"""One character of a script without spaces, with its marks; or a run of anything else up to a space (or 256)."""

_HEBREW_QUOTE = f"(?<=[{HEBREW}])[{HEBREW_QUOTES}](?=[{HEBREW}])"
_INNER = f"[{APOSTROPHES}{HYPHENS}.,&]|{_HEBREW_QUOTE}"


def _unit(word: str) -> re.Pattern[str]:
    return re.compile(f"[{word}]+(?:(?:{_INNER})[{word}]+)*")


_UNIT = _unit(WORD)
_PATTERN_UNIT = _unit(f"{WORD}*?")
_PART = re.compile(f"[^{HYPHENS}]+")
_INITIALS = re.compile(r"[^\W\d](?:\.[^\W\d])+")
# A comma that groups thousands, and a dot between digits, belong to the number.
_THOUSANDS = re.compile(f"(?<=[{DIGITS}]),(?=[{DIGITS}]{{3}}(?![{DIGITS}]))")
_SEPARATOR = re.compile(f"(?<![{DIGITS}])[.,]|[.,](?![{DIGITS}])|(?<=[{DIGITS}]),(?![{DIGITS}]{{3}}(?![{DIGITS}]))")
_APOSTROPHE = re.compile(f"[{APOSTROPHES}{HEBREW_QUOTES}]")
_MAX_JOINED = 4  # parts of a hyphenated word whose joined runs are all keys; beyond, only the whole


class Join(NamedTuple):
    """A key that covers several tokens: `key` starts at token `position` and is `length` tokens long."""

    key: str
    position: int
    length: int


class Piece(NamedTuple):
    """The tokens of one chunk; offsets count from the start of the chunk."""

    keys: tuple[tuple[str, ...], ...]
    spans: tuple[tuple[int, int], ...]
    joins: tuple[Join, ...]
    pairs: tuple[str, ...] = ()  # neighbours without a space between them, "大+使", in scripts without spaces


class Token(NamedTuple):
    """One word: its keys, as written first, and its offsets."""

    keys: tuple[str, ...]
    start: int
    end: int


def _word(raw: str, start: int) -> Token | None:
    """Return the token of `raw`, whose only separators are apostrophes."""
    pieces = [piece for piece in map(fold, _APOSTROPHE.split(raw)) if piece]
    if not pieces:
        return None
    keys = apostrophe_forms(pieces) if len(pieces) > 1 else (pieces[0],)
    if see_through := PREFIXED.get(keys[0][0]):
        keys = see_through(keys[0])
    return Token(keys, start, start + len(raw))


def _part(raw: str, start: int) -> list[Token]:
    """Return the tokens of a part between hyphens: initials are one word, numbers keep their dots."""
    if _INITIALS.fullmatch(raw):
        return [Token((fold(raw.replace(".", "")),), start, start + len(raw))]
    found = []
    begin = 0
    for end in [match.start() for match in _SEPARATOR.finditer(raw)] + [len(raw)]:
        token = _word(_THOUSANDS.sub("", raw[begin:end]), start + begin)
        if token:
            found.append(token._replace(end=start + end))
        begin = end + 1
    return found


def _joinable(left: list[Token], right: list[Token]) -> bool:
    """Return whether two parts can be joined without the hyphen: single words, without digits on both sides (3-5)."""
    if len(left) != 1 or len(right) != 1:
        return False
    return not (left[0].keys[0][-1].isdigit() and right[0].keys[0][0].isdigit())


def _stretches(raw: str, pattern: re.Pattern[str]) -> list[list[Token]]:
    """Return the tokens of a chunk in groups that are written with hyphens between them."""
    stretches: list[list[Token]] = []
    for unit in pattern.finditer(raw):
        left: list[Token] = []
        for match in _PART.finditer(unit.group()):
            right = _part(match.group(), unit.start() + match.start())
            if _joinable(left, right):
                stretches[-1] += right
            else:
                stretches += [[token] for token in right]
            left = right
    return stretches


def _joins(stretch: list[Token], base: int) -> list[Join]:
    """Return every joined form of a hyphenated word whose first token has the index `base`."""
    count = len(stretch)
    ends = [(0, count - 1)] if count > _MAX_JOINED else combinations(range(count), 2)
    found = []
    for first, last in ends:
        middle = "".join(token.keys[0] for token in stretch[first + 1 : last])
        found += [
            Join(head + middle + tail, base + first, last - first + 1)
            for head in stretch[first].keys
            for tail in stretch[last].keys
        ]
    return found


_PUNCTUATION = ".,;:!?\"()[]“”„«»’'…"


@lru_cache(maxsize=1_000)
def _single(start: int, length: int) -> tuple[tuple[int, int]]:
    """Return the spans of a chunk that is one word; cached, because there are few."""
    return ((start, start + length),)


def split(raw: str) -> Piece:
    """Return the tokens of one chunk of a text."""
    core = raw.strip(_PUNCTUATION)
    if core.isascii() and core.isalnum():  # nearly all words
        start = raw.index(core)
        word = core.lower()
        return Piece(((raw if word == raw else word,),), _single(start, len(core)), ())
    keys: list[tuple[str, ...]] = []
    spans: list[tuple[int, int]] = []
    joins: list[Join] = []
    for stretch in _stretches(raw, _UNIT):
        if len(stretch) > 1:
            joins += _joins(stretch, len(keys))
        for token in stretch:
            keys.append(token.keys)
            spans.append((token.start, token.end))
    return Piece(tuple(keys), tuple(spans), tuple(joins))


class Step(NamedTuple):
    """One key of a term. `glued`: it directly follows the key before (scripts without spaces)."""

    key: str
    glued: bool


def _ways(stretch: list[Token], end: int) -> list[tuple[Step, ...]]:
    """Return the ways to write a hyphenated word: each hyphen split or joined; if it has many, all or none."""
    keys = [token.keys[0] for token in stretch]
    glued = stretch[0].start == end
    if len(keys) == 1:
        return [(Step(keys[0], glued),)]
    gaps = len(keys) - 1
    few = len(keys) <= _MAX_JOINED
    choices = product((True, False), repeat=gaps) if few else ((True,) * gaps, (False,) * gaps)
    ways = []
    for choice in choices:
        words = [keys[0]]
        for key, apart in zip(keys[1:], choice, strict=True):
            if apart:
                words.append(key)
            else:
                words[-1] += key
        ways.append((Step(words[0], glued), *(Step(word, glued=False) for word in words[1:])))
    return ways


_MAX_WAYS = 16
_PLAIN = re.compile(r"[A-Za-z0-9]+(?:\*|(?: [A-Za-z0-9]+)*)")  # most terms: a word, its beginning, a phrase


def sequences(term: str, *, wildcards: bool = True) -> tuple[tuple[Step, ...], ...]:
    """Return the sequences of keys that a word or phrase of a rule matches; () if it has no words.

    With `wildcards`, `*` and `?` count as letters. Several sequences come from hyphens; beyond 16 only those with all
    hyphens split and all joined are kept.
    """
    if _PLAIN.fullmatch(term) and (wildcards or term[-1] != "*"):
        folded = term.lower()
        words = folded.split(" ") if " " in folded else (term if folded == term else folded,)  # saves a string
        return (tuple([Step(word, glued=False) for word in words]),)
    found: list[list[tuple[Step, ...]]] = []
    end = -1
    unit = _PATTERN_UNIT if wildcards else _UNIT
    for chunk in CHUNK.finditer(term):
        for stretch in _stretches(chunk.group(), unit):
            moved = [t._replace(start=t.start + chunk.start(), end=t.end + chunk.start()) for t in stretch]
            found.append(_ways(moved, end))
            end = moved[-1].end
    if not found:
        return ()
    if prod(map(len, found)) > _MAX_WAYS:
        found = [[ways[0], ways[-1]] if len(ways) > 1 else ways for ways in found]
        rows = zip(*([ways[0], ways[-1]] for ways in found), strict=True)
    else:
        rows = product(*found)  # type: ignore[assignment]
    return tuple(tuple(step for way in row for step in way) for row in rows)
