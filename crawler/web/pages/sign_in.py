"""Signing in and out. Attempts are limited per client and in total (crawler.web.access.passwords)."""

from __future__ import annotations

import math
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse

from crawler.web.access.authentication import form_token, is_signed_in, session_of, sessions_of
from crawler.web.access.passwords import MAX_CHARS, SignInAttempts
from crawler.web.rendering.views import render
from crawler.web.server.clients import client_in
from crawler.web.site import SiteOf

BROWSER_S = 400 * 86_400  # as long as browsers keep a cookie (RFC 6265bis, 5.5)

router = APIRouter(dependencies=[Depends(form_token)], include_in_schema=False)


@router.get("/sign-in")
def sign_in(request: Request, next: str = "/") -> Response:  # noqa: A002  the name in the address
    """Return the form; redirect a browser that is signed in."""
    if is_signed_in(request):
        return RedirectResponse(own_path(next), 303)
    return render(request, "sign_in.html", target=own_path(next), error="")


@router.post("/sign-in")
async def try_password(
    request: Request,
    site: SiteOf,
    password: Annotated[str, Form(max_length=MAX_CHARS)] = "",
    next: Annotated[str, Form()] = "/",  # noqa: A002
) -> Response:
    """Start a new signed-in session, which prevents session fixation."""
    attempts: SignInAttempts = request.app.state.sign_in_attempts
    sessions = sessions_of(request)
    browser = sessions.browser(request.cookies.get(sessions.browser_cookie, ""))
    address = client_in(request.scope)
    wait_s = await attempts.take(address, browser)
    if wait_s:
        message = f"Too many attempts. Try again in {math.ceil(wait_s)} s."
        page = render(request, "sign_in.html", status=429, target=own_path(next), error=message)
        page.headers["Retry-After"] = str(math.ceil(wait_s))
        return page
    if not (site.password and await attempts.verify(password, site.password)):
        return render(request, "sign_in.html", status=403, target=own_path(next), error="Incorrect password.")
    attempts.reset(address, browser)
    request.state.session = sessions.new(signed_in=True)
    answer = RedirectResponse(own_path(next), 303)
    if not browser:
        answer.set_cookie(
            sessions.browser_cookie,
            sessions.new_browser(),
            max_age=BROWSER_S,
            secure=site.addresses.secure(request.scope),
            httponly=True,
            samesite="strict",
        )
    return answer


@router.post("/sign-out")
def sign_out(request: Request, site: SiteOf) -> Response:
    """End the session in all processes that serve the page. Raises ArchiveError if that cannot be stored."""
    session = session_of(request)
    request.state.session = sessions_of(request).new()
    if session.signed_in:
        site.archive.ended_sessions.add(session.nonce, session.until, site.now())
    return RedirectResponse("/sign-in", 303)


def own_path(target: str) -> str:
    """Return a path of this site; "/" for an address that leads elsewhere."""
    try:
        parts = urlsplit(target)
    except ValueError:
        return "/"
    is_own = target.startswith("/") and not target.startswith(("//", "/\\")) and not parts.netloc and not parts.scheme
    return target if is_own and target.isprintable() and "\\" not in target else "/"
