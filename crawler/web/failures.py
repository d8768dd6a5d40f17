"""Failures as pages: what happened, in one sentence, and what to do. /api answers with problem details."""

from __future__ import annotations

import logging
from urllib.parse import urlencode

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from crawler.errors import ArchiveError, WirewatchError
from crawler.web.access.authentication import SAFE, SignInError
from crawler.web.api.problems import API, Place, problem
from crawler.web.api.routes import allowed_methods
from crawler.web.rendering.views import render
from crawler.web.rendering.words import line
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
    """The page for a failure."""
    if request.url.path.startswith(API):
        return problem(status, message, headers=headers)
    heading = HEADINGS.get(status, "Request failed")
    page = render(request, "failure.html", status=status, code=status, heading=heading, message=message)
    page.headers.update(headers or {})
    return page


def handle_failures(app: FastAPI) -> None:
    """Give every failure its page."""
    for kind, handler in (
        (HTTPException, _http),
        (RequestValidationError, _invalid),
        (SignInError, _sign_in),
        (ClientDisconnect, _gone),
        (WirewatchError, _ours),
        (Exception, _broken),
    ):
        app.add_exception_handler(kind, handler)


def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    default = {404: "This page does not exist.", 405: "This address does not accept this request method."}
    told = default.get(error.status_code, "") if error.detail in {"Not Found", "Method Not Allowed"} else error.detail
    headers = dict(error.headers or {})
    if error.status_code == METHOD_NOT_ALLOWED and request.url.path.startswith(API):
        headers["Allow"] = allowed_methods(request.app, request.url.path)
    return fail(request, error.status_code, str(told), headers=headers)


def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    if request.url.path.startswith(API):
        places = [Place(place=".".join(map(str, e["loc"])), message=line(e["msg"])) for e in error.errors()[:20]]
        return problem(422, "The request has invalid parameters.", errors=places)
    told = "; ".join(f"{'.'.join(map(str, e['loc'][1:])) or e['loc'][0]}: {e['msg']}" for e in error.errors()[:5])
    return fail(request, 422, line(told))


def _sign_in(request: Request, error: Exception) -> Response:
    del error
    if request.url.path.startswith(API):
        return fail(request, 401, "Sign in or send an API token.")
    if request.headers.get("hx-request") == "true":
        return Response(status_code=401, headers={"HX-Redirect": "/sign-in"})
    target = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    back = f"?{urlencode({'next': target})}" if request.method in SAFE and target != "/" else ""
    return RedirectResponse(f"/sign-in{back}", 303)


def _gone(request: Request, error: Exception) -> Response:
    """Answer a client that closed its connection while sending a body. The client never reads this."""
    del request, error
    return Response(status_code=400)


def _ours(request: Request, error: Exception) -> Response:
    """Show an error of our own tree: its message is for users. An archive error gets a page that reloads."""
    assert isinstance(error, WirewatchError)
    if not isinstance(error, ArchiveError):
        return fail(request, 502, line(error))
    if request.url.path.startswith(API):
        return fail(request, 503, line(error), headers={"Retry-After": "5"})
    page = render(request, "no_archive.html", status=503, message=error.message, transient=error.transient)
    page.headers["Retry-After"] = "5"
    return page


def _broken(request: Request, error: Exception) -> Response:
    _log.error("%s %s failed", request.method, request.url.path, exc_info=error)
    told = "The page could not be displayed. See the log for details. Monitoring is not affected."
    return fail(request, 500, told, headers=HEADERS)  # answered outside of the gatehouse
