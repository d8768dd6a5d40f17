"""Signed webhooks according to Standard Webhooks (github.com/standard-webhooks/standard-webhooks, spec 1.0.0).

One POST for each attempt: `webhook-id` stays the same over retries, `webhook-timestamp` is of the attempt,
`webhook-signature` has a signature by every secret, so that secrets can be rotated. Only 2xx is success, redirects are
not followed, 410 disables the channel. Only the head of a response is read.
"""

from __future__ import annotations

import base64
import binascii
import errno
import hashlib
import hmac
import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, tzinfo
from email.utils import parsedate_to_datetime
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from crawler.errors import NotifyError
from crawler.networks import open_socket
from crawler.notify.digest import compose
from crawler.notify.hosts import on_private_network
from crawler.notify.message import Dispatch, alert_json, own_page, rfc3339
from crawler.notify.planning import Form
from crawler.unanswered import NoAnswer, why_unanswered

TIMEOUT_S = 20.0  # spec: 15 to 30 s
FINAL = frozenset({400, 401, 403, 404, 410})  # a retry would get the same answer
GONE = 410
MAX_RETRY_AFTER_S = 86_400.0
_PREFIX = "whsec_"
_SECRET_BYTES = range(16, 65)  # spec: 24 to 64; some products use 16


class WebhookSender:
    """A sender that posts to one http(s) URL. `secrets` are `whsec_...`, newest first; without any it is unsigned.

    Raises NotifyError for an invalid secret and for a URL without a host.
    """

    def __init__(
        self,
        channel: str,
        url: str,
        *,
        secrets: Sequence[str] = (),
        private: bool = False,
        zone: tzinfo = UTC,
        now: Callable[[], datetime],
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        self.label = f"{channel} ({_masked(channel, url)})"
        self._url = url
        self._keys = [_key(secret, self.label) for secret in secrets]
        self._private = private
        self._zone = zone
        self._now = now
        self._timeout_s = timeout_s
        self._session: aiohttp.ClientSession | None = None

    @property
    def host(self) -> str:
        """The host of the address."""
        return urlsplit(self._url).hostname or ""

    async def send(self, dispatch: Dispatch) -> None:
        """Post one message. Raises NotifyError; a message that timed out may have arrived, but counts as failed."""
        body = json.dumps(payload(dispatch, self._zone), ensure_ascii=False, separators=(",", ":")).encode(
            "utf-8", "replace"
        )
        stamp = int(self._now().timestamp())
        headers = {"content-type": "application/json", "user-agent": "Wirewatch", "webhook-id": dispatch.id}
        headers["webhook-timestamp"] = str(stamp)
        if self._keys:
            headers["webhook-signature"] = " ".join(signature(key, dispatch.id, stamp, body) for key in self._keys)
        try:
            answer = await self._open().post(self._url, data=body, headers=headers, allow_redirects=False)
        except TimeoutError as error:
            raise self._error(f"{NoAnswer.LATE} {self._timeout_s:g} s") from error
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise self._unreachable(error) from error
        answer.close()  # the body is not read
        if not 200 <= answer.status < 300:  # noqa: PLR2004
            raise self._refused(answer.status, answer.headers.get("retry-after", ""))

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(total=self._timeout_s),
                connector=aiohttp.TCPConnector(socket_factory=partial(open_socket, private=self._private), limit=8),
                cookie_jar=aiohttp.DummyCookieJar(),
                max_line_size=16_384,
                max_field_size=16_384,
            )
        return self._session

    def _unreachable(self, error: Exception) -> NotifyError:
        causes: list[BaseException | None] = [error, error.__cause__, getattr(error, "os_error", None)]
        if any(getattr(cause, "errno", 0) == errno.EACCES for cause in causes):
            return on_private_network("the host", self.label)
        what = getattr(getattr(error, "os_error", None), "strerror", None) or type(error).__name__
        return self._error(why_unanswered(error) or f"no usable answer: {what}")

    def _refused(self, status: int, retry_after: str) -> NotifyError:
        text = f"answered {status}"
        if 300 <= status < 400:  # noqa: PLR2004
            text += ", a redirect. Redirects are not followed: use the target address"
        return self._error(
            text,
            retryable=status not in FINAL,
            retry_after_s=_seconds(retry_after, self._now()),
            gone=status == GONE,
        )

    def _error(
        self, text: str, *, retryable: bool = True, retry_after_s: float = 0.0, gone: bool = False
    ) -> NotifyError:
        return NotifyError(text, retryable=retryable, subject=self.label, retry_after_s=retry_after_s, gone=gone)


def payload(dispatch: Dispatch, zone: tzinfo) -> dict[str, Any]:
    """Return the body of the request: the same for every attempt, except for the current number of outlets."""
    message = compose(dispatch, zone=zone)
    return {
        "type": "alert" if dispatch.form is Form.ALERT else f"alert.{dispatch.form.value}",
        "timestamp": rfc3339(dispatch.created),
        "data": {
            "id": dispatch.id,
            "title": message.title,
            "text": message.text,
            "alerts": [alert_json(alert) | {"page": own_page(alert, dispatch.home)} for alert in dispatch.alerts],
        },
    }


def signature(key: bytes, message_id: str, stamp: int, body: bytes) -> str:
    """Return `v1,` and the HMAC-SHA256 of id, timestamp (Unix seconds) and body, joined by dots, in base64."""
    signed = b".".join((message_id.encode(), str(stamp).encode(), body))
    return f"v1,{base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()}"


def _key(secret: str, label: str) -> bytes:
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True) if secret.startswith(_PREFIX) else b""
    except (binascii.Error, ValueError):
        key = b""
    if len(key) not in _SECRET_BYTES:
        fix = "generate the part after whsec_ with `openssl rand -base64 32`"
        raise NotifyError(
            f"a secret must be whsec_ and the base64 of 16 to 64 bytes: {fix}", retryable=False, subject=label
        )
    return key


def _masked(channel: str, url: str) -> str:
    """Return scheme and host, because a webhook's path is often its secret. Raises NotifyError without a host."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if not host:
        raise NotifyError("not a web address: use https://host/path", retryable=False, subject=channel)
    return f"{parts.scheme.lower()}://{host}{f':{port}' if port else ''}/…"


def _seconds(retry_after: str, now: datetime) -> float:
    """Return the delay of a Retry-After header (RFC 9110, 10.2.3): seconds or a date; 0 if it is invalid."""
    text = retry_after.strip()
    if text.isascii() and text.isdigit():
        return min(float(text[:9]), MAX_RETRY_AFTER_S)
    try:
        until = parsedate_to_datetime(text)
    except (ValueError, TypeError):
        return 0.0
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return min(max((until - now).total_seconds(), 0.0), MAX_RETRY_AFTER_S)
