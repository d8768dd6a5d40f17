"""One article: its text with the hits, versions, copies and alerts."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterable
from typing import Annotated

from fastapi import APIRouter, HTTPException, Path, Query, Request, Response

from crawler.archive import ArticleRow, Revision
from crawler.config import Watch
from crawler.errors import ExtractError, FetchError
from crawler.items import Alert, Span
from crawler.rules import Matcher, compile_rule
from crawler.rules.language.spec import Rule
from crawler.usecases.page_inspection import RemovedText, removed_text
from crawler.web.forms.queries import Mistake, compiled
from crawler.web.forms.search import MAX_QUERY
from crawler.web.rendering.changes import versions
from crawler.web.rendering.marking import paragraphs, pieces, title_pieces
from crawler.web.rendering.views import is_fragment, render
from crawler.web.site import Site, SiteOf

MAX_ID = 2**63 - 1
COPIES = 20  # listed here; the page of the story lists all

INSPECTIONS = 2  # pages that are extracted again at the same time

router = APIRouter(prefix="/articles")
_inspections = threading.BoundedSemaphore(INSPECTIONS)
Id = Annotated[int, Path(ge=1, le=MAX_ID)]


@router.get("/{number}")
def article(
    request: Request,
    site: SiteOf,
    number: Id,
    q: Annotated[str, Query(max_length=MAX_QUERY)] = "",
    rule: Annotated[str, Query(max_length=200)] = "",
) -> Response:
    """Return an article with the hits of `q`, of `rule`, or of all rules that raised an alert marked."""
    row = found(site, number)
    watch = site.watch_file.read().watch
    alerts = site.archive.alerts(article_id=number)
    spans = hits(row, alerts, watch, q, rule)
    story = site.archive.stories.of_article(number)
    copies = site.archive.stories.copies(story.id, COPIES, bodies=False) if story and story.copies > 1 else []
    return render(
        request,
        "article.html",
        row=row,
        title=title_pieces(row.article, spans),
        paragraphs=paragraphs(row.article, spans),
        hits=len(spans),
        q=q,
        rule=rule,
        alerts=[(alert, [pieces(excerpt) for excerpt in alert.excerpts]) for alert in alerts],
        revisions=list(reversed(site.archive.visits.revisions(number))),
        removed=site.archive.visits.removed(number),
        story=story,
        copies=copies,
    )


@router.get("/{number}/revisions/{version}")
def revision(
    request: Request, site: SiteOf, number: Id, version: Id, against: Annotated[int, Query(ge=-1, le=MAX_ID)] = -1
) -> Response:
    """Return the word differences between a version and the previous one or `against`; only the fragment for htmx."""
    row = found(site, number)
    known = site.archive.visits.revisions(number)
    new = next((one for one in known if one.number == version), None)
    old = _earlier(known, version, against)
    if new is None or old is None:
        raise HTTPException(404, "This article has no such version.")
    template = "_difference.html" if is_fragment(request) else "revision.html"
    return render(request, template, row=row, old=old, new=new, revisions=known, comparison=versions(old, new))


@router.post("/{number}/removed")
def removed(request: Request, site: SiteOf, number: Id) -> Response:
    """Extract the article's page again and return the text that was removed as boilerplate."""
    row = found(site, number)
    removed, error = _removed_text(site, row)
    template = "_removed.html" if is_fragment(request) else "removed.html"
    return render(request, template, row=row, removed=removed, error=error)


def found(site: Site, number: int) -> ArticleRow:
    """Return an article of the archive. Raises HTTPException 404, ArchiveError."""
    row = site.archive.article(number)
    if row is None:
        raise HTTPException(404, f"Article {number} is not in the archive.")
    return row


def hits(row: ArticleRow, alerts: Iterable[Alert], watch: Watch, q: str, rule: str) -> tuple[Span, ...]:
    """Return where a query, a rule, or all rules that raised an alert match the current version of the article.

    For a rule that is no longer in the watch file, the hits of its alert are returned if the text is unchanged.
    """
    if q:
        query = compiled(q, watch.lists)
        return () if isinstance(query, Mistake) else _matches([query], row, watch)
    names = {rule} if rule else set(row.rules)
    rules = [compile_rule(one.spec(watch.lists)) for one in watch.rules if one.id in names]
    spans = _matches(rules, row, watch)
    gone = names - {one.id for one in rules}
    same = [one for one in alerts if one.rule in gone and one.content_hash in {"", row.article.content_hash}]
    return (*spans, *(span for alert in same for span in alert.spans))


def _removed_text(site: Site, row: ArticleRow) -> tuple[RemovedText | None, str]:
    """Return the removed text of an article's page, or an error message."""
    if not _inspections.acquire(blocking=False):
        return None, "Too many pages are being fetched. Try again in a moment."
    try:
        watch = site.watch_file.read().watch
        reading = removed_text(site.archive, watch, row, site.now(), redis_url=site.redis_url)
        return asyncio.run(reading), ""
    except (FetchError, ExtractError) as error:
        return None, f"The page could not be read: {error.message}."
    finally:
        _inspections.release()


def _matches(rules: list[Rule], row: ArticleRow, watch: Watch) -> tuple[Span, ...]:
    source = watch.source_by_id.get(row.article.source)
    tags = (*row.article.tags, *(source.tags if source else ()))
    return tuple(span for hit in Matcher(rules).match(row.article, source_tags=tags) for span in hit.spans)


def _earlier(known: list[Revision], version: int, against: int) -> Revision | None:
    if against >= 0:
        return next((one for one in known if one.number == against), None)
    return next((one for one in reversed(known) if one.number < version), None)
