from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pace import within

from crawler.text import MAX_WORDS, Join, Step, analyse, content_hash, fold, piece_of, sequences, word_count

KEYS = [
    ("The green zone.", [("the",), ("green",), ("zone",)]),
    ("Kadhemi’s", [("kadhemis", "kadhemi")]),
    ("l’équipe", [("lequipe", "equipe")]),
    ("l'équipe's", [("lequipes", "lequipe", "equipes", "equipe")]),
    ("he'll", [("he'll", "he")]),
    ("O'Brien", [("obrien",)]),
    ("rock'n'roll", [("rocknroll",)]),
    ("Ankara'da", [("ankarada", "ankara")]),
    ("’tis", [("tis",)]),
    ("U.S.", [("us",)]),
    ("U.S.-led", [("us",), ("led",)]),
    ("1,000", [("1000",)]),
    ("1,000.50", [("1000.50",)]),
    ("1,00", [("1",), ("00",)]),
    ("3.5%", [("3.5",)]),
    ("end.Start", [("end",), ("start",)]),
    ("AT&T", [("at&t",)]),
    ("snake_case", [("snake",), ("case",)]),
    ("a/b", [("a",), ("b",)]),
    ("و", [("و",)]),
    ("والكاظمي", [("والكاظمي", "الكاظمي", "كاظمي")]),
    ("للعراق", [("للعراق", "العراق", "عراق")]),
    ("وبالعراق", [("وبالعراق", "بالعراق", "العراق", "عراق")]),
    ('צה"ל', [("צהל",)]),
    ("हिन्दी", [("हिंदी",)]),
    ("北京", [("北",), ("京",)]),
    ("น้ำ", [(fold("น้ำ"),)]),
    ("นํ้า", [(fold("น้ำ"),)]),
    ("ក្រុង", [("ក្រុ",), ("ង",)]),
    ("--- … !", []),
    ("\u200b", []),
    ("", []),
]


@pytest.mark.parametrize(("text", "expected"), KEYS)
def test_words_have_keys(text, expected):
    assert analyse(text).keys == expected


def test_hyphenated_words_are_joined_as_well():
    analysis = analyse("An e-mail; Jean-Claude-Juncker's 3-5 a-b-c-d-e")
    joined = {(join.key, join.length) for join in analysis.joins}
    assert Join("email", 1, 2) in analysis.joins
    assert {("jeanclaude", 2), ("claudejuncker", 2), ("jeanclaudejuncker", 3), ("jeanclaudejunckers", 3)} <= joined
    assert ("abcde", 5) in joined
    assert not {key for key, _ in joined} & {"35", "abcd"}


def test_offsets_point_into_the_original():
    text = '  The “e‑mail” of\u00a0Kadhemi’s l’équipe, U.S.-led 米国のiPhone か\u3099 צה"ל  '
    analysis = analyse(text)
    words = [text[slice(*analysis.span(position))] for position in range(len(analysis))]
    assert words[:8] == ["The", "e", "mail", "of", "Kadhemi’s", "l’équipe", "U.S", "led"]
    assert words[8:] == ["米", "国", "の", "iPhone", "か\u3099", 'צה"ל']
    assert analysis.words[4] == "kadhemis"


def test_neighbours_in_scripts_without_spaces_are_known():
    assert piece_of("北京，市长").pairs == ("北+京", "市+长")


WAYS = [
    ("rocket", [["rocket"]]),
    ("green zone", [["green", "zone"]]),
    ("e-mail", [["e", "mail"], ["email"]]),
    ("a-b-c", [["a", "b", "c"], ["a", "bc"], ["ab", "c"], ["abc"]]),
    ("a-b-c-d-e", [["a", "b", "c", "d", "e"], ["abcde"]]),
    ("a-b c-d e-f g-h i-j", [list("abcdefghij"), ["ab", "cd", "ef", "gh", "ij"]]),
    ("wom?n*", [["wom?n*"]]),
    ("l'équipe", [["lequipe"]]),
    ("...", []),
]


@pytest.mark.parametrize(("term", "expected"), WAYS)
def test_a_term_stands_for_sequences_of_keys(term, expected):
    assert [[step.key for step in way] for way in sequences(term)] == expected


def test_only_scripts_without_spaces_are_glued():
    assert sequences("5G网络 x") == (
        (Step("5g", glued=False), Step("网", glued=True), Step("络", glued=True), Step("x", glued=False)),
    )
    assert sequences("rock*", wildcards=False) == ((Step("rock", glued=False),),)


COUNTS = [
    ("hello wörld", 2),
    ("", 0),
    ("e-mail", 2),
    ("大使馆", 2),
    ("大使", 1),
    ("美国 embassy 大使馆", 4),
    ("...", 0),
]


@pytest.mark.parametrize(("text", "expected"), COUNTS)
def test_words_are_counted(text, expected):
    assert word_count(text) == expected


SAME = [
    ("It's “so” 1,000", ' IT’S\n\n"so"  1000.'),
    ("Müller — e-mail", "muller, e mail!"),
    ("Apple™ co\u00adop", "apple coop"),
    ("か\u3099ん", "がん"),
]


@pytest.mark.parametrize(("left", "right"), SAME)
def test_the_hash_does_not_see_case_space_and_quotes(left, right):
    assert content_hash("T", left) == content_hash("t ", right)


def test_the_hash_sees_words_and_their_place():
    hashes = {
        content_hash("a", "b c"),
        content_hash("a b", "c"),
        content_hash("a", "c b"),
        content_hash("a", "bc"),
        content_hash("a", "b"),
        content_hash("", ""),
    }
    assert len(hashes) == 6
    long = "w " * MAX_WORDS
    assert content_hash("a", long + "x") != content_hash("a", long + "y")


def test_the_hash_is_stable():
    assert content_hash("Title", "Some text.") == "1:53868979c4fc96482dc2e5bca06f53d0"


def test_the_analysis_is_capped():
    assert len(analyse("w " * (MAX_WORDS + 5))) == MAX_WORDS
    assert len(analyse("a-b " * MAX_WORDS)) == MAX_WORDS
    assert word_count("w " * (MAX_WORDS + 5)) == MAX_WORDS + 5


HOSTILE = ["a-", "a'", "a.b", "1,", "\u0301", "ا", "x", "大", "\ud800", "\x00", "a\u0301-", "ﷺ", "🔥", "_", "e-mail "]


@pytest.mark.slow
@pytest.mark.parametrize("piece", HOSTILE)
def test_hostile_texts_are_analysed_in_bounded_time(piece):
    text = piece * (400_000 // len(piece))
    with within(10):
        analysis = analyse(text)
        if len(analysis):
            analysis.span(len(analysis) - 1)
    assert len(analysis) <= MAX_WORDS


@given(st.text(max_size=60))
def test_spans_lie_in_order(text):
    analysis = analyse(text)
    spans = [analysis.span(position) for position in range(len(analysis))]
    assert all(start < end for start, end in spans)
    assert all(before[1] <= after[0] for before, after in pairwise(spans))


@pytest.mark.slow
def test_many_different_words_do_not_fill_the_memory():
    for number in range(0, 130_000, 1_000):
        analyse(" ".join(f"word{index}" for index in range(number, number + 1_000)))
    assert analyse("word1 Word1").keys == [("word1",), ("word1",)]
