"""What is refused: the column, the message, and the correction, which must itself be a rule."""

from contextlib import suppress

import pytest
from pace import within

from crawler.errors import RuleError
from crawler.rules import RuleSpec, compile_rule, match_text

MIXED = "AND and OR are mixed without parentheses"

REFUSED = [
    ("a OR b AND c", 8, f"{MIXED}: write (a OR b) AND c, or a OR (b AND c)", "(a OR b) AND c"),
    ("a AND b OR c", 9, f"{MIXED}: write a AND (b OR c), or (a AND b) OR c", "a AND (b OR c)"),
    ("a OR b NOT c", 8, f"{MIXED}: write (a OR b) NOT c, or a OR (b NOT c)", "(a OR b) NOT c"),
    ("a AND NOT b OR c", 13, f"{MIXED}: write a AND NOT (b OR c), or (a AND NOT b) OR c", "a AND NOT (b OR c)"),
    ("x AND (a OR b AND c)", 15, MIXED, "x AND ((a OR b) AND c)"),
    ("a OR b OR c AND d AND e", 13, MIXED, "(a OR b OR c) AND d AND e"),
    ("green zone", 7, 'write "green zone", or green AND zone, or green OR zone', '"green zone"'),
    ("the green zone", 5, 'no operator between two terms: write "the green zone"', '"the green zone"'),
    ('"green zone" attack', 14, "no operator between two terms", '"green zone" AND attack'),
    ("(a OR b) c", 10, "no operator between two terms", "(a OR b) AND c"),
    ("a (b OR c)", 3, "no operator between two terms", "a AND (b OR c)"),
    ("a title:b", 3, "no operator between two terms", "a AND title:b"),
    ("x OR a b", 8, "no operator between two terms", 'x OR "a b"'),
    ("a or b", 3, "capitals: write OR", "a OR b"),
    ("a and b", 3, "capitals: write AND", "a AND b"),
    ("not a AND b", 1, "capitals: write NOT", "NOT a AND b"),
    ("a And b", 3, "capitals: write AND", "a AND b"),
    ("a NEAR b", 3, "write NEAR/10", "a NEAR/10 b"),
    ("a NEAR5 b", 3, "write NEAR/5", "a NEAR/5 b"),
    ("a ONEAR b", 3, "write ONEAR/10", "a ONEAR/10 b"),
    ("a near/5 b", 3, "capitals: write NEAR/5", "a NEAR/5 b"),
    ("a W/5 b", 3, "write NEAR/5", "a NEAR/5 b"),
    ("a PRE/5 b", 3, "write ONEAR/5", "a ONEAR/5 b"),
    ('"green zone"~10', 13, "write green NEAR/10 zone", "green NEAR/10 zone"),
    ("a NEAR/2000 b", 3, "the maximum number of words is 1,000", "a NEAR/1000 b"),
    (
        "a NEAR/3 b NEAR/5 c",
        12,
        "cannot share a chain: write (a NEAR/3 b) AND (b NEAR/5 ...)",
        "a NEAR/3 b AND b NEAR/5 c",
    ),
    ("a NEAR/3 b ONEAR/3 c", 12, "cannot share a chain", "a NEAR/3 b AND b ONEAR/3 c"),
    ("(a AND b) NEAR/5 c", 1, "write (a NEAR/5 c) AND (b NEAR/5 c)", "(a NEAR/5 c) AND (b NEAR/5 c)"),
    ("c NEAR/5 (a AND b)", 10, "write (c NEAR/5 a) AND (c NEAR/5 b)", "(c NEAR/5 a) AND (c NEAR/5 b)"),
    ("a NEAR/5 (NOT b)", 10, "NEAR/5 takes words, phrases and OR groups of them", ""),
    ("title:a NEAR/5 b", 1, "write title:(a NEAR/5 b)", "title:(a NEAR/5 b)"),
    ("a NEAR/5 /b/", 10, "NEAR/5 takes words", ""),
    ("a NEAR/1 b NEAR/1 c NEAR/1 d NEAR/1 e NEAR/1 f NEAR/1 g", 3, "at most 6 parts", ""),
    ("*rocket", 1, "write rocket*", "rocket*"),
    ("*rocket*", 1, "write rocket*", "rocket*"),
    ("ro*et", 1, "* is only allowed at the end of a word", ""),
    ("rock*et", 1, "write rock*", "rock*"),
    ("rocket**", 1, "one * is enough", "rocket*"),
    ("ro*", 1, "* needs 3 letters before it", ""),
    ("a?b*", 1, "* needs 3 letters before it", ""),
    ("a AND *", 7, "alone would match any word", ""),
    ("a AND ??", 7, "alone would match any word", ""),
    ('"green * zone"', 8, "write NEAR", ""),
    ('"who did it?"', 10, "? matches one letter", '"who did it"'),
    ("北京*", 1, "words are also found inside longer words: write 北京", "北京"),
    ("a OR NOT b", 6, "OR NOT would match nearly every article: write a NOT b", "a NOT b"),
    ("a OR b OR NOT c", 11, "write (a OR b) NOT c", "(a OR b) NOT c"),
    ("a OR -b", 6, "OR NOT", "a NOT b"),
    ("a OR (NOT b)", 6, "OR NOT", ""),
    ("NOT a", 1, "at least one term without NOT", ""),
    ("NOT a NOT b", 1, "at least one term without NOT", ""),
    ("NOT NOT a", 5, "double NOT", "a"),
    ("a AND", 3, "missing term after AND", "a"),
    ("AND a", 1, "missing term before AND", "a"),
    ("a AND OR b", 7, "missing term before OR", "a AND b"),
    ("(a OR b", 1, "this ( has no matching )", "(a OR b)"),
    ("a)", 2, "this ) has no matching (", "a"),
    (")", 1, "this ) has no matching (", ""),
    ("()", 1, "empty parentheses", ""),
    ("a AND ()", 7, "empty parentheses", ""),
    ("(", 1, "empty parentheses", ""),
    ('"green zone', 1, "the phrase has no closing quote", '"green zone"'),
    ('""', 2, "contains no letter", ""),
    ("/abc", 1, "the pattern has no closing /", "/abc/"),
    ("/(/", 1, "invalid pattern", ""),
    (r"/(a)\1/", 1, "invalid pattern", ""),
    ("/(?=a)b/", 1, "invalid pattern", ""),
    ("/a*/", 1, "matches empty text", ""),
    ("/((a{100}){100}){10}/", 1, "invalid pattern", ""),
    ("/(a{500}b{400})|(c{500}d{400}){11}/", 1, "invalid pattern", ""),
    ("author:/x/", 8, "patterns work in title, lead and text", 'author:"x"'),
    ("tilte:a", 1, "write title:", "title:a"),
    ("http://x.org", 1, "is not a field", ""),
    ("title:text:a", 7, "can never match", "title:a"),
    ("title:", 1, "missing term after title:", ""),
    ("site:*.gov", 6, "does not support wildcards: write site:gov", "site:gov"),
    ('site:""', 7, "site: needs a value", ""),
    ("C++", 2, 'write exact:"C++"', 'exact:"C++"'),
    ('"C++"', 3, 'write exact:"C++"', 'exact:"C++"'),
    ("$100", 1, 'write exact:"$100"', 'exact:"$100"'),
    ("50%", 3, 'write exact:"50%"', 'exact:"50%"'),
    ("#MeToo", 1, 'write exact:"#MeToo"', 'exact:"#MeToo"'),
    ('exact:"++"', 8, r"needs a letter or a digit: write /\+\+/", r"exact:/\+\+/"),
    ("🚀", 1, "write /🚀/", "/🚀/"),
    ('"🚀"', 2, "write /🚀/", "/🚀/"),
    ("exact:🚀", 7, "write /🚀/", "exact:/🚀/"),
    ("exact:C++", 8, 'write "C++"', 'exact:"C++"'),
    ("title:❤️", 7, "write /❤/", "title:/❤/"),
    ("author:🚀", 8, "cannot be part of a word", ""),
    ("a OR NOT b AND c", 12, "write a OR (NOT b AND c)", "a OR (NOT b AND c)"),
    ("$ AND (a OR b AND c", 1, r"write /\$/", r"/\$/ AND ((a OR b) AND c)"),
    ("and/or", 4, 'write "and or"', '"and or"'),
    ("a, b", 2, "write OR", "a OR b"),
    ("a|b", 2, "write OR", "a OR b"),
    ("a && b", 3, "write AND", "a AND b"),
    ("!a AND b", 1, "write NOT", "NOT a AND b"),
    ("[a OR b]", 1, "write ( and )", "(a OR b)"),
    ("a - b", 3, "write NOT", "a NOT b"),
    ("...", 1, "contains no letter", ""),
    ("@leaders", 1, "unknown list @leaders", ""),
    ("@", 1, "followed by the name of a list", ""),
    ("atleast0(a)", 1, "atleast takes a number from 1", "atleast2(a)"),
    ("atleast2(a AND b)", 1, "atleast counts words", ""),
    ("atleast2(/a/)", 1, "atleast counts words", ""),
    ("", 1, "the rule is empty", ""),
    ("  ", 1, "the rule is empty", ""),
]


@pytest.mark.parametrize(("query", "column", "message", "fix"), REFUSED)
def test_it_is_refused_with_place_and_correction(query, column, message, fix):
    with pytest.raises(RuleError) as caught:
        compile_rule(RuleSpec("row", query))
    assert message in caught.value.message
    assert (caught.value.column, caught.value.fix) == (column, fix)
    assert caught.value.subject == "row"
    if fix:
        compile_rule(RuleSpec("row", fix))


HOSTILE = [
    ("long", "a OR " * 4_001 + "a"),
    ("nested", "(" * 10_000 + "a" + ")" * 10_000),
    ("open", "(" * 19_000),
    ("closed", ")" * 19_000),
    ("not", "NOT " * 4_000 + "a"),
    ("minus", "-" * 19_000 + "a"),
    ("fields", "exact:" * 3_000 + "a"),
    ("terms", " OR ".join(f"w{number}" for number in range(1_001))),
    ("near", " NEAR/3 ".join("abcdefgh")),
    ("regex", "/" + "(a+)+" * 300 + "$/"),
    ("regex repeats", "/((((a{30}){30}){30}){30})/"),
    ("quotes", '"' * 19_999),
    ("stars", "*" * 19_000),
    ("holes", "?" * 19_000),
    ("hyphens", "a-" * 9_999),
    ("slashes", "/" * 19_999),
    ("marks", "\u0301" * 19_000),
    ("surrogates", "\ud800" * 100),
    ("nulls", "\x00" * 100),
    ("directions", "\u202e\u202d" * 100 + "("),
    ("side by side", "a " * 9_999),
    ("mixed", "a OR b AND " * 1_500 + "c"),
    ("spaces", " " * 20_000),
    ("numbers", "a NEAR/" + "9" * 15_000 + " b"),
    ("atleast", "atleast" + "9" * 15_000 + "(a)"),
    ("lists", "@" * 10_000),
    ("emoji", "🔥" * 9_000),
]


@pytest.mark.slow
@pytest.mark.parametrize("query", [query for _, query in HOSTILE], ids=[name for name, _ in HOSTILE])
def test_a_hostile_rule_is_refused_or_read_fast(query):
    with within(2), suppress(RuleError):
        compile_rule(RuleSpec("row", query))


@pytest.mark.parametrize("name", ["long", "nested", "terms", "near", "regex repeats", "spaces", "numbers", "emoji"])
def test_what_is_too_large_is_refused(name):
    with pytest.raises(RuleError):
        compile_rule(RuleSpec("row", dict(HOSTILE)[name]))


TOO_LARGE = [
    ("a" * 20_001, 20_001, "a rule has at most 20,000 characters, this one has 20,001"),
    ("(" * 9_999 + "a" + ")" * 9_999, 51, "parentheses are nested more than 50 deep"),
    ("(" * 10_000, 51, "parentheses are nested more than 50 deep"),
    ("title:" + "(" * 9_000 + "a" + ")" * 9_000, 56, "parentheses are nested more than 50 deep"),
    (" OR ".join(f"w{number}" for number in range(1_001)), 7_891, "a rule has at most 1,000 terms"),
    ("/((((a{30}){30}){30}){30})/", 1, "invalid pattern"),
    ("/(?:(?:(?:x{1,100}){1,100}){1,100}){1,100}/", 1, "invalid pattern"),
    ("/" + "a" * 1_001 + "/", 1, "a pattern has at most 1,000 characters, this one has 1,001"),
]


@pytest.mark.parametrize(("query", "column", "message"), TOO_LARGE)
def test_what_is_too_large_is_refused_with_a_clear_message(query, column, message):
    with within(1), pytest.raises(RuleError) as caught:
        compile_rule(RuleSpec("row", query))
    assert message in caught.value.message
    assert (caught.value.column, caught.value.subject) == (column, "row")


def test_a_rule_of_20000_characters_is_read():
    words = " OR ".join(f"w{number:014}" for number in range(1_000))
    assert 17_000 < len(words) <= 20_000
    with within(1):
        rule = compile_rule(RuleSpec("row", f"{words:<20000}"))
    assert match_text(rule, "", "see w00000000000999 there")


@pytest.mark.slow
@pytest.mark.parametrize("pattern", ["(a+)+b", "(a|aa)+b", "(a*)*b", "(.*a){20}b", "^(([a-z])+.)+[A-Z]([a-z])+b"])
def test_a_pattern_that_explodes_elsewhere_is_matched_in_linear_time(pattern):
    rule = compile_rule(RuleSpec("row", f"/{pattern}/"))
    with within(2):
        assert match_text(rule, "", "a" * 100_000) is None


FORMS = [
    (RuleSpec("r"), "the rule is empty"),
    (RuleSpec("r", none=("a",)), "at least one term without NOT"),
    (RuleSpec("r", any=("a", "C++")), 'any, entry 2: the character "+" is ignored'),
    (RuleSpec("r", all=("a b",), none=("",)), "none, entry 1"),
    (RuleSpec("r", title_any=("text:a",)), "title_any, entry 1: text: is nested in title:"),
    (RuleSpec("r", "@x", lists=(("x", ("a", "*b")),)), "list @x, spelling 2: a word cannot begin with *"),
    (RuleSpec("r", "@x", lists={"x": ()}), "the list @x needs 1 to 1,000 spellings"),
    (RuleSpec("r", "a", forms=("xx",)), "no word forms for xx"),
    (RuleSpec("r", "a", any=tuple(f"w{number}" for number in range(1_000))), "at most 1,000 terms"),
    (RuleSpec("r", "@x AND @x", lists={"x": tuple(f"w{number}" for number in range(501))}), "at most 1,000 terms"),
    (RuleSpec("r", any=("(" * 10_000,)), "any, entry 1: "),
    (RuleSpec("r", any=("a" * 20_001,)), "any, entry 1: a rule has at most 20,000 characters"),
]


@pytest.mark.parametrize(("spec", "message"), FORMS)
def test_the_other_forms_are_refused_too(spec, message):
    with pytest.raises(RuleError) as caught:
        compile_rule(spec)
    assert message in caught.value.message
