"""Search: rule queries, filters and saved searches."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Form, HTTPException, Path, Request, Response
from fastapi.responses import RedirectResponse

from crawler.archive import ArticleRow, ItemFilter
from crawler.items import Span
from crawler.rules import explain
from crawler.rules.language.spec import Rule
from crawler.usecases import deadlines
from crawler.usecases.cursors import LAST_ID, cursor
from crawler.web.forms.queries import Enough, Hurried, Mistake, compiled
from crawler.web.forms.search import Wanted, choices, parts_of, wanted_of
from crawler.web.forms.times import SINCE, after_of, cursor_of
from crawler.web.rendering.marking import Piece, snippets
from crawler.web.rendering.views import is_fragment, render
from crawler.web.rendering.words import line
from crawler.web.site import Site, SiteOf

LISTED = 30  # articles
MAX_ADDRESS = 20_000  # characters
MAX_ID = 10**18 - 1  # larger than any
EXAMPLES = (
    ("flood", "the word, ignoring case and accents"),
    ('"central bank"', "the exact phrase"),
    ("election AND fraud", "both words; AND is required"),
    ("drone* NEAR/10 (attack* OR strike)", "within ten words of each other; * matches any ending"),
    ("title:budget NOT football", "budget in the headline, football nowhere"),
    ("site:example.org AND harbour", "only articles from one site"),
)

router = APIRouter()


@dataclass(frozen=True, slots=True)
class Result:
    """One article, with the sentences around the hits."""

    row: ArticleRow
    excerpts: list[list[Piece]]


@dataclass(frozen=True, slots=True)
class Page:
    """What was found. `more`: the cursor behind it; `reached`: how far back the search came before it paused."""

    results: tuple[Result, ...] = ()
    more: str = ""
    reached: datetime | None = None


@router.get("/search")
def search(request: Request, site: SiteOf, wanted: Annotated[Wanted, Depends(wanted_of)], before: str = "") -> Response:
    """Articles that a query and filters choose, the newest first; for htmx the rows alone."""
    watch = site.watch_file.read().watch
    context: dict[str, Any] = {"wanted": wanted, "choices": choices(watch, wanted), "since_choices": SINCE}
    rule = compiled(wanted.q, watch.lists) if wanted.q else None
    context |= {"examples": EXAMPLES, "saved": site.archive.searches.listed()}
    context |= {"mistake": rule if isinstance(rule, Mistake) else None, "wrong": "", "page": Page(), "said": ""}
    try:
        chosen = replace(wanted.filter(site.now()), after=after_of(before))
    except ValueError as error:
        return render(request, "search.html", status=422, **context | {"wrong": str(error)})
    if isinstance(rule, Mistake):
        return render(request, "search.html", status=422, **context)
    if rule is not None or wanted.narrowed:
        context |= {"page": find(site, rule, chosen), "said": explain(rule) if rule else ""}
    return render(request, "_results.html" if is_fragment(request) else "search.html", **context)


def find(site: Site, rule: Rule | None, chosen: ItemFilter) -> Page:
    """One page of articles: all of the filter, or those that the rule matches, within `deadlines.SEARCH_S`."""
    results: list[Result] = []
    pause: datetime | None = None
    try:
        for row, spans in islice(_found(site, rule, chosen), LISTED + 1):
            results.append(Result(row, snippets(row.article, spans)))
    except Enough as enough:
        pause = enough.found
    shown = results[:LISTED]
    if len(results) > LISTED:
        return Page(tuple(shown), cursor_of(shown[-1].row))
    if pause is None:
        return Page(tuple(shown))
    last = shown[-1].row if shown else None
    more = cursor_of(last) if last and last.article.found == pause else cursor(pause, LAST_ID)
    return Page(tuple(shown), more, pause)


def _found(site: Site, rule: Rule | None, chosen: ItemFilter) -> Iterator[tuple[ArticleRow, tuple[Span, ...]]]:
    if rule is not None:
        return site.archive.search(Hurried(rule, time.monotonic, deadlines.SEARCH_S), chosen)
    return ((row, ()) for row in site.archive.items(replace(chosen, limit=LISTED + 1), bodies=False))


@router.post("/searches")
def keep(
    site: SiteOf,
    name: Annotated[str, Form(max_length=80)] = "",
    address: Annotated[str, Form(max_length=MAX_ADDRESS)] = "",
) -> Response:
    """Save a search under a name."""
    named, given = line(name, 80), parts_of(address)
    if not named or not given:
        raise HTTPException(422, "Enter a name and a query or filter for the saved search.")
    site.archive.searches.keep(named, urlencode(given), site.now())
    return RedirectResponse(f"/search?{urlencode(given)}", 303)


@router.post("/searches/{search_id}/forget")
def forget(site: SiteOf, search_id: Annotated[int, Path(ge=1, le=MAX_ID)]) -> Response:
    """Delete a saved search; succeed if it is already gone."""
    site.archive.searches.forget(search_id)
    return RedirectResponse("/search", 303)
