"""The subscriber of WebSub (https://www.w3.org/TR/websub/): which topics to subscribe to, at which hubs, and when.

A hub calls back at WIREWATCH_WEB_URL (crawler.web.websub); without a public address there are no subscriptions. A push
only announces news: the source is then crawled at once, as usual. Each feed of a source that names a hub is a topic of
its own. Polling continues, less often if all feeds of a source are pushed.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from functools import partial
from ipaddress import ip_address
from typing import Final
from urllib.parse import urljoin, urlsplit

import aiohttp

from crawler.errors import FetchError, WirewatchError
from crawler.health import Condition, Finding
from crawler.items import Run
from crawler.networks import is_private_address, open_socket
from crawler.runtime import Runtime
from crawler.schedule.due_time import phase
from crawler.state.offers import Offer
from crawler.state.websub import Subscription

CHECK_S: Final = 30.0
PATH: Final = "/websub/"
LEASE_S: Final = 7 * 86_400
RETRY_S: Final = 3600.0  # after a request without a response
DENIED_S: Final = 86_400.0
DOUBTED_S: Final = 86_400.0  # between requests to a hub that missed a push
UNVERIFIED_S: Final = 7 * 86_400.0  # how long an unverified push remains a problem of its source
MOST_AT_ONCE: Final = 20  # requests in one check
MOST_TOPICS: Final = 20  # of a source
MOST_REDIRECTS: Final = 3
TIMEOUT_S: Final = 10.0
_LOCAL: Final = (".local", ".internal", ".localhost", ".lan", ".home.arpa", ".test", ".invalid")

_log = logging.getLogger(__name__)


class Mode(StrEnum):
    """The hub.mode of a request."""

    SUBSCRIBE = "subscribe"
    UNSUBSCRIBE = "unsubscribe"


@dataclass(frozen=True, slots=True)
class Step:
    """The next request for a subscription; `mode` None: delete it."""

    mode: Mode | None
    subscription: Subscription


def is_public(url: str) -> bool:
    """Return whether hubs may be able to reach an address: a name or IP address of the public internet."""
    host = (urlsplit(url).hostname or "").rstrip(".")
    try:
        ip_address(host)
    except ValueError:
        return "." in host and not host.endswith(_LOCAL)
    return not is_private_address(host)


def renew_at(one: Subscription) -> float:
    """Return when a lease is renewed: after 70 to 90 % of it, each subscription at a time of its own."""
    return one.until - one.lease_s * (0.1 + 0.2 * phase(one.token))


def topics_of(offers: Mapping[str, Sequence[Offer]]) -> dict[tuple[str, str], str]:
    """Return the hub of each (source, topic) to subscribe to: at most MOST_TOPICS of a source, each at one hub."""
    found: dict[tuple[str, str], str] = {}
    for source, feeds in offers.items():
        topics: dict[str, str] = {}
        for one in feeds:
            if one.hub and one.topic:
                topics.setdefault(one.topic, one.hub)
        found |= {(source, topic): topics[topic] for topic in list(topics)[:MOST_TOPICS]}
    return found


def steps(topics: Mapping[tuple[str, str], str], known: Sequence[Subscription], now_s: float) -> list[Step]:
    """Return the next steps. `topics`: see `topics_of`. Pure except for the tokens and secrets of new subscriptions."""
    found: list[Step] = []
    current: set[tuple[str, str]] = set()
    for one in known:
        key = (one.source, one.topic)
        if topics.get(key) == one.hub and not one.leaving and key not in current:
            current.add(key)
            if _is_due(one, now_s):
                found.append(Step(Mode.SUBSCRIBE, one))
        elif not one.active(now_s) and not (one.leaving and now_s < one.requested + RETRY_S):
            found.append(Step(None, one))
        elif not one.leaving:
            found.append(Step(Mode.UNSUBSCRIBE, one))
    for source, topic in sorted(topics.keys() - current):
        hub = topics[source, topic]
        new = Subscription(secrets.token_urlsafe(32), source, hub, topic, secrets.token_urlsafe(48))
        found.append(Step(Mode.SUBSCRIBE, new))
    return found


def _is_due(one: Subscription, now_s: float) -> bool:
    pause_s = DOUBTED_S if one.doubted and one.active(now_s) else RETRY_S
    if now_s < max(one.denied_until, one.requested + pause_s):
        return False
    return one.doubted or not one.active(now_s) or now_s >= renew_at(one)


def unverified_pushes(known: Sequence[Subscription], now: datetime) -> dict[str, Finding]:
    """Return for each source what is wrong with its pushes that could not be verified in the last UNVERIFIED_S."""
    found: dict[str, Finding] = {}
    for one in known:
        if one.leaving or not one.unverified_since or one.unverified_last < now.timestamp() - UNVERIFIED_S:
            continue
        since = datetime.fromtimestamp(one.unverified_since, UTC)
        if one.source not in found or since < found[one.source].since:
            hub = urlsplit(one.hub).hostname or one.hub
            detail = f"a push for {one.topic} by {hub}: {one.unverified_why}"
            found[one.source] = Finding(Condition.UNVERIFIED_PUSH, since, detail)
    return found


def is_silent(known: Sequence[Subscription], runs: Sequence[Run]) -> bool:
    """Return whether the last run found news since the run before it, without a push.

    `known`: the subscriptions of a source all of whose feeds are pushed. It is not known which feed had the news.
    """
    if len(runs) < 2 or not runs[-1].new or not known:  # noqa: PLR2004
        return False
    before = runs[-2].started.timestamp()
    return all(one.began < before and one.pushed < before for one in known)


class Subscriber:
    """Subscribes at hubs. `home`: WIREWATCH_WEB_URL. `private`: hubs may be on private networks."""

    def __init__(self, runtime: Runtime, home: str, *, private: bool = False) -> None:
        self._runtime = runtime
        self._home = home.rstrip("/")
        self._private = private

    async def renew(self) -> None:
        """Send the requests that are due, at most MOST_AT_ONCE. Failures are retried later."""
        memory, now = self._runtime.state.websub, self._runtime.now()
        try:
            offers = await self._runtime.state.poll_hints.offers(now.timestamp())
            active = {source.id for source in self._runtime.watch.sources if not source.paused}
            topics = topics_of({name: feeds for name, feeds in offers.items() if name in active})
            for step in steps(topics, await memory.listed(), now.timestamp())[:MOST_AT_ONCE]:
                if step.mode is None:
                    await memory.drop(step.subscription.token)
                else:
                    await self._request(step.mode, step.subscription, now)
        except WirewatchError as error:
            _log.warning("WebSub subscriptions postponed: %s", error)

    async def _request(self, mode: Mode, one: Subscription, now: datetime) -> None:
        memory = self._runtime.state.websub
        leaving = mode is Mode.UNSUBSCRIBE
        requested = replace(one, requested=now.timestamp(), pending=True, leaving=leaving)
        await memory.save(requested)  # first: some hubs verify before they respond
        try:
            status = await self._post(mode, requested)
        except FetchError as error:
            _log.info("%s: %s", one.source, error)
            return
        if 400 <= status < 500:  # noqa: PLR2004  the hub refuses
            _log.info("%s: the hub %s answered %d", one.source, one.hub, status)
            await memory.save(replace(requested, pending=False, denied_until=now.timestamp() + DENIED_S))

    async def _post(self, mode: Mode, one: Subscription) -> int:
        """Send a request to the hub, follow its redirects, and return the status. Raises FetchError."""
        form = {"hub.mode": mode.value, "hub.topic": one.topic, "hub.callback": f"{self._home}{PATH}{one.token}"}
        if mode is Mode.SUBSCRIBE:
            form |= {"hub.secret": one.secret, "hub.lease_seconds": str(LEASE_S)}
        url = one.hub
        try:
            async with aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(total=TIMEOUT_S),
                connector=aiohttp.TCPConnector(socket_factory=partial(open_socket, private=self._private)),
                cookie_jar=aiohttp.DummyCookieJar(),
            ) as session:
                for _ in range(MOST_REDIRECTS + 1):
                    async with session.post(url, data=form, allow_redirects=False) as answer:
                        status, url = answer.status, redirect_of(url, answer.status, answer.headers.get("Location", ""))
                    if not url:
                        return status
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise FetchError(f"the hub is unreachable ({type(error).__name__})", subject=one.hub) from error
        raise FetchError(f"the hub redirects more than {MOST_REDIRECTS} times", subject=one.hub)


def redirect_of(url: str, status: int, location: str) -> str:
    """Return where a hub redirects a request (https://www.w3.org/TR/websub/ section 5.1.2: 307 and 308), "" if not.

    The request has a secret and is not redirected from https to http. Raises ValueError for an invalid address.
    """
    if status not in {307, 308} or not location:
        return ""
    found = urljoin(url, location)
    schemes = ("https",) if urlsplit(url).scheme == "https" else ("http", "https")
    return found if urlsplit(found).scheme in schemes else ""
