"""The browser of `render: true`: its pages reach nothing on a private network either."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from urllib.request import getproxies

from scrapy.crawler import Crawler
from scrapy_playwright.handler import ScrapyPlaywrightDownloadHandler

from crawler.middlewares.downloading import guard
from crawler.middlewares.private import inside
from crawler.networks import connect, host_of

CONNECT_S = 10.0
_CHUNK = 65_536
_NAME = 3  # a name instead of an IPv4 (1) or IPv6 address (4)
_NO_UDP = "--force-webrtc-ip-handling-policy=disable_non_proxied_udp"


class BrowserDownloadHandler(ScrapyPlaywrightDownloadHandler):  # type: ignore[misc]
    """scrapy-playwright's handler, whose browser connects through a `Doorway` of this process.

    Where the environment names a proxy, the browser goes through that one, which decides for itself.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        guard(self._pool, crawler)
        self._doorway = Doorway(inside(crawler))

    async def _launch(self) -> None:
        options = self.config.launch_options
        if "proxy" not in options and not {"http", "https", "all"} & set(getproxies()):
            port = await self._doorway.open()
            options["proxy"] = {"server": f"socks5://127.0.0.1:{port}"}
            options["args"] = [*options.get("args", ()), _NO_UDP, "--disable-quic"]
        await super()._launch()

    async def close(self) -> None:
        """End the browser, then the doorway."""
        await super().close()
        await self._doorway.close()


class Doorway:
    """A SOCKS 5 server (RFC 1928) on loopback that connects to the public internet and to the hosts `inside` alone.

    The address that is looked at is the one that is connected to, so that no name can change in between.
    """

    def __init__(self, inside: frozenset[str]) -> None:
        self._inside = inside
        self._server: asyncio.Server | None = None
        self._visitors: set[asyncio.Task[None]] = set()

    async def open(self) -> int:
        """Begin to listen; return the port."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def close(self) -> None:
        """End all connections."""
        if self._server is not None:
            self._server.close()
        for one in self._visitors:
            one.cancel()
        await asyncio.gather(*self._visitors, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        visitor = asyncio.current_task()
        assert visitor is not None
        self._visitors.add(visitor)
        try:
            await self._connect(reader, writer)
        except (OSError, EOFError, ValueError, TimeoutError):
            pass  # the browser went, or spoke something else
        finally:
            self._visitors.discard(visitor)
            writer.close()

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async with asyncio.timeout(CONNECT_S):
            _, methods = await reader.readexactly(2)
            await reader.readexactly(methods)
            writer.write(b"\x05\x00")
            host, port = await _wanted(reader)
            made, problem = await self._reached(host, port)
        writer.write(b"\x05" + bytes([problem]) + b"\x00\x01" + bytes(6))
        if made is None:
            await writer.drain()
            return
        there_reader, there_writer = await asyncio.open_connection(sock=made)
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(_copy(reader, there_writer))
                both.create_task(_copy(there_reader, writer))
        except* (OSError, EOFError):
            pass
        finally:
            there_writer.close()

    async def _reached(self, host: str, port: int) -> tuple[socket.socket | None, int]:
        """Return a connected socket, or none and SOCKS' number of the reason."""
        try:
            return await connect(host, port, private=host_of(host) in self._inside), 0
        except PermissionError:
            return None, 2  # not allowed
        except ConnectionRefusedError:
            return None, 5
        except (OSError, UnicodeError):
            return None, 4  # host unreachable


async def _wanted(reader: asyncio.StreamReader) -> tuple[str, int]:
    """Read which host and port are asked for. Raises ValueError for anything but CONNECT."""
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
    """Pass on what comes until its end, and then the end."""
    while data := await reader.read(_CHUNK):
        writer.write(data)
        await writer.drain()
    with contextlib.suppress(OSError):
        writer.write_eof()
