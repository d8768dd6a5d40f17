# ruff: noqa: E501 - page fixtures read best on one line
"""Pages that want to hurt: each gives an answer or a typed error, fast and in little memory."""

from __future__ import annotations

import multiprocessing
import multiprocessing.pool
from collections.abc import Iterator

import pytest
from extract_fixtures import URL, page, paragraphs
from hostile_pages import CASES, run
from hostile_pdfs import PDFS
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.errors import ExtractError
from crawler.extract import clean_text, examine
from crawler.items import Extraction

STORY = "".join(paragraphs())
TEXT_STARTS = "The old ferry between Lund"
READABLE = [
    "PDF: a parent of itself",
    "PDF: a table that goes on in itself",
    "PDF: a table that goes on nowhere",
    "PDF: a billion pages",
    "PDF: a font that is its own",
    "PDF: first and last character",
    "PDF: a date of no calendar",
    "PDF: a script, a start of a program",
    "PDF: a remote one",
]
MAX_SECONDS, MAX_MB, MAX_CHARS = 10, 512, 400


@pytest.fixture(scope="module")
def apart() -> Iterator[multiprocessing.pool.Pool]:
    """Runs each task in a new process, forked from one that has imported what reading takes."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["crawler.extract.extraction"])
    with context.Pool(1, maxtasksperchild=1) as pool:
        yield pool


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_hostile_pages_get_an_answer_in_bounds(apart, name):
    answer, seconds, megabytes = apart.apply(run, (name,))
    assert answer
    assert len(answer) < MAX_CHARS
    assert seconds < MAX_SECONDS
    assert megabytes < MAX_MB


@pytest.mark.parametrize("name", READABLE)
def test_a_pdf_with_something_odd_in_it_is_read(name):
    found = examine(PDFS[name](), URL).article
    assert found is not None, "what is odd is nothing that the text needs"
    assert found.text.startswith(TEXT_STARTS)


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
@settings(max_examples=75)
def test_any_soup_of_tags_gives_an_answer(parts, url):
    found = examine(("<html><body>" + "".join(parts)).encode("utf-8", "replace"), url)
    assert isinstance(found, Extraction)
    assert (found.article is None) == bool(found.reason)


@given(st.binary(max_size=400))
@settings(max_examples=75)
def test_any_bytes_give_an_answer(data):
    try:
        assert isinstance(examine(b"<html><p>" + data, URL), Extraction)
        assert isinstance(examine(data, None), Extraction)
    except ExtractError:
        assert b"%PDF-" in data


@given(st.text(max_size=400))
@settings(max_examples=60)
def test_any_text_gives_an_answer(text):
    assert isinstance(clean_text(text), Extraction)


@pytest.mark.parametrize(
    "char", ["&#1;", "&#x0B;", "\x0c", "&#xFFFE;", "\ufffe", "&#xD800;", "&#99999999;", "&#x110000;"]
)
def test_characters_that_xml_forbids_never_cost_an_article(char: str):
    body = "".join(paragraphs()).replace("<p>", f'<p><a href="/x">Link{char}</a>{char}', 1)
    found = examine(page(body + f"<nav>{char}<p>x</p>{char}</nav>"), "https://harbour.example/a").article
    assert found is not None
    assert found.text.startswith("Link")
    assert not set("\x01\x0b\x0c\ufffe") & set(found.text)
