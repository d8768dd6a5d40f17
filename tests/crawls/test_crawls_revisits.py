"""Known articles are looked at again: edits, stealth edits, removals, layouts, budgets."""

from __future__ import annotations

import itertools
from datetime import datetime, timedelta
from email.utils import format_datetime

import pytest
from crawl_pages import article, feed
from mocksite import MockSite, Reset
from pace import Delays

from crawler.items import Article
from crawler.schedule.revisit_plan import version
from crawler.service.worker.crawls import Crawls
from crawler.state import keys

pytestmark = pytest.mark.asyncio(loop_scope="session")

WATCH = """
sources:
  - {{id: a, feed: '{feed}', private_hosts: [127.0.0.2, 127.0.0.3], delay: 0s, revisit: [1h, 3h, 12h, 2d, 7d]}}
rules:
  - {{id: news, any: [board], send: [file]}}
  - {{id: edits, any: [board], on: [changed], send: [file]}}
  - {{id: heads, any: [board], on: [headline], send: [file]}}
  - {{id: gone, any: [board], on: [removed], send: [file]}}
channels:
  - {{id: file, url: 'file:alerts.jsonl'}}
"""
MODIFIED = '<meta property="article:modified_time" content="{}">'
MORE = "<p>The harbour master resigned in the night after {} letters were found in a drawer of his desk.</p>"
CONSENT = "We and our partners use cookies. Accept all cookies to go on reading, or choose which ones you allow."
LOCKED = '<meta property="article:content_tier" content="locked">'
TEASER = (
    2 * "The harbour board met for six hours on the dyke and left without a decision that anybody could write down. "
)


def page(title: str, heading: str, body: str, *, head: str = "") -> str:
    return f"""<html><head><title>{title}</title>{head}</head><body><article><h1>{heading}</h1><p>{body}</p></article>
</body></html>"""


class Desk:
    """One room whose clock the test moves."""

    def __init__(self, room, site: MockSite) -> None:
        self.room, self.site = room, site
        self.now = room.runtime.now()
        room.runtime.now = lambda: self.now
        self.crawls = Crawls(room.runtime, room.settings)
        self.archive = room.runtime.archive.sync

    async def open(self, *paths: str) -> None:
        self.site.put("/feed.xml", feed([self.site.url(path) for path in paths]))
        self.room.use(WATCH.format(feed=self.site.url("/feed.xml")))
        await self.room.crawl()

    async def later(self, **time: float) -> None:
        self.now += timedelta(**time)
        await self.crawls.revisit("a")

    def alerts(self, kind: str) -> list[tuple[str, tuple[str, ...]]]:
        return [(alert.rule, alert.excerpts) for alert in self.archive.alerts() if alert.kind == kind]

    def item(self) -> Article:
        (item,) = self.room.articles()
        return item


@pytest.fixture
def desk(room, site: MockSite) -> Desk:
    return Desk(room, site)


async def test_a_revisit_that_reaches_no_host_is_repeated_and_uses_up_no_visit(desk: Desk, site: MockSite):
    site.put("/news/a", article("the dyke"))
    await desk.open("/news/a")
    before = desk.archive.visits.of(1)
    site.put("/news/a", behaviour=Reset())
    await desk.later(hours=1, minutes=1)
    after = desk.archive.visits.of(1)
    assert (after.step, after.version) == (before.step, before.version or version(before.article))
    assert after.due == desk.now + timedelta(minutes=1)
    site.put("/news/a", article("the dyke"))
    await desk.later(minutes=2)
    assert desk.archive.visits.of(1).step == before.step + 1


async def test_an_edit_is_kept_told_once_and_counted_when_it_comes_back(desk: Desk, site: MockSite):
    site.put("/news/board", article("the quay"))
    await desk.open("/news/board")
    first = desk.item()
    await desk.later(minutes=30)
    assert len(site.asked("/news/board")) == 1, "not due yet"

    edited = article("the quay", tail=MORE.format("eleven"), head=MODIFIED.format(desk.now.isoformat()))
    site.put("/news/board", edited)
    await desk.later(minutes=31)
    assert "eleven letters" in desk.item().text
    before, after = desk.archive.visits.revisions(1)
    assert (before.number, before.text, after.number, after.changed, after.admitted) == (
        0,
        first.text,
        1,
        ("text",),
        True,
    )
    ((rule, lines),) = desk.alerts("changed")
    assert rule == "edits"
    assert "eleven letters" in " ".join(lines)

    for turn in range(4):  # A, B, A, B
        site.put("/news/board", edited if turn % 2 else article("the quay"))
        await desk.later(hours=60 * (turn + 1))
    revisions = desk.archive.visits.revisions(1)
    assert len(revisions) == 2, "a page that flips back and forth has two versions"
    assert sum(revision.times for revision in revisions) >= 4
    assert len(desk.alerts("changed")) == 2, "each version is told once"


@pytest.mark.parametrize("page_has_date", [False, True])
async def test_what_only_the_feed_said_of_a_date_outlives_an_edit(desk: Desk, site: MockSite, *, page_has_date: bool):
    listed = desk.now.replace(microsecond=0) - timedelta(hours=2)
    own = listed - timedelta(days=9)
    head = f'<meta property="article:published_time" content="{own.isoformat()}">' if page_has_date else ""
    site.put("/news/board", article("the quay", head=head))
    site.put("/feed.xml", feed([site.url("/news/board")], dates=[format_datetime(listed)]))
    desk.room.use(WATCH.format(feed=site.url("/feed.xml")))
    await desk.room.crawl()
    first = desk.item()
    assert (first.published, first.published_uncertain) == (own if page_has_date else listed, page_has_date)
    site.put("/news/board", article("the quay", tail=MORE.format("nine"), head=head))
    await desk.later(hours=2)
    edited = desk.item()
    assert "nine letters" in edited.text
    assert (edited.published, edited.published_uncertain) == (first.published, first.published_uncertain)
    assert edited.published_from == first.published_from


async def test_a_stealth_edit_and_a_headline(desk: Desk, site: MockSite):
    stamp = MODIFIED.format("2026-01-01T08:00:00+00:00")
    site.put("/news/board", article("the weir", head=stamp))
    await desk.open("/news/board")
    site.put("/news/board", article("the weir", title="Board gives up on the weir for good", head=stamp))
    await desk.later(hours=1.1)
    (_, after) = desk.archive.visits.revisions(1)
    assert (after.changed, after.admitted) == (("title",), False)
    assert sorted(rule for rule, _ in desk.alerts("headline")) == ["heads", "news"], (
        "news asks for the usual follow-ups"
    )
    assert [rule for rule, _ in desk.alerts("changed")] == ["edits"]
    assert desk.item().title == "Board gives up on the weir for good"


async def test_a_rule_follows_up_on_the_article_that_it_told_of_and_not_on_its_copies(desk: Desk, site: MockSite):
    for path in ("/news/board", "/news/copy"):
        site.put(path, article("the weir"), host=path == "/news/copy")
    desk.site.put("/feed.xml", feed([site.url("/news/board"), site.url("/news/copy", 1)]))
    desk.room.use(WATCH.format(feed=site.url("/feed.xml")))
    await desk.room.crawl()
    (story,) = desk.archive.stories.listed()
    assert story.copies == 2
    (first,) = [alert for alert in desk.archive.alerts() if alert.rule == "news"]
    for path in ("/news/board", "/news/copy"):
        changed = article("the weir", title="Board gives up on the weir for good")
        site.put(path, changed, host=path == "/news/copy")
    await desk.later(hours=1.1)
    told = [alert for alert in desk.archive.alerts() if alert.kind == "headline"]
    assert [alert.article_id for alert in told if alert.rule == "news"] == [first.article_id]
    assert sorted(alert.article_id for alert in told if alert.rule == "heads") == [1, 2], "it asks for all of them"


async def test_alerts_keep_their_evidence(desk: Desk, site: MockSite):
    site.put("/news/board", article("the weir"))
    start = desk.now
    await desk.open("/news/board")
    (first,) = [alert for alert in desk.archive.alerts() if alert.rule == "news"]
    assert (first.listed, first.fetched, first.matched) == (start, start, start), "the clock of the test stands still"
    assert (first.revision, first.content_hash, first.outlets) == (0, desk.item().content_hash, 1)
    site.put("/news/board", article("the weir", title="Board gives up on the weir for good"))
    await desk.later(hours=1.1)
    (later,) = [alert for alert in desk.archive.alerts() if alert.rule == "edits"]
    assert (later.revision, later.content_hash) == (1, desk.item().content_hash)
    assert later.content_hash != first.content_hash
    assert desk.item().listed == desk.item().fetched == start


@pytest.mark.slow
@pytest.mark.parametrize(
    "change",
    [
        {"tail": "<p>Updated 5 minutes ago</p>"},
        {"tail": "<p>127 comments</p>"},
        {"tail": "<h2>Related</h2><ul><li><a href='/x'>Museum says that its golden mask is genuine</a></li></ul>"},
        {"head": MODIFIED.format("2026-11-23T09:00:00+00:00")},
    ],
)
async def test_what_does_not_count(desk: Desk, site: MockSite, change: dict):
    site.put("/news/board", article("the sluice"))
    await desk.open("/news/board")
    site.put("/news/board", article("the sluice", **change))
    await desk.later(hours=1.1)
    assert len(site.asked("/news/board")) == 2
    assert desk.archive.visits.revisions(1) == []


@pytest.mark.parametrize(
    "html",
    [
        page("Before you continue", "We value your privacy", CONSENT),
        page("Board argues about the dyke", "Board argues about the dyke until midnight", TEASER, head=LOCKED),
    ],
)
async def test_a_paywall_or_consent_page_is_neither_edit_nor_removal(desk: Desk, site: MockSite, html: str):
    site.put("/news/board", article("the dyke"))
    await desk.open("/news/board")
    site.put("/news/board", html)
    await desk.later(hours=1.1)
    await desk.later(hours=3)
    assert len(site.asked("/news/board")) == 3
    assert desk.archive.visits.revisions(1) == []
    assert desk.archive.visits.removed(1) is None
    assert len(desk.archive.alerts()) == 1


@pytest.mark.parametrize("status", [404, 410, 302])
async def test_a_removal_is_confirmed_an_hour_later(desk: Desk, site: MockSite, status: int):
    site.put("/news/board", article("the lock"))
    site.put("/", "<html><title>Home</title><body><p>Welcome.</p></body></html>")
    await desk.open("/news/board")
    site.put("/news/board", "gone", status=status, headers={"Location": site.url("/")})
    await desk.later(hours=1.1)
    assert desk.archive.visits.removed(1) is None
    await desk.later(minutes=30)
    assert desk.archive.visits.removed(1) is None, "an hour must pass"
    await desk.later(minutes=31)
    assert desk.archive.visits.removed(1) == desk.now
    assert sorted(rule for rule, _ in desk.alerts("removed")) == ["gone", "news"]
    asked = len(site.asked("/news/board"))
    await desk.later(days=9)
    assert len(site.asked("/news/board")) == asked, "it is left alone"


async def test_a_page_that_is_back_was_not_removed(desk: Desk, site: MockSite):
    site.put("/news/board", article("the basin"))
    await desk.open("/news/board")
    site.put("/news/board", "gone", status=404)
    await desk.later(hours=1.1)
    site.put("/news/board", article("the basin"))
    await desk.later(hours=1.1)
    site.put("/news/board", "gone", status=404)
    await desk.later(hours=2)
    assert desk.archive.visits.removed(1) is None


@pytest.mark.slow
async def test_at_most_five_extra_requests(desk: Desk, site: MockSite):
    site.put("/news/board", article("the berth"))
    await desk.open("/news/board")
    for _ in range(200):
        await desk.later(hours=2)
    assert len(site.asked("/news/board")) == 1 + 5


async def test_an_unchanged_page_is_asked_for_conditionally(desk: Desk, site: MockSite):
    site.put("/news/board", article("the pier"), headers={"ETag": '"1"'})
    await desk.open("/news/board")
    await desk.later(hours=1.1)
    await desk.later(hours=3)
    assert site.asked("/news/board")[-1].headers.get("if-none-match") == '"1"'
    assert desk.archive.visits.revisions(1) == []


@pytest.mark.slow
async def test_a_new_layout_is_no_edit_of_everything(desk: Desk, site: MockSite):
    told: list[str] = []
    desk.room.runtime.on_note.append(told.append)
    paths = [f"/news/{number}" for number in range(40)]
    for number, path in enumerate(paths):
        site.put(path, article(f"canal number {number}", title=f"Canal {number} is dug out again, says board"))
    await desk.open(*paths)
    banner = "<p>This newspaper is now printed on paper that was made from reeds, and we hope that you like it.</p>"
    for number, path in enumerate(paths):
        title = f"Canal {number} is dug out again, says board"
        site.put(path, article(f"canal number {number}", title=title, tail=banner))
    await desk.later(hours=1.1)
    count = sum(bool(desk.archive.visits.revisions(number)) for number in range(1, 41))
    assert 0 < count <= 12
    assert len([line for line in told if "new layout" in line]) == 1


async def test_revisits_take_a_fifth_of_the_hosts_budget(room, site: MockSite):
    paths = [f"/news/{number}" for number in range(4)]
    for number, path in enumerate(paths):
        site.put(path, article(f"ferry number {number}"))
    desk = Desk(room, site)
    await desk.open(*paths)
    room.use(WATCH.format(feed=site.url("/feed.xml")).replace("delay: 0s", "delay: 100ms"))
    with Delays() as delays:
        await desk.later(hours=1.1)
    late_s = max(0.0, delays.longest_s - 0.05)  # of a busy machine: what is late comes closer to the next one
    at = sorted(site.asked(path)[-1].at for path in paths)
    gaps = [later - earlier for earlier, later in itertools.pairwise(at)]
    assert all(gap > 0.45 - late_s for gap in gaps[1:]), "five gaps apart"
    assert gaps[0] > 0.25 - late_s, "the first one waits for its host as well"


async def test_a_clock_that_jumps_back_does_no_harm(desk: Desk, site: MockSite):
    site.put("/news/board", article("the jetty"))
    await desk.open("/news/board")
    await desk.later(days=-400)
    await desk.later(days=401)
    assert len(site.asked("/news/board")) == 2
    assert isinstance(desk.now, datetime)
    assert keys.STORY_WINDOW_S == 72 * 3600
