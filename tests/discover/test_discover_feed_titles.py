"""Headlines as feeds send them: text is no markup, markup is no text. And what relative links are relative to."""

from __future__ import annotations

import json
from html import escape

import pytest

from crawler.discover.feeds import read_feed

URL = "https://feeds.carrier.example/coast/rss"
ATOM = '<feed xmlns="http://www.w3.org/2005/Atom">{}<entry><title{}>{}</title><link href="{}"/></entry></feed>'
RSS = '<rss version="2.0"><channel>{}<item><title>{}</title><link>{}</link></item></channel></rss>'


def rss(title: str = "T", link: str = "https://coast.example/a", channel: str = "") -> bytes:
    return RSS.format(channel, escape(title, quote=False), link).encode()


def atom(title: str = "T", kind: str = "", link: str = "https://coast.example/a", head: str = "") -> bytes:
    return ATOM.format(head, f' type="{kind}"' if kind else "", escape(title, quote=False), link).encode()


def title(body: bytes) -> str:
    (candidate,) = read_feed(body, URL).candidates
    return candidate.title


def link(body: bytes, url: str = URL) -> str:
    (candidate,) = read_feed(body, url).candidates
    return candidate.url


@pytest.mark.parametrize(
    ("sent", "meant"),
    [
        ("Why <dialog> replaced our pop-ups", "Why <dialog> replaced our pop-ups"),
        ("When to write <b> and when <strong>", "When to write <b> and when <strong>"),
        ("A Map<String, List<int>> in two lines", "A Map<String, List<int>> in two lines"),
        ("What does &lt;slot&gt; do?", "What does <slot> do?"),
        ("The <script> that slowed us down", "The <script> that slowed us down"),
        ("One<script>steal()</script> two", "One two"),
        ("<b>Storm</b> over <i>Ocean</i> Bay", "Storm over Ocean Bay"),
        ("<i>Cut off by its generator …", "Cut off by its generator …"),
        ('<span class="kicker">Live</span> from the port', "Live from the port"),
        ("Line<br/>break", "Line break"),
        ("Fish &amp; chips", "Fish & chips"),
        ("The mayor&#8217;s boat", "The mayor’s boat"),
        ("It&amp;#8217;s twice escaped", "It’s twice escaped"),
        ("CO<sub>2</sub> up, x<y and y>z", "CO2 up, x<y and y>z"),
        ("We <3 herring & AT&T", "We <3 herring & AT&T"),
    ],
)
def test_titles_of_rss_are_text_with_a_little_markup(sent: str, meant: str):
    assert title(rss(sent)) == meant


@pytest.mark.parametrize(
    ("kind", "sent", "meant"),
    [
        ("", "The <dialog> and the <b> of it", "The <dialog> and the <b> of it"),
        ("text", "How to write &lt;b&gt; or &amp; in a page", "How to write &lt;b&gt; or &amp; in a page"),
        ("text", "The mayor&#8217;s boat", "The mayor’s boat"),
        ("html", "The <b>old</b> &lt;dialog&gt; &amp; we", "The old <dialog> & we"),
        ("html", "Vec<Ferry> explained", "Vec<Ferry> explained"),
    ],
)
def test_titles_of_atom_are_what_they_say(kind: str, sent: str, meant: str):
    assert title(atom(sent, kind)) == meant


def test_a_title_of_xhtml():
    inside = '<div xmlns="http://www.w3.org/1999/xhtml">Use of &lt;dialog&gt; is <em>new</em> &amp; good</div>'
    assert title(ATOM.format("", ' type="xhtml"', inside, "https://coast.example/a").encode()) == (
        "Use of <dialog> is new & good"
    )


def test_titles_of_json_feeds_are_text():
    items = [{"id": "1", "url": "https://coast.example/a", "title": "Use of <template> & <b> &amp; so on"}]
    assert title(json.dumps({"items": items}).encode()) == "Use of <template> & <b> &amp; so on"


SITE = "<link>https://coast.example/de/</link>"


@pytest.mark.parametrize(
    ("sent", "channel", "expected"),
    [
        ("/boats/1", SITE, "https://coast.example/boats/1"),
        ("boats/1", SITE, "https://coast.example/de/boats/1"),
        ("?id=1", SITE, "https://coast.example/de/?id=1"),
        ("//m.coast.example/1", SITE, "https://m.coast.example/1"),
        ("www.coast.example/1", SITE, "https://www.coast.example/1"),
        ("coast.example/boats/1", SITE, "https://coast.example/boats/1"),
        ("https://other.example/1", SITE, "https://other.example/1"),
        ("/boats/1", "", "https://feeds.carrier.example/boats/1"),
        ("/boats/1", "<link>/home</link>", "https://feeds.carrier.example/boats/1"),
        ("/boats/1", "<link>http://localhost:8080/</link>", "https://feeds.carrier.example/boats/1"),
        ("/boats/1", "<link>http://192.168.1.4/</link>", "https://feeds.carrier.example/boats/1"),
        ("/boats/1", "<link>not an address at all: [</link>", "https://feeds.carrier.example/boats/1"),
    ],
)
def test_links_of_rss_are_relative_to_the_channel(sent: str, channel: str, expected: str):
    assert link(rss(link=sent, channel=channel)) == expected


def test_xml_base_counts_more_than_the_channel():
    body = rss(link="1", channel=SITE).replace(b"<item>", b'<item xml:base="https://boats.example/all/">')
    assert link(body) == "https://boats.example/all/1"


@pytest.mark.parametrize(
    ("url", "head", "expected"),
    [
        ("https://coast.example/feeds/atom", '<link href="https://coast.example/"/>', "https://coast.example/feeds/1"),
        (URL, '<link href="https://coast.example/de/"/>', "https://coast.example/de/1"),
        (URL, '<link href="https://coast.example/de/"/><link rel="self" href="https://coast.example/feeds/atom"/>',
         "https://coast.example/feeds/1"),
        (URL, "", "https://feeds.carrier.example/coast/1"),
    ],
)  # fmt: skip
def test_links_of_atom_are_relative_to_the_document_unless_another_host_distributes_it(
    url: str, head: str, expected: str
):
    assert link(atom(link="1", head=head), url) == expected


def test_links_of_a_json_feed_that_another_host_distributes():
    feed = {"home_page_url": "https://coast.example/", "items": [{"id": "1", "url": "/boats/1"}]}
    assert link(json.dumps(feed).encode()) == "https://coast.example/boats/1"
