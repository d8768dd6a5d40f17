# ruff: noqa: E501 - page fixtures read best on one line
from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from extract_fixtures import URL, page, paragraphs

from crawler.dates import read as read_date
from crawler.extract import Hints, examine
from crawler.extract.fields.authors import split
from crawler.items import Article

BODY = "".join(paragraphs())


def read(head: str = "", body: str = BODY, hints: Hints | None = None, url: str = URL, **more: str) -> Article:
    found = examine(page(body, head, **more), url, hints or Hints()).article
    assert found is not None
    return found


def ld(**fields: object) -> str:
    node = {"@context": "https://schema.org", "@type": "NewsArticle", **fields}
    return f'<script type="application/ld+json">{json.dumps(node)}</script>'


@pytest.mark.parametrize(
    ("text", "language", "iso"),
    [
        ("2026-11-20T07:15:00+01:00", "", "2026-11-20T07:15:00+01:00"),
        ("2026-11-20T07:15:00.123Z", "", "2026-11-20T07:15:00+00:00"),
        ("2026-11-20T07:15:00+0100", "", "2026-11-20T07:15:00+01:00"),
        ("2026-11-20 07:15", "", "2026-11-20T07:15:00"),
        ("2026-11-20", "", "2026-11-20T00:00:00"),
        ("20261120T071500Z", "", "2026-11-20T07:15:00+00:00"),
        ("1795158900", "", "2026-11-20T07:15:00+00:00"),
        ("1795158900000", "", "2026-11-20T07:15:00+00:00"),
        ("Fri, 20 Nov 2026 07:15:00 +0100", "", "2026-11-20T07:15:00+01:00"),
        ("September 30th 2020 at 05:17:20 GMT +0300", "en", "2020-09-30T05:17:20+03:00"),
        ("Nov. 20, 2026, 7:15 p.m. EST", "en", "2026-11-20T19:15:00-05:00"),
        ("20 November 2026 12 am", "en", "2026-11-20T00:00:00"),
        ("20. November 2026, 07:15 Uhr", "de", "2026-11-20T07:15:00"),
        ("20 de noviembre de 2026", "es", "2026-11-20T00:00:00"),
        ("20 ноября 2026, 07:15", "ru", "2026-11-20T07:15:00"),
        ("20 نوفمبر 2026", "ar", "2026-11-20T00:00:00"),
        ("2026年11月20日 07:15", "ja", "2026-11-20T07:15:00"),
        ("20 listopada 2026", "pl", "2026-11-20T00:00:00"),
        ("20 listopada 2026", "hr", "2026-10-20T00:00:00"),
        ("20.11.2026", "de", "2026-11-20T00:00:00"),
        ("20/11/2026", "", "2026-11-20T00:00:00"),
        ("11/20/2026", "", "2026-11-20T00:00:00"),
    ],
)
def test_dates(text, language, iso):
    moment = read_date(text, language)
    assert moment is not None
    assert moment.value.isoformat() == iso
    assert moment.zoned == (moment.value.tzinfo is not None)


@pytest.mark.parametrize(
    "text", ["", "yesterday", "3/4/2026", "99 Smarch 2026", "2026-13-45", "0000-01-01", "call 1-800-555"]
)
def test_what_is_no_date_or_ambiguous_is_none(text):
    assert read_date(text, "en") is None


def test_json_ld_goes_before_meta_and_time():
    found = read(ld(datePublished="2026-11-20T07:15:00+01:00", dateModified="2026-11-20T09:00:00+01:00")
                 + '<meta property="article:published_time" content="2026-11-19T00:00:00Z">')  # fmt: skip
    assert found.published == datetime(2026, 11, 20, 6, 15, tzinfo=UTC)
    assert found.published_from == "json-ld"
    assert found.modified == datetime(2026, 11, 20, 8, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("head", "body", "where"),
    [
        (
            '<meta property="article:published_time" content="2026-11-20T06:15:00Z">',
            BODY,
            "meta:article:published_time",
        ),
        ("", '<time datetime="2026-11-20T06:15:00Z">today</time>' + BODY, "time"),
        ("", '<p class="pub-date">20 November 2026 06:15 GMT</p>' + BODY, "byline"),
        ("", "<p>By Ola Ness | 20 November 2026 06:15 GMT</p>" + BODY, "byline"),
    ],
)
def test_where_a_date_is_found(head, body, where):
    found = read(head, body, url="https://harbourpost.example/a/ferry-returns")
    assert (found.published, found.published_from) == (datetime(2026, 11, 20, 6, 15, tzinfo=UTC), where)
    assert not found.published_uncertain


def test_the_address_is_the_last_resort():
    found = read()
    assert (found.published, found.published_from) == (datetime(2026, 11, 20, tzinfo=UTC), "url")
    assert found.published_uncertain


def test_a_date_without_a_zone_takes_the_sources_then_the_pages_else_it_is_uncertain():
    naive = ld(datePublished="2026-11-20T07:15:00")
    nairobi = read(naive, hints=Hints(timezone="Africa/Nairobi"))
    assert nairobi.published == datetime(2026, 11, 20, 4, 15, tzinfo=UTC)
    assert not nairobi.published_uncertain
    found = read(naive + '<meta property="article:modified_time" content="2026-11-20T09:00:00+02:00">')
    assert found.published == datetime(2026, 11, 20, 5, 15, tzinfo=UTC)
    assert not found.published_uncertain
    unknown = read(naive, hints=Hints(timezone="Not/AZone"))
    assert unknown.published == datetime(2026, 11, 20, 7, 15, tzinfo=UTC)
    assert unknown.published_uncertain


def test_a_date_that_is_a_number_of_seconds():
    found = read(ld(datePublished=1795158900, dateModified=1795162500000), url="https://harbourpost.example/a/ferry")
    assert (found.published, found.published_from) == (datetime(2026, 11, 20, 7, 15, tzinfo=UTC), "json-ld")
    assert found.modified == datetime(2026, 11, 20, 8, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    ("lang", "url", "month"),
    [
        ("en-GB", "https://harbour.example/a/ferry", 4),
        ("en-US", "https://harbour.example/a/ferry", 3),
        ("en-US", "https://www.harbour.co.uk/a/ferry", 4),
        ("en", "https://harbour.ke/a/ferry", 4),
        ("en", "https://harbour.io/a/ferry", None),
        ("", "https://harbour.example/a/ferry", None),
    ],
)
def test_the_order_of_numbers_is_that_of_the_pages_country(lang: str, url: str, month: int | None):
    found = read(body='<p class="pub-date">03/04/2026</p>' + BODY, url=url, lang=lang)
    assert (found.published.month if found.published else None) == month


def test_a_zone_with_several_meanings_is_uncertain():
    found = read(
        body='<p class="pub-date">20 November 2026 11:45 IST</p>' + BODY, url="https://harbour.example/a/ferry"
    )
    assert found.published == datetime(2026, 11, 20, 6, 15, tzinfo=UTC)
    assert found.published_uncertain
    indian = read(body='<p class="pub-date">20 November 2026 11:45 IST</p>' + BODY, url="https://harbour.in/a/ferry")
    assert not indian.published_uncertain


def test_nothing_lies_in_the_future():
    now = datetime(2026, 11, 20, 6, 10, tzinfo=UTC)
    head = ld(datePublished="2026-11-20T06:15:00Z", dateModified="2027-01-01T00:00:00Z")
    found = read(head, hints=Hints(now=now))
    assert found.published == now + timedelta(minutes=5)
    assert found.modified is None
    assert read(head).modified is not None


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("By Ola Ness and Mia Lund", ["Ola Ness", "Mia Lund"]),
        ("Von Ola Ness und Mia Lund", ["Ola Ness", "Mia Lund"]),
        ("Ola Ness, Mia Lund & Per Aas", ["Ola Ness", "Mia Lund", "Per Aas"]),
        ("Ola Ness y Mia Lund", ["Ola Ness", "Mia Lund"]),
        ("Ola Ness (on), Mia Lund (ml)", ["Ola Ness", "Mia Lund"]),
        ("Maria y Gasset", ["Maria", "Gasset"]),
    ],
)
def test_names_are_parted(text, names):
    assert [name.strip() for name in split(text)] == names


@pytest.mark.parametrize(
    ("head", "body", "names", "where"),
    [
        (ld(author=[{"@type": "Person", "name": "Ola Ness"}, "Mia Lund"]), BODY, ("Ola Ness", "Mia Lund"), "json-ld"),
        (ld(author={"@id": "#o"}) + ld(**{"@type": "Person", "@id": "#o", "name": "Ola Ness"}), BODY, ("Ola Ness",), "json-ld"),
        (ld(author={"givenName": "Ola", "familyName": "Ness"}), BODY, ("Ola Ness",), "json-ld"),
        (ld(author="Harbour Post") + '<meta name="author" content="Ola Ness">', BODY, ("Ola Ness",), "meta:author"),
        (ld(author="Harbour Post"), BODY, ("Harbour Post",), "json-ld"),
        ("", '<a rel="author" href="/o">Ola Ness</a>' + BODY, ("Ola Ness",), "rel:author"),
        ("", '<div class="byline">By Ola Ness</div>' + BODY, ("Ola Ness",), "byline"),
        ("", "<p>By Ola Ness</p>" + BODY, ("Ola Ness",), "byline"),
        ('<meta name="author" content="https://x.example/ola">', BODY, (), ""),
        (ld(author={"@type": "Person", "name": "Ness, Ola"}), BODY, ("Ola Ness",), "json-ld"),
        (ld(author={"@type": "Person", "name": "Ness, Ola M."}), BODY, ("Ola M. Ness",), "json-ld"),
        (ld(author={"@type": "Person", "name": "Reuters, Ness"}), BODY, ("Reuters", "Ness"), "json-ld"),
        (ld(author={"@type": "Person", "name": "NTB, TT"}), BODY, ("NTB", "TT"), "json-ld"),
        (ld(author={"name": "Ness, Ola"}), BODY, ("Ness", "Ola"), "json-ld"),
        (ld(author={"name": "Ola Ness, Mia Lund"}), BODY, ("Ola Ness", "Mia Lund"), "json-ld"),
        (ld(author="Ola Ness, Political Editor"), BODY, ("Ola Ness",), "json-ld"),
        ('<meta name="author" content="Ola Ness, Mia Lund, correspondent">', BODY, ("Ola Ness", "Mia Lund"), "meta:author"),
        (ld(author="Sports Editor"), BODY, ("Sports Editor",), "json-ld"),
        ("", '<a rel="author" href="/o">Ola Ness <b>See full bio</b></a>' + BODY, ("Ola Ness",), "rel:author"),
        ("", '<div class="byline">By Ola Ness <a href="/f">Follow @ola</a></div>' + BODY, ("Ola Ness",), "byline"),
    ],
)  # fmt: skip
def test_where_authors_are_found(head, body, names, where):
    extraction = examine(page(body, head), URL)
    assert extraction.article is not None
    assert extraction.article.authors == names
    assert dict(extraction.found_in).get("authors", "") == where


@pytest.mark.parametrize(
    ("head", "body", "names", "where"),
    [
        ("", BODY, ("Mia Lund",), "listing"),
        ("", '<div class="byline">By Ola Ness</div>' + BODY, ("Mia Lund",), "listing"),
        (ld(author="Harbour Post"), BODY, ("Mia Lund",), "listing"),
        (ld(author="Ola Ness"), BODY, ("Ola Ness",), "json-ld"),
        ('<meta name="author" content="Ola Ness">', BODY, ("Ola Ness",), "meta:author"),
    ],
)
def test_the_authors_of_the_listing_have_a_vote(head: str, body: str, names: tuple[str, ...], where: str):
    extraction = examine(page(body, head), URL, Hints(authors=("Mia Lund",)))
    assert extraction.article is not None
    assert (extraction.article.authors, dict(extraction.found_in)["authors"]) == (names, where)


@pytest.mark.parametrize("listed", ["admin", "Webmaster", "NEWS", "editor@example.org", "Online Editor"])
def test_an_account_in_the_listing_does_not_outvote_a_byline(listed: str):
    html = page('<div class="byline">By Ola Ness</div>' + BODY, "")
    extraction = examine(html, URL, Hints(authors=(listed,)))
    assert extraction.article is not None
    assert extraction.article.authors == ("Ola Ness",)


@pytest.mark.parametrize(
    ("head", "title"),
    [
        (
            ld(headline="Ferry is back (Published 2016)") + '<meta property="og:title" content="Ferry is back">',
            "Ferry is back",
        ),
        ("", "Old ferry to sail again next spring"),
        ('<meta property="og:title" content="Ferry is back | Harbour Post">', "Old ferry to sail again next spring"),
        (
            ld(headline="Old ferry to sail again next spring") + '<meta property="og:title" content="Ferry">',
            "Old ferry to sail again next spring",
        ),
        (ld(headline="Ferry is back") + '<meta property="og:title" content="Ferry is back">', "Ferry is back"),
        (
            '<meta property="og:title" content="Old ferry to sail again next spring - Coast">',
            "Old ferry to sail again next spring",
        ),
    ],
)
def test_titles(head, title):
    assert read(head).title == title


def test_everything_else_a_page_says():
    found = read(
        ld(articleSection="Coast", keywords=["Ferry", "Lund"], isAccessibleForFree="False", inLanguage="en")
        + '<meta property="og:image" content="/f.jpg"><link rel="canonical" href="/news/ferry">'
        + '<meta name="description" content="The ferry returns."><meta property="article:tag" content="x">'
    )
    assert (found.section, found.tags, found.paywalled) == ("Coast", ("Ferry", "Lund"), True)
    assert found.image == "https://harbourpost.example/f.jpg"
    assert found.canonical_url == "https://harbourpost.example/news/ferry"
    assert (found.lead, found.language, found.live) == ("The ferry returns.", "en", False)
    assert found.word_count > 60
    assert found.content_hash


@pytest.mark.parametrize(
    ("head", "body", "agency"),
    [
        ('<meta name="author" content="Reuters">', BODY, "Reuters"),
        ("", BODY.replace("<p>The old", "<p>LUND (AP) — The old", 1), "AP"),
        ("", BODY.replace("<p>The old", "<p>LUND, Nov 20 (Reuters) - The old", 1), "Reuters"),
        ("", BODY, ""),
    ],
)
def test_the_credited_agency(head, body, agency):
    assert read(head, body).agency == agency


@pytest.mark.parametrize(("tier", "locked"), [("locked", True), ("metered", True), ("free", False), ("", False)])
def test_content_tier(tier, locked):
    assert read(f'<meta property="article:content_tier" content="{tier}">').paywalled is locked


@pytest.mark.parametrize(
    ("lang", "where"), [("en-AU", "html"), ("en_GB", "html"), ("de-AT", "text"), ("", "text"), ("x", "text")]
)
def test_the_language_is_that_of_the_text(lang, where):
    found = examine(page(BODY, "", lang=lang), URL)
    assert found.article is not None
    assert found.article.language == "en"
    assert dict(found.found_in)["language"] == where


def test_the_updates_of_a_live_blog_do_not_date_it():
    update = {"@type": "BlogPosting", "headline": "An update", "datePublished": "2026-11-21T10:00:00+01:00",
              "articleBody": "Later.", "author": {"name": "Somebody Else"}}  # fmt: skip
    found = read(ld(**{"@type": "LiveBlogPosting", "headline": "Live", "datePublished": "2026-11-20T06:15:00Z",
                       "liveBlogUpdate": [update]}))  # fmt: skip
    assert found.published == datetime(2026, 11, 20, 6, 15, tzinfo=UTC)


def test_meta_names_with_a_colon_too_many_are_understood():
    found = read('<meta name="article:published:time" content="2026-11-20T06:15:00+00:00">')
    assert (found.published, found.published_from) == (
        datetime(2026, 11, 20, 6, 15, tzinfo=UTC),
        "meta:article:published_time",
    )


def test_a_date_at_the_end_of_the_title_beats_one_in_a_caption():
    caption = '<p class="image-date">Rescue work, 18 November 2026</p>'
    titled = page(caption + BODY).replace(b" | Harbour Post</title>", b" | Harbour Post | 20.11.2026</title>")
    found = examine(titled, "https://harbour.example/bridge").article
    assert found is not None
    assert found.published is not None
    assert (found.published.date().isoformat(), found.published_from) == ("2026-11-20", "title")


def test_a_date_that_only_the_text_shows_is_the_last_resort():
    found = read(
        body=f"<section><b>Published on November 20, 2026</b></section>{BODY}", url="https://harbour.example/x"
    )
    assert found.published is not None
    assert (found.published.date().isoformat(), found.published_from) == ("2026-11-20", "line")
    assert found.published_uncertain


@pytest.mark.parametrize(
    "lines",
    [
        "<p>03/04/2026</p>",
        "<p>Updated 20 November 2026</p>",
        "<footer>Founded 20 November 1998</footer>",
        "<div>20 November 2026</div><div>12 March 2026</div>",
        '<ol class="comments"><li><span>19 November 2026</span> Well written.</li></ol>',
        "<div>18 November 2026</div><div>19 November 2026</div><div>20 November 2026</div>",
    ],
)
def test_a_date_that_may_be_of_something_else_is_none(lines: str):
    assert read(body=BODY + lines, url="https://harbour.example/x").published is None


def test_a_false_z_is_unmasked_by_the_same_clock_time_with_an_offset():
    meta = '<meta property="article:published_time" content="2026-11-20T07:15:00+03:00">'
    found = read(ld(datePublished="2026-11-20T07:15:00Z") + meta)
    assert found.published == datetime(2026, 11, 20, 4, 15, tzinfo=UTC)
    assert found.published_from == "meta:article:published_time"
