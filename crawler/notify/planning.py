"""Delivery planning: when pending alerts of a channel are sent, and which share a message. A pure function of time.

No alert is dropped: held alerts wait and are then sent as one digest.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo
from enum import StrEnum

from crawler.schedule.local_time import is_quiet, quiet_until

MAX_TOGETHER = 500  # alerts in one message; more become several
MAX_GROUP = 10  # more alerts than this are shown as a digest


class Form(StrEnum):
    """The layout of a message."""

    ALERT = "alert"  # one alert
    GROUP = "group"  # a few that came together, each in full
    DIGEST = "digest"  # held alerts, or too many at once: by rule, a line or two each
    BASELINE = "baseline"  # articles older than their source or rule, as a digest


@dataclass(frozen=True, slots=True)
class Policy:
    """The delivery policy of a channel of the watch file. `slot` returns the first digest after a time."""

    zone: tzinfo = UTC
    slot: Callable[[datetime], datetime] | None = None
    quiet: tuple[time, time] | None = None
    limit: tuple[int, timedelta] | None = None
    group: timedelta = timedelta(0)
    paused: bool = False

    def holds(self, now: datetime, *, urgent: bool) -> bool:
        """Return whether nothing may be sent at `now`."""
        return self.paused or (not urgent and self.quiet is not None and is_quiet(now, self.quiet, self.zone))


@dataclass(frozen=True, slots=True)
class Waiting:
    """An alert that waits for a channel since `since`. `settles`: see `plan`."""

    id: int
    since: datetime
    urgent: bool = False
    baseline: bool = False
    settles: datetime | None = None  # for a baseline: when the source's first crawl is expected to have ended


@dataclass(frozen=True, slots=True)
class Bundle:
    """The alerts of one message that is sent now."""

    form: Form
    ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """The messages to send now, and when to plan again (None: when a new alert arrives)."""

    bundles: tuple[Bundle, ...] = ()
    again: datetime | None = None


@dataclass(frozen=True, slots=True)
class _Release:
    one: Waiting
    at: datetime
    held: bool


def plan(
    policy: Policy, waiting: Sequence[Waiting], sent: Sequence[datetime], digested: datetime | None, now: datetime
) -> Plan:
    """Decide which alerts waiting for one channel are sent now.

    `sent`: when the channel's last messages were created, over twice the limit's span. `digested`: when its last
    scheduled digest was created. A baseline waits until the first crawl of its source has ended.
    """
    if policy.paused or not waiting:
        return Plan()
    full_until = _full_until(policy, sent)
    if full_until is not None and full_until > now:
        return Plan(again=full_until)
    releases = [_release(policy, one, digested, now, full_until) for one in sorted(waiting, key=lambda w: w.since)]
    ready = [release for release in releases if release.at <= now]
    prompt = [release for release in ready if not release.held and not release.one.baseline]
    if policy.group and prompt:  # alerts that arrive while the first one waits are sent with it
        prompt = [release for release in releases if not release.held and not release.one.baseline]
    held = [release for release in ready if release.held and not release.one.baseline]
    old = [release for release in ready if release.one.baseline]
    bundles = [*_digests(Form.DIGEST, held), *_digests(Form.BASELINE, old), *_prompt(policy, prompt)]
    bundles = _within_limit(policy, bundles, sent, now)
    gone = {number for bundle in bundles for number in bundle.ids}
    later = [release.at for release in releases if release.one.id not in gone and release.at > now]
    return Plan(tuple(bundles), min(later, default=None))


def _release(
    policy: Policy, one: Waiting, digested: datetime | None, now: datetime, full_until: datetime | None
) -> _Release:
    """Return when an alert may be sent, and whether it was held for longer than its group."""
    at = max(one.since + policy.group, one.settles or one.since)
    if one.urgent:
        return _Release(one, at, held=full_until is not None and at < full_until)
    held = False
    if policy.slot is not None:
        at = max(policy.slot(max(one.since, digested) if digested else one.since), one.settles or one.since)
        held = True
    for start in (at, max(at, now)):  # the quiet hours in which it came, or the present ones
        if policy.quiet is not None and is_quiet(start, policy.quiet, policy.zone):
            at = max(at, quiet_until(start, policy.quiet, policy.zone))
            held = True
    return _Release(one, at, held or (full_until is not None and at < full_until))


def _full_until(policy: Policy, sent: Sequence[datetime]) -> datetime | None:
    """Return when the channel's limit allows messages again; None if it was not reached."""
    if policy.limit is None or len(sent) < policy.limit[0]:
        return None
    count, span = policy.limit
    return sorted(sent)[-count] + span


def _digests(form: Form, releases: Sequence[_Release]) -> list[Bundle]:
    ids = [release.one.id for release in releases]
    pieces = [tuple(ids[at : at + MAX_TOGETHER]) for at in range(0, len(ids), MAX_TOGETHER)]
    return [Bundle(Form.ALERT if len(piece) == 1 and form is not Form.DIGEST else form, piece) for piece in pieces]


def _prompt(policy: Policy, releases: Sequence[_Release]) -> list[Bundle]:
    if not policy.group:
        return [Bundle(Form.ALERT, (release.one.id,)) for release in releases]
    if len(releases) > MAX_GROUP:
        return _digests(Form.DIGEST, releases)
    return _digests(Form.GROUP, releases)


def _within_limit(policy: Policy, bundles: list[Bundle], sent: Sequence[datetime], now: datetime) -> list[Bundle]:
    """Fold the excess into one digest, the last message that the limit allows."""
    if policy.limit is None:
        return bundles
    count, span = policy.limit
    space = count - sum(when > now - span for when in sent)
    if len(bundles) <= space:
        return bundles
    kept, rest = bundles[: max(0, space - 1)], bundles[max(0, space - 1) :]
    ids = [number for bundle in rest for number in bundle.ids]
    return [*kept, Bundle(Form.DIGEST, tuple(ids[:MAX_TOGETHER]))] if space > 0 else []
