"""Template rendering: `render(request, "news.html", rows=rows)`. All values are escaped; undefined names are errors."""

from __future__ import annotations

from functools import cache, partial
from typing import Any, NamedTuple

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

from crawler.config import Watch
from crawler.errors import ArchiveError
from crawler.text.shown import visible
from crawler.web.access.authentication import is_signed_in, session_of, sessions_of
from crawler.web.rendering import formats
from crawler.web.server.statics import static_path


class NavigationItem(NamedTuple):
    """A page in the header: its path, its name, and the key that opens it after g."""

    path: str
    name: str
    key: str


NAVIGATION = (
    NavigationItem("/", "New", "n"),
    NavigationItem("/search", "Search", "f"),
    NavigationItem("/stories", "Stories", "s"),
    NavigationItem("/alerts", "Alerts", "a"),
    NavigationItem("/rules", "Rules", "r"),
    NavigationItem("/sources", "Sources", "o"),
    NavigationItem("/coverage", "Coverage", "c"),
    NavigationItem("/status", "Status", "t"),
)
FILTERS = (
    *("line", "headline", "body", "link", "host", "language"),
    *("clock", "full_time", "machine_time", "ago", "number", "plural"),
)


def render(request: Request, template: str, *, status: int = 200, **context: Any) -> HTMLResponse:
    """Render a page or a fragment. Raises jinja2.UndefinedError for an undefined name in the template.

    All templates also receive `site`, `now`, `here` (the path), `token` (for forms), `open` (whether the request may
    read), `reading` (the watch file) and `named` (the name of a source by its id).
    """
    site = request.app.state.site
    shared = {
        "request": request,
        "site": site,
        "now": site.now(),
        "here": request.url.path,
        "token": sessions_of(request).token(session_of(request)),
        "open": _is_open(request),
        "reading": (reading := site.watch_file.read()),
        "named": partial(_named, reading.watch),
    }
    html = templates().get_template(template).render(shared | context)
    return HTMLResponse(html.encode("utf-8", "replace"), status_code=status)


def _named(watch: Watch, source_id: str) -> str:
    """Return the name of a source, or its id if it has none or is no longer in the watch file."""
    known = watch.source_by_id.get(source_id)
    return known.label if known else source_id


def _is_open(request: Request) -> bool:
    try:
        return is_signed_in(request)
    except ArchiveError:  # the error page itself must still be rendered
        return False


def is_fragment(request: Request) -> bool:
    """Return whether htmx requested a fragment."""
    return request.headers.get("hx-request") == "true"


def _finalized(value: object) -> object:
    """Clean a value that a template shows without a filter. Markup comes from macros with clean values."""
    return visible(value) if type(value) is str else value


@cache
def templates() -> Environment:
    """Return the environment of crawler/web/templates, with the filters of crawler.web.rendering.formats."""
    environment = Environment(
        loader=PackageLoader("crawler.web", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_finalized,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    for name in FILTERS:
        environment.filters[name] = getattr(formats, name)
    environment.globals |= {"static": static_path, "navigation": NAVIGATION}
    return environment
