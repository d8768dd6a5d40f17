"""A page server in a thread, on a real socket."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pace import within

from crawler.runtime import Places
from crawler.web import Site
from crawler.web.server.serving import ServerOptions, serve

WAIT_S = 60.0


@contextmanager
def running(folder: Path, **options: Any) -> Iterator[str]:
    """A page server in a thread; its address."""
    ready = threading.Event()
    found: dict[str, Any] = {}

    def opened(site: Site, stop: Any) -> None:
        found.update(base=site.addresses.base, stop=stop)
        ready.set()

    places = Places(folder, "", f"sqlite:///{folder}/wirewatch.db", 1)
    server_options = ServerOptions(port=0, **options)
    thread = threading.Thread(target=serve, args=[server_options, places, folder / "watch.yaml", {}, opened])
    thread.start()
    try:
        assert ready.wait(WAIT_S)
        yield found["base"]
    finally:
        with within(5, time.monotonic):
            found["stop"]()
            thread.join(WAIT_S)
        assert not thread.is_alive()


def connected(base: str, sent: bytes = b"", source: str = "127.0.0.1") -> socket.socket:
    """A connection from an address of this machine, which has sent what is given."""
    host, port = base.removeprefix("http://").split(":")
    opened = socket.create_connection((host, int(port)), timeout=WAIT_S, source_address=(source, 0))
    opened.sendall(sent)
    return opened


def answered(connection: socket.socket) -> bytes:
    """All that a server sends until it closes; what it reset counts as closed."""
    found = b""
    try:
        while part := connection.recv(65536):
            found += part
    except ConnectionResetError:
        pass
    return found


def get(base: str, path: str, *headers: str, source: str = "127.0.0.1") -> bytes:
    """The whole answer to a request by a connection of its own."""
    lines = [f"GET {path} HTTP/1.1", f"Host: {base.removeprefix('http://')}", "Connection: close", *headers, "", ""]
    with connected(base, "\r\n".join(lines).encode(), source) as connection:
        return answered(connection)
