"""Follows pages that redirect their readers themselves (meta refresh), within the limits of redirects."""

from __future__ import annotations

from typing import Any

from scrapy import Request
from scrapy.downloadermiddlewares.redirect import MetaRefreshMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response

from crawler.discover.refresh import may_be_html, refresh_target

_OK = range(200, 300)


class RefreshMiddleware(MetaRefreshMiddleware):
    """Scrapy's middleware, which also reads `<noscript>`, and keeps the page if its target cannot be followed.

    A refresh counts as a redirect (REDIRECT_MAX_TIMES); the request it makes passes robots.txt, the check for private
    networks and the host gate like every other. METAREFRESH_ENABLED = False disables it.
    """

    def process_response(self, request: Request, response: Response, spider: Any = None) -> Request | Response:
        """Return a request for the target of the page, or the page."""
        del spider
        content_type = (response.headers.get("Content-Type") or b"").decode("latin-1")
        is_page = response.status in _OK and may_be_html(content_type)
        if not is_page or request.meta.get("dont_redirect") or request.method != "GET":
            return response
        target = refresh_target(response.body, response.url, content_type)
        if not target or _bare(target) in {_bare(url) for url in (request.url, *request.meta.get("redirect_urls", ()))}:
            return response
        try:
            return self._redirect(self._redirect_request_using_get(request, response, target), request, "meta refresh")
        except (IgnoreRequest, ValueError):  # too many redirects, or not an address
            return response


def _bare(url: str) -> str:
    return url.partition("#")[0]
