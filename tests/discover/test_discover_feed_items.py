"""What the items of a feed are: one or several, with a page or without, known by which id."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.dedupe.urls import is_place, place_url
from crawler.discover.feeds import read_feed
from crawler.discover.feeds.items import identity, items
from crawler.items import Candidate

URL = "https://board.example/alerts.xml"
PAGE = "https://board.example/alerts"


def rss(*found: str, channel: str = "") -> bytes:
    root = '<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/">'
    return f"{root}<channel><title>Alerts</title>{channel}{''.join(found)}</channel></rss>".encode()


def item(title: str, guid: str = "", link: str = "", extra: str = "") -> str:
    parts = [f"<title>{title}</title>" if title else "", f"<link>{link}</link>" if link else ""]
    parts += [f'<guid isPermaLink="false">{guid}</guid>' if guid else "", extra]
    return f"<item>{''.join(parts)}</item>"


def read(*found: str, channel: str = "") -> tuple[Candidate, ...]:
    return read_feed(rss(*found, channel=channel), URL).candidates


def test_several_items_of_one_page_are_several_articles():
    gale, ice, fog = read(
        item("Gale in the strait", "g-3", PAGE, "<description>Up to 9 Bft from noon.</description>"),
        item("Ice on the quay", "g-2", PAGE, "<description>&lt;p&gt;Sand is spread.&lt;/p&gt;</description>"),
        item("Fog", "g-1", "https://board.example/fog"),
    )
    assert [one.url for one in (gale, ice, fog)] == [f"{PAGE}#g-3", f"{PAGE}#g-2", "https://board.example/fog"]
    assert [one.own for one in (gale, ice, fog)] == [True, True, False]
    assert (gale.text, ice.text, fog.text) == ("Up to 9 Bft from noon.", "Sand is spread.", "")
    (alone,) = read(item("Ice on the quay", "g-2", PAGE))
    assert (alone.url, alone.own, alone.guid) == (PAGE, False, "g-2")


def test_places_of_one_page_are_several_articles_and_click_counters_are_not():
    places = [f"{PAGE}/live#entry-{n}" for n in range(3)]
    found = read(*(item(f"Entry {n}", "", place) for n, place in enumerate(places)))
    assert [one.url for one in found] == places
    (one,) = read(item("Gale", "", f"{PAGE}/gale#xtor=RSS-1"), item("Gale", "", f"{PAGE}/gale#xtor=RSS-2"))
    assert not one.own
    (one,) = read(item("Gale", f"{PAGE}/gale#4", f"{PAGE}/gale"))
    assert (one.guid, one.own) == ("", False), "a guid that repeats the link says no more than the link"


def test_items_of_one_page_without_ids_are_told_apart_by_their_headlines():
    found = read(item("Gale", "", PAGE), item("Ice", "", PAGE), item("Gale", "", PAGE))
    assert [one.title for one in found] == ["Gale", "Ice"]
    assert len({one.url for one in found}) == 2


def test_what_is_listed_twice_is_one():
    date = "<pubDate>Mon, 23 Nov 2026 07:00:00 GMT</pubDate>"
    (one,) = read(item("Gale", "world-1", PAGE, date), item("Gale", "coast-1", PAGE, date))
    assert not one.own
    grown, fog = read(item("Gale grows", "1-a", PAGE), item("Gale", "1-a", PAGE), item("Fog", "1-b", f"{PAGE}/fog"))
    assert (grown.title, grown.own, fog.guid) == ("Gale grows", False, "1-b")
    assert len(read(item("Gale", "1", PAGE, date), item("Gale", "2", PAGE, date.replace("23 Nov", "24 Nov")))) == 2


def test_an_item_without_a_link_is_made_of_the_feeds_own_text():
    encoded = (
        "<content:encoded><![CDATA[<p>The ferry stays in port.</p><p>Again <b>tomorrow</b>.</p>]]></content:encoded>"
    )
    whole, summary, headline, silent = read(
        item("Ferry", "f-1", "", f"<description>The ferry stays …</description>{encoded}"),
        item("Bus", "f 2/ü", "", "<description>Every hour.</description>"),
        item("Train cancelled", ""),
        item("", "f-4", "", f"<description>{'All lines run again. ' * 9}</description>"),
    )
    assert (whole.url, whole.text) == (f"{URL}#f-1", "The ferry stays in port.\n\nAgain tomorrow.")
    assert (summary.text, is_place(place_url(summary.url))) == ("Every hour.", True)
    assert (headline.title, headline.text) == ("Train cancelled", "")
    assert silent.title.startswith("All lines run again. All")
    assert silent.title.endswith("…")
    again = read(item("Bus: new times", "f 2/ü", "", "<description>Every two hours.</description>"))
    assert again[0].url == summary.url, "the address does not change with the text"


def test_the_whole_article_is_read_where_the_feed_is_its_only_place():
    long = " ".join(f"word{n}" for n in range(4_000))
    (one,) = read(item("Long", "l", "", f"<content:encoded><![CDATA[<p>{long}</p>]]></content:encoded>"))
    assert one.text == long


def test_json_feeds_and_atom_have_items_without_links_too():
    feed = {
        "items": [{"id": 7, "title": "T", "content_text": "a < b & c\n\nd"}, {"id": "8", "content_html": "<p>x</p>"}]
    }
    first, second = read_feed(json.dumps(feed).encode(), URL).candidates
    assert (first.url, first.text, second.text, second.title) == (f"{URL}#7", "a < b & c\n\nd", "x", "x")
    body = b"""<feed xmlns="http://www.w3.org/2005/Atom"><entry><title>T</title><id>urn:uuid:1</id>
      <content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>One</p><p>Two</p></div></content></entry></feed>"""
    (entry,) = read_feed(body, URL).candidates
    assert (entry.url, entry.text) == (f"{URL}#urn:uuid:1", "One\n\nTwo")


def test_the_address_of_what_has_no_page_keeps_no_password():
    (one,) = read_feed(rss(item("T", "1")), "https://ann:secret@board.example/alerts.xml").candidates
    assert one.url == f"{URL}#1"


@pytest.mark.parametrize(
    "guids",
    [
        ["0", "0", "0"],
        ["same", "same", "same"],
        ["same", "same"],
        ["1", "2", "3", "4"],
        ["0", "1", "2"],
        [URL, URL],
        ["https://board.example/", "x"],
        ["Alerts", "x"],
        ["null", "-"],
    ],
)
def test_guids_that_identify_nothing(guids: list[str]):
    found = [item(f"Headline {n}", guid, f"https://board.example/{n}-a") for n, guid in enumerate(guids) if guid != "x"]
    candidates = read(*found, channel="<link>https://board.example/</link>")
    assert [one.guid for one in candidates] == [""] * len(found)
    assert len({one.url for one in candidates}) == len(found)


def test_guids_that_count_down_are_ids():
    found = [item(f"Headline {n}", str(n), f"https://board.example/{n}-a") for n in (3, 2, 1)]
    assert [one.guid for one in read(*found)] == ["3", "2", "1"]


def test_only_what_is_an_address_is_a_permalink():
    opaque = "<item><title>T</title><guid>4711</guid></item>"
    address = "<item><title>T</title><guid>https://board.example/1</guid></item>"
    no_page = item("T", "https://board.example/2")
    found = read_feed(rss(opaque, address, no_page), URL).candidates
    assert [one.own for one in found] == [True, False, True]
    assert found[1].url == "https://board.example/1"


def test_items_with_nothing_in_them_are_counted():
    feed = read_feed(rss("<item><guid>a</guid></item>", "<item><link>mailto:a@board.example</link></item>"), URL)
    assert (feed.candidates, feed.entries) == ((), 2)
    assert feed.unusable == "2 entries without a link, a title or a text"


CANDIDATES = st.builds(
    Candidate,
    url=st.sampled_from(["", PAGE, f"{PAGE}#a", f"{PAGE}#b", "https://board.example/1"]),
    title=st.sampled_from(["", "A", "B"]),
    guid=st.sampled_from(["", "0", "1", "2", "x y", PAGE, URL, "\x00/!#"]),
    text=st.sampled_from(["", "Text"]),
)


@given(st.lists(CANDIDATES, max_size=8))
def test_every_item_has_an_address_of_its_own_that_is_stable(found: list[Candidate]):
    usable = items(found, URL).candidates
    addresses = [place_url(one.url) for one in usable]
    assert len(set(addresses)) == len(addresses)
    assert len({identity(one) for one in usable}) == len(usable)
    assert all(is_place(place_url(one.url)) for one in usable if one.own)
    assert items(found, URL).candidates == usable


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_thousands_of_items_of_one_page_cost_their_number_and_not_its_square():
    entries = "".join(
        f"<item><title>Notice {n}</title><link>https://x.example/p#n{n}</link><guid>g{n}</guid></item>"
        for n in range(5_000)
    )
    body = f"<rss version='2.0'><channel><title>t</title>{entries}</channel></rss>".encode()
    assert len(read_feed(body, "https://x.example/feed").candidates) == 5_000
