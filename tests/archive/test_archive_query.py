from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from archive_samples import NOW, make_article, make_entry

from crawler.archive import Archive, Entry, ItemFilter, Order, SourceStats
from crawler.archive.queries import articles
from crawler.archive.queries.articles import PAGE
from crawler.errors import ArchiveError
from crawler.items import Outcome, Run

HOUR = timedelta(hours=1)


@pytest.fixture
def filled(archive: Archive) -> Archive:
    """Ten articles, the first found now and each an hour earlier than the one before."""
    batch = []
    for number in range(10):
        article = make_article(
            number,
            found=NOW - number * HOUR,
            source="even" if number % 2 == 0 else "odd",
            language="en" if number < 5 else "SW",
            tags=("Africa",) if number % 3 == 0 else ("Trade", "politics"),
        )
        batch.append(make_entry(article, *(["embassy"] if number in {2, 7} else [])))
    archive.store(batch)
    return archive


def ids(archive: Archive, item_filter: ItemFilter) -> list[int]:
    return [row.id for row in archive.items(item_filter)]


@pytest.mark.parametrize(
    ("item_filter", "expected"),
    [
        (ItemFilter(), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]),
        (ItemFilter(order=Order.OLDEST), [10, 9, 8, 7, 6, 5, 4, 3, 2, 1]),
        (ItemFilter(order=Order.STORED, limit=3), [1, 2, 3]),
        (ItemFilter(since=NOW - 2 * HOUR), [1, 2, 3]),
        (ItemFilter(until=NOW - 7 * HOUR), [9, 10]),
        (ItemFilter(since=NOW - 3 * HOUR, until=NOW - HOUR), [3, 4]),
        (ItemFilter(sources=("odd",), limit=2), [2, 4]),
        (ItemFilter(sources=("odd", "even", "none")), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]),
        (ItemFilter(sources=("none",)), []),
        (ItemFilter(tags=("AFRICA",)), [1, 4, 7, 10]),
        (ItemFilter(tags=("trade", "Politics"), limit=2), [2, 3]),
        (ItemFilter(languages=("sw",)), [6, 7, 8, 9, 10]),
        (ItemFilter(rules=("embassy",)), [3, 8]),
        (ItemFilter(rules=("embassy",), languages=("en",)), [3]),
        (ItemFilter(rules=("unknown",)), []),
        (ItemFilter(rules=("unknown", "embassy")), [3, 8]),
        (ItemFilter(after_id=8, order=Order.STORED), [9, 10]),
        (ItemFilter(after=(NOW - 7 * HOUR, 8)), [9, 10]),
        (ItemFilter(after=(NOW - 2 * HOUR, 3), order=Order.OLDEST), [2, 1]),
        (ItemFilter(limit=0), []),
    ],
)
def test_filters(filled: Archive, item_filter: ItemFilter, expected: list[int]):
    assert ids(filled, item_filter) == expected


@pytest.mark.parametrize(
    ("item_filter", "expected"),
    [
        (ItemFilter(tags=("AFRICA",)), [1, 4, 7, 10]),
        (ItemFilter(tags=("trade", "Politics"), limit=2), [2, 3]),
        (ItemFilter(tags=("Africa",), rules=("embassy",)), []),
        (ItemFilter(rules=("embassy",), order=Order.OLDEST), [8, 3]),
    ],
)
def test_many_links_are_walked_and_give_the_same(
    filled: Archive, item_filter: ItemFilter, expected: list[int], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(articles, "FEW", 0)
    assert ids(filled, item_filter) == expected


def test_rows_name_the_rules_that_alerted(filled: Archive):
    assert [row.rules for row in filled.items(ItemFilter(limit=3))] == [(), (), ("embassy",)]


def test_lists_can_leave_the_bodies_out(filled: Archive):
    lean = next(filled.items(bodies=False))
    full = next(filled.items())
    assert full.article.text
    assert lean.article == replace(full.article, text="", markdown="", captions=())


@pytest.mark.parametrize("order", list(Order))
def test_a_long_answer_has_no_gaps_and_no_repeats_at_page_borders(archive: Archive, order: Order):
    # All found in three moments: the id decides at a border
    total = 2 * PAGE + 7
    archive.store([Entry(make_article(n, found=NOW - (n % 3) * HOUR)) for n in range(total)])
    rows = [(row.article.found, row.id) for row in archive.items(ItemFilter(order=order), bodies=False)]
    expected = {Order.NEWEST: sorted(rows, reverse=True), Order.OLDEST: sorted(rows)}
    assert rows == expected.get(order, sorted(rows, key=lambda row: row[1]))
    assert len({row[1] for row in rows}) == total
    assert len(list(archive.items(ItemFilter(order=order, limit=PAGE + 3)))) == PAGE + 3


def test_articles_stored_while_a_list_is_read_do_no_harm(archive: Archive):
    archive.store([Entry(make_article(n)) for n in range(PAGE + 5)])
    rows = archive.items(ItemFilter())
    seen = [next(rows).id]
    archive.store([Entry(make_article(-1))])
    seen += [row.id for row in rows]
    assert seen == list(range(1, PAGE + 6))


@pytest.mark.parametrize("key", [3, "3", " 3 ", "https://news.example/2", "000002abc", "000002abcdef"])
def test_one_article_by_id_url_or_hash(filled: Archive, key: int | str):
    row = filled.article(key)
    assert row is not None
    assert row.id == 3


@pytest.mark.parametrize("key", [99, "99", "https://news.example/none", "zzzzzzz", "0000", "9" * 30, "%_____", ""])
def test_an_unknown_article_is_none(filled: Archive, key: int | str):
    assert filled.article(key) is None


def test_an_article_is_found_by_the_url_it_was_found_under(archive: Archive):
    article = make_article(1, canonical_url="https://news.example/canonical")
    archive.store([Entry(article)])
    assert archive.article(article.url) == archive.article("https://news.example/canonical") is not None


def test_an_ambiguous_prefix_is_reported(archive: Archive):
    archive.store([Entry(make_article(n, content_hash=f"abcdef{n}")) for n in range(2)])
    with pytest.raises(ArchiveError, match="the prefix is ambiguous"):
        archive.article("abcdef")
    assert archive.article("abcdef1") is not None


def test_the_last_id(archive: Archive):
    assert archive.last_id() == 0
    archive.store([Entry(make_article(n)) for n in range(3)])
    assert archive.last_id() == 3


def test_canonical_urls_feed_a_rebuild(filled: Archive):
    urls = list(filled.canonical_urls())
    assert len(urls) == 10
    assert urls[0] == ("https://news.example/0", "000000abcdef")


def test_alerts_are_listed_newest_first_and_filtered(filled: Archive):
    assert {alert.article_id for alert in filled.alerts()} == {3, 8}
    assert [alert.article_id for alert in filled.alerts(article_id=8)] == [8]
    assert len(filled.alerts(rule="embassy", since=NOW, limit=1)) == 1
    assert filled.alerts(since=NOW + HOUR) == filled.alerts(rule="other") == []


RUN = Run("r1", "even", NOW - HOUR)


def test_a_run_is_written_at_its_start_and_again_at_its_end(archive: Archive):
    archive.save_run(RUN)
    done = replace(RUN, finished=NOW, outcome=Outcome.PARTIAL, found=9, new=3, bytes=10**12, error="one\x00two")
    archive.save_run(done)
    assert archive.runs() == [replace(done, error="one\ufffdtwo")]


def test_runs_come_newest_first(archive: Archive):
    for number in range(5):
        started = NOW + number * HOUR
        archive.save_run(Run(f"r{number}", f"s{number % 2}", started, finished=started + HOUR))
    assert [run.id for run in archive.runs(limit=3)] == ["r4", "r3", "r2"]
    assert [run.id for run in archive.runs("s1")] == ["r3", "r1"]
    assert archive.runs("none") == []


def test_source_stats_join_articles_and_runs(filled: Archive):
    filled.save_run(replace(RUN, id="old", started=NOW - 2 * HOUR))
    filled.save_run(RUN)
    filled.save_run(Run("q1", "quiet", NOW))
    assert filled.source_stats(NOW - 4 * HOUR) == [
        SourceStats("even", 5, 3, NOW, RUN),
        SourceStats("odd", 5, 2, NOW - HOUR, None),
        SourceStats("quiet", 0, 0, None, Run("q1", "quiet", NOW)),
    ]


def test_counts(filled: Archive):
    filled.save_run(RUN)
    counted = filled.counts()
    assert (counted.articles, counted.runs, counted.alerts, counted.pending, counted.sent, counted.dead) == (
        10,
        1,
        2,
        2,
        0,
        0,
    )
