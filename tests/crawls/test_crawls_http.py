"""HTTP as servers really speak it: validators that change or stand still, pages that only send their reader on."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from crawl_pages import NEIGHBOURS, article, feed
from mocksite import MockSite

from crawler.dedupe.urls import url_key
from crawler.items import Outcome

pytestmark = pytest.mark.asyncio(loop_scope="session")

ONE, TWO = "Sun, 01 Mar 2026 12:00:00 GMT", "Mon, 02 Mar 2026 12:00:00 GMT"


def watch(site: MockSite, kind: str = "feed", path: str = "/feed.xml") -> str:
    return f"sources:\n  - {{id: a, {kind}: '{site.url(path)}', {NEIGHBOURS}, delay: 0s}}\n"


def put_feed(site: MockSite, *topics: str, **headers: str) -> list[str]:
    urls = [site.url(f"/news/{topic}") for topic in topics]
    for topic in topics:
        site.put(f"/news/{topic}", article(topic))
    site.put("/feed.xml", feed(urls), headers={name.replace("_", "-"): value for name, value in headers.items()})
    return urls


def conditions(site: MockSite) -> tuple[str | None, str | None]:
    """What the feed was asked under last."""
    headers = site.asked("/feed.xml")[-1].headers
    return headers.get("if-none-match"), headers.get("if-modified-since")


async def test_new_validators_of_the_same_body_are_kept(room, site: MockSite):
    put_feed(site, "the-lightship", ETag='"one"', Last_Modified=ONE)
    room.use(watch(site))
    assert (await room.crawl()).new == 1
    put_feed(site, "the-lightship", ETag='"two"', Last_Modified=TWO)
    run = await room.crawl()
    assert conditions(site) == ('"one"', ONE)
    assert (run.unchanged, run.found) == (1, 0), "it is not read again"
    run = await room.crawl()
    assert conditions(site) == ('"two"', TWO)
    assert run.bytes == 0
    put_feed(site, "the-lightship")
    await room.crawl()
    await room.crawl()
    assert conditions(site) == (None, None), "a server that has none any more is not asked under old ones"


async def test_new_validators_of_a_304_are_kept(room, site: MockSite):
    put_feed(site, "the-jetty", ETag='"one"', Last_Modified=ONE)
    room.use(watch(site))
    await room.crawl()
    site.put("/feed.xml", b"", status=304, headers={"ETag": '"two"'})
    await room.crawl()
    await room.crawl()
    assert conditions(site) == ('"two"', ONE)


async def test_what_was_too_old_is_remembered_beside_new_validators(room, site: MockSite):
    put_feed(site, "the-mole", ETag='"one"')
    room.use(watch(site))
    await room.crawl()
    key = url_key(site.url("/feed.xml"))
    http = room.runtime.state.http
    await http.save_validators(key, await http.validators(key), [4711])
    put_feed(site, "the-mole", ETag='"two"')
    await room.crawl()
    assert (await http.validators(key)).etag == '"two"'
    assert await http.old_entries(key, [4711, 4712]) == {4711}


async def test_a_listing_that_says_304_for_ever_is_asked_without_conditions_once_a_day(room, site: MockSite):
    put_feed(site, "the-beacon", ETag='"stuck"', Last_Modified=ONE)
    room.use(watch(site))
    start = room.runtime.now()
    await room.crawl()
    put_feed(site, "the-beacon", "the-foghorn", ETag='"stuck"', Last_Modified=ONE)
    room.runtime.now = lambda: start + timedelta(hours=23)
    assert (await room.crawl()).found == 0
    assert conditions(site) == ('"stuck"', ONE)
    room.runtime.now = lambda: start + timedelta(hours=25)
    assert (await room.crawl()).new == 1
    assert conditions(site) == (None, None)
    assert len(room.articles()) == 2
    await room.crawl()
    assert conditions(site) == ('"stuck"', ONE), "once a day is enough"
    room.runtime.now = lambda: start + timedelta(hours=50)
    run = await room.crawl()
    assert conditions(site) == (None, None)
    assert (run.found, run.unchanged) == (0, 1), "the same body is not read again"
    await room.crawl()
    assert conditions(site) == ('"stuck"', ONE)
    room.runtime.now = lambda: start
    await room.crawl()
    assert conditions(site) == (None, None), "a clock that was set back does not make a listing stand still for longer"


async def test_what_an_older_version_remembers_is_asked_whole_once(room, site: MockSite):
    put_feed(site, "the-anchor", ETag='"one"')
    room.use(watch(site))
    await room.crawl()
    http, key = room.runtime.state.http, url_key(site.url("/feed.xml"))
    await http.save_validators(key, replace(await http.validators(key), received=0.0))
    await room.crawl()
    assert conditions(site) == (None, None)
    await room.crawl()
    assert conditions(site) == ('"one"', None)


def sends_on(target: str, *, seconds: int = 0, noscript: bool = True) -> str:
    tag = f'<META http-equiv="refresh" content="{seconds};URL=\'{target}\'">'
    inside = f"<noscript>{tag}</noscript>" if noscript else tag
    return f'<script>window.location.replace("{target}")</script><META name="referrer" content="origin">{inside}'


@pytest.mark.parametrize("noscript", [True, False])
async def test_a_page_that_only_sends_its_reader_on_is_followed(room, site: MockSite, noscript: bool):
    site.put("/alert/one", sends_on("/r/2", noscript=noscript))
    site.put("/r/2", sends_on(site.url("/news/the-tug", host=1), noscript=noscript))
    site.put("/news/the-tug", article("the tug"), host=1)
    site.put("/feed.xml", feed([site.url("/alert/one")]))
    room.use(watch(site))
    run = await room.crawl()
    assert (run.outcome, run.new, run.error) == (Outcome.DONE, 1, "")
    assert [item.canonical_url for item in room.articles()] == [site.url("/news/the-tug", host=1)]
    await room.crawl()
    assert len(site.asked("/alert/one")) == 1, "it is known"


async def test_a_listing_that_has_moved_by_refresh_is_followed(room, site: MockSite):
    site.put("/news/the-punt-of-the-ferryman-is-sold", article("the punt"))
    site.put("/old", sends_on("/section", noscript=False))
    links = "".join(f'<li><a href="/news/the-punt-of-the-ferryman-is-sold?{n}">A long headline {n}</a>' for n in (1,))
    site.put("/section", f"<html><body><ul>{links}</ul></body></html>")
    room.use(watch(site, "section", "/old"))
    assert (await room.crawl()).new == 1


@pytest.mark.parametrize(
    ("page", "most"),
    [
        (sends_on("/alert/one"), 1),
        (sends_on("/alert/one#again"), 1),
        (sends_on("/alert/two"), 1),
        ('<META http-equiv="refresh" content="60;URL=/news/x">', 1),
        (sends_on("javascript:alert(1)"), 1),
    ],
    ids=["itself", "fragment", "circle", "late", "script"],
)
async def test_what_leads_nowhere_is_said(room, site: MockSite, page: str, most: int):
    site.put("/alert/one", page)
    site.put("/alert/two", sends_on("/alert/one"))
    site.put("/feed.xml", feed([site.url("/alert/one")]))
    room.use(watch(site))
    run = await room.crawl()
    assert (run.outcome, run.found, run.new) == (Outcome.PARTIAL, 1, 0)
    assert run.error.startswith("the page was not an article: ")
    assert len(site.asked("/alert/one")) == most


async def test_a_script_that_sends_its_reader_on_is_followed_before_a_late_refresh(room, site: MockSite):
    site.put("/alert/one", sends_on("/news/the-tug", seconds=60))
    site.put("/news/the-tug", article("the tug"))
    site.put("/feed.xml", feed([site.url("/alert/one")]))
    room.use(watch(site))
    run = await room.crawl()
    assert (run.outcome, run.new, run.error) == (Outcome.DONE, 1, "")


async def test_refreshes_without_end_are_followed_five_times(room, site: MockSite):
    for n in range(9):
        site.put(f"/alert/{n}", sends_on(f"/alert/{n + 1}"))
    site.put("/feed.xml", feed([site.url("/alert/0")]))
    room.use(watch(site))
    run = await room.crawl()
    assert (run.outcome, run.new) == (Outcome.PARTIAL, 0)
    assert [len(site.asked(f"/alert/{n}")) for n in range(9)] == [1] * 6 + [0] * 3


async def test_a_run_whose_items_led_nowhere_says_why(room, site: MockSite):
    for n in range(3):
        site.put(f"/alert/{n}", "<html><body><p>Soon.</p></body></html>")
    site.put("/feed.xml", feed([site.url(f"/alert/{n}") for n in range(3)]))
    room.use(watch(site))
    run = await room.crawl()
    assert (run.outcome, run.found, run.new, run.failed) == (Outcome.PARTIAL, 3, 0, 0)
    assert run.error == "none of the 3 pages was an article: too-short (3)"
    (kept,) = room.runtime.archive.sync.runs("a")
    assert kept.error == run.error
    site.put("/news/the-dredger", article("the dredger"))
    site.put("/feed.xml", feed([site.url("/alert/9"), site.url("/news/the-dredger")]))
    site.put("/alert/9", "<html><body><p>Soon.</p></body></html>")
    run = await room.crawl()
    assert (run.outcome, run.new, run.error) == (Outcome.DONE, 1, ""), "a picture among articles is nothing to tell"


@pytest.mark.slow
async def test_a_wall_that_articles_lead_to_is_not_taken_for_them(room, site: MockSite):
    site.put("/wall", "<html><body><p>Please choose.</p></body></html>")
    for n in range(4):
        site.put(f"/news/behind-{n}", status=302, headers={"Location": "/wall"})
    site.put("/feed.xml", feed([site.url(f"/news/behind-{n}") for n in range(4)]))
    room.use(watch(site))
    for _ in range(4):
        await room.crawl()
        for name in await room.runtime.state.redis.keys("ww:claim:*"):
            await room.runtime.state.redis.delete(name)
    for n in range(9, 12):
        site.put(f"/news/behind-{n}", status=302, headers={"Location": "/wall"})
    site.put("/feed.xml", feed([site.url(f"/news/behind-{n}") for n in range(9, 12)]))
    run = await room.crawl()
    assert (run.found, run.unchanged) == (3, 0), "they are not known because their wall was met three times"
    assert run.error == "none of the 3 pages was an article: too-short (3)"
