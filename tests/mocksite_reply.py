"""What the mock site answers, and what a behaviour may do with the connection. See mocksite.py."""

from __future__ import annotations

from dataclasses import dataclass, replace
from http.client import responses
from typing import Protocol

END = b"0\r\n\r\n"  # of a chunked body


class Wire(Protocol):
    """The connection to the client, as a behaviour sees it."""

    async def write(self, data: bytes) -> None:
        """Send, and wait while the client does not read. Raises ConnectionError once it has gone."""

    def close(self) -> None:
        """Close after what was written."""

    def abort(self) -> None:
        """Reset the connection."""


class Behaviour(Protocol):
    """One way to answer. `turn` counts the requests for this path from 1."""

    async def play(self, wire: Wire, reply: Reply, path: str, turn: int) -> None:
        """Answer one request."""


@dataclass(frozen=True, slots=True)
class Reply:
    """One scripted answer."""

    body: bytes = b""
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    behaviour: Behaviour | None = None

    def with_headers(self, *more: tuple[str, str]) -> Reply:
        """The same with more headers."""
        return replace(self, headers=self.headers + more)

    def header(self, name: str) -> str:
        """The value of a header, "" where there is none."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")

    def head(self, length: int | None = None) -> bytes:
        """Status line and headers. Without a length the body is chunked, unless the headers say otherwise."""
        reason = responses.get(self.status, "Unknown")
        lines = [f"HTTP/1.1 {self.status} {reason}", *(f"{key}: {value}" for key, value in self.headers)]
        if length is not None and not self.header("Content-Length"):
            lines.append(f"Content-Length: {length}")
        elif length is None and not self.header("Content-Length"):
            lines.append("Transfer-Encoding: chunked")
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")

    def encode(self) -> bytes:
        """The whole answer."""
        return self.head(len(self.body)) + self.body


def chunk(data: bytes) -> bytes:
    """One chunk of a chunked body."""
    return b"%x\r\n%b\r\n" % (len(data), data)
