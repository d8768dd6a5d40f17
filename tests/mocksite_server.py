"""The mock site's own process. Started by mocksite.MockSite; see there."""

from __future__ import annotations

import asyncio
import socket
import ssl
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path

from mocksite_reply import Reply

NOT_FOUND = Reply(b"not here", 404, (("Content-Type", "text/plain"),))
TYPES = {".xml": "application/xml", ".txt": "text/plain", ".json": "application/json"}


class Script:
    """What each path answers, and the log of what was asked."""

    def __init__(self) -> None:
        self.replies: dict[tuple[int, str], tuple[Reply, ...]] = {}
        self.turns: dict[tuple[int, str], int] = {}
        self.log: list[tuple[int, float, bytes]] = []

    def put(self, host: int, path: str, replies: tuple[Reply, ...]) -> None:
        """Set the answers of a path, one for each turn, the last for ever."""
        suffix = Path(path.partition("?")[0]).suffix
        kind = ("Content-Type", TYPES.get(suffix, "text/html; charset=utf-8"))
        self.turns.pop((host, path), None)
        self.replies[host, path] = tuple(r if r.header("Content-Type") else r.with_headers(kind) for r in replies)

    def remove(self, host: int, path: str) -> None:
        """Forget a path: it answers 404 again."""
        self.replies.pop((host, path), None)

    def reset(self) -> None:
        """Forget every path and the log."""
        self.replies.clear()
        self.turns.clear()
        self.log.clear()

    def take_log(self, *, clear: bool) -> list[tuple[int, float, bytes]]:
        """The log so far."""
        log = self.log
        if clear:
            self.log = []
        return log

    def next_reply(self, host: int, path: str) -> tuple[Reply, int]:
        """The answer to a request, and its turn."""
        for key in ((host, path), (host, path.partition("?")[0]), (host, "*")):
            if replies := self.replies.get(key):
                self.turns[key] = turn = self.turns.get(key, 0) + 1
                return replies[min(turn, len(replies)) - 1], turn
        return NOT_FOUND, 1


def header(head: bytes, name: bytes) -> str:
    """A request header's value, "" where there is none."""
    for line in head.split(b"\r\n")[1:]:
        key, _, value = line.partition(b":")
        if key.strip().lower() == name:
            return value.strip().decode("latin-1")
    return ""


def not_modified(head: bytes, reply: Reply) -> bool:
    """Whether an honest server answers 304 (RFC 9110, section 13.2.2)."""
    if tags := header(head, b"if-none-match"):
        return reply.header("ETag") != "" and reply.header("ETag") in {tag.strip() for tag in tags.split(",")}
    since, changed = header(head, b"if-modified-since"), reply.header("Last-Modified")
    if not since or not changed:
        return False
    return parsedate_to_datetime(changed) <= parsedate_to_datetime(since)


class Exchange(asyncio.Protocol):
    """One connection. Plain answers are written at once, behaviours play in a task."""

    def __init__(self, host: int, script: Script) -> None:
        self.host = host
        self.script = script
        self.buffer = b""
        self.task: asyncio.Task[None] | None = None
        self.flowing = asyncio.Event()
        self.flowing.set()
        self.transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        if self.task:
            self.task.cancel()
        self.flowing.set()

    def pause_writing(self) -> None:
        self.flowing.clear()

    def resume_writing(self) -> None:
        self.flowing.set()

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        self._advance()

    def _advance(self) -> None:
        while self.task is None and b"\r\n\r\n" in self.buffer:
            head, _, rest = self.buffer.partition(b"\r\n\r\n")
            length = int(header(head, b"content-length") or 0)
            if len(rest) < length:
                return
            self.buffer = rest[length:]
            self._answer(head)

    def _answer(self, head: bytes) -> None:
        self.script.log.append((self.host, time.monotonic(), head))
        method, target, _ = head.split(b" ", 2)
        path = target.decode("latin-1")
        reply, turn = self.script.next_reply(self.host, path)
        if reply.behaviour is not None:
            self.task = asyncio.ensure_future(self._play(reply, path, turn))
            return
        if not_modified(head, reply):
            kept = tuple(
                pair for pair in reply.headers if pair[0].lower() in {"etag", "last-modified", "cache-control"}
            )
            self.transport.write(Reply(b"", 304, kept).head(0))
        else:
            self.transport.write(reply.head(len(reply.body)) if method == b"HEAD" else reply.encode())
        if b"connection: close" in head.lower():
            self.transport.close()

    async def _play(self, reply: Reply, path: str, turn: int) -> None:
        assert reply.behaviour is not None
        try:
            await reply.behaviour.play(self, reply, path, turn)
        except ConnectionError:
            return
        except Exception:
            self.transport.abort()  # a bug in a behaviour must not look like a slow page
            raise
        self.task = None
        self._advance()

    async def write(self, data: bytes) -> None:
        await self.flowing.wait()
        if self.transport.is_closing():
            raise ConnectionResetError
        self.transport.write(data)

    def close(self) -> None:
        self.transport.close()

    def abort(self) -> None:
        self.transport.abort()


def self_signed() -> ssl.SSLContext:
    """A certificate that nobody trusts, for a name that nobody has."""
    from cryptography import x509  # noqa: PLC0415 - only the tests of TLS pay for this import
    from cryptography.hazmat.primitives import hashes, serialization  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "nobody.invalid")])
    day = timedelta(days=1)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    now = datetime.now(UTC)
    cert = builder.not_valid_before(now - day).not_valid_after(now + day).sign(key, hashes.SHA256())
    pem = serialization.Encoding.PEM
    secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.NamedTemporaryFile(suffix=".pem") as file:
        file.write(cert.public_bytes(pem) + secret)
        file.flush()
        context.load_cert_chain(file.name)
    return context


async def run(control: Connection, hosts: Sequence[str], *, tls: bool) -> None:
    """Serve until the other end of `control` closes. The first message: a port for each host, then TLS's or 0."""
    loop = asyncio.get_running_loop()
    script = Script()
    servers = [await loop.create_server(partial(Exchange, n, script), host, 0) for n, host in enumerate(hosts)]
    if tls:
        servers.append(await loop.create_server(partial(Exchange, 0, script), hosts[0], 0, ssl=self_signed()))
    ports = [server.sockets[0].getsockname()[1] for server in servers]
    done = asyncio.Event()

    def obey() -> None:
        try:
            name, args, kwargs = control.recv()
        except (EOFError, OSError):
            done.set()
        else:
            control.send(getattr(script, name)(*args, **kwargs))

    loop.add_reader(control.fileno(), obey)
    control.send(ports if tls else [*ports, 0])
    await done.wait()
    loop.remove_reader(control.fileno())
    for server in servers:
        server.close()


def serve(descriptor: int, hosts: Sequence[str], *, tls: bool) -> None:
    """Entry point of the process."""
    with Connection(descriptor) as control:
        asyncio.run(run(control, hosts, tls=tls))


def reachable(hosts: Sequence[str]) -> tuple[str, ...]:
    """The addresses that can be bound here; the first one stands in for the others (macOS has 127.0.0.1 only)."""
    able = []
    for host in hosts:
        with socket.socket() as probe:
            try:
                probe.bind((host, 0))
            except OSError:
                able.append(hosts[0])
            else:
                able.append(host)
    return tuple(able)
