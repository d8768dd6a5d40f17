"""Spikes and first mentions: the figures behind them, and the alerts they raise."""

from __future__ import annotations

import math
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from crawler.archive import Archive, Entry
from crawler.config import parse_watch
from crawler.items import Alert, Article
from crawler.rules.spikes import MIN_HISTORY, by_hour, find_spike, first_mentions, upper_tail
from crawler.service.scheduler.signals import raise_signals, raise_spikes

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def test_the_tail_is_that_of_the_distribution():
    assert upper_tail(0, 3.0, 2.0) == 1.0
    assert upper_tail(1, 2.0, 1.0) == pytest.approx(2 / 3)  # size 1 is geometric
    poisson = 1 - sum(math.exp(-3) * 3**k / math.factorial(k) for k in range(8))
    assert upper_tail(8, 3.0, 1e6) == pytest.approx(poisson, rel=1e-3)


QUIET = [0, 1, 0, 0, 1, 0] * 40
TABLE = [
    ("a burst", QUIET, 12, True),
    ("too few", QUIET, 4, False),
    ("no history", QUIET[: MIN_HISTORY - 1], 50, False),
    ("as usual", [10, 12, 9, 11] * 60, 13, False),
    ("not twice", [10, 12, 9, 11] * 60, 19, False),
    ("busy and more", [10, 12, 9, 11] * 60, 45, True),
    ("every Monday morning", ([0] * 9 + [40] + [0] * 158) * 5 + [0] * 9, 40, False),
    ("the same at another hour", ([0] * 9 + [40] + [0] * 158) * 5 + [0] * 15, 60, True),
]  # fmt: skip


@pytest.mark.parametrize(("history", "count", "spike"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE])
def test_what_is_unusual(history: list[int], count: int, spike: bool):
    assert (find_spike(history, count) is not None) is spike


def test_false_alarms_are_rare_in_bursty_news():
    rng = random.Random(4)
    alarms = 0
    for _ in range(4):
        hours = [_negative_binomial(rng, 2.0 * (1.5 if 7 <= h % 24 <= 20 else 0.3), 2.0) for h in range(168 * 5)]
        alarms += sum(find_spike(hours[:at], hours[at]) is not None for at in range(168 * 4, len(hours)))
    assert alarms <= 1


def _negative_binomial(rng: random.Random, mean: float, size: float) -> int:
    limit, count, product = math.exp(-rng.gammavariate(size, mean / size)), 0, rng.random()
    while product > limit:
        product *= rng.random()
        count += 1
    return count


def test_moments_become_counts():
    hours = [NOW - timedelta(minutes=minutes) for minutes in (1, 59, 61, 200)]
    assert by_hour(hours, NOW) == [1, 0, 1, 2]
    assert by_hour([], NOW) == []


def test_first_mentions():
    days = [NOW - timedelta(days=days) for days in (80, 45, 44, 10, 0)]
    assert first_mentions(days, NOW - timedelta(days=100)) == [0, 1, 3]
    assert first_mentions(days, NOW - timedelta(hours=2)) == []
    assert first_mentions(days[-1:], NOW - timedelta(hours=2)) == [0]


WATCH = """sources: []
rules:
  - {id: busy, any: [a], on: [spike], send: [desk]}
  - {id: rare, any: [a], on: [first], send: [desk]}
  - {id: plain, any: [a], send: [desk]}
channels:
  - {id: desk, url: 'terminal:'}
"""


def test_alerts_are_raised_once_and_only_for_rules_that_ask(tmp_path: Path):
    watch = parse_watch(WATCH, {}, subject="watch.yaml")
    with Archive.open(f"sqlite:///{tmp_path}/x.db") as archive:
        moments = [NOW - timedelta(hours=9 * n) for n in range(1, 40)] + [NOW - timedelta(minutes=n) for n in range(12)]
        for n, moment in enumerate(moments):
            article = Article(url=f"https://e.x/{n}", title=f"T{n}", text="x", source="s", found=moment)
            alerts = tuple(
                Alert(f"{rule}-{n}", rule, "1:0", "s", article.url, article.title, moment, story=f"{n}")
                for rule in ("busy", "plain", *(("rare",) if n == len(moments) - 1 else ()))
            )
            archive.store([Entry(article, alerts)])
        assert raise_signals(archive, watch, NOW) == 1
        assert raise_signals(archive, watch, NOW + timedelta(minutes=1)) == 0, "once"
        assert raise_spikes(archive, watch, NOW) == 1
        for later in (15, 30, 45, 5 * 60, 6 * 60 - 1):
            assert raise_spikes(archive, watch, NOW + timedelta(minutes=later)) == 0, "the same one"
        told = {alert.kind: alert for alert in archive.alerts(limit=None) if alert.kind != "new"}
        assert set(told) == {"spike", "first"}
        assert told["spike"].excerpts[0].startswith("12 stories in the last hour, 0.")
        assert sorted(one.rule for one in archive.outbox.waiting()) == ["busy", "rare"]
