import pickle
from typing import get_args

import pytest

from crawler.items import Article, Span
from crawler.rules import Matcher, RuleSpec, check_examples, compile_rule, explain, match_text
from crawler.rules.language.syntax import Node
from crawler.rules.match.evaluate import _MATCHES


def rule(query="", rule_id="r", **spec: object):
    return compile_rule(RuleSpec(rule_id, query, **spec))


def article(title="", text="", **fields: object):
    return Article(url=fields.pop("url", "https://www.example.org/news/1"), title=title, text=text, **fields)


def ids(matcher, found):
    return [hit.rule for hit in matcher.match(found)]


def test_a_hit_names_the_rule_its_version_and_the_places_in_the_original():
    wanted = rule('"green zone" AND Kadhemi', "iraq")
    found = article("Kadhemi’s day", "Rockets hit the  Green\nZone.")
    (hit,) = Matcher([wanted]).match(found)
    assert (hit.rule, hit.version) == ("iraq", wanted.version)
    assert hit.spans == (Span("title", 0, 9), Span("text", 17, 27))
    assert found.text[17:27] == "Green\nZone"


def test_spans_are_exact_for_exact_terms_patterns_and_near():
    (hit,) = Matcher([rule('exact:"C++" AND /l[i]nt/ AND (a NEAR/1 b)')]).match(article("x", "C++ lint a x b a"))
    assert [(span.start, span.end) for span in hit.spans] == [(0, 3), (4, 8), (9, 10), (13, 14), (15, 16)]


def test_spans_are_bounded():
    (hit,) = Matcher([rule("a")]).match(article("", "a " * 5_000))
    assert len(hit.spans) == 100


SOURCES = [
    ({"sources": ("bbc",)}, "bbc", (), True),
    ({"sources": ("bbc",)}, "cnn", (), False),
    ({"source_tags": ("africa",)}, "cnn", ("africa",), True),
    ({"source_tags": ("africa",)}, "cnn", ("asia",), False),
    ({"sources": ("bbc",), "source_tags": ("africa",)}, "bbc", (), True),
    ({"sources": ("bbc",), "source_tags": ("africa",)}, "cnn", ("africa",), True),
    ({}, "cnn", (), True),
]


@pytest.mark.parametrize(("spec", "source", "tags", "expected"), SOURCES)
def test_a_rule_may_name_sources_and_tags(spec, source, tags, expected):
    found = Matcher([rule("a", **spec)]).match(article("a", source=source), source_tags=tags)
    assert bool(found) is expected


LANGUAGES = [
    (("en",), "en", True),
    (("en",), "en-GB", True),
    (("en",), "EN_us", True),
    (("en", "fr"), "fr", True),
    (("en",), "de", False),
    (("pt-BR",), "pt", False),
    (("en",), "", True),
]


@pytest.mark.parametrize(("languages", "language", "expected"), LANGUAGES)
def test_a_rule_may_name_languages_and_the_unknown_one_passes(languages, language, expected):
    assert bool(Matcher([rule("a", languages=languages)]).match(article("a", language=language))) is expected


META = [
    ("author:smith", {"authors": ("Jane Smith", "Bob Roe")}, True),
    ('author:"smith bob"', {"authors": ("Jane Smith", "Bob Roe")}, False),
    ("author:smi*", {"authors": ("Jane Smith",)}, True),
    ("author:exact:smith", {"authors": ("Jane Smith",)}, False),
    ("author:(jane NEAR/0 smith)", {"authors": ("Jane Smith",)}, True),
    ("section:sport", {"section": "Sport"}, True),
    ("section:sport", {"section": "Politics"}, False),
    ("tag:iraq", {"tags": ("Iraq war", "x")}, True),
    ("tag:africa", {}, True),  # the tag of the source
    ("site:example.org", {}, True),
    ("site:www.example.org", {}, True),
    ("site:org", {}, True),
    ("site:ample.org", {}, False),
    ("site:example.org", {"url": "https://news.example.org:8080/x"}, True),
    ("site:example.org", {"url": "https://[broken"}, False),
    ('url:"/news/"', {}, True),
    ('url:"/NEWS/"', {}, True),
    ("url:sport", {}, False),
    ("url:amp", {"canonical_url": "https://example.org/amp"}, True),
    ("language:en", {"language": "en-GB"}, True),
    ("language:en", {"language": ""}, False),
    ("language:en", {"language": "eng"}, False),
    ("source:bbc-world", {"source": "bbc-world"}, True),
    ("source:bbc", {"source": "bbc-world"}, False),
    ("source:(bbc OR cnn)", {"source": "cnn"}, True),
]


@pytest.mark.parametrize(("query", "fields", "expected"), META)
def test_the_fields_beside_the_text(query, fields, expected):
    hits = Matcher([rule(query)]).match(article("x", "y", **fields), source_tags=("Africa",))
    assert bool(hits) is expected
    assert all(hit.spans == () for hit in hits)


def test_forms_turn_stemming_on():
    assert match_text(rule("attack", forms=("en",)), "", "they attacked")
    assert not match_text(rule("attack"), "", "they attacked")
    assert match_text(rule('"rocket attack"', forms=("en", "fr")), "", "rockets attacking")
    assert match_text(rule("attaque", forms=("fr",)), "", "les attaques")
    assert not match_text(rule("exact:attack", forms=("en",)), "", "attacks")
    assert match_text(rule("attac*", forms=("en",)), "", "attacker")
    assert ids(Matcher([rule("attack", forms=("en",))]), article("", "attacking")) == ["r"]


def test_the_forms_without_operators():
    spec = {
        "any": ("green zone", "US embassy"),
        "all": ("rocket*",),
        "none": ("toy", "computer game"),
        "title_any": ("Iraq", "Baghdad"),
    }
    wanted = rule(**spec)
    assert match_text(wanted, "Baghdad", "rockets in the Green Zone")
    assert not match_text(wanted, "Baghdad", "rockets in the zone")
    assert not match_text(wanted, "Rome", "Baghdad rockets in the Green Zone")
    assert not match_text(wanted, "Baghdad", "toy rockets in the Green Zone")
    same = rule('("green zone" OR "US embassy") AND rocket* AND title:(Iraq OR Baghdad) NOT (toy OR "computer game")')
    assert wanted.version == same.version


def test_entries_of_the_forms_may_be_queries_and_lists():
    wanted = rule(any=("@leaders", "a AND b", 'exact:"C++"'), lists={"leaders": ("Kadhimi", "Kadhemi", "al Kadhimy")})
    for text in ("Kadhemi", "al-Kadhimy", "b a", "C++"):
        assert match_text(wanted, "", text)
    assert not match_text(wanted, "", "a C")


def test_lists_hold_spellings_in_one_place():
    lists = (("leaders", ("Kadhimi", "Kadhemi")),)
    wanted = rule("title:@leaders AND (@leaders NEAR/3 office)", lists=lists)
    assert match_text(wanted, "Kadhemi", "the office of Kadhimi")
    assert not match_text(wanted, "x", "the office of Kadhimi")


def test_the_version_changes_with_the_meaning_only():
    base = rule("a OR b")
    same = [
        rule("b OR a"),
        rule("(a) OR (b)"),
        rule("A OR B", send=("x",), on=("new", "changed")),
        rule(any=("a", "b")),
    ]
    other = [rule("a AND b"), rule("a OR c"), rule("title:(a OR b)"), rule("a OR b", sources=("x",))]
    other += [rule("a OR b", languages=("en",)), rule("a OR b", forms=("en",)), rule("a NEAR/3 b"), rule("a ONEAR/3 b")]
    other += [rule("b ONEAR/3 a"), rule("exact:a OR b"), rule("/a/ OR b"), rule("exact:/a/ OR b"), rule("site:a OR b")]
    other += [rule("atleast2(a OR b)"), rule("a NOT b"), rule("a OR b", source_tags=("x",))]
    assert {one.version for one in same} == {base.version}
    assert len({one.version for one in other} | {base.version}) == len(other) + 1
    assert base.version.startswith("1:")
    assert len(base.version) == 18


def test_changed_rules_work_at_once_and_the_old_matcher_stays():
    old = Matcher([rule("a", "one"), rule("b", "two"), rule("c", "three")])
    new = old.with_changes([rule("x", "two"), rule("a", "four")], ["three"])
    found = article("a b c x")
    assert ids(old, found) == ["one", "two", "three"]
    assert ids(new, found) == ["one", "two", "four"]
    assert ids(new, article("b")) == []
    assert new.changes == 3
    again = new.with_changes([rule("c", "three")], ["four"])
    assert ids(again, found) == ["one", "two", "three"]
    assert sorted(one.id for one in again.rules) == ["one", "three", "two"]
    rebuilt = again.rebuilt()
    assert rebuilt.changes == 0
    assert sorted(ids(rebuilt, found)) == ["one", "three", "two"]
    assert ids(again.with_changes(removed=["one", "two", "three"]), found) == []


def test_the_last_of_two_rules_with_one_id_holds():
    assert ids(Matcher([rule("a"), rule("b")]), article("a")) == []


def test_an_empty_matcher_matches_nothing():
    assert Matcher([]).match(article("a", "b")) == []


def test_only_the_first_20000_words_are_looked_at():
    text = "w " * 19_999 + "yes no"
    assert match_text(rule("yes"), "", text)
    assert not match_text(rule("no"), "", text)


@pytest.mark.slow
def test_hostile_texts_are_matched_in_bounded_time():
    matcher = Matcher(
        [rule("a NEAR/5 b NEAR/5 c"), rule("/(x+x+)+y/"), rule('"a a a a"'), rule("大使馆"), rule("exact:a")]
    )
    for text in (
        "a " * 50_000,
        "a b " * 50_000,
        "x" * 500_000,
        "大使" * 100_000,
        "a-" * 100_000,
        "\ud800" * 100,
        "\x00",
    ):
        matcher.match(article("", text))


def test_rules_cross_process_borders():
    wanted = rule('/a+/ AND "b c"')
    again = pickle.loads(pickle.dumps(wanted))
    assert again == wanted
    assert match_text(again, "", "aa b c") == match_text(wanted, "", "aa b c")


def test_lone_surrogates_do_not_move_offsets():
    hit = match_text(rule("/b/"), "", "\ud800é b")
    assert hit.spans == (Span("text", 3, 4),)


def test_match_text_knows_language_and_site():
    assert match_text(rule("site:bbc.co.uk AND language:en AND a"), "", "a", "en", "www.bbc.co.uk")
    assert match_text(rule("a", sources=("x",)), "", "a")
    assert not match_text(rule("a", languages=("en",)), "", "a", "de")


def test_examples_are_checked():
    wanted = rule(
        "title:rocket AND zone",
        examples_match=("rocket\nin the zone", "zone\nrocket"),
        examples_not=("rocket zone", "toys"),
    )
    failures = check_examples(wanted)
    assert [(failure.example, failure.expected) for failure in failures] == [
        ("zone\nrocket", True),
        ("rocket zone", False),
    ]
    assert str(failures[0]) == "r: should match: zone\nrocket"
    assert str(failures[1]) == "r: should not match: rocket zone"
    assert check_examples(rule("text:a", examples_match=("a",))) == []


SAID = [
    (rule("rocket"), 'Matches an article when "rocket" appears.'),
    (rule("rocket OR missile OR drone"), 'Matches an article when "rocket", "missile" or "drone" appears.'),
    (rule("title:rocket* AND lead:/gr.en/"), 'a word beginning with "rocket" appears in the title and the pattern'),
    (rule("a NOT (b OR c)"), 'when "a" appears and none of "b" or "c" appears.'),
    (rule("a NOT (b AND c)"), 'when "a" appears and not ("b" appears and "c" appears).'),
    (rule("(a OR b) AND c"), 'when ("a" or "b" appears) and "c" appears.'),
    (rule("a OR (b AND c)"), 'when "a" appears or ("b" appears and "c" appears).'),
    (rule("(a OR b) NEAR/5 c"), '("a" or "b") and "c" appear in any order with at most 5 words between.'),
    (rule("a ONEAR/1 b"), '"a" and "b" appear in this order with at most one word between.'),
    (rule("a NEAR/0 b"), "in any order with no word between."),
    (rule("atleast3(a OR b)"), '("a" or "b") appears at least 3 times.'),
    (rule("exact:US"), 'exactly "US" appears.'),
    (rule("site:bbc.co.uk AND a"), "the site is bbc.co.uk or a subdomain of it and"),
    (rule("exact:/x/"), "the pattern /x/ matches (case-sensitive)."),
    (rule('"rocket attack*"'), 'when the phrase "rocket attack*" appears.'),
    (
        rule("a", sources=("bbc",), source_tags=("africa",), languages=("en", "fr"), forms=("en",)),
        "from the source bbc or",
    ),
]


@pytest.mark.parametrize(("wanted", "sentence"), SAID)
def test_a_rule_says_what_it_means(wanted, sentence):
    said = explain(wanted)
    assert sentence in said
    assert said.endswith(".")
    assert "\n" not in said


def test_every_node_of_the_tree_can_be_evaluated():
    assert set(_MATCHES) == set(get_args(Node))
