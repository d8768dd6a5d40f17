"""Sources in the page: how they fare, when they publish, adding by address, run now; runs and status."""

from __future__ import annotations

import asyncio
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from html import unescape
from pathlib import Path

import pytest
from docket import Worker
from ending import end
from mocksite import MockSite
from starlette.testclient import TestClient
from web_samples import NOW, article, client_of, make_site, token_in

from crawler.archive import Archive, Entry
from crawler.config import load_watch, starter
from crawler.items import LeftOver, Outcome, ReadListing, Run
from crawler.service.worker.tasks import CRAWL, docket
from crawler.state import EmbeddedServer
from crawler.web import Site
from crawler.web.server.addresses import addresses

FILE = """\
# ours
defaults: {delay: 0s}
sources:
  - id: coast            # near
    feed: https://coast.example/feed.xml
    every: 10m
    tags: [harbour]
  - {id: clock, section: "https://clock.example/news", cron: "0 7 * * *", timezone: Africa/Nairobi}
  - {id: still, page: "https://still.example/x", paused: true}
  - {id: free, site: "https://free.example"}
channels:
  - {id: desk, url: "terminal:"}
  - {id: broken, url: "nosuch://x"}
"""


@dataclass
class Newspaper:
    urls: tuple[str, ...] = ("http://127.0.0.1:1/", "http://127.0.0.2:1/", "http://127.0.0.3:1/")
    feed_urls: tuple[str, ...] = ("http://127.0.0.1:1/rss.xml",)
    sitemap_urls: tuple[str, ...] = ("http://127.0.0.1:1/sitemap.xml", "http://127.0.0.2:1/sitemap.xml")


HTMX = {"HX-Request": "true"}


@pytest.fixture
def site(tmp_path: Path) -> Site:
    (tmp_path / "watch.yaml").write_text(FILE)
    with Archive.open(f"sqlite:///{tmp_path}/wirewatch.db") as archive:
        for number in range(8):
            archive.store([Entry(article(number * 600, url=f"https://o{number}.example/"))])
        archive.store([Entry(article(9000, url="https://gone.example/", source="gone"))])
        for number in range(60):
            started = NOW - timedelta(minutes=number)
            outcome = (Outcome.DONE, Outcome.FAILED, Outcome.PARTIAL, Outcome.STOPPED)[number % 4]
            error = "https://x: answers 500 <script>" if outcome is Outcome.FAILED else ""
            run = Run(f"r{number}", "coast", started, started + timedelta(seconds=3), outcome, 5, 2, 3, 1, 1500, error)
            archive.save_run(run if number else replace(run, finished=None))
    return make_site(tmp_path)


@pytest.fixture
def client(site: Site) -> Iterator[TestClient]:
    with client_of(site) as opened:
        yield opened


@pytest.fixture
def paper() -> Iterator[MockSite]:
    with MockSite() as site:
        yield site


def post(client: TestClient, path: str, **fields: str):
    return client.post(path, data={"csrf": token_in(client.get("/runs").text), **fields})


def test_the_list_says_how_each_source_fares(client: TestClient):
    html = client.get("/sources").text
    assert re.findall(r'class="row-title" href="/sources/(\w+)"', html) == ["coast", "clock", "still", "free"]
    for told in (
        "running",
        "paused",
        "never crawled",
        "every 10m",
        "0 7 * * * (Africa/Nairobi)",
        "adaptive",
        "1 paused",
    ):
        assert told in html, told
    assert re.search(r"next <time[^>]*>\d\d:\d\d</time>", html)
    assert '<b>1</b><span class="muted">today</span>' in html
    assert re.findall(r'href="/sources/(\w+)"', client.get("/sources?q=HARBOUR").text) == ["coast"]
    assert "No matching sources" in client.get("/sources?q=nothing").text


def test_many_sources_come_in_pages(site: Site):
    more = "".join(f'  - {{id: s{number}, feed: "https://s.example/{number}"}}\n' for number in range(60))
    site.watch_file.path.write_text(f"sources:\n{more}")
    with client_of(site) as client:
        first = client.get("/sources?q=s.example").text
        link = re.search(r'href="(/sources\?[^"]*after=s49)"', first)
        assert link
        rest = client.get(unescape(link[1])).text
        assert re.findall(r'class="row-title" href="/sources/(\w+)"', rest) == [
            f"s{number}" for number in range(50, 60)
        ]


def test_one_source_shows_its_publishing_pattern_and_its_runs(client: TestClient):
    html = client.get("/sources/coast").text
    assert html.count('<rect class="cell') == 7 * 24
    assert "8 articles; the peak hour is" in html
    assert html.count("<tr>") >= 15
    assert "answers 500 &lt;script&gt;" in html
    assert "8 in 4 weeks" in html
    gone = client.get("/sources/gone").text
    assert "no longer in the watch file" in gone
    assert "Run now" not in gone
    assert client.get("/sources/nobody").status_code == 404
    assert "No articles in this period" in client.get("/sources/clock").text


def test_pause_resume_and_delete(client: TestClient, site: Site):
    path = site.watch_file.path
    assert post(client, "/sources/coast/pause").status_code == 303
    assert load_watch(path, {}).sources[0].paused
    assert "Resume" in client.get("/sources/coast").text
    assert post(client, "/sources/coast/resume").status_code == 303
    assert path.read_text() == FILE
    page = client.get("/sources/still/delete").text
    seen = re.search(r'name="seen" value="(\w+)"', page)
    assert seen
    path.write_text(FILE + "# more\n")
    assert post(client, "/sources/still/delete", seen=seen[1]).status_code == 409
    assert post(client, "/sources/still/delete").status_code == 303
    assert "still" not in path.read_text()
    assert "# near" in path.read_text()
    assert post(client, "/sources/nobody/pause").status_code == 404


def test_a_pause_that_cannot_be_written_is_reported(client: TestClient, site: Site):
    assert client.get("/sources").status_code == 200
    site.watch_file.path.unlink()
    site.watch_file.path.mkdir()
    answer = post(client, "/sources/coast/pause")
    assert answer.status_code == 409
    assert "a folder" in answer.text


async def looked(client: TestClient, address: str) -> tuple[str, str]:
    """The path of a look, and what it shows when it is over; beside the loop of the reactor."""
    return await asyncio.to_thread(_looked, client, address)


def _looked(client: TestClient, address: str) -> tuple[str, str]:
    begun = post(client, "/previews", address=address)
    assert begun.status_code == 303, begun.text
    path = begun.headers["location"]
    end = time.monotonic() + 30
    while time.monotonic() < end:
        html = client.get(path, headers=HTMX).text
        if "hx-get" not in html:
            return path, html
        time.sleep(0.05)
    raise AssertionError("the look never ended")


def feed(paper: MockSite) -> str:
    items = "".join(
        f"<item><title>Headline {number}</title><link>{paper.url(f'/a{number}')}</link>"
        f"<pubDate>Mon, 23 Nov 2026 0{number}:00:00 GMT</pubDate></item>"
        for number in range(7)
    )
    body = f"<rss version='2.0'><channel><title>The Paper</title>{items}</channel></rss>"
    paper.put("/rss", body, headers={"Content-Type": "application/rss+xml"})
    return paper.url("/rss")


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.usefixtures("reactor")
async def test_an_address_is_previewed_before_it_is_added(client: TestClient, site: Site, paper: MockSite):
    path, html = await looked(client, feed(paper))
    assert "The Paper" in html
    assert "a feed with 7 articles" in html
    assert html.index("Headline 6") < html.index("Headline 0"), "the newest first"
    assert "<html" in client.get(path).text
    refused = post(client, f"{path}/add", name="paper", every="soon")
    assert refused.status_code == 422
    assert "not a duration" in refused.text
    assert 'value="soon"' in refused.text
    added = post(client, f"{path}/add", name="paper", every="1h", tags="world, news")
    assert added.headers["location"] == "/sources?added=paper"
    assert "was added" in client.get("/sources?added=paper").text
    found = load_watch(site.watch_file.path, {}).source_by_id["paper"]
    assert (found.feed, found.when, found.tags) == (paper.url("/rss"), "every 1h", ("world", "news"))
    assert "# near" in site.watch_file.path.read_text()
    again = post(client, f"{path}/add", name="paper-2")
    assert again.status_code == 409
    assert "already watched, as paper" in again.text


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.usefixtures("reactor")
async def test_the_first_real_source_does_not_inherit_the_pace_of_the_demo(tmp_path: Path, paper: MockSite):
    """The starter keeps the demo's interval, delay and revisits to its three outlets; an older one had defaults."""
    for text, sets in ((starter(Newspaper()), False), (starter(Newspaper()) + "defaults: {every: 15s}\n", True)):
        (tmp_path / "watch.yaml").write_text(text)
        with client_of(make_site(tmp_path)) as client:
            path, html = await looked(client, feed(paper))
            assert re.search(r'value="adaptive" checked', html)
            assert ("every 15s" in html) is sets
            assert post(client, f"{path}/add", schedule="adaptive", name="The Paper").status_code == 303
        added = load_watch(tmp_path / "watch.yaml", {}).source_by_id["the-paper"]
        assert (added.when, added.delay, added.revisit) == ("adaptive", None, None)
        assert added.label == "The Paper"


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.usefixtures("reactor")
async def test_less_than_a_minute_for_a_public_site_is_confirmed(client: TestClient, site: Site, paper: MockSite):
    path, _ = await looked(client, feed(paper))
    assert post(client, f"{path}/add", schedule="every", every="15s").status_code == 303, "on this machine"
    values = {"name": "Coast", "kind": "feed", "address": "https://coast.example/feed.xml", "tags": "harbour"}
    asked = post(client, "/sources/coast/edit", **values, schedule="every", every="30s")
    assert asked.status_code == 422
    assert "2,880 crawls of coast.example a day" in asked.text
    assert 'name="confirmed"' in asked.text
    assert load_watch(site.watch_file.path, {}).sources[0].when == "every 10m"
    sent = {**values, "schedule": "every", "every": "30s", "confirmed": "1"}
    assert post(client, "/sources/coast/edit", **sent).status_code == 303
    assert load_watch(site.watch_file.path, {}).sources[0].when == "every 30s"
    assert "confirmed" not in post(client, "/sources/coast/edit", **values, schedule="every", every="1m").text


def test_everything_of_a_source_can_be_edited(client: TestClient, site: Site):
    before = site.watch_file.path.read_text()
    html = client.get("/sources/coast/edit").text
    fields = dict(re.findall(r'<input(?=[^>]*type="hidden")[^>]*name="(\w+)" value="([^"]*)"', html))
    same = {"kind": "feed", "address": "https://coast.example/feed.xml", "schedule": "every", "every": "10m"}
    assert post(client, "/sources/coast/edit", seen=fields["seen"], **same, tags="harbour").status_code == 303
    assert site.watch_file.path.read_text() == before, "nothing was changed"
    sent = {
        "name": "The Coast Standard",
        "kind": "site",
        "address": "https://coast.example",
        "schedule": "cron",
        "cron": "*/15 6-22 * * mon-fri",
        "timezone": "Africa/Nairobi",
        "tags": "harbour, east-africa",
        "allow": "/news/\n/world/",
        "deny": "/sport/",
        "revisit": "never",
        "max_pages": "50",
        "render": "no",
        "select": "div.story\narticle",
        "drop": "Send us your photos",
    }
    assert post(client, "/sources/coast/edit", seen=fields["seen"], **sent).status_code == 303
    found = load_watch(site.watch_file.path, {}).source_by_id["coast"]
    assert (found.name, found.url, found.kind) == ("The Coast Standard", "https://coast.example", "site")
    assert found.when == "*/15 6-22 * * mon-fri (Africa/Nairobi)"
    assert (found.allow, found.deny, found.revisit) == (("/news/", "/world/"), ("/sport/",), ())
    assert (found.max_pages, found.render, found.tags) == (50, False, ("harbour", "east-africa"))
    assert found.extract
    assert (found.extract.select, found.extract.drop) == (("div.story", "article"), ("Send us your photos",))
    assert "# near" in site.watch_file.path.read_text()
    page = client.get("/sources/coast/edit").text
    assert 'value="The Coast Standard"' in page
    assert "div.story\narticle</textarea>" in page
    assert "The Coast Standard" in client.get("/sources").text
    conflict = post(client, "/sources/coast/edit", seen=fields["seen"], **sent | {"name": "Other"})
    assert conflict.status_code == 409
    wrong = post(client, "/sources/coast/edit", **sent | {"cron": "* * *", "max_pages": "many"})
    assert wrong.status_code == 422
    assert "3 fields instead of 5" in unescape(wrong.text)
    assert post(client, "/sources/nobody/edit", **sent).status_code == 404


def test_the_next_times_of_a_schedule_are_shown_before_it_is_saved(client: TestClient):
    sent = {"kind": "site", "address": "https://x.example", "schedule": "cron", "cron": "30 7 * * *"}
    shown = post(client, "/sources/coast/edit", action="preview", timezone="Africa/Nairobi", **sent).text
    times = re.findall(r'<time datetime="[0-9-]+T(\d\d:\d\d)', shown.split('id="next-crawls"')[1].split("</div>")[0])
    assert times == ["04:30"] * 5
    assert "unknown time zone" in post(client, "/source-schedule", **sent, timezone="Nairobbi").text
    assert post(client, "/source-schedule", schedule="every", every="6h").text.count("<time") == 5
    assert "<time" not in post(client, "/source-schedule", schedule="adaptive").text


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.usefixtures("reactor")
async def test_an_unreadable_address_is_reported(client: TestClient, paper: MockSite):
    path, html = await looked(client, paper.url("/missing"))
    assert "responded with status 404" in html
    assert post(client, f"{path}/add", name="x").status_code == 422
    assert "not a web address" in (await looked(client, "https://[broken"))[1]
    assert post(client, "/previews", address=" ").status_code == 422
    assert client.get("/previews/unknown").status_code == 404
    assert client.get("/new-source").status_code == 200


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.usefixtures("reactor")
async def test_remote_users_cannot_preview_private_networks(tmp_path: Path, paper: MockSite):
    """Who sits at the machine may, as by the command; a page that others reach must not be a way in."""
    far = make_site(tmp_path, where=addresses("127.0.0.1", 8765, names=["news.example.org"]))
    with client_of(far) as client:
        assert "private network" in unescape((await looked(client, feed(paper)))[1])
    assert paper.asked("/rss") == []


@contextmanager
def worker(url: str, folder: Path) -> Iterator[None]:
    """A worker that notes a run for each crawl that it is asked for."""
    stop, ready = threading.Event(), threading.Event()

    async def crawl(source_id: str, task: str) -> None:
        with Archive.open(f"sqlite:///{folder}/wirewatch.db") as archive:
            archive.save_run(Run(task, source_id, NOW, NOW, Outcome.DONE, 9, 9))

    async def work() -> None:
        async with docket(url) as queue:
            queue.register(crawl, names=[CRAWL])
            async with Worker(queue) as one:
                task = asyncio.create_task(one.run_forever())
                while not list(await queue.workers()):  # noqa: ASYNC110  Redis tells no event
                    await asyncio.sleep(0.02)
                ready.set()
                await asyncio.to_thread(stop.wait)
                await end(task)

    thread = threading.Thread(target=asyncio.run, args=(work(),))
    thread.start()
    assert ready.wait(20)
    yield
    stop.set()
    thread.join()


def test_run_now_asks_the_service(site: Site, valkey: EmbeddedServer, tmp_path: Path):
    served = replace(site, places=replace(site.places, redis_url=valkey.url))
    with client_of(served) as client:
        alone = post(client, "/sources/coast/run")
        assert "no worker is running" in unescape(client.get(alone.headers["location"]).text)
        with worker(valkey.url, tmp_path):
            asked = post(client, "/sources/coast/run").headers["location"]
            assert asked.startswith("/sources/coast?run=crawl")
            status = unescape(client.get("/status").text)
            assert "Service running" in status
            assert "Valkey" in status
            end = time.monotonic() + 20
            fragment = asked.replace("coast?", "coast/runs?")
            while "Crawl finished." not in (html := client.get(fragment, headers=HTMX).text):
                assert time.monotonic() < end
                time.sleep(0.05)
            assert "hx-get" not in html
            assert client.get(fragment).headers["location"] == "/runs?source=coast"


def test_a_missing_service_is_reported(client: TestClient, site: Site):
    asked = post(client, "/sources/coast/run").headers["location"]
    assert "no service is running" in client.get(asked).text
    assert post(client, "/sources/nobody/run").status_code == 404
    silent = replace(site, places=replace(site.places, redis_url="redis://127.0.0.1:1/0"))
    with client_of(silent) as other:
        told = post(other, "/sources/coast/run").headers["location"]
        assert "error=" in told
        assert "Service not running" in other.get("/status").text


def test_runs_by_source_and_outcome(client: TestClient):
    html = client.get("/runs").text
    more = re.search(r'href="(/runs\?[^"]*before=[^"]+)"', html)
    assert more
    rest = client.get(unescape(more[1]), headers=HTMX).text
    assert "<html" not in rest
    assert rest.count('nowrap"><time') == 10
    failed = client.get("/runs?outcome=failed&source=coast").text
    assert failed.count('class="state bad"') == 15
    assert "No matching runs" in client.get("/runs?source=nobody").text
    assert client.get("/runs?outcome=well").status_code == 422


def test_a_run_shows_what_it_read(client: TestClient, tmp_path: Path):
    address, error = "https://x.example/<feed>", "the answer broke off"
    read = [
        ReadListing("feed", address, NOW, 200, "", 7, 2, 3, ((LeftOver.TOO_OLD, 1), (LeftOver.OVER_LIMIT, 1))),
        ReadListing("child", address, NOW, 0, error),
        ReadListing("section", address, NOW, 304),
    ]
    with Archive.open(f"sqlite:///{tmp_path}/wirewatch.db") as archive:
        archive.save_run(Run("crawl:coast:1", "coast", NOW, NOW), read)
    html = client.get("/runs?source=coast").text
    assert 'href="/runs/crawl%3Acoast%3A1"' in html
    page = client.get("/runs/crawl%3Acoast%3A1").text
    assert "<feed>" not in page
    for told in ("https://x.example/&lt;feed&gt;", error, "not modified", "1 too old, 1 over the page limit"):
        assert told in page, told
    assert "This run read no listings" in client.get("/runs/r1").text
    assert client.get("/runs/nothing").status_code == 404


def test_the_status_page_says_how_everything_fares(client: TestClient):
    html = unescape(client.get("/status").text)
    for told in (
        "Service not running",
        "about 9",
        "SQLite 3",
        "schema ",
        "60 runs",
        "15 failed",
        "free of",
        "scrapy 2",
    ):
        assert told in html, told
    assert "desk" in html
    assert 'class="state bad">invalid' in html


def test_a_test_message_goes_out(client: TestClient, capsys: pytest.CaptureFixture[str]):
    page = post(client, "/channels/desk/test")
    assert "Delivered to" in page.text
    assert "A test message from Wirewatch" in capsys.readouterr().out
    token = token_in(client.get("/runs").text)
    part = client.post("/channels/broken/test", data={"csrf": token}, headers=HTMX).text
    assert "<html" not in part
    assert "Not delivered to" in part
    assert post(client, "/channels/nobody/test").status_code == 404


def test_pages_that_need_no_archive_work_without_one(tmp_path: Path):
    with client_of(make_site(tmp_path)) as client:
        assert client.get("/status").status_code == 200
        assert client.get("/rules").status_code == 200
        assert client.get("/sources").status_code == 503
        assert post_status(client) == 200


def post_status(client: TestClient) -> int:
    return client.post("/channels/desk/test", data={"csrf": token_in(client.get("/status").text)}).status_code


def feeds_on(page: str) -> list[str]:
    return re.findall(r'href="(/feeds/[^"]+\.rss)"', page)


@pytest.mark.slow
def test_one_feed_of_a_thousand_is_found(site: Site):
    sources = "\n".join(f"  - {{id: outlet-{n}, feed: 'https://o{n}.example/rss', tags: [t]}}" for n in range(1_000))
    site.watch_file.path.write_text(f"sources:\n{sources}\nrules:\n  - {{id: ferry, query: ferry}}\n")
    with client_of(site) as client:
        page = client.get("/feeds").text
        assert len(page) < 60_000
        listed = feeds_on(page)
        assert {"/feeds/all.rss", "/feeds/tag/t.rss", "/feeds/rule/ferry.rss"} < set(listed)
        assert "50 of 1,000" in page
        assert feeds_on(client.get("/feeds?q=LET-777").text) == ["/feeds/source/outlet-777.rss"]
        assert feeds_on(client.get("/feeds?q=nothing").text) == []
        assert "No matching feeds." in client.get("/feeds?q=nothing").text
        walked = feeds_on(page)
        while further := re.search(r'href="(/feeds\?[^"]+)"', page):
            page = client.get(unescape(further[1])).text
            walked += feeds_on(page)
        opml = re.findall(r'xmlUrl="[^"]*?(/feeds/[^"]+)"', client.get("/feeds.opml").text)
        assert sorted(walked) == sorted(opml)
        assert len(opml) == 1_003
        assert client.get("/feeds?kind=none").status_code == 422
