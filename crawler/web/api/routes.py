"""All routes of the API under /api/v1, and its OpenAPI 3.1 document at /api/v1/openapi.json."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.openapi.utils import get_openapi
from fastapi.responses import JSONResponse
from pydantic import TypeAdapter

from crawler.web.api import (
    alerts,
    articles,
    coverage,
    export,
    near_misses,
    rules,
    runs,
    source_suggestions,
    sources,
    stories,
    tokens,
)
from crawler.web.api.access import READ
from crawler.web.api.problems import Problem
from crawler.web.site import SiteOf
from settings import VERSION

DESCRIPTION = """Read articles, stories and alerts, manage silences and request crawls from programs.

Lists use cursor pagination: `next` is the address of the next page and is also sent as a Link header. Errors are
problem details (RFC 9457). Create a token with `wirewatch tokens add NAME --scope read|write|crawl|admin` and send it
as `Authorization: Bearer TOKEN`. If the page has no password, reading requires no token."""
_OPEN = [{"token": ["read"]}]

_document = APIRouter(include_in_schema=False, dependencies=[READ])


@_document.get("/openapi.json")
def openapi(request: Request, site: SiteOf) -> JSONResponse:
    """Return the OpenAPI document."""
    return JSONResponse(described(request.app.routes, needs_token=bool(site.password)))


def described(routes: Any, *, needs_token: bool) -> dict[str, Any]:
    """Return the OpenAPI document of the routes under /api/v1. `needs_token`: reading requires a token too."""
    document = get_openapi(title="Wirewatch", version=VERSION, description=DESCRIPTION, routes=routes)
    document["paths"] = {path: item for path, item in document["paths"].items() if path.startswith("/api/v1/")}
    schemas = document["components"]["schemas"]
    problem = TypeAdapter(Problem).json_schema(ref_template="#/components/schemas/{model}")
    schemas |= problem.pop("$defs") | {"Problem": problem}
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    if not needs_token:
        for item in document["paths"].values():
            for operation in item.values():
                if operation.get("security") == _OPEN:
                    operation["security"] = [{}, *_OPEN]
    return document


router = APIRouter(prefix="/api/v1")
for _module in (
    articles,
    stories,
    alerts,
    rules,
    near_misses,
    source_suggestions,
    sources,
    coverage,
    runs,
    export,
    tokens,
):
    router.include_router(_module.router)
router.include_router(_document)
