"""Planning messages: alerts that may be sent now are bundled, silenced ones are settled."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from crawler.archive import Queued
from crawler.archive.queries.outbox import Outbox
from crawler.config import Channel, Watch
from crawler.health import SOURCE_HEALTH
from crawler.notify import Policy, Waiting, plan
from crawler.schedule.cron import CronSchedule

FIRST_CRAWL = timedelta(minutes=10)  # longer first crawls are not waited for
LINES = ("terminal:", "file:")  # one line for each alert, so that grouping has no use
DIGEST = "digest"


def policy_of(channel: Channel) -> Policy:
    """Return the delivery policy of a channel."""
    zone = ZoneInfo(channel.timezone)
    digest = channel.digest
    return Policy(
        zone=zone,
        slot=CronSchedule(digest.cron, ZoneInfo(digest.timezone)).after if digest else None,
        quiet=channel.quiet_hours,
        limit=channel.rate,
        group=timedelta(0) if in_lines(channel) else channel.group,
        paused=channel.paused,
    )


def in_lines(channel: Channel) -> bool:
    """Return whether the channel writes a line for each alert, without grouping."""
    return channel.url.get_secret_value().strip().lower().startswith(LINES)


def address_key(channel: Channel) -> str:
    """Return a fingerprint of the channel's address; a closed channel with a new address is open again."""
    return hashlib.blake2b(channel.url.get_secret_value().encode(), digest_size=8).hexdigest()


def urgent_rules(watch: Watch) -> frozenset[str]:
    """Return the rules that bypass digests and quiet hours."""
    return frozenset(rule.id for rule in watch.rules if rule.urgent)


def closed_channels(outbox: Outbox, watch: Watch) -> frozenset[str]:
    """Return the channels to which nothing is sent: paused ones, and those that their receivers closed."""
    closed = outbox.disabled()
    return frozenset(
        channel.id
        for channel in watch.channels
        if channel.paused or ((known := closed.get(channel.id)) and known.address == address_key(channel))
    )


def plan_all(outbox: Outbox, watch: Watch, now: datetime) -> datetime | None:
    """Bundle all alerts that may be sent now; return when to plan again, None: when there is a new alert."""
    queued = outbox.waiting()
    if not queued:
        return None
    silent = _Silences.of(outbox, watch, now)
    for reason, some in _by(queued, silent.reason):
        if reason:
            outbox.silence([one.id for one in some], now, reason)
    queued = [one for one in queued if not silent.reason(one)]
    closed, first_runs = closed_channels(outbox, watch), outbox.first_runs()
    again: list[datetime] = []
    for name, some in _by(queued, lambda one: one.channel):
        if name not in closed:
            later = _plan_channel(outbox, watch, name, some, first_runs, now)
            again += [later] if later else []
    return min(again, default=None)


def message_id(channel: str, alerts: Iterable[str]) -> str:
    """Return the id of a message: that of its only alert, or a hash of their ids."""
    ids = sorted(alerts)
    return ids[0] if len(ids) == 1 else hashlib.blake2b("\n".join((channel, *ids)).encode(), digest_size=12).hexdigest()


def _plan_channel(
    outbox: Outbox, watch: Watch, name: str, queued: list[Queued], first_runs: Mapping[str, datetime], now: datetime
) -> datetime | None:
    channel = watch.channel_by_id.get(name)
    policy = policy_of(channel) if channel else Policy()
    urgent = urgent_rules(watch)
    waiting = [
        _waiting(one, one.rule in urgent, watch, first_runs if channel and not in_lines(channel) else None, now)
        for one in queued
    ]
    sent = outbox.created(name, now - 2 * policy.limit[1], now) if policy.limit else []
    digested = outbox.last_created(name, DIGEST, now) if policy.slot else None
    found = plan(policy, waiting, sent, digested, now)
    alerts = {one.id: one.alert for one in queued}
    for bundle in found.bundles:
        outbox.bundle(message_id(name, (alerts[number] for number in bundle.ids)), bundle.form, bundle.ids, now)
    return found.again


def _waiting(
    one: Queued, urgent: bool, watch: Watch, first_runs: Mapping[str, datetime] | None, now: datetime
) -> Waiting:
    """Return an alert for the planner. `first_runs` None: alerts of a new source are not delayed or bundled.

    A time after `now` was written before the clock was set back: nothing waits until then.
    """
    since = min(one.matched, now)
    plain = Waiting(one.id, since, urgent and not one.baseline, baseline=one.baseline)
    if first_runs is None or urgent or one.baseline or one.rule == SOURCE_HEALTH:
        return plain
    ended = first_runs.get(one.source)
    if ended is not None:
        is_first = one.matched <= ended and (ended <= now or one.matched > now)
        return Waiting(one.id, since, baseline=True, settles=min(ended, now)) if is_first else plain
    if one.source not in watch.source_by_id:
        return plain
    return Waiting(one.id, since, baseline=True, settles=since + FIRST_CRAWL)


@dataclass(frozen=True, slots=True)
class _Silences:
    """The active silences: (kind, name), and until when, formatted."""

    until: Mapping[tuple[str, str], str]

    @classmethod
    def of(cls, outbox: Outbox, watch: Watch, now: datetime) -> _Silences:
        today = now.astimezone().date()
        found = {(one.what, one.name): f"{one.until.astimezone():%Y-%m-%d %H:%M}" for one in outbox.silences(now)}
        return cls(found | {key: day.isoformat() for key, day in watch.silent_on(today).items()})

    def reason(self, one: Queued) -> str:
        """Return why an alert is silenced, "" if it is not."""
        for key in (("rule", one.rule), ("story", one.story), ("source", one.source)):
            if key in self.until:
                return f"{key[0]} {key[1]} is silenced until {self.until[key]}"
        return ""


def _by(queued: list[Queued], key: Callable[[Queued], str]) -> list[tuple[str, list[Queued]]]:
    return [(name, list(some)) for name, some in groupby(sorted(queued, key=key), key=key)]
