"""The full-text index made anew from the articles: after an upgrade, and to let go of what is no longer there."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final

from sqlalchemy import Connection, func, select

from crawler.archive import fulltext
from crawler.archive.schema import articles, meta
from crawler.archive.sieve import WORDS_VERSION, words_of
from crawler.archive.texts import COLUMNS, article_of_text
from crawler.archive.writing import upsert

PORTION: Final = 500  # articles
MANY: Final = 20_000  # articles; it takes a while, and a person is told

_log = logging.getLogger(__name__)


def refill(connection: Connection, told: Callable[[int], None] = lambda _: None) -> int:
    """Index every article in the running transaction; how many. `told` hears how many are done."""
    total = connection.scalar(select(func.count()).select_from(articles)) or 0
    if total > MANY:
        _log.warning("the search index is made anew over %s articles: about %d s", f"{total:,}", total // 2_000)
    fulltext.empty(connection)
    last = done = 0
    while True:
        statement = select(*COLUMNS).where(articles.c.id > last).order_by(articles.c.id).limit(PORTION)
        page = connection.execute(statement).all()
        fulltext.write(connection, [(row[0], words_of(article_of_text(row))) for row in page])
        done += len(page)
        told(done)
        if len(page) < PORTION:
            break
        last = page[-1][0]
    upsert(connection, meta, {"key": "words", "value": WORDS_VERSION}, key="key")
    return done
