"""Search: rule queries, filters and saved searches."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Form, HTTPException, Path, Request, Response
from fastapi.responses import RedirectResponse

from crawler.archive import ArticleRow, ItemFilter
from crawler.rules import explain
from crawler.rules.language.spec import Rule
from crawler.usecases.cursors import cursor
from crawler.usecases.search import article_page
from crawler.web.forms.queries import Mistake, compiled
from crawler.web.forms.search import SearchForm, choices, parts_of, search_form
from crawler.web.forms.times import SINCE, after_of
from crawler.web.rendering.formats import line
from crawler.web.rendering.marking import Piece, snippets
from crawler.web.rendering.views import is_fragment, render
from crawler.web.site import Site, SiteOf

LISTED = 30  # articles
MAX_ADDRESS = 20_000  # characters
MAX_ID = 10**18 - 1  # larger than any id
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
    """One article with the sentences around its hits."""

    row: ArticleRow
    excerpts: list[list[Piece]]


@dataclass(frozen=True, slots=True)
class Page:
    """One page of results. `more`: the cursor of the next page; `reached`: how far back a paused search got."""

    results: tuple[Result, ...] = ()
    more: str = ""
    reached: datetime | None = None


@router.get("/search")
def search(
    request: Request, site: SiteOf, form: Annotated[SearchForm, Depends(search_form)], before: str = ""
) -> Response:
    """Return the articles that a query and filters match, newest first; only the rows for htmx."""
    watch = site.watch_file.read().watch
    context: dict[str, Any] = {"form": form, "choices": choices(watch, form), "since_choices": SINCE}
    rule = compiled(form.q, watch.lists) if form.q else None
    context |= {"examples": EXAMPLES, "saved": site.archive.searches.listed()}
    context |= {"mistake": rule if isinstance(rule, Mistake) else None, "error": "", "page": Page(), "explanation": ""}
    try:
        selection = replace(form.filter(site.now()), after=after_of(before))
    except ValueError as error:
        return render(request, "search.html", status=422, **context | {"error": str(error)})
    if isinstance(rule, Mistake):
        return render(request, "search.html", status=422, **context)
    if rule is not None or form.is_filtered:
        context |= {"page": find(site, rule, selection), "explanation": explain(rule) if rule else ""}
    return render(request, "_results.html" if is_fragment(request) else "search.html", **context)


def find(site: Site, rule: Rule | None, selection: ItemFilter) -> Page:
    """Return one page of the articles that the filters and the rule match."""
    found = article_page(site.archive, rule, selection, LISTED)
    results = tuple(Result(row, snippets(row.article, spans)) for row, spans in found.matches)
    return Page(results, cursor(*found.end) if found.end else "", found.reached)


@router.post("/searches")
def save_search(
    site: SiteOf,
    name: Annotated[str, Form(max_length=80)] = "",
    address: Annotated[str, Form(max_length=MAX_ADDRESS)] = "",
) -> Response:
    """Save a search under a name."""
    title, parameters = line(name, 80), parts_of(address)
    if not title or not parameters:
        raise HTTPException(422, "Enter a name and a query or filter for the saved search.")
    site.archive.searches.keep(title, urlencode(parameters), site.now())
    return RedirectResponse(f"/search?{urlencode(parameters)}", 303)


@router.post("/searches/{search_id}/delete")
def delete_search(site: SiteOf, search_id: Annotated[int, Path(ge=1, le=MAX_ID)]) -> Response:
    """Delete a saved search; succeed if it is already gone."""
    site.archive.searches.forget(search_id)
    return RedirectResponse("/search", 303)
