"""Exploring a site once a day, with Scrapy's downloader and therefore its middlewares."""

from __future__ import annotations

import asyncio
import logging

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK

from crawler.discover.explore.site import Explorer, Fetched, entry_points, parse_as
from crawler.extensions.context import CrawlContext
from crawler.state import EntryPoints

_log = logging.getLogger(__name__)


async def explore(crawler: Crawler, home: Response) -> EntryPoints:
    """Return the listings to poll on the site of `home`, best first, and its other section pages."""
    runtime = CrawlContext.of(crawler).runtime
    explorer, pool = Explorer(home.url, runtime.now()), runtime.pool
    responses = {home.url: _fetched(home.url, home)}
    while urls := explorer.next_urls():
        for url in urls:
            try:
                fetched = responses.pop(url, None) or _fetched(url, await _get(crawler, url))
                read = await pool.call(parse_as, explorer.role(url), fetched, subject=url)
            except Exception as error:  # noqa: BLE001  whatever it was, this address is not used
                explorer.fail(url, " ".join(str(error).split())[:200])
            else:
                explorer.receive(fetched, read)
    proposal = await asyncio.to_thread(explorer.proposal)
    points = tuple((str(point.kind), point.url) for point in entry_points(proposal))
    _log.info("%s: %d requests, polling %s", home.url, proposal.requests, [url for _, url in points])
    return EntryPoints(points, explorer.section_urls)


async def _get(crawler: Crawler, url: str) -> Response:
    response: Response = await crawler.engine.download_async(Request(url, callback=NO_CALLBACK))
    return response


def _fetched(url: str, response: Response) -> Fetched:
    headers = {name.decode("latin-1"): b",".join(values).decode("latin-1") for name, values in response.headers.items()}
    return Fetched(url, response.url, response.status, headers, response.body)
