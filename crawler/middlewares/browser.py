"""The browser of `render: true`, whose pages cannot reach private networks either."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from urllib.request import getproxies

from scrapy.crawler import Crawler
from scrapy_playwright.handler import ScrapyPlaywrightDownloadHandler

from crawler.extensions.contract import SpiderContract
from crawler.middlewares.downloading import guard
from crawler.networks import connect, host_of

CONNECT_S = 10.0
_CHUNK = 65_536
_NAME = 3  # a name instead of an IPv4 (1) or IPv6 address (4)
_NO_UDP = "--force-webrtc-ip-handling-policy=disable_non_proxied_udp"


class BrowserDownloadHandler(ScrapyPlaywrightDownloadHandler):  # type: ignore[misc]
    """scrapy-playwright's handler, whose browser connects through a `SocksProxy` of this process.

    If the environment names a proxy, the browser uses that one, which applies its own rules.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        guard(self._pool, crawler)
        self._proxy = SocksProxy(SpiderContract.of(crawler).inside)

    async def _launch(self) -> None:
        options = self.config.launch_options
        if "proxy" not in options and not {"http", "https", "all"} & set(getproxies()):
            port = await self._proxy.open()
            options["proxy"] = {"server": f"socks5://127.0.0.1:{port}"}
            options["args"] = [*options.get("args", ()), _NO_UDP, "--disable-quic"]
        await super()._launch()

    async def close(self) -> None:
        """Close the browser, then the proxy."""
        await super().close()
        await self._proxy.close()


class SocksProxy:
    """A SOCKS 5 server (RFC 1928) on loopback that only connects to the public internet and to the hosts `inside`.

    It connects to the very address that it checked, so that a name cannot change in between.
    """

    def __init__(self, inside: frozenset[str]) -> None:
        self._inside = inside
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()

    async def open(self) -> int:
        """Start listening and return the port."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def close(self) -> None:
        """Close the server and all connections."""
        if self._server is not None:
            self._server.close()
        for one in self._connections:
            one.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = asyncio.current_task()
        assert connection is not None
        self._connections.add(connection)
        try:
            await self._connect(reader, writer)
        except (OSError, EOFError, ValueError, TimeoutError):
            pass  # the browser disconnected, or used another protocol
        finally:
            self._connections.discard(connection)
            writer.close()

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async with asyncio.timeout(CONNECT_S):
            _, methods = await reader.readexactly(2)
            await reader.readexactly(methods)
            writer.write(b"\x05\x00")
            host, port = await _requested(reader)
            upstream, problem = await self._reached(host, port)
        writer.write(b"\x05" + bytes([problem]) + b"\x00\x01" + bytes(6))
        if upstream is None:
            await writer.drain()
            return
        upstream_reader, upstream_writer = await asyncio.open_connection(sock=upstream)
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(_copy(reader, upstream_writer))
                both.create_task(_copy(upstream_reader, writer))
        except* (OSError, EOFError):
            pass
        finally:
            upstream_writer.close()

    async def _reached(self, host: str, port: int) -> tuple[socket.socket | None, int]:
        """Return a connected socket, or None and the SOCKS code of the reason."""
        try:
            return await connect(host, port, private=host_of(host) in self._inside), 0
        except PermissionError:
            return None, 2  # not allowed
        except ConnectionRefusedError:
            return None, 5
        except (OSError, UnicodeError):
            return None, 4  # host unreachable


async def _requested(reader: asyncio.StreamReader) -> tuple[str, int]:
    """Read the requested host and port. Raises ValueError for anything but CONNECT."""
    version, command, _, kind = await reader.readexactly(4)
    if (version, command) != (5, 1):
        raise ValueError("not SOCKS 5 CONNECT")
    if kind == _NAME:
        (length,) = await reader.readexactly(1)
        host = (await reader.readexactly(length)).decode("ascii")
    else:
        family, length = {1: (socket.AF_INET, 4), 4: (socket.AF_INET6, 16)}.get(kind, (None, 0))
        if family is None:
            raise ValueError("unknown address type")
        host = socket.inet_ntop(family, await reader.readexactly(length))
    (port,) = struct.unpack("!H", await reader.readexactly(2))
    return host, port


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Copy data until the end of the stream, and then end the other one."""
    while data := await reader.read(_CHUNK):
        writer.write(data)
        await writer.drain()
    with contextlib.suppress(OSError):
        writer.write_eof()
