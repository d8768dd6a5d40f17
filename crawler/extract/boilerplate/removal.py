# ruff: noqa: PLR2004 - the figures are the rules
"""What of a body is boilerplate: the rules applied to all blocks, with what only their order can tell, and a guard."""

from __future__ import annotations

from crawler.dates import has_date
from crawler.extract.body.blocks import Block
from crawler.extract.boilerplate.labels import is_boilerplate, label
from crawler.extract.boilerplate.learned import block_key
from crawler.extract.boilerplate.prompts import prompt
from crawler.extract.boilerplate.rules import RULES, Scene, closing
from crawler.extract.boilerplate.small_print import ends_in_credit, is_byline, is_sentence
from crawler.extract.words import key
from crawler.items import Removed

MAX_SHARE = 0.6  # of the text: when more would go, only labels go
_AFTER_LABEL = 8  # blocks of links that a label can own
_STORY_CHARS = 600  # a whole article before a second headline


def sort_out(
    blocks: tuple[Block, ...],
    titles: frozenset[str],
    authors: tuple[str, ...] = (),
    learned: frozenset[str] = frozenset(),
    alts: frozenset[str] = frozenset(),
) -> tuple[list[Block], list[Removed]]:
    """Part `blocks` into the article and its boilerplate, both in order."""
    scene = Scene(blocks, _first_prose(blocks), _last_prose(blocks), titles, authors, learned, alts)
    out = _judge(scene)
    total = sum(b.size for b in blocks)
    if sum(blocks[i].size for i in out) > MAX_SHARE * total:
        out = {i: why for i, why in out.items() if is_boilerplate(blocks[i].text)}
    kept = [b for i, b in enumerate(blocks) if i not in out]
    return kept, [Removed(blocks[i].text, out[i]) for i in sorted(out)]


def part_labels(blocks: tuple[Block, ...]) -> tuple[list[Block], list[Removed]]:
    """Part `blocks` into the article and bare labels: for bodies that are known to be the article."""
    kept = [b for b in blocks if not is_boilerplate(b.text)]
    return kept, [Removed(b.text, f"label:{label(b.text)}") for b in blocks if is_boilerplate(b.text)]


def _judge(scene: Scene) -> dict[int, str]:
    out: dict[int, str] = {}
    for at, block in enumerate(scene.blocks):
        why = next((why for rule in RULES if (why := rule(scene, at, block))), "")
        if why and at not in out:
            out[at] = why
        if why in ("label:related", "label:nav", "label:tags"):
            _follow(scene, at, why, out)
    _second_story(scene, out)
    _close(scene, out)
    _recurring(scene, out)
    return out


def _follow(scene: Scene, at: int, why: str, out: dict[int, str]) -> None:
    """What stands under a label goes with it while it is links (topics: while it is short, too)."""
    tags = why == "label:tags" and at >= scene.last
    for place in range(at + 1, min(len(scene.blocks), at + 1 + (40 if tags else _AFTER_LABEL))):
        block = scene.blocks[place]
        if is_boilerplate(block.text):
            return
        if block.link_share < 0.6 and not (tags and (block.size < 25 or block.link_share >= 0.5)):
            return
        out.setdefault(place, f"after-{why}")


def _second_story(scene: Scene, out: dict[int, str]) -> None:
    """A second main headline after a full article starts another story.

    Where several follow they are the headings of one, unless they are links or have bylines of their own.
    """
    heads = [at for at, block in enumerate(scene.blocks) if _is_new_headline(scene, at, block)]
    told = 0
    for at, block in enumerate(scene.blocks):
        if (
            at in heads
            and told >= _STORY_CHARS
            and at not in out
            and (len(heads) == 1 or _heads_a_story(scene.blocks, at))
        ):
            out.update((place, "second-story") for place in range(at, len(scene.blocks)) if place not in out)
            return
        if at not in out and block.kind in ("p", "quote", "item"):
            told += block.size


def _is_new_headline(scene: Scene, at: int, block: Block) -> bool:
    is_main = block.kind == "head" and block.level == 1 and at > scene.first
    return is_main and key(block.text) not in scene.titles


def _heads_a_story(blocks: tuple[Block, ...], at: int) -> bool:
    below = [b for b in blocks[at + 1 : at + 4] if b.size < 160]
    return blocks[at].link_share >= 0.9 or any(
        is_byline(b.text) or (has_date(b.text) and b.size < 90 and not is_sentence(b.text)) for b in below
    )


def _close(scene: Scene, out: dict[int, str]) -> None:
    """From the end upwards: small print and links below the last paragraph, then headings left without a text."""
    empty_below = True
    for at in range(len(scene.blocks) - 1, scene.last, -1):
        block = scene.blocks[at]
        why = out.get(at) or closing(scene, at, block) or (_leads_nowhere(block) if empty_below else "")
        if why:
            out[at] = why
        else:
            empty_below = False


def _leads_nowhere(block: Block) -> str:
    """A heading, or a line that ends in a colon, with nothing left below it."""
    if block.kind == "head":
        return "empty-heading"
    return "leads-nowhere" if block.kind == "p" and block.text.endswith((":", "：")) else ""


def _recurring(scene: Scene, out: dict[int, str]) -> None:
    """Blocks that recur on this site (learned), as long as an article is left."""
    if not scene.learned:
        return
    found = {i: "learned" for i, b in enumerate(scene.blocks) if i not in out and block_key(b.text) in scene.learned}
    left = sum(b.size for i, b in enumerate(scene.blocks) if i not in out)
    if sum(scene.blocks[i].size for i in found) <= MAX_SHARE * left:
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
