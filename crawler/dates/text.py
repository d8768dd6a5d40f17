"""Normalization of a text for reading dates: compatibility forms, digits, dashes and accents are unified.

`clean` keeps the case (zone abbreviations need it) and has the same length as its lower case, so offsets in one are
valid in the other. Names of months are normalized in the same way, in `generate`.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import Final, TypeAlias

Token: TypeAlias = tuple[str, int, int]  # the word or number, its start and end

# Scripts without spaces between words, or between words and numbers: one character is one token.
_UNSPACED: Final = "\u0e00-\u0eff\u1100-\u11ff\u1780-\u17ff\u3041-\u30ff\u3130-\u318f\u3400-\u9fff\uac00-\ud7af"
_TOKEN = re.compile(rf"[0-9]+|[{_UNSPACED}]|[^\W\d_{_UNSPACED}][^\W\d{_UNSPACED}]*")
_GLUED_YEAR = re.compile(r"(?<!\d)((?:19|20)\d\d)(?=\d{1,2}(?::\d{2}|[/.]\d{1,2}[/.]\d{4}))")
_ORDINAL = re.compile("[\u00ba\u00aa]")
_SPECIAL: Final = {
    "\u2212": "-", "\u2010": "-", "\u2011": "-",
    "\u00ad": "", "\u200b": "", "\u200c": "", "\u200d": "", "\u200e": "", "\u200f": "", "\u061c": "", "\ufeff": "",
    "\u2066": "", "\u2067": "", "\u2068": "", "\u2069": "", "\u202a": "", "\u202b": "", "\u202c": "",
    "\u0131": "i", "\u0640": "", "\u06cc": "\u064a", "\u0649": "\u064a", "\u06a9": "\u0643", "\u06be": "\u0647",
    "\u06d5": "\u0647", "\u066b": ".", "\u060c": ",", "\u3001": ",", "\u3002": ".", "'": "", "\u2019": "",
    "\u02bc": "", "\u02bb": "", "\u2018": "", "\u00b4": "", "`": "", "\u05f3": "", "\u05f4": "", "\u093c": "",
}  # fmt: skip
_HIEROGLYPHS: Final = 0x13000
_ACCENTED: Final = ("LATIN", "GREEK", "CYRILLIC", "ARABIC")
_DROPPED_MARKS: Final = ((0x0300, 0x036F), (0x0483, 0x0489), (0x0591, 0x05C7), (0x0610, 0x061A), (0x064B, 0x065F))


class _Cleaning(dict[int, str]):
    """A `str.translate` table that fills itself, one decision per code point."""

    def __missing__(self, code: int) -> str:
        self[code] = made = _clean_char(chr(code))
        return made


def _clean_char(char: str) -> str:
    if char in _SPECIAL:
        return _SPECIAL[char]
    category = unicodedata.category(char)
    if category == "Nd":
        return str(unicodedata.digit(char))
    if category in ("Mn", "Mc", "Me"):
        if any(low <= ord(char) <= high for low, high in _DROPPED_MARKS):
            return ""
        return _of_mark(char)
    if category[0] == "L":
        parts = unicodedata.normalize("NFD", char)
        return parts[0] if len(parts) > 1 and unicodedata.name(parts[0], "").startswith(_ACCENTED) else char
    return " " if category[0] == "Z" or category == "Cc" else char


@cache
def _of_mark(char: str) -> str:
    """Return an unused letter (a hieroglyph) for a vowel sign of an Indic script: signs would split words in `re`."""
    return chr(_HIEROGLYPHS + ord(char) % 0x400) if char < "\u3000" else ""


_CLEANING: Final = _Cleaning()


def clean(text: str) -> str:
    """Return `text` in compatibility form, with ASCII digits and hyphens, without accents and direction marks."""
    text = _GLUED_YEAR.sub(r"\1 ", text)
    if text.isascii():
        return text.replace("'", "").replace("`", "")
    return unicodedata.normalize("NFKC", _ORDINAL.sub("", text)).translate(_CLEANING)


def tokens(cleaned: str) -> list[Token]:
    """Return the numbers and lower-case words of a cleaned text, each with its span."""
    return [(match[0], match.start(), match.end()) for match in _TOKEN.finditer(cleaned.lower())]


def phrase(name: str) -> str:
    """Return a name as its tokens, joined by one space: the form of the look-up tables."""
    return " ".join(word.lstrip("0") or "0" if word[0].isdigit() else word for word, _, _ in tokens(clean(name)))
