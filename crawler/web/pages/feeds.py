"""Feeds for feed readers: which there are, and their addresses."""

from __future__ import annotations

from itertools import groupby

from fastapi import APIRouter, Request, Response

from crawler.web.feeds.choosing import feeds_of
from crawler.web.feeds.routes import GROUPS, MEDIA
from crawler.web.site import SiteOf
from crawler.web.views import render

router = APIRouter()


@router.get("/feeds")
def feeds(request: Request, site: SiteOf) -> Response:
    """Every feed in each of its formats."""
    groups = [(GROUPS[kind], list(some)) for kind, some in groupby(feeds_of(site), lambda feed: feed.kind)]
    return render(request, "feeds.html", groups=groups, formats=tuple(MEDIA))
