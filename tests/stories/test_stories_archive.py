"""Stories in SQL: who stands for one, one alert for each rule and story, lists, an archive from before."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from crawler.archive import Archive, Entry
from crawler.archive.queries.grouping import Member
from crawler.items import Alert, Article

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
HOUR = timedelta(hours=1)


def article(number: int, *, words: int = 100, hours: float = 0, text: str = "A text.") -> Article:
    url = f"https://outlet{number}.example/news/{number}"
    found = NOW + hours * HOUR
    return Article(url, f"Title {number}", text, canonical_url=url, source=f"s{number}", found=found, word_count=words)


def entry(number: int, story: str, rules: tuple[str, ...] = (), **options: float) -> Entry:
    item = article(number, **options)
    alerts = tuple(
        Alert(f"{rule}-{story}", rule, "1", item.source, item.url, item.title, NOW, story=story) for rule in rules
    )
    return Entry(item, alerts, tuple((alert.id, "desk") for alert in alerts), story)


@pytest.fixture
def archive(tmp_path: Path):
    with Archive.open(f"sqlite:///{tmp_path / 'items.db'}") as archive:
        yield archive


def test_one_alert_for_each_rule_and_story(archive: Archive):
    first, second = archive.store([entry(1, "k1", ("r",)), entry(2, "k1", ("r", "q"))])
    assert [alert.rule for alert in first.new_alerts] == ["r"]
    assert [alert.rule for alert in second.new_alerts] == ["q"]
    (third,) = archive.store([entry(3, "k1", ("r", "q"))])
    assert third.new_alerts == ()
    (fourth,) = archive.store([entry(4, "k2", ("r",))])
    assert len(fourth.new_alerts) == 1
    assert len(archive.alerts()) == 3


def test_a_repeat_after_a_loss_keeps_its_story_and_tells_nothing(archive: Archive):
    archive.store([entry(1, "k1", ("r",)), entry(2, "k1")])
    (again,) = archive.store([entry(2, "other", ("r",))])
    assert (again.is_new, again.new_alerts) == (False, ())
    story = archive.stories.of_article(again.article_id)
    assert story is not None
    assert (story.key, story.copies) == ("k1", 2)


def test_a_much_longer_copy_stands_for_the_story_a_few_times(archive: Archive):
    for number, words in enumerate((100, 120, 140, 200, 300, 450, 700), start=1):
        archive.store([entry(number, "k1", words=words, hours=number)])
    (story,) = archive.stories.listed()
    assert (story.copies, story.sites, story.article_id) == (7, 7, 5), "140, 200, 300: three times and no more"
    assert (story.first_seen, story.last_seen) == (NOW + HOUR, NOW + 7 * HOUR)
    assert [row.id for row in archive.stories.copies(story.id)] == [1, 2, 3, 4, 5, 6, 7]


def test_lists_by_time_and_outlets(archive: Archive):
    archive.store([entry(1, "k1"), entry(2, "k1", hours=5), entry(3, "k2", hours=2), entry(4, "", hours=3)])
    assert [story.key for story in archive.stories.listed()] == ["k1", "k2"]
    assert [story.key for story in archive.stories.listed(sites=2)] == ["k1"]
    assert [story.key for story in archive.stories.listed(since=NOW + 3 * HOUR)] == ["k1"]
    assert archive.stories.listed(limit=1)[0].title == "Title 1"
    assert archive.stories.one(99) is None
    assert archive.stories.of_article(4) is None


def test_members_come_in_order_and_homeless_ones_are_adopted(archive: Archive):
    archive.store([entry(number, f"k{number % 3}" if number % 2 else "", hours=number) for number in range(1, 500)])
    members = list(archive.stories.members(NOW + 10 * HOUR))
    assert [member.article_id for member in members] == list(range(10, 500))
    assert {member.key for member in members} == {"", "k0", "k1", "k2"}
    archive.stories.adopt([Member(10, members[0].article, "k9"), Member(11, members[1].article, "k9")])
    of_ten, of_eleven = archive.stories.of_article(10), archive.stories.of_article(11)
    assert of_ten is not None
    assert of_eleven is not None
    assert (of_ten.key, of_eleven.key) == ("k9", "k2")
