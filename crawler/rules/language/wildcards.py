"""Wildcards by shape: their length, the positions of their `?`, and whether they end in `*`.

A word is reduced to a shape and compared as text: there are few shapes, however many wildcards there are.
"""

from __future__ import annotations

from typing import NamedTuple


class Shape(NamedTuple):
    """The shape of a wildcard, without its letters."""

    length: int  # without the *
    holes: tuple[int, ...]
    star: bool

    def reduce(self, word: str) -> str:
        """Return the only wildcard of this shape that the folded `word` can match, "" if the length differs."""
        if len(word) < self.length or (not self.star and len(word) > self.length):
            return ""
        reduced = word[: self.length]
        if self.holes:
            reduced = "".join("?" if at in self.holes else letter for at, letter in enumerate(reduced))
        return f"{reduced}*" if self.star else reduced


def shape_of(pattern: str) -> Shape:
    """Return the shape of a wildcard such as "rocket*" or "wom?n"."""
    fixed = pattern.removesuffix("*")
    return Shape(len(fixed), tuple(at for at, char in enumerate(fixed) if char == "?"), fixed is not pattern)


def is_pattern(key: str) -> bool:
    """Return whether a key contains a wildcard."""
    return "*" in key or "?" in key
