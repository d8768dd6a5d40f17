"""A rule that is new: what the archive holds already is told as one summary, and never again as news."""

from __future__ import annotations

from datetime import datetime, timedelta

from crawler.archive import Archive, ItemFilter
from crawler.config import Rule, Watch
from crawler.items import Alert, Hit
from crawler.pipelines.match import COUNTED, NEW, alert_id
from crawler.rules import Scanner, compile_rule, excerpts

LOOKED_BACK = timedelta(days=7)
MOST = 500  # stories, the newest: what one digest holds


def take_up_rules(archive: Archive, watch: Watch, now: datetime) -> int:
    """Tells of what the rules that are not known yet match already, and makes them known; how many stories.

    A crash in between costs a repeat: an alert is known by its rule and story. May raise ArchiveError.
    """
    known, told = archive.derived_alerts.known_rules(), 0
    for rule in watch.rules:
        if rule.id not in known and not rule.paused:
            if COUNTED.intersection(rule.on):
                send = rule.send if NEW in rule.on else ()
                told += archive.derived_alerts.raise_alerts(_matched(archive, rule, watch, now), send)
            archive.derived_alerts.add_known_rules([rule.id], now)
    return told


def _matched(archive: Archive, rule: Rule, watch: Watch, now: datetime) -> list[Alert]:
    compiled = compile_rule(rule.spec(watch.lists))
    stories: dict[str, Alert] = {}
    found = archive.search(Scanner(compiled), ItemFilter(since=now - LOOKED_BACK), bodies=True)
    for row, spans in found:
        story = archive.stories.of_article(row.id)
        key = story.key if story else ""
        told = Alert(
            id=alert_id(rule.id, key or row.article.url),
            rule=rule.id,
            rule_version=compiled.version,
            source=row.article.source,
            url=row.article.url,
            title=row.article.title,
            matched=now,
            spans=spans,
            excerpts=excerpts(row.article, Hit(rule.id, compiled.version, spans)),
            article_id=row.id,
            published=row.article.published,
            story=key,
            listed=row.article.listed,
            fetched=row.article.fetched,
            content_hash=row.article.content_hash,
            outlets=story.sites if story else 1,
            baseline=True,
        )
        stories[key or told.id] = told  # the oldest stands: the newest come first
        if len(stories) >= MOST:
            break
    return list(stories.values())
