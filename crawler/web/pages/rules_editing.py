"""The rule editor: explains a rule while it is typed, suggests corrections, and saves it to the watch file."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Form, HTTPException, Path, Query, Request, Response
from fastapi.responses import RedirectResponse

from crawler.config.file.edit import adding, changing
from crawler.usecases.spellings import spellings
from crawler.usecases.times import since_of
from crawler.web.forms.drafts import FORMS, KINDS, LONG, Draft, SubmittedForm
from crawler.web.forms.editing import NotSavedError, entry_of, fingerprint_of, save, text_of
from crawler.web.forms.explanation import explained
from crawler.web.forms.times import SINCE
from crawler.web.rendering.views import is_fragment, render
from crawler.web.site import Site, SiteOf

SEARCHED = 3000  # newest articles, for spellings
MAX_WORDS = 4  # of a name

router = APIRouter(prefix="/rules")
RuleForm = Annotated[SubmittedForm, Form()]
RuleId = Annotated[str, Path(pattern=r"^[a-z0-9-]{1,64}$")]


@router.get("/new")
def new(request: Request, site: SiteOf, query: Annotated[str, Query(max_length=LONG)] = "") -> Response:
    """Return an empty form, or one with a query from the search page."""
    return form(request, site, SubmittedForm(query=query, seen=_fingerprint(site)))


@router.get("/{rule_id}/edit")
def edit(
    request: Request, site: SiteOf, rule_id: RuleId, query: Annotated[str, Query(max_length=LONG)] = ""
) -> Response:
    """Return the form with a rule of the watch file, or with a query in place of its words."""
    text = text_of(site.watch_file.path)
    raw = entry_of(text, "rules", rule_id)
    if raw is None:
        raise HTTPException(404, "This rule is not in the watch file.")
    draft = Draft.of(raw)
    if query:
        draft = draft.model_copy(update={"query": query, **dict.fromkeys(FORMS, "")})
    return form(request, site, SubmittedForm(**draft.model_dump(), old=rule_id, seen=fingerprint_of(text)))


@router.post("/explain")
def explain(request: Request, site: SiteOf, sent: RuleForm) -> Response:
    """Return the explanation of the draft, for htmx while it is typed."""
    watch = site.watch_file.read().watch
    explanation = explained(sent, watch.lists, sent.try_title, sent.try_text)
    return render(request, "_rule_explanation.html", explanation=explanation, sent=sent)


@router.post("/draft")
def draft(request: Request, site: SiteOf, sent: RuleForm) -> Response:
    """Return the form with a correction applied, with spellings, or explained; only the fields for htmx."""
    corrected = sent.corrected(sent.correction).model_copy(update={"correction": ""})
    wants_spellings = sent.action == "spellings" or (sent.term and not sent.correction)
    return form(request, site, corrected, spellings=_spellings(site, sent.term) if wants_spellings else None)


@router.post("/suggest")
def suggest(request: Request, site: SiteOf, sent: RuleForm) -> Response:
    """Return other spellings of a name in the archive, for htmx."""
    return render(request, "_rule_spellings.html", spellings=_spellings(site, sent.term), sent=sent)


@router.post("/save")
def save_rule(request: Request, site: SiteOf, sent: RuleForm) -> Response:
    """Write the rule to the watch file; comments and unchanged keys are preserved."""
    path = site.watch_file.path
    if not explained(sent, site.watch_file.read().watch.lists).valid:
        return form(request, site, sent, status=422)
    try:
        raw = entry_of(text_of(path), "rules", sent.old) or {}
        changes = changing("rules", sent.old, sent.changes(Draft.of(raw)))
        save(path, changes if sent.old else adding("rules", sent.entry()), sent.seen)
    except NotSavedError as failure:
        updated = sent.model_copy(update={"seen": _fingerprint(site)})
        status = 409 if failure.changed else 422
        current = _current_query(site, sent.old)
        return form(request, site, updated, status=status, failure=failure, current_query=current)
    return RedirectResponse(f"/rules?{urlencode({'saved': sent.id.strip()})}", 303)


def form(request: Request, site: Site, sent: SubmittedForm, *, status: int = 200, **more: Any) -> Response:
    """Return the page with the form; only the fields of the query for htmx."""
    watch = site.watch_file.read().watch
    context: dict[str, Any] = {"failure": None, "current_query": "", "spellings": None, "job": None}
    context |= {"sent": sent, "explanation": explained(sent, watch.lists, sent.try_title, sent.try_text)}
    context |= {"channels": [channel.id for channel in watch.channels], "kinds": KINDS, "since_choices": SINCE}
    context |= {"lists": watch.lists, "is_empty": sent.empty}
    template = "_rule_fields.html" if is_fragment(request) else "rule.html"
    return render(request, template, status=status, **context | more)


def _spellings(site: Site, term: str) -> dict[str, Any]:
    """Return rows of (word, spellings, query group) for the words of a name, and the number of articles searched."""
    words = " ".join(term.split()[:MAX_WORDS])[:200]
    if not words:
        return {"searched": 0, "rows": []}
    found, searched = spellings(site.archive, words, since_of("30d", site.now()), SEARCHED)
    rows = [(word, likely[:12], " OR ".join(one.word for one in likely[:12])) for word, likely in found]
    return {"searched": searched, "rows": rows}


def _current_query(site: Site, rule_id: str) -> str:
    """Return the current query in the file, for a user whose change conflicts."""
    raw = entry_of(text_of(site.watch_file.path), "rules", rule_id) if rule_id else None
    return str(raw.get("query") or "") if raw else ""


def _fingerprint(site: Site) -> str:
    return fingerprint_of(text_of(site.watch_file.path))
