"""Queries for stories: lists, and single stories with their copies in order of appearance."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any, TypeAlias

from sqlalchemy import Connection, ScalarSelect, Select, exists, func, select, tuple_

from crawler.archive.engine import lock_writers
from crawler.archive.model import ArticleRow, StoryRow
from crawler.archive.queries.grouping import Member, join, keys_of
from crawler.archive.tables.rows import BODIES, Row, article_of
from crawler.archive.tables.schema import articles, stories, story_articles

PAGE = 200

Session: TypeAlias = Callable[[], AbstractContextManager[Connection]]


class Stories:
    """Stories in the archive; every method may raise ArchiveError."""

    def __init__(self, read: Session, write: Session) -> None:
        self._read = read
        self._write = write

    def listed(
        self,
        *,
        since: datetime | None = None,
        sites: int = 1,
        before: tuple[datetime, int] | None = None,
        limit: int = 50,
    ) -> list[StoryRow]:
        """Return stories in at least `sites` outlets with a copy since `since`, newest copy first.

        `before`: (last_seen, id) of the previous page's last story.
        """
        statement = _counted().where(_sites() >= sites)
        if since is not None:
            statement = statement.where(stories.c.last_seen >= since)
        if before is not None:
            statement = statement.where(tuple_(stories.c.last_seen, stories.c.id) < before)
        statement = statement.order_by(stories.c.last_seen.desc(), stories.c.id.desc()).limit(limit)
        with self._read() as connection:
            return [_story(row) for row in connection.execute(statement).mappings()]

    def one(self, story_id: int) -> StoryRow | None:
        """Return one story."""
        with self._read() as connection:
            row = connection.execute(_counted().where(stories.c.id == story_id)).mappings().first()
        return _story(row) if row else None

    def of_article(self, article_id: int) -> StoryRow | None:
        """Return the story of an article."""
        mine = select(story_articles.c.story_id).where(story_articles.c.article_id == article_id)
        with self._read() as connection:
            found = connection.scalar(mine)
        return self.one(found) if found is not None else None

    def copies(self, story_id: int, limit: int | None = None, *, bodies: bool = True) -> list[ArticleRow]:
        """Return a story's first articles in order; `bodies=False` leaves out text, Markdown and captions."""
        statement = (
            select(*(column for column in articles.c if bodies or column.name not in BODIES))
            .join(story_articles, story_articles.c.article_id == articles.c.id)
            .where(story_articles.c.story_id == story_id)
            .order_by(articles.c.found, articles.c.id)
            .limit(limit)
        )
        with self._read() as connection:
            return [ArticleRow(row["id"], article_of(row)) for row in connection.execute(statement).mappings()]

    def members(self, since: datetime) -> Iterator[Member]:
        """Yield articles found since `since`, as stored, with their story keys ("" for none), in short reads."""
        last = 0
        while True:
            statement = (
                select(articles, stories.c.key.label("story_key"))
                .outerjoin(story_articles, story_articles.c.article_id == articles.c.id)
                .outerjoin(stories, stories.c.id == story_articles.c.story_id)
                .where(articles.c.found >= since, articles.c.id > last)
                .order_by(articles.c.id)
                .limit(PAGE)
            )
            with self._read() as connection:
                page = connection.execute(statement).mappings().all()
            yield from (Member(row["id"], article_of(row), row["story_key"] or "") for row in page)
            if len(page) < PAGE:
                return
            last = page[-1]["id"]

    def adopt(self, members: Sequence[Member]) -> None:
        """Assign articles that have no story yet to theirs."""
        with self._write() as connection:
            lock_writers(connection)
            known = keys_of(connection, [member.article_id for member in members])
            join(connection, [member for member in members if member.article_id not in known])


def _counted() -> Select[Any]:
    return (
        select(
            *(stories.c[name] for name in ("id", "key", "first_seen", "last_seen", "representative")),
            articles.c.title,
            select(func.count())
            .select_from(story_articles)
            .where(_MINE)
            .correlate(stories)
            .scalar_subquery()
            .label("copies"),
            _sites().label("sites"),
        )
        .where(exists().where(_MINE))
        .join(articles, articles.c.id == stories.c.representative)
    )


_MINE = story_articles.c.story_id == stories.c.id


def _sites() -> ScalarSelect[int]:
    """Return the number of outlets of one story: a limited list ends before most stories are counted."""
    return select(func.count(story_articles.c.site.distinct())).where(_MINE).correlate(stories).scalar_subquery()


def _story(row: Row) -> StoryRow:
    names = ("id", "key", "first_seen", "last_seen", "title", "sites", "copies")
    return StoryRow(article_id=row["representative"], **{name: row[name] for name in names})
