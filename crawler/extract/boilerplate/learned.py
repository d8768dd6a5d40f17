"""Learned boilerplate: blocks that recur in different articles of a site and are not part of their text.

This is the pure part; an adapter stores the sightings. For the traits of each page it calls `sightings`, adds the
result to the stored ones of the site, and passes the result of `boilerplate_keys` to `Hints.boilerplate`. A sighting is
a pair of short keys: the block, and the story that contained it.

Safeguards against the removal of article text:
- keys count stories, not pages: addresses with the same text (copies, print views) are one story;
- numbers are folded, so that "12 comments" and "15 comments" are one block, but a page that shares most of its blocks
  with another story is a template or a copy, and adds nothing (`SHARED_PAGE`);
- long paragraphs need three stories: quoted statements recur in follow-ups, small print recurs everywhere;
- nothing is removed if too much of the text would be (`removal.MAX_SHARE`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from itertools import islice

from crawler.extract.words import words
from crawler.items import Extraction

MIN_STORIES = 2
MIN_STORIES_LONG = 3
LONG_WORDS = 40
SHARED_PAGE = 0.5  # share of a page's blocks that another story may have before it counts as a copy
MAX_SIGHTINGS = 2_000  # of one site: 64 kB
_MAX_BLOCKS = 120  # of one page
_STORY_BLOCKS = 12  # the longest blocks that identify a story


def block_key(text: str) -> str:
    """Return a stable key of 16 hex digits for a block's folded words (numbers count as one word), "" for no words.

    Blocks of more than 40 words get keys that end in "L".
    """
    folded = words(text)
    if not folded:
        return ""
    digest = blake2b(" ".join(folded).encode(), digest_size=8).hexdigest()
    return digest + "L" if len(folded) > LONG_WORDS else digest


@dataclass(frozen=True, slots=True)
class Traits:
    """The part of a page that learning uses.

    `story` is one key for all copies of a story on the site, "" if there is no article. `blocks` maps the keys of the
    page's blocks, at most 120, to the line if it is part of the article, to "" if it was removed as boilerplate.
    """

    story: str = ""
    blocks: Mapping[str, str] = field(default_factory=dict)


def traits(extraction: Extraction) -> Traits:
    """Return the traits of a page. Numbers are folded, so that templates that differ in one number are one story."""
    lines = extraction.article.text.splitlines() if extraction.article else []
    keyed = {key: line for line in lines if (key := block_key(line))}
    longest = sorted(keyed, key=lambda key: (-len(keyed[key]), keyed[key]))[:_STORY_BLOCKS]
    story = blake2b("".join(sorted(longest)).encode(), digest_size=8).hexdigest() if keyed else ""
    removed = {key: "" for block in extraction.removed if (key := block_key(block.text))}
    return Traits(story, dict(islice((keyed | removed | keyed).items(), _MAX_BLOCKS)))


def sightings(page: Traits, known: Mapping[str, frozenset[str]]) -> dict[str, str]:
    """Return what a page adds to the sightings of its site: block key -> story key; {} for a copy of a known story.

    `known` maps block keys to the stories they were seen in.
    """
    if not page.story or not page.blocks:
        return {}
    shared: dict[str, int] = {}
    for block in page.blocks:
        for other in known.get(block, frozenset()):
            shared[other] = shared.get(other, 0) + 1
    if any(count > SHARED_PAGE * len(page.blocks) for other, count in shared.items() if other != page.story):
        return {}
    return dict.fromkeys(page.blocks, page.story)


def boilerplate_keys(known: Mapping[str, frozenset[str]]) -> frozenset[str]:
    """Return the blocks that recur: in two different stories, long ones in three."""
    return frozenset(
        block
        for block, stories in known.items()
        if len(stories) >= (MIN_STORIES_LONG if block.endswith("L") else MIN_STORIES)
    )


def learn(extractions: Iterable[Extraction]) -> frozenset[str]:
    """Return the boilerplate of a site, learned from several of its pages at once."""
    known: dict[str, frozenset[str]] = {}
    for extraction in extractions:
        for block, story in sightings(traits(extraction), known).items():
            known[block] = known.get(block, frozenset()) | {story}
    return boilerplate_keys(known)
