"""Alerts to deliver, and real receivers on loopback."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from crawler.items import Alert, Span

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


def make_alert(**fields: Any) -> Alert:
    values: dict[str, Any] = {
        "id": "alert-1",
        "rule": "us-in-iraq",
        "rule_version": "v1",
        "source": "bbc-world",
        "url": "https://news.example/story?id=7",
        "title": "Rockets land near the embassy",
        "matched": NOW,
        "spans": (Span("title", 0, 7),),
        "excerpts": ("«Rockets» landed near the «green zone» on Sunday.", "The «embassy» was closed."),
        "article_id": 7,
        "published": NOW - timedelta(minutes=50),
    }
    return Alert(**values | fields)


@dataclass
class Received:
    path: str
    headers: dict[str, str]
    body: dict[str, Any]


@dataclass
class Receiver:
    port: int = 0
    status: int = 200
    received: list[Received] = field(default_factory=list)
    released: threading.Event = field(default_factory=threading.Event)
    hangs: bool = False

    def url(self, path: str = "/hook") -> str:
        return f"http://127.0.0.1:{self.port}{path}"


@contextmanager
def receiver() -> Iterator[Receiver]:
    """An HTTP server that remembers what was posted, and answers as told."""
    state = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            state.received.append(
                Received(self.path, {k.lower(): v for k, v in self.headers.items()}, json.loads(body))
            )
            if state.hangs:
                state.released.wait(20)
            self.send_response(state.status)
            if 300 <= state.status < 400:
                self.send_header("location", "/elsewhere")
            self.end_headers()

        def log_message(self, *_args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        state.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield state
        finally:
            state.released.set()
            server.shutdown()
            thread.join()
