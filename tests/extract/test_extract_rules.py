# ruff: noqa: E501 - page fixtures read best on one line
from __future__ import annotations

import pytest
from extract_fixtures import STORY, URL, page, paragraphs, with_boilerplate
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.extract import Hints, examine
from crawler.extract.boilerplate.labels import is_boilerplate
from crawler.extract.boilerplate.learned import block_key

TEXT = "\n\n".join(STORY)

CLASSES = {
    "label": "<p>Read More</p>",
    "label in bold": "<p><strong>Advertisement</strong></p>",
    "label with its links": '<p>Related stories</p><p><a href="/a">Islands plan a new pier for the ferry</a></p>',
    "introduced title": "<p>Read also: Islands plan a new pier for the ferry</p>",
    "linked kicker": '<p>Video: <a href="/v">How the ferry was repaired in winter</a></p>',
    "paragraph of one link": '<p><a href="/b">Islands plan a new pier for the ferry next year</a></p>',
    "teaser list": '<ul><li>Harbour: <a href="/c">New pier planned for the islands</a></li><li>Sea: <a href="/d">Storm</a></li></ul>',
    "prompt": "<p>Sign up for our newsletter and get the best of the harbour every week.</p>",
    "consent": "<p>To view this content, please accept all cookies.</p>",
    "photo credit": "<p>Photo: Anna Berg/Harbour Post</p>",
    "reading time": "<p>4 min read</p>",
    "caption with its credit": "<p>The ferry at the quay in Lund (Photo: Anna Berg)</p>",
    "caption class": '<div class="photo-caption">The ferry at the quay in Lund on a grey day</div>',
    "caption that repeats the picture's text": '<p><img src="/f.jpg" alt="The ferry at the quay of Lund"></p><p>The ferry at the quay of Lund</p>',
    "hidden for the eye": '<p><span class="sr-only">opens in a new window</span></p>',
}


@pytest.mark.parametrize("boilerplate", CLASSES.values(), ids=CLASSES.keys())
def test_a_class_of_boilerplate_between_paragraphs_goes(boilerplate):
    found = examine(with_boilerplate(boilerplate), URL).article
    assert found is not None
    assert found.text == TEXT


BELOW = {
    "closing credit": "<p>Reporting by Ola Ness; Editing by Mia Lund</p>",
    "agency material": "<p>With files from the island council</p>",
    "trailing links": '<p>More: <a href="/1">the timetable of all ferries</a> and <a href="/2">prices of all tickets</a></p>',
    "biography": "<p>Ola Ness is a reporter who has covered the coast since 2009 and lives in Lund with two dogs.</p>",
    "heading of nothing": "<h3>What happens now</h3>",
    "line that leads nowhere": "<p>All about the islands in our special:</p>",
    "tags": '<p>Topics</p><p><a href="/t">Ferries</a> <a href="/i">Islands</a></p>',
    "rights": "<p>© 2026 Harbour Post. All rights reserved.</p>",
}


@pytest.mark.parametrize("boilerplate", BELOW.values(), ids=BELOW.keys())
def test_a_class_of_boilerplate_below_the_text_goes(boilerplate):
    found = examine(with_boilerplate(boilerplate, at=99, head='<meta name="author" content="Ola Ness">'), URL).article
    assert found is not None
    assert found.text == TEXT


ABOVE = {
    "byline": "<p>By Ola Ness</p>",
    "date line": "<p>20 November 2026, 07:15</p>",
    "byline with date": "<p>By Ola Ness | November 20th 2026 at 07:15 GMT +0100</p>",
    "headline again": "<h2>Old ferry to sail again next spring</h2>",
}


@pytest.mark.parametrize("boilerplate", ABOVE.values(), ids=ABOVE.keys())
def test_a_class_of_boilerplate_above_the_text_goes(boilerplate):
    found = examine(with_boilerplate(boilerplate, at=0), URL).article
    assert found is not None
    assert found.text == TEXT


KEPT = {
    "sentence with a label's words": "<p>“Read more and talk less,” her father used to tell everybody who asked him for advice.</p>",
    "heading": "<h3>A long winter</h3>",
    "list": "<ul><li>Engines and shafts</li><li>Lifeboats and rafts</li></ul>",
    "short answer": "<p>“No.”</p>",
    "paragraph with links": '<p>The <a href="/r">report of the engineers</a> came to more than two hundred pages, and few have read it.</p>',
    "address": "<p>Questions about the fire were sent to the office in writing, it said.</p>",
}


@pytest.mark.parametrize("content", KEPT.values(), ids=KEPT.keys())
def test_what_belongs_to_the_story_stays(content):
    found = examine(with_boilerplate(content), URL).article
    assert found is not None
    assert len(found.text) > len(TEXT)
    assert all(line in found.text for line in STORY)


def test_a_second_story_below_is_cut():
    other = "<h1>Storm warning for the coast</h1>" + "".join(
        f"<p>A storm will reach the coast on day {n}, and small boats should stay in harbour, the office warned.</p>"
        for n in range(6)
    )
    long = [f"<p>{line} {line.replace('The', 'This')}</p>" for line in STORY]
    found = examine(page("".join(long) + other), URL).article
    assert found is not None
    assert "Storm warning" not in found.text


def test_learned_boilerplate_goes_but_never_most_of_the_text():
    own = "The Harbour Post is read in every house between Lund and the last of the islands."
    html = with_boilerplate(f"<p>{own}</p>")
    plain = examine(html, URL).article
    assert plain is not None
    assert own in plain.text
    learned = examine(html, URL, Hints(boilerplate=frozenset({block_key(own)})))
    assert learned.article is not None
    assert learned.article.text == TEXT
    assert ("learned") in {r.reason for r in learned.removed}
    everything = Hints(boilerplate=frozenset(block_key(line) for line in (*STORY, own)))
    kept = examine(html, URL, everything).article
    assert kept is not None
    assert kept.text == plain.text


LABELS = st.sampled_from(
    ["Read More", "Weiterlesen", "À lire aussi", "Previous article", "Share", "12 comments", "Anzeige", "相关阅读",
     "Leia também", "Soma pia", "Accept all cookies", "Log in", "Читайте также", "関連記事", "Next page", "Subscribe"]
)  # fmt: skip
WRAPS = st.sampled_from(["<p>{}</p>", "<div>{}</div>", "<h3>{}</h3>", "<ul><li>{}</li></ul>", '<p><a href="/x">{}</a></p>',
                         "<blockquote>{}</blockquote>", "<table><tr><td>{}</td></tr></table>", "{}<br>"])  # fmt: skip


@given(st.lists(st.tuples(LABELS, WRAPS, st.integers(0, 9)), max_size=6))
@settings(max_examples=40)
def test_no_line_of_the_output_is_a_boilerplate_label(boilerplate):
    parts = paragraphs()
    for text, wrap, at in boilerplate:
        parts.insert(at, wrap.format(text))
    found = examine(page("".join(parts)), URL).article
    assert found is not None
    assert not [line for line in found.text.splitlines() if is_boilerplate(line)]
    assert all(line in found.text for line in STORY)


def test_other_posts_that_a_blog_shows_whole_are_other_stories():
    other = "".join(
        f"<p>Somebody else wrote this line number {n} about another matter altogether.</p>" for n in range(6)
    )
    body = f'<article class="box post-18 hentry"><h1>Old ferry to sail again next spring</h1>{"".join(paragraphs())}'
    html = f'<html lang="en"><body>{body}<h3>More</h3><article class="post-99 hentry">{other}</article></article></body></html>'
    found = examine(html.encode(), URL).article
    assert found is not None
    assert "Somebody else" not in found.text
    assert STORY[0] in found.text


def test_numbered_parts_of_a_short_post_stay():
    html = (
        '<html lang="en"><body><div class="post-18"><h1>Old ferry to sail again next spring</h1></div>'
        f'<div class="post-19">{"".join(paragraphs())}</div></body></html>'
    )
    found = examine(html.encode(), URL).article
    assert found is not None
    assert STORY[0] in found.text


def test_a_large_first_letter_belongs_to_its_word():
    lines = [line.replace("<p>T", '<p><span class="initial">T</span>', 1) for line in paragraphs()]
    found = examine(page("".join(lines)), URL).article
    assert found is not None
    assert STORY[0] in found.text


def test_a_large_first_letter_in_two_elements_belongs_to_its_word_too():
    lines = paragraphs()
    lines[0] = (
        lines[0].replace("<p>T", '<p><span><span class="initial">T</span></span> <span>').replace("</p>", "</span></p>")
    )
    found = examine(page("".join(lines)), URL).article
    assert found is not None
    assert STORY[0] in found.text
