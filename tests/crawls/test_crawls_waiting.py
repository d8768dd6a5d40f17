"""What a listing named is stored, though it does not name it any more; a run shows what it read."""

from __future__ import annotations

import asyncio
import signal
from email.utils import format_datetime

import pytest
from crawl_pages import article, feed
from mocksite import MockSite, Never
from nursery import start
from service_process import environment, wirewatch
from test_crawls_feed_items import item, rss

from crawler.dedupe.urls import canonical_url, url_key
from crawler.items import LeftOver, ReadListing, Run, Waiting
from crawler.runtime import utc_now
from crawler.usecases.run_details import run_details

pytestmark = pytest.mark.asyncio(loop_scope="session")


def publish(site: MockSite, *names: str) -> list[str]:
    for name in names:
        site.put(f"/news/{name}", article(f"the {name} report"))
    return [site.url(f"/news/{name}") for name in names]


def use(room, site: MockSite, more: str = "") -> None:
    room.use(f"sources:\n  - {{id: a, feed: '{site.url('/feed.xml')}', delay: 0s{more}}}\n")


def read_by(room, run: Run) -> list[ReadListing]:
    found = run_details(room.runtime.archive.sync, run.id)
    assert found is not None
    assert [one.named for one in found.listings] == [
        one.new + one.known + sum(dict(one.left_over).values()) for one in found.listings
    ]
    return list(found.listings)


def waiting(room) -> list[Waiting]:
    return room.runtime.archive.sync.listings.waiting("a", utc_now())


async def due_again(room, *urls: str) -> None:
    for url in urls:
        await room.runtime.state.urls.release(url_key(canonical_url(url)), "later")


@pytest.mark.slow
async def test_a_run_tells_what_became_of_each_candidate_of_a_listing(room, site: MockSite):
    urls = publish(site, "one", "two", "three", "off")
    dates = ["Mon, 02 Jan 2006 10:00:00 GMT", *[format_datetime(utc_now())] * 3]
    site.put("/feed.xml", feed(urls))
    use(room, site, ", max_pages: 2, deny: ['/news/off']")
    (first,) = read_by(room, await room.crawl())
    assert (first.kind, first.address, first.status) == ("feed", site.url("/feed.xml"), 200)
    assert (first.named, first.new, first.known) == (4, 2, 0)
    assert dict(first.left_over) == {LeftOver.OVER_LIMIT: 1, LeftOver.NOT_ALLOWED: 1}
    site.put("/feed.xml", feed([*publish(site, "old"), *urls[:3]], dates=dates))
    (second,) = read_by(room, await room.crawl())
    assert (second.named, second.new, second.known) == (4, 1, 2)
    assert dict(second.left_over) == {LeftOver.TOO_OLD: 1}
    site.put("/feed.xml", "no", status=503)
    (third,) = read_by(room, await room.crawl())
    assert (third.status, third.error, third.named) == (503, "status 503", 0)


@pytest.mark.slow
async def test_an_unchanged_listing_and_one_without_an_answer_are_recorded(room, site: MockSite):
    site.put("/feed.xml", feed(publish(site, "one")), headers={"ETag": '"1"'})
    use(room, site)
    await room.crawl()
    (same,) = read_by(room, await room.crawl())
    assert (same.status, same.named) == (304, 0)
    room.use(f"sources:\n  - {{id: a, feed: '{site.dead_url('/feed.xml')}', delay: 0s}}\n")
    (dead,) = read_by(room, await room.crawl())
    assert dead.status == 0
    assert "connection refused" in dead.error


@pytest.mark.slow
async def test_what_was_over_the_page_limit_is_stored_though_the_feed_moves_on(room, site: MockSite):
    urls = publish(site, "one", "two", "three", "four")
    site.put("/feed.xml", feed(urls))
    use(room, site, ", max_pages: 2")
    assert (await room.crawl()).new == 2
    assert len(waiting(room)) == 2
    site.put("/feed.xml", feed(publish(site, "five")))
    run = await room.crawl()
    listed, left = read_by(room, run)
    assert (run.found, run.new, listed.new, left.kind, left.new) == (1, 2, 1, "waiting", 1)
    assert dict(left.left_over) == {LeftOver.OVER_LIMIT: 1}
    await room.crawl()
    assert {one.url for one in room.articles()} == {*urls, site.url("/news/five")}
    assert waiting(room) == []


@pytest.mark.slow
async def test_a_page_that_failed_is_tried_again_though_the_feed_moves_on(room, site: MockSite):
    (url,) = publish(site, "late")
    site.put("/news/late", "no", status=500)
    site.put("/feed.xml", feed([url]))
    use(room, site)
    assert (await room.crawl()).new == 0
    publish(site, "late")
    site.put("/feed.xml", feed([]))
    (_, left) = read_by(room, await room.crawl())
    assert dict(left.left_over) == {LeftOver.BUSY: 1}, "not before its pause is over"
    await due_again(room, url)
    assert (await room.crawl()).new == 1


async def test_an_item_without_a_page_waits_as_it_was_listed(room, site: MockSite):
    page, (other,) = site.url("/notices"), publish(site, "other")
    site.put("/notices", article("ice on the quay", title="Notices of the board"))
    site.put("/feed.xml", rss(item("Ice on the quay", "n-1", page, "Sand is spread until noon.")))
    use(room, site, ", max_pages: 1")
    await room.crawl()
    flood = item("Flood at the lower gate", "n-2", page, "The river will rise above 7 m.")
    site.put("/feed.xml", rss(item("The other report", "n-3", other), flood))
    await room.crawl()
    site.put("/feed.xml", rss())
    assert (await room.crawl()).new == 1
    (found,) = [one for one in room.articles() if one.canonical_url == f"{page}#n-2"]
    assert found.text == "The river will rise above 7 m."


async def test_an_item_whose_guid_names_another_article_now_waits_as_that(room, site: MockSite):
    (first,) = publish(site, "first")
    site.put("/feed.xml", rss(item("The first report", "latest", first)))
    use(room, site)
    await room.crawl()
    second = site.url("/news/second")
    site.put("/news/second", "no", status=500)
    site.put("/feed.xml", rss(item("An entirely new matter", "latest", second)))
    await room.crawl()
    publish(site, "second")
    site.put("/feed.xml", rss())
    await due_again(room, second)
    await room.crawl()
    assert {one.url for one in room.articles()} == {first, second}
    assert waiting(room) == []


@pytest.mark.slow
async def test_what_a_killed_process_had_read_is_stored_though_the_feed_moves_on(site: MockSite, tmp_path):
    urls = publish(site, "one", "two", "three")
    site.put("/news/two", "", behaviour=Never())
    site.put("/feed.xml", feed(urls))
    (tmp_path / "watch.yaml").write_text(f"sources:\n  - {{id: a, feed: '{site.url('/feed.xml')}', delay: 0s}}\n")
    with (tmp_path / "log").open("wb") as log:
        killed = start(["crawl", "a"], tmp_path, environment(), out=log.fileno())
    while not site.asked("/news/two"):
        assert killed.poll() is None, (tmp_path / "log").read_text()
        await asyncio.sleep(0.05)
    killed.send_signal(signal.SIGKILL)
    killed.wait(20)
    publish(site, "two")
    site.put("/feed.xml", feed(publish(site, "four")))
    await asyncio.to_thread(wirewatch, tmp_path, "crawl", "a")
    stored = await asyncio.to_thread(wirewatch, tmp_path, "items", "export", "--format", "jsonl")
    assert [stored.count(f'"{url}"') > 0 for url in [*urls, site.url("/news/four")]] == [True] * 4
    runs = await asyncio.to_thread(wirewatch, tmp_path, "runs")
    assert "the process was killed" in runs, "and it is listed"
