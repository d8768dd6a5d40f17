"""The full-text index made anew from the articles: after an upgrade, and to let go of what is no longer there.

It is emptied at once and filled portion by portion, the newest articles first; in between, others write. What is not in
it yet may match any query (see fulltext), so searches stay right, and are slow only where they get to old articles.
"""

from __future__ import annotations

import logging
from typing import Final

from sqlalchemy import Connection, Engine, delete, func, select

from crawler.archive.search import blocks, fulltext
from crawler.archive.search.candidate_query import WORDS_VERSION, words_of
from crawler.archive.search.postings import BLOCK
from crawler.archive.search.texts import texts
from crawler.archive.tables.rows import upsert
from crawler.archive.tables.schema import articles, meta

PORTION: Final = 500  # articles, on SQLite; on PostgreSQL a block
MANY: Final = 20_000  # articles; it takes a while, and a person is told

_log = logging.getLogger(__name__)


def begin(connection: Connection) -> None:
    """Empty the index in the running transaction, which writes, and note that every article is to come."""
    total = connection.scalar(select(func.count()).select_from(articles)) or 0
    if total > MANY:
        _log.warning(
            "rebuilding the search index of %s articles in the background: about %d s; until then searches scan "
            "older articles one by one. Run `wirewatch archive vacuum` to rebuild it immediately",
            f"{total:,}",
            total // 1_000,
        )
    fulltext.empty(connection)
    _note(connection, connection.scalar(select(func.max(articles.c.id))) or 0)
    upsert(connection, meta, {"key": "words", "value": WORDS_VERSION}, key="key")


def left(connection: Connection) -> int:
    """The highest id of the articles that are not in the index yet; 0: all of them are."""
    noted = connection.scalar(select(meta.c.value).where(meta.c.key == fulltext.UNINDEXED))
    if noted is None:
        return 0
    return connection.scalar(select(func.max(articles.c.id)).where(articles.c.id <= int(noted))) or 0


class Portion:
    """The newest articles that are not in the index yet, and their words."""

    def __init__(self, engine: Engine, last: int) -> None:
        """Read them. `last`: the highest id of those that are left, which is in the portion."""
        self._packs = engine.dialect.name == "postgresql"
        self._first = last - last % BLOCK if self._packs else max(0, last - PORTION + 1)
        self._last = last
        self._rows = [(number, words_of(one)) for number, one in texts(engine, self._first, last, None, None)]

    def write(self, connection: Connection) -> int:
        """Write it in the running transaction, unless another process did; how many articles."""
        if left(connection) != self._last:
            return 0
        if self._packs:
            blocks.write(connection, self._first // BLOCK, blocks.postings_of(self._rows))
        else:
            fulltext.write(connection, self._rows)
        _note(connection, self._first - 1)
        return len(self._rows)


def _note(connection: Connection, last: int) -> None:
    if last > 0:
        upsert(connection, meta, {"key": fulltext.UNINDEXED, "value": str(last)}, key="key")
    else:
        connection.execute(delete(meta).where(meta.c.key == fulltext.UNINDEXED))
