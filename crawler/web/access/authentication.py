"""Authentication dependencies for routers: a signed-in session, and a form token for every change."""

from __future__ import annotations

from collections.abc import AsyncIterator

from fastapi import HTTPException, Request

from crawler.web.access.sessions import Session, Sessions
from crawler.web.site import Site

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
FIELD = "csrf"  # the name of a form's hidden field
HEADER = "X-CSRF-Token"  # what htmx sends instead


class SignInError(Exception):
    """A client that is not signed in requested a page that requires it."""


def session_of(request: Request) -> Session:
    """Return the session of a request; every request has one."""
    session: Session = request.state.session
    return session


def sessions_of(request: Request) -> Sessions:
    """Return the session manager of the application."""
    sessions: Sessions = request.app.state.sessions
    return sessions


def is_signed_in(request: Request) -> bool:
    """Return whether this request may read everything: without a password, no sign-in is required.

    Raises ArchiveError if the archive cannot check whether the session was signed out.
    """
    site: Site = request.app.state.site
    session = session_of(request)
    return not site.password or (session.signed_in and session.nonce not in site.archive.ended_sessions)


def signed_in(request: Request) -> None:
    """Require a signed-in session. Raises SignInError, which leads to the sign-in page."""
    if not is_signed_in(request):
        raise SignInError


async def form_token(request: Request) -> AsyncIterator[None]:
    """Require a valid form token for changes. Raises HTTPException 403."""
    try:
        if request.method not in SAFE:
            token = request.headers.get(HEADER) or await _field(request)
            if not token or not sessions_of(request).accepts(session_of(request), token):
                raise HTTPException(403, "The form token is missing or has expired. Reload the page and try again.")
        yield
    finally:
        await request.close()  # uploaded files


async def _field(request: Request) -> str:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in {"application/x-www-form-urlencoded", "multipart/form-data"}:
        return ""
    found = (await request.form()).get(FIELD)
    return found if isinstance(found, str) else ""
