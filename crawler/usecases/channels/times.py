"""When a channel would send, and what: the next times of its messages, and its template with a recent alert."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

from crawler.archive import Archive
from crawler.archive.queries.dashboard import AlertFilter
from crawler.config import Channel
from crawler.notify import Templates, Waiting, plan
from crawler.service.delivery.planning import policy_of
from crawler.usecases.channel_test import sample_alert

NEXT = 5  # times shown


def next_times(channel: Channel, now: datetime, count: int = NEXT) -> list[datetime]:
    """Return when the next messages could be sent, if alerts arrived all the time: what the planner of deliveries says.

    Without a digest, this is one time: when an alert of now would be sent. Empty for a paused channel.
    """
    policy = policy_of(channel)
    found: list[datetime] = []
    since = now
    while len(found) < (count if policy.slot else 1):
        planned = plan(policy, [Waiting(1, since)], [], None, since)
        if planned.again is None and not planned.bundles:
            break
        when = planned.again or since
        found.append(when)
        since = when + timedelta(seconds=1)
    return found


def rendered(channel: str, template: str, archive: Archive | None, now: datetime) -> str:
    """Return a template's text for the latest alert, or for a sample if there is none. Raises NotifyError."""
    latest = archive.dashboard.alerts(AlertFilter(), 1) if archive else []
    alert = latest[0] if latest else sample_alert(now)

    async def render() -> str:
        templates = Templates()
        try:
            return await templates.render(channel, template, [alert])
        finally:
            await templates.close()

    return asyncio.run(render())
