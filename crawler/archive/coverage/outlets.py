"""The outlets that articles of alerting stories cite."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Final, NamedTuple, TypeAlias

from sqlalchemy import Connection, delete, func, select

from crawler.archive.tables.coverage import citations
from crawler.archive.tables.rows import add, clean
from crawler.archive.tables.schema import stories, story_articles
from crawler.archive.tables.visible import alerts
from crawler.discover.url_shape import is_article_url
from crawler.items import Article, Citation

MOST_ALERTS: Final = 10_000
"""Alerts that one answer considers, newest first."""
LINK: Final = "link"  # items.Citation.kind
SITE: Final = "site"  # a link to an address that does not have the shape of an article's, such as a home page
_NONE: Final = Citation("", "")
_MAX_NAME: Final = 100  # characters
_MAX_URL: Final = 500

Session: TypeAlias = Callable[[], AbstractContextManager[Connection]]


class Cited(NamedTuple):
    """A citation in an article of an alerting story. `story`: its key, or the article's if it has no story.

    `alerted`: when the story last raised an alert; `site`: registered domain of the article, "" if unknown.
    """

    kind: str
    name: str
    url: str
    article_id: int
    source: str
    story: str
    site: str
    alerted: datetime


class CitedOutlets:
    """Citations in the archive; every method may raise ArchiveError."""

    def __init__(self, read: Session, write: Session) -> None:
        self._read = read
        self._write = write

    def since(self, since: datetime) -> tuple[list[Cited], bool]:
        """Return the citations of stories with an alert since a time, and whether these are all (MOST_ALERTS)."""
        recent = (
            select(alerts.c.story, alerts.c.article_id, alerts.c.matched)
            .where(alerts.c.matched >= since, alerts.c.article_id.is_not(None))
            .order_by(alerts.c.matched.desc())
            .limit(MOST_ALERTS)
            .cte("recent")
        )
        with self._read() as connection:
            count = connection.scalar(select(func.count()).select_from(recent)) or 0
            alerted = select(recent.c.story, func.max(recent.c.matched).label("alerted")).group_by(recent.c.story)
            by_story = alerted.where(recent.c.story != "").subquery()
            columns = (citations.c.kind, citations.c.name, citations.c.url, citations.c.article_id, citations.c.source)
            in_stories = (
                select(*columns, by_story.c.story, story_articles.c.site, by_story.c.alerted)
                .join(stories, stories.c.key == by_story.c.story)
                .join(story_articles, story_articles.c.story_id == stories.c.id)
                .join(citations, citations.c.article_id == story_articles.c.article_id)
            )
            alone = select(*columns, recent.c.matched).join(recent, recent.c.article_id == citations.c.article_id)
            found = [Cited(*row) for row in connection.execute(in_stories)]
            found += [
                Cited(kind, name, url, article_id, source, f"article {article_id}", "", alerted)
                for kind, name, url, article_id, source, alerted in connection.execute(
                    alone.where(recent.c.story == "")
                )
            ]
        return found, count < MOST_ALERTS


def note(connection: Connection, cited: Sequence[tuple[int, Article]]) -> None:
    """Write what articles cite, by their ids, in the running transaction."""
    add(connection, citations, [row for article_id, article in cited for row in _rows(article_id, article)])


def replace(connection: Connection, article_id: int, article: Article) -> None:
    """Write what a changed article cites now."""
    connection.execute(delete(citations).where(citations.c.article_id == article_id))
    note(connection, [(article_id, article)])


def _rows(article_id: int, article: Article) -> Iterator[dict[str, object]]:
    for one in (*_links(article.citations), *(one for one in article.citations if one.kind != LINK)):
        yield {
            "article_id": article_id,
            "kind": one.kind,
            "name": clean(one.name[:_MAX_NAME]),
            "url": clean(one.url[:_MAX_URL]),
            "source": clean(article.source),
        }


def _links(cited: Iterable[Citation]) -> Iterable[Citation]:
    """Return one link for each site: as SITE unless an address has the shape of an article's."""
    best: dict[str, Citation] = {}
    for one in cited:
        if one.kind == LINK and best.get(one.name, _NONE).kind != LINK:
            best[one.name] = one if is_article_url(one.url) else best.get(one.name, Citation(SITE, one.name, one.url))
    return best.values()
