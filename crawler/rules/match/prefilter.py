"""A fast check that a text cannot match a rule, without analysing it: for running one rule over an archive.

It searches squeezed texts, folded roughly to lower-case Latin letters and digits, with everything else left out: a word
of the text is part of its squeezed form, however it was hyphenated or pointed. False positives are common, false
negatives impossible.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Final, NamedTuple

from crawler.items import Article, Hit
from crawler.rules.language.spec import Rule
from crawler.rules.language.syntax import WORD_FIELDS, And, Near, Node, Term, leaves
from crawler.rules.language.wildcards import is_pattern
from crawler.rules.match.document import Document
from crawler.rules.match.matcher import Matcher, evaluate
from crawler.rules.match.needs import Costs, Need, needs
from crawler.text import fold
from crawler.text.characters import SYMBOLS

_MARKS: Final = tuple(re.findall(f"[{SYMBOLS}]", "".join(map(chr, range(0x80, 0x2200)))))  # fold to nothing
_WILD: Final = re.compile(r"[*?]")
_FOREIGN: Final = re.compile("[\x80-\U0010ffff]+")
_KEPT: Final = b"abcdefghijklmnopqrstuvwxyz0123456789"
_LOWER: Final = bytes(range(256)).lower()
_DROPPED: Final = bytes(code for code in range(256) if _LOWER[code] not in _KEPT)
_IDEOGRAPHS: Final = 0x20000  # beyond, all letters are ideographs
_BREAKS: Final = b"\n\x01"
_DROPPED_IN_RUNS: Final = bytes(code for code in _DROPPED if code not in _BREAKS)
_NO_WORD: Final = re.compile(rb"\n(?![a-z0-9])")


def squeezed(text: str) -> bytes:
    """Return the Latin letters (in lower case, without accents) and digits of a text."""
    return _letters(text).translate(_LOWER, _DROPPED)


def squeezed_runs(text: str) -> bytes:
    """Return the same with a line break before each run between spaces that certainly contains a word."""
    separated = "".join([f"\n{run}" if run.isascii() else f"\x01{run}" for run in text.split()])
    return _NO_WORD.sub(b"", _letters(separated).translate(_LOWER, _DROPPED_IN_RUNS))


def literal_of(form: str) -> bytes:
    """Return what the squeezed text of any match of a key or wildcard contains; b"" if unknown."""
    if ":" in form or not form.isascii():  # a field, a stem; another script
        return b""
    pieces = _WILD.split(form) if is_pattern(form) else [form]
    return max(map(squeezed, pieces), key=len)


def _letters(text: str) -> bytes:
    if not text.isascii():
        letters = _special()
        for char in letters.keys() & set("".join(_FOREIGN.findall(text))):
            text = text.replace(char, letters[char])
        text = unicodedata.normalize("NFKD", text)
    return text.encode("ascii", "ignore")


@cache
def _special() -> dict[str, str]:
    """Return the characters that do not fold by decomposition (ß, ø, ™), and the Latin letters they fold to."""
    letters = dict.fromkeys(_MARKS, "")
    for point in range(128, _IDEOGRAPHS):
        char = chr(point)
        if char.isalnum() and not "\u3400" <= char <= "\ud7ff" and char not in letters:
            folded = "".join(letter for letter in fold(char) if letter.encode("utf-8", "replace") in _KEPT)
            plain = unicodedata.normalize("NFKD", char).encode("ascii", "ignore").decode().lower()
            if folded and folded != plain:
                letters[char] = folded
    return letters


_MAX_PLACES: Final = 1_000  # places that are checked; with more, a match is assumed


class _NearCheck(NamedTuple):
    """A NEAR: for each of its parts, alternative literals, and the maximum words from the first to the last part."""

    parts: tuple[tuple[bytes, ...], ...]
    reach: int


class NearPrefilter:
    """A check of the NEAR operators that a rule requires.

    Each certain word has a line break before it (`squeezed_runs`): a NEAR does not match if there are more of them
    between its words than it allows.
    """

    def __init__(self, rule: Rule) -> None:
        self._nears = tuple(separated for near in _nears(rule.root) if (separated := _near_check(near)))

    def may_match(self, text: str) -> bool:
        """Return whether their words may be close enough in a text; False is certain."""
        if not self._nears:
            return True
        haystack = squeezed_runs(text)
        return all(_may_be_near(near, haystack) for near in self._nears)


def _nears(node: Node) -> Iterator[Near]:
    if isinstance(node, Near):
        yield node
    elif isinstance(node, And):
        for part in node.parts:
            yield from _nears(part)


def _near_check(near: Near) -> _NearCheck | None:
    """Return the check of a NEAR; None if a part of it may occur in an unknown form.

    A phrase of three words extends two words beyond the one that is searched for.
    """
    parts: list[tuple[bytes, ...]] = []
    reach = (len(near.parts) - 1) * near.distance - 1
    for part in near.parts:
        terms = [leaf for leaf in leaves(part) if isinstance(leaf, Term) and leaf.scope not in WORD_FIELDS]
        ways = [[key for key, _ in way] for term in terms for way in term.ways]
        literals = {max(map(literal_of, way), key=len) for way in ways}
        if b"" in literals or not literals:
            return None
        parts.append(tuple(literals))
        reach += max(map(len, ways))
    return _NearCheck(tuple(parts), reach)


def _may_be_near(near: _NearCheck, haystack: bytes) -> bool:
    """Return whether all parts occur somewhere within the reach."""
    places = sorted((at, number) for number, literals in enumerate(near.parts) for at in _positions(literals, haystack))
    if len(places) >= _MAX_PLACES:
        return True
    last: dict[int, int] = {}
    word = before = 0
    for at, number in places:
        word += haystack.count(b"\n", before, at)
        before = at
        last[number] = word
        if len(last) == len(near.parts) and word - min(last.values()) <= near.reach:
            return True
    return False


def _positions(literals: tuple[bytes, ...], haystack: bytes) -> Iterator[int]:
    """Yield the positions of the literals, at most _MAX_PLACES of each."""
    for literal in literals:
        at = haystack.find(literal)
        count = 0
        while at >= 0 and count < _MAX_PLACES:
            yield at
            count += 1
            at = haystack.find(literal, at + 1)


class Prefilter:
    """A prefilter for one rule."""

    def __init__(self, rule: Rule) -> None:
        found = (_literals(need) for need in needs(rule.root, Costs(Counter())))
        self._needs = tuple(literals for literals in found if literals)
        self._near_prefilter = NearPrefilter(rule)

    def may_match(self, title: str, text: str) -> bool:
        """Return whether the rule may match an article of this title and text; False is certain."""
        if not self._needs:
            return True
        whole = f"{title} {text}"
        haystack = squeezed(whole)
        if not all(any(literal in haystack for literal in literals) for literals in self._needs):
            return False
        return self._near_prefilter.may_match(whole)


def _literals(need: Need) -> tuple[bytes, ...]:
    """Return the literals of which the squeezed text must contain one; () if unknown."""
    literals = {literal_of(form) for form in need}
    return () if b"" in literals else tuple(sorted(literals, key=len))


class Scanner(Matcher):
    """A matcher of one rule with the same results as Matcher, but faster: it analyses only texts that may match."""

    def __init__(self, rule: Rule) -> None:
        super().__init__([rule])
        self._rule = rule
        self._prefilter = Prefilter(rule)

    def match(self, article: Article, *, source_tags: Iterable[str] = ()) -> list[Hit]:
        """Return the hit of the rule, if it matches."""
        if not self._prefilter.may_match(article.title, article.text):
            return []
        hit = evaluate(self._rule, Document(article, tuple(source_tags)))
        return [hit] if hit else []
