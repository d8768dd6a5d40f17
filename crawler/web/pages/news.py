"""The latest articles, and notices of new ones as they are stored (server-sent events)."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import StreamingResponse

from crawler.archive import ArticleRow, ItemFilter
from crawler.web.forms.times import after_of, cursor_of
from crawler.web.live import Follower
from crawler.web.rendering.views import is_fragment, render
from crawler.web.site import SiteOf

LISTED = 40  # articles
MAX_ID = 2**63 - 1

router = APIRouter()
Ids = Annotated[int, Query(ge=0, le=MAX_ID)]


@router.get("/")
def news(request: Request, site: SiteOf, before: str = "") -> Response:
    """Return the latest articles, or those before a cursor; only the rows for htmx."""
    newest = site.archive.last_id()
    rows = list(site.archive.items(ItemFilter(limit=LISTED + 1, after=after_of(before)), bodies=False))
    shown = rows[:LISTED]
    more = cursor_of(shown[-1]) if len(rows) > LISTED else ""
    template = "_news_page.html" if is_fragment(request) else "news.html"
    return render(
        request, template, rows=shown, days=by_day(shown, site.now()), more=more, newest=newest, before=before
    )


@router.get("/live")
def live(site: SiteOf, after: Ids = 0) -> Response:
    """Stream events `news`: {"last": id, "articles": number since `after`, "alerts": number of them, "more": bool}."""
    headers = {"X-Accel-Buffering": "no"}  # nginx must not buffer them
    return StreamingResponse(_events(site.follower, after), media_type="text/event-stream", headers=headers)


async def _events(follower: Follower, after: int) -> AsyncIterator[str]:
    yield "retry: 3000\n\n"
    async for arrivals in follower.follow(after):
        if arrivals is None:
            yield ": keep-alive\n\n"
            continue
        data = {name: getattr(arrivals, name) for name in ("last", "articles", "alerts", "more")}
        yield f"event: news\ndata: {json.dumps(data)}\n\n"


def by_day(rows: list[ArticleRow], now: datetime) -> list[tuple[str, list[ArticleRow]]]:
    """Group rows under the names of their local days: Today, Yesterday, Saturday 21 November."""
    today = now.astimezone().date()
    days: dict[str, list[ArticleRow]] = {}
    for row in rows:
        assert row.article.found is not None  # set for stored articles
        day = row.article.found.astimezone().date()
        back = (today - day).days
        year = "" if day.year == today.year else f" {day.year}"
        name = {0: "Today", 1: "Yesterday"}.get(back, f"{day:%A} {day.day} {day:%B}{year}")
        days.setdefault(name, []).append(row)
    return list(days.items())
