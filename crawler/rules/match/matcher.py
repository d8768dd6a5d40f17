"""All rules at once over one article."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from crawler.items import Article, Hit, Span
from crawler.rules.language.spec import Rule
from crawler.rules.match.document import Document, speaks
from crawler.rules.match.evaluate import evidence, matches
from crawler.rules.match.index import Index

_MAX_SPANS: Final = 100


def evaluate(rule: Rule, document: Document) -> Hit | None:
    """Return the hit of one rule, None if it does not match: the meaning of a rule, without any index."""
    return hit_of(rule, document) if concerns(rule, document) else None


def hit_of(rule: Rule, document: Document) -> Hit | None:
    """Return the hit of a rule whose sources and languages are not looked at; at most 100 spans, title first."""
    if not matches(rule.root, document):
        return None
    marks = sorted(evidence(rule.root, document))[:_MAX_SPANS]
    return Hit(rule.id, rule.version, tuple(Span("text" if number else "title", *at) for number, *at in marks))


def concerns(rule: Rule, document: Document) -> bool:
    """Say whether the article's source and language are among those that the rule names."""
    spec = rule.spec
    if not (spec.sources or spec.source_tags):
        return understands(rule, document)
    named = document.article.source in spec.sources or any(tag in spec.source_tags for tag in document.source_tags)
    return named and understands(rule, document)


def understands(rule: Rule, document: Document) -> bool:
    """Say whether the article's language is one that the rule names, or unknown, or the rule names none."""
    wanted, language = rule.spec.languages, document.language
    return not (wanted and language) or any(speaks(language, one.casefold()) for one in wanted)


class Matcher:
    """Rules, ready to be matched. Never changes: `with_changes` gives a new one that shares what did not change.

    Building takes seconds for 100,000 rules. A service builds in the background (`rebuilt`), swaps, and then calls
    `gc.freeze()`, so that the collector does not walk the rules again and again; between two builds changed rules stand
    in a small index of their own and work at once. Many threads may match at the same time.
    """

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._base = Index(tuple({rule.id: rule for rule in rules}.values()))
        self._delta = Index(())
        self._gone: frozenset[str] = frozenset()

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules in force."""
        return (*(rule for rule in self._base.rules if rule.id not in self._gone), *self._delta.rules)

    @property
    def changes(self) -> int:
        """How many rules changed since the last build: when it grows to hundreds, build anew."""
        return len(self._gone | {rule.id for rule in self._delta.rules})

    def match(self, article: Article, *, source_tags: Iterable[str] = ()) -> list[Hit]:
        """Return the hits of all rules, in the order of the rules. `source_tags` are those of the article's source."""
        document = Document(article, tuple(source_tags))
        gone = self._gone
        candidates = [rule for rule in self._base.candidates(document) if rule.id not in gone]
        if self._delta.rules:
            candidates += self._delta.candidates(document)
        return [hit for rule in candidates if (hit := evaluate(rule, document))]

    def with_changes(self, changed: Iterable[Rule] = (), removed: Iterable[str] = ()) -> Matcher:
        """Return a matcher in which `changed` rules are new or replaced and the ids `removed` are gone, at once.

        A rule named in both is gone. Costs as much as indexing all changes since the last build.
        """
        removed = frozenset(removed)
        delta = {rule.id: rule for rule in (*self._delta.rules, *changed) if rule.id not in removed}
        matcher = Matcher.__new__(Matcher)
        matcher._base = self._base  # noqa: SLF001 - the same class
        matcher._delta = Index(tuple(delta.values()))  # noqa: SLF001
        matcher._gone = self._gone | removed | delta.keys()  # noqa: SLF001
        return matcher

    def rebuilt(self) -> Matcher:
        """Return the same rules in one index: to be made in the background and swapped in."""
        return Matcher(self.rules)
