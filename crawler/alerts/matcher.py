"""All rules at once over one article."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from crawler.alerts.document import Document, speaks
from crawler.alerts.evaluate import evidence, matches
from crawler.alerts.spec import Rule
from crawler.items import Article, Hit

_MAX_SPANS: Final = 100


def evaluate(rule: Rule, document: Document) -> Hit | None:
    """Return the hit of one rule, None if it does not match: the meaning of a rule, without any index."""
    if not concerns(rule, document) or not matches(rule.root, document):
        return None
    spans = sorted(evidence(rule.root, document), key=lambda span: (span.field != "title", span.start, span.end))
    return Hit(rule.id, rule.version, tuple(spans[:_MAX_SPANS]))


def concerns(rule: Rule, document: Document) -> bool:
    """Say whether the article's source and language are among those that the rule names. Unknown languages pass."""
    spec = rule.spec
    if (spec.sources or spec.source_tags) and not (
        document.article.source in spec.sources or any(tag in spec.source_tags for tag in document.source_tags)
    ):
        return False
    language = document.language
    return not (spec.languages and language) or any(speaks(language, wanted.casefold()) for wanted in spec.languages)


class Matcher:
    """Rules, ready to be matched. Never changes: `with_changes` gives a new one."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self.rules = {rule.id: rule for rule in rules}

    def match(self, article: Article, *, source_tags: Iterable[str] = ()) -> list[Hit]:
        """Return the hits of all rules, in the order of the rules. `source_tags` are those of the article's source."""
        document = Document(article, tuple(source_tags))
        return [hit for rule in self.rules.values() if (hit := evaluate(rule, document))]

    def with_changes(self, changed: Iterable[Rule] = (), removed: Iterable[str] = ()) -> Matcher:
        """Return a matcher in which `changed` rules are new or replaced and the ids `removed` are gone."""
        rules = self.rules | {rule.id: rule for rule in changed}
        for rule_id in removed:
            rules.pop(rule_id, None)
        return Matcher(rules.values())
