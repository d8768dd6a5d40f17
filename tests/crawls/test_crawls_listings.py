"""What a crawl of each kind of source finds, stores and leaves alone."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime, timedelta

import pytest
from crawl_pages import NEIGHBOURS, article, feed
from mocksite import FrozenDate, MockSite, Reply, RestlessTag

from crawler.items import Outcome

pytestmark = pytest.mark.asyncio(loop_scope="session")


def watch(site: MockSite, kind: str, path: str, extra: str = "") -> str:
    return f"sources:\n  - {{id: a, {kind}: '{site.url(path)}', {NEIGHBOURS}, delay: 0s{extra}}}\n"


def put_articles(site: MockSite, *topics: str) -> list[str]:
    for topic in topics:
        site.put(f"/news/{topic}.html", article(topic))
    return [site.url(f"/news/{topic}.html") for topic in topics]


async def test_a_feed_gives_clean_articles_once(room, site: MockSite):
    urls = put_articles(site, "the-quay", "the-lock")
    site.put("/feed.xml", feed(urls))
    room.use(watch(site, "feed", "/feed.xml"))
    first = await room.crawl()
    assert (first.outcome, first.found, first.new, first.failed) == (Outcome.DONE, 2, 2, 0)
    assert first.bytes > 2000
    stored = room.articles()
    assert {item.canonical_url for item in stored} == set(urls)
    for item in stored:
        assert item.source == "a"
        assert item.language == "en"
        assert item.word_count > 100
        assert "Read More" not in item.text
        assert "Imprint" not in item.text
    second = await room.crawl()
    assert (second.new, second.failed) == (0, 0)
    assert len(site.asked("/news/the-quay.html")) == 1, "a known article is not fetched again"
    assert [run.id for run in room.runtime.archive.sync.runs("a")] == [second.id, first.id]


async def test_a_session_of_all_addresses_is_no_part_of_them(room, site: MockSite):
    topics = ("the-sluice", "the-towpath", "the-winch")
    urls = put_articles(site, *topics)
    room.use(watch(site, "feed", "/feed.xml"))
    for session in ("0f2c8a1b9d3e4f5061728394a5b6c7d8", "77c1f00a9d3e4f5061728394a5b6c001"):
        site.put("/feed.xml", feed([f"{url}?sid={session}" for url in urls]))
        await room.crawl()
    assert {item.canonical_url for item in room.articles()} == set(urls)
    assert [len(site.asked(f"/news/{topic}.html")) for topic in topics] == [1, 1, 1]


@pytest.mark.parametrize("name", ["sid", "session", "s", "sessionid"])
async def test_what_looks_like_a_session_may_be_the_article(room, site: MockSite, name: str):
    numbers = [f"{n:x}c8a1b9d3e4f5061728394a5b6c7d8" for n in (240, 7119, 33)]
    urls = [f"/view.php?{name}={number}" for number in numbers]
    for url in urls:
        site.put(url, article(url[-30:-20]))
    site.put("/feed.xml", feed([site.url(url) for url in urls]))
    room.use(watch(site, "feed", "/feed.xml"))
    assert (await room.crawl()).new == 3
    assert {item.canonical_url for item in room.articles()} == {site.url(url) for url in urls}


async def test_an_unchanged_feed_is_not_sent_again(room, site: MockSite):
    site.put(
        "/feed.xml",
        feed(put_articles(site, "weir")),
        headers={"ETag": '"1"', "Last-Modified": "Sun, 01 Mar 2026 12:00:00 GMT"},
    )
    room.use(watch(site, "feed", "/feed.xml"))
    await room.crawl()
    second = await room.crawl()
    asked = site.asked("/feed.xml")[-1]
    assert asked.headers["if-none-match"] == '"1"'
    assert asked.headers["if-modified-since"] == "Sun, 01 Mar 2026 12:00:00 GMT"
    assert (second.found, second.unchanged, second.bytes) == (0, 1, 0)


async def test_a_server_whose_tag_never_matches_is_seen_through(room, site: MockSite):
    site.put("/feed.xml", feed(put_articles(site, "sluice")), behaviour=RestlessTag())
    room.use(watch(site, "feed", "/feed.xml"))
    await room.crawl()
    second = await room.crawl()
    assert (second.found, second.unchanged) == (0, 1), "the same body is not read again"


async def test_a_server_whose_date_never_changes_is_believed_as_http_says(room, site: MockSite):
    one, two = put_articles(site, "dyke", "polder")
    site.put("/feed.xml", feed([one]), behaviour=FrozenDate())
    room.use(watch(site, "feed", "/feed.xml"))
    assert (await room.crawl()).new == 1
    site.put("/feed.xml", feed([one, two]), behaviour=FrozenDate())
    assert (await room.crawl()).new in {0, 1}
    assert len(room.articles()) in {1, 2}


@pytest.mark.slow
async def test_validators_are_kept_only_when_everything_was_dealt_with(room, site: MockSite):
    good, bad = put_articles(site, "basin", "berth")
    site.put_turns("/news/berth.html", [Reply(b"", 500), Reply(article("berth").encode())])
    site.put("/feed.xml", feed([good, bad]), headers={"ETag": '"1"'})
    room.use(watch(site, "feed", "/feed.xml"))
    first = await room.crawl()
    assert (first.outcome, first.new, first.failed) == (Outcome.PARTIAL, 1, 1)
    assert "status 500" in first.error
    await room.crawl()
    assert "if-none-match" not in site.asked("/feed.xml")[-1].headers, "what failed must be listed again"


async def test_a_failed_page_is_tried_again_after_a_pause(room, site: MockSite):
    (url,) = put_articles(site, "crane")
    site.put_turns("/news/crane.html", [Reply(b"", 503 - 3), Reply(article("crane").encode())])
    site.put("/feed.xml", feed([url]))
    room.use(watch(site, "feed", "/feed.xml"))
    await room.crawl()
    await room.crawl()
    assert len(site.asked("/news/crane.html")) == 1, "nobody asks again at once"
    for name in await room.runtime.state.redis.keys("ww:claim:*"):
        await room.runtime.state.redis.delete(name)  # as if the pause were over
    assert (await room.crawl()).new == 1


async def test_a_page_without_an_article_is_given_up_after_three_attempts(room, site: MockSite):
    site.put("/news/empty.html", "<html><body><p>Soon.</p></body></html>")
    site.put("/feed.xml", feed([site.url("/news/empty.html")]))
    room.use(watch(site, "feed", "/feed.xml"))
    for _ in range(5):
        run = await room.crawl()
        assert (run.new, run.failed) == (0, 0), "no article is an expected answer"
        for name in await room.runtime.state.redis.keys("ww:claim:*"):
            await room.runtime.state.redis.delete(name)
    assert len(site.asked("/news/empty.html")) == 3


async def test_one_text_under_two_addresses_is_one_article(room, site: MockSite):
    body = article("the ferry")
    site.put("/world/ferry-story-one", body)
    site.put("/local/ferry-story-two", body)
    site.put("/feed.xml", feed([site.url("/world/ferry-story-one"), site.url("/local/ferry-story-two")]))
    room.use(watch(site, "feed", "/feed.xml"))
    run = await room.crawl()
    assert run.new == 1
    again = await room.crawl()
    assert again.new == 0
    await room.crawl()
    assert len(room.articles()) == 1
    assert len(site.asked("/world/ferry-story-one")) + len(site.asked("/local/ferry-story-two")) <= 3


async def test_one_text_in_two_outlets_is_two_articles(room, site: MockSite):
    site.put("/wire", article("the strike"))
    site.put("/feed.xml", feed([site.url("/wire", 0), site.url("/wire", 1)]))
    room.use(watch(site, "feed", "/feed.xml"))
    assert (await room.crawl()).new == 2


async def test_a_canonical_address_is_believed_within_the_site(room, site: MockSite):
    link = f'<link rel="canonical" href="{site.url("/news/real-address")}">'
    site.put("/news/real-address", article("the canal", head=link))
    site.put("/amp/real-address", article("the canal", head=link))
    foreign = f'<link rel="canonical" href="{site.url("/elsewhere", 1)}">'
    site.put("/news/proud", article("the bridge", head=foreign))
    site.put("/feed.xml", feed([site.url("/amp/real-address"), site.url("/news/proud")]))
    room.use(watch(site, "feed", "/feed.xml"))
    assert (await room.crawl()).new == 2
    assert {item.canonical_url for item in room.articles()} == {site.url("/news/real-address"), site.url("/news/proud")}
    site.put("/feed.xml", feed([site.url("/news/real-address")]))
    again = await room.crawl()
    assert (again.found, again.unchanged) == (1, 1)
    assert not site.asked("/news/real-address"), "known under its canonical address"


@pytest.mark.slow
async def test_a_redirect_makes_an_alias(room, site: MockSite):
    (url,) = put_articles(site, "lighthouse")
    site.put("/short/1", status=301, headers={"Location": url})
    site.put("/feed.xml", feed([site.url("/short/1")]))
    room.use(watch(site, "feed", "/feed.xml"))
    assert (await room.crawl()).new == 1
    site.put("/feed.xml", feed([url, site.url("/short/1")]))
    again = await room.crawl()
    assert (again.found, again.unchanged, again.new) == (2, 2, 0)


async def test_a_sitemap_index_leads_to_its_newest_part(room, site: MockSite):
    (url,) = put_articles(site, "tide")
    now = datetime.now(UTC)
    part = f"""<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">
    <url><loc>{url}</loc><news:news><news:publication_date>{now.isoformat()}</news:publication_date>
    <news:title>Tide</news:title></news:news></url></urlset>"""
    site.put("/news-sitemap.xml.gz", gzip.compress(part.encode()), headers={"Content-Type": "application/gzip"})
    index = f"""<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
    <sitemap><loc>{site.url("/old.xml")}</loc><lastmod>2019-01-01</lastmod></sitemap>
    <sitemap><loc>{site.url("/news-sitemap.xml.gz")}</loc><lastmod>{now.isoformat()}</lastmod></sitemap></sitemapindex>"""
    site.put("/sitemap.xml", index)
    room.use(watch(site, "sitemap", "/sitemap.xml"))
    old = f"<urlset><url><loc>{site.url('/news/years-ago.html')}</loc></url></urlset>"
    site.put("/old.xml", old)
    for expected in (1, 0, 0):
        assert (await room.crawl()).new == expected
    assert len(site.asked("/old.xml")) == 1, "once a day"
    assert not site.asked("/news/years-ago.html")


async def test_a_json_feed_is_read(room, site: MockSite):
    (url,) = put_articles(site, "ebb")
    body = {"version": "https://jsonfeed.org/version/1.1", "title": "F", "items": [{"id": "1", "url": url}]}
    site.put("/feed.json", json.dumps(body), headers={"Content-Type": "application/feed+json"})
    room.use(watch(site, "feed", "/feed.json"))
    assert (await room.crawl()).new == 1


async def test_a_section_page_leads_to_its_articles(room, site: MockSite):
    topics = [f"harbour-board-votes-on-quay-number-{n}" for n in range(4)]
    links = [f"/2026/03/01/{topic}" for topic in topics]
    for topic, link in zip(topics, links, strict=True):
        site.put(link, article(topic))
    cards = "".join(
        f'<div class="card"><h2><a href="{link}">Harbour board votes on quay {n}</a></h2></div>'
        for n, link in enumerate(links)
    )
    site.put("/local/", f"<html><body><nav><a href='/about'>About us</a></nav>{cards}</body></html>")
    room.use(watch(site, "section", "/local/"))
    assert (await room.crawl()).new == 4
    assert not site.asked("/about")


async def test_a_site_is_explored_once_and_then_polled(room, site: MockSite):
    (url,) = put_articles(site, "estuary")
    anchor = f'<a href="{url}">Estuary story of the day is told again</a>'
    home = f'<html><head><link rel="alternate" type="application/rss+xml" href="/rss.xml"></head><body>{anchor}</body>'
    site.put("/", home)
    site.put("/rss.xml", feed([url], dates=[datetime.now(UTC).strftime("%a, %d %b %Y %H:%M:%S +0000")]))
    room.use(watch(site, "site", "/"))
    await room.crawl()
    assert [item.canonical_url for item in room.articles()] == [url]
    explored = len(site.requests)
    await room.crawl()
    assert len(site.requests) - explored <= 3, "later crawls only poll"


async def test_a_watched_page_gives_an_item_for_each_version(room, site: MockSite):
    site.put("/notices", article("tender one"))
    room.use(watch(site, "page", "/notices"))
    assert (await room.crawl()).new == 1
    assert (await room.crawl()).new == 0
    site.put("/notices", article("tender two"))
    assert (await room.crawl()).new == 1
    assert len(room.articles()) == 2


async def test_allow_deny_age_and_number_limit_what_is_fetched(room, site: MockSite):
    topics = ("one", "two", "three", "sport-derby", "old")
    urls = put_articles(site, *topics)
    dates = [
        (datetime.now(UTC) - timedelta(days=30 if "old" in url else n)).strftime("%a, %d %b %Y %H:%M:%S +0000")
        for n, url in enumerate(urls)
    ]
    site.put("/feed.xml", feed([*urls, site.url("/video/1")], dates=[*dates, dates[0]]))
    room.use(watch(site, "feed", "/feed.xml", ", allow: ['/news/'], deny: ['sport'], max_age: 7d, max_pages: 2"))
    run = await room.crawl()
    assert (run.found, run.new) == (3, 2)
    assert {item.canonical_url for item in room.articles()} == set(urls[:2]), "the newest first"
    assert (await room.crawl()).new == 1, "the rest comes with the next crawl"


async def test_only_the_source_s_own_site_sees_its_headers_and_cookies(room, site: MockSite):
    own, foreign = site.url("/news/own"), site.url("/news/foreign", 1)
    site.put("/news/own", article("own"))
    site.put("/news/foreign", article("foreign"))
    site.put("/feed.xml", feed([own, foreign]))
    extra = ", user_agent: 'Desk/1 (+https://desk.example)', headers: {X-Key: secret}, cookies: {consent: 'yes'}"
    room.use(watch(site, "feed", "/feed.xml", extra))
    assert (await room.crawl()).new == 2
    (mine,), (theirs,) = site.asked("/news/own"), site.asked("/news/foreign")
    assert (mine.headers["x-key"], mine.headers["cookie"]) == ("secret", "consent=yes")
    assert "x-key" not in theirs.headers
    assert "cookie" not in theirs.headers
    assert mine.headers["user-agent"] == theirs.headers["user-agent"] == "Desk/1 (+https://desk.example)"


async def test_overrides_and_the_zone_of_the_source_reach_the_extractor(room, site: MockSite):
    page = article("the dock").replace("<h1>", '<p class="real">Headline of the dock</p><h1>')
    page = page.replace("</article>", '<div class="when">1 March 2026 09:30</div></article>')
    site.put("/news/dock", page)
    site.put("/feed.xml", feed([site.url("/news/dock")]))
    extra = ", timezone: Africa/Nairobi, extract: {title: p.real, date: div.when}"
    room.use(watch(site, "feed", "/feed.xml", extra))
    await room.crawl()
    (item,) = room.articles()
    assert item.title == "Headline of the dock"
    assert item.published == datetime(2026, 3, 1, 6, 30, tzinfo=UTC)
    assert not item.published_uncertain
