"""`wirewatch reextract`: extract stored pages again with the current extractor."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from crawler.archive import Archive, ItemFilter, Page
from crawler.archive.queries.corrections import changed_fields, merged
from crawler.archive.queries.pages import ArticlePages
from crawler.cli.items import options
from crawler.cli.rules.common import watch_or_none
from crawler.cli.watchfile import DEFAULT, Json, WatchFile
from crawler.config import Source, Watch
from crawler.dedupe.diff import diff, summary
from crawler.dedupe.urls import registered_domain
from crawler.errors import ArchiveError, ExtractError, StateError
from crawler.extensions.context import places_of
from crawler.extract.page.hints import Hints
from crawler.extract.page.pagination import join
from crawler.items import Article, Extraction
from crawler.runtime import Runtime
from crawler.service.worker.project import project_settings
from crawler.spiders.metadata import boilerplate
from crawler.text.shown import clean
from crawler.usecases.page_inspection import hints_for

BATCH = 16  # articles that are extracted at the same time
DERIVED = ("markdown", "content_hash")  # follow from the text and are not reported as separate changes

EPILOG = """Examples:

  wirewatch reextract --dry-run --since 30d        show what the current extractor would change

  wirewatch reextract --source bbc-world
"""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of extracting one article again. `reason`: why its page is not an article or could not be read."""

    article_id: int
    before: Article
    after: Article | None
    reason: str = ""

    @property
    def changed(self) -> tuple[str, ...]:
        """The fields that differ from the stored article."""
        return changed_fields(self.before, merged(self.before, self.after)) if self.after else ()


def reextract(
    *,
    source: options.Sources = None,
    since: options.Since = None,
    until: options.Until = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would change; change nothing.")] = False,
    as_json: Json = False,
    watch: WatchFile = DEFAULT,
) -> None:
    """Extract stored pages again with the current extractor, and update the articles that differ.

    The old text is stored as a revision; no alerts are raised. Pages are stored only if the watch file sets
    `archive: {pages: true}`.
    """
    selection = options.item_filter(datetime.now().astimezone(), since=since, until=until, sources=source)
    options.open_archive().close()  # raises ArchiveError if there is no archive; opening the runtime would create one
    counts = asyncio.run(_run(watch_or_none(watch) or Watch(), selection, dry_run=dry_run, as_json=as_json))
    if as_json:
        typer.echo(json.dumps({"read": counts.total(), **{name: counts[name] for name in _COUNTED}}))
        return
    if not counts.total():
        raise ArchiveError(
            "no pages of these articles are stored; set `archive: {pages: true}` in the watch file to store them"
        )
    verb = "would change" if dry_run else "changed"
    line = f"{counts.total():,} extracted again: {counts['changed']:,} {verb}, {counts['same']:,} unchanged"
    if counts["failed"]:
        line += f", {counts['failed']:,} no longer yield an article and were left as they are"
    typer.echo(f"{line}.")


_COUNTED = ("changed", "same", "failed")


async def _run(watch: Watch, selection: ItemFilter, *, dry_run: bool, as_json: bool) -> Counter[str]:
    counts: Counter[str] = Counter()
    console = Console(highlight=False, soft_wrap=True)
    runtime = await Runtime.open(watch, places_of(project_settings()), owner=False)
    try:
        archive, reader = runtime.archive.sync, Reader(runtime)
        async for batch in _batches(archive, selection):
            for outcome in await asyncio.gather(*(reader.read(stored) for stored in batch)):
                if outcome is None:
                    continue
                if outcome.after and (outcome.changed or outcome.after.citations) and not dry_run:
                    now = datetime.now(UTC)
                    await runtime.archive.call(archive.correct, outcome.article_id, outcome.after, now)
                counts["changed" if outcome.changed else "failed" if outcome.reason else "same"] += 1
                if outcome.changed or outcome.reason:
                    _show(console, outcome, as_json=as_json)
    finally:
        await runtime.close()
    return counts


async def _batches(archive: Archive, selection: ItemFilter) -> AsyncIterator[list[ArticlePages]]:
    """Yield the stored pages of the articles in batches, read in a thread."""
    pages = archive.pages.all(selection)

    def next_batch() -> list[ArticlePages]:
        return [stored for stored, _ in zip(pages, range(BATCH), strict=False)]

    while batch := await asyncio.to_thread(next_batch):
        yield batch


class Reader:
    """Extracts stored pages as a current crawl would: with the hints of the watch file and the learned boilerplate."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._learned: dict[str, frozenset[str]] = {}

    async def read(self, stored: ArticlePages) -> Outcome | None:
        """Extract the pages of one article; return None if the article was deleted in the meantime."""
        row = await self._runtime.archive.call(self._runtime.archive.sync.article, stored.article_id)
        if row is None:
            return None
        source = self._runtime.watch.source_by_id.get(row.article.source)
        try:
            read = [await self._page(page, source) for page in stored.pages]
        except ExtractError as error:
            return Outcome(stored.article_id, row.article, None, error.message)
        whole = join(read) if len(read) > 1 else read[0]
        return Outcome(stored.article_id, row.article, whole.article, whole.reason)

    async def _page(self, page: Page, source: Source | None) -> Extraction:
        site = registered_domain(page.url)
        if site not in self._learned:
            self._learned[site] = await self._lines(site)
        hints = _hints(page, source, self._learned[site])
        return (await self._runtime.pool.examine(page.body, page.url, hints))[0]

    async def _lines(self, site: str) -> frozenset[str]:
        try:
            return frozenset(await self._runtime.state.boilerplate.lines(site))
        except StateError:
            return frozenset()


def _hints(page: Page, source: Source | None, learned: frozenset[str]) -> Hints:
    content_type = next((value for name, value in page.headers if name.lower() == "content-type"), "")
    hints = hints_for(source, content_type, page.fetched, explain=False)
    return replace(hints, boilerplate=boilerplate(source, learned) if source else learned)


def _lines(outcome: Outcome) -> Iterator[str]:
    if outcome.after is None:
        return
    before, after = outcome.before, merged(outcome.before, outcome.after)
    for name in ("title", "text"):
        yield from summary(diff(getattr(before, name), getattr(after, name)))


def _show(console: Console, outcome: Outcome, *, as_json: bool) -> None:
    """Print one line for an article, followed by the changes of title and text."""
    fields = [name for name in outcome.changed if name not in DERIVED]
    if as_json:
        row = {"id": outcome.article_id, "url": outcome.before.url, "title": outcome.before.title}
        typer.echo(json.dumps(row | {"changed": fields, "why": outcome.reason}, ensure_ascii=False))
        return
    summary = ", ".join(fields or outcome.changed) or f"not an article: {outcome.reason}"
    console.print(
        Text.assemble((f"{outcome.article_id:>7}  ", "dim"), (clean(outcome.before.title), "bold"), f"  {summary}")
    )
    for line in _lines(outcome):
        console.print(Text(f"         {clean(line)}", "dim"))
