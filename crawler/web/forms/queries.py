"""Queries of the search field: compiled like rules, explained, and matched within a time that people wait."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from crawler.errors import RuleError
from crawler.items import Article, Hit
from crawler.rules import RuleSpec, Scanner, compile_rule
from crawler.rules.language.spec import Rule


@dataclass(frozen=True, slots=True)
class Mistake:
    """What is wrong with a query: the sentence, the column (from 1), and the ready correction or ""."""

    message: str
    column: int
    fix: str
    query: str

    @property
    def pointer(self) -> tuple[str, str]:
        """The line of the query around the column, and a caret below it, for a fixed-width font."""
        line_start = self.query.rfind("\n", 0, max(0, self.column - 1)) + 1
        line = self.query[line_start:].split("\n")[0].replace("\t", " ")
        at = self.column - 1 - line_start
        first = max(0, at - 60)
        return line[first : first + 100], f"{' ' * (at - first)}^"


def compiled(query: str, lists: Mapping[str, tuple[str, ...]]) -> Rule | Mistake:
    """The rule that a query is, or what is wrong with it. `lists`: spellings by name, for @name."""
    try:
        return compile_rule(RuleSpec(id="search", query=query, lists=lists))
    except RuleError as error:
        return Mistake(error.message, error.column, error.fix, query)


class Enough(Exception):  # noqa: N818  no error: the time is over
    """A search took as long as people wait. `found` is when the article was found that was looked at last."""

    def __init__(self, found: datetime | None) -> None:
        super().__init__("the time limit was reached")
        self.found = found


class Hurried(Scanner):
    """A matcher that raises Enough when its time is over."""

    def __init__(self, rule: Rule, clock: Callable[[], float], patience_s: float) -> None:
        super().__init__(rule)
        self._clock = clock
        self._end = clock() + patience_s

    def match(self, article: Article, *, source_tags: Iterable[str] = ()) -> list[Hit]:
        """The hits of the rule. Raises Enough."""
        if self._clock() > self._end:
            raise Enough(article.found)
        return super().match(article, source_tags=source_tags)
