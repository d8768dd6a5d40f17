"""Which texts cannot match a rule, told without analysing them: for runs of one rule over an archive.

Looks at squeezed texts (see squeezing). The answer "may" is often wrong, the answer "cannot" never.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from crawler.items import Article, Hit
from crawler.rules.language.spec import Rule
from crawler.rules.match.closeness import Closeness
from crawler.rules.match.document import Document
from crawler.rules.match.matcher import Matcher, evaluate
from crawler.rules.match.needs import Need, needs
from crawler.rules.match.squeezing import literal_of, squeezed


class Prefilter:
    """Tells the texts that one rule cannot match."""

    def __init__(self, rule: Rule) -> None:
        found = (_literals(need) for need in needs(rule.root, Counter()))
        self._needs = tuple(literals for literals in found if literals)
        self._closeness = Closeness(rule)

    def may_match(self, title: str, text: str) -> bool:
        """Say whether the rule may match an article of this title and text; False is certain."""
        if not self._needs:
            return True
        whole = f"{title} {text}"
        squeeze = squeezed(whole)
        if not all(any(literal in squeeze for literal in literals) for literals in self._needs):
            return False
        return self._closeness.may_match(whole)


def _literals(need: Need) -> tuple[bytes, ...]:
    """Return what must stand in the squeezed text, any of these; nothing where that cannot be told."""
    literals = {literal_of(form) for form in need}
    return () if b"" in literals else tuple(sorted(literals, key=len))


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
