"""Rules: the rules of the watch file, query explanations, and back-tests."""

from __future__ import annotations

import threading
import time
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Path, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from crawler.config import Rule, Watch
from crawler.errors import RuleError
from crawler.rules import Rule as Compiled
from crawler.rules import RuleSpec, check_examples, compile_rule, explain
from crawler.usecases.backtesting import Backtest, Report
from crawler.usecases.times import since_of, until_of
from crawler.web.api.access import READ
from crawler.web.api.filters import TimeText, rule_of
from crawler.web.api.paging import DEFAULT_LIMIT, Limit, Page, PlaceCursor, following
from crawler.web.api.problems import responses
from crawler.web.forms.search import MAX_QUERY
from crawler.web.site import Site, SiteOf

TIME_LIMIT_S = 20.0
MAX_BACKTESTS = 2  # at the same time
MAX_EXAMPLES = 50

router = APIRouter(prefix="/rules", tags=["rules"], dependencies=[READ])
_backtests = threading.BoundedSemaphore(MAX_BACKTESTS)
QueryText = Annotated[
    str, Field(min_length=1, max_length=MAX_QUERY, description="Query, in the syntax of rules.", examples=["drone*"])
]
Sentence = Annotated[str, Field(max_length=2000)]
Sentences = Annotated[list[Sentence], Field(max_length=MAX_EXAMPLES)]


class RuleOut(BaseModel):
    """A rule of the watch file."""

    id: str = Field(examples=["us-in-iraq"])
    query: str = Field(description="Query; empty if the rule uses word lists.")
    any: list[str]
    all: list[str]
    none: list[str]
    title_any: list[str]
    explanation: str = Field(description="When the rule matches, in one sentence.")
    version: str = Field(description="Changes when the rule's meaning does.")
    sources: list[str] = Field(
        description="Source ids. The rule matches only articles from these and from `source_tags`."
    )
    source_tags: list[str]
    languages: list[str]
    forms: list[str]
    send: list[str] = Field(description="Ids of the channels that receive the alerts.")
    on: list[str] = Field(description="Events that raise an alert.", examples=[["new", "headline"]])
    urgent: bool
    paused: bool


class CheckRequest(BaseModel):
    """A query to check, with texts that it must match and must not match."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"query": "rocket* NEAR/10 embassy", "match": ["Rockets hit the embassy"]}]},
    )
    query: QueryText
    match: Sentences = Field(default_factory=list, description="Texts that the query must match.")
    not_match: Sentences = Field(default_factory=list, description="Texts that the query must not match.")


class MistakeOut(BaseModel):
    """An error in a query."""

    message: str
    column: int = Field(description="Column of the error, from 1.")
    fix: str = Field(description="Suggested correction, or empty.")


class CheckResult(BaseModel):
    """The explanation of a query, or its error."""

    valid: bool
    explanation: str = Field(description="When the query matches, in one sentence; empty if it has an error.")
    mistake: MistakeOut | None
    failed_examples: list[str] = Field(description="Examples that did not match as required.")


class BacktestRequest(BaseModel):
    """A back-test: a query, or a rule of the watch file by its id."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"query": "drone*", "since": "7d"}]})
    query: str = Field("", max_length=MAX_QUERY, description="Query, in the syntax of rules.")
    rule: str = Field("", max_length=100, description="Id of a rule, instead of `query`.")
    since: TimeText = Field("30d", description="Articles found at or after this time.")
    until: TimeText | None = Field(None, description="Articles found before this time; default: now.")


class Sample(BaseModel):
    """One article that the rule would have matched."""

    id: int
    found: datetime
    source: str
    title: str
    url: str
    excerpts: list[str]


class BacktestResult(BaseModel):
    """The result of a back-test."""

    explanation: str
    since: datetime
    until: datetime
    articles: int = Field(description="Number of articles in this period.")
    hits: int
    stories: int = Field(description="Number of distinct stories, which is the number of alerts.")
    alerts_per_day: float
    complete: bool = Field(description="False if the back-test reached the time limit and went back only to `since`.")
    seconds: float
    samples: list[Sample] = Field(description="At most 20 hits from the whole period.")


@router.get("", responses=responses())
def rules(
    request: Request, response: Response, site: SiteOf, limit: Limit = DEFAULT_LIMIT, cursor: PlaceCursor = None
) -> Page[RuleOut]:
    """List the rules in the order of the watch file."""
    watch = site.watch_file.read().watch
    start = int(cursor or 0)
    more = str(start + limit) if len(watch.rules) > start + limit else None
    items = [_out(rule, watch) for rule in watch.rules[start : start + limit]]
    return Page(items=items, cursor=more, next=following(request, response, more))


@router.get("/{rule_id}", responses=responses(404))
def rule(site: SiteOf, rule_id: Annotated[str, Path(max_length=100, description="Rule id.")]) -> RuleOut:
    """Return one rule with its explanation."""
    watch = site.watch_file.read().watch
    return _out(known_rule(watch, rule_id), watch)


@router.post("/check", responses=responses(400, 413))
def check(site: SiteOf, draft: CheckRequest) -> CheckResult:
    """Explain a query or report its error. Nothing is stored."""
    lists = tuple(site.watch_file.read().watch.lists.items())
    examples = {"examples_match": tuple(draft.match), "examples_not": tuple(draft.not_match)}
    try:
        compiled = compile_rule(RuleSpec("query", draft.query, lists=lists, **examples))
    except RuleError as error:
        mistake = MistakeOut(message=error.message, column=error.column, fix=error.fix)
        return CheckResult(valid=False, explanation="", mistake=mistake, failed_examples=[])
    failed = [str(failure) for failure in check_examples(compiled)]
    return CheckResult(valid=True, explanation=explain(compiled), mistake=None, failed_examples=failed)


@router.post("/test", responses=responses(400, 404, 413, 429))
def test(site: SiteOf, request: BacktestRequest) -> BacktestResult:
    """Back-test a rule on the archive, newest articles first, for at most 20 seconds."""
    now = site.now()
    watch = site.watch_file.read().watch
    known = known_rule(watch, request.rule) if request.rule or not request.query.strip() else None
    compiled = compile_rule(known.spec(watch.lists)) if known else rule_of(request.query, watch)
    until = until_of(request.until, now) if request.until else now
    if not _backtests.acquire(blocking=False):
        raise HTTPException(
            429, "Too many back-tests are running. Try again in a moment.", headers={"Retry-After": "5"}
        )
    try:
        report = _report(site, watch, compiled, since_of(request.since, now), until)
    finally:
        _backtests.release()
    return _result(report)


def _report(site: Site, watch: Watch, compiled: Compiled, since: datetime, until: datetime) -> Report:
    tags = watch.tags_by_source
    end = time.monotonic() + TIME_LIMIT_S
    backtest = Backtest(site.archive, site.places.database_url, compiled, since, until, tags, cores=1)
    return backtest.run(lambda done, total: time.monotonic() < end)  # noqa: ARG005  the names of Progress


def _result(report: Report) -> BacktestResult:
    return BacktestResult(
        explanation=explain(report.rule),
        since=report.since,
        until=report.until,
        articles=report.articles,
        hits=len(report.found),
        stories=report.stories,
        alerts_per_day=round(report.stories / report.days, 2),
        complete=report.complete,
        seconds=round(report.seconds, 3),
        samples=[Sample(**sample) for sample in report.samples],
    )


def known_rule(watch: Watch, rule_id: str) -> Rule:
    """Return a rule of the watch file. Raises HTTPException 404."""
    found = next((one for one in watch.rules if one.id == rule_id), None)
    if found is None:
        raise HTTPException(404, "This rule is not in the watch file.")
    return found


def _out(rule: Rule, watch: Watch) -> RuleOut:
    compiled = compile_rule(rule.spec(watch.lists))
    plain: dict[str, Any] = {
        name: list(getattr(rule, name))
        for name in ("any", "all", "none", "title_any", "languages", "forms", "send", "on")
    }
    return RuleOut(
        id=rule.id,
        query=rule.query or "",
        explanation=explain(compiled),
        version=compiled.version,
        sources=list(rule.sources.ids),
        source_tags=list(rule.sources.tags),
        urgent=rule.urgent,
        paused=rule.paused,
        **plain,
    )
