"""Latency statistics: how long articles and alerts took from one stage to the next."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from sqlalchemy import Connection, func, select

from crawler.archive.model import DeliveryState
from crawler.archive.tables.schema import articles
from crawler.archive.tables.visible import alerts, deliveries

MOST = 20_000  # articles, and as many alerts, the newest
NEWS = timedelta(days=1)  # an article listed later than this after its publication is not counted as news
AT_ONCE = ("", "alert", "group")  # forms of messages that did not wait for a digest

Session: TypeAlias = Callable[[], AbstractContextManager[Connection]]
Pair: TypeAlias = tuple[datetime | None, datetime | None]


@dataclass(frozen=True, slots=True)
class Stage:
    """The duration of one stage, in seconds, over `count` articles or deliveries."""

    name: str
    count: int
    p50: float = 0.0
    p95: float = 0.0
    p99: float = 0.0


def latency(read: Session, since: datetime, source: str = "") -> list[Stage]:
    """Return the stages in order, for what was found since `since`, of one source or all. May raise ArchiveError."""
    return _stages(*_rows(read, since, source))


def latency_by_source(read: Session, since: datetime) -> dict[str, list[Stage]]:
    """Return the same for each source that found something, by its id. May raise ArchiveError."""
    found, delivered = _rows(read, since, "")
    names = sorted({row.source for row in (*found, *delivered)})
    return {
        name: _stages(*([row for row in rows if row.source == name] for rows in (found, delivered))) for name in names
    }


def _rows(read: Session, since: datetime, source: str) -> tuple[Sequence[Any], Sequence[Any]]:
    """Return the articles, and the alerts that were sent immediately, with their times."""
    own = [articles.c.source == source] if source else []
    columns = (articles.c[name] for name in ("source", "published", "listed", "fetched", "found"))
    found = select(*columns).where(articles.c.found >= since, *own).order_by(articles.c.found.desc()).limit(MOST)
    mine = [alerts.c.source == source] if source else []
    extracted, sent = func.min(articles.c.found).label("found"), func.min(deliveries.c.settled).label("sent")
    delivered = (
        select(alerts.c.source, alerts.c.listed, extracted, alerts.c.matched, sent)
        .join(deliveries, deliveries.c.alert_id == alerts.c.id)
        .outerjoin(articles, articles.c.id == alerts.c.article_id)
        .where(deliveries.c.state == DeliveryState.SENT.value, deliveries.c.form.in_(AT_ONCE), ~alerts.c.baseline)
        .where(alerts.c.matched >= since, alerts.c.kind == "new", *mine)
        .group_by(*(alerts.c[name] for name in ("id", "source", "listed", "matched")))
        .order_by(alerts.c.matched.desc())
        .limit(MOST)
    )
    with read() as connection:
        return connection.execute(found).all(), connection.execute(delivered).all()


def _stages(found: Sequence[Any], delivered: Sequence[Any]) -> list[Stage]:
    return [
        stage("published to listed", _news((row.published, row.listed) for row in found)),
        stage("listed to fetched", ((row.listed, row.fetched) for row in found)),
        stage("fetched to extracted", ((row.fetched, row.found) for row in found)),
        stage("extracted to matched", ((row.found, row.matched) for row in delivered)),
        stage("matched to sent", ((row.matched, row.sent) for row in delivered)),
        stage("listed to sent", ((row.listed, row.sent) for row in delivered)),
    ]


def stage(name: str, pairs: Iterable[Pair]) -> Stage:
    """Return the quantiles (nearest rank) of the time between two events; pairs with an unknown time are left out."""
    took = sorted(max(0.0, (end - begin).total_seconds()) for begin, end in pairs if begin and end)
    if not took:
        return Stage(name, 0)
    ranks = (took[min(len(took) - 1, int(len(took) * share))] for share in (0.5, 0.95, 0.99))
    return Stage(name, len(took), *ranks)


def _news(pairs: Iterable[Pair]) -> Iterable[Pair]:
    return ((begin, end) for begin, end in pairs if begin and end and end - begin < NEWS)
