"""Search says what the live matcher says about every article, on both databases, in the order that was asked for."""

from __future__ import annotations

import importlib.util
import random
import secrets
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from archive_samples import NOW, make_article
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from crawler.archive import Archive, Entry, ItemFilter, Order, Visited
from crawler.archive.search import blocks, fulltext, postings, reindex, search
from crawler.archive.search.candidate_query import EVERY, FIELDS, MAX_WORD_CHARS, Word, candidate_query, words_of
from crawler.errors import RuleError
from crawler.items import Article
from crawler.rules import Matcher, RuleSpec, Scanner, compile_rule

RULES = Path(__file__).parents[1] / "rules"
PARTS = [
    *("a", "b", "us", "zone", "Zone", "rocket", "rockets", "rocketed", "e-mail", "email", "al-b", "o'b", "é", "b's"),
    *("l'a", "大使", "大", "使馆", "大使馆", "US", "U.S.", "x", "。", "A-b", "\n\n", "’s", "_every", "\x00", "\ud800"),
]  # fmt: skip


def module(name: str) -> ModuleType:
    """A table of the rules' own tests."""
    spec = importlib.util.spec_from_file_location(f"of_rules_{name}", RULES / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


TREE = module("test_rules_properties").tree
ROWS = [(query, text) for query, text, _ in module("test_rules_language").ROWS]


def matcher_of(query: str, **options: Any) -> Matcher:
    return Matcher([compile_rule(RuleSpec("q", query, **options))])


def made_up(rng: random.Random, number: int) -> Article:
    def text(most: int) -> str:
        return " ".join(rng.choices(PARTS, k=rng.randint(0, most)))

    return Article(
        url=rng.choice(["https://a.org/x", "https://www.b.com/", "https://c.b.com/"]) + f"?{number}",
        title=text(4),
        text=text(14),
        source=rng.choice(["s1", "s2", "S2"]),
        authors=tuple(text(2) for _ in range(rng.randint(0, 2))),
        language=rng.choice(["en", "pt-BR", "EN", ""]),
        section=text(3),
        tags=tuple(text(2) for _ in range(rng.randint(0, 2))),
        found=NOW - timedelta(minutes=rng.choice([number, rng.randint(0, 300)])),  # some come late
        markdown="m",
    )


def seeker_of(query: str, **options: Any) -> Matcher:
    return Scanner(compile_rule(RuleSpec("q", query, **options)))


def filled(archive: Archive) -> Archive:
    rng = random.Random(7)
    articles = [made_up(rng, number) for number in range(240)]
    archive.store([Entry(article, revisit=NOW) for article in articles])
    for number in range(1, 240, 7):  # what it says now counts, not what it said
        row = archive.article(number)
        assert row is not None
        changed = replace(row.article, title="changed", text=" ".join(rng.choices(PARTS, k=9)))
        archive.visits.record(Visited(number, NOW, None, 1, version=str(number), article=changed, changed=("text",)))
    return archive


@pytest.fixture(scope="module", params=["sqlite", "postgresql", "packed"])
def full(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "packed":  # as if there were a million articles
            for module in (postings, blocks, reindex):
                patch.setattr(module, "BLOCK", 32)
            patch.setattr(postings, "_PIECE", 64)
            patch.setattr(blocks, "_MOST_BLOCKS", 3)
            patch.setattr(blocks, "DUE", 5)
        yield from opened(request, tmp_path_factory)


def opened(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('search')}/a.db"
    else:
        server = request.getfixturevalue("postgres")
        name = f"search{secrets.token_hex(4)}"
        server.execute(f"CREATE DATABASE {name}")
        url = server.url(name)
    with Archive.open(url) as archive:
        filled(archive)
        if request.param == "packed":
            while archive.maintain_index():
                pass
            assert (
                0 < archive.read(lambda connection: connection.scalar(text("SELECT count(*) FROM article_words"))) < 60
            )
            archive.store([Entry(made_up(random.Random(9), number), revisit=NOW) for number in range(300, 320)])
        yield archive


def brute(archive: Archive, matcher: Matcher, item_filter: ItemFilter) -> list[tuple[int, Any]]:
    hits = ((row, matcher.match(row.article, source_tags=row.article.tags)) for row in archive.items(item_filter))
    return [(row.id, hit[0].spans) for row, hit in hits if hit]


def found(archive: Archive, matcher: Matcher, item_filter: ItemFilter = ItemFilter()) -> list[tuple[int, Any]]:  # noqa: B008
    return [(row.id, spans) for row, spans in archive.search(matcher, item_filter)]


@pytest.fixture(params=["sorted", "walked"])
def way(request: pytest.FixtureRequest) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "walked":  # as if there were a million articles
            patch.setattr(search, "FEW", (3, 6))
            patch.setattr(search, "_SPAN", 20)
            patch.setattr(search, "_MOST", 25)
            patch.setattr(search, "_WALKED", (7, 40))
            patch.setattr(search, "_SHOWN", (3, 7))
        yield


FILTERS = st.builds(
    ItemFilter,
    order=st.sampled_from(Order),
    sources=st.sampled_from([(), (), ("s1",), ("s2", "S2")]),
    languages=st.sampled_from([(), (), ("en",)]),
    after_id=st.sampled_from([None, None, 0, 100, 239, 500]),
    since=st.sampled_from([None, None, NOW - timedelta(minutes=90)]),
    until=st.sampled_from([None, NOW - timedelta(minutes=20)]),
)
QUIET = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


@settings(max_examples=120, suppress_health_check=QUIET)
@given(query=TREE, item_filter=FILTERS, forms=st.sampled_from([(), (), ("en",)]))
def test_search_equals_the_matcher_on_every_article(full: Archive, way: None, query, item_filter, forms):
    try:
        matcher, seeker = matcher_of(query, forms=forms), seeker_of(query, forms=forms)
    except RuleError:
        return
    assert found(full, seeker, item_filter) == brute(full, matcher, item_filter)


@settings(max_examples=60, suppress_health_check=QUIET)
@given(query=TREE)
def test_a_back_test_looks_at_all_that_search_finds(full: Archive, query):
    try:
        rule = compile_rule(RuleSpec("q", query))
    except RuleError:
        return
    ids = full.candidates(rule, 20, 200)
    articles = full.texts(20, 200) if ids is None else full.texts_of(ids)
    tags = {row.id: row.article.tags for row in full.items()}
    hits = [number for number, article in articles if Matcher([rule]).match(article, source_tags=tags[number])]
    assert hits == sorted(number for number, _ in brute(full, Matcher([rule]), ItemFilter()) if 20 <= number <= 200)


@settings(max_examples=20, suppress_health_check=QUIET)
@given(query=TREE, order=st.sampled_from([Order.NEWEST, Order.OLDEST]), size=st.integers(4, 40))
def test_pages_put_together_are_the_whole(full: Archive, way: None, query, order, size):
    try:
        matcher = matcher_of(query)
    except RuleError:
        return
    item_filter = ItemFilter(order=order, limit=size)
    pages: list[int] = []
    while page := [row for row, _ in full.search(matcher, item_filter)]:
        pages += [row.id for row in page]
        last = page[-1]
        assert last.article.found is not None
        item_filter = replace(item_filter, after=(last.article.found, last.id))
    assert pages == [number for number, _ in brute(full, matcher, ItemFilter(order=order))]


@pytest.mark.slow
def test_every_row_of_the_language_is_found_as_it_matches(archive: Archive):
    texts = sorted({text for _, text in ROWS})
    assert len(ROWS) >= 250
    archive.store([Entry(make_article(n, title="", text=text)) for n, text in enumerate(texts)])
    stored = list(archive.items())
    for query in sorted({query for query, _ in ROWS}):
        matcher = matcher_of(query)
        expected = [row.id for row in stored if matcher.match(row.article, source_tags=row.article.tags)]
        assert [number for number, _ in found(archive, matcher)] == expected, query


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("rocket", True),
        ("rocket*", True),
        ("rock?t", True),
        ("r?cket", False),
        ("大使馆", True),
        ("/r.cket/", False),
        ("rocket NOT zone", True),
        ("rocket OR /z.ne/", False),
        ("rocket AND /z.ne/", True),
        ("atleast2(rocket)", True),
        ("rocket NEAR/3 (zone OR us)", True),
        ("author:smith", True),
        ("tag:coast", False),  # a source's own tags are not in the index
        ("tag:coast AND rocket", True),
        ("site:b.com", True),
        ("url:sport", False),
        ('"US embassy" OR title:Kadhemi', True),
    ],
)
def test_the_candidate_query_of_a_rule(query: str, told: bool):
    assert (candidate_query(matcher_of(query).rules) is not None) is told


def test_stems_and_endless_lists_let_everything_through():
    assert candidate_query(matcher_of("attack", forms=("en",)).rules) is None
    words = " OR ".join(f"word{n}" for n in range(600))
    assert candidate_query(matcher_of(words).rules) is None


def test_several_rules_and_their_sources():
    rules = [compile_rule(RuleSpec("a", "rocket", sources=("S1",))), compile_rule(RuleSpec("b", "zone"))]
    written = fulltext._written(candidate_query(rules), fulltext._SQLITE)
    assert written == '((("rocket" AND "source_s1") OR "zone") OR "_every")'


@pytest.mark.slow
def test_words_are_plain_short_and_bounded():
    article = make_article(
        1, text="Straße 3.5% AT&T he'll 大使馆 " + "x" * 300, authors=("Jane O’Neil",), language="en-GB"
    )
    words = words_of(article)
    assert {
        "strasse",
        "3_5",
        "at_t",
        "he_ll",
        "he",
        "大_使",
        "author_oneil",
        "language_en",
        "site_news_example",
    } <= set(words)
    assert max(map(len, words)) == MAX_WORD_CHARS
    assert all(word.isalnum() or "_" in word for word in words)
    rng = random.Random(1)
    noise = " ".join("".join(rng.choices("abcdefghij", k=9)) + f"-{n}-q{n}-z{n}" for n in range(15_000))
    assert words_of(make_article(2, text=noise)) == [EVERY]


@pytest.mark.slow
def test_an_article_with_too_many_words_is_found_all_the_same(archive: Archive):
    rng = random.Random(1)
    noise = " ".join("".join(rng.choices("abcdefghij", k=9)) + f"-{n}-q{n}-z{n}" for n in range(15_000))
    archive.store([Entry(make_article(1, text=f"rocket {noise}")), Entry(make_article(2, text="rocket"))])
    assert [number for number, _ in found(archive, matcher_of("rocket"))] == [1, 2]


@pytest.mark.parametrize("field", FIELDS)
def test_fields_are_in_the_index(field: str):
    article = make_article(
        1, url="https://smith.org/", authors=("Smith",), section="smith", source="smith", language="smith"
    )
    value = "smith.org" if field == "site" else "smith"
    (need,) = [part for part in candidate_query(matcher_of(f"{field}:{value}").rules).parts if part != Word(EVERY)]
    assert need.text in words_of(article)


def test_bodies_are_left_out_but_for_the_text(full: Archive):
    lean, _ = next(full.search(matcher_of("rocket")))
    whole, _ = next(full.search(matcher_of("rocket"), bodies=True))
    assert whole.article.markdown == "m"
    assert lean.article == replace(whole.article, markdown="", captions=())


def test_what_is_stored_while_a_search_is_read_does_no_harm(archive: Archive, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(search, "FEW", (3, 3))
    monkeypatch.setattr(search, "_WALKED", (4, 4))
    archive.store([Entry(make_article(n, text="rocket")) for n in range(30)])
    rows = archive.search(matcher_of("rocket"))
    seen = [next(rows)[0].id]
    archive.store([Entry(make_article(-1, text="rocket"))])
    seen += [row.id for row, _ in rows]
    assert seen == list(range(1, 31))


@pytest.mark.parametrize("most", [200, 3, 1, 0])
def test_a_prefix_finds_the_same_however_many_words_it_stands_for(
    archive: Archive, monkeypatch: pytest.MonkeyPatch, most: int
):
    monkeypatch.setattr(fulltext, "_SPELT_OUT", most)
    words = ("roc", "rock", "rocket", "rocketed", "rodent", "sea", "大使馆")
    archive.store([Entry(make_article(number, title="", text=f"{word} x")) for number, word in enumerate(words)])
    for query, expected in {
        "roc*": [1, 2, 3, 4],
        "rocket* OR sea*": [3, 4, 6],
        "zzz* OR rodent": [5],
        "zzz*": [],
    }.items():
        assert [number for number, _ in found(archive, seeker_of(query))] == expected, query
