"""Query parameters: times, and the article filters of `wirewatch items list`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

from fastapi import Depends, HTTPException, Query
from pydantic import AfterValidator, WithJsonSchema

from crawler.archive import ItemFilter, Order
from crawler.config import Watch
from crawler.rules.language.spec import Rule
from crawler.usecases.filters import article_filter
from crawler.usecases.times import EXAMPLES, since_of
from crawler.web.forms.queries import Mistake, compiled
from crawler.web.forms.search import MAX_CHOICES, MAX_QUERY

_TIME_SCHEMA = {
    "anyOf": [
        {"type": "string", "pattern": r"^[0-9]{1,6}[smhdwSMHDW]$"},
        {"type": "string", "enum": ["now", "today", "yesterday"]},
        {"type": "string", "format": "date"},
        {"type": "string", "format": "date-time"},
    ],
    "examples": ["24h", "2026-11-01", "2026-11-01T08:00:00Z"],
}


def _valid_time(text: str) -> str:
    since_of(text, datetime(2026, 1, 1, tzinfo=UTC))
    return text


TimeText = Annotated[str, AfterValidator(_valid_time), WithJsonSchema(_TIME_SCHEMA)]
Name = Annotated[str, Query(max_length=200)]
Names = Annotated[list[Name], Query(max_length=MAX_CHOICES)]


@dataclass(frozen=True, slots=True)
class Filters:
    """A selection of articles; several values of one parameter mean any of them."""

    q: str
    source: Sequence[str]
    tag: Sequence[str]
    language: Sequence[str]
    rule: Sequence[str]
    since: str | None
    until: str | None

    def items(self, now: datetime, order: Order) -> ItemFilter:
        """Return the archive filter."""
        return article_filter(
            now,
            since=self.since,
            until=self.until,
            sources=self.source,
            tags=self.tag,
            languages=self.language,
            rules=self.rule,
            order=order,
        )

    def query(self, watch: Watch) -> Rule | None:
        """Compile the query. Raises HTTPException 422 with the column of the mistake and a correction."""
        return rule_of(self.q, watch) if self.q.strip() else None


def filters_of(
    *,
    q: Annotated[
        str,
        Query(
            max_length=MAX_QUERY,
            description="Query, in the syntax of rules (docs/rules.md).",
            examples=['("US embassy" OR "green zone") AND rocket*'],
        ),
    ] = "",
    source: Annotated[Names, Query(description="Source ids.", examples=[["bbc-world"]])] = [],  # noqa: B006
    tag: Annotated[Names, Query(description="Source or article tags, case-insensitive.")] = [],  # noqa: B006  FastAPI copies defaults
    language: Annotated[Names, Query(description="Language codes such as `en`.")] = [],  # noqa: B006
    rule: Annotated[Names, Query(description="Ids of rules that raised an alert.")] = [],  # noqa: B006
    since: Annotated[TimeText | None, Query(description=f"Found at or after this time: {EXAMPLES}.")] = None,
    until: Annotated[TimeText | None, Query(description="Found before this time, or by the end of this day.")] = None,
) -> Filters:
    """Return the filters of an address."""
    return Filters(q, source, tag, language, rule, since, until)


Chosen = Annotated[Filters, Depends(filters_of)]


def rule_of(query: str, watch: Watch) -> Rule:
    """Compile a query. Raises HTTPException 422."""
    found = compiled(query, watch.lists)
    if isinstance(found, Mistake):
        fix = f" Did you mean: {found.fix}" if found.fix else ""
        raise HTTPException(422, f"Query, column {found.column}: {found.message}.{fix}")
    return found
