# ruff: noqa: PLR2004 - the figures are the rules
"""The classes of boilerplate, one small rule each.

A rule gets one block in its context and returns the class, or "". `RULES` lists them in order; the first class counts.
Links below a label are handled in `removal`, because that rule spans blocks.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from crawler import dates
from crawler.extract.body.blocks import Block
from crawler.extract.boilerplate import small_print
from crawler.extract.boilerplate.labels import SURE, introduction, label
from crawler.extract.boilerplate.prompts import prompt
from crawler.extract.words import key


@dataclass(frozen=True, slots=True)
class Context:
    """The blocks of a body and what is known about its page.

    `first` and `last` are the indexes of the first and last paragraph of prose, `titles` the keys of everything that
    the page calls its title, `authors` its bylines, `learned` the keys of blocks that recur on the site,
    `image_keys` the keys of the image descriptions.
    """

    blocks: tuple[Block, ...]
    first: int
    last: int
    titles: frozenset[str]
    authors: tuple[str, ...] = ()
    learned: frozenset[str] = frozenset()
    image_keys: frozenset[str] = frozenset()


Rule = Callable[[Context, int, Block], str]
_MIN_KEY = 8


def title(context: Context, at: int, block: Block) -> str:
    """Match the headline, repeated above the text."""
    if at > context.first + 1 or block.size >= 300 or block.kind not in ("head", "p", "item"):
        return ""
    found = key(block.text)
    return "title" if len(found) >= _MIN_KEY and found in context.titles else ""


def byline(context: Context, at: int, block: Block) -> str:
    """Match authors and dates above the text (or a line with nothing else anywhere)."""
    if block.kind == "table" or block.size >= 160:
        return ""
    if small_print.is_reading_time(block.text):
        return "byline"
    outside = at < context.first or at > context.last
    if outside and small_print.is_names_only(block.text, context.authors):
        return "byline"
    if at >= context.first:
        return ""
    ended = block.text.rstrip().endswith((".", "!", "?")) and block.size >= 60
    if small_print.is_byline(block.text) and not ended:
        return "byline"
    dated = block.size < 90 and dates.has_date(block.text)
    return "byline" if dated and not ended and not small_print.is_sentence(block.text) else ""


def caption(context: Context, at: int, block: Block) -> str:
    """Match the text of a picture: marked as such by the page, or recognized by its credit."""
    if block.captioned >= 0.8 * block.size and block.kind != "table":
        return "caption"
    if block.kind in ("p", "head", "item") and small_print.is_photo_credit(block.text):
        return "caption"
    if block.kind == "p" and not block.ends_sentence and key(block.text) in context.image_keys:
        return "caption"
    if small_print.has_own_credit(block.text) and len(block.rows) <= 1:
        return "caption"
    early = at < context.first and block.kind != "head" and block.size < 300
    return "caption" if early and small_print.ends_in_credit(block.text) else ""


def labelled(context: Context, at: int, block: Block) -> str:
    """Match a line that is a label: "Read More", "Previous article"."""
    if block.kind == "table":
        return ""
    kind = label(block.text)
    if kind in SURE:
        return f"label:{kind}"
    following = context.blocks[at + 1] if at + 1 < len(context.blocks) else block
    shown = at < context.first or at > context.last or max(block.link_share, following.link_share) > 0.8
    return f"label:{kind}" if kind and shown else ""


def introduced(_context: Context, _at: int, block: Block) -> str:
    """Match a title with a label before it: "Read also: A title"."""
    if block.size >= 260 or block.kind == "table":
        return ""
    how = introduction(block.text)
    return "label:related" if how == "strong" or (how == "weak" and block.link_share >= 0.4) else ""


def link_only(context: Context, at: int, block: Block) -> str:
    """Match a paragraph or list item that is one link."""
    if block.link_share < 0.9 or block.kind not in ("p", "item", "head", "quote") or _is_reference(block.text):
        return ""
    if block.size < 60 and (at < context.first or at > context.last) and block.links <= 2:
        return "link"
    if at == 0 or block.size < 15:
        return ""
    letters = [c for c in block.text if c.isalpha()]
    if letters and sum(c.isupper() for c in letters) > 0.8 * len(letters):
        return "link"
    return "link" if block.size >= 20 and (block.kind == "item" or (block.kind == "p" and block.links <= 2)) else ""


def teaser_item(_context: Context, at: int, block: Block) -> str:
    """Match an item of a list of links: "Kicker: a linked headline", not a sentence."""
    loose = block.kind == "item" and at > 0 and block.size < 260 and not block.text.endswith((".", "。"))
    return "link-item" if loose and block.link_share >= 0.4 and not _is_reference(block.text) else ""


def about_author(context: Context, at: int, block: Block) -> str:
    """Match the author's biography below the text: it begins with the name."""
    late = at > 0.6 * len(context.blocks) and block.kind in ("p", "item")
    return "biography" if late and any(len(a) > 5 and block.text.startswith(f"{a} ") for a in context.authors) else ""


def _is_reference(text: str) -> bool:
    return "@" in text or "://" in text or text.startswith("[") or text[:5].lower().startswith("doi")


def prompted(context: Context, at: int, block: Block) -> str:
    """Match text that addresses the reader: newsletters, social media, legal notices."""
    if block.kind == "table" or block.size >= 420:
        return ""
    kind = prompt(block.text)
    if not kind:
        return ""
    if kind == "consent":
        return "prompt:consent"
    late = at >= len(context.blocks) / 2 or block.size < 260
    return f"prompt:{kind}" if at >= context.first and late else ""


RULES: tuple[Rule, ...] = (title, byline, caption, labelled, introduced, link_only, teaser_item, about_author, prompted)


def trailing_reason(context: Context, at: int, block: Block) -> str:
    """Return the class of a block below the last paragraph: notes, trailing links, headings of links; "" above it."""
    if at <= context.last:
        return ""
    if small_print.is_closing_credit(block.text):
        return "credit"
    share, kind = block.link_share, block.kind
    loose = not block.ends_sentence
    if kind in ("p", "quote") and (share >= 0.8 or (share >= 0.5 and loose and block.size < 160)):
        return "trailing-links"
    if kind == "item" and block.size < 260 and _is_teaser_item(block):
        return "trailing-links"
    return "trailing-links" if kind == "head" and share >= 0.9 else ""


def _is_teaser_item(block: Block) -> bool:
    if block.starts_linked and block.link_share >= 0.2:
        return True
    return block.size < 220 and block.link_share >= 0.25 and not (block.link_share < 0.5 and block.ends_sentence)
