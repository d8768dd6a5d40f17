"""The indexed matcher equals trying every rule; corrections are rules; nothing but RuleError comes out of a query."""

from itertools import pairwise

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crawler.errors import RuleError
from crawler.items import Article
from crawler.rules import Matcher, RuleSpec, compile_rule, explain
from crawler.rules.match.document import Document
from crawler.rules.match.evaluate import close_places
from crawler.rules.match.matcher import evaluate
from crawler.text import analyse, fold

WORDS = [
    "a",
    "b",
    "us",
    "zone",
    "rocket",
    "rockets",
    "e-mail",
    "email",
    "al-b",
    "o'b",
    "é",
    "b's",
    "l'a",
    "大使",
    "大",
    "使馆",
    "והמועצה",
    "מועצה",
    "ب١٢",
    "zür",
    "zuer",
    "น้ำ",
    "นํ้า",
    "ក្រ",
    "हिन्दी",
    "हिंदी",
    "फ़ौज",
    "col·le",
]
WILD = ["roc*", "rocke?", "?", "zon*", "?one", "ema?l*"]
FIELDS = ["title", "text", "lead", "author", "section", "tag"]

word = st.sampled_from(WORDS)
phrase = st.lists(word, min_size=1, max_size=3).map(lambda words: f'"{" ".join(words)}"')
wild = st.sampled_from([pattern for pattern in WILD if pattern != "?"])
term = st.one_of(word, word, phrase, wild, word.map(lambda text: f"exact:{text}"))
group = st.one_of(term, st.lists(term, min_size=2, max_size=3).map(lambda terms: f"({' OR '.join(terms)})"))
near = st.builds(
    lambda parts, kind, number: f" {kind}/{number} ".join(parts),
    st.lists(group, min_size=2, max_size=3),
    st.sampled_from(["NEAR", "ONEAR"]),
    st.integers(0, 4),
)
atleast = st.builds(lambda count, part: f"atleast{count}({part})", st.integers(1, 3), group)
field = st.builds(lambda name, part: f"{name}:({part})", st.sampled_from(FIELDS), st.one_of(word, phrase, wild, near))
whole = st.sampled_from(
    ["site:org", "site:a.org", "language:en", "language:pt", "source:s1", "url:/x", "/ro.ke/", "title:/z/", "exact:/Z/"]
)
leaf = st.one_of(term, term, term, near, atleast, field, whole)
tree = st.recursive(
    leaf,
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: f"({') AND ('.join(parts)})"),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: f"({') OR ('.join(parts)})"),
        st.tuples(inner, inner).map(lambda pair: f"({pair[0]}) NOT ({pair[1]})"),
    ),
    max_leaves=6,
)
text = st.lists(
    st.one_of(
        word, word, st.sampled_from(["Zone", "US", "U.S.", "x", "rocketed", "。", "大使馆", "A-b", "\n\n", "’s"])
    ),
    max_size=14,
).map(" ".join)
article = st.builds(
    Article,
    url=st.sampled_from(["https://a.org/x", "https://www.b.com/", "http://[", ""]),
    title=text,
    text=text,
    source=st.sampled_from(["s1", "s2", ""]),
    authors=st.lists(text, max_size=2).map(tuple),
    language=st.sampled_from(["en", "pt-BR", ""]),
    section=text,
    tags=st.lists(text, max_size=2).map(tuple),
)


def compiled(queries, forms=()):
    rules = []
    for number, query in enumerate(queries):
        try:
            rules.append(compile_rule(RuleSpec(f"r{number}", query, forms=forms)))
        except RuleError:
            continue  # OR NOT, or a field in NEAR: refused, which other tests look at
    return rules


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(tree, min_size=1, max_size=8), st.lists(article, min_size=1, max_size=3), st.sampled_from([(), ("en",)])
)
def test_the_index_equals_trying_every_rule(queries, articles, forms):
    rules = compiled(queries, forms)
    matcher = Matcher(rules)
    changed = Matcher(rules[::2]).with_changes(rules[1::2])
    for found in articles:
        expected = [hit for rule in rules if (hit := evaluate(rule, Document(found)))]
        assert matcher.match(found) == expected
        assert sorted(changed.match(found), key=lambda hit: int(hit.rule[1:])) == expected
        for hit in expected:
            for span in hit.spans:
                original = found.title if span.field == "title" else found.text
                assert 0 <= span.start < span.end <= len(original)


@settings(max_examples=100)
@given(tree)
def test_spelling_does_not_change_the_version(query):
    for rule in compiled([query]):
        again = compile_rule(RuleSpec("other", f" ( {query.replace(' AND ', '   AND ')} ) ", send=("desk",)))
        assert again.version == rule.version
        assert explain(rule).startswith("Matches an article when ")


def refusal(query):
    try:
        compile_rule(RuleSpec("x", query))
    except RuleError as error:
        return error
    return None


SIGNALS = st.sampled_from(
    [*'()"“”/@:*?-+|&~,', " ", "AND", "OR", "NOT", "NEAR", "/3", "title:", "exact:", "atleast2(", *WORDS]
)


@settings(max_examples=400)
@given(
    st.one_of(
        st.text(max_size=40), st.lists(SIGNALS, max_size=12).map("".join), st.lists(SIGNALS, max_size=9).map(" ".join)
    )
)
def test_any_text_is_a_rule_or_is_refused_at_a_place(query):
    error = refusal(query)
    if error is not None:
        assert 1 <= error.column <= len(query) + 1
        assert not query or error.fix != query
        assert_rules(error.fix)


def assert_rules(*corrections: str):
    """Every correction is a rule."""
    for correction in filter(None, corrections):
        assert refusal(correction) is None


QUOTED = st.sampled_from(
    ["🚀", "❤️", "👨\u200d👩", "C++", "€5", "#a", "§", "'", "`", "‘", "…", "¡", "*", "a*b", "?", "=", "^", "\\"]
)
BROKEN = st.lists(
    st.one_of(SIGNALS, QUOTED, word, st.sampled_from(["NEAR/2", "W/3", "and", "@x", "NOT a", "a OR b"])), max_size=7
)


@settings(max_examples=500)
@given(BROKEN, st.sampled_from(["", " "]))
def test_every_correction_is_a_rule(parts, between):
    error = refusal(between.join(parts))
    if error is not None:
        assert_rules(error.fix, *(whole for _, whole in error.readings))
        assert all(shown in error.message for shown, _ in error.readings if len(error.message) < 150)


@settings(max_examples=200)
@given(st.lists(st.one_of(SIGNALS, QUOTED, word), min_size=1, max_size=4).map("".join))
def test_every_correction_of_an_entry_of_a_list_is_an_entry(entry):
    try:
        compile_rule(RuleSpec("x", "", any=(entry,)))
    except RuleError as error:
        if error.fix:
            compile_rule(RuleSpec("x", "", any=(error.fix,)))


@settings(max_examples=300)
@given(
    st.lists(st.lists(st.integers(0, 12), max_size=4, unique=True), min_size=2, max_size=4),
    st.integers(0, 4),
    st.booleans(),
)
def test_near_equals_trying_every_choice(starts, distance, ordered):
    groups = [[(start, start + 1 + start % 2) for start in sorted(group)] for group in starts]
    expected = {place for choice in choices(groups) if fits(choice, distance, ordered) for place in choice}
    assert bool(close_places(groups, distance, ordered=ordered, first=True)) is bool(expected)
    found = close_places(groups, distance, ordered=ordered)
    assert found <= expected
    assert bool(found) is bool(expected)


def choices(groups):
    if not groups:
        return [()]
    return [(place, *rest) for place in groups[0] for rest in choices(groups[1:])]


def fits(choice, distance, ordered):
    line = choice if ordered else sorted(choice)
    return all(0 <= after[0] - before[1] <= distance for before, after in pairwise(line))


@settings(max_examples=300)
@given(st.text(max_size=60))
def test_every_word_of_a_text_finds_itself(original):
    analysis = analyse(original)
    for position, keys in enumerate(analysis.keys):
        start, end = analysis.span(position)
        assert 0 <= start < end <= len(original)
        assert keys[0]
        assert fold(keys[0]) == keys[0]
