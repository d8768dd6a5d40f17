"""Near misses of a rule."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from crawler.rules import compile_rule
from crawler.rules.near_misses import Kind
from crawler.usecases.near_misses import LIMIT, describe, dismiss, near_misses
from crawler.usecases.times import since_of
from crawler.web.api.access import READ, WRITE
from crawler.web.api.filters import TimeText
from crawler.web.api.problems import responses
from crawler.web.api.rules import known_rule
from crawler.web.site import SiteOf

RuleId = Annotated[str, Path(max_length=100, description="Rule id.")]
router = APIRouter(prefix="/rules", tags=["rules"])


class NearMissOut(BaseModel):
    """An article that matches all but one part of a rule."""

    id: int
    url: str
    title: str
    source: str
    found: datetime | None
    kind: Kind = Field(description="What the article lacks.")
    part: str = Field(description="The part of the rule that does not match, as query text.", examples=["Kadhimi"])
    instead: str = Field(description="What the article has instead, or empty.", examples=["Kadhemi"])
    reason: str = Field(description="The same in words.")
    query: str = Field(description="A query that matches all that the rule matches and this article; may be empty.")


class Dismissed(BaseModel):
    """A near miss as `GET /rules/{id}/near-misses` returned it."""

    model_config = ConfigDict(extra="forbid")
    kind: Kind
    part: str = Field(min_length=1, max_length=20_000, examples=["Kadhimi"])
    instead: str = Field("", max_length=1_000, examples=["Kadhemi"])


class NearMisses(BaseModel):
    """The near misses of a rule, nearest first."""

    since: datetime
    examined: int = Field(description="Number of articles that were examined.")
    complete: bool = Field(description="False if the rule has more candidates than were examined, newest first.")
    items: list[NearMissOut]


@router.get("/{rule_id}/near-misses", dependencies=[READ], responses=responses(404))
def missed(
    site: SiteOf,
    rule_id: RuleId,
    since: Annotated[TimeText, Query(description="Articles found at or after this time.")] = "30d",
    limit: Annotated[int, Query(ge=1, le=200, description="Maximum number of articles.")] = LIMIT,
) -> NearMisses:
    """List the articles that the rule nearly matched; takes up to two seconds."""
    watch = site.watch_file.read().watch
    rule = known_rule(watch, rule_id)
    start = since_of(since, site.now())
    report = near_misses(
        site.archive, compile_rule(rule.spec(watch.lists)), start, tags=watch.tags_by_source, limit=limit
    )
    items = [
        NearMissOut(
            id=one.id,
            url=one.article.url,
            title=one.article.title,
            source=one.article.source,
            found=one.article.found,
            kind=one.miss.kind,
            part=one.miss.part,
            instead=one.miss.found,
            reason=describe(one.miss),
            query=one.miss.query,
        )
        for one in report.missed
    ]
    return NearMisses(since=report.since, examined=report.examined, complete=report.complete, items=items)


@router.post(
    "/{rule_id}/near-misses/dismiss", dependencies=[WRITE], status_code=204, responses=responses(400, 404, 413)
)
def dismissed(site: SiteOf, rule_id: RuleId, miss: Dismissed) -> None:
    """Hide near misses of this kind for a year."""
    known_rule(site.watch_file.read().watch, rule_id)
    dismiss(site.archive, rule_id, miss.kind, miss.part, miss.instead, site.now())
