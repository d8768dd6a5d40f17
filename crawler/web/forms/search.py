"""The query and filters of a search, as they appear in the address of its page."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated
from urllib.parse import parse_qsl, urlencode

from fastapi import HTTPException, Query

from crawler.archive import ItemFilter
from crawler.config import Watch
from crawler.usecases.filters import article_filter

MAX_QUERY = 4000  # characters
MAX_CHOICES = 50  # values of one filter
Text = Annotated[str, Query(max_length=200)]
Texts = Annotated[list[Annotated[str, Query(max_length=200)]], Query(max_length=MAX_CHOICES)]


@dataclass(frozen=True, slots=True)
class Wanted:
    """The query and filters in an address."""

    q: str = ""
    source: tuple[str, ...] = ()
    tag: tuple[str, ...] = ()
    language: tuple[str, ...] = ()
    rule: tuple[str, ...] = ()
    since: str = ""
    until: str = ""

    @property
    def address(self) -> str:
        """The part of the address behind the question mark: `q=drone&source=bbc-world`."""
        given = [(name, value) for name in Wanted.__dataclass_fields__ if (value := getattr(self, name))]
        return urlencode(given, doseq=True)

    @property
    def narrowed(self) -> bool:
        """Whether any filter is set."""
        return self != Wanted(self.q)

    @property
    def without_filters(self) -> Wanted:
        """The query alone."""
        return Wanted(self.q)

    def with_query(self, query: str) -> Wanted:
        """The same filters with another query."""
        return replace(self, q=query)

    def filter(self, now: datetime) -> ItemFilter:
        """Return the archive filter. Raises ValueError for an invalid time."""
        return article_filter(
            now,
            since=self.since,
            until=self.until,
            sources=self.source,
            tags=self.tag,
            languages=self.language,
            rules=self.rule,
        )


def wanted_of(
    q: Annotated[str, Query(max_length=MAX_QUERY)] = "",
    source: Texts = [],  # noqa: B006  FastAPI copies defaults
    tag: Texts = [],  # noqa: B006
    language: Texts = [],  # noqa: B006
    rule: Texts = [],  # noqa: B006
    since: Text = "",
    until: Text = "",
) -> Wanted:
    """Return the search in an address."""
    sources, tags, languages, rules = (tuple(filter(None, values)) for values in (source, tag, language, rule))
    return Wanted(q.strip(), sources, tags, languages, rules, since.strip(), until.strip())


def choices(watch: Watch, wanted: Wanted) -> dict[str, list[str]]:
    """Return the filter options: values of the watch file and those already selected in the address."""
    tags = {tag.lower() for source in watch.sources for tag in source.tags}
    return {
        "source": sorted({source.id for source in watch.sources} | set(wanted.source)),
        "tag": sorted(tags | set(wanted.tag)),
        "rule": sorted({rule.id for rule in watch.rules} | set(wanted.rule)),
    }


def parts_of(address: str) -> list[tuple[str, str]]:
    """Return the known parts of a search address. Raises HTTPException 422 if it is invalid."""
    try:
        given = parse_qsl(address, max_num_fields=6 * MAX_CHOICES)
    except ValueError:
        raise HTTPException(422, "This is not a valid search.") from None
    return [(name, value) for name, value in given if name in Wanted.__dataclass_fields__]
