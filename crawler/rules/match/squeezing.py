"""Texts and words squeezed: folded roughly to small Latin letters and digits, everything else left out.

A word that stands in a text then stands in its squeezed form, however it was hyphenated or pointed.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import Final

from crawler.rules.language.wildcards import is_pattern
from crawler.text import fold
from crawler.text.characters import SYMBOLS

_BARE: Final = tuple(re.findall(f"[{SYMBOLS}]", "".join(map(chr, range(0x80, 0x2200)))))  # marks that fold to nothing
_WILD: Final = re.compile(r"[*?]")
_FOREIGN: Final = re.compile("[\x80-\U0010ffff]+")
_KEPT: Final = b"abcdefghijklmnopqrstuvwxyz0123456789"
_LOWER: Final = bytes(range(256)).lower()
_LEFT_OUT: Final = bytes(code for code in range(256) if _LOWER[code] not in _KEPT)
_IDEOGRAPHS: Final = 0x20000  # from here on there are no others
_BREAKS: Final = b"\n\x01"
_LEFT_OUT_OF_RUNS: Final = bytes(code for code in _LEFT_OUT if code not in _BREAKS)
_NO_WORD: Final = re.compile(rb"\n(?![a-z0-9])")


def squeezed(text: str) -> bytes:
    """Return the small Latin letters and digits of a text, accents taken off."""
    return _letters(text).translate(_LOWER, _LEFT_OUT)


def squeezed_runs(text: str) -> bytes:
    """Return the same with a line break before whatever stands between spaces and surely holds a word."""
    apart = "".join([f"\n{run}" if run.isascii() else f"\x01{run}" for run in text.split()])
    return _NO_WORD.sub(b"", _letters(apart).translate(_LOWER, _LEFT_OUT_OF_RUNS))


def literal_of(form: str) -> bytes:
    """Return what must stand in the squeezed text for a key or wildcard to stand in the text; b"" for unknown."""
    if ":" in form or not form.isascii():  # a field, a stem; another script
        return b""
    pieces = _WILD.split(form) if is_pattern(form) else [form]
    return max(map(squeezed, pieces), key=len)


def _letters(text: str) -> bytes:
    if not text.isascii():
        letters = _special()
        for sign in letters.keys() & set("".join(_FOREIGN.findall(text))):
            text = text.replace(sign, letters[sign])
        text = unicodedata.normalize("NFKD", text)
    return text.encode("ascii", "ignore")


@cache
def _special() -> dict[str, str]:
    """Return the signs that fold otherwise than by decomposition (ß, ø, ™), and the Latin letters they fold to."""
    letters = dict.fromkeys(_BARE, "")
    for point in range(128, _IDEOGRAPHS):
        sign = chr(point)
        if sign.isalnum() and not "\u3400" <= sign <= "\ud7ff" and sign not in letters:
            folded = "".join(letter for letter in fold(sign) if letter.encode("utf-8", "replace") in _KEPT)
            plain = unicodedata.normalize("NFKD", sign).encode("ascii", "ignore").decode().lower()
            if folded and folded != plain:
                letters[sign] = folded
    return letters
