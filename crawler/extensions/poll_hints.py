"""Poll hints: the pauses that the listings of a crawl request, collected as they are read, saved at its end."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from datetime import datetime, timedelta

from scrapy import Request
from scrapy.http import Response

from crawler.config import Source
from crawler.discover.freshness import fresh_s, skip_times
from crawler.discover.hubs import link_relations
from crawler.discover.listing import Feed
from crawler.errors import StateError
from crawler.extensions.checks import CHECK
from crawler.state import State
from crawler.state.poll_hints import Listing

LISTING_KEY = "listing_key"  # in a request's meta: the URL key of a listing whose state is kept


class HintCollector:
    """The poll hints of one crawl."""

    def __init__(self) -> None:
        self._listings: dict[int, Listing] = {}

    def received(self, request: Request, response: Response, now: datetime) -> None:
        """Collect the freshness that HTTP gives a listing's response, a 304 too."""
        key = request.meta.get(LISTING_KEY)
        if key is None or CHECK in request.meta or response.status not in {200, 304}:
            return
        names = ("Cache-Control", "Expires", "Date", "Age")
        seconds = fresh_s(*(_header(response, name) for name in names))
        fresh = (now + timedelta(seconds=seconds)).timestamp() if seconds else 0.0
        self._listings[key] = Listing(key, fresh, received=now.timestamp())

    def read(self, request: Request | None, response: Response, feed: Feed) -> None:
        """Collect the hints in the body of a feed."""
        known = self._listings.get(request.meta.get(LISTING_KEY, 0)) if request else None
        if known is None:
            return
        hours, days = skip_times(response.body)
        links = link_relations(_header(response, "Link"), response.url)
        hub = links.get("hub") or feed.hub
        self._listings[known.key] = replace(
            known,
            read=True,
            pause_s=feed.ttl_s or 0,
            skip_hours=tuple(sorted(hours)),
            skip_days=tuple(sorted(days)),
            hub=hub,
            topic=(links.get("self") or feed.self_url or response.url) if hub else "",
        )

    async def save(self, state: State, source: Source) -> None:
        """Save the hints in one round trip if they can have an effect; without Redis they are dropped."""
        adaptive = not source.every and not source.cron
        listings = list(self._listings.values())
        if listings and (adaptive or any(one.hub for one in listings)):
            with contextlib.suppress(StateError):
                await state.poll_hints.note(source.id, listings)


def _header(response: Response, name: str) -> str:
    value = response.headers.get(name)
    return value.decode("latin-1") if value else ""
