"""Feeds, sitemaps and robots.txt are valid, complete and in step with the articles."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from xml.etree.ElementTree import Element

import pytest
from defusedxml.ElementTree import fromstring

from crawler.demo import feeds
from crawler.demo.edition import Edition, edition
from crawler.demo.schedule import Pace
from crawler.discover.robots import read_robots

START = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
BASES = ("http://127.0.0.1:8642", "http://127.0.0.2:8642", "http://127.0.0.3:8642")
ATOM = "{http://www.w3.org/2005/Atom}"
MAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
NEWS = "{http://www.google.com/schemas/sitemap-news/0.9}"
outlets = pytest.mark.parametrize("outlet", [0, 1, 2])


def after(seconds: float) -> Edition:
    return edition(BASES, Pace(START), START + timedelta(seconds=seconds))


def texts(root: Element, path: str) -> list[str]:
    return [element.text or "" for element in root.iterfind(path)]


@pytest.mark.parametrize("seconds", [0, 90, 700, 100_000])
def test_rss(seconds: int):
    now = after(seconds)
    items = list(fromstring(feeds.rss(0, now)).iterfind("channel/item"))
    versions = now.of(0)[: feeds.FEED_LENGTH]
    assert [item.findtext("link") for item in items] == [now.url(v) for v in versions]
    assert [item.findtext("title") for item in items] == [v.title for v in versions]
    assert [item.findtext("guid") for item in items] == [item.findtext("link") for item in items]
    for item, version in zip(items, versions, strict=True):
        date = item.findtext("pubDate")
        assert (date is None) == (version.story.dated is not None)
        assert date is None or parsedate_to_datetime(date) == version.published
        assert texts(item, "{http://purl.org/dc/elements/1.1/}creator") == list(version.story.authors)


def test_the_article_of_long_ago_stands_among_the_newest():
    titles = texts(fromstring(feeds.rss(0, after(0))), "channel/item/title")
    assert titles[0].startswith("Iraq says")


@pytest.mark.parametrize("seconds", [0, 90, 700, 100_000])
def test_atom(seconds: int):
    now = after(seconds)
    root = fromstring(feeds.atom(1, now))
    entries = list(root.iterfind(f"{ATOM}entry"))
    versions = now.of(1)[: feeds.FEED_LENGTH]
    assert [entry.findtext(f"{ATOM}id") for entry in entries] == [now.url(v) for v in versions]
    for entry, version in zip(entries, versions, strict=True):
        assert entry.findtext(f"{ATOM}title") == version.title
        assert datetime.fromisoformat(entry.findtext(f"{ATOM}published") or "") == version.published
        assert datetime.fromisoformat(entry.findtext(f"{ATOM}updated") or "") == version.modified
    assert datetime.fromisoformat(root.findtext(f"{ATOM}updated") or "") == now.changed(1)


@outlets
def test_the_index_names_both_sitemaps(outlet: int):
    locs = texts(fromstring(feeds.sitemap_index(outlet, after(0))), f"{MAP}sitemap/{MAP}loc")
    assert locs == [f"{BASES[outlet]}/sitemap-news.xml", f"{BASES[outlet]}/sitemap-articles.xml"]


@outlets
def test_sitemaps_list_every_article(outlet: int):
    now = after(500)
    every = fromstring(feeds.sitemap(outlet, now))
    assert texts(every, f"{MAP}url/{MAP}loc") == [now.url(v) for v in now.of(outlet)]
    fresh = [v for v in now.of(outlet) if not v.story.dated]
    news = fromstring(feeds.news_sitemap(outlet, now))
    assert texts(news, f"{MAP}url/{MAP}loc") == [now.url(v) for v in fresh]
    assert texts(news, f"{MAP}url/{NEWS}news/{NEWS}title") == [v.title for v in fresh]
    assert texts(news, f".//{NEWS}language") == [v.story.language for v in fresh]
    dates = map(datetime.fromisoformat, texts(news, f".//{NEWS}publication_date"))
    assert list(dates) == [v.published for v in fresh]


def test_a_feed_rests_between_two_events():
    assert feeds.rss(0, after(60)) == feeds.rss(0, after(74))
    assert feeds.atom(1, after(61)) == feeds.atom(1, after(79))
    assert feeds.rss(0, after(59)) != feeds.rss(0, after(60))


@pytest.mark.parametrize(("outlet", "delay"), [(0, None), (1, None), (2, 0.5)])
def test_robots(outlet: int, delay: float | None):
    rules = read_robots(feeds.robots(outlet, after(0)).encode())
    base = BASES[outlet]
    assert rules.crawl_delay_s("wirewatch") == (delay or 0)
    assert not rules.allows(f"{base}/print/world/some-article", "wirewatch")
    assert rules.allows(f"{base}/world/some-article", "wirewatch")
    assert list(rules.sitemaps) == [f"{base}/sitemap.xml"]
