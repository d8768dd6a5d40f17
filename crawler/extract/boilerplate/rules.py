# ruff: noqa: PLR2004 - the figures are the rules
"""The classes of boilerplate, one small rule each.

A rule looks at one block in its place and names the class, or says "". `RULES` holds them in order; the first that
speaks decides. What follows a label while it is links is handled in `boilerplate`, because it spans blocks.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from crawler import dates
from crawler.extract.body.blocks import Block
from crawler.extract.boilerplate import small_print
from crawler.extract.boilerplate.labels import SURE, introduces, label
from crawler.extract.boilerplate.prompts import prompt
from crawler.extract.words import key


@dataclass(frozen=True, slots=True)
class Scene:
    """The blocks of a body and what is known around them.

    `first` and `last` are the places of the first and last paragraph of prose, `titles` the keys of everything that
    the page calls its title, `authors` its bylines, `learned` the keys of blocks that recur here, `alts` the keys
    of what its pictures show.
    """

    blocks: tuple[Block, ...]
    first: int
    last: int
    titles: frozenset[str]
    authors: tuple[str, ...] = ()
    learned: frozenset[str] = frozenset()
    alts: frozenset[str] = frozenset()


Rule = Callable[[Scene, int, Block], str]
_MIN_KEY = 8


def title(scene: Scene, at: int, block: Block) -> str:
    """The headline again, above the text."""
    if at > scene.first + 1 or block.size >= 300 or block.kind not in ("head", "p", "item"):
        return ""
    found = key(block.text)
    return "title" if len(found) >= _MIN_KEY and found in scene.titles else ""


def byline(scene: Scene, at: int, block: Block) -> str:
    """Who wrote it and when, above the text (or alone on a line anywhere)."""
    if block.kind == "table" or block.size >= 160:
        return ""
    if small_print.is_reading_time(block.text):
        return "byline"
    outside = at < scene.first or at > scene.last
    if outside and small_print.is_names_only(block.text, scene.authors):
        return "byline"
    if at >= scene.first:
        return ""
    ended = block.text.rstrip().endswith((".", "!", "?")) and block.size >= 60
    if small_print.is_byline(block.text) and not ended:
        return "byline"
    dated = block.size < 90 and dates.has_date(block.text)
    return "byline" if dated and not ended and not small_print.is_sentence(block.text) else ""


def caption(scene: Scene, at: int, block: Block) -> str:
    """Text of a picture: marked as such by the page, or by its credit."""
    if block.captioned >= 0.8 * block.size and block.kind != "table":
        return "caption"
    if block.kind in ("p", "head", "item") and small_print.is_photo_credit(block.text):
        return "caption"
    if block.kind == "p" and not block.ends_sentence and key(block.text) in scene.alts:
        return "caption"
    if small_print.has_own_credit(block.text) and len(block.rows) <= 1:
        return "caption"
    early = at < scene.first and block.kind != "head" and block.size < 300
    return "caption" if early and small_print.ends_in_credit(block.text) else ""


def labelled(scene: Scene, at: int, block: Block) -> str:
    """A label that stands alone: "Read More", "Previous article"."""
    if block.kind == "table":
        return ""
    kind = label(block.text)
    if kind in SURE:
        return f"label:{kind}"
    following = scene.blocks[at + 1] if at + 1 < len(scene.blocks) else block
    shown = at < scene.first or at > scene.last or max(block.link_share, following.link_share) > 0.8
    return f"label:{kind}" if kind and shown else ""


def introduced(_scene: Scene, _at: int, block: Block) -> str:
    """A title with a label before it: "Read also: A title"."""
    if block.size >= 260 or block.kind == "table":
        return ""
    how = introduces(block.text)
    return "label:related" if how == "strong" or (how == "weak" and block.link_share >= 0.4) else ""


def link_only(scene: Scene, at: int, block: Block) -> str:
    """A paragraph or list item that is one link."""
    if block.link_share < 0.9 or block.kind not in ("p", "item", "head", "quote") or _is_reference(block.text):
        return ""
    if block.size < 60 and (at < scene.first or at > scene.last) and block.links <= 2:
        return "link"
    if at == 0 or block.size < 15:
        return ""
    letters = [c for c in block.text if c.isalpha()]
    if letters and sum(c.isupper() for c in letters) > 0.8 * len(letters):
        return "link"
    return "link" if block.size >= 20 and (block.kind == "item" or (block.kind == "p" and block.links <= 2)) else ""


def teaser_item(_scene: Scene, at: int, block: Block) -> str:
    """An item of a list of links: "Kicker: a linked headline", not a sentence."""
    loose = block.kind == "item" and at > 0 and block.size < 260 and not block.text.endswith((".", "。"))
    return "link-item" if loose and block.link_share >= 0.4 and not _is_reference(block.text) else ""


def about_author(scene: Scene, at: int, block: Block) -> str:
    """The author's biography below the text: it begins with the name."""
    late = at > 0.6 * len(scene.blocks) and block.kind in ("p", "item")
    return "biography" if late and any(len(a) > 5 and block.text.startswith(f"{a} ") for a in scene.authors) else ""


def _is_reference(text: str) -> bool:
    return "@" in text or "://" in text or text.startswith("[") or text[:5].lower().startswith("doi")


def prompted(scene: Scene, at: int, block: Block) -> str:
    """The site speaks to the reader: newsletters, social media, legal notices."""
    if block.kind == "table" or block.size >= 420:
        return ""
    kind = prompt(block.text)
    if not kind:
        return ""
    if kind == "consent":
        return "prompt:consent"
    late = at >= len(scene.blocks) / 2 or block.size < 260
    return f"prompt:{kind}" if at >= scene.first and late else ""


RULES: tuple[Rule, ...] = (title, byline, caption, labelled, introduced, link_only, teaser_item, about_author, prompted)


def closing(scene: Scene, at: int, block: Block) -> str:
    """What may only go below the last paragraph: notes, trailing links, headings of nothing."""
    if at <= scene.last:
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
