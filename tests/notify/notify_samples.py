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
from crawler.notify import Dispatch, Form

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


def one(**fields: Any) -> Dispatch:
    """A message of one alert."""
    alert = make_alert(**fields)
    return Dispatch(alert.id, Form.ALERT, (alert,), NOW)


def several(count: int, form: Form = Form.GROUP, **fields: Any) -> Dispatch:
    """A message of several alerts, of two rules."""
    rules = ("us-in-iraq", "floods")
    own = ({"id": f"alert-{n}", "rule": rules[n % 2], "title": f"Headline {n}"} for n in range(count))
    alerts = tuple(make_alert(**values | fields) for values in own)
    return Dispatch(f"message-of-{count}", form, alerts, NOW)


@dataclass
class Received:
    path: str
    headers: dict[str, str]
    body: dict[str, Any]
    raw: bytes = b""


@dataclass
class Receiver:
    port: int = 0
    status: int = 200
    received: list[Received] = field(default_factory=list)
    released: threading.Event = field(default_factory=threading.Event)
    hung_up: threading.Event = field(default_factory=threading.Event)
    hangs: bool = False
    streams: bool = False
    headers: dict[str, str] = field(default_factory=dict)

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
                Received(self.path, {k.lower(): v for k, v in self.headers.items()}, json.loads(body), body)
            )
            if state.hangs:
                state.released.wait(20)
            if state.streams:
                self.stream()
                return
            self.send_response(state.status)
            for name, value in state.headers.items():
                self.send_header(name, value)
            if 300 <= state.status < 400:
                self.send_header("location", "/elsewhere")
            self.end_headers()

        def stream(self) -> None:
            """An answer without an end."""
            self.send_response(200)
            self.end_headers()
            try:
                while not state.released.is_set():
                    self.wfile.write(b"x" * 65_536)
            except OSError:
                state.hung_up.set()

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
