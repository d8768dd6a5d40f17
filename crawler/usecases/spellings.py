"""Spellings of a name in the archive."""

from __future__ import annotations

import re
from collections import Counter
from datetime import datetime

from crawler.archive import Archive
from crawler.rules.spellings import Spelling, suggest
from crawler.text.characters import WORD

SEARCHED = 20_000  # newest articles
_LETTERS = rf"(?:(?![\d_])[{WORD}])+"  # with combining marks, where \w alone would split Hindi words
_WORD = re.compile(rf"{_LETTERS}(?:['’\-]{_LETTERS})*")


def spellings(
    archive: Archive, term: str, since: datetime, limit: int = SEARCHED
) -> tuple[list[tuple[str, list[Spelling]]], int]:
    """Return the likely spellings of each word of `term`, and the number of articles searched.

    Searches at most the `limit` newest articles found since a time. Raises ArchiveError.
    """
    words, count = _vocabulary(archive, since, limit)
    return [(word, suggest(word, words)) for word in term.split()], count


def _vocabulary(archive: Archive, since: datetime, limit: int) -> tuple[Counter[str], int]:
    """Return the words of the newest articles with the number of articles that have each, and the number of all."""
    first, last, _ = archive.id_range(since)
    words: Counter[str] = Counter()
    count = 0
    for _, article in archive.texts(max(first, last - limit + 1), last, since):
        words.update(set(_WORD.findall(f"{article.title} {article.text}")))
        count += 1
    return words, count
