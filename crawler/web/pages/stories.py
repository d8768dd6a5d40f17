"""Stories: all copies of one report, across outlets."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, HTTPException, Path, Query, Request, Response

from crawler.archive import StoryRow
from crawler.usecases.cursors import cursor
from crawler.usecases.story_copies import copies_of
from crawler.usecases.times import since_of
from crawler.web.forms.times import SINCE, after_of
from crawler.web.rendering.changes import compared
from crawler.web.rendering.views import is_fragment, render
from crawler.web.site import Site, SiteOf

LISTED = 50  # stories
MAX_ID = 2**63 - 1

router = APIRouter(prefix="/stories")
Id = Annotated[int, Path(ge=1, le=MAX_ID)]


@router.get("")
def stories(
    request: Request,
    site: SiteOf,
    since: Annotated[str, Query(max_length=40)] = "3d",
    outlets: Annotated[int, Query(ge=1, le=1000)] = 2,
    before: str = "",
) -> Response:
    """Return the stories with a recent copy and a minimum number of outlets, latest copy first."""
    context: dict[str, Any] = {"since": since, "outlets": outlets, "since_choices": SINCE, "error": "", "more": ""}
    try:
        start = since_of(since, site.now()) if since.strip() else None
    except ValueError as error:
        return render(request, "stories.html", status=422, rows=[], **context | {"error": str(error)})
    rows = site.archive.stories.listed(since=start, sites=outlets, before=after_of(before), limit=LISTED + 1)
    if len(rows) > LISTED:
        place = cursor(rows[LISTED - 1].last_seen, rows[LISTED - 1].id)
        context["more"] = urlencode({"since": since, "outlets": outlets, "before": place})
    return render(request, "_stories.html" if is_fragment(request) else "stories.html", rows=rows[:LISTED], **context)


@router.get("/{number}")
def story(request: Request, site: SiteOf, number: Id) -> Response:
    """Return one story: its outlets in order of appearance, with the share of the text that each has."""
    row = _found(site, number)
    copies = copies_of(site.archive, row)
    return render(request, "story.html", story=row, copies=copies, left=row.copies - len(copies))


@router.get("/{number}/copies/{article}")
def copy(request: Request, site: SiteOf, number: Id, article: Id) -> Response:
    """Return the word differences between a copy and the main article of the story."""
    row = _found(site, number)
    copies = {one.id: one for one in site.archive.stories.copies(number)}
    if article not in copies or row.article_id not in copies:
        raise HTTPException(404, "This article is not a copy in this story.")
    whole, part = copies[row.article_id], copies[article]
    paragraphs, left = compared(whole.article.text, part.article.text)
    template = "_copy.html" if is_fragment(request) else "copy.html"
    return render(request, template, story=row, whole=whole, part=part, paragraphs=paragraphs, left=left)


def _found(site: Site, number: int) -> StoryRow:
    row = site.archive.stories.one(number)
    if row is None:
        raise HTTPException(404, f"Story {number} is not in the archive.")
    return row
