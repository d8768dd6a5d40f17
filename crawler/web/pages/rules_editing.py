"""Writing a rule: explained while it is typed, refused with a correction, saved into the watch file."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Form, HTTPException, Path, Query, Request, Response
from fastapi.responses import RedirectResponse

from crawler.config.file.edit import adding, changing
from crawler.usecases.spellings import spellings
from crawler.usecases.times import since_of
from crawler.web.forms.drafts import FORMS, KINDS, LONG, Draft, Sent
from crawler.web.forms.editing import NotSavedError, entry_of, save, seen, text_of
from crawler.web.forms.explanation import understood
from crawler.web.forms.times import SINCE
from crawler.web.rendering.views import is_fragment, render
from crawler.web.site import Site, SiteOf

LOOKED = 3000  # of the newest articles, for spellings
WORDS = 4  # of a name

router = APIRouter(prefix="/rules")
Form_ = Annotated[Sent, Form()]
RuleId = Annotated[str, Path(pattern=r"^[a-z0-9-]{1,64}$")]


@router.get("/new")
def new(request: Request, site: SiteOf, query: Annotated[str, Query(max_length=LONG)] = "") -> Response:
    """An empty form, or one with a query of the search page."""
    return form(request, site, Sent(query=query, seen=_fingerprint(site)))


@router.get("/{rule_id}/edit")
def edit(
    request: Request, site: SiteOf, rule_id: RuleId, query: Annotated[str, Query(max_length=LONG)] = ""
) -> Response:
    """Return the form of a rule as the file has it, or with a query in the place of all its words."""
    text = text_of(site.watch_file.path)
    raw = entry_of(text, "rules", rule_id)
    if raw is None:
        raise HTTPException(404, "This rule is not in the watch file.")
    draft = Draft.of(raw)
    if query:
        draft = draft.model_copy(update={"query": query, **dict.fromkeys(FORMS, "")})
    return form(request, site, Sent(**draft.model_dump(), old=rule_id, seen=seen(text)))


@router.post("/explain")
def explained(request: Request, site: SiteOf, sent: Form_) -> Response:
    """What the draft means, for htmx, while it is typed."""
    watch = site.watch_file.read().watch
    known = understood(sent, watch.lists, sent.try_title, sent.try_text)
    return render(request, "_rule_said.html", known=known, sent=sent)


@router.post("/draft")
def draft(request: Request, site: SiteOf, sent: Form_) -> Response:
    """The form again: with a correction taken, with spellings, or explained; for htmx the fields alone."""
    taken = sent.taking(sent.take)
    found = _spellings(site, sent.term) if sent.asked == "spellings" or (sent.term and not sent.take) else None
    return form(request, site, taken.model_copy(update={"take": ""}), spelled=found)


@router.post("/suggest")
def suggest(request: Request, site: SiteOf, sent: Form_) -> Response:
    """Return other spellings of a name in the archive, for htmx."""
    return render(request, "_rule_spellings.html", spelled=_spellings(site, sent.term), sent=sent)


@router.post("/save")
def keep(request: Request, site: SiteOf, sent: Form_) -> Response:
    """Write the rule into the watch file; comments and all that did not change stay as they are."""
    path = site.watch_file.path
    if not understood(sent, site.watch_file.read().watch.lists).good:
        return form(request, site, sent, status=422)
    try:
        raw = entry_of(text_of(path), "rules", sent.old) or {}
        changes = changing("rules", sent.old, sent.changes(Draft.of(raw)))
        save(path, changes if sent.old else adding("rules", sent.entry()), sent.seen)
    except NotSavedError as failure:
        again = sent.model_copy(update={"seen": _fingerprint(site)})
        status = 409 if failure.changed else 422
        return form(request, site, again, status=status, failure=failure, theirs=_theirs(site, sent.old))
    return RedirectResponse(f"/rules?{urlencode({'saved': sent.id.strip()})}", 303)


def form(request: Request, site: Site, sent: Sent, *, status: int = 200, **more: Any) -> Response:
    """The page with the form; for htmx the fields of the query alone."""
    watch = site.watch_file.read().watch
    context: dict[str, Any] = {"failure": None, "theirs": "", "spelled": None, "job": None}
    context |= {"sent": sent, "known": understood(sent, watch.lists, sent.try_title, sent.try_text)}
    context |= {"channels": [channel.id for channel in watch.channels], "kinds": KINDS, "since_choices": SINCE}
    context |= {"lists": watch.lists, "fresh": sent.empty}
    template = "_rule_words.html" if is_fragment(request) else "rule.html"
    return render(request, template, status=status, **context | more)


def _spellings(site: Site, term: str) -> dict[str, Any]:
    """Rows (word, spellings, a group ready for a query) for each word of a name."""
    words = " ".join(term.split()[:WORDS])[:200]
    if not words:
        return {"looked": 0, "rows": []}
    found, looked = spellings(site.archive, words, since_of("30d", site.now()), LOOKED)
    rows = [(word, likely[:12], " OR ".join(one.word for one in likely[:12])) for word, likely in found]
    return {"looked": looked, "rows": rows}


def _theirs(site: Site, rule_id: str) -> str:
    """Return the current query in the file, for a user whose change conflicts."""
    raw = entry_of(text_of(site.watch_file.path), "rules", rule_id) if rule_id else None
    return str(raw.get("query") or "") if raw else ""


def _fingerprint(site: Site) -> str:
    return seen(text_of(site.watch_file.path))
