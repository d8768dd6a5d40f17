"""Pages hold the whole truth amid their boilerplate, and are well formed."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import pytest
from lxml import html

from crawler.demo.edition import Edition, edition
from crawler.demo.pages import article_page, list_page, note_page, printed_date
from crawler.demo.schedule import Pace, Version
from crawler.demo.truth import truth, truths
from crawler.extract import examine

START = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
BASES = ("http://127.0.0.1:8642", "http://127.0.0.2:8642", "http://127.0.0.3:8642")
SEED = "iraq-says-not-happy-with-dangerous-us-pullout-threat"


def after(seconds: float) -> Edition:
    return edition(BASES, Pace(START), START + timedelta(seconds=seconds))


EARLY, LATE = after(10), after(420)
ARTICLES = {(name, v.story.slug): (e, v) for name, e in (("early", EARLY), ("late", LATE)) for v in e.listed}
each = pytest.mark.parametrize(("when", "version"), ARTICLES.values(), ids=map("-".join, ARTICLES))


def tree(text: str) -> Any:
    return html.document_fromstring(text.encode(), parser=html.HTMLParser(encoding="utf-8"))


def data_of(page: Any) -> list[dict[str, Any]]:
    return [json.loads(script.text) for script in page.iterfind('.//script[@type="application/ld+json"]')]


def by_slug(slug: str, when: Edition = LATE) -> Version:
    return next(v for v in when.listed if v.story.slug == slug)


@each
def test_every_page_shows_its_truth(when: Edition, version: Version):
    expected = truth(when.url(version), when)
    assert expected is not None
    page = tree(article_page(version, when))
    texts = {" ".join(element.text_content().split()) for element in page.iter() if isinstance(element.tag, str)}
    assert {expected.title, *expected.paragraphs} <= texts
    for caption in filter(None, expected.captions):
        assert caption in texts
    assert page.get("lang") == expected.language
    assert page.get("dir") == ("rtl" if expected.language == "ar" else "ltr")
    assert any(author in text for author in expected.authors for text in texts)


@each
def test_the_extractor_finds_exactly_the_truth(when: Edition, version: Version):
    expected = truth(when.url(version), when)
    assert expected is not None
    found = examine(article_page(version, when).encode(), expected.url).article
    assert found is not None
    # The standfirst is part of the text where the language's press has it so, and the lead in any case.
    assert found.title == expected.title
    assert found.text in {expected.text, f"{expected.lead}\n\n{expected.text}"}
    assert found.lead == expected.lead or version.story.layout == "plain"
    assert found.language == expected.language
    if version.story.layout != "plain":
        assert (found.authors, found.published) == (expected.authors, expected.published)
        assert found.canonical_url == expected.url
    assert (found.agency, found.paywalled, found.live) == (expected.agency, expected.paywalled, expected.live)


@each
def test_every_link_leads_somewhere_sensible(when: Edition, version: Version):
    page = tree(article_page(version, when))
    links = [a.get("href") for a in page.iter("a")]
    assert len(links) > 10
    assert all(link.startswith(("/", "#", *BASES)) for link in links)


def test_what_stays_behind_the_wall_is_not_sent():
    version = next(v for v in LATE.listed if v.story.teaser)
    text = article_page(version, LATE)
    assert version.story.blocks[2][:40] in unescape(text)
    assert not any(block[:40] in unescape(text) for block in version.story.blocks[3:])
    (data,) = data_of(tree(text))
    assert data["isAccessibleForFree"] is False


def test_metadata_by_layout():
    kinds: dict[str, tuple[int, int]] = {}
    for version in LATE.listed:
        page = tree(article_page(version, LATE))
        meta = page.xpath('//meta[@property="article:published_time"]/@content')
        kinds[version.story.layout] = len(meta), len(data_of(page))
        assert all(datetime.fromisoformat(value) == version.published for value in meta)
    assert kinds == {
        "semantic": (1, 1),
        "soup": (1, 0),
        "paywall": (1, 1),
        "twin": (0, 1),
        "plain": (0, 0),
        "live": (1, 1),
        "gallery": (1, 0),
    }


def test_json_ld_moves_its_date_with_an_edit():
    slug = "luro-river-floods-cut-off-delta-villages"
    early, late = (data_of(tree(article_page(by_slug(slug, e), e)))[0] for e in (EARLY, LATE))
    assert early["dateModified"] == early["datePublished"]
    assert datetime.fromisoformat(late["dateModified"]) == START + timedelta(seconds=60)
    assert late["headline"].startswith("Luro floods: fourteen")
    assert [author["@type"] for author in late["author"]] == ["Person", "Person"]


def test_a_graph_names_its_author_by_reference():
    version = by_slug("seilbahn-bleibt-bis-maerz-zu")
    (data,) = data_of(tree(article_page(version, LATE)))
    nodes = {node.get("@id"): node for node in data["@graph"]}
    article = next(node for node in data["@graph"] if node["@type"] == "NewsArticle")
    assert [nodes[ref["@id"]]["name"] for ref in article["author"]] == ["Katrin Vossberg"]


def test_a_live_blog_lists_its_entries():
    version = next(v for v in LATE.listed if v.story.live_first)
    (data,) = data_of(tree(article_page(version, LATE)))
    assert data["@type"] == "LiveBlogPosting"
    assert len(data["liveBlogUpdate"]) == 6
    assert data["liveBlogUpdate"][0]["headline"] == "Hospital moves patients away from the glass roof"


def test_the_amp_twin_and_its_page_name_each_other():
    version = by_slug("la-bibliotheque-de-valmorin-sauvee-des-eaux")
    main, amp = tree(article_page(version, LATE)), tree(article_page(version, LATE, "amp"))
    url = LATE.url(version)
    twin = main.xpath('//link[@rel="amphtml"]/@href')[0]
    assert twin == url.replace(BASES[2], BASES[2] + "/amp")
    assert amp.xpath('//link[@rel="canonical"]/@href') == [url]
    assert truth(twin, LATE) == truth(url, LATE)


def test_the_article_that_this_began_with_has_its_boilerplate():
    version = by_slug(SEED)
    page = tree(article_page(version, LATE))
    assert page.xpath('string(//p[@class="byline"])') == "By AFP | September 30th 2020 at 05:17:20 GMT +0300"
    body = [" ".join(child.text_content().split()) for child in page.xpath('//div[@class="article-body"]/*')]
    assert body[4].startswith("Read More")
    assert body[3].endswith("Hussein added.")
    assert page.xpath("string(//figcaption)").endswith("[AFP]")
    pager = page.xpath('string(//div[@class="article-pager"])')
    assert "Previous article" in pager
    assert "French court approves transfer of Felicien Kabuga to UN tribunal" in pager
    assert "Diplomatic Row" in page.xpath('string(//section[@class="topics"])')


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (1, "1st"),
        (2, "2nd"),
        (3, "3rd"),
        (4, "4th"),
        (11, "11th"),
        (12, "12th"),
        (13, "13th"),
        (21, "21st"),
        (30, "30th"),
    ],
)
def test_ordinals(day: int, expected: str):
    start = datetime(2026, 11, day, 12, 30, tzinfo=UTC)
    listed = edition(BASES, Pace(start), start).listed
    version = next(v for v in listed if v.story.slug == "luro-river-floods-cut-off-delta-villages")
    assert printed_date(version) == f"November {expected} 2026 at 15:05:00 GMT +0300"


def test_lists_show_the_newest_first_and_name_the_feed():
    front = tree(list_page(0, "", LATE))
    cards = front.xpath('//article[@class="card"]/h2/a/@href')
    assert cards == [LATE.url(v) for v in LATE.of(0)]
    assert front.xpath('//link[@type="application/rss+xml"]/@href') == ["/rss.xml"]
    arabic = tree(list_page(2, "ar", LATE))
    assert arabic.get("dir") == "rtl"
    assert len(arabic.xpath('//article[@class="card"]')) == 1
    assert not arabic.xpath('//link[@rel="alternate"]')


def test_every_article_stands_on_a_section_page():
    linked = set()
    for outlet, sections in enumerate(
        paper.sections for paper in (v.outlet for v in map(LATE.of, range(3)) for v in v[:1])
    ):
        for section in sections:
            linked.update(tree(list_page(outlet, section, LATE)).xpath('//article[@class="card"]/h2/a/@href'))
    assert linked == {LATE.url(v) for v in LATE.listed}


def test_text_is_escaped():
    page = note_page(0, "<b>&", "<script>alert(1)</script>", LATE)
    assert "<script>" not in page
    assert tree(page).xpath("string(//h1)") == "<b>&"


@pytest.mark.parametrize(
    "url", ["", "nonsense", "http://elsewhere/", BASES[0], BASES[1] + f"/world/{SEED}", "http://[::1/"]
)
def test_addresses_that_are_no_articles(url: str):
    assert truth(url, LATE) is None


def test_truths_are_what_is_listed():
    assert [t.url for t in truths(LATE)] == [LATE.url(v) for v in LATE.listed]
