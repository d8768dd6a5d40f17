"""Stores what revisits found, with the alerts of the rules that follow changes."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from crawler.archive import Stored
from crawler.dedupe.diff import diff, summary
from crawler.errors import ArchiveError, StateError
from crawler.extensions.context import Component, CrawlContext
from crawler.extensions.items import RevisitItem
from crawler.items import Alert, Article, Hit
from crawler.pipelines.match import NEW, alert, alert_id

CHANGED = "changed"


class ChangesPipeline(Component):
    """Stores the result of a revisit together with its alerts."""

    async def process_item(self, item: Any) -> Any:
        """Return the article as it is now. Raises DropItem if it could not be stored."""
        if not isinstance(item, RevisitItem):
            return item
        context = self.context
        runtime = context.runtime
        kinds = kinds_of(item)
        alerts = tuple(await self._alerts(context, item, kinds)) if kinds else ()
        channels = tuple((one.id, name) for one in alerts for name in runtime.channels.get(one.rule, ()))
        seen = replace(item.visited, alerts=alerts, channels=channels)
        try:
            new_alerts = await runtime.archive.call(runtime.archive.sync.visits.record, seen)
        except ArchiveError as error:
            if item.keys:
                with contextlib.suppress(StateError):  # without Redis the leases run out by themselves
                    await context.leases.give_back(item.keys)
            raise context.lost(error) from error
        if item.keys:
            try:
                await context.leases.settle(item.keys)
            except StateError as error:  # stored but not marked: the next crawl repeats the work
                context.note_error(error)
        article = seen.article or item.before
        context.count(unchanged=int(not kinds))
        for kind in kinds:
            self._crawler.stats.inc_value(f"revisit/{kind}_count")
        for listener in runtime.on_stored:
            listener(article, Stored(seen.article_id, is_new=False, new_alerts=new_alerts))
        return article

    async def _alerts(self, context: CrawlContext, item: RevisitItem, kinds: tuple[str, ...]) -> list[Alert]:
        """Return the alerts. A rule for new stories follows up on the article of its alert, not on each copy."""
        archive, article_id = context.runtime.archive, item.visited.article_id
        try:
            earlier = await archive.call(archive.sync.alerts, article_id=article_id, limit=None)
        except ArchiveError as error:
            raise context.lost(error) from error
        first = {alert.rule for alert in earlier if alert.kind == NEW}
        without_new = {rule for rule, on in context.runtime.rule_kinds.items() if NEW not in on}
        raised = self._raised(context, item, kinds)
        return [one for one in raised if one.kind == CHANGED or one.rule in first | without_new]

    def _raised(self, context: CrawlContext, item: RevisitItem, kinds: tuple[str, ...]) -> Iterator[Alert]:
        runtime, after = context.runtime, item.visited.article or item.before
        tags = context.source.tags if context.source else ()
        hits: dict[str, tuple[Article, Hit]] = {}
        for article in (item.before, after):  # a text that no longer matches may have been changed for that reason
            hits |= {hit.rule: (article, hit) for hit in runtime.matcher.match(article, source_tags=tags)}
        lines = what_changed(item.before, after) if item.visited.article else ()
        for rule, (article, hit) in hits.items():
            kind = next((kind for kind in kinds if kind in runtime.rule_kinds.get(rule, ())), "")
            if kind:
                state = item.visited.version if kind != "removed" else ""
                name = alert_id(rule, article.canonical_url or article.url, kind, state)
                one = alert(article, hit, name, kind, item.story, runtime.now())
                changed = replace(one, title=after.title, excerpts=lines or one.excerpts)
                yield replace(changed, content_hash=after.content_hash)


def kinds_of(item: RevisitItem) -> tuple[str, ...]:
    """Return what happened, as the values of a rule's `on`, the most specific first."""
    if item.visited.removed:
        return ("removed",)
    if item.visited.article is None or not item.visited.changed:
        return ()
    return ("headline", CHANGED) if "title" in item.visited.changed else (CHANGED,)


def what_changed(before: Article, after: Article) -> tuple[str, ...]:
    """Return the change in a few lines for an alert."""
    title = [f"headline: {line}" for line in summary(diff(before.title, after.title), 1)]
    return (*title, *summary(diff(before.text, after.text)))
