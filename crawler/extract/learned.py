"""Furniture that a site repeats: keys of blocks, and which keys recur often enough to be furniture."""

from __future__ import annotations

from hashlib import blake2b

from crawler.extract.words import words


def block_key(text: str) -> str:
    """A stable key of 16 hex digits for a block's folded words (numbers count as one word), "" for no words."""
    folded = " ".join(words(text))
    return blake2b(folded.encode(), digest_size=8).hexdigest() if folded else ""
