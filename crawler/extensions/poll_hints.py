"""What the listings of one crawl ask of the schedule, gathered while they are read and noted once, at its end."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from datetime import datetime, timedelta

from scrapy import Request
from scrapy.http import Response

from crawler.config import Source
from crawler.discover.feeds.freshness import fresh_s, skip_times
from crawler.discover.feeds.hubs import link_relations
from crawler.discover.listing import Feed
from crawler.errors import StateError
from crawler.state import State
from crawler.state.poll_hints import Listing

META = "listing_key"  # of a request: the URL key of a listing that is remembered


class HintCollector:
    """What was heard in one crawl."""

    def __init__(self) -> None:
        self._listings: dict[int, Listing] = {}

    def heard(self, request: Request, response: Response, now: datetime) -> None:
        """A listing's answer, a 304 as well: what HTTP says about it."""
        key = request.meta.get(META)
        if key is None or response.status not in {200, 304}:
            return
        names = ("Cache-Control", "Expires", "Date", "Age")
        seconds = fresh_s(*(_header(response, name) for name in names))
        fresh = (now + timedelta(seconds=seconds)).timestamp() if seconds else 0.0
        self._listings[key] = Listing(key, fresh, received=now.timestamp())

    def read(self, request: Request | None, response: Response, feed: Feed) -> None:
        """A feed whose body was read: what it says itself."""
        known = self._listings.get(request.meta.get(META, 0)) if request else None
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
        """Notes it, in one round trip, where it can change anything; without Redis it is left."""
        adaptive = not source.every and not source.cron
        heard = list(self._listings.values())
        if heard and (adaptive or any(one.hub for one in heard)):
            with contextlib.suppress(StateError):
                await state.poll_hints.note(source.id, heard)


def _header(response: Response, name: str) -> str:
    value = response.headers.get(name)
    return value.decode("latin-1") if value else ""
