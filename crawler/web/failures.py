"""Error pages: what happened and what to do. Under /api, errors are problem details."""

from __future__ import annotations

import logging
from urllib.parse import urlencode

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse
from fastapi.routing import iter_route_contexts
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.routing import compile_path

from crawler.errors import ArchiveError, WirewatchError
from crawler.web.access.authentication import SAFE, SignInError
from crawler.web.api.problems import API, Place, problem
from crawler.web.rendering.formats import line
from crawler.web.rendering.views import render
from crawler.web.server.security import HEADERS

METHOD_NOT_ALLOWED = 405
_log = logging.getLogger(__name__)

HEADINGS = {
    400: "Invalid request",
    403: "Access denied",
    404: "Page not found",
    405: "Method not allowed",
    409: "Conflicting change",
    413: "Request too large",
    422: "Invalid request",
    429: "Too many requests",
    500: "Server error",
    502: "No response",
    503: "Temporarily unavailable",
}


def fail(request: Request, status: int, message: str, *, headers: dict[str, str] | None = None) -> Response:
    """Return the error page, or problem details under /api."""
    if request.url.path.startswith(API):
        return problem(status, message, headers=headers)
    heading = HEADINGS.get(status, "Request failed")
    page = render(request, "failure.html", status=status, code=status, heading=heading, message=message)
    page.headers.update(headers or {})
    return page


def handle_failures(app: FastAPI) -> None:
    """Register a handler for each kind of error."""
    for kind, handler in (
        (HTTPException, _http),
        (RequestValidationError, _invalid),
        (SignInError, _sign_in),
        (ClientDisconnect, _disconnected),
        (WirewatchError, _known),
        (Exception, _unexpected),
    ):
        app.add_exception_handler(kind, handler)


def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    default = {404: "This page does not exist.", 405: "This address does not accept this request method."}
    is_default = error.detail in {"Not Found", "Method Not Allowed"}
    message = default.get(error.status_code, "") if is_default else error.detail
    headers = dict(error.headers or {})
    if error.status_code == METHOD_NOT_ALLOWED and request.url.path.startswith(API):
        headers["Allow"] = _allowed_methods(request.app, request.url.path)
    return fail(request, error.status_code, str(message), headers=headers)


def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    if request.url.path.startswith(API):
        places = [Place(place=".".join(map(str, e["loc"])), message=line(e["msg"])) for e in error.errors()[:20]]
        return problem(422, "The request has invalid parameters.", errors=places)
    message = "; ".join(f"{'.'.join(map(str, e['loc'][1:])) or e['loc'][0]}: {e['msg']}" for e in error.errors()[:5])
    return fail(request, 422, line(message))


def _sign_in(request: Request, error: Exception) -> Response:
    del error
    if request.url.path.startswith(API):
        return fail(request, 401, "Sign in or send an API token.")
    if request.headers.get("hx-request") == "true":
        return Response(status_code=401, headers={"HX-Redirect": "/sign-in"})
    target = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    back = f"?{urlencode({'next': target})}" if request.method in SAFE and target != "/" else ""
    return RedirectResponse(f"/sign-in{back}", 303)


def _disconnected(request: Request, error: Exception) -> Response:
    """Answer a client that closed its connection while sending a body. The client never reads this."""
    del request, error
    return Response(status_code=400)


def _known(request: Request, error: Exception) -> Response:
    """Show a WirewatchError, whose message is meant for users. The page of an archive error reloads by itself."""
    assert isinstance(error, WirewatchError)
    if not isinstance(error, ArchiveError):
        return fail(request, 502, line(error))
    if request.url.path.startswith(API):
        return fail(request, 503, line(error), headers={"Retry-After": "5"})
    page = render(request, "no_archive.html", status=503, message=error.message, transient=error.transient)
    page.headers["Retry-After"] = "5"
    return page


def _unexpected(request: Request, error: Exception) -> Response:
    _log.error("%s %s failed", request.method, request.url.path, exc_info=error)
    message = "The page could not be displayed. See the log for details. Monitoring is not affected."
    return fail(request, 500, message, headers=HEADERS)  # Starlette answers outside of the security middleware


def _allowed_methods(app: FastAPI, path: str) -> str:
    """Return the methods of an address for the Allow header (RFC 9110, 15.5.6): "GET, POST"; "" for no route.

    Of several routes that match, those with the fewest parameters count.
    """
    matches: dict[int, set[str]] = {}
    for context in iter_route_contexts(app.routes):
        pattern, _, parameters = compile_path(context.path or "")
        if pattern.match(path) and context.methods and context.include_in_schema:
            matches.setdefault(len(parameters), set()).update(context.methods)
    return ", ".join(sorted(matches[min(matches)])) if matches else ""
