"""Missing sources: outlets that articles of alerting stories cite."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from crawler.usecases.source_suggestions import LIMIT, Suggestion, describe, dismiss, suggestions
from crawler.usecases.times import since_of
from crawler.web.api.access import READ, WRITE
from crawler.web.api.filters import TimeText
from crawler.web.api.problems import responses
from crawler.web.site import SiteOf

router = APIRouter(prefix="/sources", tags=["sources"])


class ExampleOut(BaseModel):
    """An article that cites an outlet."""

    article_id: int
    title: str
    source: str
    kind: str = Field(description="link, name or agency.", examples=["name"])
    evidence: str = Field(description="The sentence that names the outlet, the link, or the credit.")


class SuggestionOut(BaseModel):
    """An outlet that is not watched."""

    key: str = Field(description="What `POST /sources/suggestions/dismiss` takes.", examples=["reuters.com"])
    name: str = Field(examples=["Reuters"])
    domain: str = Field(description="Empty if no address is known.", examples=["reuters.com"])
    address: str = Field(description="Address to add as a source; empty if none is known.")
    agency: bool = Field(description="Whether it is a news agency.")
    stories: int = Field(description="Number of alerting stories that cite it.")
    sources: int = Field(description="Number of sources that cite it.")
    last: datetime = Field(description="Last alert of a story that cites it.")
    links: int = Field(description="Articles that link to it.")
    names: int = Field(description="Articles that name it.")
    credits: int = Field(description="Articles that credit it as their agency.")
    reason: str = Field(description="The same in words.")
    examples: list[ExampleOut] = Field(description="At most three articles.")


class SuggestionsOut(BaseModel):
    """Suggested sources: most alerting stories first."""

    since: datetime
    complete: bool = Field(description="False if only the newest alerts of the period were read.")
    items: list[SuggestionOut]


class DismissedOutlet(BaseModel):
    """An outlet to hide."""

    model_config = ConfigDict(extra="forbid")
    key: str = Field(min_length=1, max_length=100, pattern=r"\S", examples=["reuters.com"])


@router.get("/suggestions", dependencies=[READ], responses=responses())
def listed(
    site: SiteOf,
    since: Annotated[TimeText, Query(description="Stories with an alert at or after this time.")] = "30d",
    limit: Annotated[int, Query(ge=1, le=200, description="Maximum number of outlets.")] = LIMIT,
) -> SuggestionsOut:
    """List outlets that articles of alerting stories link to, name or credit, and that are not watched."""
    start = since_of(since, site.now())
    report = suggestions(site.archive, site.watch_file.read().watch.sources, start, limit=limit)
    return SuggestionsOut(since=report.since, complete=report.complete, items=[_out(one) for one in report.items])


@router.post("/suggestions/dismiss", dependencies=[WRITE], status_code=204, responses=responses(400, 413))
def dismissed(site: SiteOf, outlet: DismissedOutlet) -> None:
    """Hide an outlet for a year."""
    dismiss(site.archive, outlet.key, site.now())


def _out(one: Suggestion) -> SuggestionOut:
    examples = [
        ExampleOut(article_id=of.article_id, title=of.title, source=of.source, kind=of.kind, evidence=of.evidence)
        for of in one.examples
    ]
    names = ("key", "name", "domain", "address", "agency", "stories", "sources", "last", "links", "names", "credits")
    return SuggestionOut(**{name: getattr(one, name) for name in names}, reason=describe(one), examples=examples)
