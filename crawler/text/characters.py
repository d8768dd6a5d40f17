r"""The characters of words: the tables behind folding and tokens, as bodies of character classes for `re`.

`\w` alone and `\b` do not work: they split Hindi words and decomposed accents at every combining mark.
Source of the categories and blocks: the Unicode character database of the running Python.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

# Scripts written without spaces between words (UAX #14 class SA, the CJK blocks), and Hangul, whose particles are
# attached to the word. First and last code point of each block.
_SPACELESS_BLOCKS = (
    (0x0E00, 0x0E7F),  # Thai
    (0x0E80, 0x0EFF),  # Lao
    (0x1000, 0x109F),  # Myanmar
    (0x1100, 0x11FF),  # Hangul Jamo
    (0x1780, 0x17FF),  # Khmer
    (0x3005, 0x3007),  # ideographic iteration mark, closing mark, zero
    (0x3021, 0x3029),  # Hangzhou numerals
    (0x3031, 0x303B),  # kana repeat marks
    (0x3041, 0x30FA),  # Hiragana, Katakana
    (0x30FC, 0x30FF),  # Katakana after the middle dot, which separates words
    (0x3105, 0x318E),  # Bopomofo, Hangul compatibility Jamo
    (0x31A0, 0x31BF),  # Bopomofo extended
    (0x31F0, 0x31FF),  # Katakana phonetic extensions
    (0x3400, 0x4DBF),  # CJK extension A
    (0x4E00, 0x9FFF),  # CJK
    (0xA960, 0xA97C),  # Hangul Jamo extended A
    (0xA9E0, 0xA9FF),  # Myanmar extended B
    (0xAA60, 0xAA7F),  # Myanmar extended A
    (0xAC00, 0xD7FB),  # Hangul syllables, Jamo extended B
    (0xF900, 0xFAFF),  # CJK compatibility
    (0xFF66, 0xFFDC),  # half-width Katakana and Hangul
    (0x1AFF0, 0x1B16F),  # Kana extended
    (0x20000, 0x323AF),  # CJK extensions B to H
)
_LAST_MARK = 0x1E94A  # the highest combining mark outside the variation selectors

IGNORED = "\u00ad\u034f\u061c\u0640\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufe00-\ufe0f\ufeff"
"""Soft hyphen, zero-width and direction marks, tatweel: invisible to readers."""
SYMBOLS = "™®©℠²³¹⁰⁴-⁹"
"""Trade marks and footnote numbers: visible, but not part of the word."""
APOSTROPHES = "'’‘ʼʻ`´′＇׳"
HYPHENS = "\\-‐‑−־﹣－·‧"
"""Hyphens inside words, and the raised dot (col·lecció). En and em dashes are not hyphens: they separate."""
DIGITS = "0-9"
HEBREW = "\u05d0-\u05ea"
HEBREW_QUOTES = '"״”'
"""Between two Hebrew letters these mark an acronym (צה״ל)."""


def _ranges(points: Iterable[int]) -> str:
    runs: list[list[int]] = []
    for point in points:
        if runs and point == runs[-1][1] + 1:
            runs[-1][1] = point
        else:
            runs.append([point, point])
    return "".join(f"\\U{first:08x}-\\U{last:08x}" for first, last in runs)


def _in_blocks(kinds: str) -> Iterable[int]:
    return (
        point
        for first, last in _SPACELESS_BLOCKS
        for point in range(first, last + 1)
        if unicodedata.category(chr(point))[0] in kinds
    )


MARKS = _ranges(point for point in range(0x300, _LAST_MARK + 1) if unicodedata.category(chr(point))[0] == "M")
"""Every combining mark."""
SPACELESS = _ranges(_in_blocks("LN"))
"""Letters and digits of the scripts without word boundaries."""
_TAIL = f"[{MARKS}{IGNORED}\u0e33\u0eb3\u1160-\u11ff\uff9e\uff9f]*"
_SARA_AM = "(?:(?<=\u0e4d)|(?<=\u0e4d[\u0e48-\u0e4b]))\u0e32|(?:(?<=\u0ecd)|(?<=\u0ecd[\u0ec8-\u0ecb]))\u0eb2"
CLUSTER = f"[{SPACELESS}]{_TAIL}(?:(?:{_SARA_AM}|(?<=[\u1039\u17d2])[{SPACELESS}]){_TAIL})*"
"""A pattern for one character of a script without spaces, with everything attached to it (UAX #29): marks, vowels and
finals of decomposed Hangul, voicing, the Thai and Lao vowel am in one or two code points, and subscripts in Burmese and
Khmer.
"""
WORD = f"\\w{MARKS}{IGNORED}{SYMBOLS}"
"""The characters of words; the underscore, which `\\w` includes, is removed earlier (see `tokens`)."""
