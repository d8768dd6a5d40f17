"""The WebSub callback: /websub/TOKEN. The token gives access; a push is accepted only by its signature.

https://www.w3.org/TR/websub/ sections 5.3 (verification of intent), 5.2 (denial) and 7.1 (authenticated content).
"""

from __future__ import annotations

import hmac
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import PlainTextResponse, Response

from crawler.errors import StateError
from crawler.state import State
from crawler.state.websub import Subscription
from crawler.usecases.crawl_requests import request_crawl
from crawler.web.site import Site, SiteOf

TOKEN_CHARS: Final = 43  # 32 random bytes
MAX_CHALLENGE: Final = 2000
LEASES_S: Final = (300, 30 * 86_400)
DENIED_S: Final = 86_400.0
METHODS: Final = frozenset({"sha1", "sha256", "sha384", "sha512"})  # section 7.1; an HMAC does not need more than SHA-1
_log = logging.getLogger(__name__)

router = APIRouter(prefix="/websub", include_in_schema=False)


@router.get("/{token}")
async def verify(request: Request, token: str, site: SiteOf) -> Response:
    """Verify the intent of a hub, or record its denial. A hub may verify again while the subscription is active."""
    if len(token) != TOKEN_CHARS:
        return _not_found()
    parameters = request.query_params
    mode, topic, challenge = (parameters.get(name, "") for name in ("hub.mode", "hub.topic", "hub.challenge"))
    async with _state(site) as state:
        one = await state.websub.one(token)
        if one is None or topic != one.topic:
            return _not_found()
        if mode == "denied":
            _log.info("the hub of %s denied the subscription: %s", one.source, parameters.get("hub.reason", "")[:200])
            denied = site.now().timestamp() + DENIED_S
            await state.websub.save(replace(one, pending=False, until=0.0, denied_until=denied))
            return PlainTextResponse("noted")
        expected = "unsubscribe" if one.leaving else "subscribe"
        is_open = one.pending or one.active(site.now().timestamp())
        if mode != expected or not is_open or not 0 < len(challenge) <= MAX_CHALLENGE:
            return _not_found()
        if one.leaving:
            await state.websub.drop(token)
        else:
            await state.websub.save(_verified(one, parameters.get("hub.lease_seconds", ""), site.now().timestamp()))
        return PlainTextResponse(challenge)


@router.post("/{token}")
async def push(request: Request, token: str, site: SiteOf) -> Response:
    """Crawl the source of a pushed topic at once. An unverified push gets the same response, is logged and ignored."""
    if len(token) != TOKEN_CHARS:
        return _gone()
    body = await request.body()  # limited by the security middleware
    async with _state(site) as state:
        one = await state.websub.one(token)
        if one is None:
            return _gone()
        now = site.now()
        if one.leaving:
            return PlainTextResponse("", 202)
        if why := doubt(request.headers.get("x-hub-signature", ""), one.secret, body):
            _log.info("ignoring a push for %s: %s", one.source, why)
            await state.websub.save(one.unverified(now.timestamp(), why))
            return PlainTextResponse("", 202)
        await state.websub.save(one.verified(now.timestamp()))
        await request_crawl(site.redis_url, one.source, now)
    return PlainTextResponse("", 202)


def doubt(header: str, secret: str, body: bytes) -> str:
    """Return why a push cannot be verified; "" if `method=hex` is the HMAC of its body with the secret."""
    method, _, given = (part.strip() for part in header[:300].lower().partition("="))
    if not header.strip():
        return "it has no X-Hub-Signature"
    if method not in METHODS:
        return f"its signature method is not one of {', '.join(sorted(METHODS))}"
    good = given.isascii() and hmac.compare_digest(hmac.new(secret.encode(), body, method).hexdigest(), given)
    return "" if good else f"its {method} signature does not match"


def _verified(one: Subscription, lease: str, now_s: float) -> Subscription:
    requested = int(lease) if lease.isascii() and lease.isdecimal() and len(lease) < 10 else 86_400  # noqa: PLR2004
    lease_s = float(min(max(requested, LEASES_S[0]), LEASES_S[1]))
    began = one.began or now_s
    doubted = one.doubted and not one.pending  # a hub that renews the subscription itself has not pushed yet
    return replace(
        one, pending=False, began=began, until=now_s + lease_s, lease_s=lease_s, denied_until=0.0, doubted=doubted
    )


def _not_found() -> Response:
    return PlainTextResponse("unknown subscription", 404)


def _gone() -> Response:
    return PlainTextResponse("not subscribed", 410)


@asynccontextmanager
async def _state(site: Site) -> AsyncIterator[State]:
    """Open the service's state. Raises StateError, answered with 503, if no service is running: the hub retries."""
    if not site.redis_url:
        raise StateError("the service is not running", subject="WebSub")
    state = State.connect(site.redis_url, retries=0)
    try:
        yield state
    finally:
        await state.close()
