import pytest

from crawler.items import Article, Hit, Span
from crawler.rules import RuleSpec, compile_rule, excerpts, match_text


def shown(query, title, text, limit=3):
    article = Article(url="", title=title, text=text)
    return excerpts(article, match_text(compile_rule(RuleSpec("r", query)), title, text), limit)


def test_the_sentences_around_the_hits_title_first():
    text = (
        "Nothing here. Two rockets fell near the Green Zone, police said. Nobody was hurt.\n\nMore rockets came later."
    )
    assert shown('rocket* AND "green zone"', "Rockets fall", text) == (
        "«Rockets» fall",
        "Two «rockets» fell near the «Green Zone», police said.",
        "More «rockets» came later.",
    )


CUTS = [
    ("zone", "A day. The U.S. Zone is green. Then night.", ("The U.S. «Zone» is green.",)),
    ("zone", "Mr. Zone came. He left.", ("Mr. «Zone» came.",)),
    ("zone", "He said: “The zone!” Then he left.", ("He said: “The «zone»!”",)),
    ("zone", "Line one\nthe zone\nline three", ("the «zone»",)),
    ("b", "Is it a? B is. Is it?", ("«B» is.",)),
    ("大使馆", "天气好。美国大使馆遭袭击。没有伤亡。", ("美国«大使馆»遭袭击。",)),
    ("मोदी", "पहला। मोदी ने कहा। दूसरा", ("«मोदी» ने कहा।",)),
    ("zone", "Prices rose 3.5 per cent in the zone. End.", ("Prices rose 3.5 per cent in the «zone».",)),
    ("b", "a\u00a0 b\t c", ("a «b» c",)),
]


@pytest.mark.parametrize(("query", "text", "expected"), CUTS)
def test_sentences_are_cut_where_a_reader_would(query, text, expected):
    assert shown(query, "", text) == expected


def test_a_long_sentence_is_cut_around_the_hit_at_words():
    text = "word " * 400 + "rocket " + "word " * 400
    (excerpt,) = shown("rocket", "", text)
    assert excerpt.startswith("… word")
    assert excerpt.endswith("word …")
    assert "«rocket»" in excerpt
    assert len(excerpt) <= 310


def test_a_text_without_spaces_is_cut_too():
    (excerpt,) = shown("大使馆", "", "天" * 1000 + "大使馆" + "地" * 1000)
    assert len(excerpt) <= 310
    assert "«大使馆»" in excerpt


def test_there_are_at_most_limit():
    assert len(shown("a", "a", "a b. A c. A d. A e.", limit=2)) == 2
    assert shown("a", "a", "a b", limit=0) == ()


def test_overlapping_hits_are_marked_once():
    assert shown('"a b" AND b', "", "x a b c") == ("x «a b» c",)


def test_spans_beyond_the_text_do_no_harm():
    hit = Hit("r", "1", (Span("text", 5, 900), Span("title", 40, 50)))
    assert all(len(excerpt) <= 310 for excerpt in excerpts(Article(url="", title="t", text="short text"), hit))


def test_a_hit_without_spans_shows_nothing():
    assert excerpts(Article(url="", title="t", text="x"), Hit("r", "1", ())) == ()
