"""The contract of every sender, against real receivers; then what each kind has of its own."""

from __future__ import annotations

import asyncio
import email
import email.policy
import json
import logging
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from notify_samples import Receiver, one, receiver, several

from crawler.errors import NotifyError
from crawler.notify import Form, Sender, sender_for
from crawler.notify.services import AppriseSender, redacted


@dataclass
class Mailbox:
    answer: str = "250 OK"
    letters: list[bytes] = field(default_factory=list)

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.answer.startswith("250"):
            self.letters.append(envelope.original_content or b"")
        return self.answer


def mail_text(letter: bytes) -> tuple[str, str]:
    parsed = email.message_from_bytes(letter, policy=email.policy.default)
    body = parsed.get_body(("plain", "html"))
    assert body is not None
    return parsed["subject"], body.get_content()


@dataclass
class Target:
    """One kind of channel: its URL, what arrived, and a way to break it."""

    url: str
    arrived: Callable[[], list[str]]
    break_it: Callable[[], None]
    lines: list[str] = field(default_factory=list)

    def write(self, text: str) -> None:
        self.lines.append(text)


def terminal(_stack: ExitStack, _folder: Path) -> Target:
    target = Target("terminal:", lambda: list(target.lines), lambda: setattr(target, "write", _broken))
    return target


def _broken(_text: str) -> None:
    raise BrokenPipeError("gone")


def json_file(_stack: ExitStack, folder: Path) -> Target:
    path = folder / "out" / "alerts.jsonl"

    def arrived() -> list[str]:
        return path.read_text().splitlines() if path.is_file() else []

    return Target(f"file:{path}", arrived, lambda: path.mkdir(parents=True))


def webhook(stack: ExitStack, _folder: Path) -> Target:
    server = stack.enter_context(receiver())
    return Target(
        server.url(), lambda: [json.dumps(got.body) for got in server.received], lambda: setattr(server, "status", 503)
    )


def mail(stack: ExitStack, _folder: Path) -> Target:
    box = Mailbox()
    controller = Controller(box, hostname="127.0.0.1", port=_free_port())
    controller.start()
    stack.callback(controller.stop)
    url = f"mailto://127.0.0.1:{controller.port}?from=desk@wirewatch.example&to=ann@example.org"
    return Target(
        url,
        lambda: [" ".join(mail_text(letter)) for letter in box.letters],
        lambda: setattr(box, "answer", "451 try later"),
    )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(params=[terminal, json_file, webhook, mail], ids=lambda make: make.__name__)
def target(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Target]:
    with ExitStack() as stack:
        yield request.param(stack, tmp_path)


def sender_of(target: Target) -> Sender:
    write = lambda text: target.write(text)  # noqa: E731, PLW0108 - it may be broken later
    return sender_for("desk", target.url, write=write, private=True)


async def test_what_was_sent_has_arrived(target: Target):
    sender = sender_of(target)
    await sender.send(one())
    await sender.close()
    (got,) = target.arrived()
    for wanted in ("us-in-iraq", "Rockets land near the embassy", "bbc-world", "https://news.example/story?id=7"):
        assert wanted in got.replace("&amp;", "&")


async def test_a_failure_is_typed_names_the_channel_and_can_be_retried(target: Target):
    target.break_it()
    sender = sender_of(target)
    with pytest.raises(NotifyError) as caught:
        await sender.send(one())
    await sender.close()
    assert caught.value.retryable
    assert str(caught.value).startswith("desk (")
    assert "\n" not in str(caught.value)
    assert target.arrived() == [] or "127.0.0.1" in target.url  # a server may have seen it and refused


async def test_alerts_sent_at_once_all_arrive(target: Target):
    sender = sender_of(target)
    await asyncio.gather(*(sender.send(one(id=f"alert-{n}", title=f"Headline {n}")) for n in range(3)))
    await sender.close()
    arrived = "\n".join(target.arrived())
    assert all(f"Headline {n}" in arrived for n in range(3))


async def test_closing_twice_is_harmless(target: Target):
    sender = sender_of(target)
    await sender.close()
    await sender.close()


async def test_a_hostile_alert_is_delivered(target: Target):
    hostile = "\x1b[2J@everyone\r\nBcc: all@example.org\ud800\u202e<script>" + "x" * 5000
    sender = sender_of(target)
    await sender.send(one(title=hostile, source=hostile, excerpts=(hostile,) * 50))
    await sender.close()
    (got,) = target.arrived()
    assert "\x1b" not in got
    assert "everyone" in got


@pytest.fixture
def server() -> Iterator[Receiver]:
    with receiver() as running:
        yield running


async def test_a_webhook_carries_the_alert_and_its_constant_id(server: Receiver):
    sender = sender_for("hook", server.url("/a/b/?token=t%2Bk&x=&format=html"), private=True)
    await sender.send(one())
    await sender.send(one())
    await sender.close()
    first, again = server.received
    assert first.headers["webhook-id"] == again.headers["webhook-id"] == "alert-1"
    assert first.body["data"]["alerts"][0]["rule"] == "us-in-iraq"
    assert first.body["data"]["title"] == "us-in-iraq: Rockets land near the embassy"
    assert "«green zone»" in first.body["data"]["text"]
    assert first.path == "/a/b/?token=t%2Bk&x=&format=html"


@pytest.mark.parametrize(
    ("status", "retryable"),
    [
        (400, False),
        (401, False),
        (403, False),
        (404, False),
        (410, False),
        (302, True),
        (408, True),
        (429, True),
        (500, True),
        (503, True),
    ],
)
async def test_the_status_decides_about_a_repeat(server: Receiver, status: int, retryable: bool):
    server.status = status
    sender = sender_for("hook", server.url("/services/s3cr3t-token"), private=True)
    with pytest.raises(NotifyError, match=str(status)) as caught:
        await sender.send(one())
    await sender.close()
    assert caught.value.retryable is retryable
    assert [got.path for got in server.received] == ["/services/s3cr3t-token"]  # no redirect followed, no own repeat


async def test_a_url_s_retries_are_left_to_the_outbox(server: Receiver):
    server.status = 500
    sender = sender_for("hook", server.url().replace("http", "json") + "?retry=3&wait=0.1", private=True)
    with pytest.raises(NotifyError):
        await sender.send(one())
    await sender.close()
    assert len(server.received) == 1


async def test_an_unreachable_server_is_worth_a_retry_and_no_secret_is_shown(caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.DEBUG)
    with receiver() as working:
        port = working.port
        url = f"http://user:hunter22@127.0.0.1:{port}/hooks/T0ken-of-mine?key=k3y-of-mine"
        sender = sender_for("hook", url, private=True)
        await sender.send(one())
    with pytest.raises(NotifyError) as caught:
        await sender.send(one())
    await sender.close()
    assert caught.value.retryable
    told = f"{caught.value} {sender.label} {caplog.text}"
    assert "127.0.0.1" in told
    assert not any(secret in told for secret in ("hunter22", "k3y-of-mine", "T0ken-of-mine"))


async def test_a_service_that_hangs_is_given_up_and_delays_no_other(server: Receiver):
    server.hangs = True
    slow = AppriseSender("slow", server.url().replace("http", "json"), private=True, timeout_s=0.5)
    with receiver() as other:
        quick = sender_for("quick", other.url(), private=True)
        started = time.monotonic()
        results = await asyncio.gather(slow.send(one()), quick.send(one()), return_exceptions=True)
        assert time.monotonic() - started < 5
        await quick.close()
    await slow.close()
    assert isinstance(results[0], NotifyError)
    assert results[0].retryable
    assert "no answer within 0.5 s" in str(results[0])
    assert results[1] is None


@pytest.mark.parametrize(
    "url",
    [
        "nonsense",
        "",
        "foo://bar",
        "file:",
        "file:///",
        "file://host/path",
        "file:a\x00b",
        "slack://x",
        "http://",
        "https://h:port/x",
        "https://[bad/x",
        "terminal",
    ],
)
def test_urls_of_no_known_kind(url: str):
    with pytest.raises(NotifyError) as caught:
        sender_for("desk", url)
    assert not caught.value.retryable
    assert "desk" in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "slack://TokenA12345/TokenB12345/TokenC12345",
        "tgram://123456789:abcdefghijklmnop/12345",
        "discord://12345678901/abcdefghijkl",
        "ntfy://ntfy.example/topic",
    ],
)
def test_services_are_known_and_their_labels_are_masked(url: str):
    sender = sender_for("desk", url)
    assert isinstance(sender, AppriseSender)
    assert not any(secret in sender.label for secret in ("TokenB12345", "abcdefghijkl"))
    assert redacted(f"failed at {url}", url).count("***") >= 1 or "ntfy" in url


@pytest.mark.parametrize(
    "url",
    [
        "tgram://123456789:abcdefghijklmnop/12345",
        "discord://12345678901/abcdefghijkl",
        "slack://TokenA12345/TokenB12345/TokenC12345",
        "twilio://AC" + "a" * 32 + ":" + "b" * 32 + "@15551234567/15557654321",
    ],
)
def test_a_message_fits_the_service(url: str):
    sender = AppriseSender("desk", url)
    message = sender._fitted(one(title="long " * 100, excerpts=("more @everyone " * 400,) * 9))
    service = sender._service
    together = len(message.title) + len(message.text) if service.title_maxlen <= 0 else len(message.text)
    assert together <= service.body_maxlen
    assert service.title_maxlen <= 0 or len(message.title) <= service.title_maxlen
    assert "@everyone" not in message.text


async def test_a_mail_names_the_alert(tmp_path: Path):
    with ExitStack() as stack:
        target = mail(stack, tmp_path)
        sender = sender_for("desk", target.url, private=True)
        await sender.send(one(title="Zürich 東京"))
        await sender.close()
        (got,) = target.arrived()
    assert got.startswith("us-in-iraq: Zürich 東京")


async def test_json_lines_survive_rotation_and_a_torn_line(tmp_path: Path):
    path = tmp_path / "a b%20c.jsonl"
    sender = sender_for("file", f"file:{path}")
    await sender.send(one())
    path.rename(tmp_path / "rotated")
    path.write_bytes(b'{"id":"torn')
    await sender.send(one(id="alert-2"))
    torn, whole = path.read_text().splitlines()
    assert torn == '{"id":"torn'
    assert json.loads(whole)["id"] == "alert-2"
    assert json.loads((tmp_path / "rotated").read_text())["id"] == "alert-1"


async def test_a_file_url_is_decoded(tmp_path: Path):
    await sender_for("file", f"file://{tmp_path}/a%20b.jsonl").send(one())
    assert (tmp_path / "a b.jsonl").exists()


async def test_the_terminal_writes_to_standard_output(capsys: pytest.CaptureFixture[str]):
    await sender_for("screen", "terminal:").send(one())
    out = capsys.readouterr().out
    assert out == "08:00  us-in-iraq  Rockets land near the embassy (bbc-world)  https://news.example/story?id=7\n"


async def test_the_terminal_shows_a_baseline_in_one_line(capsys: pytest.CaptureFixture[str]):
    await sender_for("screen", "terminal:").send(several(12, Form.BASELINE))
    assert capsys.readouterr().out == (
        "08:00  12 existing articles match (us-in-iraq 6, floods 6): wirewatch alerts list\n"
    )
