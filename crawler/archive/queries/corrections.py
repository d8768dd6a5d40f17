"""Corrections of articles whose stored pages are extracted again."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, select, update

from crawler.archive.coverage import outlets as cited
from crawler.archive.engine import lock_writers
from crawler.archive.model import Visited
from crawler.archive.queries.revisits import revise
from crawler.archive.search import fulltext
from crawler.archive.search.candidate_query import words_of
from crawler.archive.tables.rows import article_of, article_values
from crawler.archive.tables.schema import articles, visits
from crawler.items import Article
from crawler.schedule.revisit_plan import version

READ: Final = (
    "title", "text", "markdown", "lead", "authors", "published", "published_from", "published_uncertain", "modified",
    "modified_from", "language", "section", "agency", "image", "captions", "paywalled", "live",
)  # fmt: skip
"""The fields of an article that are read from its page."""
BY_EXTRACTOR: Final = "extractor"  # among a revision's changed fields: the extractor changed, not the page
_FOLLOW: Final = ("word_count", "content_hash")  # derived from the text


def merged(old: Article, read: Article) -> Article:
    """Return the article as extracted again, keeping values that only the listing had, and uncertain dates as such."""
    new = replace(old, **{name: getattr(read, name) for name in (*READ, *_FOLLOW)})
    if old.published_from == "listing" and (read.published is None or read.published_uncertain):
        kept = ("published", "published_from", "published_uncertain")
        new = replace(new, **{name: getattr(old, name) for name in kept})
    if old.modified_from == "listing" and read.modified is None:
        new = replace(new, modified=old.modified, modified_from=old.modified_from)
    if old.published_uncertain and read.published == old.published:
        new = replace(new, published_uncertain=True)
    filled = {name: getattr(read, name) or getattr(old, name) for name in ("title", "authors", "language")}
    return replace(new, **filled, citations=read.citations)


def changed_fields(old: Article, new: Article) -> tuple[str, ...]:
    """Return the names of the fields that differ."""
    return tuple(name for name in READ if getattr(old, name) != getattr(new, name))


def correct(connection: Connection, article_id: int, read: Article, now: datetime) -> tuple[str, ...]:
    """Write a new extraction in the running transaction; return the names of the fields that changed, () for none."""
    lock_writers(connection)
    row = connection.execute(select(articles).where(articles.c.id == article_id)).mappings().first()
    if row is None:
        return ()
    old = article_of(row)
    new = merged(old, read)
    cited.replace(connection, article_id, new)
    changed = changed_fields(old, new)
    if not changed:
        return ()
    was, is_now = version(old), version(new)
    if was != is_now:
        fields = (BY_EXTRACTOR, *changed)
        seen = Visited(article_id, now, None, 0, is_now, changed=fields, admitted=True, old_version=was)
        revise(connection, old, seen, new)
        mine = update(visits).where(visits.c.article_id == article_id, visits.c.version.in_(("", was)))
        connection.execute(mine.values(version=is_now))
    values = article_values(new)
    names = (*READ, *_FOLLOW)
    row_now = update(articles).where(articles.c.id == article_id)
    connection.execute(row_now.values(**{name: values[name] for name in names}))
    fulltext.write(connection, [(article_id, words_of(new))])
    return changed
