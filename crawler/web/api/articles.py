"""Articles: lists, search, versions and copies."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, HTTPException, Path, Query, Request, Response
from pydantic import Field

from crawler.archive import ArticleRow, ItemFilter, Order
from crawler.items import Hit as Match
from crawler.rules import excerpts
from crawler.usecases.search import ArticlePage, article_page
from crawler.usecases.story_copies import copies_of
from crawler.web.api import models
from crawler.web.api.access import READ
from crawler.web.api.filters import Chosen, Filters
from crawler.web.api.models import ArticleOut, Copy, Hit, Revisions
from crawler.web.api.paging import DEFAULT_LIMIT, ArticleCursor, Limit, Page, article_cursor, article_place, following
from crawler.web.api.problems import responses
from crawler.web.site import Site, SiteOf

MAX_ID = 2**63 - 1

router = APIRouter(tags=["articles"], dependencies=[READ])
Id = Annotated[int, Path(ge=1, le=MAX_ID, description="Article id.", examples=[42])]
Full = Annotated[bool, Query(description="Include text, Markdown and captions.")]


class Articles(Page[ArticleOut]):
    """One page of articles."""

    reached: datetime | None = Field(
        None,
        description="Set if the search paused at its time limit: the `found` time of the last article searched. "
        "Follow `next` to continue, even if this page is empty.",
    )


class Hits(Page[Hit]):
    """One page of search hits."""

    reached: datetime | None = Field(
        None,
        description="Set if the search paused at its time limit: the `found` time of the last article searched. "
        "Follow `next` to continue, even if this page is empty.",
    )


@router.get("/articles", responses=responses())
def articles(
    request: Request,
    response: Response,
    site: SiteOf,
    chosen: Chosen,
    order: Annotated[
        Literal["newest", "oldest", "stored"],
        Query(
            description="By time found, or `stored`: in storage order. A `stored` list has no last page: "
            "keep following its cursor for new articles."
        ),
    ] = "newest",
    limit: Limit = DEFAULT_LIMIT,
    cursor: ArticleCursor = None,
    full: Full = False,
) -> Articles:
    """List articles. The filters are those of `wirewatch items list`."""
    selection, page = _page(site, chosen, Order(order), cursor, limit, full=full)
    items = [models.article_out(row, full=full) for row, _ in page.matches]
    return Articles(items=items, **_continuation(request, response, selection.order, page))


@router.get("/search", responses=responses())
def search(
    request: Request,
    response: Response,
    site: SiteOf,
    chosen: Chosen,
    order: Annotated[Literal["newest", "oldest"], Query(description="Sort order, by time found.")] = "newest",
    limit: Limit = DEFAULT_LIMIT,
    cursor: ArticleCursor = None,
    full: Full = False,
) -> Hits:
    """Search articles with `q`. Hits have matching positions and excerpts. Without `q` every article is a hit."""
    selection, page = _page(site, chosen, Order(order), cursor, limit, full=full)
    items = [
        Hit(
            article=models.article_out(row, full=full),
            spans=models.spans_out(spans),
            excerpts=list(excerpts(row.article, Match("q", "", spans))) if spans else [],
        )
        for row, spans in page.matches
    ]
    return Hits(items=items, **_continuation(request, response, selection.order, page))


@router.get("/articles/fetch", include_in_schema=False)
def reject_fetch() -> None:
    """Reject GET: the path accepts POST only (crawler.web.api.sources) and is not an article id."""
    raise HTTPException(405, "Method Not Allowed")


@router.get("/articles/{number}", responses=responses(404))
def article(site: SiteOf, number: Id) -> ArticleOut:
    """Return one article with all fields."""
    return ArticleOut(**models.article_out(found(site, number), full=True))


@router.get("/articles/{number}/revisions", responses=responses(404))
def revisions(site: SiteOf, number: Id) -> Revisions:
    """List the versions of an article since it was found."""
    row = found(site, number)
    known = site.archive.visits.revisions(row.id)
    return Revisions(items=[models.revision_out(one) for one in known], removed=site.archive.visits.removed(row.id))


@router.get("/articles/{number}/copies", responses=responses(404))
def copies(site: SiteOf, number: Id) -> list[Copy]:
    """List all articles of the same story in order of appearance, including this one; at most 500."""
    row = found(site, number)
    story = site.archive.stories.of_article(row.id)
    if story is None:
        return []
    known = copies_of(site.archive, story)
    return [Copy(article=models.article_out(one, full=False), share=share) for one, share in known]


def found(site: Site, number: int) -> ArticleRow:
    """Return an article of the archive. Raises HTTPException 404, ArchiveError."""
    row = site.archive.article(number)
    if row is None:
        raise HTTPException(404, f"Article {number} does not exist.")
    return row


def _page(
    site: Site, chosen: Filters, order: Order, cursor: str | None, limit: int, *, full: bool
) -> tuple[ItemFilter, ArticlePage]:
    """Return a page of articles and the selection that it continues: a cursor also sets the order."""
    rule = chosen.query(site.watch_file.read().watch)
    selection = chosen.items(site.now(), order)
    if cursor is not None:
        order, found, number = article_place(cursor)
        place = {"after_id": number} if order is Order.STORED else {"after": (found, number)}
        selection = replace(selection, order=order, **place)
    return selection, article_page(site.archive, rule, selection, limit, bodies=full)


def _continuation(request: Request, response: Response, order: Order, page: ArticlePage) -> dict[str, Any]:
    cursor = article_cursor(order, *page.end) if page.end else None
    return {"cursor": cursor, "next": following(request, response, cursor), "reached": page.reached}
