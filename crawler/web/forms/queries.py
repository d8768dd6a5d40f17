"""Queries of the search field, compiled like rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from crawler.errors import RuleError
from crawler.rules import RuleSpec, compile_rule
from crawler.rules.language.spec import Rule


@dataclass(frozen=True, slots=True)
class Mistake:
    """An error in a query: the message, the column (from 1), and a corrected query or ""."""

    message: str
    column: int
    fix: str
    query: str

    @property
    def pointer(self) -> tuple[str, str]:
        """The line of the query around the column, and a line with a caret below it, for a fixed-width font."""
        line_start = self.query.rfind("\n", 0, max(0, self.column - 1)) + 1
        line = self.query[line_start:].split("\n")[0].replace("\t", " ")
        at = self.column - 1 - line_start
        first = max(0, at - 60)
        return line[first : first + 100], f"{' ' * (at - first)}^"


def compiled(query: str, lists: Mapping[str, tuple[str, ...]]) -> Rule | Mistake:
    """Compile a query to a rule, or return its error. `lists`: spellings by name, for @name."""
    try:
        return compile_rule(RuleSpec(id="search", query=query, lists=lists))
    except RuleError as error:
        return Mistake(error.message, error.column, error.fix, query)
