"""The rebuild of the full-text index from the articles: after an upgrade, and to drop entries of deleted articles.

The index is emptied at once and filled in batches, newest articles first; others can write in between. Articles that
are not indexed yet may match any query (see fulltext), so searches stay correct, but are slow for old articles.
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
MANY: Final = 20_000  # articles; above this it takes a while, and a warning is logged

_log = logging.getLogger(__name__)


def begin(connection: Connection) -> None:
    """Empty the index in the running write transaction, and mark every article as not indexed."""
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
    """Return the highest id of the articles that are not indexed yet; 0 if all are."""
    noted = connection.scalar(select(meta.c.value).where(meta.c.key == fulltext.UNINDEXED))
    if noted is None:
        return 0
    return connection.scalar(select(func.max(articles.c.id)).where(articles.c.id <= int(noted))) or 0


class Portion:
    """The newest articles that are not indexed yet, and their words."""

    def __init__(self, engine: Engine, last: int) -> None:
        """Read them. `last` is the highest id that is not indexed yet, and is part of the batch."""
        self._packs = engine.dialect.name == "postgresql"
        self._first = last - last % BLOCK if self._packs else max(0, last - PORTION + 1)
        self._last = last
        self._rows = [(number, words_of(one)) for number, one in texts(engine, self._first, last, None, None)]

    def write(self, connection: Connection) -> int:
        """Write the batch in the running transaction, unless another process did; return how many articles."""
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
