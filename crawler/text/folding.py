"""Folding: the form in which words are compared, without case, accents and invisible characters."""

from __future__ import annotations

import re
import unicodedata

from crawler.text.characters import IGNORED, SPACELESS, SYMBOLS

_INVISIBLE = re.compile(f"[{IGNORED}{SYMBOLS}]")

# Latin, Greek and Cyrillic accents, Hebrew points and cantillation, Arabic harakat and Quranic marks, and nothing
# else: other scripts' marks are letters. The breve of й stays, because й is a letter of its own; the dots of ё do not.
# Tatweel is repeated here because NFKC produces it.
# The nukta of Devanagari is removed as in Lucene's HindiNormalizer; in Bengali it forms letters of their own.
_ACCENTS = re.compile(
    "[\u0640\u0300-\u0305\u0307-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7"
    "\u0610-\u061a\u064b-\u0652\u0656-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed\u093c]"
    "|(?<!и)\u0306"
)

_BEYOND_DIGITS = 0x20000  # beyond this Unicode has ideographs, tags and private use


def _digits() -> dict[str, str]:
    """Return the decimal digits of scripts with spaces (٣, ۳, ३) and their ASCII equivalents."""
    spaceless = re.compile(f"[{SPACELESS}]")
    others = map(chr, range(128, _BEYOND_DIGITS))
    return {char: str(unicodedata.decimal(char)) for char in others if char.isdecimal() and not spaceless.match(char)}


# Letters that Unicode does not decompose. Arabic as in Lucene's ArabicNormalizer and PersianNormalizer.
_LETTERS = str.maketrans(
    {
        **_digits(),
        **dict(zip("øłıđ", "olid", strict=True)),
        "æ": "ae",
        "œ": "oe",
        **dict.fromkeys("أإآٱ", "ا"),
        **dict.fromkeys("ىی", "ي"),
        **dict.fromkeys("ةہۂۃەۀ", "ه"),
        "ک": "ك",
        **{chillu: f"{letter}\u0d4d" for chillu, letter in zip("ൺൻർൽൾൿ", "ണനരലളക", strict=True)},
        "ৎ": "ত\u09cd",
    }
)
# Two spellings of one word, folded to the second: a Thai or Lao tone before the nasal of sara am; Hindi's nasal before
# a letter of its own place, and candrabindu, as anusvara (हिन्दी, हिंदी).
_SARA_AM = re.compile("(\u0e4d)([\u0e48-\u0e4b])(?=\u0e32)|(\u0ecd)([\u0ec8-\u0ecb])(?=\u0eb2)")
_NASAL = re.compile("ङ\u094d(?=[क-घ])|ञ\u094d(?=[च-झ])|ण\u094d(?=[ट-ढ])|न\u094d(?=[त-ध])|म\u094d(?=[प-भ])|\u0901")
_DOUBLE = re.compile("[\u0e4d\u0ecd\u0901\u094d]")
_CATALAN = str.maketrans({"ŀ": "l", "Ŀ": "L"})


def fold(text: str) -> str:
    """Return `text` in the form that is compared.

    The order matters: remove invisible characters, trade marks and superscript digits; NFKC; casefold; NFD; remove
    accents (й stays й, ё becomes е); NFC; then ø ł æ œ ı đ and the Arabic letter variants. Folding is idempotent.
    """
    if text.isascii():
        return text.lower()
    text = unicodedata.normalize("NFKC", _INVISIBLE.sub("", text.translate(_CATALAN))).casefold()
    text = _ACCENTS.sub("", unicodedata.normalize("NFD", text))
    text = unicodedata.normalize("NFC", text).translate(_LETTERS)
    return _NASAL.sub("\u0902", _SARA_AM.sub(r"\2\1\4\3", text)) if _DOUBLE.search(text) else text
