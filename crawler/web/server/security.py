"""Security middleware: checks of every request, and headers of every response. Plain ASGI, so that streams pass."""

from __future__ import annotations

from http.cookies import CookieError, SimpleCookie
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from crawler.web.access.authentication import SAFE
from crawler.web.access.sessions import LIFETIME, Session, Sessions
from crawler.web.api.problems import API, problem
from crawler.web.server.addresses import Addresses, host_of
from crawler.web.server.probes import PROBES

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",  # `no-referrer` would set the Origin of our own forms to null
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
TOO_LARGE = 413
MAX_BODY = 2 * 1024 * 1024  # bytes; no upload is larger than a watch file


class SecurityMiddleware:
    """Checks host, origin and size, reads the session, and sets cookie and security headers."""

    def __init__(self, app: ASGIApp, addresses: Addresses, sessions: Sessions) -> None:
        self._app = app
        self._addresses = addresses
        self._sessions = sessions

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Forward a request, or reject it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        rejection = self._rejection(scope, headers)
        session = self._session(headers)
        scope.setdefault("state", {})["session"] = session

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._add_headers(MutableHeaders(scope=message), scope, scope["state"]["session"])
                if message["status"] == TOO_LARGE:  # otherwise the server would read the rest of the body
                    MutableHeaders(scope=message)["Connection"] = "close"
            await send(message)

        if rejection is not None:
            await rejection(scope, receive, answer)
        else:
            await self._app(scope, _limited(receive), answer)

    def _rejection(self, scope: Scope, headers: Headers) -> Response | None:
        host = headers.get("host", "")
        if scope["path"] not in PROBES and not self._addresses.allows(host):  # probes use IP addresses
            return _rejected(scope, 421, "This host name is not allowed. Add it to WIREWATCH_WEB_NAMES.")
        if scope["method"] not in SAFE and not _same_origin(headers):
            return _rejected(scope, 403, "Cross-site requests cannot make changes.")
        length = headers.get("content-length", "0")
        if not (length.isascii() and length.isdecimal() and int(length[:20]) <= MAX_BODY):
            return _rejected(scope, TOO_LARGE, "The request body is too large.")
        return None

    def _session(self, headers: Headers) -> Session:
        try:
            jar = SimpleCookie(headers.get("cookie", ""))
        except CookieError:
            jar = SimpleCookie()
        morsel = jar.get(self._sessions.cookie)
        return (self._sessions.read(morsel.value) if morsel else None) or self._sessions.new()

    def _add_headers(self, headers: MutableHeaders, scope: Scope, session: Session) -> None:
        for name, value in HEADERS.items():
            headers.setdefault(name, value)
        headers.setdefault("Cache-Control", "no-store")
        if session.fresh and (session.signed_in or headers.get("content-type", "").startswith("text/html")):
            secure = "; Secure" if self._addresses.secure(scope) else ""
            life = f"Max-Age={int(LIFETIME.total_seconds())}"
            value = self._sessions.write(session)
            headers.append(
                "Set-Cookie", f"{self._sessions.cookie}={value}; Path=/; {life}; HttpOnly; SameSite=Strict{secure}"
            )


def _rejected(scope: Scope, status: int, message: str) -> Response:
    if scope["path"].startswith(API):
        return problem(status, message)
    return PlainTextResponse(f"{message}\n", status_code=status)


def _same_origin(headers: Headers) -> bool:
    """Return whether the request comes from our own page. Other clients send neither header nor cookie."""
    site = headers.get("sec-fetch-site")
    if site is not None and site not in {"same-origin", "none"}:
        return False
    origin = headers.get("origin")
    if origin is None:
        return True
    if origin == "null":
        return False
    try:
        netloc = urlsplit(origin).netloc
    except ValueError:
        return False
    return netloc.lower() == headers.get("host", "").strip().lower() and host_of(netloc) != ""


def _limited(receive: Receive) -> Receive:
    """Wrap `receive` to limit bodies without a declared length to MAX_BODY bytes."""
    total = 0

    async def limited() -> Message:
        nonlocal total
        message = await receive()
        if message["type"] == "http.request":
            total += len(message.get("body", b""))
            if total > MAX_BODY:
                raise HTTPException(TOO_LARGE, "The request body is too large.")
        return message

    return limited
