"""Single polite requests for previews. Crawls do not use this module."""

from __future__ import annotations

import asyncio
import errno
import socket
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Self
from urllib.parse import urljoin, urlsplit

import aiohttp

from crawler.discover import robots
from crawler.discover.refresh import may_be_html, refresh_target
from crawler.errors import FetchError
from crawler.networks import host_of, open_socket

MAX_BYTES = 10 * 2**20
MAX_REDIRECTS = 10
MAX_DELAY_S = 30.0
TIMEOUT_S = 20.0
REDIRECTS = {301, 302, 303, 307, 308}
TOO_MANY = 429
SERVER_ERROR = 500
_PRIVATE = "on a private network (to allow it, set private: true in the watch file, or use sources add --private)"


@dataclass(frozen=True, slots=True)
class Answer:
    """The final response after redirects: its URL, and at most `MAX_BYTES` of decompressed body."""

    url: str
    status: int
    content_type: str
    body: bytes


class Probe:
    """Fetches pages one at a time, as robots.txt allows, with its crawl delay between requests to one host.

    `user_agent`: the complete header. `delay_s`: the minimum delay. `inside`: the hosts that may be on a private
    network. Use as `async with Probe(...) as probe`.
    """

    def __init__(
        self, user_agent: str, *, inside: Collection[str] = (), delay_s: float = 1.0, timeout_s: float = TIMEOUT_S
    ) -> None:
        self._user_agent = user_agent
        self._delay_s = delay_s
        self._timeout_s = timeout_s
        self._robots: dict[str, robots.RobotsFile] = {}
        self._free_at: dict[str, float] = {}  # origin -> time of the loop's clock
        self._inside = inside
        self._private = False  # whether the current request may connect to a private network

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            headers={"User-Agent": self._user_agent, "Accept-Encoding": "gzip, deflate"},
            timeout=aiohttp.ClientTimeout(total=self._timeout_s),
            connector=aiohttp.TCPConnector(socket_factory=lambda address: open_socket(address, private=self._private)),
            cookie_jar=aiohttp.DummyCookieJar(),
            max_line_size=16_384,
            max_field_size=16_384,
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._session.close()

    async def get(self, url: str) -> Answer:
        """Fetch `url`, one request at a time. Any status is a valid answer.

        Raises FetchError: no such host, connection refused, TLS, time-out, too large, disallowed by robots.txt,
        endless redirects, or a redirect to another scheme.
        """
        here, visited = url, {url.partition("#")[0]}
        for _ in range(MAX_REDIRECTS + 1):
            await self._wait_for_turn(here)
            answer, target = await self._once(here, MAX_BYTES)
            if not target:
                target = _refreshed(answer)
                if not target or target.partition("#")[0] in visited:
                    return answer
            here = _joined(here, target)
            visited.add(here.partition("#")[0])
        raise FetchError(f"more than {MAX_REDIRECTS} redirects", subject=url)

    async def _wait_for_turn(self, url: str) -> None:
        """Wait for the crawl delay of the host. Raises FetchError if robots.txt disallows the URL."""
        origin = _origin(url)
        if origin not in self._robots:
            self._robots[origin] = await self._read_robots(origin)
        rules = self._robots[origin]
        if not rules.allows(url, self._user_agent):
            raise FetchError("disallowed by robots.txt", subject=url)
        delay_s = max(self._delay_s, rules.crawl_delay_s(self._user_agent))
        clock = asyncio.get_running_loop().time
        wait_s = self._free_at.get(origin, 0.0) - clock()
        if wait_s > MAX_DELAY_S:
            raise FetchError(f"robots.txt requires {delay_s:.0f} s between requests: too slow to explore", subject=url)
        await asyncio.sleep(max(wait_s, 0.0))
        self._free_at[origin] = clock() + delay_s

    async def _read_robots(self, origin: str) -> robots.RobotsFile:
        """Read a host's robots.txt: if it is missing (4xx), all is allowed; if it fails, nothing (RFC 9309, 2.3.1)."""
        here = f"{origin}/robots.txt"
        for _ in range(robots.MAX_REDIRECTS + 1):
            answer, target = await self._once(here, robots.MAX_BYTES, cut=True)
            if answer.status >= SERVER_ERROR or answer.status == TOO_MANY:
                raise FetchError(f"its robots.txt answers {answer.status}, so no page may be fetched", subject=origin)
            if not target:
                ok = answer.status < 300  # noqa: PLR2004
                return robots.read_robots(answer.body if ok else b"")
            here = _joined(here, target)
        return robots.read_robots(b"")

    async def _once(self, url: str, max_bytes: int, *, cut: bool = False) -> tuple[Answer, str]:
        """Send one request; return the answer and where it redirects to, or ""."""
        self._private = host_of(url) in self._inside
        async with _fetch_errors(url, self._timeout_s), self._session.get(url, allow_redirects=False) as response:
            target = response.headers.get("Location", "") if response.status in REDIRECTS else ""
            body = b"" if target else await _read(response, max_bytes, cut=cut)
            return Answer(url, response.status, response.headers.get("Content-Type", ""), body), target


def _refreshed(answer: Answer) -> str:
    """Return the target of a page's meta refresh, "" for none."""
    is_page = answer.status < 300 and may_be_html(answer.content_type)  # noqa: PLR2004
    return refresh_target(answer.body, answer.url, answer.content_type) if is_page else ""


async def _read(response: aiohttp.ClientResponse, max_bytes: int, *, cut: bool) -> bytes:
    body = bytearray()
    async for chunk in response.content.iter_chunked(65_536):
        body += chunk
        if len(body) > max_bytes:
            if cut:
                break
            raise FetchError(f"more than {max_bytes // 2**20} MiB", subject=str(response.url))
    return bytes(body[:max_bytes])


def _origin(url: str) -> str:
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
    if not host or parts.scheme not in {"http", "https"}:
        raise FetchError("not an http(s) address", subject=url[:500])
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2].lower()}"


def _joined(here: str, target: str) -> str:
    try:
        return urljoin(here, target)
    except ValueError:
        raise FetchError("a redirect to an invalid URL", subject=here) from None


@asynccontextmanager
async def _fetch_errors(url: str, timeout_s: float) -> AsyncIterator[None]:
    """Turn aiohttp's errors into FetchError with readable messages, most specific first."""
    try:
        yield
    except aiohttp.ClientConnectorDNSError as error:
        raise FetchError(f"no such host (DNS: {_dns(error.os_error)})", subject=url) from error
    except aiohttp.ClientConnectorCertificateError as error:
        reason = getattr(error.certificate_error, "verify_message", "") or error.certificate_error
        raise FetchError(f"its TLS certificate is not trusted ({reason})", subject=url) from error
    except aiohttp.ClientConnectorSSLError as error:
        raise FetchError("TLS connection failed: is the URL http:// rather than https://?", subject=url) from error
    except aiohttp.ClientConnectorError as error:
        reasons = {errno.ECONNREFUSED: "connection refused", errno.EACCES: _PRIVATE}
        reason = reasons.get(error.os_error.errno or 0, f"connection failed ({error.os_error.strerror})")
        raise FetchError(reason, subject=url) from error
    except TimeoutError as error:
        raise FetchError(f"no answer within {timeout_s:g} s", subject=url) from error
    except (aiohttp.InvalidURL, ValueError) as error:
        raise FetchError("this URL cannot be fetched", subject=url) from error
    except (aiohttp.ClientError, OSError) as error:
        raise FetchError(f"an invalid response ({type(error).__name__})", subject=url) from error


def _dns(error: OSError) -> str:
    temporary = error.errno == socket.EAI_AGAIN
    return "the name server does not answer" if temporary else str(error.strerror or error)
