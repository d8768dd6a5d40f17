"""Known articles that were looked at again: who wants to hear of the change, and making it durable."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from crawler.archive import Stored
from crawler.dedupe.diff import diff, summary
from crawler.errors import ArchiveError, StateError
from crawler.extensions.component import Component
from crawler.extensions.context import CrawlContext
from crawler.items import Alert, Article, Hit
from crawler.pipelines.match import NEW, alert, alert_id
from crawler.pipelines.matched import Looked

CHANGED = "changed"


class ChangesPipeline(Component):
    """Stores what a revisit found together with the alerts of the rules that ask for it."""

    async def process_item(self, item: Any) -> Any:
        """Returns the article as it is now. Raises DropItem when it could not be stored."""
        if not isinstance(item, Looked):
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
            except StateError as error:  # stored and not marked: it costs a repeat
                context.note_error(error)
        article = seen.article or item.before
        context.count(unchanged=int(not kinds))
        for kind in kinds:
            self._crawler.stats.inc_value(f"revisit/{kind}_count")
        for listener in runtime.on_stored:
            listener(article, Stored(seen.article_id, is_new=False, new_alerts=new_alerts))
        return article

    async def _alerts(self, context: CrawlContext, item: Looked, kinds: tuple[str, ...]) -> list[Alert]:
        """A rule that tells of new stories follows up on the article that it told of, not on each copy."""
        archive, article_id = context.runtime.archive, item.visited.article_id
        try:
            told = await archive.call(archive.sync.alerts, article_id=article_id, limit=None)
        except ArchiveError as error:
            raise context.lost(error) from error
        first = {alert.rule for alert in told if alert.kind == NEW}
        asked = context.runtime.rule_kinds
        raised = self._raised(context, item, kinds)
        return [one for one in raised if one.rule in first or one.kind == CHANGED or NEW not in asked.get(one.rule, ())]

    def _raised(self, context: CrawlContext, item: Looked, kinds: tuple[str, ...]) -> Iterator[Alert]:
        runtime, after = context.runtime, item.visited.article or item.before
        tags = context.source.tags if context.source else ()
        hits: dict[str, tuple[Article, Hit]] = {}
        for article in (item.before, after):  # what no longer matches was a match, and may be why it was changed
            hits |= {hit.rule: (article, hit) for hit in runtime.matcher.match(article, source_tags=tags)}
        lines = what_changed(item.before, after) if item.visited.article else ()
        for rule, (article, hit) in hits.items():
            kind = next((kind for kind in kinds if kind in runtime.rule_kinds.get(rule, ())), "")
            if kind:
                state = item.visited.version if kind != "removed" else ""
                name = alert_id(rule, article.canonical_url or article.url, kind, state)
                told = alert(article, hit, name, kind, item.story, runtime.now())
                shown = replace(told, title=after.title, excerpts=lines or told.excerpts)
                yield replace(shown, content_hash=after.content_hash)


def kinds_of(item: Looked) -> tuple[str, ...]:
    """What happened, in the words of a rule's `on`, what is asked for most narrowly first."""
    if item.visited.removed:
        return ("removed",)
    if item.visited.article is None or not item.visited.changed:
        return ()
    return ("headline", CHANGED) if "title" in item.visited.changed else (CHANGED,)


def what_changed(before: Article, after: Article) -> tuple[str, ...]:
    """The change in a few lines for an alert."""
    title = [f"headline: {line}" for line in summary(diff(before.title, after.title), 1)]
    return (*title, *summary(diff(before.text, after.text)))
