"""What the prefilter refuses cannot match; spellings; counting by day."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from crawler.errors import RuleError
from crawler.items import Article
from crawler.rules import Matcher, RuleSpec, Scanner, compile_rule, match_text
from crawler.rules.backtest import MatchedArticle, by_day, find_matches, sample
from crawler.rules.match.prefilter import Prefilter, squeezed, squeezed_runs
from crawler.rules.spellings import distance, skeleton, suggest

PARTS = [
    "rocket", "Rock-et", "ro\u00adcket", "Straße", "STRASSE", "strasse", "Þór", "thor", "Łódź", "lodz", "naïve", "U.S.",
    "US", "1,000", "1000", "3.5", "O’Brien", "obrien", "l’équipe", "equipe", "AT&T", "Apple™", "apple", "x²", "e-mail",
    "email", "大使館", "大使", "ｆｕｌｌ", "full", "ﬁre", "fire", "كاظمي", "i\u0307stanbul", "İstanbul", "istanbul",
    "Zürich", "zuerich", "coŀle", "col·le", "٢٠٢٦", "2026", "Århus",
    "Kadhemi's", "kadhemi", "⑴", "1", "ᴭ", "ae", "Æsop", "aesop", "a™b", "ab", "q\u0323", "q",
]  # fmt: skip
TEXTS = st.lists(st.sampled_from(PARTS) | st.text(max_size=6), max_size=8).map(" ".join)
WORDS = st.sampled_from(PARTS) | st.text(min_size=1, max_size=5)
QUERIES = st.one_of(
    WORDS.map(lambda word: f'"{word}"'),
    st.tuples(WORDS, WORDS, st.sampled_from(["AND", "OR", "NEAR/3", "NOT"])).map(lambda q: f'"{q[0]}" {q[2]} "{q[1]}"'),
    st.sampled_from(["roc*", "rock?t", "title:lodz", "/ro./", "site:x.org AND fire", 'exact:"AT&T"', "atleast2(fire)"]),
)


@given(QUERIES, TEXTS, TEXTS)
@example('"strasse"', "", "Die Straße")
@example('"ab"', "", "a™b")
@example('"istanbul"', "", "i\u0307stanbul")
def test_what_it_refuses_cannot_match(query: str, title: str, text: str):
    try:
        rule = compile_rule(RuleSpec("r", query))
    except RuleError:
        return
    if match_text(rule, title, text, site="x.org"):
        assert Prefilter(rule).may_match(title, text)


@pytest.mark.parametrize(
    ("query", "text", "may"),
    [
        ("rocket", "nothing of the kind", False),
        ("rocket AND fire", "a rocket", False),
        ("rocket OR fire", "a fire", True),
        ("rock?t", "pocket", True),  # "ock" fails, the longest piece is "rock"
        ("/r.cket/", "nothing", True),
        ("author:smith", "nothing", True),
        ("大使", "nothing", True),
    ],
)
def test_it_refuses_what_it_can(query: str, text: str, may: bool):
    expected = may and query != "rock?t"
    assert Prefilter(compile_rule(RuleSpec("r", query))).may_match("", text) is expected


NEARS = st.builds(
    lambda parts, kind, number: f" {kind}/{number} ".join(parts),
    st.lists(
        st.one_of(
            WORDS.map(lambda word: f'"{word}"'),
            st.tuples(WORDS, WORDS).map(lambda two: f'"{two[0]} {two[1]}"'),
            st.tuples(WORDS, WORDS).map(lambda two: f'("{two[0]}" OR "{two[1]}")'),
            st.sampled_from(["roc*", "lod?", "fir*", "e*"]),
        ),
        min_size=2,
        max_size=3,
    ),
    st.sampled_from(["NEAR", "ONEAR"]),
    st.integers(0, 3),
)


@settings(max_examples=300)
@given(NEARS, st.none() | WORDS, TEXTS, TEXTS)
@example("fire NEAR/1 full", None, "", "fire ™ -- _ ㎏ x full")
@example('"e-mail fire" NEAR/0 full', None, "", "email fire full")
@example("email NEAR/0 full", None, "", "e-mail - full")
def test_what_it_finds_too_far_apart_cannot_match(near: str, other: str | None, title: str, text: str):
    try:
        rule = compile_rule(RuleSpec("r", near if other is None else f'({near}) AND "{other}"'))
    except RuleError:
        return
    article = Article(url="https://x.org/", title=title, text=text)
    hits = Matcher([rule]).match(article)
    assert Scanner(rule).match(article) == hits
    assert Prefilter(rule).may_match(title, text) or not hits


@pytest.mark.parametrize(
    ("query", "text", "may"),
    [
        ("rocket NEAR/2 fire", "rocket a b fire", True),
        ("rocket NEAR/2 fire", "rocket a b c fire", False),
        ("rocket NEAR/2 fire", "rocket a b -- *** fire", True),  # what holds no word does not count
        ("rocket NEAR/2 fire", "rocket a — b fire", True),
        ("rocket NEAR/2 fire", "rocket a é b c d fire", False),
        ('"rocket a b" NEAR/2 fire', "rocket a b c d fire", True),
        ("rocket NEAR/2 fire NEAR/2 sea", "rocket a b fire c d sea", True),
        ("rocket NEAR/2 fire NEAR/2 sea", "rocket a b fire c d e f sea", False),
        ("(rocket OR mine) NEAR/2 fire", "rocket a b c d mine e fire", True),
        ("大使 NEAR/1 fire", "大使 a b c fire", True),  # it is not told of other scripts
        ("author:(rocket NEAR/1 fire)", "rocket a b c d fire", True),
        ("sea OR (rocket NEAR/1 fire)", "rocket a b c d fire", True),
        ("sea AND (rocket NEAR/1 fire)", "sea rocket a b c d fire", False),
        ("rocket NEAR/2 fire", "rocket " * 1_200 + "a b c fire", True),  # too many to be looked at
    ],
)
def test_it_refuses_what_lies_too_far_apart(query: str, text: str, may: bool):
    assert Prefilter(compile_rule(RuleSpec("r", query))).may_match("", text) is may


def test_squeezing():
    assert squeezed_runs("U.S. -- Straße x²y\n*** a-b!") == b"\nus\x01strasse\x01xy\nab"
    assert squeezed("Straße™ Łódź naïve ﬁre x²y, U.S.") == b"strasselodznaivefirexyus"


def test_matching_looks_at_sources_and_their_tags():
    rule = compile_rule(RuleSpec("r", "tag:coast AND ferry"))
    articles = [(n, Article(url=f"https://e.x/{n}", title="Ferry", text="", source=s)) for n, s in enumerate("ab")]
    assert [number for number, _, _ in find_matches(rule, articles, {"b": ("coast",)})] == [1]


NAMES = {"Kadhemi": 5, "Kadhimi": 3, "Kazimi": 2, "Khadimi": 1, "Kademi": 1, "academic": 90, "Embassy": 4, "kadhimi": 2}


def test_spellings_of_a_name():
    found = suggest("Kadhimi", NAMES)
    assert [(s.word, s.count) for s in found] == [
        ("Kadhimi", 5), ("Kadhemi", 5), ("Kazimi", 2), ("Kademi", 1), ("Khadimi", 1),
    ]  # fmt: skip
    assert suggest("ab", NAMES) == []
    assert skeleton("kadhimi") == skeleton("kadhemy") == "kdm"


@given(st.text("abc", max_size=6), st.text("abc", max_size=6))
def test_distance_is_symmetric_and_bounded(one: str, other: str):
    edits = distance(one, other, 3)
    assert edits == distance(other, one, 3)
    assert (edits == 0) is (one == other)
    assert 0 <= edits <= 4


def test_days_are_local_and_empty_ones_are_shown():
    zone = ZoneInfo("Asia/Tokyo")
    start = datetime(2026, 11, 1, tzinfo=UTC)
    hits = [
        MatchedArticle(1, start + timedelta(hours=16), "s"),
        MatchedArticle(2, start + timedelta(hours=17), "s"),
        MatchedArticle(3, start, "t"),
    ]
    days = by_day(hits, start, start + timedelta(days=2), zone)
    assert [(day.first, day.hits, day.stories) for day in days] == [
        (date(2026, 11, 1), 1, 1), (date(2026, 11, 2), 2, 1), (date(2026, 11, 3), 0, 0),
    ]  # fmt: skip
    weeks = by_day(hits, start, start + timedelta(days=13), zone, step=7)
    assert [(week.hits, week.stories) for week in weeks] == [(3, 2), (0, 0)]


def test_samples_are_spread_evenly():
    start = datetime(2026, 11, 1, tzinfo=UTC)
    found = [MatchedArticle(n, start + timedelta(hours=n), str(n)) for n in range(100)]
    assert [one.id for one in sample(found, 4)] == [99, 74, 49, 24]
    assert [one.id for one in sample(found[:2], 4)] == [1, 0]
