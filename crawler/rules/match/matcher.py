"""The matcher of all rules against one article."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from crawler.items import Article, Hit, Span
from crawler.rules.language.spec import Rule
from crawler.rules.match.document import Document, is_language
from crawler.rules.match.evaluate import evidence, matches
from crawler.rules.match.index import Index

_MAX_SPANS: Final = 100


def evaluate(rule: Rule, document: Document) -> Hit | None:
    """Return the hit of one rule, None if it does not match; without an index."""
    return hit_of(rule, document) if applies(rule, document) else None


def hit_of(rule: Rule, document: Document) -> Hit | None:
    """Return the hit of a rule, ignoring its sources and languages; at most 100 spans, title first."""
    if not matches(rule.root, document):
        return None
    marks = sorted(evidence(rule.root, document))[:_MAX_SPANS]
    return Hit(rule.id, rule.version, tuple(Span("text" if number else "title", *at) for number, *at in marks))


def applies(rule: Rule, document: Document) -> bool:
    """Return whether the rule applies to the article's source and language."""
    spec = rule.spec
    if not (spec.sources or spec.source_tags):
        return accepts_language(rule, document)
    named = document.article.source in spec.sources or any(tag in spec.source_tags for tag in document.source_tags)
    return named and accepts_language(rule, document)


def accepts_language(rule: Rule, document: Document) -> bool:
    """Return whether the rule applies to the article's language; an unknown language passes."""
    expected, language = rule.spec.languages, document.language
    return not (expected and language) or any(is_language(language, one.casefold()) for one in expected)


class Matcher:
    """An immutable matcher of many rules: `with_changes` returns a new one that shares the unchanged index.

    Building takes seconds for 100,000 rules. A service builds in the background (`rebuilt`), swaps, and then calls
    `gc.freeze()`, so that the garbage collector skips the rules; between two builds, changed rules are in a small index
    of their own and apply at once. Matching is thread-safe.
    """

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._base = Index(tuple({rule.id: rule for rule in rules}.values()))
        self._delta = Index(())
        self._removed: frozenset[str] = frozenset()

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules in force."""
        return (*(rule for rule in self._base.rules if rule.id not in self._removed), *self._delta.rules)

    @property
    def changes(self) -> int:
        """The number of rules changed since the last build: with hundreds, rebuild."""
        return len(self._removed | {rule.id for rule in self._delta.rules})

    def match(self, article: Article, *, source_tags: Iterable[str] = ()) -> list[Hit]:
        """Return the hits of all rules, in the order of the rules. `source_tags` are those of the article's source."""
        document = Document(article, tuple(source_tags))
        removed = self._removed
        candidates = [rule for rule in self._base.candidates(document) if rule.id not in removed]
        if self._delta.rules:
            candidates += self._delta.candidates(document)
        return [hit for rule in candidates if (hit := evaluate(rule, document))]

    def with_changes(self, changed: Iterable[Rule] = (), removed: Iterable[str] = ()) -> Matcher:
        """Return a matcher in which `changed` rules are added or replaced and the ids `removed` are removed.

        A rule in both is removed. The cost is that of indexing all changes since the last build.
        """
        removed = frozenset(removed)
        delta = {rule.id: rule for rule in (*self._delta.rules, *changed) if rule.id not in removed}
        matcher = Matcher.__new__(Matcher)
        matcher._base = self._base  # noqa: SLF001 - the same class
        matcher._delta = Index(tuple(delta.values()))  # noqa: SLF001
        matcher._removed = self._removed | removed | delta.keys()  # noqa: SLF001
        return matcher

    def rebuilt(self) -> Matcher:
        """Return a matcher with the same rules in one index, to be built in the background and swapped in."""
        return Matcher(self.rules)
