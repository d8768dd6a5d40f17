"""Queries for alerts with the current number of outlets of their story, and for stories that have grown."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, FromClause, func, select

from crawler.archive.tables.rows import alert_of
from crawler.archive.tables.schema import alerts as all_alerts
from crawler.archive.tables.schema import stories, story_articles
from crawler.archive.tables.visible import alerts
from crawler.items import Alert

GROWTH = 5  # a story is news again when its outlets have grown by this factor


def outlets_of(story: ColumnElement[str]) -> ColumnElement[int]:
    """Return the number of outlets that carry a story, by its key; 0 for no story."""
    both = story_articles.join(stories, stories.c.id == story_articles.c.story_id)
    count = select(func.count(story_articles.c.site.distinct())).select_from(both).where(stories.c.key == story)
    return count.correlate(alerts, all_alerts).scalar_subquery()


def alert_columns(alerts: FromClause = alerts) -> list[ColumnElement[Any]]:
    """Return the columns that `rows.alert_of` reads, with the current number of outlets."""
    plain: list[ColumnElement[Any]] = [column for column in alerts.c if column.name != "outlets"]
    counted = func.coalesce(func.nullif(outlets_of(alerts.c.story), 0), alerts.c.outlets)
    return [*plain, counted.label("outlets")]


def outlets(connection: Connection, keys: Collection[str]) -> dict[str, int]:
    """Return how many outlets carry each of these stories."""
    if not keys:
        return {}
    count = func.count(story_articles.c.site.distinct())
    both = select(stories.c.key, count).join(story_articles, story_articles.c.story_id == stories.c.id)
    rows = connection.execute(both.where(stories.c.key.in_(keys)).group_by(stories.c.key))
    return {row[0]: row[1] for row in rows}


class Grown(NamedTuple):
    """A rule's first alert of a story that now has `GROWTH` times the outlets of the rule's last alert about it."""

    alert: Alert
    previous_outlets: int  # outlets at the time of the rule's last alert about the story


def grown(connection: Connection, rules: Sequence[str], since: datetime) -> list[Grown]:
    """Return the stories with a copy since `since` that have grown so much; `alert.outlets` is the current number."""
    moved = (
        select(stories.c.key, func.count(story_articles.c.site.distinct()).label("sites"))
        .join(story_articles, story_articles.c.story_id == stories.c.id)
        .where(stories.c.last_seen >= since)
        .group_by(stories.c.key)
        .having(func.count(story_articles.c.site.distinct()) >= GROWTH)
        .subquery()
    )
    previous = (
        select(alerts.c.rule, alerts.c.story, func.max(alerts.c.outlets).label("previous"))
        .join(moved, moved.c.key == alerts.c.story)
        .where(alerts.c.kind.in_(("new", "grown")), alerts.c.rule.in_(rules))
        .group_by(alerts.c.rule, alerts.c.story, moved.c.sites)
        .having(moved.c.sites >= GROWTH * func.max(alerts.c.outlets))
        .subquery()
    )
    first = (alerts.c.rule == previous.c.rule) & (alerts.c.story == previous.c.story) & (alerts.c.kind == "new")
    rows = connection.execute(select(*alert_columns(), previous.c.previous).join(previous, first)).mappings()
    return [Grown(alert_of(row), row["previous"]) for row in rows]
