"""What is told of a story after its first alert, and of what a new rule finds in the archive."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from crawler.archive import Archive, Entry, ItemFilter
from crawler.config import Watch, parse_watch
from crawler.items import Alert, Article
from crawler.service.delivery.planning import plan_all
from crawler.service.scheduler.baseline import LOOKBACK, apply_new_rules
from crawler.service.scheduler.signals import raise_signals

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
WATCH = """
sources: [{{id: a, feed: 'https://a.example/feed'}}]
rules: [{{id: ferry, any: [ferry], send: [desk, screen]{more}}}]
channels: [{{id: desk, url: 'https://desk.example/hook'}}, {{id: screen, url: 'terminal:'}}]
"""


def watch(more: str = "") -> Watch:
    return parse_watch(WATCH.format(more=more), {}, subject="watch.yaml")


@pytest.fixture
def archive(tmp_path: Path):
    with Archive.open(f"sqlite:///{tmp_path / 'archive.db'}") as opened:
        yield opened


def carry(archive: Archive, outlet: int, story: str, *, now: datetime = NOW, alerts: bool = False) -> None:
    """One outlet's copy of a story."""
    url = f"https://outlet{outlet}.example/{story}"
    article = Article(url, f"The ferry of {story} is late", "The ferry is late.", source="a", found=now)
    name = f"first-{story}"
    alert = Alert(name, "ferry", "1:0", "a", url, article.title, now, story=story)
    raised = (alert,) if alerts else ()
    archive.store([Entry(article, raised, tuple((one.id, "desk") for one in raised), story)])


def test_a_story_in_five_times_the_outlets_is_told_again_and_only_then(archive: Archive):
    told: dict[int, int] = {}
    for outlet in range(1, 27):
        carry(archive, outlet, "s", alerts=outlet == 1)
        for _ in range(2):  # looking again tells nothing new
            if raise_signals(archive, watch(), NOW):
                told[outlet] = told.get(outlet, 0) + 1
    assert told == {5: 1, 25: 1}
    grown = [alert for alert in archive.alerts() if alert.kind == "grown"]
    assert {alert.url for alert in grown} == {"https://outlet1.example/s"}, "of the article that was told first"
    assert {alert.outlets for alert in archive.alerts()} == {26}, "read now, all know of all outlets"
    assert len(archive.outbox.deliveries(alert_id=grown[0].id)) == 2


@pytest.mark.parametrize(
    ("more", "minutes", "count"),
    [("", 0, 1), (", on: [new]", 0, 0), (", paused: true", 0, 0), (", on: [grown]", 0, 1), ("", 121, 0)],
)
def test_who_is_told_of_growth(archive: Archive, more: str, minutes: int, count: int):
    for outlet in range(1, 7):
        carry(archive, outlet, "s", alerts=outlet == 1)
    assert raise_signals(archive, watch(more), NOW + timedelta(minutes=minutes)) == count


def test_a_new_rule_tells_one_summary_of_what_was_there(archive: Archive):
    for number in range(12):
        carry(archive, 1, f"s{number}", now=NOW - timedelta(hours=number))
    carry(archive, 2, "s3", now=NOW - timedelta(hours=1))
    carry(archive, 1, "old", now=NOW - LOOKBACK - timedelta(hours=1))
    assert apply_new_rules(archive, watch(), NOW) == 12
    assert apply_new_rules(archive, watch(), NOW) == 0, "it is known now"
    assert {(alert.kind, alert.baseline) for alert in archive.alerts()} == {("new", True)}
    assert {alert.outlets for alert in archive.alerts() if alert.story == "s3"} == {2}
    plan_all(archive.outbox, watch(), NOW + timedelta(minutes=1))
    forms = {(one.channel, one.form, one.message) for one in archive.outbox.deliveries()}
    assert [(channel, form) for channel, form, _ in sorted(forms)] == [("desk", "baseline"), ("screen", "baseline")]


def test_what_a_new_rule_found_is_no_news_when_it_is_copied(archive: Archive):
    carry(archive, 1, "s")
    assert apply_new_rules(archive, watch(), NOW) == 1
    carry(archive, 2, "s", alerts=True)
    assert len(archive.alerts()) == 1
    for outlet in range(3, 6):
        carry(archive, outlet, "s")
    assert raise_signals(archive, watch(), NOW) == 1, "but it is when it has grown five-fold"


def test_a_crash_before_a_rule_is_known_costs_a_repeat(archive: Archive):
    carry(archive, 1, "s")
    apply_new_rules(archive, watch(), NOW)
    with archive._write() as connection:
        connection.exec_driver_sql("DELETE FROM known_rules")
    assert apply_new_rules(archive, watch(), NOW) == 0
    assert len(archive.outbox.deliveries()) == 2


@pytest.mark.parametrize(
    ("more", "alerts", "deliveries"), [(", on: [spike]", 1, 0), (", on: [changed]", 0, 0), (", paused: true", 0, 0)]
)
def test_rules_that_ask_for_something_else(archive: Archive, more: str, alerts: int, deliveries: int):
    carry(archive, 1, "s")
    apply_new_rules(archive, watch(more), NOW)
    assert (len(archive.alerts()), len(archive.outbox.deliveries())) == (alerts, deliveries)


def test_what_was_there_counts_for_spikes_from_when_it_was_found(archive: Archive):
    carry(archive, 1, "s", now=NOW - timedelta(days=3))
    apply_new_rules(archive, watch(), NOW)
    ((moment, _),) = archive.derived_alerts.matches("ferry", NOW - timedelta(days=7))
    assert moment == NOW - timedelta(days=3)


def test_a_paused_rule_is_new_when_it_begins(archive: Archive):
    carry(archive, 1, "s")
    assert apply_new_rules(archive, watch(", paused: true"), NOW) == 0
    assert apply_new_rules(archive, watch(), NOW) == 1
    assert len(list(archive.items(ItemFilter()))) == 1
