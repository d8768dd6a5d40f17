"""What runs read and what waits, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from crawler.archive import Archive
from crawler.archive.maintenance.retention import prune
from crawler.archive.queries.listings import KEPT, MOST_LISTINGS
from crawler.config.archive import ArchiveRetention
from crawler.dedupe.urls import url_key
from crawler.items import Candidate, LeftOver, Outcome, ReadListing, Run, Waiting

NOW = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)


def test_candidates_expire_after_a_week(archive: Archive):
    listings = archive.listings
    run = Run("r", "a", NOW - KEPT - timedelta(minutes=1))
    key = url_key("https://x.example/1")
    listings.record(run, [ReadListing("feed", "x", run.started)], [Waiting(key, Candidate("https://x.example/1"))])
    assert [one.key for one in listings.waiting("a", run.started)] == [key]
    assert listings.waiting("a", NOW) == []
    assert listings.waiting("a", run.started) == [], "it is deleted"


def test_a_run_keeps_a_bounded_number_of_records_and_the_sum_of_the_others(archive: Archive):
    now = NOW
    run = Run("r", "a", now)
    one = ReadListing("child", "x" * 9000, now, 200, "e" * 9000, 3, 1, 1, ((LeftOver.BUSY, 1),))
    archive.listings.record(run, [one] * 60)
    archive.listings.record(run, [one] * 60)
    archive.save_run(Run("r", "a", now, now, Outcome.DONE), [one] * 60)
    *each, others = archive.listings.of("r")
    assert len(each) == MOST_LISTINGS
    assert (others.kind, others.listings, others.named, dict(others.left_over)) == ("others", 80, 240, {"busy": 80})
    assert max(len(each[0].address), len(each[0].error)) <= 500


def test_a_run_that_goes_on_is_listed_and_schedules_nothing(archive: Archive):
    now = NOW
    archive.listings.record(Run("r1", "a", now - timedelta(minutes=1)), [ReadListing("feed", "x", now)])
    assert archive.runs("a") == []
    assert archive.listings.run("r1").finished is None
    archive.save_run(Run("r2", "a", now, now))
    assert (archive.listings.run("r1").outcome, archive.listings.run("r1").error) == (
        Outcome.STOPPED,
        "the process was killed",
    )


def test_candidates_wait_as_they_were_listed_until_they_are_dealt_with(archive: Archive):
    run = Run("r", "a", NOW)
    own = Candidate(
        "https://x.example/page#1", "A \x00 title", NOW, None, "Its text.", "en", ("One",), ("Ann",), "https://x.example/feed",
        NOW, published_uncertain=True, guid="1", own=True, text="Its whole text.",
    )  # fmt: skip
    page = Candidate("https://x.example/2", summary="not kept: its page has it")
    top, low = (1 << 64) - 1, 5
    for _ in range(2):  # a repeat changes nothing
        archive.listings.record(run, [], [Waiting(top, own, top - 1), Waiting(low, page)])
    found = {one.key: one for one in archive.listings.waiting("a", NOW)}
    assert found[top] == Waiting(top, replace(own, title="A \ufffd title"), top - 1)
    assert found[low] == Waiting(low, replace(page, summary=""))
    assert archive.listings.waiting_keys("a") == {top, low}
    assert archive.listings.waiting("b", NOW) == []
    archive.save_run(replace(run, finished=NOW), (), [top])
    assert archive.listings.waiting_keys("a") == {low}


def test_records_go_with_their_run(archive: Archive):
    read = [ReadListing("feed", "https://x.example/feed", NOW, 200)]
    for number in range(3):
        started = NOW - timedelta(days=9 - number)
        archive.save_run(Run(f"r{number}", "a", started, started), read)
    prune(archive, ArchiveRetention(keep="5d"), NOW)
    assert [len(archive.listings.of(f"r{number}")) for number in range(3)] == [1, 0, 1]
