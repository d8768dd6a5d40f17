"""Retention on both databases: what goes, what stays, and what it gives back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import pytest
from archive_samples import NOW, make_article, make_entry
from sqlalchemy import text

from crawler.archive import Archive, Entry, ItemFilter, Order, Page
from crawler.archive.coverage.sightings import KEPT, Sightings
from crawler.archive.maintenance.disk_usage import disk_usage
from crawler.archive.maintenance.retention import Pruned, prune
from crawler.archive.maintenance.vacuum import vacuum
from crawler.archive.search.candidate_query import candidate_query
from crawler.archive.search.fulltext import LAST, ids
from crawler.items import Outcome, Run, SiteListing
from crawler.rules import Matcher, RuleSpec, compile_rule

DAY = timedelta(days=1)
HEADLINE = Matcher([compile_rule(RuleSpec("q", "headline"))])


@dataclass(frozen=True)
class Keep:
    keep: timedelta | None = None
    max_size: int | None = None
    keep_pages: timedelta | None = None


def page(number: int, age: timedelta) -> Page:
    return Page(f"https://news.example/{number}", NOW - age, f"<p>{number}</p>".encode() * 50)


@pytest.fixture
def aged(archive: Archive) -> Archive:
    """Ten articles, one a day; an alert on the eighth and the ninth, of which the ninth's was delivered."""
    entries = []
    for number in range(10):
        article = make_article(number, found=NOW - number * DAY, tags=("t",))
        rules = ("r1",) if number == 8 else ("r2",) if number == 9 else ()
        made = make_entry(article, *rules)
        entries.append(
            Entry(made.article, made.alerts, made.channels, f"{number:016x}", NOW, (page(number, number * DAY),))
        )
    archive.store(entries)
    (waiting,) = [one.id for one in archive.outbox.waiting() if one.rule == "r2"]
    archive.outbox.bundle("m", "single", [waiting], NOW)
    archive.outbox.mark_sent("desk", "m", NOW)
    return archive


def numbers(archive: Archive) -> list[int]:
    return [row.id for row in archive.items(ItemFilter(order=Order.STORED))]


def test_sightings_of_listings_go_without_a_policy(archive: Archive):
    feed = SiteListing("feed", "https://news.example/rss")
    for number, age in enumerate((KEPT + DAY, KEPT - DAY)):
        seen = Sightings({feed: {number}}, {number}, {number: frozenset({number})})
        archive.save_run(Run(f"run-{number}", "a", NOW - age, NOW - age), seen=seen)
    prune(archive, Keep(), NOW, dry_run=True)
    assert archive.coverage.named("a", NOW - 2 * KEPT, NOW)[1] == [1, 1]
    prune(archive, Keep(), NOW)
    assert archive.coverage.named("a", NOW - 2 * KEPT, NOW)[1] == [1]


def test_nothing_is_deleted_without_a_policy(aged: Archive):
    assert prune(aged, Keep(), NOW) == Pruned()
    assert len(numbers(aged)) == 10


def test_old_articles_are_deleted_with_all_their_rows_but_not_with_undelivered_alerts(aged: Archive):
    assert prune(aged, Keep(keep=5 * DAY), NOW, dry_run=True) == Pruned(articles=3, undelivered=1)
    assert len(numbers(aged)) == 10
    told: list[int] = []
    assert prune(aged, Keep(keep=5 * DAY), NOW, on_progress=told.append) == Pruned(articles=3, undelivered=1)
    assert told == [3]
    assert numbers(aged) == [1, 2, 3, 4, 5, 6, 9]
    assert [alert.rule for alert in aged.alerts()] == ["r1"]
    assert [row.id for row, _ in aged.search(HEADLINE)] == [1, 2, 3, 4, 5, 6, 9]
    assert aged.pages.space().pages == 7
    assert sorted(story.article_id for story in aged.stories.listed()) == [1, 2, 3, 4, 5, 6, 9]
    assert prune(aged, Keep(keep=5 * DAY), NOW) == Pruned(undelivered=1)
    with aged._read() as connection:
        for table in ("visits", "article_tags", "story_articles"):
            assert connection.scalar(text(f"SELECT count(*) FROM {table}")) == 7, table


def test_an_article_with_a_dead_delivery_is_kept(aged: Archive):
    (waiting,) = [one.id for one in aged.outbox.waiting()]
    aged.outbox.bundle("n", "single", [waiting], NOW)
    aged.outbox.mark_dead("desk", "n", NOW, "refused")
    assert prune(aged, Keep(keep=5 * DAY), NOW).undelivered == 1
    assert 9 in numbers(aged)


def test_old_pages_go_and_their_articles_stay(aged: Archive):
    assert prune(aged, Keep(keep_pages=3 * DAY + DAY / 2), NOW) == Pruned(pages=6)
    assert len(numbers(aged)) == 10
    assert len(aged.pages.of(4)) == 1
    assert aged.pages.of(5) == ()
    assert b"<p>3</p>" in aged.pages.of(4)[0].body, "its sample is still there"


def test_old_runs_go_but_for_the_first_and_the_last_of_a_source(aged: Archive):
    for age in range(9, -1, -1):
        done = NOW - age * DAY
        aged.save_run(Run(f"a{age}", "a", done, done, Outcome.FAILED if age == 9 else Outcome.DONE))
    aged.save_run(Run("b", "b", NOW - 8 * DAY, NOW - 8 * DAY))
    first = aged.outbox.first_runs()
    assert prune(aged, Keep(keep=5 * DAY), NOW).runs == 3
    assert {run.id for run in aged.runs()} == {"a8", "a5", "a4", "a3", "a2", "a1", "a0", "b"}
    assert aged.outbox.first_runs() == first, "alerts count from there"


def test_too_large_an_archive_loses_its_oldest_articles(archive: Archive):
    texts = [f"{number} " * 8_000 for number in range(60)]
    for number in range(60):
        archive.store([make_entry(make_article(number, text=texts[number]), *(["r"] if number == 59 else []))])
    full = archive.read(disk_usage)
    gone = prune(archive, Keep(max_size=full.live * 2 // 3), NOW)
    assert 10 < gone.articles < 45
    left = numbers(archive)
    assert left[: 60 - gone.articles - 1] == list(range(1, 60 - gone.articles)), "the newest stay"
    assert 60 in left, "its alert was not delivered"
    assert archive.read(disk_usage).live <= full.live * 2 // 3
    assert prune(archive, Keep(max_size=full.live * 2 // 3), NOW).articles == 0, "room that is free counts for nothing"


def test_an_archive_that_cannot_shrink_is_left_alone(aged: Archive):
    prune(aged, Keep(max_size=1), NOW)
    assert numbers(aged) == [9], "the one whose alert waits"


@pytest.mark.parametrize("reindex", [False, True])
def test_vacuum_frees_space_and_drops_entries_of_deleted_articles(archive: Archive, reindex: bool):
    texts = [f"{number} " * 8_000 for number in range(40)]
    archive.store([Entry(make_article(number, text=texts[number])) for number in range(40)])
    prune(archive, Keep(keep=timedelta(minutes=9.5)), NOW)
    prefilter = candidate_query(HEADLINE.rules)
    assert prefilter is not None
    told: list[int] = []
    before, after = vacuum(archive, told.append, reindex=reindex)
    assert after.articles == 10
    with archive._read() as connection:
        assert ids(connection, prefilter, 1, LAST, size=99) == list(range(10, 0, -1))
        sqlite = connection.dialect.name == "sqlite"
    assert told == ([10] if sqlite or reindex else [])
    if sqlite:
        assert after.taken < before.taken / 2
    assert [row.id for row, _ in archive.search(HEADLINE)] == list(range(1, 11))
    assert archive.store([Entry(make_article(99))])[0].article_id == 41, "ids are never used twice"
