# ruff: noqa: E501 - page fixtures read best on one line
from __future__ import annotations

import pytest
from extract_fixtures import STORY, URL, page, paragraphs

from crawler.extract import Hints, Overrides, examine, extract, validate_overrides

TEASERS = "".join(
    f'<div class="card"><h2><a href="/s{n}">{line[:70]}</a></h2><p>{line[20:90]}</p></div>'
    for n, line in enumerate(STORY * 4)
)


def doc(title: str, body: str) -> bytes:
    return f"<html><head><title>{title}</title></head><body>{body}</body></html>".encode()


@pytest.mark.parametrize(
    ("html", "url", "reason"),
    [
        (b"", URL, "empty"),
        (b" \n\t ", URL, "empty"),
        (bytes(range(256)) * 20, URL, "not-html"),
        (b'{"a": 1}', URL, "not-html"),
        (b"just a line of text", URL, "not-html"),
        (b"<p>" + b"x" * 3000, URL, "too-large"),
        (b"<html><p>" + b"<i>" * 50_000, URL, "too-complex"),
        (b"<html><p " + b" ".join(b"a%d" % n for n in range(5000)) + b">x", URL, "too-complex"),
        (doc("Ferry", "<p>Too little to be a story.</p>"), URL, "too-short"),
        (doc("Page not found", "<h1>404</h1><p>The page you asked for is gone.</p>"), URL, "soft-404"),
        (
            doc("Seite nicht gefunden", "<p>Leider gibt es diese Seite nicht (mehr). Suchen Sie bitte.</p>"),
            URL,
            "soft-404",
        ),
        (doc("Just a moment...", "<p>Checking your browser before you go on to the site.</p>"), URL, "bot-wall"),
        (doc("Access denied", "<p>Please verify you are human.</p>"), URL, "bot-wall"),
        (
            doc("Harbour Post", "<p>Before you continue: we and our partners store cookies on your device.</p>"),
            URL,
            "consent",
        ),
        (doc("Harbour Post", "<p>You need to enable JavaScript to run this app.</p>"), URL, "script-only"),
        (doc("Harbour Post", TEASERS), "https://harbourpost.example/", "index-page"),
        (doc("Coast - Harbour Post", TEASERS), "https://harbourpost.example/coast", "index-page"),
    ],
)
def test_what_is_no_article_has_a_reason(html, url, reason):
    hints = Hints(max_bytes=2000) if reason == "too-large" else Hints()
    found = examine(html, url, hints)
    assert (found.article, found.reason) == (None, reason)


def test_a_story_about_error_pages_is_a_story():
    html = page("".join(paragraphs()), title="Page not found: how the web forgets")
    long = page(
        "".join(f"<p>{line} Number {n}.</p>" for n, line in enumerate(STORY * 4)),
        title="Page not found: how the web forgets",
    )
    assert examine(html, URL).reason == "soft-404"
    assert extract(long, URL) is not None


def test_a_script_made_page_is_read_from_its_json_ld():
    text = " ".join(STORY)
    head = f'<script type="application/ld+json">{{"@type":"NewsArticle","headline":"Ferry","articleBody":"{text}"}}</script>'
    found = extract(f"<html><head>{head}</head><body><div id=app></div></body></html>".encode(), URL)
    assert found is not None
    assert found.text == text


@pytest.mark.parametrize(
    ("data", "charset"),
    [
        ("cp1251", ""), ("cp1251", "windows-1251"), ("utf-8", "iso-8859-1"), ("utf-16", ""), ("koi8-r", "koi8-r"),
    ],
)  # fmt: skip
def test_character_sets(data, charset):
    line = "Старый паром между Лундом и островами снова выйдет в море весной, сообщила администрация порта в пятницу."
    meta = '<meta charset="windows-1251">' if data == "cp1251" else ""
    html = f"<html><head>{meta}<title>Паром</title></head><body>" + "".join(f"<p>{line} {n}</p>" for n in range(5))
    found = examine(html.encode(data), URL, Hints(charset=charset)).article
    assert found is not None
    assert line in found.text


@pytest.mark.parametrize("charset", ["utf-7", "rot13", "no-such", "\x00", "zlib"])
def test_wrong_and_unsafe_charsets_do_no_harm(charset):
    found = examine(
        page("".join(paragraphs()).replace("ferry", "f\u00e9rry")).decode().encode("cp1252", "replace"),
        URL,
        Hints(charset=charset),
    )
    assert found.article is not None
    assert "férry" in found.article.text


def test_overrides_choose_remove_and_name():
    body = '<div class="x"><div id="own"><p>Short and wanted.</p><p>Read More</p><ul><li>One</li></ul></div><p class="junk">No</p></div>'
    head = '<meta name="own-date" content="2026-11-20T07:15:00+01:00">'
    overrides = Overrides(select=("#own",), remove=(".junk", "//aside"), title=("//h1",), date=("meta[name=own-date]",))
    found = examine(page(body + "".join(paragraphs()), head), URL, Hints(overrides=overrides))
    assert found.article is not None
    assert found.article.text == "Short and wanted.\n\nOne"
    assert found.article.published_from == "override"
    assert dict(found.found_in)["title"] == "override"
    assert dict(found.found_in)["body"] == "override"


def test_overrides_that_match_nothing_change_nothing():
    overrides = Overrides(select=("#none",), remove=(".none",), title=("//h7/@x",), date=(".none",))
    html = page("".join(paragraphs()))
    assert examine(html, URL, Hints(overrides=overrides)).article == extract(html, URL)


@pytest.mark.parametrize("bad", ["", "div[", "//div[", "p:nope(1)"])
def test_a_selector_that_cannot_be_read_is_named(bad):
    with pytest.raises(ValueError, match="remove"):
        validate_overrides(Overrides(remove=(bad,)))
    validate_overrides(Overrides(select=("article p",), title=("//h1/text()",)))
