"""The site of the canary: a web server on loopback in each worker, which serves the current canary from Redis."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from http import HTTPStatus
from typing import Final

from crawler.errors import StateError
from crawler.health.canary import feed, page, token_of
from crawler.runtime import Runtime

HOST: Final = "127.0.0.1"
TIMEOUT_S: Final = 10.0
_log = logging.getLogger(__name__)


class CanarySite:
    """Serves /feed.xml and the page that it lists. It knows only GET, and answers one request for each connection."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._server: asyncio.Server | None = None

    async def open(self) -> None:
        """Start serving, and note the address in the runtime. Without a port the canary stops here, and is reported."""
        try:
            self._server = await asyncio.start_server(self._answer, HOST, 0)
        except OSError as error:
            _log.error("the page of the canary cannot be served: %s", error)
            return
        self._runtime.canary_feed = f"{self._home}/feed.xml"

    async def close(self) -> None:
        """Stop serving."""
        if self._server is not None:
            self._server.close()

    @property
    def _home(self) -> str:
        assert self._server is not None  # after `open`
        return f"http://{HOST}:{self._server.sockets[0].getsockname()[1]}"

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, TimeoutError, ValueError, asyncio.IncompleteReadError):
            async with asyncio.timeout(TIMEOUT_S):
                head = await reader.readuntil(b"\r\n\r\n")
                status, kind, body = await self._content(head.split(b" ", 2)[1].decode("ascii"))
                line = f"HTTP/1.1 {status.value} {status.phrase}\r\nContent-Type: {kind}; charset=utf-8\r\n"
                writer.write(f"{line}Content-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode() + body)
                await writer.drain()
        writer.close()

    async def _content(self, path: str) -> tuple[HTTPStatus, str, bytes]:
        try:
            found = await self._runtime.state.canary.current()
        except StateError:
            return HTTPStatus.SERVICE_UNAVAILABLE, "text/plain", b"Redis is unavailable"
        canary = found[0] if found else None
        if path == "/feed.xml":
            return HTTPStatus.OK, "application/rss+xml", feed(canary, self._home).encode()
        if canary is not None and token_of(path) == canary.token:
            return HTTPStatus.OK, "text/html", page(canary).encode()
        return HTTPStatus.NOT_FOUND, "text/plain", b"not found"
