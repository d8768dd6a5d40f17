"""New rules: matches that are in the archive already are sent as one summary, and never again as news."""

from __future__ import annotations

from datetime import datetime, timedelta

from crawler.archive import Archive, ItemFilter
from crawler.config import Rule, Watch
from crawler.items import Alert, Hit
from crawler.pipelines.match import COUNTED, NEW, alert_id
from crawler.rules import Scanner, compile_rule, excerpts

LOOKBACK = timedelta(days=7)
MOST = 500  # stories, newest first: the size of a digest


def apply_new_rules(archive: Archive, watch: Watch, now: datetime) -> int:
    """Raise alerts for the stored stories that new rules match, and mark the rules as known; return how many stories.

    Repeating it after a crash is harmless, as an alert's id follows from rule and story. May raise ArchiveError.
    """
    known, count = archive.derived_alerts.known_rules(), 0
    for rule in watch.rules:
        if rule.id not in known and not rule.paused:
            if COUNTED.intersection(rule.on):
                send = rule.send if NEW in rule.on else ()
                count += archive.derived_alerts.raise_alerts(_matched(archive, rule, watch, now), send)
            archive.derived_alerts.add_known_rules([rule.id], now)
    return count


def _matched(archive: Archive, rule: Rule, watch: Watch, now: datetime) -> list[Alert]:
    compiled = compile_rule(rule.spec(watch.lists))
    stories: dict[str, Alert] = {}
    found = archive.search(Scanner(compiled), ItemFilter(since=now - LOOKBACK), bodies=True)
    for row, spans in found:
        story = archive.stories.of_article(row.id)
        key = story.key if story else ""
        alert = Alert(
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
        stories[key or alert.id] = alert  # the oldest one remains, as the newest come first
        if len(stories) >= MOST:
            break
    return list(stories.values())
