"""Every mistake at once, each with its place and what would be right."""

import json
from datetime import date, time, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.config import Watch, load_watch, parse_watch
from crawler.config.file.places import read_yaml
from crawler.errors import ConfigError, Problem

GOOD = """\
defaults: {delay: 2s, every: 10m, language: en}
sources:
  - id: standard-ke
    site: https://www.standardmedia.co.ke
    tags: [east-africa]
  - id: bbc-world
    feed: https://feeds.bbci.co.uk/news/world/rss.xml
    cron: "*/15 6-22 * * mon-fri"
    timezone: Europe/London
    delay: 500ms
    headers: {Authorization: "Bearer ${TOKEN}"}
    extract: {select: div.story, date: //time/@datetime}
  - {id: tenders, page: "https://example.org/notices", paused: true, silent_until: 2027-01-31}
lists:
  leaders: [Kadhimi, Kadhemi]
rules:
  - id: us-in-iraq
    query: '("US embassy" OR "green zone" OR @leaders) NEAR/20 (rocket* OR attack*)'
    sources: {tags: [east-africa]}
    languages: [en]
    send: [desk]
    examples: {match: ["Rockets hit the US embassy"], not: ["The US embassy opened a library"]}
  - id: floods
    any: ["flood*", dam break]
    none: [sale]
    sources: [bbc-world, tenders]
    on: [new, changed]
channels:
  - id: desk
    url: ${DESK_URL}
    digest: {cron: "0 7 * * *", timezone: Africa/Nairobi}
    quiet: 22:00-6:00
    limit: 20/1h30m
feeds:
  - {id: all, format: csv, rules: [floods], keep: 30d}
"""
ENVIRON = {"TOKEN": "t0p", "DESK_URL": "mailtos://me:s3cret@example.org"}


def problems(text: str, environ: dict[str, str] | None = None) -> tuple[Problem, ...]:
    with pytest.raises(ConfigError) as caught:
        parse_watch(text, ENVIRON if environ is None else environ, subject="watch.yaml")
    assert caught.value.subject == "watch.yaml"
    return caught.value.problems


def source(lines: str) -> str:
    return "sources:\n  - id: a\n    feed: https://a.org/rss\n    " + lines + "\n"


def test_a_good_file_has_all_its_values():
    watch = parse_watch(GOOD, ENVIRON, subject="watch.yaml")
    standard, bbc, tenders = watch.sources
    assert (standard.kind, standard.url) == ("site", "https://www.standardmedia.co.ke")
    assert standard.every == timedelta(minutes=10)
    assert (bbc.cron, bbc.every, bbc.timezone) == ("*/15 6-22 * * mon-fri", None, "Europe/London")
    assert (bbc.delay, standard.delay) == (timedelta(milliseconds=500), timedelta(seconds=2))
    assert bbc.headers is not None
    assert bbc.headers["Authorization"].get_secret_value() == "Bearer t0p"
    assert bbc.extract is not None
    assert bbc.extract.overrides().date == ("//time/@datetime",)
    assert tenders.paused
    assert tenders.silent_until == date(2027, 1, 31)
    assert {source.language for source in watch.sources} == {"en"}
    iraq, floods = watch.rules
    assert [iraq.sources.includes(source) for source in watch.sources] == [True, False, False]
    assert [floods.sources.includes(source) for source in watch.sources] == [False, True, True]
    assert iraq.spec(watch.lists).lists == (("leaders", ("Kadhimi", "Kadhemi")),)
    assert floods.spec(watch.lists).sources == ("bbc-world", "tenders")
    desk = watch.channel_by_id["desk"]
    assert desk.quiet_hours == (time(22), time(6))
    assert desk.rate == (20, timedelta(minutes=90))
    assert watch.source_by_id["tenders"] is tenders
    assert watch.feeds[0].keep == timedelta(days=30)


def test_what_is_left_out_is_none_or_empty():
    watch = parse_watch("sources: []", {}, subject="")
    assert watch == Watch()
    channel = parse_watch("channels: [{id: t, url: 'terminal:'}]", {}, subject="").channels[0]
    assert (channel.quiet_hours, channel.rate, channel.group) == (None, None, timedelta(seconds=30))


# Text, then for each mistake: line, column, a part of what was found, a part of what would be right.
MISTAKES = {
    "unknown key": (source("evry: 10m"), [(4, 5, "unknown key `evry`", "write every")]),
    "a key of other programs": (source("interval: 10m"), [(4, 5, "unknown key `interval`", "write every")]),
    "unknown key at the top": ("source: []", [(1, 1, "unknown key `source`", "write sources")]),
    "no key is near": ("xyzzy: []", [(1, 1, "unknown key `xyzzy`", "expected one of: sources, defaults")]),
    "nested unknown key": (source("extract: {selekt: a}"), [(4, 15, "unknown key `selekt`", "write select")]),
    "missing id": (
        "sources:\n  - feed: https://feeds.bbci.co.uk/news/world/rss.xml\n",
        [(2, 5, "`id` is missing", "add id: bbci-world")],
    ),
    "missing id of a rule": ("rules: [{any: [x]}]", [(1, 9, "`id` is missing", "add for example id: us-in-iraq")]),
    "id with capitals": (
        "sources: [{id: BBC World, feed: https://a.org}]",
        [(1, 16, "`BBC World`, not an id", "write bbc-world")],
    ),
    "an id twice": (
        "sources:\n- {id: a, feed: https://bbc.org}\n- {id: a, feed: https://cnn.org}\n",
        [(3, 8, "duplicate id `a` (first used in line 2)", "for example cnn")],
    ),
    "a rule's id twice": (
        "rules:\n- {id: a, any: [x]}\n- {id: a, any: [y]}\n",
        [(3, 8, "duplicate id", "write for example a-2")],
    ),
    "two addresses": (source("site: https://a.org"), [(4, 5, "both `feed` and `site` are set", "keep one")]),
    "no address": ("sources: [{id: a}]", [(1, 11, "has no address", "site, feed, sitemap, section, page")]),
    "url for an address": (
        "sources: [{id: a, url: https://a.org}]",
        [(1, 11, "has no address", "add one"), (1, 19, "unknown key `url`", "write feed (or site")],
    ),
    "URL without scheme": (
        "sources: [{id: a, feed: a.org/rss}]",
        [(1, 25, "has no https://", "write https://a.org/rss")],
    ),
    "URL of a file": ("sources: [{id: a, feed: file:///etc/passwd}]", [(1, 25, "URL scheme file:", "https://")]),
    "URL with spaces": ("sources: [{id: a, feed: https://a.org/a b}]", [(1, 25, "not a URL", "without spaces")]),
    "URL without host": ("sources: [{id: a, feed: 'https://'}]", [(1, 25, "has no host", "https://example.org")]),
    "URL with a bad port": (
        "sources: [{id: a, feed: 'http://a:99999'}]",
        [(1, 25, "invalid host or port", "https://example")],
    ),
    "no URL at all": ("sources: [{id: a, feed: news}]", [(1, 25, "not a URL", "https://")]),
    "duration without unit": (source("every: 10"), [(4, 12, "`10`, expected a duration, found a number", '"10s"')]),
    "duration too short": (source("every: 3s"), [(4, 12, "too short", "write 10s or more")]),
    "duration too long": (source("delay: 2h"), [(4, 12, "too long", "write 1h or less")]),
    "duration in disorder": (source("every: 1m2h"), [(4, 12, "not a duration", "1h30m")]),
    "duration of words": (source("every: often"), [(4, 12, "`often`, not a duration", "10m")]),
    "bad cron": (source('cron: "0 7 * * 1-5"'), [(4, 20, "weekday number", "write mon-fri")]),
    "`every` and `cron`": (
        source('{every: 10m, cron: "0 7 * * *"}').replace("    {", "    ").replace("}", "").replace("m, ", "m\n    "),
        [(5, 5, "`every` and `cron`", "keep one")],
    ),
    "every and cron in defaults": (
        "defaults: {every: 10m, cron: '@daily'}",
        [(1, 24, "`every` and `cron`", "keep one")],
    ),
    "zone in small letters": (
        source("timezone: africa/nairoby"),
        [(4, 15, "unknown time zone", "write Africa/Nairobi")],
    ),
    "zone by its city": (source("timezone: Nairobi"), [(4, 15, "unknown time zone", "write Africa/Nairobi")]),
    "zone of nowhere": (source("timezone: Qqqqq"), [(4, 15, "unknown time zone", "for example Africa/Nairobi")]),
    "language by name": (source("language: English"), [(4, 15, "not a language code", "two lowercase letters")]),
    "language with region": (source("language: pt-BR"), [(4, 15, "not a language code", "write pt")]),
    "text for a list": (source("tags: africa"), [(4, 11, "`africa`, expected a list", "write tags: [africa]")]),
    "list for text": (
        "sources: [{id: [a], feed: https://a.org}]",
        [(1, 16, "expected an id, found a list", '"bbc-world"')],
    ),
    "nothing for a list": (source("tags:"), [(4, 9, "nothing: expected a list", "tags: [east-africa]")]),
    "text for a number": (source("max_pages: lots"), [(4, 16, "`lots`, expected a whole number", "max_pages: 200")]),
    "number too small": (source("max_pages: 0"), [(4, 16, "greater than or equal to 1", "max_pages: 200")]),
    "text for a truth": (source("paused: maybe"), [(4, 13, "expected true or false", "paused: true")]),
    "text for a day": (source("silent_until: soon"), [(4, 19, "expected a date", "2027-01-31")]),
    "keys for a list": ("feeds: {}", [(1, 8, "keys and values: expected a list", "")]),
    "number for a section": ("sources: 3", [(1, 10, "`3`, expected a list", "")]),
    "number for an entry": ("sources: [3]", [(1, 11, "expected keys and values", "")]),
    "a bad pattern": (source('allow: ["/a", "(b"]'), [(4, 19, "not a regular expression", "/news/")]),
    "an empty pattern": (source('deny: [""]'), [(4, 12, "empty pattern", "/news/")]),
    "bad CSS": (source("extract: {select: div..a}"), [(4, 23, "not a selector", "div.story-body")]),
    "bad XPath": (source("extract: {title: '//h1['}"), [(4, 22, "not a selector", "//article")]),
    "an empty selector": (source("extract: {remove: ['', a]}"), [(4, 24, "not a selector", "div.story-body")]),
    "a spider's name": (source("spider: a b"), [(4, 13, "pattern", "spider: nation")]),
    "a mistaken choice": (
        "rules: [{id: a, any: [x], on: [change]}]",
        [(1, 32, "`change`, not one of", "write changed")],
    ),
    "a format": ("feeds: [{id: a, format: xml}]", [(1, 25, "`xml`, not one of", "choose jsonl, csv, parquet")]),
    "unknown channel": (
        "rules: [{id: a, any: [x], send: [desc]}]\nchannels: [{id: desk, url: 'terminal:'}]",
        [(1, 34, "no channel has the id `desc`", "write desk")],
    ),
    "no channels at all": ("rules: [{id: a, any: [x], send: [b]}]", [(1, 34, "no channel", "add it under channels:")]),
    "unknown source": (
        source("\nrules: [{id: r, any: [x], sources: [b, a]}]").replace("    \n", ""),
        [(4, 37, "no source has the id `b`", "expected one of: a")],
    ),
    "unknown tag": (
        source("tags: [east]\nrules: [{id: r, any: [x], sources: {tags: [eats], ids: [z]}}]"),
        [(5, 44, "no source has the tag `eats`", "write east"), (5, 57, "no source has the id `z`", "")],
    ),
    "a tag without any": ("rules: [{id: r, any: [x], sources: {tags: [a]}}]", [(1, 44, "no source", "add tags:")]),
    "a feed's references": (
        "feeds: [{id: f, rules: [r], sources: [s]}]",
        [(1, 25, "no rule", ""), (1, 39, "no source", "")],
    ),
    "a rule without anything": ("rules: [{id: a}]", [(1, 9, "nothing to search for", "add query:")]),
    "a rule of none": ("rules: [{id: a, none: [x]}]", [(1, 9, "nothing to search for", "")]),
    "query and lists": (
        "rules: [{id: a, query: x, any: [y]}]",
        [(1, 27, "both `query` and `any` are set", "put everything")],
    ),
    "empty query": ("rules: [{id: a, query: ''}]", [(1, 24, "query: empty", "write for example query:")]),
    "query mixed": ("rules: [{id: a, query: a OR b AND c}]", [(1, 31, "AND and OR are mixed", "write (a OR b) AND c")]),
    "query in quotes": (
        'rules: [{id: a, query: "a \\"b c\\" OR d AND e"}]',
        [(1, 27, "no operator between two terms", 'write a AND ("b c" OR d) AND e')],
    ),
    "query with apostrophes": ("rules: [{id: a, query: 'it''s so'}]", [(1, 31, "no operator between two terms", "")]),
    "query over lines": (
        "rules:\n- id: a\n  query: |\n    one OR\n\n    two NEAR three\n",
        [(6, 9, "NEAR needs a maximum number", "write NEAR/10")],
    ),
    "query folded": (
        "rules:\n- id: a\n  query: >-\n    one\n    two OR x\n",
        [(5, 5, "no operator between two terms", "")],
    ),
    "query plain over lines": (
        "rules:\n- id: a\n  query: one OR\n    two x\n",
        [(4, 9, "no operator between two terms", "")],
    ),
    "entries of lists": (
        'rules: [{id: a, any: [ok, "*x"], all: ["("], none: ["*)"], forms: [xx]}]',
        [(1, 28, "cannot begin with *", "write x"), (1, 41, "", ""), (1, 54, "", ""), (1, 68, "no word forms", "")],
    ),
    "unknown list": ("rules: [{id: a, any: ['@foo']}]", [(1, 24, "unknown list @foo", "")]),
    "examples": (
        "rules: [{id: a, query: NOT a AND b, examples: {match: [a b, b], not: [c, b]}}]",
        [(1, 56, "does not match this example", "the rule"), (1, 74, "must not", "the rule")],
    ),
    "a list's name": ("lists: {Leaders: [x]}", [(1, 18, "pattern", "")]),
    "an empty list": ("lists: {l: ['']}", [(1, 13, "l: empty", "")]),
    "a list of numbers": (
        "lists: {l: [1, a]}\nrules: [{id: r, any: ['@l']}]",
        [(1, 13, "`1`, expected text", ""), (2, 24, "unknown list", "")],
    ),
    "quiet hours": ("channels: [{id: a, url: 'x:', quiet: 22-6}]", [(1, 38, "not quiet hours", "22:00-06:00")]),
    "no quiet hours": (
        "channels: [{id: a, url: 'x:', quiet: 6:00-06:00}]",
        [(1, 38, "start and end at the same time", "22:00-06:00")],
    ),
    "an address without its kind": (
        "channels: [{id: a, url: s3cret}]",
        [(1, 25, "not a channel URL", "terminal:")],
    ),
    "limit": ("channels: [{id: a, url: 'x:', limit: 20}]", [(1, 38, "expected a limit", "20/1h")]),
    "limit without number": ("channels: [{id: a, url: 'x:', limit: 0/1h}]", [(1, 38, "not a limit", "20/1h")]),
    "limit of years": ("channels: [{id: a, url: 'x:', limit: 1/9d}]", [(1, 38, "too long", "7d")]),
    "password in a URL": ("sources: [{id: a, feed: 'https://u:s3cret@a.org'}]", [(1, 25, "password", "headers:")]),
    "a name without value": (
        source("user_agent: ${NOPE}"),
        [(4, 17, "${NOPE} is not set in the", "export NOPE=")],
    ),
    "an open name": (source('user_agent: "${NOPE"'), [(4, 17, "`${` without a name", "$${")]),
    "a number from the environment": (source("max_pages: ${TOKEN}"), [(4, 16, "${TOKEN} does not hold", "200")]),
    "a rule from the environment": ("rules: [{id: a, query: '${TOKEN} x'}]", [(1, 24, "${TOKEN} does not hold", "")]),
}


@pytest.mark.parametrize("case", MISTAKES)
def test_a_mistake_has_its_place_and_what_would_be_right(case: str):
    text, wanted = MISTAKES[case]
    told = problems(text)
    assert [(problem.line, problem.column) for problem in told] == [(line, column) for line, column, _, _ in wanted]
    for problem, (_, _, found, fix) in zip(told, wanted, strict=True):
        assert found in problem.found
        assert fix in problem.fix
        assert "t0p" not in str(problem)
        assert "s3cret" not in str(problem)


def test_all_mistakes_are_told_at_once_in_the_order_of_the_file():
    texts = [
        text for name, (text, _) in MISTAKES.items() if text.startswith("sources:\n  - id: a\n") and "rules" not in text
    ]
    text = "sources:\n" + "".join(body.removeprefix("sources:\n") for body in texts)
    told = problems(text)
    assert len(told) > len(texts)
    assert [problem.line for problem in told] == sorted(problem.line for problem in told)
    assert len({problem.line for problem in told}) >= len(texts)


@pytest.mark.slow
def test_thousands_of_mistakes_are_told_in_bounded_time():
    text = "rules:\n" + "".join(f"- {{id: r{n}, any: [x], send: [c{n}], sources: [s{n}]}}\n" for n in range(1000))
    text += "sources:\n" + "".join(f"- {{id: q{n}, feed: https://q{n}.org/}}\n" for n in range(1000))
    assert len(problems(text)) == 2000


def test_secrets_show_nowhere():
    watch = parse_watch(GOOD, ENVIRON, subject="")
    shown = f"{watch!r} {watch} {watch.model_dump_json()} {watch.model_dump()}"
    assert "s3cret" not in shown
    assert "t0p" not in shown
    text = GOOD.replace("url: ${DESK_URL}", "url: [slack://s3cret]\n    urll: s3cret").replace(
        "Bearer ${TOKEN}", "s3cret"
    )
    text = text.replace("{Authorization: ", "[").replace('s3cret"}', 's3cret"]')
    told = problems(text)
    assert len(told) == 3
    assert "s3cret" not in str(told)


def test_values_of_the_environment_and_plain_dollars():
    text = "channels: [{id: a, url: 'https://${HOST}/${HOST}?$${x}&$5', template: '$${HOST}'}]"
    channel = parse_watch(text, {"HOST": "h.org"}, subject="").channels[0]
    assert channel.url.get_secret_value() == "https://h.org/h.org?${x}&$5"
    assert channel.template == "${HOST}"
    assert "empty" in problems(text, {"HOST": ""})[0].found


@pytest.mark.parametrize(
    ("text", "line", "column", "found", "fix"),
    [
        ("sources:\n\t- id: a", 2, 1, "a tab", "spaces"),
        ("rules:\n- query: @leaders", 2, 10, "starts with @", '"@name"'),
        ("a: `b", 1, 4, "cannot start a value", "quotes"),
        ("cron: */5 * * * *", 1, 7, "starts with *", '"*/15'),
        ("a: * b", 1, 5, "starts with *", '"*/15'),
        ("query: title: x", 1, 13, "a second colon", "quotes"),
        ("a: 1\nb", 2, 2, "without a colon", "key: value"),
        ('a: "b\nc: d\n', 1, 4, "unclosed quote", "close it"),
        ('- query: "US embassy" AND rocket', 1, 23, "after the closing quote", "query: '\"US embassy\" AND rocket'"),
        ("- query: 'a' AND 'b'", 1, 14, "after the closing quote", "single quotes"),
        ("a: [b, c", 1, 4, "missing ]", "[one, two]"),
        ("a: {b: c", 1, 4, "missing }", "{key: value"),
        ("- a\nb: c", 2, 1, "not aligned", "indent"),
        ("a: 1\n---\nb: 2", 2, 1, "second document", "one document"),
        ("[" * 50, 1, 13, "nested too deeply", "five levels"),
        ("a: b\n\x07c: d", 2, 1, "U+0007", "remove"),
        ("a: &x [*x]", 1, 4, "more than", "aliases"),
        ("", 1, 1, "empty", "start with sources:"),
        ("# nothing\n", 1, 1, "empty", "start with sources:"),
        ("[]", 1, 1, "not a mapping", "start with sources:"),
        ("text", 1, 1, "not a mapping", "start with sources:"),
        ("sources: []\nsources: []", 2, 1, "duplicate key `sources` (first used in line 1)", "keep one"),
        ("sources: []\n? [a]\n: b", 2, 3, "not a word", "key: value"),
        ("feeds: !!python/object:os.system x", 1, 8, "!!python/object:os.system", "plain"),
    ],
)
def test_broken_yaml_is_told_where_it_broke(text: str, line: int, column: int, found: str, fix: str):
    told = [(p.line, p.column) for p in problems(text) if found in p.found and fix in p.fix]
    assert told == [(line, column)]


@pytest.mark.slow
def test_yaml_bombs_cost_no_more_than_a_file_of_the_largest_size():
    layers = ["a: &a [x,x,x,x,x,x,x,x,x,x]"]
    layers += [f"{chr(98 + n)}: &{chr(98 + n)} [{','.join(['*' + chr(97 + n)] * 10)}]" for n in range(9)]
    assert "more than" in problems("\n".join(layers))[0].found


def test_values_are_counted():
    assert read_yaml("[a, b]", subject="", max_values=3).data == ["a", "b"]
    for text in ("[a, b, c]", "[a, &x b, *x]", "{a: b, c: d}"):
        with pytest.raises(ConfigError, match="more than"):
            read_yaml(text, subject="", max_values=3)


def test_honest_aliases_are_read_at_each_place():
    text = "sources:\n- {id: a, feed: https://a.org, tags: &t [x]}\n- {id: b, feed: https://b.org, tags: *t}\n"
    assert [source.tags for source in parse_watch(text, {}, subject="").sources] == [("x",), ("x",)]
    both = "rules: [{id: &n a, any: [x]}, {id: *n, any: [y]}]"
    assert "duplicate id" in problems(both)[0].found


def test_numbers_of_any_size_and_form():
    told = problems("feeds: [" + ", ".join(["9" * 5000, "0x1f", "1_000", "1.5", ".inf", "~", "true"]) + "]")
    assert len(told) == 7


@pytest.mark.parametrize(
    ("data", "line", "column", "found", "fix"),
    [
        (b"a: b\nb: \xe4\n", 2, 4, "0xE4", "UTF-8"),
        ("a: b".encode("utf-16"), 1, 1, "UTF-16", "UTF-8"),
        (b"a: \xc3\xa4\xff", 1, 5, "0xFF", "UTF-8"),
        (b"# " + b"x" * (8 * 2**20), 0, 0, "more than 8 MiB", "probably not"),
    ],
)
def test_files_that_are_no_text(tmp_path: Path, data: bytes, line: int, column: int, found: str, fix: str):
    path = tmp_path / "watch.yaml"
    path.write_bytes(data)
    with pytest.raises(ConfigError) as caught:
        load_watch(path, {})
    problem = caught.value.problems[0]
    assert (problem.line, problem.column) == (line, column)
    assert found in problem.found
    assert fix in problem.fix
    assert caught.value.subject == str(path)


@pytest.mark.parametrize(
    ("path", "found"),
    [
        (".", "a folder"),
        ("no/such/file", "no such file"),
        ("/dev/zero", "not a regular file"),
        ("a\0b", "cannot be read"),
        ("x" * 300, "name too long"),
    ],
)
def test_paths_that_are_no_files(path: str, found: str):
    with pytest.raises(ConfigError) as caught:
        load_watch(Path(path), {})
    assert found in caught.value.problems[0].found.lower()


def test_byte_order_mark_and_windows_lines(tmp_path: Path):
    path = tmp_path / "watch.yaml"
    path.write_bytes(b"\xef\xbb\xbfsources:\r\n- id: a\r\n  feed: https://a.org\r\n  evry: 1\r\n")
    with pytest.raises(ConfigError) as caught:
        load_watch(path, {})
    assert [(p.line, p.column) for p in caught.value.problems] == [(4, 3)]


def test_direct_construction_keeps_the_same_rules():
    entry = {"id": "a", "feed": "https://a.org"}
    for wrong in ({"site": "https://a.org"}, {"feed": None}, {"every": "1m", "cron": "@daily"}):
        with pytest.raises(ValueError, match="a source has"):
            Watch.model_validate({"sources": [entry | wrong]})


KEYS = [
    *("id", "sources", "rules", "channels", "feed", "any", "query", "url", "send", "tags", "lists", "feeds"),
    *("defaults", "examples", "match", "not", "extract", "cron", "every", "ids"),
]


@settings(max_examples=200)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.sampled_from(["${X}", "*/5", "10m"]),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(KEYS),
                inner,
                max_size=4,
            )
        ),
        max_leaves=20,
    )
)
def test_any_tree_gives_a_watch_file_or_its_mistakes(tree: object):
    try:
        watch = parse_watch(json.dumps(tree), {}, subject="")
    except ConfigError as error:
        told = error.problems
    else:
        told = ()
        assert isinstance(watch, Watch)
    assert all(problem.found and problem.line for problem in told)


@settings(max_examples=200)
@given(st.text(alphabet="ab:-[]{}'\"|>&*!#%@` \n\t\\?,${X}é\x00\u2028", max_size=60))
def test_any_text_gives_a_watch_file_or_its_mistakes(text: str):
    with pytest.raises(ConfigError) as caught:
        parse_watch("x: [\n" + text, {}, subject="")
    assert caught.value.problems
