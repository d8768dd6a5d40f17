"""The search form: query and filters, as they appear in the address of the page."""

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
class SearchForm:
    """The query and filters of a search."""

    q: str = ""
    source: tuple[str, ...] = ()
    tag: tuple[str, ...] = ()
    language: tuple[str, ...] = ()
    rule: tuple[str, ...] = ()
    since: str = ""
    until: str = ""

    @property
    def address(self) -> str:
        """The query string of the address: `q=drone&source=bbc-world`."""
        parameters = [(name, value) for name in SearchForm.__dataclass_fields__ if (value := getattr(self, name))]
        return urlencode(parameters, doseq=True)

    @property
    def is_filtered(self) -> bool:
        """Whether any filter is set."""
        return self != SearchForm(self.q)

    @property
    def without_filters(self) -> SearchForm:
        """The same search without filters."""
        return SearchForm(self.q)

    def with_query(self, query: str) -> SearchForm:
        """Return the same filters with another query."""
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


def search_form(
    q: Annotated[str, Query(max_length=MAX_QUERY)] = "",
    source: Texts = [],  # noqa: B006  FastAPI copies defaults
    tag: Texts = [],  # noqa: B006
    language: Texts = [],  # noqa: B006
    rule: Texts = [],  # noqa: B006
    since: Text = "",
    until: Text = "",
) -> SearchForm:
    """Return the search of an address."""
    sources, tags, languages, rules = (tuple(filter(None, values)) for values in (source, tag, language, rule))
    return SearchForm(q.strip(), sources, tags, languages, rules, since.strip(), until.strip())


def choices(watch: Watch, form: SearchForm) -> dict[str, list[str]]:
    """Return the filter options: values of the watch file and those already selected."""
    tags = {tag.lower() for source in watch.sources for tag in source.tags}
    return {
        "source": sorted({source.id for source in watch.sources} | set(form.source)),
        "tag": sorted(tags | set(form.tag)),
        "rule": sorted({rule.id for rule in watch.rules} | set(form.rule)),
    }


def parts_of(address: str) -> list[tuple[str, str]]:
    """Return the known parts of a search address. Raises HTTPException 422 if it is invalid."""
    try:
        parameters = parse_qsl(address, max_num_fields=6 * MAX_CHOICES)
    except ValueError:
        raise HTTPException(422, "This is not a valid search.") from None
    return [(name, value) for name, value in parameters if name in SearchForm.__dataclass_fields__]
