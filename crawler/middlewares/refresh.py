"""Follows pages that send their reader elsewhere by themselves, as far as redirects are followed."""

from __future__ import annotations

from typing import Any

from scrapy import Request
from scrapy.downloadermiddlewares.redirect import MetaRefreshMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response

from crawler.discover.refresh import may_be_html, refresh_target

_OK = range(200, 300)


class RefreshMiddleware(MetaRefreshMiddleware):
    """Scrapy's middleware, which also reads `<noscript>` and keeps the page where following it leads nowhere.

    A refresh counts as a redirect (REDIRECT_MAX_TIMES); the request it makes passes robots.txt, the guard of private
    networks and the host gate like every other. METAREFRESH_ENABLED turns it off.
    """

    def process_response(self, request: Request, response: Response, spider: Any = None) -> Request | Response:
        """Return a request for where the page leads, or the page."""
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
        except (IgnoreRequest, ValueError):  # too many redirects, or no address after all
            return response


def _bare(url: str) -> str:
    return url.partition("#")[0]
