"""Which texts cannot match a rule, told without analysing them: for runs of one rule over an archive.

Text and needs are squeezed: folded roughly to small Latin letters and digits, everything else left out, spaces too. A
word that stands in a text then stands in its squeezed form, however it was hyphenated or pointed. The answer "may" is
often wrong, the answer "cannot" never.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from collections import Counter
from functools import cache
from typing import Final

from crawler.alerts.needs import Need, needs
from crawler.alerts.spec import Rule
from crawler.alerts.wildcards import is_pattern
from crawler.text import fold
from crawler.text.characters import SIGNS

_BARE: Final = tuple(re.findall(f"[{SIGNS}]", "".join(map(chr, range(0x80, 0x2200)))))  # marks that fold to nothing
_WILD: Final = re.compile(r"[*?]")
_FOREIGN: Final = re.compile("[\x80-\U0010ffff]+")
_KEPT: Final = b"abcdefghijklmnopqrstuvwxyz0123456789"
_LOWER: Final = bytes(range(256)).lower()
_LEFT_OUT: Final = bytes(code for code in range(256) if _LOWER[code] not in _KEPT)


def squeezed(text: str) -> bytes:
    """Return the small Latin letters and digits of a text, accents taken off."""
    if not text.isascii():
        letters = _special()
        for sign in letters.keys() & set("".join(_FOREIGN.findall(text))):
            text = text.replace(sign, letters[sign])
        text = unicodedata.normalize("NFKD", text)
    return text.encode("ascii", "ignore").translate(_LOWER, _LEFT_OUT)


@cache
def _special() -> dict[str, str]:
    """Return the signs that fold otherwise than by decomposition (ß, ø, ™), and the Latin letters they fold to."""
    letters = dict.fromkeys(_BARE, "")
    for point in range(128, sys.maxunicode + 1):
        sign = chr(point)
        if sign.isalnum() and not "\u3400" <= sign <= "\ud7ff" and sign not in letters:
            folded = "".join(letter for letter in fold(sign) if letter.encode("utf-8", "replace") in _KEPT)
            plain = unicodedata.normalize("NFKD", sign).encode("ascii", "ignore").decode().lower()
            if folded and folded != plain:
                letters[sign] = folded
    return letters


class Prefilter:
    """Tells the texts that one rule cannot match."""

    def __init__(self, rule: Rule) -> None:
        found = (_literals(need) for need in needs(rule.root, Counter()))
        self._needs = tuple(literals for literals in found if literals)

    def may_match(self, title: str, text: str) -> bool:
        """Say whether the rule may match an article of this title and text; False is certain."""
        if not self._needs:
            return True
        squeeze = squeezed(f"{title} {text}")
        return all(any(literal in squeeze for literal in literals) for literals in self._needs)


def _literals(need: Need) -> tuple[bytes, ...]:
    """Return what must stand in the squeezed text, any of these; nothing where that cannot be told."""
    literals = {_literal(form) for form in need}
    return () if b"" in literals else tuple(sorted(literals, key=len))


def _literal(form: str) -> bytes:
    if ":" in form or not form.isascii():  # a field, a stem; another script
        return b""
    pieces = _WILD.split(form) if is_pattern(form) else [form]
    return max(map(squeezed, pieces), key=len)
