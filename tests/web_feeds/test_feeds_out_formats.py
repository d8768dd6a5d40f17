"""Every feed in every format against the format's own schema, and read back by feedparser."""

from __future__ import annotations

import json
from html import unescape
from pathlib import Path
from typing import Any

import feedparser
import jsonschema_rs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree
from starlette.testclient import TestClient
from web.web_samples import NOW

from crawler.archive import ArticleRow
from crawler.discover.feeds import read_feed
from crawler.discover.listing import Feed
from crawler.items import Article
from crawler.web.feeds.entries import Heading, address, entry_of, plain, urn
from crawler.web.feeds.xml import atom, opml, rss

HERE = Path(__file__).parent
ATOM = etree.RelaxNG(etree.parse(HERE / "atom.rng"))
RSS = etree.RelaxNG(etree.parse(HERE / "rss.rng"))
JSON_FEED = jsonschema_rs.validator_for(json.loads((HERE / "json_feed.schema.json").read_text()), validate_formats=True)
NAMES = ("all", "source/coast", "source/evil", "tag/harbour", "rule/floods", "search/late%20%2F%20ferries")
HEADING = Heading("urn:x", "T", "D", "http://a.example/f", "http://a.example/", NOW, "W", "https://hub.example/?a&b")


def valid(schema: etree.RelaxNG, body: bytes) -> etree._Element:
    root = etree.fromstring(body)
    assert schema.validate(root), schema.error_log
    return root


@pytest.mark.parametrize("name", NAMES)
def test_rss_is_valid(reader: TestClient, name: str):
    answer = reader.get(f"/feeds/{name}.rss?n=200")
    assert answer.headers["content-type"] == "application/rss+xml; charset=utf-8"
    root = valid(RSS, answer.content)
    assert not root.xpath("//item[not(title) and not(description)]")  # one of them must be there
    guids = root.xpath("//item/guid/text()")
    assert len(set(guids)) == len(guids)
    assert root.xpath("//atom:link[@rel='self']/@href", namespaces={"atom": "http://www.w3.org/2005/Atom"}) == [
        f"http://127.0.0.1:8765/feeds/{name}.rss"
    ]


@pytest.mark.parametrize("name", NAMES)
def test_atom_is_valid(reader: TestClient, name: str):
    answer = reader.get(f"/feeds/{name}.atom?n=200")
    assert answer.headers["content-type"] == "application/atom+xml; charset=utf-8"
    valid(ATOM, answer.content)


@pytest.mark.parametrize("name", NAMES)
def test_json_feed_is_valid(reader: TestClient, name: str):
    answer = reader.get(f"/feeds/{name}.json?n=200")
    assert answer.headers["content-type"] == "application/feed+json"
    wrong = [f"{list(error.instance_path)}: {error.message}" for error in JSON_FEED.iter_errors(answer.json())]
    assert not wrong


def test_the_schemas_refuse_what_is_wrong(reader: TestClient):
    body = reader.get("/feeds/source/coast.atom").content
    for old, new in ((b"<updated>", b"<updated>x"), (b"<id>", b"<id/><id>"), (b"</feed>", b"<title/></feed>")):
        assert not ATOM.validate(etree.fromstring(body.replace(old, new)))
    body = reader.get("/feeds/source/coast.rss").content
    for old, new in (
        (b"<pubDate>", b"<pubDate>x"),
        (b"<ttl>", b"<ttl>x"),
        (b"</channel>", b"<title>x</title></channel>"),
    ):
        assert not RSS.validate(etree.fromstring(body.replace(old, new)))
    assert not JSON_FEED.is_valid({"version": "https://jsonfeed.org/version/1.1", "title": "x", "items": [{}]})


def parsed(reader: TestClient, name: str) -> Any:
    found = feedparser.parse(reader.get(f"/feeds/{name}").content)
    assert not found.bozo
    return found


def test_all_formats_have_the_same_entries(reader: TestClient):
    by_rss, by_atom = parsed(reader, "source/coast.rss?n=60"), parsed(reader, "source/coast.atom?n=60")
    by_json = reader.get("/feeds/source/coast.json?n=60").json()["items"]
    lines = [json.loads(line) for line in reader.get("/feeds/source/coast.jsonl?n=60").text.splitlines()]
    assert len(lines) == 60
    ids = [one["id"] for one in by_json]
    assert [one.id for one in by_rss.entries] == [one.id for one in by_atom.entries] == ids
    assert ids == [urn(line["canonical_url"]) for line in lines]
    assert [one.link for one in by_rss.entries] == [one["url"] for one in by_json] == [line["url"] for line in lines]
    assert [one.title for one in by_atom.entries] == [line["title"] for line in lines]
    assert [one.published_parsed for one in by_rss.entries] == [one.published_parsed for one in by_atom.entries]
    assert "".join(lines[0]["text"].split()) in "".join(
        by_rss.entries[0].content[0].value.replace("<p>", "").replace("</p>", "").split()
    )
    assert by_json[0]["_wirewatch"]["source"] == "coast"


def test_our_own_reader_reads_them(reader: TestClient):
    for form in ("rss", "atom", "json"):
        answer = reader.get(f"/feeds/source/coast.{form}?n=60")
        feed: Feed = read_feed(answer.content, str(answer.url), answer.headers["content-type"])
        assert len(feed.candidates) == 60
        assert {one.title for one in feed.candidates} >= {"Ferry number 7 leaves late", "Ferry number 8 leaves on time"}
        assert all(one.published for one in feed.candidates)


def test_hostile_articles_stay_texts(reader: TestClient):
    found = parsed(reader, "source/evil.atom")
    assert len(found.entries) >= 9
    for entry in found.entries:
        assert not {"javascript", "data"} & {link["href"].partition(":")[0] for link in entry.get("links", ())}
    raw = reader.get("/feeds/source/evil.json").json()
    for item in raw["items"]:
        assert "<script" not in item["content_html"]
        assert "<img" not in item["content_html"]
        assert item.get("url", "http").startswith("http")
    assert len(reader.get("/feeds/source/evil.rss").content) < 1_000_000


def test_a_description_is_html_that_shows_the_text_as_it_is():
    lead = "Use <template> & <img src=x onerror=alert(1)>"
    entry = entry_of(ArticleRow(1, Article("https://a.example/1", "A", "x", found=NOW, lead=lead)))
    found = etree.fromstring(rss(HEADING, [entry])).findtext(".//item/description") or ""
    assert "<" not in found, "RSS 2.0 reads it as HTML"
    assert unescape(found) == entry.summary


def test_a_guid_outlives_changes_of_all_else():
    one = Article("https://a.example/1?utm=x", "A", "x", canonical_url="https://a.example/1", found=NOW)
    other = Article("https://a.example/1", "B", "y", canonical_url="https://a.example/1", found=NOW, modified=NOW)
    assert entry_of(ArticleRow(1, one)).id == entry_of(ArticleRow(99, other)).id
    assert entry_of(ArticleRow(1, one)).id.startswith("urn:uuid:")


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("https://a.example/ü?q=ä", "https://a.example/%C3%BC?q=%C3%A4"),
        ("https://bücher.example/", "https://xn--bcher-kva.example/"),
        ('https://a.example/"<x>', "https://a.example/%22%3Cx%3E"),
        ("https://a.example/[1]", "https://a.example/%5B1%5D"),
        ("https://a.example/100%/%41%4", "https://a.example/100%25/%41%254"),
        ("https://[half/", ""),
        ("javascript:alert(1)", ""),
        ("http://user@a.example/", ""),
        ("", ""),
    ],
)
def test_addresses_are_addresses(url: str, safe: str):
    assert address(url) == safe


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(title=TEXTS, text=TEXTS, author=TEXTS, tag=TEXTS, url=TEXTS, language=TEXTS)
def test_any_article_gives_a_valid_feed(title: str, text: str, author: str, tag: str, url: str, language: str):
    article = Article(
        f"https://a.example/{url}", title, text, authors=(author,), tags=(tag,), language=language, found=NOW
    )
    entries = [entry_of(ArticleRow(1, article))]
    valid(ATOM, atom(HEADING, entries))
    valid(RSS, rss(HEADING, entries))


@given(name=TEXTS)
def test_opml_allows_any_name(name: str):
    root = etree.fromstring(opml(plain(name), {name: [(plain(name), "http://a.example/f", "http://a.example/")]}))
    assert root.tag == "opml"
    assert len(root.findall("body/outline/outline")) == 1


def test_an_empty_feed_is_valid():
    empty = Heading("urn:x", "T", "D", "http://a.example/f", "http://a.example/", None, "W")
    valid(ATOM, atom(empty, []))
    valid(RSS, rss(empty, []))
