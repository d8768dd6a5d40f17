"""What items of feeds become: several articles of one page, articles without one, one article that moves."""

from __future__ import annotations

import pytest
from crawl_pages import article, own_words
from mocksite import MockSite

from crawler.items import Outcome

pytestmark = pytest.mark.asyncio(loop_scope="session")

WATCH = """
sources:
  - {{id: a, feed: '{feed}', delay: 0s}}
rules:
  - {{id: news, any: [flood, barge, dyke], send: [file]}}
  - {{id: heads, any: [refunds, barge, dyke], on: [headline], send: [file]}}
channels:
  - {{id: file, url: 'file:alerts.jsonl'}}
"""


def rss(*items: str, channel: str = "") -> str:
    return f'<rss version="2.0"><channel><title>Board</title>{channel}{"".join(items)}</channel></rss>'


def item(title: str, guid: str = "", link: str = "", text: str = "", extra: str = "") -> str:
    parts = [f"<title>{title}</title>"]
    parts += [f"<link>{link}</link>"] if link else []
    parts += [f'<guid isPermaLink="false">{guid}</guid>'] if guid else []
    parts += [f"<description>{text}</description>"] if text else []
    return f"<item>{''.join(parts)}{extra}</item>"


def use(room, site: MockSite) -> None:
    room.use(WATCH.format(feed=site.url("/feed.xml")))


def alerts(room, kind: str) -> list[tuple[str, str]]:
    found = room.runtime.archive.sync.alerts()
    return sorted((alert.rule, alert.title) for alert in found if alert.kind == kind)


def addresses(room, site: MockSite) -> set[str]:
    return {one.canonical_url.removeprefix(site.url("")) for one in room.articles()}


async def test_a_new_notice_of_a_page_that_is_known_is_an_article(room, site: MockSite):
    page = site.url("/notices")
    site.put("/notices", article("ice on the quay", title="Notices of the board"))
    ice = item("Ice on the quay", "n-1", page, "Sand is spread until noon.")
    site.put("/feed.xml", rss(ice))
    use(room, site)
    first = await room.crawl()
    assert (first.found, first.new) == (1, 1)
    site.put("/feed.xml", rss(item("Flood at the lower gate", "n-2", page, "The river will rise above 7 m."), ice))
    await room.crawl()
    flood = next(one for one in room.articles() if "Flood" in one.title)
    assert (flood.canonical_url, flood.text) == (f"{page}#n-2", "The river will rise above 7 m.")
    assert ("news", "Flood at the lower gate") in alerts(room, "new")
    third = await room.crawl()
    assert (third.new, third.failed) == (0, 0)


async def test_items_without_links_are_stored_once_and_never_asked_for(room, site: MockSite):
    site.put(
        "/feed.xml",
        rss(
            item("Dyke closed", "d-1", "", f"The dyke is closed. {own_words('dyke', 1)}"),
            item("Water is boiled again", "d-2", "", "Until Friday."),
            item("Headline only, of the barge"),
        ),
    )
    use(room, site)
    first = await room.crawl()
    assert (first.outcome, first.found, first.new, first.failed) == (Outcome.DONE, 3, 3, 0)
    stored = {one.title: one for one in room.articles()}
    dyke = stored["Dyke closed"]
    assert dyke.url == dyke.canonical_url == site.url("/feed.xml#d-1")
    assert (dyke.language, dyke.source, dyke.text.startswith("The dyke is closed.")) == ("en", "a", True)
    assert dyke.word_count > 50
    assert stored["Headline only, of the barge"].text == ""
    assert {rule for rule, _ in alerts(room, "new")} == {"news"}
    second = await room.crawl()
    assert (second.new, second.failed) == (0, 0)
    assert len(site.asked("/feed.xml")) == 2
    assert not room.runtime.archive.sync.visits.due_sources(room.runtime.now().replace(year=9000))


async def test_the_same_warning_on_another_day_is_another_article(room, site: MockSite):
    days = [f"<pubDate>Mon, {day} Nov 2026 07:00:00 GMT</pubDate>" for day in (23, 24)]
    notices = [item("Frost", f"f-{n}", site.url("/frost"), "Frost in the hills.", day) for n, day in enumerate(days)]
    site.put("/feed.xml", rss(*notices))
    room.use(WATCH.format(feed=site.url("/feed.xml")).replace("delay: 0s", "delay: 0s, max_age: 3000d"))
    await room.crawl()
    assert addresses(room, site) == {"/frost#f-0", "/frost#f-1"}


async def test_posts_of_one_live_page_are_several_articles(room, site: MockSite):
    posts = [
        item(f"Post {n} on topic {own_words(str(n), n, 1)}", "", site.url(f"/live/dyke#post-{n}")) for n in range(3)
    ]
    site.put("/feed.xml", rss(*posts))
    use(room, site)
    run = await room.crawl()
    assert (run.new, run.failed) == (3, 0)
    assert addresses(room, site) == {f"/live/dyke#post-{n}" for n in range(3)}


async def test_a_guid_with_a_new_link_and_headline_is_the_known_article(room, site: MockSite):
    old, new = site.url("/news/ferry-late-after-fault-77"), site.url("/news/company-promises-refunds-77")
    body = "the barge"
    site.put("/news/ferry-late-after-fault-77", article(body, title="Ferry late after a fault"))
    site.put("/feed.xml", rss(item("Ferry late after a fault", "hp-77", old)))
    use(room, site)
    await room.crawl()
    site.put("/news/company-promises-refunds-77", article(body, title="Company promises refunds"))
    site.put("/news/ferry-late-after-fault-77", status=301, headers={"Location": new})
    site.put("/feed.xml", rss(item("Company promises refunds", "hp-77", new)))
    second = await room.crawl()
    (stored,) = room.articles()
    assert (stored.title, stored.canonical_url, second.new) == ("Company promises refunds", new, 0)
    assert [one for one in alerts(room, "headline") if one[0] == "heads"] == [("heads", "Company promises refunds")]
    assert len(alerts(room, "new")) == 1
    revisions = room.runtime.archive.sync.visits.revisions(1)
    assert [one.title for one in revisions] == ["Ferry late after a fault", "Company promises refunds"]
    asked = len(site.asked("/news/company-promises-refunds-77"))
    site.put("/feed.xml", rss(item("Company promises refunds", "hp-77", new), channel="<ttl>9</ttl>"))
    await room.crawl()
    assert len(site.asked("/news/company-promises-refunds-77")) == asked
    assert len(room.articles()) == 1


async def test_a_new_headline_of_the_feed_has_its_page_read_again_at_once(room, site: MockSite):
    link = site.url("/news/dyke-9")
    site.put("/news/dyke-9", article("the dyke", title="Dyke will hold"))
    site.put("/feed.xml", rss(item("Dyke will hold", "", link)))
    use(room, site)
    await room.crawl()
    site.put("/news/dyke-9", article("the dyke", title="Dyke breaks"))
    site.put("/feed.xml", rss(item("Dyke breaks", "", link)))
    await room.crawl()
    (stored,) = room.articles()
    assert stored.title == "Dyke breaks"
    assert ("heads", "Dyke breaks") in alerts(room, "headline")
    for title in ("“Dyke breaks”", "Dyke breaks"):  # other quotes are no other headline
        site.put("/feed.xml", rss(item(title, "", link), channel=f"<description>{title}</description>"))
        await room.crawl()
    assert len(site.asked("/news/dyke-9")) == 2


async def test_an_address_that_moves_alone_raises_no_alert(room, site: MockSite):
    old, new = site.url("/2026/11/dyke"), site.url("/archive/dyke-old")
    for path in ("/2026/11/dyke", "/archive/dyke-old"):
        site.put(path, article("the dyke"))
    site.put("/feed.xml", rss(item("Dyke", "d", old)))
    use(room, site)
    await room.crawl()
    site.put("/feed.xml", rss(item("Dyke", "d", new)))
    second = await room.crawl()
    (stored,) = room.articles()
    assert (stored.canonical_url, second.new) == (new, 0)
    assert not alerts(room, "headline")
    assert not alerts(room, "changed")
    assert not room.runtime.archive.sync.visits.revisions(1)


async def test_guids_that_are_given_to_other_articles_hide_none(room, site: MockSite):
    def publish(first: int) -> None:
        numbers = range(first, first + 2)
        for n in numbers:
            site.put(f"/news/{n}-council", article(f"matter {n}", title=f"Council votes on matter {n}"))
        site.put(
            "/feed.xml",
            rss(
                *(
                    item(f"Council votes on matter {n}", f"slot-{place}", site.url(f"/news/{n}-council"))
                    for place, n in enumerate(numbers)
                )
            ),
        )

    use(room, site)
    for first in (1, 2, 4):
        publish(first)
        await room.crawl()
    titles = {one.title for one in room.articles()}
    assert titles == {f"Council votes on matter {n}" for n in range(1, 6)}


async def test_another_guid_for_what_was_listed_is_no_news(room, site: MockSite):
    link = site.url("/news/quay-12")
    site.put("/news/quay-12", article("the quay"))
    use(room, site)
    for turn in range(3):
        site.put("/feed.xml", rss(item("Quay argued about", f"random-{turn}", link)))
        run = await room.crawl()
        assert run.new == (turn == 0)
    assert len(site.asked("/news/quay-12")) == 1
    assert len(room.articles()) == 1


async def test_a_page_whose_only_notice_is_replaced_gives_two_articles(room, site: MockSite):
    page = site.url("/warnings")
    site.put("/warnings", article("frost", title="Frost warning"))
    site.put("/feed.xml", rss(item("Frost warning", "w-1", page, "Frost in the hills.")))
    use(room, site)
    await room.crawl()
    site.put("/feed.xml", rss(item("Flood at the lower gate", "w-2", page, "The river rises.")))
    second = await room.crawl()
    assert second.new == 1
    assert ("news", "Flood at the lower gate") in alerts(room, "new")
    site.put("/feed.xml", rss(item("Flood at the lower gate", "w-2", page, "The river rises."), channel="<ttl>7</ttl>"))
    third = await room.crawl()
    assert (third.new, len(room.articles())) == (0, 2)


async def test_the_feeds_own_text_is_edited_too(room, site: MockSite):
    site.put("/feed.xml", rss(item("Barge stuck at the lock", "b", "", "It will be towed at noon.")))
    use(room, site)
    await room.crawl()
    site.put("/feed.xml", rss(item("Barge at the lock is free", "b", "", "It was towed at noon, and nobody was hurt.")))
    second = await room.crawl()
    (stored,) = room.articles()
    assert (stored.title, second.new) == ("Barge at the lock is free", 0)
    assert stored.text.endswith("nobody was hurt.")
    assert ("heads", "Barge at the lock is free") in alerts(room, "headline")
    site.put("/feed.xml", rss(item("Mayor opens the new library", "b", "", "Children may read there until nine.")))
    await room.crawl()
    assert len(room.articles()) == 2, "a guid that names the latest notice, whatever it is"
