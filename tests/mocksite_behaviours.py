"""How a mock page misbehaves: each class is one way to answer badly. See mocksite.py."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import lru_cache, partial

import brotli
import zstandard
from mocksite_reply import END, Reply, Wire, chunk


@dataclass(frozen=True, slots=True)
class Delay:
    """Answers well, but late."""

    seconds: float

    async def play(self, wire: Wire, reply: Reply, path: str, turn: int) -> None:
        await asyncio.sleep(self.seconds)
        await wire.write(reply.encode())


@dataclass(frozen=True, slots=True)
class Never:
    """Accepts the request and never answers."""

    async def play(self, wire: Wire, reply: Reply, path: str, turn: int) -> None:
        await asyncio.Event().wait()


@dataclass(frozen=True, slots=True)
class Trickle:
    """Sends the body in small pieces with pauses."""

    piece_bytes: int = 1
    pause_s: float = 0.05

    async def play(self, wire: Wire, reply: Reply, path: str, turn: int) -> None:
        await wire.write(reply.head(len(reply.body)))
        for start in range(0, len(reply.body), self.piece_bytes):
            await asyncio.sleep(self.pause_s)
            await wire.write(reply.body[start : start + self.piece_bytes])


@dataclass(frozen=True, slots=True)
class Stall:
    """Sends the beginning of the body, then nothing more; the connection stays open."""

    after_bytes: int = 10

    async def play(self, wire: Wire, reply: Reply, path: str, turn: int) -> None:
        await wire.write(reply.head(len(reply.body)) + reply.body[: self.after_bytes])
        await asyncio.Event().wait()


@dataclass(frozen=True, slots=True)
class Truncate:
    """Announces more bytes than it sends, then closes."""

    missing_bytes: int = 1000

    async def play(self, wire: Wire, reply: Reply, path: str, turn: int) -> None:
        await wire.write(reply.head(len(reply.body) + self.missing_bytes) + reply.body)
        wire.close()


@dataclass(frozen=True, slots=True)
class Reset:
    """Resets the connection after so many bytes of the body."""

    after_bytes: int = 0

    async def play(self, wire: Wire, reply: Reply, path: str, turn: int) -> None:
        if self.after_bytes:
            await wire.write(reply.head(len(reply.body)) + reply.body[: self.after_bytes])
            await asyncio.sleep(0.02)
        wire.abort()


@dataclass(frozen=True, slots=True)
class Repeat:
    """A streamed body: the reply's body, then `piece` so many times (-1: without end), then `tail`.

    With `announced` the length is in the head; without, the body is chunked. A feed of 50 MB, a page of 10 MB.
    """

    piece: bytes
    times: int = -1
    tail: bytes = b""
    announced: bool = False

    async def play(self, wire: Wire, reply: Reply, path: str, turn: int) -> None:
        total = len(reply.body) + len(self.piece) * self.times + len(self.tail)
        wrap = bytes if self.announced else chunk
        await wire.write(reply.head(total if self.announced else None))
        batch = max(1, 65536 // max(1, len(self.piece)))
        if reply.body:
            await wire.write(wrap(reply.body))
        left = self.times
        while left:
            count = batch if left < 0 else min(batch, left)
            left = left if left < 0 else left - count
            await wire.write(wrap(self.piece * count))
        if self.tail:
            await wire.write(wrap(self.tail))
        await wire.write(b"" if self.announced else END)


@dataclass(frozen=True, slots=True)
class Bomb:
    """A body that unpacks to `size_bytes`: the reply's body, then spaces, in `layers` layers of an encoding."""

    size_bytes: int = 1 << 30
    layers: int = 1
    encoding: str = "gzip"

    async def play(self, wire: Wire, reply: Reply, path: str, turn: int) -> None:
        body = _packed(reply.body, self.size_bytes, self.layers, self.encoding)
        encoding = ("Content-Encoding", ", ".join([self.encoding] * self.layers))
        await wire.write(replace(reply, body=body).with_headers(encoding).encode())


@lru_cache(maxsize=16)
def _packed(start: bytes, size_bytes: int, layers: int, encoding: str) -> bytes:
    spaces, piece = size_bytes - len(start), b" " * (1 << 20)
    pieces = [start, *[piece] * (spaces >> 20), b" " * (spaces % (1 << 20))]
    for _ in range(layers):
        pieces = [_PACKERS[encoding](pieces)]
    return pieces[0]


def _deflated(pieces: Sequence[bytes], wbits: int) -> bytes:
    packer = zlib.compressobj(6, zlib.DEFLATED, wbits)
    return b"".join([*map(packer.compress, pieces), packer.flush()])


def _brotli(pieces: Sequence[bytes]) -> bytes:
    packer = brotli.Compressor(quality=1)
    return b"".join([*map(packer.process, pieces), packer.finish()])


def _zstd(pieces: Sequence[bytes]) -> bytes:
    packer = zstandard.ZstdCompressor(level=1).compressobj()
    return b"".join([*map(packer.compress, pieces), packer.flush()])


_PACKERS: dict[str, Callable[[Sequence[bytes]], bytes]] = {
    "gzip": partial(_deflated, wbits=31),
    "deflate": partial(_deflated, wbits=15),
    "br": _brotli,
    "zstd": _zstd,
}


@dataclass(frozen=True, slots=True)
class RedirectLoop:
    """Redirects to itself with a new query each time, without end."""

    status: int = 302

    async def play(self, wire: Wire, reply: Reply, path: str, turn: int) -> None:
        where = f"{path.partition('?')[0]}?hop={turn}"
        await wire.write(replace(reply, status=self.status).with_headers(("Location", where)).encode())


@dataclass(frozen=True, slots=True)
class HeaderFlood:
    """Sends `count` headers of `size_bytes` each before the body."""

    count: int = 1000
    size_bytes: int = 100

    async def play(self, wire: Wire, reply: Reply, path: str, turn: int) -> None:
        value = "x" * self.size_bytes
        await wire.write(reply.with_headers(*((f"X-Flood-{n}", value) for n in range(self.count))).encode())


@dataclass(frozen=True, slots=True)
class RetryAfter:
    """Refuses with Retry-After, as seconds or as an HTTP date. Use with status=429 or 503."""

    seconds: int = 1
    as_date: bool = False

    async def play(self, wire: Wire, reply: Reply, path: str, turn: int) -> None:
        when = format_datetime(datetime.now(UTC) + timedelta(seconds=self.seconds), usegmt=True)
        value = when if self.as_date else str(self.seconds)
        await wire.write(reply.with_headers(("Retry-After", value)).encode())


@dataclass(frozen=True, slots=True)
class RestlessTag:
    """A validator that lies: the same body under a new ETag each time, so that nothing ever matches."""

    async def play(self, wire: Wire, reply: Reply, path: str, turn: int) -> None:
        await wire.write(reply.with_headers(("ETag", f'"turn-{turn}"')).encode())


@dataclass(frozen=True, slots=True)
class FrozenDate:
    """A validator that lies: another body each time ("{turn}" is replaced) under the same Last-Modified."""

    date: str = "Wed, 01 Jan 2020 00:00:00 GMT"

    async def play(self, wire: Wire, reply: Reply, path: str, turn: int) -> None:
        body = reply.body.replace(b"{turn}", str(turn).encode())
        await wire.write(replace(reply, body=body).with_headers(("Last-Modified", self.date)).encode())


@dataclass(frozen=True, slots=True)
class Raw:
    """Sends the body as the whole answer, status line included: whatever bytes a test wants on the wire."""

    async def play(self, wire: Wire, reply: Reply, path: str, turn: int) -> None:
        await wire.write(reply.body)
        wire.close()
