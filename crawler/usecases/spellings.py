"""How the archive spells a name: for the command line and the page."""

from __future__ import annotations

import re
from collections import Counter
from datetime import datetime

from crawler.archive import Archive
from crawler.rules.spellings import Spelling, suggest
from crawler.text.characters import WORD

LOOKED = 20_000  # the newest articles
_LETTERS = rf"(?:(?![\d_])[{WORD}])+"  # with their marks, which \w alone would cut Hindi words at
_WORD = re.compile(rf"{_LETTERS}(?:['’\-]{_LETTERS})*")


def spellings(
    archive: Archive, term: str, since: datetime, looked: int = LOOKED
) -> tuple[list[tuple[str, list[Spelling]]], int]:
    """For each word of `term` its likely spellings, and the number of articles that were looked at.

    Looks at most at the newest `looked` articles found since a moment. Raises ArchiveError.
    """
    words, count = _vocabulary(archive, since, looked)
    return [(word, suggest(word, words)) for word in term.split()], count


def _vocabulary(archive: Archive, since: datetime, looked: int) -> tuple[Counter[str], int]:
    """Words of the newest articles with the number of articles that hold each, and the number of articles."""
    first, last, _ = archive.id_range(since)
    words: Counter[str] = Counter()
    count = 0
    for _, article in archive.texts(max(first, last - looked + 1), last, since):
        words.update(set(_WORD.findall(f"{article.title} {article.text}")))
        count += 1
    return words, count
