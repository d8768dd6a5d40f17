"""A source whose site publishes more than it names: its weeks, its problem, and what a `site:` source does itself."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from crawler.archive import Archive
from crawler.archive.coverage.sightings import Sightings
from crawler.config import parse_watch
from crawler.health import Condition
from crawler.items import Run, SiteListing
from crawler.service.scheduler.coverage import monday_of
from crawler.service.scheduler.health import HealthWatch

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
OWN = SiteListing("feed", "https://a.example/rss")
SITEMAP = SiteListing("sitemap", "https://a.example/news.xml", own=False)
HOME = SiteListing("home", "https://a.example/", own=False)


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    opened = Archive.open(f"sqlite:///{tmp_path / 'items.db'}")
    yield opened
    opened.close()


def publish(archive: Archive, left_out: int, count: int = 120) -> None:
    """One article an hour; the feed leaves out each `left_out`th, the others leave out some of their own."""
    for number in range(count):
        at = NOW - timedelta(hours=26 + number)
        named = {HOME: number % 5, SITEMAP: number % 7, OWN: number % left_out}
        keys = {listing: {number} for listing, rest in named.items() if rest}
        run = Run(f"run-{number}", "a", at, at)
        archive.save_run(run, seen=Sightings(keys, {number}, {number: frozenset({number, 5000 + number})}))


def watch(kind: str, more: str = ""):
    text = f"sources: [{{id: a, {kind}: 'https://a.example/rss', every: 10m{more}}}]"
    return parse_watch(text, {}, subject="watch.yaml")


def problems(archive: Archive) -> list[tuple[Condition, str]]:
    return [(one.condition, one.detail) for one in archive.health.open_problems()]


def test_a_feed_that_leaves_out_a_third_is_incomplete_and_the_listing_to_add_is_named(archive: Archive):
    publish(archive, 3)
    lines = HealthWatch(archive).check(watch("feed"), NOW)
    ((condition, detail),) = problems(archive)
    assert condition is Condition.INCOMPLETE
    assert detail.startswith("this feed names 58 to 68 % of")
    assert "sitemap https://a.example/news.xml named 34 articles that it left out" in detail
    assert len(lines) == 1
    (*_, week) = archive.coverage.weeks(NOW - timedelta(days=30), "a")
    assert week.week == monday_of(NOW)
    assert week.recall.most is not None
    assert {one.listing.kind: one.alone > 0 for one in week.shares} == {"feed": False, "sitemap": True, "home": True}


def test_a_problem_that_was_found_is_reported_once_and_can_be_expected(archive: Archive):
    publish(archive, 3)
    assert HealthWatch(archive).check(watch("feed", ", expect: [incomplete]"), NOW) == []
    assert HealthWatch(archive).check(watch("feed"), NOW)
    again = HealthWatch(archive)
    for hours in (0, 7):
        archive.save_run(Run(f"later-{hours}", "a", NOW + timedelta(hours=hours), NOW + timedelta(hours=hours), new=1))
        assert again.check(watch("feed"), NOW + timedelta(hours=hours)) == [], "still incomplete"


def test_a_feed_that_names_nearly_everything_is_healthy(archive: Archive):
    publish(archive, 60)
    assert HealthWatch(archive).check(watch("feed"), NOW) == []


def test_a_site_polls_the_listing_that_names_the_rest(archive: Archive):
    publish(archive, 3)
    assert HealthWatch(archive).check(watch("site"), NOW) == []
    assert SITEMAP.address in {one.address for one in archive.coverage.promoted("a")}


def test_a_listing_that_names_an_alias_named_the_article(archive: Archive):
    run = Run("one", "a", NOW, NOW)
    archive.save_run(run, seen=Sightings({OWN: {1}}, {1}, {7: frozenset({1, 7, 8})}))
    archive.save_run(run, seen=Sightings({HOME: {8}, OWN: {1}}))
    archive.save_run(run, seen=Sightings({SITEMAP: {99}}))
    listings, bits = archive.coverage.named("a", NOW - timedelta(days=1), NOW + timedelta(days=1))
    assert listings == [OWN, HOME, SITEMAP]
    assert bits == [0b011]


def test_what_was_not_stored_is_no_article_and_old_sightings_go(archive: Archive):
    archive.save_run(Run("one", "a", NOW, NOW), seen=Sightings({OWN: {1}}, {1}))
    assert archive.coverage.named("a", NOW - timedelta(days=1), NOW + timedelta(days=1))[1] == []
    archive.save_run(Run("two", "a", NOW, NOW), seen=Sightings({OWN: {1}}, set(), {1: frozenset({1})}))
    assert archive.coverage.named("a", NOW - timedelta(days=1), NOW + timedelta(days=1))[1] == [1]
    archive.coverage.forget_old(NOW + timedelta(days=40))
    assert archive.coverage.active(NOW - timedelta(days=1)) == []
