"""The feeds' addresses: which there are, what a reader hears the second time, and who may read."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from lxml import etree
from starlette.testclient import TestClient
from web.web_samples import client_of, make_site

from crawler.config.opml import read_opml
from crawler.web.access.passwords import hashed
from crawler.web.site import Site, open_site

HASH = hashed("correct horse battery")
BASE = "http://127.0.0.1:8765"


def test_opml_names_every_feed_and_each_answers(reader: TestClient):
    answer = reader.get("/feeds.opml")
    assert answer.headers["content-type"] == "text/x-opml; charset=utf-8"
    outlines = etree.fromstring(answer.content).findall(".//outline[@xmlUrl]")
    found = [outline.get("xmlUrl") for outline in outlines]
    assert found == [
        f"{BASE}/feeds/{name}.rss"
        for name in (
            "all",
            "source/coast",
            "source/meridian",
            "tag/harbour",
            "rule/floods",
            "search/late%20%2F%20ferries",
        )
    ]
    for outline in outlines:
        assert reader.get(outline.get("xmlUrl").removeprefix(BASE)).status_code == 200
        assert reader.get(outline.get("htmlUrl").removeprefix(BASE)).status_code == 200
    again = read_opml(answer.content, (), subject="feeds.opml")
    assert [source["feed"] for source in again.sources] == found
    atoms = reader.get("/feeds.opml?format=atom").text
    assert f"{BASE}/feeds/all.atom" in atoms


@pytest.mark.parametrize("name", ["feeds/all.rss", "feeds/all.jsonl", "feeds/source/coast.atom", "feeds.opml"])
def test_a_reader_with_the_current_version_receives_304(reader: TestClient, name: str):
    first = reader.get(f"/{name}")
    etag = first.headers["etag"]
    assert first.headers["cache-control"] == "private, max-age=60"
    for known in (etag, f'"other", {etag}', etag.removeprefix("W/"), "*"):
        again = reader.get(f"/{name}", headers={"if-none-match": known})
        assert again.status_code == 304
        assert again.content == b""
        assert again.headers["etag"] == etag
    assert reader.get(f"/{name}", headers={"if-none-match": '"other"'}).status_code == 200
    head = reader.head(f"/{name}")
    assert head.headers["etag"] == etag
    assert head.content == b""


def test_dates_count_where_no_etag_is_sent(reader: TestClient):
    said = reader.get("/feeds/source/coast.rss").headers["last-modified"]
    assert said == "Mon, 23 Nov 2026 07:59:00 GMT"
    for since, status in {
        said: 304, "Mon, 23 Nov 2026 09:00:00 GMT": 304, "Mon, 23 Nov 2026 07:00:00 GMT": 200, "nonsense": 200, "": 200,
    }.items():  # fmt: skip
        assert reader.get("/feeds/source/coast.rss", headers={"if-modified-since": since}).status_code == status, since
    both = {"if-modified-since": said, "if-none-match": '"other"'}
    assert reader.get("/feeds/source/coast.rss", headers=both).status_code == 200
    empty = reader.get("/feeds/tag/harbour.rss")
    assert "last-modified" not in empty.headers


@pytest.mark.parametrize(
    "name",
    ["all.xml", "all", "other.rss", "source/nobody.rss", "source/.rss", "nothing/coast.rss", "search/nobody.rss",
     "search/broken.rss", "search/no%20time.rss", "tag/%00.rss", "source/coast"],
)  # fmt: skip
def test_there_is_no_such_feed(reader: TestClient, name: str):
    assert reader.get(f"/feeds/{name}").status_code == 404


def test_what_only_articles_know_has_a_feed_too(reader: TestClient):
    assert reader.get("/feeds/source/evil.rss").status_code == 200  # is not in the watch file any more


@pytest.mark.parametrize("n", ["0", "201", "x"])
def test_counts_are_bounded(reader: TestClient, n: str):
    assert reader.get(f"/feeds/all.rss?n={n}").status_code == 422


def test_a_saved_search_is_a_feed(reader: TestClient):
    items = reader.get("/feeds/search/late%20%2F%20ferries.json").json()["items"]
    assert [item["title"] for item in items] == ["Ferry number 7 leaves late"]


def test_a_password_asks_readers_for_a_token(feeds_folder: Path):
    with client_of(make_site(feeds_folder, password=HASH)) as reader:
        for address in ("/feeds/all.rss", "/feeds/source/coast.atom", "/feeds.opml", "/feeds/source/nobody.rss"):
            refused = reader.get(address)
            assert refused.status_code == 401
            assert refused.headers["www-authenticate"] == 'Basic realm="Wirewatch"'
            assert "Ferry" not in refused.text
        assert reader.get("/feeds/all.rss?token=wrong").status_code == 401
        assert reader.get("/feeds/all.rss?token=token-crawl").status_code == 403
        assert reader.get("/feeds/all.rss?token=token-read").status_code == 200
        basic = {"authorization": "Basic " + base64.b64encode(b"me:token-read").decode()}
        assert reader.get("/feeds/all.rss", headers=basic).status_code == 200
        inside = reader.get("/feeds/all.rss?token=token-read").text
        assert "token-read" not in inside  # or a reader that shares the feed shares the token
        listed = reader.get("/feeds.opml?token=token-read").text
        assert f"{BASE}/feeds/rule/floods.rss?token=token-read" in listed
        assert "token" not in reader.get("/feeds.opml", headers=basic).text


def test_a_hub_is_named(feeds_folder: Path):
    plain_site = make_site(feeds_folder)
    hub = "https://hub.example/"
    site: Site = open_site(
        plain_site.places,
        plain_site.watch_file.path,
        {"WIREWATCH_WEB_HUB": hub},
        plain_site.addresses,
        now=plain_site.now,
    )
    with client_of(site) as reader:
        for form in ("rss", "atom", "json"):
            answer = reader.get(f"/feeds/all.{form}")
            assert hub in answer.text
            assert answer.headers["link"] == f'<{hub}>; rel="hub", <{BASE}/feeds/all.{form}>; rel="self"'
