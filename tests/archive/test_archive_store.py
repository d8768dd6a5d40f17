from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from archive_samples import NOW, make_alert, make_article, make_entry
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crawler.archive import Archive, Entry
from crawler.errors import ArchiveError
from crawler.items import Article

FULL = Article(
    url="https://news.example/a?utm_source=x",
    title="Zürich “quotes” 東京",
    text="One.\n\nTwo.",
    canonical_url="https://news.example/a",
    source="example",
    authors=("Ann Author", "Bo Writer"),
    published=datetime(2026, 11, 23, 9, 30, 0, 123456, tzinfo=timezone(timedelta(hours=3))),
    published_from="json-ld",
    published_uncertain=True,
    modified=NOW,
    modified_from="meta",
    found=NOW,
    language="de",
    section="World",
    tags=("Africa", "Trade"),
    image="https://news.example/a.jpg",
    lead="A lead.",
    markdown="# One\n\nTwo.",
    captions=("A caption",),
    agency="AFP",
    paywalled=True,
    live=True,
    word_count=12,
    content_hash="abcdef0123",
)


def test_every_field_of_an_article_comes_back(archive: Archive):
    (stored,) = archive.store([Entry(FULL)])
    row = archive.article(stored.article_id)
    assert row is not None
    assert row.article == FULL  # datetimes compare as moments
    assert row.article.published is not None
    assert row.article.published.tzinfo is UTC


def test_an_article_without_canonical_url_is_known_by_its_url(archive: Archive):
    article = make_article(1)
    archive.store([Entry(article)])
    assert [url for url, _ in archive.canonical_urls()] == [article.url]


def test_storing_twice_stores_once_and_alerts_once(archive: Archive):
    entry = make_entry(make_article(1), "embassy", channels=("desk", "phone"))
    (first,) = archive.store([entry])
    (again,) = archive.store([entry])
    assert first.is_new
    assert [alert.article_id for alert in first.new_alerts] == [first.article_id]
    assert (again.article_id, again.is_new, again.new_alerts) == (first.article_id, False, ())
    counted = archive.counts()
    assert (counted.articles, counted.alerts, counted.pending) == (1, 1, 2)


def test_the_same_article_twice_in_one_batch_is_new_once(archive: Archive):
    article = make_article(1)
    renamed = replace(article, url=article.url + "?ref=home", canonical_url=article.url, title="Later")
    results = archive.store([make_entry(article, "a"), make_entry(renamed, "a"), make_entry(renamed, "b")])
    assert [result.is_new for result in results] == [True, False, False]
    assert len({result.article_id for result in results}) == 1
    assert [len(result.new_alerts) for result in results] == [1, 0, 1]
    row = archive.article(results[0].article_id)
    assert row is not None
    assert row.article.title == article.title  # the first of a batch wins
    assert row.rules == ("a", "b")


def test_a_rule_alerts_once_for_an_article_whatever_the_id(archive: Archive):
    article = make_article(1)
    archive.store([make_entry(article, "embassy")])
    other = make_alert(article, "embassy", id="another-id")
    (result,) = archive.store([Entry(article, (other,), ((other.id, "desk"),))])
    assert result.new_alerts == ()
    assert archive.counts().pending == 1


def test_a_new_rule_alerts_for_a_known_article(archive: Archive):
    article = make_article(1)
    archive.store([Entry(article)])
    (result,) = archive.store([make_entry(article, "embassy")])
    assert not result.is_new
    assert [alert.rule for alert in result.new_alerts] == ["embassy"]


def test_the_evidence_of_an_alert_comes_back(archive: Archive):
    article = make_article(1, published=NOW - timedelta(hours=1))
    (stored,) = archive.store([make_entry(article, "embassy")])
    expected = replace(make_alert(article, "embassy"), article_id=stored.article_id)
    assert archive.alert(expected.id) == expected
    assert archive.alerts() == [expected]
    assert archive.alert("unknown") is None


def test_a_failed_batch_leaves_nothing(archive: Archive):
    good, bad = make_entry(make_article(1), "a"), make_entry(make_article(2), "b")
    broken = replace(bad, alerts=(replace(bad.alerts[0], article_id=0, matched=None),), channels=())  # type: ignore[arg-type]
    with pytest.raises((ArchiveError, AttributeError)):
        archive.store([good, broken])
    assert archive.counts().articles == 0


@pytest.mark.parametrize(
    ("entry", "what"),
    [
        (Entry(make_article(1, found=None)), "found"),
        (Entry(make_article(1, found=datetime(2026, 1, 1))), "time zone"),  # noqa: DTZ001
        (Entry(make_article(1, published=datetime(2026, 1, 1))), "time zone"),  # noqa: DTZ001
        (Entry(make_article(1), (), (("ghost", "desk"),)), "not of this article"),
    ],
)
def test_a_caller_s_mistake_is_refused_before_writing(archive: Archive, entry: Entry, what: str):
    with pytest.raises(ArchiveError, match=what) as caught:
        archive.store([make_entry(make_article(2)), entry])
    assert not caught.value.transient
    assert archive.counts().articles == 0


def test_an_empty_batch_is_nothing(archive: Archive):
    assert archive.store([]) == []


def test_what_a_hostile_page_may_hold_is_stored(archive: Archive):
    hostile = make_article(
        1,
        url="https://news.example/" + "x" * 20_000,
        title="a\x00b\ud800c",
        tags=("t\x00", "T" * 5000, "\udfff"),
        authors=("\x00",),
        published=datetime.max.replace(tzinfo=timezone(timedelta(hours=-5))),
        modified=datetime.min.replace(tzinfo=UTC),
    )
    (stored,) = archive.store([Entry(hostile)])
    row = archive.article(stored.article_id)
    assert row is not None
    assert row.article.title == "a\ufffdb\ufffdc"
    assert row.article.tags[2] == "\ufffd"
    assert row.article.published is None  # beyond what UTC can say
    assert row.article.modified == datetime.min.replace(tzinfo=UTC)
    assert archive.article(hostile.url) == row


def test_a_large_batch_is_one_transaction(archive: Archive):
    batch = [make_entry(make_article(number), "a") for number in range(1500)]
    results = archive.store(batch)
    assert len({result.article_id for result in results}) == 1500
    assert [result.article_id for result in archive.store(batch)] == [result.article_id for result in results]
    for entry, result in ((batch[0], results[0]), (batch[1499], results[1499])):
        row = archive.article(result.article_id)
        assert row is not None
        assert row.article.url == entry.article.url
    assert archive.counts().pending == 1500


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 8), st.sets(st.sampled_from("abc"))), max_size=12), st.data())
def test_any_repeat_and_any_cut_into_batches_gives_the_same_archive(
    archive: Archive, plan: list[tuple[int, set[str]]], data: st.DataObject
):
    salt = secrets.token_hex(8)  # one archive serves all examples
    entries = [
        make_entry(make_article(number, url=f"https://n.example/{salt}/{number}"), *sorted(rules))
        for number, rules in plan
    ]
    before = archive.counts()
    told: list[str] = []
    position = 0
    while position < len(entries):
        size = data.draw(st.integers(1, 5))
        batch = entries[position : position + size]
        for _ in range(data.draw(st.integers(1, 2))):
            told += [alert.id for result in archive.store(batch) for alert in result.new_alerts]
        position += size
    wanted = {(number, rule) for number, rules in plan for rule in rules}
    after = archive.counts()
    assert after.articles - before.articles == len({number for number, _ in plan})
    assert after.alerts - before.alerts == len(wanted) == len(told) == len(set(told))
    assert after.pending - before.pending == len(wanted)
