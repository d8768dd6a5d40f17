"""Bounded queries for the overview of coverage: last weeks of sources, freshness, hits of rules."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, TypeAlias

from sqlalchemy import Connection, bindparam, func, select

from crawler.archive.coverage.sightings import SourceWeek, week_of
from crawler.archive.queries.latency import Stage, stage
from crawler.archive.tables.coverage import source_weeks
from crawler.archive.tables.schema import articles, sources
from crawler.archive.tables.visible import alerts
from crawler.health.recall import Recall, Unknown

WEEK: Final = timedelta(days=7)
MOST_ARTICLES: Final = 200  # of a source, the newest, of which the freshness is read
MOST_HITS: Final = 1_000  # counts of hits stop here
_PORTION: Final = 500

Session: TypeAlias = Callable[[], AbstractContextManager[Connection]]


@dataclass(frozen=True, slots=True)
class RuleHits:
    """The hits of a rule: `count` since a time, at most MOST_HITS; `last`: the last one ever, None if there is none."""

    count: int = 0
    last: datetime | None = None


class CoverageOverview:
    """Reads for the overview of coverage; every method may raise ArchiveError."""

    def __init__(self, read: Session, write: Session) -> None:
        self._read = read
        self._write = write

    def latest(self, monday: datetime) -> dict[str, SourceWeek]:
        """Return the week from `monday` of each source, or the week after it if there is no such; without shares."""
        names = ("source", "named", "seen", "least", "most", "unknown")
        chosen = select(*(source_weeks.c[name] for name in names))
        found: dict[str, SourceWeek] = {}
        with self._read() as connection:
            for week in (monday + WEEK, monday):
                for source, named, seen, least, most, unknown in connection.execute(
                    chosen.where(source_weeks.c.week == week)
                ):
                    recall = Recall(named, seen, least, most, Unknown.__members__.get(unknown))
                    found[source] = SourceWeek(source, week, recall)
        return found

    def weeks(self, names: Sequence[str], since: datetime) -> dict[str, list[SourceWeek]]:
        """Return the weeks of sources from `since` on, oldest first."""
        found: dict[str, list[SourceWeek]] = {name: [] for name in names}
        with self._read() as connection:
            for portion in _portions(names):
                mine = source_weeks.c.source.in_(portion) & (source_weeks.c.week >= since)
                chosen = select(source_weeks).where(mine).order_by(source_weeks.c.week)
                for row in connection.execute(chosen).mappings():
                    found[row["source"]].append(week_of(row))
        return found

    def freshness(self, names: Sequence[str], since: datetime) -> dict[str, Stage]:
        """Return the time from publication to discovery of the newest articles of sources, found since a time.

        At most MOST_ARTICLES of each source. Articles with an uncertain publication time are left out, and those that
        are older than their source's entry in the watch file.
        """
        columns = (articles.c.published, articles.c.published_uncertain, articles.c.found)
        mine = (articles.c.source == bindparam("name")) & (articles.c.found >= since)
        newest = select(*columns).where(mine).order_by(articles.c.found.desc()).limit(MOST_ARTICLES)
        found: dict[str, Stage] = {}
        with self._read() as connection:
            added = _added(connection, names)
            for name in names:
                rows = connection.execute(newest, {"name": name}).all()
                begin = added.get(name)
                pairs = [
                    (row.published, row.found)
                    for row in rows
                    if row.published and not row.published_uncertain and (begin is None or row.published >= begin)
                ]
                found[name] = stage("published to found", pairs)
        return found

    def hits(self, rules: Collection[str], since: datetime) -> dict[str, RuleHits]:
        """Return the hits of rules: one for each alert of kind `new` that is not part of a baseline."""
        mine = (alerts.c.rule == bindparam("rule")) & (alerts.c.kind == "new") & ~alerts.c.baseline
        newest = select(alerts.c.matched).where(mine).order_by(alerts.c.matched.desc())
        recent = newest.where(alerts.c.matched >= since).limit(MOST_HITS).subquery()
        count, last = select(func.count()).select_from(recent), newest.limit(1)
        with self._read() as connection:
            return {
                rule: RuleHits(connection.scalar(count, {"rule": rule}) or 0, connection.scalar(last, {"rule": rule}))
                for rule in rules
            }


def _added(connection: Connection, names: Sequence[str]) -> dict[str, datetime]:
    """Return when sources were added to the watch file."""
    found: dict[str, datetime] = {}
    for portion in _portions(names):
        rows = connection.execute(select(sources.c.id, sources.c.added).where(sources.c.id.in_(portion)))
        found |= {row.id: row.added for row in rows}
    return found


def _portions(names: Sequence[str]) -> Iterator[Sequence[str]]:
    for at in range(0, len(names), _PORTION):
        yield names[at : at + _PORTION]
