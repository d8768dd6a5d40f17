"""Delivery through Apprise: Slack, Telegram, Teams, Discord, ntfy, Matrix and some hundred others.

Apprise blocks, so every sender has one thread of its own: a service that hangs delays no other channel.
"""

from __future__ import annotations

import asyncio
import logging
import re
import warnings
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from datetime import UTC, tzinfo
from functools import cache
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies

import apprise
from apprise.manager_plugins import NotificationManager
from apprise.plugins import NotifyBase

from crawler.errors import NotifyError
from crawler.networks import public_only
from crawler.notify.digest import compose
from crawler.notify.hosts import is_private, on_private_network
from crawler.notify.message import Dispatch, Message, cut, without_mentions
from crawler.unanswered import NoAnswer

TIMEOUT_S = 45.0  # for one delivery, including the pause that Apprise makes between two calls of one service
CONNECT_TIMEOUT_S = 10.0
READ_TIMEOUT_S = 20.0
MAX_CHARS = 4000  # even if the service allows more: a message is not an article
FINAL = frozenset({400, 401, 403, 404, 410})  # a retry would get the same answer
_TITLE_MARGIN = 10  # the characters that Apprise puts between a title and a text in one field

_STATUS = re.compile(r"\berror=(\d{3})\b")  # how Apprise's plugins log the status of a refused request
_UNREACHED = re.compile("connection error", re.IGNORECASE)  # how they log any error of the network, without its kind
_SECRET_PARTS = re.compile(r"[/?&=:@#,]+")
_SHORTEST_SECRET = 6

# at DEBUG these log addresses with their secrets; relevant errors are raised as NotifyError
logging.getLogger("apprise").propagate = False
logging.getLogger("apprise").setLevel(logging.WARNING)
logging.getLogger("urllib3").setLevel(logging.INFO)


class AppriseSender:
    """A sender for one Apprise URL. Raises NotifyError for a URL of an unknown kind."""

    def __init__(
        self, channel: str, url: str, *, zone: tzinfo = UTC, private: bool = False, timeout_s: float = TIMEOUT_S
    ) -> None:
        self._service = _instantiate(channel, url)
        self._url = url
        self._zone = zone
        self._private = private
        self._timeout_s = timeout_s
        self._apprise = apprise.Apprise()
        self._apprise.add(self._service)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=f"notify-{channel}")
        self.label = f"{channel} ({_masked(self._service)})"

    async def send(self, dispatch: Dispatch) -> None:
        """Deliver one message.

        Raises NotifyError. A delivery that timed out may have arrived, but counts as failed and is retried: an alert
        read twice is better than one never read.
        """
        work = asyncio.get_running_loop().run_in_executor(self._thread, self._notify, dispatch)
        try:
            result = await asyncio.wait_for(work, self._timeout_s)
        except TimeoutError as error:
            raise self._error(f"{NoAnswer.LATE} {self._timeout_s:g} s", retryable=True) from error
        if not result:
            text = " ".join(entry.message for entry in result.logs())
            status = _STATUS.search(text)
            final = status is not None and int(status[1]) in FINAL
            if not text or (status is None and _UNREACHED.search(text)):
                text = f"{NoAnswer.FAILED}: {text}" if text else NoAnswer.FAILED
            raise self._error(text, retryable=not final)

    async def close(self) -> None:
        """End the thread; a running delivery is left to its time-outs."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _notify(self, dispatch: Dispatch) -> apprise.AppriseResult:
        message, proxied = self._fitted(dispatch), bool(getproxies())
        try:
            if proxied and not self._private:
                self._check_host()
            with nullcontext() if self._private or proxied else public_only():
                return self._apprise.notify(
                    body=message.text, title=message.title, body_format=apprise.NotifyFormat.TEXT
                )
        except PermissionError as error:
            where = self._service.host or "its service"
            raise on_private_network(where, self.label) from error

    @property
    def host(self) -> str:
        """The host of a self-hosted service; "" for a service that has its own."""
        return self._service.host or "" if "{host}" in str(self._service.templates) else ""

    def _check_host(self) -> None:
        """Resolve the host of a self-hosted service, which a proxy connects to. Raises PermissionError if private."""
        if is_private(self.host):
            raise PermissionError

    def _fitted(self, dispatch: Dispatch) -> Message:
        space = min(self._service.body_maxlen, MAX_CHARS)
        title = without_mentions(compose(dispatch, zone=self._zone).title)
        if self._service.title_maxlen > 0:
            title = cut(title, self._service.title_maxlen)
        else:  # one field for both
            title = cut(title, space // 2)
            space -= len(title) + _TITLE_MARGIN
        text = compose(dispatch, zone=self._zone, max_chars=space).text
        return Message(title, cut(without_mentions(text), space))

    def _error(self, text: str, *, retryable: bool) -> NotifyError:
        return NotifyError(redacted(" ".join(text.split())[:500], self._url), retryable=retryable, subject=self.label)


def redacted(text: str, url: str) -> str:
    """Replace every part of the URL's user, path and query that could be a secret by ***."""
    host = urlsplit(url).hostname or ""
    parts = {part for part in _SECRET_PARTS.split(url) if len(part) >= _SHORTEST_SECRET and part != host}
    for part in sorted(parts | {unquote(part) for part in parts}, key=len, reverse=True):
        text = text.replace(part, "***")
    return text


def _masked(service: NotifyBase) -> str:
    masked: str = service.url(privacy=True)  # type: ignore[no-untyped-call]
    return masked.partition("?")[0]


@cache
def _load_plugins() -> None:
    """Load all of Apprise's plugins now; one of them imports a module that Python 3.13 has removed."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        NotificationManager().load_modules()  # type: ignore[no-untyped-call]


def _instantiate(channel: str, url: str) -> NotifyBase:
    asset = apprise.AppriseAsset(
        app_id="Wirewatch",
        app_desc="Wirewatch alerts",
        app_url="",
        async_mode=False,  # in the calling thread, without a pool that channels share
        service_timeout=0,
        http_redirects=False,
        interpret_escapes=False,
        interpret_emojis=False,
        language="en",
        storage_mode="memory",
        timezone="UTC",
    )
    _load_plugins()
    try:
        service = apprise.Apprise.instantiate(url, asset=asset)
    except ValueError:  # a port that is not a number
        service = None
    if not isinstance(service, NotifyBase):
        kind = url.partition(":")[0][:20]
        raise NotifyError(f"not a valid {kind}: address", retryable=False, subject=channel)
    service.retry = 0  # the outbox retries
    service.socket_connect_timeout = CONNECT_TIMEOUT_S
    service.socket_read_timeout = READ_TIMEOUT_S
    return service
