"""Stories: reports with their copies across outlets."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, HTTPException, Path, Query, Request, Response

from crawler.usecases.cursors import cursor as cursor_at
from crawler.usecases.cursors import numbered_place
from crawler.usecases.story_copies import copies_of
from crawler.usecases.times import since_of
from crawler.web.api import models
from crawler.web.api.access import READ
from crawler.web.api.filters import TimeText
from crawler.web.api.models import Copy, StoryDetails, StoryOut
from crawler.web.api.paging import DEFAULT_LIMIT, Limit, NumberCursor, Page, following
from crawler.web.api.problems import responses
from crawler.web.site import SiteOf

MAX_ID = 2**63 - 1

router = APIRouter(prefix="/stories", tags=["stories"], dependencies=[READ])


@router.get("", responses=responses())
def stories(
    request: Request,
    response: Response,
    site: SiteOf,
    since: Annotated[TimeText | None, Query(description="Stories with a copy found at or after this time.")] = None,
    outlets: Annotated[int, Query(ge=1, le=1000, description="Minimum number of outlets.")] = 1,
    limit: Limit = DEFAULT_LIMIT,
    cursor: NumberCursor = None,
) -> Page[StoryOut]:
    """List stories, latest copy first."""
    rows = site.archive.stories.listed(
        since=since_of(since, site.now()) if since else None,
        sites=outlets,
        before=numbered_place(cursor) if cursor is not None else None,
        limit=limit + 1,
    )
    shown = rows[:limit]
    more = cursor_at(shown[-1].last_seen, shown[-1].id) if len(rows) > limit else None
    items = [StoryOut(**models.story_values(row)) for row in shown]
    return Page(items=items, cursor=more, next=following(request, response, more))


@router.get("/{number}", responses=responses(404))
def story(
    site: SiteOf, number: Annotated[int, Path(ge=1, le=MAX_ID, description="Story id.", examples=[7])]
) -> StoryDetails:
    """Return one story with its copies."""
    row = site.archive.stories.one(number)
    if row is None:
        raise HTTPException(404, f"Story {number} does not exist.")
    known = copies_of(site.archive, row)
    copies = [Copy(article=models.article_out(one, full=False), share=share) for one, share in known]
    return StoryDetails(**models.story_values(row), articles=copies)
