"""What a rule nearly matches, and why not."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from test_rules_properties import text, tree

from crawler.errors import RuleError
from crawler.items import Article
from crawler.rules import Matcher, RuleSpec, compile_rule
from crawler.rules.match.document import Document
from crawler.rules.match.evaluate import matches
from crawler.rules.match.matcher import applies
from crawler.rules.near_misses import Kind, NearMiss, Relaxed, widened
from crawler.rules.variants import MIN_LETTERS, form_prefix, one_edit, transliterations
from crawler.text import fold

LANGUAGES = ("en", "de", "ru", "it")


def missed(spec: RuleSpec, article: Article) -> NearMiss | None:
    """The nearest miss, as the relaxations are ordered; None for a hit, and where the rule does not apply."""
    relaxed = Relaxed(compile_rule(spec), LANGUAGES)
    document = Document(article)
    if not applies(relaxed.rule, document) or matches(relaxed.rule.root, document):
        return None
    found = (relaxed.near_miss(one, document) for one in relaxed.relaxations)
    return next((one for one in found if one), None)


def about(title: str, text: str, language: str = "en") -> Article:
    return Article("https://a.example.org/1", title, text, language=language)


MISSES = [
    ("Kadhimi", "Talks", "Kadhemi spoke.", "en", Kind.SPELLING, "Kadhemi", "Kadhimi OR Kadhemi"),
    ("Lukashenko AND vote", "Минск", "Лукашенко vote", "ru", Kind.SCRIPT, "Лукашенко",
     "(Lukashenko OR Лукашенко) AND vote"),
    ("Навальный", "News", "the Navalny trial", "en", Kind.SCRIPT, "Navalny", "Навальный OR Navalny"),
    ("committee AND report", "x", "Two committees report.", "en", Kind.FORM, "committees",
     "(committee OR committees) AND report"),
    ("паводок", "x", "уровень паводка растёт", "ru", Kind.BEGINNING, "паводка", "паводок OR паводка"),
    ('"central bank" AND rate', "x", "central banks set a rate", "en", Kind.FORM, "central banks",
     '("central bank" OR "central banks") AND rate'),
    ("fire NEAR/2 Vienna", "x", "fire a b c d Vienna", "en", Kind.DISTANCE, "", "fire NEAR/6 Vienna"),
    ("fire ONEAR/2 Vienna", "x", "Vienna a fire", "en", Kind.ORDER, "", "fire NEAR/2 Vienna"),
    ("title:budget", "x", "The budget passed.", "en", Kind.FIELD, "", "budget"),
    ('exact:"US"', "x", "us", "en", Kind.CASE, "", "US"),
    ("atleast2(flood)", "x", "one flood", "en", Kind.COUNT, "", "atleast1(flood)"),
    ("flood NOT sport", "x", "flood and sport", "en", Kind.EXCLUDED, "", "flood"),
    ("flood NOT (sport OR film)", "x", "flood and film", "en", Kind.EXCLUDED, "", "flood AND NOT sport"),
    ("flood AND barrier", "x", "the flood", "en", Kind.MISSING, "", "flood"),
    ("(a1 AND flood) OR (b1 AND wave)", "x", "wave", "en", Kind.MISSING, "", "(a1 AND flood) OR wave"),
]  # fmt: skip


@pytest.mark.parametrize(("query", "title", "text", "language", "kind", "found", "wider"), MISSES)
def test_what_is_missing_and_a_rule_that_matches(
    query: str, title: str, text: str, language: str, kind: Kind, found: str, wider: str
):
    spec, article = RuleSpec("r", query), about(title, text, language)
    miss = missed(spec, article)
    assert miss is not None
    assert (miss.kind, miss.found, miss.query) == (kind, found, wider)
    assert Matcher([compile_rule(widened(spec, miss.query))]).match(article)


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("flood AND barrier", "flood at the barrier"),  # a hit
        ("flood AND barrier AND Venice", "flood"),  # two parts are missing
        ("storm", "stork"),  # a short word of another meaning is one edit away, but so is nothing that is meant
        ("flood", "rain"),
    ],
)
def test_no_near_miss(query: str, text: str):
    miss = missed(RuleSpec("r", query), about("x", text))
    assert miss is None or (query, miss.found) == ("storm", "stork")


def test_the_words_of_a_rule_become_a_query_and_lists_keep_their_names():
    lists = (("cities", ("Venice", "Venezia")),)
    spec = RuleSpec("r", "@cities", all=("flood", "barrier"), none=("sport",), lists=lists)
    miss = missed(spec, about("x", "Venice flood"))
    assert miss is not None
    assert miss.query == "@cities AND flood AND NOT sport"
    rule = compile_rule(widened(spec, miss.query))
    assert Matcher([rule]).match(about("x", "Venezia flood"))


def test_sources_and_languages_of_a_rule_hold_for_its_near_misses():
    spec = RuleSpec("r", "flood AND barrier", languages=("de",))
    assert missed(spec, about("x", "flood", "de")) is not None
    assert missed(spec, about("x", "flood", "en")) is None


def test_a_word_among_the_authors_has_no_place_and_no_other_spelling():
    article = replace(about("x", "flood"), authors=("Ali Kadhemi",))
    miss = missed(RuleSpec("r", "author:Kadhimi AND flood"), article)
    assert miss == NearMiss(Kind.MISSING, "author:Kadhimi", "", "flood")


def test_a_phrase_over_a_line_break_and_quotation_marks_gives_a_query_of_one_line():
    spec = RuleSpec("r", '"central bank" AND rate')
    miss = missed(spec, about("x", 'a "central"\n\nbanks rate'))
    assert miss is not None
    assert miss.query == '("central bank" OR "central banks") AND rate'
    assert miss.key == NearMiss(miss.kind, miss.part, "central\r\nbanks", "").key


def test_a_large_rule_is_relaxed_in_a_bounded_number_of_places():
    words = [f"kandidat{first}{second}" for first in "abcdefghijklmnopqrstuvwxyz" for second in "abcdefghijklmnopqrst"]
    query = f"({' OR '.join(words)}) AND title:flood NOT sport"
    relaxed = Relaxed(compile_rule(RuleSpec("r", query)), LANGUAGES)
    assert len(relaxed.relaxations) <= 60
    assert {one.kind for one in relaxed.relaxations} == {Kind.SPELLING, Kind.FIELD, Kind.EXCLUDED, Kind.MISSING}
    assert sum(one.kind is Kind.SPELLING for one in relaxed.relaxations) <= 40


@given(tree, text, text)
def test_a_relaxed_rule_matches_what_the_rule_matches_and_its_near_misses(query: str, title: str, body: str):
    spec = RuleSpec("r", query)
    try:
        rule = compile_rule(spec)
    except RuleError:
        return
    article = replace(about(title, body), authors=(title,), section=body[:20], tags=tuple(title.split()[:2]))
    document, relaxed = Document(article), Relaxed(rule, LANGUAGES)
    is_hit = matches(rule.root, document)
    for one in relaxed.relaxations:
        miss = None if is_hit else relaxed.near_miss(one, document)
        if miss and miss.query:
            wider = compile_rule(widened(spec, miss.query))
            assert matches(wider.root, document)
        if one.words is None and is_hit:
            assert matches(one.roots[0], document)


@pytest.mark.parametrize(
    ("word", "other"),
    [
        ("Zelensky", "Зеленский"), ("Netanyahu", "Нетаньяху"), ("Netanyahu", "נתניהו"), ("Netanyahu", "نتنياهو"),
        ("Mitsotakis", "Μητσοτάκης"), ("Erdogan", "أردوغان"), ("Kharkiv", "Харків"), ("Навальный", "Navalny"),
        ("Τσίπρας", "Tsipras"), ("Stoltenberg", "Столтенберг"),
    ],
)  # fmt: skip
def test_a_name_is_looked_for_in_other_scripts(word: str, other: str):
    found = transliterations(fold(word))
    assert fold(other) in found
    assert len(found) <= 192


def test_words_within_one_edit():
    words = list(one_edit("kadhimi"))
    assert {"kadhemi", "kadhim", "kkadhimi", "kahdimi"} <= set(words)
    assert "kadhimi" not in words
    assert len(words) == len(set(words))
    assert not list(one_edit("kurz"[: MIN_LETTERS - 1]))
    assert "наводненив" in set(one_edit("наводнение"))


def test_the_beginning_that_forms_share():
    assert form_prefix("committees", ("en",)) == "committe"
    assert form_prefix("attack", ("en",)) == "attack"
    assert not form_prefix("run", ("en",))
