"""Folding: the one form in which words are compared, without case, accents and invisible characters."""

from __future__ import annotations

import re
import unicodedata

from crawler.text.characters import IGNORED, SIGNS

_INVISIBLE = re.compile(f"[{IGNORED}{SIGNS}]")

# Latin, Greek and Cyrillic accents, Hebrew points and cantillation, Arabic harakat and Quranic marks, and nothing
# else: other scripts' marks are letters. The breve of й stays, for й is a letter of its own; the dots of ё do not.
# Tatweel stands here again because NFKC makes new ones.
_ACCENTS = re.compile(
    "[\u0640\u0300-\u0305\u0307-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7"
    "\u0610-\u061a\u064b-\u0652\u0656-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed]"
    "|(?<!и)\u0306"
)

# Letters that Unicode does not decompose. Arabic as in Lucene's ArabicNormalizer and PersianNormalizer.
_LETTERS = str.maketrans(
    {
        **dict(zip("øłıđ", "olid", strict=True)),
        "æ": "ae",
        "œ": "oe",
        **dict.fromkeys("أإآٱ", "ا"),
        **dict.fromkeys("ىی", "ي"),
        "ة": "ه",
        "ک": "ك",
    }
)


def fold(text: str) -> str:
    """Return `text` as it is compared.

    The order matters: invisible characters, trade marks and superscript digits go; NFKC; casefold; NFD; accents go
    (й stays й, ё becomes е); NFC; then ø ł æ œ ı đ and the Arabic letter variants. Folding twice changes nothing.
    """
    if text.isascii():
        return text.lower()
    text = unicodedata.normalize("NFKC", _INVISIBLE.sub("", text)).casefold()
    text = _ACCENTS.sub("", unicodedata.normalize("NFD", text))
    return unicodedata.normalize("NFC", text).translate(_LETTERS)
