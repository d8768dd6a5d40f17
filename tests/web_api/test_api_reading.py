"""The API as programs read it: lists and their pages, filters, one of everything, failures."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow.parquet
import pytest
from api_server import Furnished
from starlette.testclient import TestClient
from web.web_samples import NOW, client_of, make_site

from crawler.archive import Archive
from crawler.archive.files.flat import FLAT_COLUMNS
from crawler.items import LeftOver, ReadListing, Run
from crawler.usecases import search
from crawler.usecases.times import ahead_of, since_of

V1 = "/api/v1"


def pages(api: TestClient, address: str) -> list[dict[str, Any]]:
    """All items of a list, page by page; each page's Link header says the same as its body."""
    found: list[dict[str, Any]] = []
    while address:
        answer = api.get(address)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        assert answer.headers.get("link", "") == (f'<{page["next"]}>; rel="next"' if page["next"] else "")
        found += page["items"]
        address = page["next"] or ""
    return found


@pytest.mark.parametrize("order", ["newest", "oldest"])
def test_pages_hold_each_article_once(api: TestClient, furnished: Furnished, order: str):
    found = pages(api, f"{V1}/articles?limit=7&order={order}")
    assert sorted(one["id"] for one in found) == sorted(furnished.ids.values())
    times = [(one["found"], one["id"]) for one in found]
    assert times == sorted(times, reverse=order == "newest")
    assert all(one["text"] is None for one in found)


def test_a_list_of_what_is_stored_can_be_followed(api: TestClient, furnished: Furnished):
    seen: list[int] = []
    cursor = ""
    for _ in range(20):
        page = api.get(
            f"{V1}/articles", params={"order": "stored", "limit": 30} | ({"cursor": cursor} if cursor else {})
        )
        seen += [one["id"] for one in page.json()["items"]]
        cursor = page.json()["cursor"]
    assert seen == sorted(furnished.ids.values())
    assert cursor == f"s0-{seen[-1]}"
    hits = api.get(f"{V1}/articles", params={"order": "stored", "q": "ferry", "limit": 200, "source": "coast"}).json()
    assert len(hits["items"]) == 60
    assert hits["cursor"] == cursor


FILTERS = {
    "source=coast": 60,
    "source=coast&source=meridian": 60,
    "source=nobody": 0,
    "language=EN&source=coast": 60,
    "rule=floods": 1,
    "tag=nothing": 0,
    "since=2026-11-23T07:55:00Z&source=coast": 5,
    "until=2026-11-23T07:55:00Z&source=coast": 55,
    "since=5m&source=coast": 5,
    "since=1999-01-01": None,
    "until=0001-01-01": 0,
    "since=9999-12-31T23:59:59Z": 0,
    "since=999999w": None,
    "q=ferry AND late&source=coast": 1,
    "q=title:late": 1,
    "source=%00": 0,
}


@pytest.mark.parametrize(("filters", "count"), FILTERS.items())
def test_filters(api: TestClient, furnished: Furnished, filters: str, count: int | None):
    found = pages(api, f"{V1}/articles?limit=200&{filters}")
    assert len(found) == (len(furnished.ids) if count is None else count)


def test_one_article_is_whole(api: TestClient, furnished: Furnished):
    one = api.get(f"{V1}/articles/{furnished.ids['7']}").json()
    assert list(one) == [column.name for column in FLAT_COLUMNS]
    assert one["title"] == "Ferry number 7 leaves late"
    assert one["rules"] == ["floods"]
    assert one["text"] == "The ferry number 7 left the harbour two hours late."
    full = api.get(f"{V1}/articles?full=true&rule=floods").json()["items"]
    assert full == [one]


def test_versions_and_copies(api: TestClient, furnished: Furnished):
    versions = api.get(f"{V1}/articles/{furnished.ids['7']}/revisions").json()
    assert [one["number"] for one in versions["items"]] == [0, 1]
    assert versions["items"][1]["changed"] == ["title", "text"]
    assert versions["removed"] is None
    copies = api.get(f"{V1}/articles/{furnished.ids['2']}/copies").json()
    assert [one["article"]["id"] for one in copies] == [furnished.ids[name] for name in ("3", "2", "1")]
    assert {type(one["share"]) for one in copies} == {float}
    story = api.get(f"{V1}/stories?outlets=3").json()["items"][-1]
    assert (story["outlets"], story["copies"]) == (3, 3)
    whole = api.get(f"{V1}/stories/{story['id']}").json()
    assert whole["articles"] == copies
    assert {name: whole[name] for name in story} == story


def test_stories_are_paged(api: TestClient):
    every = pages(api, f"{V1}/stories?limit=200")
    assert pages(api, f"{V1}/stories?limit=9") == every
    assert len({one["id"] for one in every}) == len(every) == 59
    assert len(pages(api, f"{V1}/stories?limit=9&since=5m")) < 10


def test_search_returns_positions(api: TestClient):
    page = api.get(f"{V1}/search", params={"q": "ferry AND late", "source": "coast"}).json()
    (hit,) = page["items"]
    assert ["title", 0, 5] in hit["spans"]
    assert any("«late»" in excerpt for excerpt in hit["excerpts"])
    assert page["reached"] is None
    assert api.get(f"{V1}/search?limit=1").json()["items"][0]["spans"] == []


def test_alerts(api: TestClient, furnished: Furnished):
    every = pages(api, f"{V1}/alerts?limit=3")
    assert len({one["id"] for one in every}) == len(every)
    (one,) = pages(api, f"{V1}/alerts?rule=floods")
    assert one["article"] == furnished.ids["7"]
    assert [told["channel"] for told in one["deliveries"]] == ["desk"]
    assert api.get(f"{V1}/alerts/{one['id']}").json() == one
    assert len(pages(api, f"{V1}/alerts?state=pending")) == len(every)
    assert pages(api, f"{V1}/alerts?state=dead&since=1h&source=x&story=y") == []


def test_the_watch_file_without_secrets(api: TestClient):
    assert [rule["id"] for rule in pages(api, f"{V1}/rules?limit=1")] == ["us-in-iraq", "floods"]
    rule = api.get(f"{V1}/rules/floods").json()
    assert rule["send"] == ["desk"]
    assert "flood" in rule["explanation"]
    assert [one["id"] for one in pages(api, f"{V1}/sources?limit=2")] == ["coast", "meridian", "bbc-world"]
    coast = api.get(f"{V1}/sources/coast").json()
    assert (coast["kind"], coast["recent"], coast["last_run"]) == ("feed", 60, None)
    (channel,) = api.get(f"{V1}/channels").json()
    assert (channel["id"], channel["address"], channel["state"]) == ("desk", "desk (terminal)", "open")
    assert channel["waiting"] == len(pages(api, f"{V1}/alerts"))
    assert pages(api, f"{V1}/runs?source=coast&outcome=failed") == []
    assert api.get(f"{V1}/silences").json() == []


def test_a_run_shows_what_it_read(own: Furnished):
    read = ReadListing("feed", "https://x.example/feed", NOW, 200, "", 4, 2, 1, ((LeftOver.TOO_OLD, 1),))
    with Archive.open(f"sqlite:///{own.folder}/wirewatch.db") as archive:
        archive.save_run(Run("crawl:coast:1", "coast", NOW, NOW, new=2), [read])
    with client_of(make_site(own.folder)) as api:
        found = api.get(f"{V1}/runs/crawl:coast:1").json()
        assert api.get(f"{V1}/runs/none").status_code == 404
    assert (found["id"], found["new"]) == ("crawl:coast:1", 2)
    (one,) = found["listings"]
    assert (one["kind"], one["status"], one["named"], one["new"], one["known"]) == ("feed", 200, 4, 2, 1)
    assert one["left_over"] == {"too_old": 1}


def test_source_addresses_lose_what_may_be_secret(own: Furnished):
    watch = own.folder / "watch.yaml"
    watch.write_text("sources:\n  - id: a\n    feed: https://news.example/feed.xml?key=secret\n    every: 10m\n")
    with client_of(make_site(own.folder)) as api:
        (source,) = pages(api, f"{V1}/sources")
    assert source["url"] == "https://news.example/feed.xml"
    assert source["every"] == "10m"


def test_a_query_is_checked(api: TestClient):
    good = api.post(
        f"{V1}/rules/check", json={"query": "rocket*", "match": ["Rockets", "cats"], "not_match": ["Rocket"]}
    )
    assert good.json()["valid"]
    assert good.json()["explanation"].startswith("Matches")
    assert len(good.json()["failed_examples"]) == 2
    bad = api.post(f"{V1}/rules/check", json={"query": "a b OR"}).json()
    assert not bad["valid"]
    assert bad["mistake"]["column"] >= 1


def test_a_rule_is_tried_on_the_archive(api: TestClient):
    tried = api.post(f"{V1}/rules/test", json={"query": "ferry", "since": "2d"}).json()
    assert tried["complete"]
    assert tried["hits"] >= 60
    assert 0 < len(tried["samples"]) <= 20
    by_id = api.post(f"{V1}/rules/test", json={"rule": "floods", "until": "2026-11-23T07:30:00Z"}).json()
    assert by_id["hits"] == 30
    assert api.post(f"{V1}/rules/test", json={"rule": "nobody"}).status_code == 404
    assert api.post(f"{V1}/rules/test", json={"query": "a OR"}).status_code == 422


def test_exports_hold_everything(api: TestClient, furnished: Furnished):
    ids = sorted(furnished.ids.values())
    lines = api.get(f"{V1}/export").text.splitlines()
    assert sorted(json.loads(line)["id"] for line in lines) == ids
    rows = list(csv.DictReader(io.StringIO(api.get(f"{V1}/export?format=csv&source=coast").text, newline="")))
    assert len(rows) == 60
    table = pyarrow.parquet.read_table(io.BytesIO(api.get(f"{V1}/export?format=parquet&q=ferry").content))
    assert table.num_rows >= 60
    answer = api.get(f"{V1}/export?format=csv&rule=nobody")
    assert answer.headers["content-disposition"] == 'attachment; filename="articles.csv"'
    assert answer.text.count("\r\n") == 1


def test_formulas_in_exports_are_escaped_unless_raw(own: Furnished):
    from archive.archive_samples import make_article  # noqa: PLC0415

    from crawler.archive import Archive, Entry  # noqa: PLC0415

    with Archive.open(f"sqlite:///{own.folder}/wirewatch.db") as archive:
        archive.store([Entry(make_article(1, title='=HYPERLINK("http://evil")', source="formula"))])
    with client_of(make_site(own.folder)) as api:
        address = f"{V1}/export?format=csv&source=formula"
        assert ",\"'=HYPERLINK" in api.get(address).text
        assert ',"=HYPERLINK' in api.get(f"{address}&raw=true").text
        assert json.loads(api.get(f"{V1}/export?source=formula").text)["title"].startswith("=")


FAILURES = {
    "/api/v1/nothing": 404,
    "/api/v1/articles/999999": 404,
    "/api/v1/articles/0": 422,
    "/api/v1/articles/99999999999999999999": 422,
    "/api/v1/articles?limit=0": 422,
    "/api/v1/articles?cursor=nonsense": 422,
    "/api/v1/articles?since=nonsense": 422,
    "/api/v1/articles?since=2026-02-31": 422,
    "/api/v1/articles?since=": 422,
    "/api/v1/articles?q=a%20b%20OR": 422,
    "/api/v1/stories/999999": 404,
    "/api/v1/alerts/nobody": 404,
    "/api/v1/alerts/a%2Fb": 404,
    "/api/v1/rules/nobody": 404,
    "/api/v1/sources/nobody": 404,
    "/api/v1/articles/fetch": 405,
    "/api/v1/tokens": 401,
}


@pytest.mark.parametrize(("address", "status"), FAILURES.items())
def test_failures_are_problem_details(api: TestClient, address: str, status: int):
    answer = api.get(address)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    told = answer.json()
    assert told["status"] == status
    assert told["type"] == "about:blank"
    assert told["title"]
    assert told["detail"]


def test_a_missing_archive_is_a_problem_that_passes(tmp_path):
    with client_of(make_site(tmp_path)) as api:
        answer = api.get(f"{V1}/articles")
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "5"
    assert answer.json()["detail"]


def test_a_405_names_the_methods(api: TestClient):
    assert api.request("OPTIONS", f"{V1}/silences").headers["allow"] == "GET, POST"
    assert api.request("OPTIONS", f"{V1}/alerts/replay").headers["allow"] == "POST"
    assert api.delete(f"{V1}/articles").headers["allow"] == "GET"


def test_times():
    assert since_of("2h", NOW) == NOW - timedelta(hours=2)
    assert since_of("yesterday", NOW) < since_of("today", NOW) <= NOW
    assert since_of("2026-11-01T08:00:00+03:00", NOW) == datetime(2026, 11, 1, 5, tzinfo=UTC)
    assert since_of("0001-01-01T00:00:00+14:00", NOW) == datetime.min.replace(tzinfo=UTC)
    assert since_of("9999-12-31T23:59:59-14:00", NOW) == datetime.max.replace(tzinfo=UTC)
    assert ahead_of("2h", NOW) == NOW + timedelta(hours=2)
    assert ahead_of("999999w", NOW) == datetime.max.replace(tzinfo=UTC)
    assert ahead_of("2027-01-01T00:00:00Z", NOW) == datetime(2027, 1, 1, tzinfo=UTC)


def test_a_long_search_pauses_and_goes_on(furnished: Furnished, monkeypatch: pytest.MonkeyPatch):
    """A query that no index helps with: with no patience every page is empty, but the way goes on."""
    monkeypatch.setattr(search, "TIME_LIMIT_S", -1.0)
    with client_of(make_site(furnished.folder)) as api:
        page = api.get(f"{V1}/articles?q=NOT+nothing+AND+site:coast.example").json()
        if "items" not in page:
            pytest.fail(str(page))
    assert page["items"] == []
    assert page["reached"]
    assert page["next"]
