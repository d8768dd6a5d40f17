"""What is new, search, articles, stories: what a reader sees."""

from __future__ import annotations

import asyncio
import re
import sqlite3
from dataclasses import replace
from datetime import timedelta
from html import unescape
from pathlib import Path

import pytest
from mocksite import MockSite, Never
from starlette.testclient import TestClient
from web_samples import NOW, PAGE, WATCH, Served, article, client_of, make_site, store_with_page, token_in

from crawler.archive import Archive, Entry, engine
from crawler.items import Span
from crawler.usecases import page_inspection, search
from crawler.usecases.times import since_of, until_of
from crawler.web.forms import times
from crawler.web.pages import articles as articles_page
from crawler.web.pages import search as search_page
from crawler.web.rendering import formats
from crawler.web.rendering.changes import compared
from crawler.web.rendering.marking import marked, pieces, snippets
from crawler.web.server.holding import WatchFile

TITLE = re.compile(r'<a class="row-title" href="([^"]+)" dir="auto">(.*?)</a>')
FRAGMENT = {"hx-request": "true"}


def titles(html: str) -> list[str]:
    return [unescape(title) for _, title in TITLE.findall(html)]


def more(html: str) -> str:
    found = re.search(r'<a class="plain" href="(/[^"]*before=[^"]+)"', html)
    return unescape(found[1]) if found else ""


def test_the_newest_come_first_and_pages_join_without_a_gap(client: TestClient):
    first = client.get("/")
    seen = titles(first.text)
    assert len(seen) == 40
    second = client.get(more(first.text))
    assert "Back to the latest" in second.text
    seen += titles(second.text)
    assert [title for title in seen if title.startswith("Ferry number 5")] == [
        f"Ferry number {n} leaves on time" for n in (5, *range(50, 60))
    ]
    assert len(seen) == len(set(seen)) + 0 == 71
    assert not more(second.text)
    assert "Ferry number 7 leaves late" in seen


def test_htmx_gets_the_rows_alone(client: TestClient):
    whole, part = client.get("/"), client.get(more(client.get("/").text), headers=FRAGMENT)
    assert "<html" in whole.text
    assert "<html" not in part.text
    assert titles(part.text)
    found = client.get("/search?q=ferry")
    assert "<html" not in client.get(more(found.text), headers=FRAGMENT).text


def test_days_have_names():
    now = NOW.astimezone()
    from crawler.archive import ArticleRow  # noqa: PLC0415
    from crawler.web.pages.news import by_day  # noqa: PLC0415

    rows = [ArticleRow(n, article(1, found=now - timedelta(days=n))) for n in (0, 1, 2, 700)]
    names = [name for name, _ in by_day(rows, now)]
    assert names[:2] == ["Today", "Yesterday"]
    assert names[2].startswith("Saturday 21 November")
    assert names[3].endswith(" 2024")


@pytest.mark.parametrize("place", ["x", "1", "1-", "-1", "1-2-3", "9" * 18 + "-1", "1-" + "9" * 19])
def test_invalid_cursors_are_rejected(client: TestClient, place: str):
    for path in ("/", "/search"):
        answer = client.get(path, params={"before": place, "q": "ferry"})
        assert answer.status_code == 422
        assert "Invalid link" in answer.text


def test_cursors_keep_microseconds():
    moment = NOW.replace(microsecond=123456)
    assert times.after_of(times.cursor(moment, 42)) == (moment, 42)


def test_search_finds_and_marks(client: TestClient):
    answer = client.get("/search", params={"q": "surprised NEAR/5 flood"})
    assert "Ferry number 1 leaves on time" in titles(answer.text)
    assert "by the <mark>flood</mark> of 1." in answer.text
    assert "Matches an article when" in answer.text
    link = unescape(TITLE.findall(answer.text)[0][0])
    assert "<mark>flood</mark>" in client.get(link).text


def test_search_pages_join_without_a_gap(client: TestClient):
    seen, address = [], "/search?q=title:ferry&source=coast"
    while address:
        page = client.get(address)
        seen += titles(page.text)
        address = more(page.text)
    assert [title for title in seen if "Ferry number" in title] == [
        f"Ferry number {n} leaves {'late' if n == 7 else 'on time'}" for n in range(1, 61)
    ]


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("source=coast&since=10m", 10),
        ("source=coast&q=ferry&since=10m&until=5m", 5),
        ("source=meridian", 0),
        ("rule=floods", 1),
        ("tag=harbour", 0),
        ("language=xx", 0),
        ("source=coast&source=meridian&since=3m", 3),
        ("since=2026-11-24", 0),
        ("source=coast&until=2026-11-22", 0),
    ],
)
def test_filters(client: TestClient, query: str, count: int):
    answer = client.get(f"/search?{query}")
    assert len(titles(answer.text)) == count
    assert ("No results" in answer.text) == (count == 0)


def test_the_examples_are_queries(client: TestClient):
    for query, _ in search_page.EXAMPLES:
        assert client.get("/search", params={"q": query}).status_code == 200, query


def test_a_query_error_has_its_column_and_a_correction(client: TestClient):
    answer = client.get("/search", params={"q": "flood* AND (dyke"})
    assert answer.status_code == 422
    assert "Column 12" in answer.text
    assert "flood* AND (dyke\n           ^" in answer.text
    assert "q=flood%2A+AND+%28dyke%29" in answer.text
    assert 'aria-invalid="true"' in answer.text


@pytest.mark.parametrize("value", ["yesterdayish", "99999999h", "2026-13-01", "0001-01-01", "9999-12-31"])
def test_an_invalid_time_is_reported(client: TestClient, value: str):
    assert client.get("/search", params={"since": value}).status_code in {200, 422}
    assert client.get("/search", params={"until": value}).status_code in {200, 422}
    assert client.get("/stories", params={"since": value}).status_code in {200, 422}


def test_times():
    assert since_of("2h", NOW) == NOW - timedelta(hours=2)
    assert since_of("2026-11-20T08:00Z", NOW) == NOW - timedelta(days=3)
    day = since_of("2026-11-20", NOW)
    assert until_of("2026-11-20", NOW) == day + timedelta(days=1)
    for bad in ("", "2 hours", "9999w9", "x" * 500):
        with pytest.raises(ValueError, match="is not a time"):
            since_of(bad, NOW)


def test_a_search_that_takes_long_pauses_and_goes_on(filled: Served, monkeypatch: pytest.MonkeyPatch):
    """The clock is turned on, for no archive here is slow enough."""
    ticks = iter(range(100_000))
    monkeypatch.setattr(search, "TIME_LIMIT_S", 5.5)
    monkeypatch.setattr(search.time, "monotonic", lambda: float(next(ticks)))
    seen: list[str] = []
    with client_of(make_site(filled.folder)) as client:
        address, pauses = "/search?q=title:ferry&source=coast", 0
        while address:
            page = client.get(address)
            seen += titles(page.text)
            address = more(page.text)
            pauses += "Search further back" in page.text
    assert pauses > 3
    assert [title.split()[2] for title in seen] == [str(n) for n in range(1, 61)]


def test_searches_are_saved_and_deleted(own: Served):
    with client_of(make_site(own.folder)) as client:
        token = token_in(client.get("/search").text)
        form = {"csrf": token, "name": "Boats", "address": "q=ferry*&source=coast&evil=1&before=3"}
        answer = client.post("/searches", data=form)
        assert answer.headers["location"] == "/search?q=ferry%2A&source=coast"
        page = client.get("/search").text
        assert '<a href="/search?q=ferry%2A&amp;source=coast"><bdi>Boats</bdi></a>' in page
        client.post("/searches", data=form | {"address": "q=boat"})
        page = client.get("/search").text
        assert page.count("<bdi>Boats</bdi>") == 1
        number = re.search(r'Boats</bdi></a>\s*<form method="post" action="(/searches/\d+/delete)"', page)
        assert number
        assert client.post(number[1], data={"csrf": token}).status_code == 303
        assert client.post(number[1], data={"csrf": token}).status_code == 303
        assert "<bdi>Boats</bdi>" not in client.get("/search").text
        for bad in ({"name": ""}, {"address": ""}, {"address": "evil=1"}, {"address": "q=" + "&q=" * 1000}):
            assert client.post("/searches", data=form | bad).status_code == 422


def test_an_article(client: TestClient, ids: dict[str, int]):
    page = client.get(f"/articles/{ids['7']}").text
    assert "Ferry number 7 leaves late" in page
    assert "Nobody was surprised by the <mark>flood</mark>." in page  # the alert's evidence
    assert "Version 1" in page
    assert "unannounced edit" in page
    assert "No changes detected" in client.get(f"/articles/{ids['9']}").text
    assert "3 articles" in client.get(f"/articles/{ids['1']}").text
    assert client.get("/articles/999999").status_code == 404
    assert client.get("/articles/0").status_code == 422
    assert client.get(f"/articles/{2**63}").status_code == 422


def test_hits_of_a_query_and_of_a_rule(client: TestClient, ids: dict[str, int]):
    page = client.get(f"/articles/{ids['9']}", params={"q": "harbour"}).text
    assert "<mark>harbour</mark>" in page
    assert "1 hit for" in page
    assert "<mark>" not in client.get(f"/articles/{ids['9']}").text
    assert "<mark>" not in client.get(f"/articles/{ids['9']}", params={"q": "(broken"}).text
    page = client.get(f"/articles/{ids['9']}", params={"rule": "floods"}).text
    assert "<mark>flood</mark>" in page


def test_what_a_version_changed(client: TestClient, ids: dict[str, int]):
    page = client.get(f"/articles/{ids['7']}/revisions/1")
    assert "<del>on time</del><ins>late</ins>" in page.text.replace("</del> <ins>", "</del><ins>")
    assert "two hours late" in page.text
    part = client.get(f"/articles/{ids['7']}/revisions/1?against=0", headers=FRAGMENT)
    assert "<html" not in part.text
    assert "<ins>" in part.text
    for missing in ("revisions/9", "revisions/1?against=5", "revisions/0"):
        assert client.get(f"/articles/{ids['7']}/{missing}").status_code in {404, 422}


def test_stories(client: TestClient, ids: dict[str, int]):
    page = client.get("/stories?since=30d").text
    assert "3 outlets" in page
    link = next(link for link, title in TITLE.findall(page) if title.startswith("Ferry"))
    story = client.get(link).text
    assert titles(story) == [f"Ferry number {n} leaves on time" for n in (3, 2, 1)]
    assert "main article" in story
    assert "of the text is shared" in story
    compare = re.search(r'href="(/stories/\d+/copies/\d+)"', story)
    assert compare
    assert "<ins>" in client.get(compare[1]).text
    assert "<html" not in client.get(compare[1], headers=FRAGMENT).text
    assert client.get(f"{link}/copies/{ids['9']}").status_code == 404
    assert client.get("/stories/99999").status_code == 404
    assert "No matching stories" in client.get("/stories?outlets=900").text
    assert client.get("/stories?outlets=0").status_code == 422


def test_pages_of_stories_join_without_a_gap(client: TestClient):
    address, seen = "/stories?since=30d&outlets=1", []
    while address:
        page = client.get(address, headers=FRAGMENT if seen else None)
        assert ("<html" in page.text) != bool(seen)
        seen += titles(page.text)
        address = more(page.text)
    assert len(seen) == 59  # 57 of one article, one of three, and the hostile one


async def removed(client: TestClient, number: int, headers: dict[str, str] | None = None) -> str:
    """The answer, which may have been fetched: beside the loop of the reactor."""
    token = token_in(client.get(f"/articles/{number}").text)
    path, data = f"/articles/{number}/removed", {"csrf": token}
    answer = await asyncio.to_thread(client.post, path, data=data, headers=headers)
    assert answer.status_code == 200
    return answer.text


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.usefixtures("reactor")
async def test_removed_boilerplate_of_a_stored_page(own: Served):
    number = store_with_page(own.folder)
    with client_of(make_site(own.folder)) as client:
        told = await removed(client, number, FRAGMENT)
        assert re.search(r"as stored on <time [^>]*>2026-11-23 08:00:00", told)
        assert "Read more: another story about boats" in told
        assert "<html" not in told
        assert "<html" in await removed(client, number)


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.usefixtures("reactor")
async def test_an_article_on_a_private_network_is_not_fetched(own: Served):
    """An article's address on this machine is asked for only where the watch file names its host."""
    with MockSite() as mock:
        mock.put("/page", PAGE)
        url = mock.url("/page")
        with Archive.open(f"sqlite:///{own.folder}/wirewatch.db") as archive:
            number = archive.store([Entry(replace(article(99), url=url, canonical_url=url))])[0].article_id
        with client_of(make_site(own.folder)) as client:
            assert "private network" in await removed(client, number)
        watched = WATCH.replace("https://coast.example/feed.xml", mock.url("/feed.xml"))
        (own.folder / "watch.yaml").write_text(watched)
        with client_of(make_site(own.folder)) as client:
            told = await removed(client, number)
            assert "as fetched now" in told
            assert "Read more: another story about boats" in told
            mock.put("/page", "gone", status=410)
            assert "responded with status 410" in await removed(client, number)


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.usefixtures("reactor")
async def test_a_page_that_never_responds_times_out(own: Served, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(page_inspection, "LONGEST_S", 0.3)
    with MockSite() as mock:
        mock.put("/robots.txt", "", behaviour=Never())
        url = mock.url("/page")
        with Archive.open(f"sqlite:///{own.folder}/wirewatch.db") as archive:
            number = archive.store([Entry(replace(article(99), url=url, canonical_url=url))])[0].article_id
        (own.folder / "watch.yaml").write_text(WATCH.replace("https://coast.example/feed.xml", mock.url("/feed.xml")))
        with client_of(make_site(own.folder)) as client:
            assert "it took longer than" in await removed(client, number)
            taken = [articles_page._inspections.acquire(blocking=False) for _ in range(articles_page.INSPECTIONS)]
            assert all(taken)
            assert "Try again in a moment" in await removed(client, number)
            for _ in taken:
                articles_page._inspections.release()


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.usefixtures("reactor")
async def test_an_invalid_address_is_reported(client: TestClient, ids: dict[str, int]):
    assert "could not be read" in await removed(client, ids["javascript"])


def test_unknown_pages_and_methods(client: TestClient):
    assert "This page does not exist" in client.get("/nowhere").text
    assert client.get("/nowhere").status_code == 404
    assert client.post("/", headers={"origin": "http://127.0.0.1:8765"}).status_code in {403, 405}
    assert client.get("/api/nowhere").json()["detail"] == "This page does not exist."
    assert client.get("/live?after=x").status_code == 422
    assert client.get("/search", params={"q": "x" * 5000}).status_code == 422


def test_without_an_archive_the_page_waits(tmp_path: Path):
    with client_of(make_site(tmp_path)) as client:
        answer = client.get("/")
        assert answer.status_code == 503
        assert answer.headers["retry-after"] == "5"
        assert "no archive found" in answer.text
        assert 'data-reload="5"' in answer.text
        assert client.get("/api/x").status_code == 404
        Archive.open(f"sqlite:///{tmp_path}/wirewatch.db").close()
        assert "No articles yet" in client.get("/").text


def test_a_locked_archive_is_reported(own: Served, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(engine, "BUSY_TIMEOUT_S", 0.2)  # nobody wants to wait for ten seconds here
    with client_of(make_site(own.folder)) as client:
        form = {"csrf": token_in(client.get("/search").text), "name": "x", "address": "q=x"}
        other = sqlite3.connect(own.folder / "wirewatch.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        try:
            assert "Latest articles" in client.get("/").text  # readers do not wait for a writer
            answer = client.post("/searches", data=form)
        finally:
            other.close()
        assert answer.status_code == 503
        assert "The archive is busy" in answer.text
        assert client.post("/searches", data=form).status_code == 303


def test_another_file_in_the_archives_place_is_opened(own: Served, tmp_path_factory: pytest.TempPathFactory):
    other = tmp_path_factory.mktemp("backup") / "wirewatch.db"
    Archive.open(f"sqlite:///{other}").close()
    with client_of(make_site(own.folder)) as client:
        assert titles(client.get("/").text)
        other.replace(own.folder / "wirewatch.db")
        assert "No articles yet" in client.get("/").text


def test_a_failure_of_ours_is_a_page(own: Served):
    site = make_site(own.folder)
    with client_of(site, raise_server_exceptions=False) as client:
        (own.folder / "wirewatch.db").unlink()
        (own.folder / "wirewatch.db").write_text("no database at all, but long enough to look like one " * 40)
        answer = client.get("/")
        assert answer.status_code == 503
        assert "the file is not an SQLite database" in answer.text

        @client.app.get("/broken")
        def broken() -> None:
            raise RuntimeError("secret details")

        answer = client.get("/broken")
        assert answer.status_code == 500
        assert "secret" not in answer.text
        assert "default-src 'none'" in answer.headers["content-security-policy"]


def test_a_broken_watch_file_is_reported_and_the_last_valid_one_stays(own: Served):
    with client_of(make_site(own.folder)) as client:
        assert "The watch file has" not in client.get("/").text
        path = own.folder / "watch.yaml"
        path.write_text(WATCH + "rulez: []\n")
        page = client.get("/search").text
        assert "The watch file has 1 error" in page
        assert '<option value="floods">' in page
        path.unlink()
        assert "no such file" in client.get("/").text


def test_a_missing_watch_file_is_an_empty_one(tmp_path: Path):
    reading = WatchFile(tmp_path / "none.yaml", {}).read()
    assert reading.watch.sources == ()
    assert reading.problems


def test_static_files_are_cached_permanently(client: TestClient):
    path = re.search(r'href="(/static/[0-9a-f]+/page.css)"', client.get("/").text)
    assert path
    answer = client.get(path[1])
    assert "immutable" in answer.headers["cache-control"]
    assert answer.headers["content-encoding"] == "gzip"
    plain = client.get(path[1], headers={"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.text == answer.text
    assert client.get("/static/old/page.css").headers["cache-control"] == "no-cache"
    assert client.get("/static/x/../../site.py").status_code == 404
    assert client.get("/static/x/%2e%2e%2fsite.py").status_code == 404


def test_template_filters():
    assert formats.line("a\x00b\u202ec \n d") == "a b c d"
    assert formats.line("x" * 600) == "x" * 499 + "…"
    assert formats.headline("\u200f") == "(no headline)"
    assert [formats.ago(NOW - timedelta(seconds=s), NOW) for s in (1, 61, 7200, 90_000, 200_000)] == [
        "just now", "1 min ago", "2 h ago", "1 day ago", "2 days ago",
    ]  # fmt: skip
    assert formats.ago(NOW + timedelta(days=1), NOW) == "soon"
    assert (
        formats.ago(None, NOW)
        == formats.clock(None, NOW)
        == formats.full_time(None)
        == formats.machine_time(None)
        == ""
    )
    assert formats.clock(NOW - timedelta(days=800), NOW) == "2024-09-14"
    assert (formats.number(1234567), formats.plural(1, "copy", "copies"), formats.plural(2, "copy", "copies")) == (
        "1,234,567", "1 copy", "2 copies",
    )  # fmt: skip
    assert formats.link("http://[") == formats.host("http://[") == ""
    assert (
        formats.link("https://x.example/a b") == formats.link("https://x.example/\u202e") == formats.link("//x") == ""
    )
    assert formats.host("https://www.x.example/") == "x.example"


def test_marks():
    assert marked("abcdef", [(4, 9), (1, 2), (1, 3), (2, 3)]) == [
        (False, "a"), (True, "bc"), (False, "d"), (True, "ef"),
    ]  # fmt: skip
    assert marked("", [(0, 4)]) == []
    one = article(1, text="He said «no» to the flood.")
    assert snippets(one, [Span("text", 20, 25)]) == [[(False, "He said «no» to the "), (True, "flood"), (False, ".")]]
    assert snippets(one, [Span("title", 0, 3)]) == []
    assert pieces("a «b» c") == [(False, "a "), (True, "b"), (False, " c")]


def test_only_changed_paragraphs_are_shown():
    old = "\n\n".join(f"Paragraph {n} stays." for n in range(6))
    new = old.replace("Paragraph 3 stays", "Paragraph 3 goes")
    shown, left = compared(old, new)
    assert [paragraph.skipped for paragraph in shown] == [3]
    assert left == 2
    assert compared(old, old) == ((), 6)
