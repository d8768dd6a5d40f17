"""From bytes to an article: the order of the steps."""

from __future__ import annotations

from crawler.extract import about, authors, body, furniture, instants, marks, render, titles, verdict
from crawler.extract.finish import finish
from crawler.extract.hints import Hints
from crawler.extract.page import Page, parse, refuse, strip_unread
from crawler.extract.words import squeeze
from crawler.items import Article, Extraction, Removed


def extract(html: bytes, url: str | None = None) -> Article | None:
    """The article in `html`, None where it holds none. `url` is where the page came from."""
    return examine(html, url).article


def examine(html: bytes, url: str | None, hints: Hints = Hints()) -> Extraction:  # noqa: B008 - Hints is frozen
    """What one page gives: an article or the reason why not, and what was taken away.

    Raises ExtractError when the page broke the extractor. Reasons: empty, too-large, not-html, too-complex, too-short,
    index-page, soft-404, bot-wall, consent, script-only.
    """
    reason = refuse(html, hints)
    if reason:
        return Extraction(None, reason)
    page = parse(html, url or "", hints)
    if isinstance(page, str):
        return Extraction(None, page)
    return _examine(page, hints)


def _examine(page: Page, hints: Hints) -> Extraction:
    language = about.language(page, hints.language)
    title, title_from = titles.choose(page)
    names, names_from = authors.find(page)
    published = instants.published(page, hints, language)
    modified = instants.modified(page, hints, language)
    known_titles = titles.keys(page)
    strip_unread(page.tree)
    captions = marks.mark_captions(page.tree)
    marks.mark_links(page.tree)
    found = body.find(page)
    kept, removed = furniture.sort_out(found.blocks, known_titles, names, hints.furniture)
    text = render.text(kept)
    reason = verdict.no_article(page, found, text)
    if reason:
        return Extraction(None, reason, tuple(removed))
    article = Article(
        url=page.url,
        title=title,
        text=text,
        canonical_url=about.canonical(page),
        authors=names,
        published=published.value,
        published_from=published.where,
        published_uncertain=published.uncertain,
        modified=modified.value,
        modified_from=modified.where,
        language=language,
        section=about.section(page),
        tags=about.tags(page),
        image=about.image(page),
        lead=about.lead(page),
        markdown=render.markdown(kept),
        captions=_captions(captions, removed),
        agency=about.agency(names, text),
        paywalled=about.is_paywalled(page),
        live="LiveBlogPosting" in page.ld.types,
    )
    where = (("title", title_from), ("authors", names_from), ("published", published.where), ("body", found.how))
    return Extraction(finish(article), "", tuple(removed), tuple(w for w in where if w[1]))


def _captions(marked: list[str], removed: list[Removed]) -> tuple[str, ...]:
    found = [squeeze(marks.strip(c)) for c in marked] + [r.text for r in removed if r.reason == "caption"]
    return tuple(dict.fromkeys(c for c in found if c))
