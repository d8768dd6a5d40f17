"""Real receivers: an HTTP server that checks signatures and misbehaves, and an SMTP server that does."""

from __future__ import annotations

import json
import random
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP
from standardwebhooks import Webhook, WebhookVerificationError

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@dataclass
class Got:
    """A request that was answered with 2xx."""

    path: str
    id: str
    alerts: tuple[str, ...]


@dataclass
class HookServer:
    """`/hook` fails 15 % of the time, `/limited` says 429 first, `/moved` 307 until `fixed`, `/gone` always 410."""

    port: int = 0
    secret: str = SECRET
    share: float = 0.15
    down_until: float = 0.0
    fixed: bool = False
    got: list[Got] = field(default_factory=list)
    asked: Counter[str] = field(default_factory=Counter)
    unsigned: list[str] = field(default_factory=list)
    rng: random.Random = field(default_factory=lambda: random.Random(7))
    lock: threading.Lock = field(default_factory=threading.Lock)

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def status(self, path: str, key: str) -> int:
        with self.lock:
            self.asked[path] += 1
            self.asked[f"{path} {key}"] += 1
            first = self.asked[f"{path} {key}"] == 1
            fails = self.rng.random() < self.share
        match path:
            case "/gone":
                return 410
            case "/limited":
                return 429 if first else 204
            case "/moved":
                return 204 if self.fixed else 307
            case _:
                return 500 if fails or time.monotonic() < self.down_until else 204


@contextmanager
def hooks(**options: object) -> Iterator[HookServer]:
    state = HookServer(**options)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            try:
                data = Webhook(state.secret).verify(body, headers)
            except WebhookVerificationError as error:
                state.unsigned.append(str(error))
                data = json.loads(body)
            status = state.status(self.path, headers["webhook-id"])
            if status < 300:
                alerts = tuple(alert["id"] for alert in data["data"]["alerts"])
                state.got.append(Got(self.path, headers["webhook-id"], alerts))
            self.send_response(status)
            if status == 307:
                self.send_header("location", "/elsewhere")
            if status == 429:
                self.send_header("retry-after", "1")
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_args: object) -> None:
            pass

        def handle(self) -> None:
            try:
                super().handle()
            except ConnectionError:  # the sender was killed
                self.close_connection = True

    class Many(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 128

        def handle_error(self, *_args: object) -> None:
            pass  # a sender that was killed in the middle

    with Many(("127.0.0.1", 0), Handler) as server:
        state.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield state
        finally:
            server.shutdown()
            thread.join()


@dataclass
class MailBox:
    """Takes mail, and says 451 to a share of it."""

    share: float = 0.0
    port: int = 0
    mails: list[Message] = field(default_factory=list)
    recipients: list[list[str]] = field(default_factory=list)
    refuse: dict[str, str] = field(default_factory=dict)  # recipient -> answer
    rng: random.Random = field(default_factory=lambda: random.Random(11))

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server, session, envelope, address: str, options
    ) -> str:
        if address in self.refuse:
            return self.refuse[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope) -> str:  # noqa: N802 - aiosmtpd's name
        if self.rng.random() < self.share:
            return "451 try later"
        self.mails.append(message_from_bytes(envelope.content))
        self.recipients.append(list(envelope.rcpt_tos))
        return "250 taken"


class _Port(Controller):
    def factory(self) -> SMTP:
        return SMTP(self.handler, hostname="mail.test", **self.SMTP_kwargs)


@contextmanager
def mailbox(share: float = 0.0, **options: object) -> Iterator[MailBox]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        box = MailBox(share, probe.getsockname()[1])
    controller = _Port(box, hostname="127.0.0.1", port=box.port, **options)
    controller.start()
    try:
        yield box
    finally:
        controller.stop()
