"""Wildcards by shape: their length, the places of their `?`, and whether they end in `*`.

A word is cut and punched to a shape and compared as text: there are few shapes, however many wildcards there are.
"""

from __future__ import annotations

from typing import NamedTuple


class Shape(NamedTuple):
    """What a wildcard looks like, its letters left aside."""

    length: int  # without the *
    holes: tuple[int, ...]
    star: bool

    def cut(self, word: str) -> str:
        """Return the one wildcard of this shape that the folded `word` fits, "" when it has another length."""
        if len(word) < self.length or (not self.star and len(word) > self.length):
            return ""
        cut = word[: self.length]
        if self.holes:
            cut = "".join("?" if at in self.holes else letter for at, letter in enumerate(cut))
        return f"{cut}*" if self.star else cut


def shape_of(pattern: str) -> Shape:
    """Return the shape of a wildcard such as "rocket*" or "wom?n"."""
    fixed = pattern.removesuffix("*")
    return Shape(len(fixed), tuple(at for at, sign in enumerate(fixed) if sign == "?"), fixed is not pattern)


def is_pattern(key: str) -> bool:
    """Say whether a key holds a wildcard."""
    return "*" in key or "?" in key
