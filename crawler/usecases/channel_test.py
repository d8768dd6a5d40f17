"""Test messages to channels, and the delivery status of channels."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from crawler.archive import DeliveryState
from crawler.archive.queries.outbox import Outbox
from crawler.config import Channel
from crawler.errors import ArchiveError, NotifyError
from crawler.items import Alert, Span
from crawler.notify import Dispatch, Form, Templates
from crawler.service.delivery.deliveries import sender_of
from crawler.service.delivery.planning import address_key, policy_of
from crawler.unanswered import NoAnswer

TIMEOUT_S = 30.0


@dataclass(frozen=True, slots=True)
class ChannelState:
    """The status of a channel.

    `state`: open, quiet, paused, closed (the receiver sent 410), held (deliveries wait until the channel is corrected)
    or invalid (bad URL). `reason`: why it is closed or held.
    """

    id: str
    address: str  # without secrets
    state: str
    reason: str
    waiting: int
    dead: int


@dataclass(frozen=True, slots=True)
class ChannelTest:
    """The result of a test message. `label`: the channel's id and address; `error`: "" if the message was delivered."""

    channel: str
    label: str = ""
    seconds: float = 0.0
    reopened: bool = False
    error: str = ""


def send_test_message(
    channel: Channel,
    open_outbox: Callable[[], Outbox],
    write: Callable[[str], None],
    now: Callable[[], datetime],
) -> ChannelTest:
    """Send a test message to a channel, bypassing digests and quiet hours, and reopen the channel if it was closed.

    `write` prints the message of a `terminal:` channel. Without an archive there is no outbox: nothing is reopened.
    """
    started = time.perf_counter()
    try:
        label = asyncio.run(_send(channel, write, now))
    except NotifyError as error:
        return ChannelTest(channel.id, error=str(error))
    try:
        reopened = open_outbox().enable(channel.id)
    except ArchiveError:
        reopened = False
    return ChannelTest(channel.id, label, time.perf_counter() - started, reopened)


async def _send(channel: Channel, write: Callable[[str], None], now: Callable[[], datetime]) -> str:
    """Send the message and return the sender's label. Raises NotifyError, also for no answer within TIMEOUT_S."""
    created = now()
    try:
        async with asyncio.timeout(TIMEOUT_S):
            dispatch = Dispatch(f"test-{secrets.token_hex(8)}", Form.ALERT, (sample_alert(created),), created)
            if channel.template:
                templates = Templates()
                try:
                    text = await templates.render(channel.id, channel.template, dispatch.alerts)
                finally:
                    await templates.close()
                dispatch = Dispatch(dispatch.id, dispatch.form, dispatch.alerts, created, text)
            sender = sender_of(channel, write=write, now=now)
            try:
                await sender.send(dispatch)
            finally:
                await sender.close()
    except TimeoutError as error:
        raise NotifyError(f"{NoAnswer.LATE} {TIMEOUT_S:g} s", retryable=True, subject=channel.id) from error
    return sender.label


def state_of(channel: Channel, outbox: Outbox | None, now: datetime) -> ChannelState:
    """Return the status of a channel; `outbox`: None if there is no archive. Raises ArchiveError."""
    closed = outbox.disabled().get(channel.id) if outbox else None
    is_closed = closed is not None and closed.address == address_key(channel)
    state = "closed" if is_closed else "paused" if channel.paused else "open"
    if state == "open" and policy_of(channel).holds(now, urgent=False):
        state = "quiet"
    held = outbox.held(channel.id) if outbox and state == "open" else ""
    if held:
        state = "held"
    try:
        address = sender_of(channel, write=lambda _: None, now=lambda: now).label
    except NotifyError as error:
        address, state = f"{channel.id} ({error.message})", "invalid"
    return ChannelState(
        id=channel.id,
        address=address,
        state=state,
        reason=closed.reason if closed and is_closed else held,
        waiting=outbox.count(channel.id, DeliveryState.PENDING) if outbox else 0,
        dead=outbox.count(channel.id, DeliveryState.DEAD) if outbox else 0,
    )


def sample_alert(now: datetime) -> Alert:
    """Return the alert of a test message."""
    excerpts = ("This is a «test» of the channel.", "Hits are «marked» in their sentences.")
    return Alert(
        id="test",
        rule="test",
        rule_version="",
        source="wirewatch",
        url="https://example.org/test",
        title="A test message from Wirewatch",
        matched=now,
        spans=(Span("title", 2, 6),),
        excerpts=excerpts,
        published=now,
    )
