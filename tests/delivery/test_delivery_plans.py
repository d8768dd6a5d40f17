"""From the watch file to messages: silences, baselines, closed channels, what urgent rules pass."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from crawler.archive import Archive, DeliveryState, Entry
from crawler.config import Watch, parse_watch
from crawler.items import Alert, Article, Run
from crawler.service.delivery.planning import address_key, closed_channels, message_id, plan_all

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
WATCH = """sources:
  - {{id: a, feed: 'https://e.x/f'{source}}}
rules:
  - {{id: floods, any: [x], send: [desk, file]{rule}}}
  - {{id: urgent, any: [x], urgent: true, send: [desk, file]}}
channels:
  - {{id: desk, url: 'https://e.x/hook', group: 0s{channel}}}
  - {{id: file, url: 'file:x.jsonl'}}
"""


def watch(source: str = "", rule: str = "", channel: str = "") -> Watch:
    return parse_watch(WATCH.format(source=source, rule=rule, channel=channel), {}, subject="watch.yaml")


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with Archive.open(f"sqlite:///{tmp_path}/x.db") as archive:
        yield archive


def raise_alerts(archive: Archive, count: int, when: datetime, rule: str = "floods", source: str = "a") -> None:
    known = archive.counts().articles
    for n in range(known, known + count):
        article = Article(url=f"https://e.x/{n}", title=f"T{n}", text="x", source=source, found=when)
        alert = Alert(f"{rule}-{n}", rule, "1:0", source, article.url, article.title, when, story=f"s{n}")
        archive.store([Entry(article, (alert,), ((alert.id, "desk"), (alert.id, "file")))])


def ran(archive: Archive, ended: datetime) -> None:
    archive.save_run(Run(f"r{ended}", "a", ended - timedelta(minutes=1), ended, found=1))


def made(archive: Archive) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for one in reversed(archive.outbox.deliveries(limit=1000)):
        if one.message:
            found.setdefault(one.channel, []).append(one.form)
    return found


def test_each_alert_is_a_message_where_nothing_holds_it(archive: Archive):
    ran(archive, NOW - timedelta(days=1))
    raise_alerts(archive, 2, NOW)
    assert plan_all(archive.outbox, watch(), NOW) is None
    assert made(archive) == {"desk": ["alert"] * 2, "file": ["alert"] * 2}
    assert {one.message for one in archive.outbox.due(NOW)} == {"floods-0", "floods-1"}, "a message's id is its alert's"
    assert plan_all(archive.outbox, watch(), NOW) is None


def test_a_new_source_is_told_as_one_summary_after_its_first_crawl(archive: Archive):
    raise_alerts(archive, 30, NOW)
    raise_alerts(archive, 1, NOW, rule="urgent")
    again = plan_all(archive.outbox, watch(), NOW)
    assert again == NOW + timedelta(minutes=10)
    assert made(archive) == {"desk": ["alert"], "file": ["alert"] * 31}, "urgent rules and files wait for nothing"
    ran(archive, NOW + timedelta(minutes=1))
    raise_alerts(archive, 1, NOW + timedelta(minutes=2))
    plan_all(archive.outbox, watch(), NOW + timedelta(minutes=2))
    assert made(archive)["desk"] == ["baseline"] * 30 + ["alert"] * 2
    assert len({one.message for one in archive.outbox.due(NOW + timedelta(minutes=2)) if one.channel == "desk"}) == 3


def test_a_source_that_was_removed_is_waited_for_no_longer(archive: Archive):
    raise_alerts(archive, 3, NOW, source="gone")
    plan_all(archive.outbox, watch(), NOW)
    assert made(archive)["desk"] == ["alert"] * 3


@pytest.mark.parametrize(
    ("what", "name", "how"),
    [
        ("rule", "floods", {"rule": ", silent_until: 2027-01-31"}),
        ("source", "a", {"source": ", silent_until: 2027-01-31"}),
        ("rule", "floods", None),
        ("source", "a", None),
        ("story", "s0", None),
    ],
)
def test_silences_settle_what_comes_and_say_why(archive: Archive, what: str, name: str, how: dict[str, str] | None):
    ran(archive, NOW - timedelta(days=1))
    raise_alerts(archive, 1, NOW)
    if how is None:
        archive.outbox.add_silence(what, name, NOW + timedelta(hours=1), NOW)
    plan_all(archive.outbox, watch(**(how or {})), NOW)
    told = archive.outbox.deliveries(state=DeliveryState.SILENCED)
    assert [one.last_error.split(" until ")[0] for one in told] == [f"{what} {name} is silenced"] * 2
    assert archive.counts().pending == 0
    raise_alerts(archive, 1, NOW + timedelta(hours=2))
    plan_all(archive.outbox, watch(), NOW + timedelta(hours=2))
    assert made(archive)["desk"] == ["alert"], "and then it may speak again"


@pytest.mark.parametrize(
    ("channel", "desk"),
    [
        (", quiet: '11:00-13:00'", ["alert"]),
        (", digest: {cron: '0 18 * * *'}", ["alert"]),
        (", paused: true", []),
        (", limit: 2/1h", ["alert", "digest", "digest"]),
        (", quiet: '20:00-21:00', timezone: Asia/Tokyo", ["alert"] * 3),
        (", quiet: '21:00-22:00', timezone: Asia/Tokyo", ["alert"]),
    ],
)
def test_a_channel_does_what_the_watch_file_says(archive: Archive, channel: str, desk: list[str]):
    ran(archive, NOW - timedelta(days=1))
    raise_alerts(archive, 2, NOW)
    raise_alerts(archive, 1, NOW, rule="urgent")
    again = plan_all(archive.outbox, watch(channel=channel), NOW)
    assert sorted(made(archive).get("desk", [])) == desk
    assert (again is None) is (len(desk) == 3 or "paused" in channel)
    assert len(made(archive)["file"]) == 3


def test_a_closed_channel_is_closed_as_long_as_its_address_stays(archive: Archive):
    ran(archive, NOW - timedelta(days=1))
    raise_alerts(archive, 1, NOW)
    archive.outbox.disable("desk", address_key(watch().channel_by_id["desk"]), NOW, "answered 410")
    assert closed_channels(archive.outbox, watch()) == {"desk"}
    plan_all(archive.outbox, watch(), NOW)
    assert "desk" not in made(archive)
    moved = parse_watch(WATCH.format(source="", rule="", channel="").replace("/hook", "/new"), {}, subject="w")
    assert closed_channels(archive.outbox, moved) == frozenset()
    plan_all(archive.outbox, moved, NOW)
    assert made(archive)["desk"] == ["alert"]


def test_ids_of_messages():
    assert message_id("desk", ["a"]) == "a"
    assert message_id("desk", ["b", "a"]) == message_id("desk", ["a", "b"])
    assert message_id("desk", ["b", "a"]) != message_id("phone", ["a", "b"])
