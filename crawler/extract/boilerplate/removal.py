# ruff: noqa: PLR2004 - the figures are the rules
"""Removal of boilerplate from a body: the rules for single blocks, those that span blocks, and a safety limit."""

from __future__ import annotations

from crawler.dates import has_date
from crawler.extract.body.blocks import Block
from crawler.extract.boilerplate.labels import is_boilerplate, label
from crawler.extract.boilerplate.learned import block_key
from crawler.extract.boilerplate.prompts import prompt
from crawler.extract.boilerplate.rules import RULES, Context, trailing_reason
from crawler.extract.boilerplate.small_print import ends_in_credit, is_byline, is_sentence
from crawler.extract.words import key
from crawler.items import Removed

MAX_SHARE = 0.6  # of the text: if more would be removed, only labels are
_AFTER_LABEL = 8  # blocks of links that a label can apply to
_STORY_CHARS = 600  # characters of a whole article before a second headline


def split_boilerplate(
    blocks: tuple[Block, ...],
    titles: frozenset[str],
    authors: tuple[str, ...] = (),
    learned: frozenset[str] = frozenset(),
    image_keys: frozenset[str] = frozenset(),
) -> tuple[list[Block], list[Removed]]:
    """Split `blocks` into the article and its boilerplate, both in order."""
    context = Context(blocks, _first_prose(blocks), _last_prose(blocks), titles, authors, learned, image_keys)
    out = _classify(context)
    total = sum(b.size for b in blocks)
    if sum(blocks[i].size for i in out) > MAX_SHARE * total:
        out = {i: why for i, why in out.items() if is_boilerplate(blocks[i].text)}
    kept = [b for i, b in enumerate(blocks) if i not in out]
    return kept, [Removed(blocks[i].text, out[i]) for i in sorted(out)]


def split_labels(blocks: tuple[Block, ...]) -> tuple[list[Block], list[Removed]]:
    """Split `blocks` into the article and bare labels: for bodies that are certainly the article."""
    kept = [b for b in blocks if not is_boilerplate(b.text)]
    return kept, [Removed(b.text, f"label:{label(b.text)}") for b in blocks if is_boilerplate(b.text)]


def _classify(context: Context) -> dict[int, str]:
    out: dict[int, str] = {}
    for at, block in enumerate(context.blocks):
        why = next((why for rule in RULES if (why := rule(context, at, block))), "")
        if why and at not in out:
            out[at] = why
        if why in ("label:related", "label:nav", "label:tags"):
            _remove_below_label(context, at, why, out)
    _remove_second_story(context, out)
    _remove_trailing(context, out)
    _remove_learned(context, out)
    return out


def _remove_below_label(context: Context, at: int, why: str, out: dict[int, str]) -> None:
    """Remove the blocks below a label as long as they are links (below topics: also short lines)."""
    tags = why == "label:tags" and at >= context.last
    for place in range(at + 1, min(len(context.blocks), at + 1 + (40 if tags else _AFTER_LABEL))):
        block = context.blocks[place]
        if is_boilerplate(block.text):
            return
        if block.link_share < 0.6 and not (tags and (block.size < 25 or block.link_share >= 0.5)):
            return
        out.setdefault(place, f"after-{why}")


def _remove_second_story(context: Context, out: dict[int, str]) -> None:
    """Remove another story, which a second main headline after a whole article starts.

    Several main headlines are the headings of one article, unless they are links or have their own bylines.
    """
    heads = [at for at, block in enumerate(context.blocks) if _is_new_headline(context, at, block)]
    chars = 0
    for at, block in enumerate(context.blocks):
        if (
            at in heads
            and chars >= _STORY_CHARS
            and at not in out
            and (len(heads) == 1 or _starts_another_story(context.blocks, at))
        ):
            out.update((place, "second-story") for place in range(at, len(context.blocks)) if place not in out)
            return
        if at not in out and block.kind in ("p", "quote", "item"):
            chars += block.size


def _is_new_headline(context: Context, at: int, block: Block) -> bool:
    is_main = block.kind == "head" and block.level == 1 and at > context.first
    return is_main and key(block.text) not in context.titles


def _starts_another_story(blocks: tuple[Block, ...], at: int) -> bool:
    below = [b for b in blocks[at + 1 : at + 4] if b.size < 160]
    return blocks[at].link_share >= 0.9 or any(
        is_byline(b.text) or (has_date(b.text) and b.size < 90 and not is_sentence(b.text)) for b in below
    )


def _remove_trailing(context: Context, out: dict[int, str]) -> None:
    """Remove, from the end upwards, small print and links below the last paragraph, and headings without text."""
    empty_below = True
    for at in range(len(context.blocks) - 1, context.last, -1):
        block = context.blocks[at]
        why = out.get(at) or trailing_reason(context, at, block) or (_introduces_nothing(block) if empty_below else "")
        if why:
            out[at] = why
        else:
            empty_below = False


def _introduces_nothing(block: Block) -> str:
    """Return the reason to remove a heading, or a line that ends in a colon, with nothing left below it."""
    if block.kind == "head":
        return "empty-heading"
    return "leads-nowhere" if block.kind == "p" and block.text.endswith((":", "：")) else ""


def _remove_learned(context: Context, out: dict[int, str]) -> None:
    """Remove blocks that recur on this site, unless too little of the article would be left."""
    if not context.learned:
        return
    found = {
        i: "learned" for i, b in enumerate(context.blocks) if i not in out and block_key(b.text) in context.learned
    }
    left = sum(b.size for i, b in enumerate(context.blocks) if i not in out)
    if sum(context.blocks[i].size for i in found) <= MAX_SHARE * left:
        out.update(found)


def _first_prose(blocks: tuple[Block, ...]) -> int:
    long = [i for i, b in enumerate(blocks) if b.size >= 100 and b.link_share < 0.5 and not ends_in_credit(b.text)]
    prose = next((i for i in long if blocks[i].kind in ("p", "quote") and blocks[i].ends_sentence), None)
    return prose if prose is not None else next(iter(long), 0)


def _last_prose(blocks: tuple[Block, ...]) -> int:
    for at in range(len(blocks) - 1, -1, -1):
        block = blocks[at]
        if block.kind in ("p", "quote") and block.size >= 100 and block.link_share < 0.4 and not prompt(block.text):
            return at
    return len(blocks) - 1
