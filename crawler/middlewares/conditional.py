"""Conditional requests for listings (RFC 9110 section 13): unchanged listings are neither sent nor read again."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Final

from scrapy import Request
from scrapy.http import Response

from crawler.extensions.context import Component
from crawler.extensions.poll_hints import LISTING_KEY
from crawler.state import Validators

WHOLE_AFTER_S: Final = 86_400.0  # without a new body: some servers' validators never change
_NOT_MODIFIED = 304


class ConditionalGetMiddleware(Component):
    """Sends If-None-Match and If-Modified-Since; a response with the same body as last time becomes a 304 too.

    The crawl context keeps the validators of a new body, and saves them only once everything that the listing named has
    been processed. New validators of an unchanged body are always saved. Once a day the body is requested without
    conditions.
    """

    async def process_request(self, request: Request) -> None:
        """Add the validators of the last complete crawl."""
        runtime = self.context.runtime
        key = request.meta.get(LISTING_KEY)
        if key is None:
            return
        known = await runtime.state.http.validators(key)
        request.meta["listing_known"] = known
        has_conditions = known.etag or known.last_modified
        if has_conditions and not 0 <= runtime.now().timestamp() - known.received < WHOLE_AFTER_S:
            self._crawler.stats.inc_value("conditional/whole_count")
            request.headers["Cache-Control"] = "no-cache"  # a cache on the way may serve an old body
            return
        if known.etag:
            request.headers["If-None-Match"] = known.etag
        if known.last_modified:
            request.headers["If-Modified-Since"] = known.last_modified

    async def process_response(self, request: Request, response: Response) -> Response:
        """Turn a response with an unchanged body into a 304, and keep new validators."""
        context = self.context
        key = request.meta.get(LISTING_KEY)
        if key is None:
            return response
        known: Validators = request.meta.get("listing_known") or Validators()
        sent = replace(known, etag=_header(response, "ETag"), last_modified=_header(response, "Last-Modified"))
        if response.status == _NOT_MODIFIED:  # it may have new validators (RFC 9111 section 4.3.4)
            self._crawler.stats.inc_value("conditional/not_modified_count")
            sent = replace(sent, etag=sent.etag or known.etag, last_modified=sent.last_modified or known.last_modified)
            self._renew(key, known, sent)
            return response
        if response.status != 200 or "dataloss" in response.flags:  # noqa: PLR2004  only for a complete 200
            return response
        body_hash = hashlib.blake2b(response.body, digest_size=16).hexdigest()
        sent = replace(sent, body_hash=body_hash, received=context.runtime.now().timestamp())
        if known.body_hash == body_hash:
            self._crawler.stats.inc_value("conditional/same_body_count")
            self._renew(key, known, sent)
            return response.replace(status=_NOT_MODIFIED, body=b"")
        context.validators[key] = sent
        return response

    def _renew(self, key: int, known: Validators, sent: Validators) -> None:
        has_any = sent.etag or sent.last_modified or known.etag or known.last_modified
        if has_any and sent != known:  # without validators, requests have no conditions anyway
            self.context.renewed[key] = sent


def _header(response: Response, name: str) -> str:
    value = response.headers.get(name)
    return value.decode("latin-1").strip()[:1024] if value else ""
