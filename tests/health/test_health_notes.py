"""What a crawl writes down: walls, moves, certificates, listings, pages."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scrapy import Request
from scrapy.http import Response

from crawler.config import Source
from crawler.extensions.observer import Observer, digest, moved_to, status_reason
from crawler.extract.walls import wall
from crawler.items import Article, Candidate, Observed

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
OLD = "https://example.org/feed"


def page(title: str, text: str) -> bytes:
    return f"<html><head><title>{title}</title></head><body><h1>{title}</h1><p>{text}</p></body></html>".encode()


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"", "empty"),
        (b" \r\n\t ", "empty"),
        (page("Before you continue", "We value your privacy."), "consent"),
        (page("Just a moment...", "Checking your browser."), "bot-wall"),
        (page("Seite nicht gefunden", "Leider."), "soft-404"),
        (page("News", "You need to enable JavaScript to run this app."), "script-only"),
        (page("World news", "The harbour board met for six hours. " * 60), ""),
        (page("World news", "A minister resigned."), ""),
        (b"\x00\x01\x02" * 500, ""),
        (b"plain words and nothing else", ""),
        (b"<html>" + b"<p>" * 50_000, ""),
    ],
)
def test_what_is_in_place_of_a_listing(body: bytes, expected: str):
    assert wall(body, "https://example.org/") == expected


@given(st.binary(max_size=3000))
def test_a_wall_is_looked_for_in_anything(body: bytes):
    assert wall(body, "https://example.org/") in {"", "empty", "soft-404", "bot-wall", "consent", "script-only"}


def answered(url: str, *way: tuple[str, object], certificate: object = None) -> Response:
    meta = {"redirect_urls": [one for one, _ in way], "redirect_reasons": [reason for _, reason in way]} if way else {}
    return Response(url, request=Request(url, meta=meta), certificate=certificate)


@pytest.mark.parametrize(
    ("kind", "response", "expected"),
    [
        ("feed", answered(OLD), ""),
        ("feed", answered("https://example.org/new", (OLD, 301)), "https://example.org/new"),
        ("feed", answered("https://b.example/new", (OLD, 308), ("https://x.example/", 301)), "https://b.example/new"),
        ("feed", answered("https://example.org/new", (OLD, 302)), ""),
        ("feed", answered("https://example.org/new", (OLD, 301), ("https://x.example/", 307)), ""),
        ("feed", answered("https://example.org/new", (OLD, "meta refresh")), ""),
        ("feed", answered("https://example.org/new", ("https://other.example/", 301)), ""),
        ("feed", answered("http://example.org/feed", (OLD, 301)), ""),
        ("site", answered("https://www.example.org/", (OLD, 301)), ""),
        ("site", answered("https://b.example/", (OLD, 301)), "https://b.example/"),
    ],
)
def test_what_has_moved_for_good(kind: str, response: Response, expected: str):
    source = Source.model_validate({"id": "a", kind: OLD})
    assert moved_to(response, source) == expected


class Certificate:
    """As Twisted hands it on."""

    def __init__(self, ends: str) -> None:
        self.original = self
        self._ends = ends.encode()

    def get_notAfter(self) -> bytes:  # noqa: N802  pyOpenSSL's name
        return self._ends


@pytest.mark.parametrize(("ends", "told"), [("20261206080000Z", True), ("20261208080000Z", False)])
def test_a_certificate_is_reported_two_weeks_before_it_ends(ends: str, told: bool):
    observer = Observer()
    observer.answered(answered(OLD, certificate=Certificate(ends)), None, NOW)
    assert (observer.observed(()).signals == (("certificate", "it expires on 2026-12-06 08:00 UTC"),)) is told


def test_a_crawl_is_summed_up():
    observer = Observer()
    assert observer.observed(()) == Observed()
    for words, paywalled in ((100, False), (300, True), (900, False)):
        observer.article(Article("https://example.org/1", "T", "t", word_count=words, paywalled=paywalled))
    observer.no_article("consent", 1)
    observer.no_article("consent", 2)
    observer.no_article(status_reason(404), 0)
    observer.signal("empty", "first")
    observer.signal("empty", "second")
    observer.listed([Candidate("https://example.org/1", published=NOW), Candidate("https://example.org/2")])
    observer.listed([Candidate("https://example.org/3", published=NOW - timedelta(days=1))])
    assert observer.pages == 5
    assert observer.observed([2, 1]) == Observed(
        listing=digest([1, 2]),
        newest=NOW,
        reasons=(("consent", 1), ("gone", 1)),
        paywalled=1,
        words=300,
        signals=(("empty", "first"),),
    )


@pytest.mark.parametrize(("status", "expected"), [(403, "refused"), (410, "gone"), (404, "gone"), (500, "broken")])
def test_statuses_have_their_reason(status: int, expected: str):
    assert status_reason(status) == expected


@given(st.sets(st.integers(-(2**63), 2**64 - 1), max_size=50), st.randoms())
def test_a_digest_knows_no_order(keys: set[int], rng):
    shuffled = list(keys)
    rng.shuffle(shuffled)
    assert digest(shuffled) == digest(sorted(keys))
    assert (digest(shuffled) == "") is (not keys)
    if keys:
        assert digest(shuffled[1:]) != digest(shuffled)
