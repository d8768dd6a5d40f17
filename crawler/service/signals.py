"""What follows from many matches: spikes, the first mention for long, stories that grow. Looked at once a minute."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import datetime, timedelta

from crawler.alerts.spikes import MOST_HISTORY, by_hour, find_spike, first_mentions
from crawler.archive import Archive
from crawler.config import Rule, Watch
from crawler.items import Alert

LOOK_S = 60.0
RECENT = timedelta(hours=2)  # how late a first mention or growth is still told, after a stop
GROWN = "grown"
COUNTED = frozenset({"spike", "first"})  # rules that ask for these have their matches counted


def raise_signals(archive: Archive, watch: Watch, now: datetime) -> int:
    """Raises the alerts of rules that ask for spikes or first mentions; how many were new."""
    told = _raise_growth(archive, watch, now)
    for rule in watch.rules:
        if not rule.paused and COUNTED.intersection(rule.on):
            told += archive.signals.tell(_signals(archive, rule, now), rule.send)
    return told


def _raise_growth(archive: Archive, watch: Watch, now: datetime) -> int:
    send = {rule.id: rule.send for rule in watch.rules if not rule.paused and GROWN in rule.on}
    return sum(
        archive.signals.tell([_named(alert, GROWN, f"{alert.story}\n{told}", now)], send[alert.rule])
        for alert, told in archive.signals.grown(tuple(send), now - RECENT)
    )


def _signals(archive: Archive, rule: Rule, now: datetime) -> list[Alert]:
    matches = archive.signals.matches(rule.id, now - timedelta(hours=MOST_HISTORY))
    found: list[Alert] = []
    moments = [moment for moment, _ in matches]
    if "first" in rule.on:
        for at in first_mentions(moments, now - RECENT):
            found += _of(archive, matches[at][1], "first", matches[at][1], now)
    if "spike" in rule.on:
        counts = by_hour(moments, now)
        spike = find_spike(counts[:-1], counts[-1]) if counts else None
        if spike is not None:
            for alert in _of(archive, matches[-1][1], "spike", f"{now:%Y-%m-%dT}{now.hour // 6}", now):
                said = f"{spike.count} stories in the last hour, {spike.expected:.1f} expected"
                found.append(replace(alert, excerpts=(said, *alert.excerpts)))
    return found


def _of(archive: Archive, alert_id: str, kind: str, key: str, now: datetime) -> list[Alert]:
    """The alert of a match as one of another kind; `key` tells one such from the next."""
    alert = archive.alert(alert_id)
    if alert is None:
        return []
    return [_named(alert, kind, key, now)]


def _named(alert: Alert, kind: str, key: str, now: datetime) -> Alert:
    name = hashlib.blake2b(f"{alert.rule}\n{kind}\n{key}".encode(), digest_size=12).hexdigest()
    return replace(alert, id=name, kind=kind, matched=now)
