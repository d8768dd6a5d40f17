"""Webhooks: signatures that the public library accepts, limits, private networks."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from notify_samples import NOW, Receiver, one, receiver, several
from standardwebhooks import Webhook, WebhookVerificationError

from crawler.errors import NotifyError
from crawler.notify import Form, sender_for
from crawler.notify.webhook import WebhookSender, payload, signature

OLD, NEW = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"


@pytest.fixture
def server() -> Iterator[Receiver]:
    with receiver() as running:
        yield running


def test_the_specification_s_example():
    key = Webhook("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")._whsecret
    body = b'{"test": 2432232314}'
    assert signature(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body) == (
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    )


@pytest.mark.parametrize("secret", [OLD, NEW])
async def test_every_secret_signs_so_that_secrets_can_be_rotated(server: Receiver, secret: str):
    sender = sender_for("hook", server.url(), secrets=[NEW, OLD], private=True)
    await sender.send(one(title="Zürich «東京»"))
    await sender.close()
    (got,) = server.received
    body = got.raw
    assert Webhook(secret).verify(body, got.headers)["type"] == "alert"
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(body.replace(b"alert", b"alarm"), got.headers)


async def test_without_a_secret_nothing_is_signed(server: Receiver):
    sender = sender_for("hook", server.url(), private=True)
    await sender.send(one())
    await sender.close()
    assert "webhook-signature" not in server.received[0].headers


def test_the_body_is_the_same_for_every_attempt_and_says_what_it_holds():
    dispatch = several(3)
    assert payload(dispatch, UTC) == payload(dispatch, UTC)
    body = payload(dispatch, UTC)
    assert (body["type"], body["timestamp"]) == ("alert.group", "2026-11-23T08:00:00Z")
    assert [alert["id"] for alert in body["data"]["alerts"]] == ["alert-0", "alert-1", "alert-2"]
    assert body["data"]["title"] == "3 alerts (us-in-iraq 2, floods 1)"
    assert payload(several(12, Form.DIGEST), UTC)["type"] == "alert.digest"
    assert body["data"]["alerts"][0]["page"] == ""
    linked = payload(replace(dispatch, home="https://desk.example"), UTC)
    assert linked["data"]["alerts"][0]["page"] == "https://desk.example/articles/7"


async def test_an_endless_answer_is_not_read(server: Receiver):
    server.streams = True
    sender = sender_for("hook", server.url(), private=True)
    began = time.monotonic()
    await sender.send(one())
    await sender.close()
    assert time.monotonic() - began < 5
    assert await asyncio.to_thread(server.hung_up.wait, 5)


async def test_a_receiver_that_hangs_is_given_up(server: Receiver):
    server.hangs = True
    sender = WebhookSender("hook", server.url(), private=True, now=lambda: NOW, timeout_s=0.3)
    with pytest.raises(NotifyError, match=r"no answer within 0.3 s") as caught:
        await sender.send(one())
    await sender.close()
    assert caught.value.retryable


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120),
        ("Mon, 23 Nov 2026 08:05:00 GMT", 300),
        ("Mon, 23 Nov 2026 07:00:00 GMT", 0),
        ("9" * 400, 86_400),
        ("soon", 0),
        ("", 0),
        ("-5", 0),
    ],
)
async def test_retry_after_is_honoured(server: Receiver, value: str, seconds: float):
    server.status, server.headers = 429, {"retry-after": value}
    sender = sender_for("hook", server.url(), private=True, now=lambda: NOW)
    with pytest.raises(NotifyError) as caught:
        await sender.send(one())
    await sender.close()
    assert caught.value.retry_after_s == seconds
    assert not caught.value.gone


async def test_gone_is_reported(server: Receiver):
    server.status = 410
    sender = sender_for("hook", server.url(), private=True)
    with pytest.raises(NotifyError) as caught:
        await sender.send(one())
    await sender.close()
    assert caught.value.gone
    assert not caught.value.retryable


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "0.0.0.0", "169.254.169.254", "10.0.0.1"])
async def test_a_private_network_is_refused_unless_allowed(server: Receiver, host: str):
    sender = sender_for("hook", f"http://{host}:{server.port}/hook")
    with pytest.raises(NotifyError, match="private: true") as caught:
        await sender.send(one())
    await sender.close()
    assert not caught.value.retryable
    assert server.received == []


@pytest.mark.parametrize("secret", ["secret", "whsec_", "whsec_*", "whsec_AAAA", "whsec_" + "A" * 400])
def test_a_secret_that_is_none_is_refused_and_not_shown(secret: str):
    with pytest.raises(NotifyError, match="openssl rand") as caught:
        sender_for("hook", "https://h.example/x", secrets=[secret])
    assert len(secret) < 8 or secret not in str(caught.value)


def test_secrets_where_nothing_is_signed_are_refused():
    with pytest.raises(NotifyError, match="only webhooks use secrets"):
        sender_for("hook", "terminal:", secrets=[OLD])


async def test_the_timestamp_is_that_of_the_attempt(server: Receiver):
    times = iter([NOW, NOW + timedelta(minutes=5)])
    sender = sender_for("hook", server.url(), private=True, secrets=[OLD], now=lambda: next(times))
    await sender.send(one())
    await sender.send(one())
    await sender.close()
    stamps = [int(got.headers["webhook-timestamp"]) for got in server.received]
    assert [datetime.fromtimestamp(stamp, UTC) for stamp in stamps] == [NOW, NOW + timedelta(minutes=5)]
