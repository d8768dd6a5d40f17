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
from crawler.text.characters import IGNORED, SIGNS

_INVISIBLE: Final = re.compile(f"[{IGNORED}{SIGNS}]")
_WILD: Final = re.compile(r"[*?]")
_KEPT: Final = frozenset("abcdefghijklmnopqrstuvwxyz0123456789")
_SQUEEZE: Final = {code: None for code in range(128) if chr(code) not in _KEPT} | {
    code: chr(code).lower() for code in range(ord("A"), ord("Z") + 1)
}


def squeezed(text: str) -> str:
    """Return the small Latin letters and digits of a text, accents taken off."""
    if not text.isascii():
        text = _INVISIBLE.sub("", text)
        special, letters = _special()
        if special.search(text):
            text = text.translate(letters)
        text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return text.translate(_SQUEEZE)


@cache
def _special() -> tuple[re.Pattern[str], dict[int, str]]:
    """Return the letters that fold to Latin ones otherwise than by decomposition (ß, ø, ı), and what they fold to."""
    letters = {}
    for point in range(128, sys.maxunicode + 1):
        sign = chr(point)
        if sign.isalnum() and not "\u3400" <= sign <= "\ud7ff":
            folded = "".join(letter for letter in fold(sign) if letter in _KEPT)
            plain = unicodedata.normalize("NFKD", sign).encode("ascii", "ignore").decode().lower()
            if folded and folded != plain:
                letters[point] = folded
    return re.compile(f"[{''.join(map(chr, letters))}]"), letters


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


def _literals(need: Need) -> tuple[str, ...]:
    """Return what must stand in the squeezed text, any of these; nothing where that cannot be told."""
    literals = {_literal(form) for form in need}
    return () if "" in literals else tuple(sorted(literals, key=len))


def _literal(form: str) -> str:
    if ":" in form or not form.isascii():  # a field, a stem; another script
        return ""
    pieces = _WILD.split(form) if is_pattern(form) else [form]
    return max(map(squeezed, pieces), key=len)
