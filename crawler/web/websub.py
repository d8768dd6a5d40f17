"""Where WebSub hubs call back: /websub/TOKEN. The token is the door, and a push counts by its signature alone.

https://www.w3.org/TR/websub/ sections 5.3 (verification of intent), 5.2 (denial) and 7.1 (authenticated content).
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import PlainTextResponse, Response

from crawler.errors import StateError
from crawler.service.tasks import ask_crawl
from crawler.state import State
from crawler.state.websub import Subscription
from crawler.web.site import Site, SiteOf

TOKEN_CHARS: Final = 43  # 32 random bytes
MAX_CHALLENGE: Final = 2000
LEASES_S: Final = (300, 30 * 86_400)
DENIED_S: Final = 86_400.0
PATIENCE_S: Final = 5.0
_METHODS: Final = {"sha256": hashlib.sha256, "sha384": hashlib.sha384, "sha512": hashlib.sha512}  # sha1 is broken
_log = logging.getLogger(__name__)

router = APIRouter(prefix="/websub", include_in_schema=False)


@router.get("/{token}")
async def verify(request: Request, token: str, site: SiteOf) -> Response:
    """Answers a hub that asks whether we asked, or that says no."""
    if len(token) != TOKEN_CHARS:
        return _no()
    asked = request.query_params
    mode, topic, challenge = (asked.get(name, "") for name in ("hub.mode", "hub.topic", "hub.challenge"))
    async with _state(site) as state:
        one = await state.websub.one(token)
        if one is None or topic != one.topic:
            return _no()
        if mode == "denied":
            _log.info("the hub of %s denies: %s", one.source, asked.get("hub.reason", "")[:200])
            denied = site.now().timestamp() + DENIED_S
            await state.websub.save(replace(one, pending=False, until=0.0, denied_until=denied))
            return PlainTextResponse("noted")
        wanted = "unsubscribe" if one.leaving else "subscribe"
        if mode != wanted or not one.pending or not 0 < len(challenge) <= MAX_CHALLENGE:
            return _no()
        if one.leaving:
            await state.websub.drop(token)
        else:
            await state.websub.save(_verified(one, asked.get("hub.lease_seconds", ""), site.now().timestamp()))
        return PlainTextResponse(challenge)


@router.post("/{token}")
async def push(request: Request, token: str, site: SiteOf) -> Response:
    """News of a topic: its source is crawled at once. What is signed wrongly is answered alike, and ignored."""
    if len(token) != TOKEN_CHARS:
        return _gone()
    body = await request.body()  # the gatehouse limits it
    async with _state(site) as state:
        one = await state.websub.one(token)
        if one is None:
            return _gone()
        if one.leaving or not is_signed(request.headers.get("x-hub-signature", ""), one.secret, body):
            _log.info("a push for %s is ignored", one.source)
            return PlainTextResponse("", 202)
        now = site.now()
        await state.websub.save(replace(one, pushed=now.timestamp(), doubted=False))
        try:
            async with asyncio.timeout(PATIENCE_S):
                await ask_crawl(site.redis_url, one.source, now)
        except TimeoutError as error:
            raise StateError("the service does not answer", subject=one.source) from error
    return PlainTextResponse("", 202)


def is_signed(header: str, secret: str, body: bytes) -> bool:
    """Whether `method=hex` is the HMAC of the body under the secret, by SHA-256 or better."""
    method, _, given = header[:300].strip().partition("=")
    hashed = _METHODS.get(method.lower())
    if hashed is None or not given.isascii():
        return False
    return hmac.compare_digest(hmac.new(secret.encode(), body, hashed).hexdigest(), given.lower())


def _verified(one: Subscription, lease: str, now_s: float) -> Subscription:
    told = int(lease) if lease.isascii() and lease.isdecimal() and len(lease) < 10 else 86_400  # noqa: PLR2004
    lease_s = float(min(max(told, LEASES_S[0]), LEASES_S[1]))
    began = one.began or now_s
    return replace(
        one, pending=False, began=began, until=now_s + lease_s, lease_s=lease_s, denied_until=0.0, doubted=False
    )


def _no() -> Response:
    return PlainTextResponse("not asked for", 404)


def _gone() -> Response:
    return PlainTextResponse("not subscribed", 410)


@asynccontextmanager
async def _state(site: Site) -> AsyncIterator[State]:
    """The service's state. Raises StateError, an answer of 503, while no service is running: the hub tries again."""
    if not site.redis_url:
        raise StateError("no service is running", subject="WebSub")
    state = State.connect(site.redis_url, retries=0)
    try:
        yield state
    finally:
        await state.close()
