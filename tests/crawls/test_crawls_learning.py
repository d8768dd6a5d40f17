"""What crawls learn about a site, and articles on several pages."""

from __future__ import annotations

import pytest
from crawl_pages import article, feed
from mocksite import MockSite

pytestmark = pytest.mark.asyncio(loop_scope="session")
TOPICS = ("gates", "pumps", "ropes", "buoys", "tugs")
BOX = "The harbour calendar hangs in every second kitchen of the town and it is free."


def publish(site: MockSite, topics: tuple[str, ...], tail: str) -> None:
    for topic in topics:
        site.put(f"/news/{topic}", article(topic, tail=tail))
    site.put("/feed.xml", feed([site.url(f"/news/{topic}") for topic in topics]))


async def test_a_box_that_recurs_is_learned_while_crawling_and_taken_out_at_once(room, site: MockSite):
    room.use(f"sources:\n  - {{id: a, feed: '{site.url('/feed.xml')}', delay: 0s}}\n")
    publish(site, TOPICS[:2], f"<p>{BOX}</p>")
    await room.crawl()
    publish(site, TOPICS, f"<p>{BOX}</p>")
    await room.crawl()
    by_url = {item.url: item.text for item in room.articles()}
    assert len(by_url) == 5
    for topic in TOPICS[2:]:
        assert BOX not in by_url[site.url(f"/news/{topic}")]
        assert "lights went off" in by_url[site.url(f"/news/{topic}")]


@pytest.mark.slow
async def test_a_crawl_of_many_pages_goes_on_learning(room, site: MockSite):
    topics = tuple(f"gate {number} of {100 - number}" for number in range(40))
    room.use(f"sources:\n  - {{id: a, feed: '{site.url('/feed.xml')}', delay: 0s}}\n")
    for number, topic in enumerate(topics):
        site.put(f"/news/{number}", article(topic, tail=f"<p>{BOX}</p>" if number >= 20 else ""))
    site.put("/feed.xml", feed([site.url(f"/news/{number}") for number in range(40)]))
    await room.crawl()
    site.put("/news/last", article("buoys", tail=f"<p>{BOX}</p>"))
    site.put("/feed.xml", feed([site.url("/news/last")]))
    await room.crawl()
    by_url = {item.url: item.text for item in room.articles()}
    assert len(by_url) == 41
    assert BOX not in by_url[site.url("/news/last")]


async def test_the_user_s_word_counts_more_than_what_was_learned(room, site: MockSite):
    extract = f'extract: {{keep: ["{BOX}"], drop: ["A word from us."]}}'
    room.use(f"sources:\n  - {{id: a, feed: '{site.url('/feed.xml')}', delay: 0s, {extract}}}\n")
    for count in (2, 5):
        publish(
            site, TOPICS[:count], f"<p>{BOX}</p><p>A word from us.</p><p>The end of it all came soon, they said.</p>"
        )
        await room.crawl()
    for item in room.articles():
        assert BOX in item.text
        assert "A word from us." not in item.text


async def test_an_article_on_three_pages_is_one_article(room, site: MockSite):
    for number, topic in enumerate(TOPICS[:3], start=1):
        following = f'<link rel="next" href="/story/long-read?page={number + 1}">' if number < 3 else ""
        path = f"/story/long-read?page={number}" if number > 1 else "/story/long-read"
        site.put(path, article(topic, title="A long read", head=following))
    site.put("/feed.xml", feed([site.url("/story/long-read")]))
    room.use(f"sources:\n  - {{id: a, feed: '{site.url('/feed.xml')}', delay: 0s}}\n")
    assert (await room.crawl()).new == 1
    (item,) = room.articles()
    assert item.url == site.url("/story/long-read")
    places = [item.text.index(f"six hours on {topic}") for topic in TOPICS[:3]]
    assert places == sorted(places)


async def test_a_missing_second_page_leaves_the_first(room, site: MockSite):
    site.put("/story/short", article("gates", head='<link rel="next" href="/story/short?page=2">'))
    site.put("/feed.xml", feed([site.url("/story/short")]))
    room.use(f"sources:\n  - {{id: a, feed: '{site.url('/feed.xml')}', delay: 0s}}\n")
    assert (await room.crawl()).new == 1


async def test_an_error_page_is_no_second_page(room, site: MockSite):
    site.put("/story/cut", article("gates", head='<link rel="next" href="/story/cut?page=2">'))
    site.put("/story/cut?page=2", article("an error that nobody expected"), status=500)
    site.put("/feed.xml", feed([site.url("/story/cut")]))
    room.use(f"sources:\n  - {{id: a, feed: '{site.url('/feed.xml')}', delay: 0s}}\n")
    assert (await room.crawl()).new == 1
    assert "nobody expected" not in room.articles()[0].text
