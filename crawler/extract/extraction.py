"""From bytes to an article: the order of the steps."""

from __future__ import annotations

from dataclasses import replace

from lxml.etree import LxmlError

from crawler.dates import read as read_date
from crawler.errors import ReaderCrashError
from crawler.extract import pdf, verdict
from crawler.extract.body import choice, live, omitted, recovery, render
from crawler.extract.body.blocks import Block, read
from crawler.extract.body.choice import Body
from crawler.extract.boilerplate.removal import part_labels, sort_out
from crawler.extract.fields import about, authors, language, times, titles
from crawler.extract.fields.times import CLOCK_SKEW, Instant
from crawler.extract.finish import finish
from crawler.extract.page import marks, override, pagination
from crawler.extract.page.hints import Hints, Overrides
from crawler.extract.page.page import Page, drop_other_posts, join_initials, parse, refuse, strip_unread, unwrap_layout
from crawler.extract.plain import part_tags
from crawler.extract.words import squeeze
from crawler.items import Article, Extraction, Removed

_MAX_TAGS = 30
_MAX_TAG_LINE = 120  # characters


def extract(html: bytes, url: str | None = None) -> Article | None:
    """The article in `html`, None where it holds none. `url` is where the page came from."""
    return examine(html, url).article


def examine(html: bytes, url: str | None, hints: Hints = Hints()) -> Extraction:  # noqa: B008 - Hints is frozen
    """What one page gives: an article or the reason why not, and what was taken away.

    Reasons: empty, too-large, not-html, too-complex, too-short, index-page, soft-404, bot-wall, consent, script-only,
    pdf-extra-missing, pdf-encrypted. Raises ReaderCrashError when the page broke the extractor, ValueError when an
    override cannot be read.
    """
    if pdf.is_pdf(html) and len(html) <= hints.max_bytes:
        return pdf.examine_pdf(html, url or "", hints)
    reason = refuse(html, hints)
    if reason:
        return Extraction(None, reason)
    try:
        page = parse(html, url or "", hints)
        return Extraction(None, page) if isinstance(page, str) else _examine(page, hints)
    except (LxmlError, RecursionError, MemoryError, AttributeError, LookupError, TypeError) as error:
        raise ReaderCrashError(
            f"the page broke the extractor ({type(error).__name__}: {error})", subject=url or ""
        ) from error


def _examine(page: Page, hints: Hints) -> Extraction:
    overrides = hints.overrides or Overrides()
    lines = [*omitted.lines_of(page.tree)] if hints.explain else []  # before anything is taken out
    override.remove(page, overrides)
    article, where = _described(page, hints, overrides)
    following = pagination.next_page(page)
    headlines = titles.keys(page, article.title)
    hidden = strip_unread(page.tree)
    join_initials(page.tree)
    drop_other_posts(page.tree)
    unwrap_layout(page.tree)
    captions = marks.mark_captions(page.tree)
    if article.live:
        live.mark_times(page)
    marks.mark_links(page.tree)
    pictures = marks.picture_keys(page.tree)
    found, chosen = _body(page, overrides)
    if chosen:
        kept, removed = part_labels(found.blocks)
    else:
        kept, removed = sort_out(found.blocks, headlines, article.authors, hints.boilerplate, pictures)
        kept, unknown = recovery.drop_unknown(recovery.instead(kept, page.ld.body), page.ld.body)
        removed += unknown
    text = render.text(kept)
    reason = "" if chosen and text else verdict.no_article(page, found, text)
    removed += [Removed(text, "hidden") for text in hidden]
    if hints.explain:
        known = [article.title, *(one.text for one in (*(() if reason else kept), *removed))]
        removed += omitted.left_out(lines, known)
    if reason:
        return Extraction(None, reason, tuple(removed))
    spoken, spoken_from = language.settle(about.languages(page, hints.language), f"{article.title}\n{text}")
    article = replace(article, language=spoken)
    article, bylined = _with_byline(article, removed, hints, about.locale(page, article.language))
    if article.published is None:
        article = _dated(article, times.guess(page, hints, text, about.locale(page, article.language)))
    return Extraction(
        finish(_with_text(article, kept, text, removed, captions)),
        removed=tuple(removed),
        found_in=(*where, *bylined, *((("language", spoken_from),) if spoken_from else ()), ("body", found.how)),
        next_page=following,
    )


def _body(page: Page, overrides: Overrides) -> tuple[Body, bool]:
    """The body, and whether it is known to be the article: chosen by an override, or a live blog's entries."""
    selected = override.body_of(page, overrides)
    if selected is not None:
        return choice.measure(read(selected), "override"), True
    entries = live.entries(page)
    found = choice.find(page)
    told = live.blocks_of(entries)
    if found.chars < choice.SURE_CHARS < sum(b.size for b in told):
        return choice.measure(told, "json-ld:live"), True
    return found, False


def _described(page: Page, hints: Hints, overrides: Overrides) -> tuple[Article, tuple[tuple[str, str], ...]]:
    """Everything but the text, and where each field was found."""
    declared = about.language(page, hints.language)
    own_title = override.text_of(page, overrides.title)
    title, title_from = (own_title, "override") if own_title else titles.choose(page)
    names, names_from = authors.find(page)
    tag = about.locale(page, declared)
    published = _own_date(page, hints, overrides, tag) or times.published(page, hints, tag)
    modified = times.modified(page, hints, tag)
    where = (
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
    ), tuple(pair for pair in where if pair[1])


def _own_date(page: Page, hints: Hints, overrides: Overrides, tag: str) -> Instant | None:
    """The date that an override points to."""
    text = override.text_of(page, overrides.date)
    moment = read_date(text, tag) if text else None
    if moment is None:
        return None
    instant = times.settle(moment, "override", hints, None, CLOCK_SKEW)
    return instant if instant.value is not None else None


def _with_byline(
    article: Article, removed: list[Removed], hints: Hints, tag: str
) -> tuple[Article, tuple[tuple[str, str], ...]]:
    """`article` with what only the line above its text tells: who wrote it, and when, in the language of `tag`."""
    found: list[tuple[str, str]] = []
    for line in (r.text for r in removed if r.reason == "byline"):
        names = authors.of_byline(line)
        moment = read_date(line, tag) if article.published is None else None
        if names and not article.authors:
            article = replace(article, authors=names)
            found.append(("authors", "byline"))
        if moment is not None:
            article = _dated(article, times.settle(moment, "byline", hints, None, CLOCK_SKEW))
            found.append(("published", "byline"))
    return article, tuple(found)


def _dated(article: Article, when: times.Instant) -> Article:
    return replace(article, published=when.value, published_from=when.where, published_uncertain=when.uncertain)


def _shown_tags(removed: list[Removed], story: str) -> tuple[str, ...]:
    """The tags that the page lists under a label below its text."""
    lines = [r.text for r in removed if r.reason == "after-label:tags" and len(r.text) <= _MAX_TAG_LINE]
    return tuple(dict.fromkeys(tag for line in lines for tag in part_tags(line, story)))[:_MAX_TAGS]


def _with_text(article: Article, kept: list[Block], text: str, removed: list[Removed], marked: list[str]) -> Article:
    return replace(
        article,
        text=text,
        tags=article.tags or _shown_tags(removed, f"{article.title}\n{text}"),
        markdown=render.markdown(kept),
        captions=_captions(marked, removed),
        agency=about.agency(article.authors, text),
    )


def _captions(marked: list[str], removed: list[Removed]) -> tuple[str, ...]:
    found = [squeeze(marks.strip(c)) for c in marked] + [r.text for r in removed if r.reason == "caption"]
    return tuple(dict.fromkeys(c for c in found if c))
