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
from crawler.web.api.methods import allowed
from crawler.web.api.problems import API, Place, problem
from crawler.web.authentication import SAFE, SignInError
from crawler.web.security import HEADERS
from crawler.web.views import render
from crawler.web.words import line

METHOD_NOT_ALLOWED = 405
_log = logging.getLogger(__name__)

HEADINGS = {
    400: "That cannot be read",
    403: "Not allowed",
    404: "Not here",
    405: "Not this way",
    409: "Changed in the meantime",
    413: "Too much at once",
    422: "That cannot be read",
    429: "Too many tries",
    500: "Something broke",
    502: "No answer",
    503: "Not now",
}


def fail(request: Request, status: int, message: str, *, headers: dict[str, str] | None = None) -> Response:
    """The page for a failure."""
    if request.url.path.startswith(API):
        return problem(status, message, headers=headers)
    heading = HEADINGS.get(status, "That did not work")
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
    default = {404: "There is no such page.", 405: "This address takes no such request."}
    told = default.get(error.status_code, "") if error.detail in {"Not Found", "Method Not Allowed"} else error.detail
    headers = dict(error.headers or {})
    if error.status_code == METHOD_NOT_ALLOWED and request.url.path.startswith(API):
        headers["Allow"] = allowed(request.app, request.url.path)
    return fail(request, error.status_code, str(told), headers=headers)


def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    if request.url.path.startswith(API):
        places = [Place(place=".".join(map(str, e["loc"])), message=line(e["msg"])) for e in error.errors()[:20]]
        return problem(422, "Something in the request cannot be read.", errors=places)
    told = "; ".join(f"{'.'.join(map(str, e['loc'][1:])) or e['loc'][0]}: {e['msg']}" for e in error.errors()[:5])
    return fail(request, 422, line(told))


def _sign_in(request: Request, error: Exception) -> Response:
    del error
    if request.url.path.startswith(API):
        return fail(request, 401, "sign in first, or send a token")
    if request.headers.get("hx-request") == "true":
        return Response(status_code=401, headers={"HX-Redirect": "/sign-in"})
    target = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    back = f"?{urlencode({'next': target})}" if request.method in SAFE and target != "/" else ""
    return RedirectResponse(f"/sign-in{back}", 303)


def _gone(request: Request, error: Exception) -> Response:
    """Answer a client that closed its connection while it sent a body: no one reads this, and nothing is wrong."""
    del request, error
    return Response(status_code=400)


def _ours(request: Request, error: Exception) -> Response:
    """Show a failure of our own tree: its sentence is made for people. The archive's gets a page that looks again."""
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
    told = "This page failed. The log says more; the monitor itself is not touched by it."
    return fail(request, 500, told, headers=HEADERS)  # answered outside of the gatehouse
