"""A test message to a channel, and how channels fare: for the command line and the page."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from crawler.archive import DeliveryState
from crawler.archive.queries.outbox import Outbox
from crawler.config import Channel
from crawler.errors import NotifyError
from crawler.items import Alert, Span
from crawler.notify import Dispatch, Form, Templates
from crawler.service.delivery.deliveries import sender_of
from crawler.service.delivery.planning import address_key, policy_of


@dataclass(frozen=True, slots=True)
class ChannelState:
    """How a channel fares. `state`: open, quiet, paused, closed (its receiver said 410) or wrong (no such address)."""

    id: str
    address: str  # without secrets
    state: str
    reason: str
    waiting: int
    dead: int


async def send_test(channel: Channel, write: Callable[[str], None], now: Callable[[], datetime]) -> str:
    """Send a test message, bypassing digests and quiet hours; return the channel's label. Raises NotifyError."""
    made = now()
    dispatch = Dispatch(f"test-{secrets.token_hex(8)}", Form.ALERT, (_sample(made),), made)
    if channel.template:
        templates = Templates()
        try:
            text = await templates.render(channel.id, channel.template, dispatch.alerts)
        finally:
            await templates.close()
        dispatch = Dispatch(dispatch.id, dispatch.form, dispatch.alerts, made, text)
    sender = sender_of(channel, write=write, now=now)
    try:
        await sender.send(dispatch)
    finally:
        await sender.close()
    return sender.label


def state_of(channel: Channel, outbox: Outbox | None, now: datetime) -> ChannelState:
    """How a channel fares; `outbox` None: nothing was ever delivered. Raises ArchiveError."""
    closed = outbox.disabled().get(channel.id) if outbox else None
    is_closed = closed is not None and closed.address == address_key(channel)
    state = "closed" if is_closed else "paused" if channel.paused else "open"
    if state == "open" and policy_of(channel).holds(now, urgent=False):
        state = "quiet"
    try:
        address = sender_of(channel, write=lambda _: None, now=lambda: now).label
    except NotifyError as error:
        address, state = f"{channel.id} ({error.message})", "wrong"
    return ChannelState(
        id=channel.id,
        address=address,
        state=state,
        reason=closed.reason if closed and is_closed else "",
        waiting=outbox.count(channel.id, DeliveryState.PENDING) if outbox else 0,
        dead=outbox.count(channel.id, DeliveryState.DEAD) if outbox else 0,
    )


def _sample(now: datetime) -> Alert:
    excerpts = ("This is a «test» of the channel.", "What a rule finds is «marked» in its sentence.")
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
