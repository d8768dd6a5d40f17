"""Folded words: the normalization that all phrase lists share, for every script.

"Lisez  aussi :" and "LISEZ AUSSI" fold to the same words. Folding lower-cases, drops accents and vowel points (so
Arabic and French labels match with or without them), turns every run of digits into "#", keeps "@" and "©" as words of
their own, and cuts scripts without spaces (Han, kana, Thai, Lao, Khmer) into single characters.
"""

from __future__ import annotations

import unicodedata

_WIDE = (  # ranges of scripts written without spaces (Unicode 16, blocks)
    (0x0E00, 0x0EFF),
    (0x1780, 0x17FF),
    (0x3040, 0x30FF),
    (0x3400, 0x9FFF),
    (0xF900, 0xFAFF),
    (0x20000, 0x3FFFF),
)


def is_wide(char: str) -> bool:
    """Return whether the script of `char` is written without spaces between words."""
    code = ord(char)
    return code >= _WIDE[0][0] and any(low <= code <= high for low, high in _WIDE)


class _Folding(dict[int, str]):
    """A `str.translate` table that is filled on demand."""

    def __missing__(self, code: int) -> str:
        self[code] = folded = _fold_char(chr(code))
        return folded


def _fold_char(char: str) -> str:
    category = unicodedata.category(char)
    if category in ("Mn", "Me"):
        return ""
    if category == "Nd":
        return "#"
    if char in "@©":
        return f" {char} "
    if category[0] in "LN" or category == "Mc":
        return f" {char} " if is_wide(char) else char
    return " "


_FOLDING = _Folding()


def words(text: str) -> list[str]:
    """Return the folded words of `text`; [] if it has none."""
    plain = text.lower() if text.isascii() else unicodedata.normalize("NFKD", text).casefold()
    found: list[str] = []
    for word in plain.translate(_FOLDING).split():
        if word[0] == "#" and not word.strip("#"):
            if not found or found[-1] != "#":
                found.append("#")
        else:
            found.append(word)
    return found


def squeeze(text: str) -> str:
    """Return `text` on one line: each run of white space becomes one space, none at the ends."""
    return " ".join(text.split())


def key(text: str) -> str:
    """Return a comparison key: the folded words without spaces."""
    return "".join(words(text))
