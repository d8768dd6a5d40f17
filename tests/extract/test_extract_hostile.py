# ruff: noqa: E501 - page fixtures read best on one line
"""Pages that want to hurt: each gives an answer or a typed error, fast and in little memory."""

from __future__ import annotations

import multiprocessing
import resource
import time
from pathlib import Path

import pytest
from extract_fixtures import URL, page, paragraphs
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.errors import ExtractError
from crawler.extract import clean_text, examine
from crawler.items import Extraction

STORY = "".join(paragraphs())
MAX_SECONDS, MAX_MB = 10, 512


def ld(content: str) -> bytes:
    return page(STORY, f'<script type="application/ld+json">{content}</script>')


CASES = {
    "10 MB of one line": lambda: b"<p>" + b"a b c d e " * 1_000_000,
    "7 MB of one word": lambda: b"<html><p>" + b"a" * 7_000_000,
    "100,000 nested tags": lambda: b"<html><div>" * 100_000 + b"x" + b"</div>" * 100_000,
    "nested within the bound": lambda: page(STORY) + b"<div><blockquote><ul><li>" * 9_000,
    "nested formatting": lambda: b"<html><body>" + b"<b><p>text is here " * 19_000,
    "a million attributes": lambda: b"<html><p " + b" ".join(b"a%d=1" % n for n in range(1_000_000))[:7_500_000] + b">x",
    "a class of 3 million names": lambda: b'<html><p class="' + b"x " * 3_000_000 + b'">text</p>' + STORY.encode(),
    "entity bomb": lambda: b'<!DOCTYPE html [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><html><p>' + b"&b;" * 99_999,
    "50,000 JSON-LD objects": lambda: ld("[" + ",".join('{"@type":"NewsArticle","author":{"@id":"x"}}' for _ in range(50_000)) + "]"),
    "deep JSON-LD": lambda: ld("[" * 500_000),
    "JSON-LD of commas": lambda: ld("[" + ", " * 800_000 + "]"),
    "JSON-LD of half tags": lambda: ld('{"@type":"NewsArticle","articleBody":"' + "<p " * 19_000 + '"}'),
    "20,000 paragraphs": lambda: page("<p>The council met on Monday and agreed on a plan.</p>" * 19_500),
    "35,000 items": lambda: page("<ul>" + "<li>By a b c d e f, 12" * 35_000),
    "20,000 slices": lambda: page('<div class="article-body"><p>The council met.</p></div>' * 9_500),
    "bylines and credits": lambda: page(("<p>" + "by " * 40 + "</p><p>" + "/ " * 60 + "getty</p><p>" + "( photo" * 20 + "</p>") * 6_000),
    "links": lambda: page('<a href="/x">A headline about something</a>' * 19_000),
    "a title of separators": lambda: page(STORY, title="a | " * 200_000),
    "script-made": lambda: b"<html><body><script>" + b"x=1;" * 1_000_000 + b"</script><div id=app></div>",
    "comments": lambda: b"<html><body>" + b"<!--" * 500_000,
    "broken PDF": lambda: b"%PDF-1.7\n" + b"1 0 obj<<" * 200_000,
}  # fmt: skip


def run(name: str) -> tuple[str, float, float]:
    html = CASES[name]()
    started = time.process_time()
    try:
        found = examine(html, URL)
        answer = found.reason or "article"
    except ExtractError:
        answer = "ExtractError"
    return answer, time.process_time() - started, peak_mb()


def peak_mb() -> float:
    """The most memory this process held. Not ru_maxrss, which begins with what the process that started it holds."""
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20  # bytes on macOS
    return int(status.read_text().partition("VmHWM:")[2].split()[0]) / 1024


@pytest.mark.parametrize("name", CASES)
def test_hostile_pages_get_an_answer_in_bounds(name):
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        answer, seconds, megabytes = pool.apply(run, (name,))
    assert answer
    assert seconds < MAX_SECONDS
    assert megabytes < MAX_MB


def test_nul_bytes_and_controls_vanish():
    found = examine(page(STORY.replace("ferry", "fe\x00rr\x01y")), URL).article
    assert found is not None
    assert "ferry" in found.text
    assert "\x00" not in found.text


FRAGMENTS = st.sampled_from(
    ["<p>", "</p>", "<div class='caption'>", "</div>", "<a href='/x'>", "</a>", "<table><tr><td>", "<li>", "<ul>", "<h1>",
     "<br>", "Read More", "The council met on Monday, and nobody came to the harbour that day at all.", "<blockquote>",
     "<script type='application/ld+json'>", "</script>", '{"@type":"NewsArticle","author":[{"@id":1}]}', "<time>", "&#0;",
     "<figure><figcaption>", "</figure>", "<link rel=next href='http://['>", "<meta property='og:url' content='http://['>",
     "<img alt='The council met on Monday'>", "\ue000\ue001\ue002", "<!--", "]]>", "<svg>", "<template>", "<h2><a>", "\x85"]
)  # fmt: skip


@given(st.lists(FRAGMENTS, max_size=60), st.sampled_from(["", URL, "http://[", "x"]))
@settings(max_examples=150, deadline=None)
def test_any_soup_of_tags_gives_an_answer(parts, url):
    found = examine(("<html><body>" + "".join(parts)).encode("utf-8", "replace"), url)
    assert isinstance(found, Extraction)
    assert (found.article is None) == bool(found.reason)


@given(st.binary(max_size=400))
@settings(max_examples=150, deadline=None)
def test_any_bytes_give_an_answer(data):
    try:
        assert isinstance(examine(b"<html><p>" + data, URL), Extraction)
        assert isinstance(examine(data, None), Extraction)
    except ExtractError:
        assert b"%PDF-" in data


@given(st.text(max_size=400))
@settings(max_examples=100, deadline=None)
def test_any_text_gives_an_answer(text):
    assert isinstance(clean_text(text), Extraction)


@pytest.mark.parametrize(
    "sign", ["&#1;", "&#x0B;", "\x0c", "&#xFFFE;", "\ufffe", "&#xD800;", "&#99999999;", "&#x110000;"]
)
def test_characters_that_xml_forbids_never_cost_an_article(sign: str):
    body = "".join(paragraphs()).replace("<p>", f'<p><a href="/x">Link{sign}</a>{sign}', 1)
    found = examine(page(body + f"<nav>{sign}<p>x</p>{sign}</nav>"), "https://harbour.example/a").article
    assert found is not None
    assert found.text.startswith("Link")
    assert not set("\x01\x0b\x0c\ufffe") & set(found.text)
