"""The copies of a story, each with the share of its text that is also in the main article."""

from __future__ import annotations

from typing import Final

from crawler.archive import Archive, ArticleRow, StoryRow
from crawler.dedupe.sketch import shingles

_SHOWN: Final = 500  # copies
_COMPARED: Final = 40  # copies whose shared text is computed


def copies_of(archive: Archive, story: StoryRow) -> list[tuple[ArticleRow, float | None]]:
    """Return at most 500 copies in order of appearance, each with its share (None: not computed).

    Raises ArchiveError.
    """
    copies = archive.stories.copies(story.id, _SHOWN)
    whole = next((shingles(row.article.text) for row in copies if row.id == story.article_id), None)
    shown: list[tuple[ArticleRow, float | None]] = []
    for number, row in enumerate(copies):
        part = shingles(row.article.text) if whole and number < _COMPARED else frozenset()
        shown.append((row, len(part & whole) / len(part) if part and whole else None))
    return shown
