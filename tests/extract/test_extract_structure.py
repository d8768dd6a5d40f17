# ruff: noqa: E501 - page fixtures read best on one line
from __future__ import annotations

import pytest
from extract_fixtures import STORY, URL, page, paragraphs, with_boilerplate

from crawler.extract import examine, join
from crawler.extract.body.blocks import Block
from crawler.extract.body.render import escape, markdown, text
from crawler.items import Article, Extraction

RICH = """<h2>The repair</h2><p>The work came in three parts, which the yard named in its final report to the council:</p>
<ul><li>Engines and shafts</li><li>Lifeboats and rafts</li></ul><blockquote><p>She is a good ship, and she deserves
another twenty years at sea.</p></blockquote><table><tr><th>Part</th><th>Cost</th></tr><tr><td>Engines</td><td>4 million</td></tr>
<tr><td>Rafts</td><td>1 million</td></tr></table>"""


def test_markdown_keeps_headings_lists_quotes_and_tables():
    found = examine(with_boilerplate(RICH), URL).article
    assert found is not None
    assert "\n\n## The repair\n\n" in found.markdown
    assert "- Engines and shafts\n- Lifeboats and rafts" in found.markdown
    assert "> She is a good ship" in found.markdown
    assert "| Part | Cost |\n| --- | --- |\n| Engines | 4 million |" in found.markdown
    assert "Engines 4 million" in found.text


def test_captions_stand_apart():
    figure = '<figure><img src="/f.jpg"><figcaption>The ferry on a grey day</figcaption></figure>'
    found = examine(with_boilerplate(figure), URL).article
    assert found is not None
    assert found.captions == ("The ferry on a grey day",)
    assert "grey day" not in found.text


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("a*b_c", r"a\*b\_c"),
        ("# no heading", r"\# no heading"),
        ("1. no list", r"\1. no list"),
        ("<b>", r"\<b\>"),
        ("- x", r"\- x"),
    ],
)
def test_markdown_marks_are_escaped(raw, shown):
    assert escape(raw) == shown


def test_rendering_of_every_kind():
    blocks = [
        Block("head", "A", 3), Block("p", "One"), Block("p", "two", tight=True), Block("item", "x", 1, ordered=True),
        Block("item", "y", 2, ordered=True), Block("quote", "q"), Block("quote", "r"), Block("code", "c = 1"),
    ]  # fmt: skip
    assert markdown(blocks) == "### A\n\nOne  \ntwo\n\n1. x\n    2. y\n\n> q\n>\n> r\n\n    c = 1"
    assert text(blocks) == "A\n\nOne\ntwo\n\nx\ny\n\nq\n\nr\n\nc = 1"
    assert (text([]), markdown([])) == ("", "")


@pytest.mark.parametrize(
    ("link", "url", "following"),
    [
        ('<link rel="next" href="/a/long-story?page=2">', "https://e.example/a/long-story", "https://e.example/a/long-story?page=2"),
        ('<link rel="next" href="/a/long-story/2">', "https://e.example/a/long-story/", "https://e.example/a/long-story/2"),
        ('<link rel="next" href="/a/long-story-3.html">', "https://e.example/a/long-story-2.html", "https://e.example/a/long-story-3.html"),
        ('<a href="/a/long-story/page/2">Next page</a>', "https://e.example/a/long-story", "https://e.example/a/long-story/page/2"),
        ('<link rel="next" href="/a/another-story">', "https://e.example/a/long-story", ""),
        ('<link rel="next" href="/a/long-story?page=1">', "https://e.example/a/long-story?page=2", ""),
        ('<link rel="next" href="https://else.example/a/long-story?page=2">', "https://e.example/a/long-story", ""),
        ('<link rel="next" href="http://[bad">', "https://e.example/a/long-story", ""),
        ('<a href="/b">Next article</a>', "https://e.example/a/long-story", ""),
    ],
)  # fmt: skip
def test_the_next_page_of_the_same_article(link, url, following):
    assert examine(page(link + "".join(paragraphs())), url).next_page == following


def part(*lines: str, following: str = "") -> Extraction:
    joined = "\n\n".join(lines)
    return Extraction(Article("u", "T", joined, markdown=joined, captions=(lines[0],)), next_page=following)


def test_pages_are_joined_without_repeats():
    whole = join(
        [part("a", "b", following="2"), part("b", "c", following="3"), Extraction(None, "too-short"), part("d")]
    )
    assert whole.article is not None
    assert whole.article.text == whole.article.markdown == "a\n\nb\n\nc\n\nd"
    assert whole.article.captions == ("a", "b", "d")
    assert whole.next_page == ""
    assert whole.article.word_count == 4


def test_at_most_ten_pages_are_joined():
    whole = join([part(f"p{n}") for n in range(14)])
    assert whole.article is not None
    assert len(whole.article.text.split("\n\n")) == 10


def test_joining_nothing_gives_a_reason():
    assert join([]).reason == "empty"
    assert join([Extraction(None, "consent")]).reason == "consent"


def test_slices_of_one_body_are_one_article():
    long = [f"<p>{line} {line.lower()}</p>" for line in STORY]
    slices = "".join(f'<div class="article-body">{p}</div><div class="ad">Advertisement</div>' for p in long)
    found = examine(page(slices), URL).article
    assert found is not None
    assert all(line in found.text for line in STORY)


LIVE = """<script type="application/ld+json">{"@type":"LiveBlogPosting","headline":"Ferry live","liveBlogUpdate":[%s]}</script>"""
UPDATE = '{"@type":"BlogPosting","headline":"%s","datePublished":"2026-11-20T0%d:00:00+01:00","articleBody":"%s"}'


def test_live_entries_keep_their_order_and_times():
    bodies = [f"Update {n}: {line} {line}" for n, line in enumerate(STORY)]
    head = LIVE % ",".join(UPDATE % (f"Step {n}", n + 1, body) for n, body in enumerate(bodies))
    found = examine(page("<p>Follow the ferry here.</p>", head), URL).article
    assert found is not None
    assert found.live
    places = [found.text.index(f"2026-11-20T0{n + 1}:00:00+01:00 Step {n}") for n in range(5)]
    assert places == sorted(places)
    assert all(body in found.text for body in bodies)


def test_times_of_live_entries_in_the_page_survive():
    head = LIVE % ""
    body = "".join(
        f'<div class="entry"><time datetime="2026-11-20T0{n}:00:00Z">0{n}:00</time><p>{line} {line} {line}</p></div>'
        for n, line in enumerate(STORY, 1)
    )
    found = examine(page(body, head), URL).article
    assert found is not None
    assert found.live
    assert all(line in found.text for line in STORY)
