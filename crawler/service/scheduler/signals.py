"""What follows from many matches: spikes, the first mention for long, stories that grow."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import datetime, timedelta

from crawler.archive import Archive
from crawler.config import Rule, Watch
from crawler.items import Alert
from crawler.rules.spikes import MOST_HISTORY, by_hour, find_spike, first_mentions

LOOK_S = 60.0
SPIKES_S = 900.0  # the last hour is looked at so often
ONE_SPIKE = timedelta(hours=6)  # what follows within this is the same one
RECENT = timedelta(hours=2)  # how late a first mention or growth is still told, after a stop
GROWN = "grown"
SPIKE = "spike"


def raise_signals(archive: Archive, watch: Watch, now: datetime) -> int:
    """Raises the alerts of stories that have grown and of first mentions; how many were new. Once every LOOK_S."""
    told = _raise_growth(archive, watch, now)
    for rule in watch.rules:
        if not rule.paused and "first" in rule.on:
            told += archive.derived_alerts.raise_alerts(_first(archive, rule, now), rule.send)
    return told


def raise_spikes(archive: Archive, watch: Watch, now: datetime) -> int:
    """Raises the alerts of rules that ask for spikes; how many were new. Once every SPIKES_S."""
    asked = [rule for rule in watch.rules if not rule.paused and SPIKE in rule.on]
    return sum(archive.derived_alerts.raise_alerts(_spike(archive, rule, now), rule.send) for rule in asked)


def _raise_growth(archive: Archive, watch: Watch, now: datetime) -> int:
    send = {rule.id: rule.send for rule in watch.rules if not rule.paused and GROWN in rule.on}
    return sum(
        archive.derived_alerts.raise_alerts([_named(alert, GROWN, f"{alert.story}\n{told}", now)], send[alert.rule])
        for alert, told in archive.derived_alerts.grown(tuple(send), now - RECENT)
    )


def _first(archive: Archive, rule: Rule, now: datetime) -> list[Alert]:
    matches = archive.derived_alerts.matches(rule.id, now - timedelta(hours=MOST_HISTORY))
    places = first_mentions([moment for moment, _ in matches], now - RECENT)
    return [alert for at in places for alert in _of(archive, matches[at][1], "first", matches[at][1], now)]


def _spike(archive: Archive, rule: Rule, now: datetime) -> list[Alert]:
    matches = archive.derived_alerts.matches(rule.id, now - timedelta(hours=MOST_HISTORY))
    counts = by_hour([moment for moment, _ in matches], now)
    spike = find_spike(counts[:-1], counts[-1], looks=round(3600 / SPIKES_S)) if counts else None
    recent = archive.alerts(rule=rule.id, since=now - ONE_SPIKE, limit=None) if spike else []
    if spike is None or any(alert.kind == SPIKE for alert in recent):
        return []
    said = f"{spike.count} stories in the last hour, {spike.expected:.1f} expected"
    found = _of(archive, matches[-1][1], SPIKE, f"{now:%Y-%m-%dT%H}", now)
    return [replace(alert, excerpts=(said, *alert.excerpts)) for alert in found]


def _of(archive: Archive, alert_id: str, kind: str, key: str, now: datetime) -> list[Alert]:
    """The alert of a match as one of another kind; `key` tells one such from the next."""
    alert = archive.alert(alert_id)
    if alert is None:
        return []
    return [_named(alert, kind, key, now)]


def _named(alert: Alert, kind: str, key: str, now: datetime) -> Alert:
    name = hashlib.blake2b(f"{alert.rule}\n{kind}\n{key}".encode(), digest_size=12).hexdigest()
    return replace(alert, id=name, kind=kind, matched=now)
