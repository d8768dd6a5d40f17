"""Conditional requests for listings (RFC 9110 section 13): what did not change is not sent, and not read again."""

from __future__ import annotations

import hashlib

from scrapy import Request
from scrapy.http import Response

from crawler.extensions.asked import META
from crawler.extensions.component import Component
from crawler.state import Validators

_NOT_MODIFIED = 304


class ConditionalGetMiddleware(Component):
    """Sends If-None-Match and If-Modified-Since; a body that is the same as last time becomes a 304 as well.

    The new validators are kept by the newsroom and saved only when all that the listing named is dealt with.
    """

    async def process_request(self, request: Request) -> None:
        """Adds the validators of the last complete crawl."""
        runtime = self.newsroom.runtime
        key = request.meta.get(META)
        if key is None:
            return
        known = await runtime.state.http.validators(key)
        request.meta["listing_known"] = known
        if known.etag:
            request.headers["If-None-Match"] = known.etag
        if known.last_modified:
            request.headers["If-Modified-Since"] = known.last_modified

    async def process_response(self, request: Request, response: Response) -> Response:
        """Turns an unchanged body into a 304 and notes the new validators."""
        newsroom = self.newsroom
        key = request.meta.get(META)
        if key is None:
            return response
        if response.status == _NOT_MODIFIED:
            self._crawler.stats.inc_value("conditional/not_modified_count")
            return response
        if response.status != 200 or "dataloss" in response.flags:  # noqa: PLR2004  only a whole 200 can be remembered
            return response
        body_hash = hashlib.blake2b(response.body, digest_size=16).hexdigest()
        known: Validators | None = request.meta.get("listing_known")
        if known is not None and known.body_hash == body_hash:
            self._crawler.stats.inc_value("conditional/same_body_count")
            return response.replace(status=_NOT_MODIFIED, body=b"")
        newsroom.validators[key] = Validators(
            etag=_header(response, "ETag"), last_modified=_header(response, "Last-Modified"), body_hash=body_hash
        )
        return response


def _header(response: Response, name: str) -> str:
    value = response.headers.get(name)
    return value.decode("latin-1").strip()[:1024] if value else ""
