"""Tests of a rule on one text, and on its own examples."""

from __future__ import annotations

from dataclasses import dataclass

from crawler.items import Article, Hit
from crawler.rules.language.spec import Rule
from crawler.rules.match.document import Document
from crawler.rules.match.matcher import accepts_language, hit_of


@dataclass(frozen=True, slots=True)
class ExampleFailure:
    """An example with the wrong result. `expected`: whether it should match."""

    rule: str
    example: str
    expected: bool

    def __str__(self) -> str:
        return f"{self.rule}: should {'match' if self.expected else 'not match'}: {self.example}"


def match_text(rule: Rule, title: str, text: str, language: str = "", site: str = "") -> Hit | None:
    """Return how `rule` matches one text, None if it does not. Its sources are ignored."""
    article = Article(url=f"https://{site}/" if site else "", title=title, text=text, language=language)
    document = Document(article)
    return hit_of(rule, document) if accepts_language(rule, document) else None


def check_examples(rule: Rule) -> list[ExampleFailure]:
    """Return the examples of the rule that have the wrong result.

    An example of several lines is an article with its title in the first; one of a single line matches if it matches as
    a title or as a text.
    """
    expected = [(example, True) for example in rule.spec.examples_match]
    expected += [(example, False) for example in rule.spec.examples_not]
    return [
        ExampleFailure(rule.id, example, expected_match)
        for example, expected_match in expected
        if _matches(rule, example) is not expected_match
    ]


def _matches(rule: Rule, example: str) -> bool:
    title, _, text = example.strip().partition("\n")
    if text:
        return match_text(rule, title, text.strip()) is not None
    return any(match_text(rule, *pair) is not None for pair in ((title, ""), ("", title)))
