from __future__ import annotations

from extract_fixtures import STORY
from lxml.html import document_fromstring

from crawler.extract.body import split

SLICE = '<div class="article-body"><p>{}</p></div>'


def tree(*slices: str, wrap: str = "<main>{}</main>"):
    return document_fromstring(wrap.format('<div class="ad">x</div>'.join(slices)))


LONG = [SLICE.format(f"{line} {line}") for line in STORY]


def test_slices_are_counted_and_merged_into_the_first():
    page = tree(*LONG)
    assert split.group_chars(page) > 900
    assert split.merge(page)
    first = page.find(".//div")
    assert len(first.findall("p")) == len(STORY)


def test_one_container_or_short_ones_are_no_slices():
    assert split.group_chars(tree(LONG[0])) == 0
    assert split.group_chars(tree(*[SLICE.format("Too short.")] * 4)) == 0
    assert not split.merge(tree(*[SLICE.format("Too short.")] * 4))


def test_several_articles_and_lists_of_teasers_stay_apart():
    articles = [f"<article>{one}</article>" for one in LONG]
    assert not split.merge(tree(*articles))
    headed = [one.replace("<p>", "<h1>Another</h1><p>") for one in LONG]
    assert not split.merge(tree(*headed))
    teasers = [one.replace("<p>", '<h2><a href="/x">Another</a></h2><p>') for one in LONG]
    assert not split.merge(tree(*teasers))


def test_far_containers_stay_apart():
    far = "<div>" * 6 + LONG[1] + "</div>" * 6
    assert not split.merge(tree(LONG[0], far))


def test_nested_slices_count_once():
    nested = '<div class="article-body">' + "".join(LONG[:2]) + "</div>"
    assert split.group_chars(tree(nested)) == 0
