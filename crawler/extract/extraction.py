"""The extraction pipeline: from the bytes of a page to an article."""

from __future__ import annotations

from dataclasses import replace

from lxml.etree import LxmlError

from crawler.dates import read as read_date
from crawler.errors import ExtractorCrashError
from crawler.extract import pdf, verdict
from crawler.extract.body import choice, live, omitted, recovery, render
from crawler.extract.body.blocks import Block, read
from crawler.extract.body.choice import Body
from crawler.extract.boilerplate.removal import split_boilerplate, split_labels
from crawler.extract.citations import links, with_citations
from crawler.extract.fields import about, authors, language, times, titles
from crawler.extract.fields.times import CLOCK_SKEW, Timestamp
from crawler.extract.finish import finish
from crawler.extract.page import marks, override, pagination
from crawler.extract.page.hints import Hints, Overrides
from crawler.extract.page.page import (
    Page,
    drop_other_posts,
    join_initials,
    parse,
    precheck,
    strip_invisible,
    unwrap_layout_tables,
)
from crawler.extract.plain import split_tags
from crawler.extract.words import squeeze
from crawler.items import Article, Extraction, Removed

_MAX_TAGS = 30
_MAX_TAG_LINE = 120  # characters


def extract(html: bytes, url: str | None = None) -> Article | None:
    """Return the article in `html`, or None if it has none. `url` is the address of the page."""
    return examine(html, url).article


def examine(html: bytes, url: str | None, hints: Hints = Hints()) -> Extraction:  # noqa: B008 - Hints is frozen
    """Return the article of a page, or the reason why it has none, and the text that was removed.

    Reasons: empty, too-large, not-html, too-complex, too-short, index-page, soft-404, bot-wall, consent, script-only,
    pdf-extra-missing, pdf-encrypted. Raises ExtractorCrashError if the page crashes the extractor, ValueError if an
    override is not a valid selector.
    """
    if pdf.is_pdf(html) and len(html) <= hints.max_bytes:
        return pdf.examine_pdf(html, url or "", hints)
    reason = precheck(html, hints)
    if reason:
        return Extraction(None, reason)
    try:
        page = parse(html, url or "", hints)
        return Extraction(None, page) if isinstance(page, str) else _examine(page, hints)
    except (LxmlError, RecursionError, MemoryError, AttributeError, LookupError, TypeError) as error:
        raise ExtractorCrashError(
            f"the page crashed the extractor ({type(error).__name__}: {error})", subject=url or ""
        ) from error


def _examine(page: Page, hints: Hints) -> Extraction:
    overrides = hints.overrides or Overrides()
    lines = [*omitted.text_lines(page.tree)] if hints.explain else []  # before anything is removed
    override.remove(page, overrides)
    article, found_in = _read_fields(page, hints, overrides)
    following = pagination.next_page(page)
    headlines = titles.title_keys(page, article.title)
    frame = links.sites_of_frame(page)
    hidden = _simplify(page)
    captions = marks.mark_captions(page.tree)
    if article.live:
        live.mark_times(page)
    marks.mark_links(page.tree)
    pictures = marks.image_keys(page.tree)
    found, chosen = _body(page, overrides)
    if chosen:
        kept, removed = split_labels(found.blocks)
    else:
        kept, removed = split_boilerplate(found.blocks, headlines, article.authors, hints.boilerplate, pictures)
        kept, unknown = recovery.drop_not_in_json_ld(recovery.or_json_ld_body(kept, page.ld.body), page.ld.body)
        removed += unknown
    text = render.text(kept)
    reason = "" if chosen and text else verdict.rejection_reason(page, found, text)
    removed += [Removed(text, "hidden") for text in hidden]
    if hints.explain:
        known = [article.title, *(one.text for one in (*(() if reason else kept), *removed))]
        removed += omitted.left_out(lines, known)
    if reason:
        return Extraction(None, reason, tuple(removed))
    code, origin = language.resolve(about.languages(page, hints.language), f"{article.title}\n{text}")
    language_from = [("language", origin)] if origin else []
    article = replace(article, language=code)
    article, from_byline = _with_byline(article, removed, hints, about.locale(page, article.language))
    if article.published is None:
        article = _with_date(article, times.find_unmarked(page, hints, text, about.locale(page, article.language)))
    article = _with_text(article, kept, text, removed, captions)
    return Extraction(
        finish(with_citations(article, links.in_text(page, kept, frame), removed)),
        removed=tuple(removed),
        found_in=(*found_in, *from_byline, *language_from, ("body", found.method)),
        next_page=following,
    )


def _simplify(page: Page) -> list[str]:
    """Remove from a page what is not shown, other posts and tables for layout; return the hidden texts."""
    hidden = strip_invisible(page.tree)
    join_initials(page.tree)
    drop_other_posts(page.tree)
    unwrap_layout_tables(page.tree)
    return hidden


def _body(page: Page, overrides: Overrides) -> tuple[Body, bool]:
    """Return the body, and whether it is certainly the article: an override's choice, or a live blog's entries."""
    selected = override.select_body(page, overrides)
    if selected is not None:
        return choice.measure(read(selected), "override"), True
    entries = live.entries(page)
    found = choice.find(page)
    entry_blocks = live.to_blocks(entries)
    if found.chars < choice.SURE_CHARS < sum(b.size for b in entry_blocks):
        return choice.measure(entry_blocks, "json-ld:live"), True
    return found, False


def _read_fields(page: Page, hints: Hints, overrides: Overrides) -> tuple[Article, tuple[tuple[str, str], ...]]:
    """Return an article with all fields but the text, and where each field was found."""
    declared = about.language(page, hints.language)
    own_title = override.select_text(page, overrides.title)
    title, title_from = (own_title, "override") if own_title else titles.choose(page)
    names, names_from = authors.find(page, hints.authors)
    tag = about.locale(page, declared)
    published = _override_date(page, hints, overrides, tag) or times.published(page, hints, tag)
    modified = times.modified(page, hints, tag)
    found_in = (
        ("title", title_from),
        ("authors", names_from),
        ("published", published.where),
        ("modified", modified.where),
    )
    return Article(
        url=page.url,
        title=title,
        text="",
        canonical_url=about.canonical(page),
        authors=names,
        published=published.value,
        published_from=published.where,
        published_uncertain=published.uncertain,
        modified=modified.value,
        modified_from=modified.where,
        language=declared,
        section=about.section(page),
        tags=about.tags(page),
        image=about.image(page),
        lead=about.lead(page),
        paywalled=about.is_paywalled(page),
        live=live.is_live(page),
    ), tuple(pair for pair in found_in if pair[1])


def _override_date(page: Page, hints: Hints, overrides: Overrides, tag: str) -> Timestamp | None:
    """Return the date that an override selects, or None if it selects none."""
    text = override.select_text(page, overrides.date)
    stamp = read_date(text, tag) if text else None
    if stamp is None:
        return None
    found = times.to_timestamp(stamp, "override", hints, None, CLOCK_SKEW)
    return found if found.value is not None else None


def _with_byline(
    article: Article, removed: list[Removed], hints: Hints, tag: str
) -> tuple[Article, tuple[tuple[str, str], ...]]:
    """Fill in the authors and the date from the lines above the text, read in the language `tag`."""
    found: list[tuple[str, str]] = []
    for line in (r.text for r in removed if r.reason == "byline"):
        names = authors.from_byline(line)
        stamp = read_date(line, tag) if article.published is None else None
        if names and not article.authors:
            article = replace(article, authors=names)
            found.append(("authors", "byline"))
        if stamp is not None:
            article = _with_date(article, times.to_timestamp(stamp, "byline", hints, None, CLOCK_SKEW))
            found.append(("published", "byline"))
    return article, tuple(found)


def _with_date(article: Article, when: times.Timestamp) -> Article:
    return replace(article, published=when.value, published_from=when.where, published_uncertain=when.uncertain)


def _listed_tags(removed: list[Removed], story: str) -> tuple[str, ...]:
    """Return the tags that the page lists under a label below its text."""
    lines = [r.text for r in removed if r.reason == "after-label:tags" and len(r.text) <= _MAX_TAG_LINE]
    return tuple(dict.fromkeys(tag for line in lines for tag in split_tags(line, story)))[:_MAX_TAGS]


def _with_text(article: Article, kept: list[Block], text: str, removed: list[Removed], marked: list[str]) -> Article:
    return replace(
        article,
        text=text,
        tags=article.tags or _listed_tags(removed, f"{article.title}\n{text}"),
        markdown=render.markdown(kept),
        captions=_captions(marked, removed),
        agency=about.agency(article.authors, text),
    )


def _captions(marked: list[str], removed: list[Removed]) -> tuple[str, ...]:
    found = [squeeze(marks.strip(c)) for c in marked] + [r.text for r in removed if r.reason == "caption"]
    return tuple(dict.fromkeys(c for c in found if c))
