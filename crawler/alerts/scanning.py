"""One rule over many articles, most of which it does not match: searches and exports."""

from __future__ import annotations

from collections.abc import Iterable

from crawler.alerts.document import Document
from crawler.alerts.matcher import Matcher, evaluate
from crawler.alerts.prefilter import Prefilter
from crawler.alerts.spec import Rule
from crawler.items import Article, Hit


class Scanner(Matcher):
    """A matcher of one rule. It says what any matcher says, sooner: it analyses only texts that may match."""

    def __init__(self, rule: Rule) -> None:
        super().__init__([rule])
        self._rule = rule
        self._prefilter = Prefilter(rule)

    def match(self, article: Article, *, source_tags: Iterable[str] = ()) -> list[Hit]:
        """Return the hit of the rule, if it matches."""
        if not self._prefilter.may_match(article.title, article.text):
            return []
        hit = evaluate(self._rule, Document(article, tuple(source_tags)))
        return [hit] if hit else []
