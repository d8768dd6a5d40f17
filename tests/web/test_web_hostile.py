"""What articles contain never becomes markup, script, a foreign link or a turned line, on any page."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from urllib.parse import urlsplit

import pytest
from starlette.testclient import TestClient
from web_routes import addresses_of
from web_samples import HOSTILE, make_site

from crawler.web import create_app
from crawler.web.rendering.views import templates

ENDLESS = {"/live"}
MAX_PAGE = 1_000_000  # characters
BAD_CHARACTERS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
VOID = {"img", "iframe", "object", "embed", "base", "frame", "style"}


class Looker(HTMLParser):
    """Collects what a browser would act upon."""

    def __init__(self) -> None:
        super().__init__()
        self.wrong: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in VOID or (tag == "script" and not (given.get("src") or "").startswith("/static/")):
            self.wrong.append(f"<{tag} {given}>")
        for name, value in attrs:
            if name.startswith("on") or name == "style":
                self.wrong.append(f"<{tag} {name}={value!r}>")
            if name in {"href", "src", "action", "formaction", "hx-get", "hx-post"} and value is not None:
                self._look_at_link(tag, name, value)

    def _look_at_link(self, tag: str, name: str, value: str) -> None:
        parts = urlsplit(value.strip())
        if parts.scheme not in {"", "http", "https"} or "@" in parts.netloc or value.startswith("//"):
            self.wrong.append(f"<{tag} {name}={value[:200]!r}>")

    def handle_data(self, data: str) -> None:
        if BAD_CHARACTERS.search(data):
            self.wrong.append(f"characters in {data[:80]!r}")


def looked_at(html: str) -> list[str]:
    looker = Looker()
    looker.feed(html)
    return looker.wrong


def get_addresses() -> list[str]:
    import tempfile  # noqa: PLC0415
    from pathlib import Path  # noqa: PLC0415

    with tempfile.TemporaryDirectory() as folder:
        app = create_app(make_site(Path(folder)))
        paths = {path for path, _ in addresses_of(app, "GET", 1)} - ENDLESS
        return sorted(path for path in paths if not path.startswith("/api/"))  # no pages: whole articles as JSON


@pytest.mark.parametrize("path", get_addresses())
def test_every_page_is_harmless(client: TestClient, ids: dict[str, int], path: str):
    for name in HOSTILE:
        known = dict(addresses_of(client.app, "GET", ids[name], name))
        answer = client.get(known[path])
        assert answer.status_code < 500, (name, answer.status_code)
        if answer.headers.get("content-type", "").startswith("text/html"):
            assert len(answer.text) < MAX_PAGE
            assert not looked_at(answer.text), name
            assert "default-src 'none'" in answer.headers["content-security-policy"]
        if "{" not in path:
            break


@pytest.mark.slow
@pytest.mark.parametrize("name", HOSTILE)
def test_lists_with_hostile_articles(client: TestClient, ids: dict[str, int], name: str):
    story = client.get("/stories?outlets=1&since=30d")
    for address in ("/", f"/articles/{ids[name]}", f"/search?q=ferry&source={name}", "/search?since=30d"):
        answer = client.get(address)
        assert answer.status_code == 200
        assert not looked_at(answer.text)
    assert not looked_at(story.text)
    assert all(not looked_at(client.get(path).text) for path in set(re.findall(r"/stories/\d+", story.text)))


HOSTILE_TEXTS = [fields.get("text") or fields["title"] for fields in HOSTILE.values() if fields["title"]]


@pytest.mark.parametrize("text", [text[:3000] for text in HOSTILE_TEXTS])
@pytest.mark.parametrize("name", ["q", "source", "tag", "language", "rule", "since", "until", "before"])
def test_search_fields_are_harmless(client: TestClient, name: str, text: str):
    answer = client.get("/search", params={name: text})
    assert answer.status_code in {200, 422}
    assert not looked_at(answer.text)


@pytest.mark.parametrize("text", ["a" * 60_000, "(" * 3000, "NOT " * 900, "/(a+)+$/", "@nobody", '"', "a*", "/" * 3999])
def test_absurd_queries_are_answered(client: TestClient, text: str):
    answer = client.get("/search", params={"q": text})
    assert answer.status_code in {200, 422}
    assert answer.elapsed.total_seconds() < 10


@pytest.mark.parametrize(
    "path", ["/sources/%00", "/sources/%00/runs", "/rules/%00", "/alerts/%00", "/feeds/tag/%00.rss"]
)
def test_names_that_no_database_takes_are_not_found(client: TestClient, path: str):
    assert client.get(path).status_code in {303, 404, 422}


def test_only_web_addresses_become_links(client: TestClient, ids: dict[str, int]):
    for name in ("javascript", "data", "login"):
        assert "(no web address)" in client.get(f"/articles/{ids[name]}").text
    everyday = client.get(f"/articles/{ids['10']}").text
    assert 'href="https://coast.example/10" rel="noopener noreferrer nofollow"' in everyday


@pytest.mark.parametrize("query", ["abc", "משהו", "gnp.exe"])
def test_the_excerpts_of_a_search_turn_nothing(client: TestClient, query: str):
    answer = client.get("/search", params={"q": query, "source": "evil"})
    assert '<p class="excerpt" dir="auto">' in answer.text
    assert not looked_at(answer.text)


def test_no_template_can_show_what_turns_the_direction():
    for source in ("{{ text }}", "<p title='{{ text }}'>{{ [text]|join }}</p>", "{% set kept = text %}{{ kept }}"):
        html = templates().from_string(source).render(text="a\u202eb\u2066c\x1b\n<")
        assert "a b c" in html
        assert not BAD_CHARACTERS.search(html)
        assert "\n&lt;" in html


def test_the_looker_sees_what_it_should():
    for bad in (
        "<script>x</script>",
        '<a href="javascript:x">',
        '<p onclick="x">',
        '<p style="x">',
        "a\u202eb",
        "<img>",
    ):
        assert looked_at(bad)
    assert not looked_at('<p dir="auto"><a href="https://x.example">a</a></p><script src="/static/x.js"></script>')
