"""Alerts that follow from many matches: spikes, first mentions after a long time, growing stories."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import datetime, timedelta

from crawler.archive import Archive
from crawler.config import Rule, Watch
from crawler.items import Alert
from crawler.rules.spikes import MAX_HISTORY, by_hour, find_spike, first_mentions

SIGNALS_S = 60.0
SPIKES_S = 900.0  # between checks of the last hour
ONE_SPIKE = timedelta(hours=6)  # a spike within this time is the same one
RECENT = timedelta(hours=2)  # a later first mention or growth is not reported after downtime
GROWN = "grown"
SPIKE = "spike"


def raise_signals(archive: Archive, watch: Watch, now: datetime) -> int:
    """Raise the alerts of grown stories and first mentions; return how many were new. Once every SIGNALS_S."""
    raised = _raise_growth(archive, watch, now)
    for rule in watch.rules:
        if not rule.paused and "first" in rule.on:
            raised += archive.derived_alerts.raise_alerts(_first(archive, rule, now), rule.send)
    return raised


def raise_spikes(archive: Archive, watch: Watch, now: datetime) -> int:
    """Raise the alerts of rules for spikes; return how many were new. Once every SPIKES_S."""
    rules = [rule for rule in watch.rules if not rule.paused and SPIKE in rule.on]
    return sum(archive.derived_alerts.raise_alerts(_spike(archive, rule, now), rule.send) for rule in rules)


def _raise_growth(archive: Archive, watch: Watch, now: datetime) -> int:
    send = {rule.id: rule.send for rule in watch.rules if not rule.paused and GROWN in rule.on}
    return sum(
        archive.derived_alerts.raise_alerts([_named(alert, GROWN, f"{alert.story}\n{outlets}", now)], send[alert.rule])
        for alert, outlets in archive.derived_alerts.grown(tuple(send), now - RECENT)
    )


def _first(archive: Archive, rule: Rule, now: datetime) -> list[Alert]:
    matches = archive.derived_alerts.matches(rule.id, now - timedelta(hours=MAX_HISTORY))
    places = first_mentions([time for time, _ in matches], now - RECENT)
    return [alert for at in places for alert in _of(archive, matches[at][1], "first", matches[at][1], now)]


def _spike(archive: Archive, rule: Rule, now: datetime) -> list[Alert]:
    matches = archive.derived_alerts.matches(rule.id, now - timedelta(hours=MAX_HISTORY))
    counts = by_hour([time for time, _ in matches], now)
    spike = find_spike(counts[:-1], counts[-1], checks=round(3600 / SPIKES_S)) if counts else None
    recent = archive.alerts(rule=rule.id, since=now - ONE_SPIKE, limit=None) if spike else []
    if spike is None or any(alert.kind == SPIKE for alert in recent):
        return []
    summary = f"{spike.count} stories in the last hour, {spike.expected:.1f} expected"
    found = _of(archive, matches[-1][1], SPIKE, f"{now:%Y-%m-%dT%H}", now)
    return [replace(alert, excerpts=(summary, *alert.excerpts)) for alert in found]


def _of(archive: Archive, alert_id: str, kind: str, key: str, now: datetime) -> list[Alert]:
    """Return the alert of a match as one of another kind; `key` distinguishes alerts of that kind."""
    alert = archive.alert(alert_id)
    if alert is None:
        return []
    return [_named(alert, kind, key, now)]


def _named(alert: Alert, kind: str, key: str, now: datetime) -> Alert:
    name = hashlib.blake2b(f"{alert.rule}\n{kind}\n{key}".encode(), digest_size=12).hexdigest()
    return replace(alert, id=name, kind=kind, matched=now)
