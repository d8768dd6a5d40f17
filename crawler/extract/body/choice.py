"""The choice of the article body among the passes of trafilatura, and when one pass is enough.

A quick precision pass (without trafilatura's own comparison with other extractors) runs first. Its result is used if it
looks like a whole article of some length. Otherwise the full precision pass runs, then the balanced one, which is used
only if precision found a small part of it (docs/extraction.md has the figures).
"""

from __future__ import annotations

import logging
from copy import copy
from dataclasses import dataclass

from lxml.etree import LxmlError
from lxml.html import HtmlElement
from trafilatura.core import bare_extraction
from trafilatura.settings import Extractor

from crawler.extract.body import blocks, recovery, split
from crawler.extract.body.blocks import Block
from crawler.extract.fields import about, jsonld
from crawler.extract.page.page import Page
from crawler.extract.words import key, words

SURE_CHARS = 700
_QUICK_CHARS = 1200  # least result of the quick pass that is enough
_SURE_PARAGRAPHS = 3
_LD_RATIO = 1.5  # the JSON-LD body may be this many times as long as a sure one
_HEAD_SHARE = 0.5  # of the title's and description's words that a sure body contains
_PRECISION_SHARE = 0.3  # of the balanced text: below, precision lost the article
_PROSE_SHARE = 0.7
_FULLER = 1.3  # at most this many times as long, and with more paragraphs: the same article, more complete
_LOST_PROSE = 4  # times as many paragraphs in the balanced text: precision lost the article
_MIN_PRECISE_CHARS = 200
_SPLIT_RATIO = 1.4
_MIN_WORD = 4
_LEAD_LANGUAGES = frozenset({"", "de", "nl", "da", "nb", "sv", "is", "pl", "cs", "fr", "es", "pt", "it"})

logging.getLogger("trafilatura").setLevel(logging.CRITICAL)


@dataclass(frozen=True, slots=True)
class Body:
    """Blocks with their figures: characters, paragraphs of prose, and the share of prose in the text."""

    blocks: tuple[Block, ...] = ()
    chars: int = 0
    prose: int = 0
    prose_share: float = 0.0
    method: str = ""  # "quick", "precision", "balanced", "merged", "json-ld"


def measure(found: list[Block], method: str) -> Body:
    """Return the `Body` of the blocks `found`."""
    chars = sum(b.size for b in found)
    prose = [b for b in found if b.is_prose]
    return Body(tuple(found), chars, len(prose), sum(b.size for b in prose) / chars if chars else 0.0, method)


def find(page: Page) -> Body:
    """Return the body of a page whose links and captions are marked; empty if there is none."""
    ld_text = page.ld.body
    best = _run(page, "quick")
    sure = best.chars >= _QUICK_CHARS and _is_sure(best, page, ld_text)
    if not sure:
        best = _run(page, "precision")
    if not sure and not _is_sure(best, page, ld_text):
        balanced = _run(page, "balanced")
        lost = balanced.prose >= _LOST_PROSE * max(1, best.prose)
        kept = best.chars >= _PRECISION_SHARE * balanced.chars or (
            not lost and balanced.prose_share < _PROSE_SHARE and best.chars > _MIN_PRECISE_CHARS
        )
        fuller = best.chars < balanced.chars <= _FULLER * best.chars and balanced.prose > best.prose
        best = best if kept and best.blocks and not fuller else balanced
    if best.chars > _MIN_PRECISE_CHARS and split.group_chars(page.tree) > _SPLIT_RATIO * best.chars:
        tree = copy(page.tree)
        split.merge(tree)
        merged = _run(page, "merged", tree)
        best = merged if merged.chars > 1.3 * best.chars else best
    filled = recovery.restore_paragraphs(page.tree, best.blocks, _summary_keys(page))
    return measure(list(filled), best.method) if filled is not best.blocks else best


def _summary_keys(page: Page) -> frozenset[str] | None:
    """Return the keys of the page's own summaries; None in languages whose press keeps them out of the text."""
    if about.language(page) not in _LEAD_LANGUAGES:
        return None
    names = ("og:description", "description", "twitter:description")
    texts = [*(v for n in names for v in page.metas.get(n, ())), jsonld.string(page.ld.article.get("description"))]
    return frozenset(key(text) for text in texts if text)


def _run(page: Page, method: str, tree: HtmlElement | None = None) -> Body:
    options = Extractor(
        comments=False,
        tables=True,
        precision=method in {"quick", "precision"},
        fast=method in {"quick", "merged"},  # without trafilatura's own comparison with other extractors
        formatting=False,
        url=page.url or None,
    )
    try:
        document = bare_extraction(page.tree if tree is None else tree, url=page.url or None, options=options)
    except (LxmlError, RecursionError, ValueError, AttributeError, IndexError):
        return Body(method=method)
    body = getattr(document, "body", None)
    return measure(blocks.read(body), method) if body is not None else Body(method=method)


def _is_sure(body: Body, page: Page, ld_text: str) -> bool:
    if body.chars < SURE_CHARS or body.prose < _SURE_PARAGRAPHS or len(ld_text) > _LD_RATIO * body.chars:
        return False
    expected = _long_words(
        " ".join((page.meta("og:title"), page.meta("og:description", "description"), page.title_tag))
    )
    if not expected:
        return True
    present = _long_words(" ".join(b.text for b in body.blocks))
    return len(expected & present) >= _HEAD_SHARE * len(expected)


def _long_words(text: str) -> set[str]:
    return {w for w in words(text) if len(w) >= _MIN_WORD or ord(w[0]) > 0x2E80}  # noqa: PLR2004 - CJK radicals begin
