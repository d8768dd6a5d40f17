"""A tree written as a query compiles to the same meaning."""

from __future__ import annotations

import pytest
from hypothesis import given
from test_rules_language import WORDS
from test_rules_properties import tree

from crawler.errors import RuleError
from crawler.rules import RuleSpec, compile_rule
from crawler.rules.language.compiling import canonical
from crawler.rules.language.writing import query_of


def written(query: str) -> tuple[str, str]:
    root = compile_rule(RuleSpec("r", query)).root
    return canonical(root), canonical(compile_rule(RuleSpec("r", query_of(root))).root)


@pytest.mark.parametrize("query", sorted({row[0] for row in WORDS}))
def test_each_query_of_the_language_is_written(query: str):
    before, after = written(query)
    assert before == after


@given(tree)
def test_any_query_is_written(query: str):
    try:
        compile_rule(RuleSpec("r", query))
    except RuleError:
        return
    before, after = written(query)
    assert before == after


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ('"US embassy" AND (rocket* OR attack*)', '"US embassy" AND (rocket* OR attack*)'),
        ("NOT sport AND flood", "flood AND NOT sport"),
        ("title:(flood NEAR/5 venice)", "title:(flood NEAR/5 venice)"),
        ("atleast3(flood OR water)", "atleast3(flood OR water)"),
        ("title:atleast2(flood)", "title:(atleast2(flood))"),
        ('title:exact:"US"', "title:exact:US"),
        ("site:example.org", 'site:"example.org"'),
    ],
)
def test_the_text_is_what_a_person_would_write(query: str, expected: str):
    assert query_of(compile_rule(RuleSpec("r", query)).root) == expected


def test_a_list_is_written_by_its_name():
    rule = compile_rule(RuleSpec("r", "@cities AND flood", lists=(("cities", ("Venice", "Venezia")),)))
    names = {compile_rule(RuleSpec("r", "@cities", lists=rule.spec.lists)).root: "@cities"}
    assert query_of(rule.root, names) == "@cities AND flood"
