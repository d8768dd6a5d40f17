"""Trying a rule: on one text, and on the examples that it carries."""

from __future__ import annotations

from dataclasses import dataclass

from crawler.items import Article, Hit
from crawler.rules.language.spec import Rule
from crawler.rules.match.document import Document
from crawler.rules.match.matcher import hit_of, understands


@dataclass(frozen=True, slots=True)
class ExampleFailure:
    """An example that came out wrong. `wanted`: it should have matched."""

    rule: str
    example: str
    wanted: bool

    def __str__(self) -> str:
        return f"{self.rule}: should {'match' if self.wanted else 'not match'}: {self.example}"


def match_text(rule: Rule, title: str, text: str, language: str = "", site: str = "") -> Hit | None:
    """Return how `rule` matches one text, None if it does not. Its sources are not looked at."""
    article = Article(url=f"https://{site}/" if site else "", title=title, text=text, language=language)
    document = Document(article)
    return hit_of(rule, document) if understands(rule, document) else None


def check_examples(rule: Rule) -> list[ExampleFailure]:
    """Return the examples of the rule that come out wrong.

    An example of several lines is an article with its title in the first; one of a single line counts as matching when
    it matches as a title or as a text.
    """
    wanted = [(example, True) for example in rule.spec.examples_match]
    wanted += [(example, False) for example in rule.spec.examples_not]
    return [ExampleFailure(rule.id, example, want) for example, want in wanted if _matches(rule, example) is not want]


def _matches(rule: Rule, example: str) -> bool:
    title, _, text = example.strip().partition("\n")
    if text:
        return match_text(rule, title, text.strip()) is not None
    return any(match_text(rule, *pair) is not None for pair in ((title, ""), ("", title)))
