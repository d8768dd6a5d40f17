"""Sources that fall ill and get well again: real crawls, each trouble by its name, told once each way."""

from __future__ import annotations

import itertools
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from crawl_pages import article, feed
from mocksite import MockSite
from tls_site import TlsSite

from crawler.archive import Entry
from crawler.archive.queries.dashboard import AlertFilter
from crawler.health import Condition, sentence
from crawler.hosts import Robots
from crawler.items import Alert, Article
from crawler.schedule.schedule import Schedule
from crawler.service.scheduler.health import HealthWatch, silence_of
from crawler.service.scheduler.publishing_patterns import PublishingPatterns
from crawler.service.worker.crawls import Crawls
from crawler.usecases.source_status import source_statuses

pytestmark = pytest.mark.asyncio(loop_scope="session")

EVERY = timedelta(minutes=10)
BEGIN = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
UNUSABLE = '<rss version="2.0"><channel><title>F</title><item><guid>1</guid></item></channel></rss>'
CONSENT = "<html><head><title>Before you continue</title></head><body><h1>Before you continue</h1>{}</body></html>"
CONSENT = CONSENT.format("<p>We and our partners store cookies.</p><button>Accept all</button>")
WALL = "<html><head><title>Just a moment...</title></head><body><h1>Checking your browser</h1><p>One second.</p></body>"
NOT_THERE = "<html><head><title>Page not found</title></head><body><h1>Page not found</h1><p>Sorry.</p></body></html>"
SCRIPTED = "<html><head><title>News</title></head><body><noscript>You need to enable JavaScript to run this.</noscript>"
EMPTIED = "<html><head><title>{0}</title></head><body><article><h1>{0}</h1><p>Soon here.</p></article></body></html>"
LOCKED = """<script type="application/ld+json">{"@context": "https://schema.org", "@type": "NewsArticle",
"isAccessibleForFree": false, "headline": "A board argues until midnight"}</script>"""

Before = Callable[[], Awaitable[None] | None]


@dataclass
class Ward:
    """A newspaper with one new article each time that it is looked at, and somebody who watches its health."""

    room: object
    site: MockSite
    now: datetime = BEGIN
    page: Callable[[str], str] = article
    urls: list[str] = field(default_factory=list)
    topics: itertools.count = field(default_factory=lambda: itertools.count(1))

    def __post_init__(self) -> None:
        self.watch = HealthWatch(self.room.runtime.archive.sync)
        self.room.runtime.now = lambda: self.now
        self.use(f"feed: '{self.site.url('/feed.xml')}'")

    def use(self, address: str) -> None:
        self.room.use(
            f"sources:\n  - {{id: a, {address}, delay: 0s, every: 10m}}\n"
            "health: {send: [desk]}\nchannels:\n  - {id: desk, url: 'terminal:'}\n"
        )

    def publish(self) -> None:
        topic = f"matter-{next(self.topics)}"
        self.site.put(f"/news/{topic}.html", self.page(topic))
        self.urls.insert(0, self.site.url(f"/news/{topic}.html"))
        self.site.put("/feed.xml", feed(self.urls[:20]))

    async def polls(self, times: int, before: Before) -> list[str]:
        lines = []
        for _ in range(times):
            self.now += EVERY
            if (waiting := before()) is not None:
                await waiting
            await self.room.crawl()
            lines += self.watch.check(self.room.runtime.watch, self.now + timedelta(seconds=5))
        return lines

    def alerts(self) -> list[Alert]:
        found = self.room.runtime.archive.sync.dashboard.alerts(AlertFilter(source="a"), 50)
        return [one for one in found if one.kind in {"unhealthy", "recovered"}][::-1]


@pytest.fixture
def ward(room, site: MockSite) -> Ward:
    return Ward(room, site)


async def course(ward: Ward, condition: Condition, breaks: Before, mends: Before) -> None:
    """Well, ill, well again: told once when it begins, within three intervals, and once when it ends."""
    assert await ward.polls(2, ward.publish) == []
    began = ward.now
    told = await ward.polls(3, breaks)
    assert len(told) == 1, told
    assert told[0].startswith(f"a: {condition}. ")
    health = ward.room.runtime.archive.sync.health
    [ill] = health.open_problems()
    assert (ill.condition, ill.source) == (condition, "a")
    assert began < ill.since <= began + 3 * EVERY
    assert ill.detected <= began + 3 * EVERY + timedelta(minutes=1)
    assert await ward.polls(1, breaks) == [], "it is told once"
    again = await ward.polls(3, mends)
    assert again == [f"a has recovered: it was {condition} since {ill.since:%Y-%m-%d %H:%M} UTC"]
    assert await ward.polls(1, mends) == []
    assert health.open_problems() == []
    assert [one.condition for one in health.past_problems("a")] == [condition]
    sick, well = ward.alerts()
    assert (sick.kind, sick.title, sick.article_id) == ("unhealthy", f"a: {condition}", 0)
    assert (well.kind, well.rule) == ("recovered", "source health")
    assert len(sick.excerpts) == 2, "what it is, and what to do"
    states = [one.channel for one in ward.room.runtime.archive.sync.outbox.deliveries(alert_id=sick.id)]
    assert states == ["desk"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("condition", "body", "status"),
    [
        (Condition.EMPTY, "", 200),
        (Condition.EMPTY, '<rss version="2.0"><channel><title>Feed</title></channel></rss>', 200),
        (Condition.UNUSABLE, UNUSABLE, 200),
        (Condition.CONSENT, CONSENT, 200),
        (Condition.BOT_WALL, WALL, 200),
        (Condition.SOFT_404, NOT_THERE, 200),
        (Condition.GONE, "gone", 410),
        (Condition.REFUSED, "no", 403),
        (Condition.FAILING, "no feed at all", 200),
    ],
    ids=["blank", "without entries", "nothing usable", "consent", "bot-wall", "soft-404", "gone", "refused", "failing"],
)
async def test_a_feed_that_is_something_else(ward: Ward, condition: Condition, body: str, status: int):
    def breaks() -> None:
        ward.site.put("/feed.xml", body, status=status)

    await course(ward, condition, breaks, ward.publish)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("condition", "page"),
    [
        (Condition.SOFT_404, lambda _topic: NOT_THERE),
        (Condition.CONSENT, lambda _topic: CONSENT),
        (Condition.BOT_WALL, lambda _topic: WALL),
        (Condition.SCRIPT_ONLY, lambda _topic: SCRIPTED),
        (Condition.NO_TEXT, EMPTIED.format),
        (Condition.PAYWALL, lambda topic: article(topic, head=LOCKED)),
    ],
)
async def test_pages_without_their_articles(ward: Ward, condition: Condition, page: Callable[[str], str]):
    def publish(with_page: Callable[[str], str]) -> None:
        ward.page = with_page
        for _ in range(3):  # three articles in ten minutes
            ward.publish()

    await course(ward, condition, lambda: publish(page), lambda: publish(article))


@pytest.mark.slow
@pytest.mark.parametrize("listing", [True, False], ids=["the feed", "the articles"])
async def test_robots_txt_forbids_what_it_allowed(ward: Ward, listing: bool):
    forbidden = b"User-agent: *\nDisallow: " + (b"/feed.xml" if listing else b"/news/")
    host = ward.site.url("").rstrip("/")

    async def publish(robots: bytes) -> None:
        await ward.room.runtime.state.http.save_robots(host, Robots(200, robots))  # as if the old one had run out
        for _ in range(3):
            ward.publish()

    await course(ward, Condition.ROBOTS, lambda: publish(forbidden), lambda: publish(b""))


@pytest.mark.slow
async def test_a_feed_that_moved_for_good(ward: Ward):
    def moves() -> None:
        ward.publish()
        ward.site.put("/news.xml", feed(ward.urls))
        ward.site.put("/feed.xml", status=301, headers={"Location": ward.site.url("/news.xml")})

    def follows() -> None:
        ward.use(f"feed: '{ward.site.url('/news.xml')}'")

    await course(ward, Condition.MOVED, moves, follows)
    [past] = ward.room.runtime.archive.sync.health.past_problems("a")
    assert past.detail == ward.site.url("/news.xml")
    assert ward.site.url("/news.xml") in ward.alerts()[0].excerpts[0]


async def test_a_section_page_behind_a_wall(ward: Ward):
    ward.use(f"section: '{ward.site.url('/world')}'")
    plain = ward.publish

    def publishes() -> None:
        plain()
        links = "".join(f'<h2><a href="{url}">A long headline about {url[-15:]}</a></h2>' for url in ward.urls)
        ward.site.put("/world", f"<html><body><h1>World</h1>{links}</body></html>")

    ward.publish = publishes
    await course(ward, Condition.BOT_WALL, lambda: ward.site.put("/world", WALL), publishes)


async def test_a_certificate_that_is_about_to_expire(room, site: MockSite):
    with TlsSite(days=90) as tls:
        trusting = room.settings.copy()
        trusting.set("DOWNLOAD_VERIFY_CERTIFICATES", value=False, priority="cmdline")
        crawls, count = Crawls(room.runtime, trusting), itertools.count(1)
        room.crawl = lambda: crawls.crawl("a", f"task-{next(count)}")
        ward = Ward(room, site, now=datetime.now(UTC))
        ward.use(f"feed: '{tls.url('/feed.xml')}'")

        plain = ward.publish

        def publishes() -> None:
            plain()
            tls.pages["/feed.xml"] = feed(ward.urls).encode()

        ward.publish = publishes
        await course(ward, Condition.CERTIFICATE, lambda: tls.renew(5), lambda: tls.renew(90))
        assert ward.alerts()[0].excerpts[0].startswith("Its certificate expires soon or is not trusted: it ")


async def test_a_feed_that_is_too_short_is_reported_at_once_and_polled_sooner(room, site: MockSite):
    ward = Ward(room, site)
    room.use(f"sources: [{{id: a, feed: '{site.url('/feed.xml')}', delay: 0s}}]")
    archive, watch, schedule = room.runtime.archive.sync, room.runtime.watch, Schedule()
    patterns = PublishingPatterns(room.runtime, schedule)
    await patterns.use(watch)

    async def poll() -> timedelta:
        """Replace all three entries of a feed that requests a pause of an hour; return when it is polled next."""
        ward.now += EVERY
        ward.urls.clear()
        for _ in range(3):
            ward.publish()
        site.put("/feed.xml", feed(ward.urls).replace("<channel>", "<channel><ttl>60</ttl>"))
        await room.crawl()
        await patterns.adapt()
        return schedule.next_due("a") - ward.now

    assert await poll() == timedelta(hours=1)
    assert ward.watch.check(watch, ward.now) == []
    assert await poll() <= EVERY / 2
    [line] = ward.watch.check(watch, ward.now)
    url = site.url("/feed.xml")
    seen = f"all 3 entries of {url} were new since the last poll, so others may have come and gone"
    assert line == f"a: incomplete. {sentence(Condition.INCOMPLETE, f'{seen}; it is polled sooner for a week')}"
    [status] = source_statuses(archive, watch.sources, ward.now)
    assert seen in status.description


def old_article(number: int, found: datetime) -> Article:
    url = f"https://old.example/{number}"
    return Article(url, f"Headline {number}", "Text.", source="a", found=found, published=found)


@pytest.mark.slow
async def test_a_frozen_feed(ward: Ward):
    archive, began = ward.room.runtime.archive.sync, ward.now
    past = [began - timedelta(minutes=17 * n) for n in range(14 * 24 * 60 // 17)]  # for two weeks, day and night
    archive.store([Entry(old_article(n, found)) for n, found in enumerate(past)])
    assert await ward.polls(2, ward.publish) == []
    last = ward.now
    for hours in (1, 2):  # quiet, as it happens
        ward.now = last + timedelta(hours=hours)
        assert await ward.polls(1, lambda: None) == []
    alarm = silence_of(archive, ward.room.runtime.watch.sources[0], ward.now).alarm
    assert ward.now < alarm < last + timedelta(hours=6)
    ward.now = alarm
    told = await ward.polls(3, lambda: None)
    assert len(told) == 1
    assert told[0].startswith(
        "a: frozen. It has published nothing for much longer than ever before: last article 2026-"
    )
    assert await ward.polls(2, lambda: None) == []
    again = await ward.polls(2, ward.publish)
    assert again == [f"a has recovered: it was frozen since {last:%Y-%m-%d %H:%M} UTC"]
