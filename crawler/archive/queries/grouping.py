"""Assignment of articles to stories, and the choice of each story's representative."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection, select, update

from crawler.archive.model import Entry
from crawler.archive.tables.rows import add
from crawler.archive.tables.schema import stories, story_articles
from crawler.dedupe.urls import registered_domain
from crawler.items import Article

LONGER = 1.3  # a copy longer by this factor becomes the representative
MAX_REPLACED = 3


class Member(NamedTuple):
    """An article that belongs to a story, or is about to."""

    article_id: int
    article: Article
    key: str  # of the story


def assign(connection: Connection, batch: Sequence[Entry], ids: Sequence[int]) -> dict[int, str]:
    """Assign the batch's articles to their stories; return the key of each article's story, by article id.

    An article that has a story keeps it, regardless of the entry: storing again after a loss of Redis changes nothing.
    """
    known = keys_of(connection, ids)
    unassigned = [
        Member(article_id, entry.article, entry.story)
        for article_id, entry in zip(ids, batch, strict=True)
        if entry.story and article_id not in known
    ]
    join(connection, list({member.article_id: member for member in reversed(unassigned)}.values())[::-1])
    return {member.article_id: member.key for member in reversed(unassigned)} | known


def join(connection: Connection, members: Sequence[Member]) -> None:
    """Add articles that have no story yet to theirs; a new story begins with its first article."""
    if not members:
        return
    add(connection, stories, [_begun(member) for member in members])
    rows = connection.execute(select(stories).where(stories.c.key.in_({member.key for member in members}))).mappings()
    there = {row["key"]: dict(row) for row in rows}
    links = [{"article_id": m.article_id, "story_id": there[m.key]["id"], "site": site_of(m.article)} for m in members]
    add(connection, story_articles, links)
    for member in members:
        row = there[member.key]
        row["last_seen"] = max(row["last_seen"], member.article.found)
        if row["representative"] is None:
            row |= {"representative": member.article_id, "words": member.article.word_count}
        elif member.article.word_count > LONGER * row["words"] and row["replaced"] < MAX_REPLACED:
            row |= {
                "representative": member.article_id,
                "words": member.article.word_count,
                "replaced": row["replaced"] + 1,
            }
    changed = ("last_seen", "representative", "words", "replaced")
    for row in there.values():
        values = {name: row[name] for name in changed}
        connection.execute(update(stories).where(stories.c.id == row["id"]).values(**values))


def keys_of(connection: Connection, ids: Sequence[int]) -> dict[int, str]:
    """Return the keys of the stories of articles, by article id."""
    both = select(story_articles.c.article_id, stories.c.key).join(stories, stories.c.id == story_articles.c.story_id)
    rows = connection.execute(both.where(story_articles.c.article_id.in_(set(ids))))
    return {row.article_id: row.key for row in rows}


def site_of(article: Article) -> str:
    """Return the registered domain of an article; "" if its URL has none."""
    return site_of_url(article.url)


def site_of_url(url: str) -> str:
    """Return the registered domain of a URL; "" if it has none."""
    try:
        return registered_domain(url)
    except ValueError:
        return ""


def _begun(member: Member) -> dict[str, object]:
    found = member.article.found
    return {"key": member.key, "first_seen": found, "last_seen": found, "words": 0, "replaced": 0}
