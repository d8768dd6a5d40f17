"""The list of feeds and their addresses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Annotated, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response

from crawler.web.feeds.choosing import Feed, feeds_of
from crawler.web.feeds.routes import GROUPS, MEDIA
from crawler.web.rendering.views import render
from crawler.web.site import SiteOf

LISTED = 50  # feeds of a group

router = APIRouter()
Text = Annotated[str, Query(max_length=200)]


@dataclass(frozen=True, slots=True)
class Group:
    """Feeds of one kind. `count`: the number of all matching feeds; `more`: the query string of the rest, or ""."""

    title: str
    feeds: Sequence[Feed]
    count: int
    more: str


@router.get("/feeds")
def feeds(
    request: Request,
    site: SiteOf,
    q: Text = "",
    kind: Literal["", "all", "source", "tag", "rule", "search"] = "",
    after: Text = "",
) -> Response:
    """Return the feeds with all their formats. `q`: a part of the name; `after`: the last feed of the previous page."""
    word = q.strip().lower()
    fits = (feed for feed in feeds_of(site) if word in feed.name.lower() and kind in ("", feed.kind))
    groups = [_group(kind, [*some], q, after) for kind, some in groupby(fits, lambda feed: feed.kind)]
    return render(request, "feeds.html", groups=groups, formats=tuple(MEDIA), q=q)


def _group(kind: str, some: Sequence[Feed], q: str, after: str) -> Group:
    start = next((at + 1 for at, feed in enumerate(some) if after and feed.name == after), 0)
    shown = some[start : start + LISTED]
    more = urlencode({"q": q, "kind": kind, "after": shown[-1].name}) if start + LISTED < len(some) else ""
    return Group(GROUPS[kind], shown, len(some), more)
