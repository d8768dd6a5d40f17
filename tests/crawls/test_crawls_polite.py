"""Robots, gaps, pauses, limits."""

from __future__ import annotations

import asyncio
import itertools
import resource

import pytest
from crawl_pages import NEIGHBOURS, article, feed
from mocksite import Bomb, MockSite, Never, RedirectLoop, Repeat, Reply, RetryAfter, Truncate

from crawler.dedupe.urls import url_key
from crawler.items import Outcome
from crawler.state import keys

pytestmark = pytest.mark.asyncio(loop_scope="session")


def watch(site: MockSite, extra: str = "delay: 0s", *paths: str) -> str:
    ids = "abcdefgh"
    sources = (
        f"  - {{id: {ids[n]}, feed: '{site.url(path)}', {NEIGHBOURS}, {extra}}}"
        for n, path in enumerate(paths or ("/feed.xml",))
    )
    return "sources:\n" + "\n".join(sources)


@pytest.fixture(autouse=True)
def articles(site: MockSite) -> list[str]:
    site.remove("/robots.txt")
    urls = [site.url(f"/news/polite-{n}") for n in range(3)]
    for n, _url in enumerate(urls):
        site.put(f"/news/polite-{n}", article(f"pilot boat {n}"))
    site.put("/feed.xml", feed(urls))
    site.put("/feed2.xml", feed(urls))
    return urls


async def test_what_robots_forbids_is_not_fetched(room, site: MockSite):
    site.put("/robots.txt", "User-agent: wirewatch\nDisallow: /news/polite-1\n")
    room.use(watch(site))
    run = await room.crawl()
    assert (run.new, run.failed) == (2, 1)
    assert "robots.txt" in run.error
    assert not site.asked("/news/polite-1")


async def test_robots_is_fetched_once_for_all_crawls(room, site: MockSite):
    site.put("/robots.txt", "User-agent: *\nAllow: /\n")
    room.use(watch(site))
    await room.crawl()
    await room.crawl()
    assert len(site.asked("/robots.txt")) == 1


@pytest.mark.parametrize("status", [500, 503, 429])
async def test_an_unreachable_robots_means_wait(room, site: MockSite, status: int):
    site.put("/robots.txt", status=status)
    room.use(watch(site))
    run = await room.crawl()
    assert run.outcome is Outcome.FAILED
    assert "robots.txt" in run.error
    assert not site.asked("/feed.xml")
    site.put("/robots.txt", "")
    await room.runtime.state.redis.flushall()  # as if the wait were over
    assert (await room.crawl()).new == 3


async def test_a_missing_robots_means_no_rules(room, site: MockSite):
    room.use(watch(site))
    assert (await room.crawl()).new == 3


@pytest.mark.parametrize(
    ("name", "new"), [("Wirewatch/2.0 (news)", 2), ("wire", 3), ("wirewatch-images", 3)], ids=["ours", "part", "longer"]
)
async def test_whose_rules_they_are(room, site: MockSite, name: str, new: int):
    site.put(
        "/robots.txt", f"User-agent: {name}\nCrawl-delay: 0\nUser-agent: x\nDisallow: /news/polite-1\n".encode("utf-16")
    )
    room.use(watch(site))
    assert (await room.crawl()).new == new


async def test_a_robots_that_redirects_to_itself_means_no_rules(room, site: MockSite):
    site.put("/robots.txt", status=302, headers={"Location": "/robots.txt"})
    room.use(watch(site))
    run = await room.crawl()
    assert (run.outcome, run.new, run.failed, run.error) == (Outcome.DONE, 3, 0, "")
    assert len(site.asked("/robots.txt")) == 6, "five redirects are followed"
    await room.crawl()
    assert len(site.asked("/robots.txt")) == 6, "what was found is remembered"


@pytest.mark.parametrize(("redirects", "new"), [(5, 2), (6, 3)])
async def test_a_robots_behind_five_redirects_counts(room, site: MockSite, redirects: int, new: int):
    for n in range(redirects):
        site.put(f"/r{n}" if n else "/robots.txt", status=301, headers={"Location": site.url(f"/r{n + 1}", host=1)})
        site.put(f"/r{n}", status=301, headers={"Location": f"/r{n + 1}"}, host=1)
    site.put(f"/r{redirects}", "User-agent: *\nDisallow: /news/polite-1\n", host=1)
    room.use(watch(site))
    assert (await room.crawl()).new == new


@pytest.mark.parametrize("location", ["", "ftp://127.0.0.1/robots.txt", "http://[", "mailto:desk@example.org"])
async def test_a_robots_that_redirects_nowhere_means_no_rules(room, site: MockSite, location: str):
    site.put("/robots.txt", status=302, headers={"Location": location})
    room.use(watch(site))
    assert (await room.crawl()).new == 3


@pytest.mark.parametrize("announced", [True, False])
async def test_of_a_huge_robots_the_beginning_counts(room, site: MockSite, announced: bool):
    rules = b"User-agent: *\nDisallow: /news/polite-1\n"
    site.put("/robots.txt", rules, behaviour=Repeat(b"# so much to say\n" * 1000, 1000, announced=announced))
    room.use(watch(site))
    assert (await room.crawl()).new == 2


async def test_crawl_delay_spaces_the_requests(room, site: MockSite):
    site.put("/robots.txt", "User-agent: *\nCrawl-delay: 0.4\n")
    room.use(watch(site))
    await room.crawl()
    starts = [request.at for request in site.requests if request.path != "/robots.txt"]
    assert len(starts) == 4
    assert min(later - sooner for sooner, later in itertools.pairwise(starts)) > 0.39


async def test_two_crawls_of_one_host_share_its_gaps(room, site: MockSite):
    room.use(watch(site, "delay: 200ms", "/feed.xml", "/feed2.xml"))
    await asyncio.gather(room.crawl("a"), room.crawl("b"))
    starts = sorted(request.at for request in site.requests)
    assert len(starts) >= 6
    assert min(later - sooner for sooner, later in itertools.pairwise(starts)) > 0.19
    assert len(room.articles()) == 3
    for n in range(3):
        assert len(site.asked(f"/news/polite-{n}")) == 1, "two crawls never fetch one article twice"


async def test_retry_after_closes_the_gate_for_everybody(room, site: MockSite):
    site.put("/news/polite-0", behaviour=RetryAfter(30), status=429)
    room.use(watch(site, "delay: 0s", "/feed.xml", "/feed2.xml"))
    run = await room.crawl("a")
    assert run.failed >= 1
    busy = len(site.requests)
    other = await room.crawl("b")
    assert other.outcome is Outcome.FAILED
    assert "asked for a pause" in other.error
    assert len(site.requests) == busy, "nobody asks a host that wants to be left alone"
    left = await room.runtime.state.gate.ask(site.url("").removeprefix("http://"), 0.0)
    assert 20 < left.wait_s <= 30


@pytest.mark.slow
@pytest.mark.parametrize(
    ("path", "reply", "told"),
    [
        ("/feed.xml", Reply(behaviour=RedirectLoop()), "redirect"),
        ("/feed.xml", Reply(behaviour=Never()), "no answer within 2 s"),
        ("/feed.xml", Reply(b"<html><body><h1>Not found</h1></body></html>"), "HTML"),
        ("/feed.xml", Reply(status=404), "status 404"),
        ("/feed.xml", Reply(behaviour=Repeat(b"x" * 65536, 800)), "size"),
        ("/feed.xml", Reply(b"<rss", headers=(("Content-Type", "text/xml"),)), "feed.xml"),
    ],
    ids=["endless-redirect", "never", "html", "404", "50-MB", "broken"],
)
async def test_a_bad_listing_is_one_clear_line(room, site: MockSite, path: str, reply: Reply, told: str):
    site.put_turns(path, [reply])
    room.settings.set("DOWNLOAD_TIMEOUT", 2)
    room.use(watch(site))
    run = await room.crawl()
    assert run.outcome is Outcome.FAILED
    assert told.lower() in run.error.lower(), run.error
    assert "\n" not in run.error


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd"])
@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("path", ["/feed.xml", "/news/polite-1"])
async def test_a_bomb_ends_at_the_size_limit(room, site: MockSite, encoding: str, layers: int, path: str):
    """Of each encoding that we accept, once and in itself, as a listing and as a page: and it costs no other page."""
    site.put(path, behaviour=Bomb(100 << 20, layers, encoding))
    room.settings.set("DOWNLOAD_TIMEOUT", 60)  # the size is the limit here, on a busy machine too
    room.use(watch(site))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    run = await room.crawl()
    assert "larger than the size limit of 10 MB" in run.error, run.error
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 60 << 10, (
        "kB: not the 200 MB that it unpacks to"
    )
    assert (run.new, run.failed) == ((2, 1) if path != "/feed.xml" else (0, 1))
    (accepted,) = {request.headers["accept-encoding"] for request in site.asked(path)}
    assert {one.strip() for one in accepted.split(",")} == {"gzip", "deflate", "br", "zstd"}, "each has a bomb here"


async def test_hosts_that_are_not_there_are_one_clear_line(room, site: MockSite):
    room.use(
        f"sources:\n  - {{id: a, feed: '{site.dead_url('/feed.xml')}'}}\n  - {{id: b, feed: 'http://nowhere.invalid/f'}}"
    )
    for source in "ab":
        run = await room.crawl(source)
        assert run.outcome is Outcome.FAILED
        assert run.error


async def test_half_an_article_is_read(room, site: MockSite):
    site.put("/news/polite-0", article("half a page"), behaviour=Truncate(50))
    room.use(watch(site))
    assert (await room.crawl()).new == 3


async def test_a_lying_charset_does_not_spoil_the_text(room, site: MockSite):
    page = article("the Überseehafen").replace('<meta charset="utf-8">', "")
    site.put("/news/polite-0", page.encode(), headers={"Content-Type": "text/html; charset=iso-8859-1"})
    room.use(watch(site))
    await room.crawl()
    assert any("Überseehafen" in item.text for item in room.articles())


async def test_a_listing_that_came_broken_is_asked_for_whole_again(room, site: MockSite, articles: list[str]):
    tag = (("Content-Type", "text/xml"), ("ETag", '"1"'))
    site.put_turns(
        "/feed.xml", [Reply(b"<html>maintenance</html>", headers=tag), Reply(feed(articles).encode(), headers=tag)]
    )
    room.use(watch(site))
    assert (await room.crawl()).failed == 1
    assert (await room.crawl()).new == 3, "the version that could not be read is not remembered"
    assert "if-none-match" not in site.asked("/feed.xml")[1].headers


async def test_a_callback_that_breaks_leaves_nothing_behind(room, site: MockSite, articles: list[str]):
    site.put("/feed.xml", feed(articles), headers={"ETag": '"1"'})
    room.use(watch(site))
    generation = int(room.runtime.now().timestamp()) // keys.GENERATION_S
    name = keys.seen("url", url_key(articles[0]), generation)
    await room.runtime.state.redis.set(name, "no set")  # Redis refuses to look into it
    broken = await room.crawl()
    assert (broken.outcome, broken.new, broken.failed) == (Outcome.PARTIAL, 0, 1)
    assert "reading the seen-set" in broken.error
    await room.runtime.state.redis.delete(name)
    assert (await room.crawl()).new == 3, "the listing is read again, although it has not changed"
