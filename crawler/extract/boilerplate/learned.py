"""Boilerplate that a site repeats: which blocks of its pages recur in different articles, and are none of their text.

Pure part; an adapter keeps the sightings. For the traits of each page it asks `sightings`, adds them to what it has
for the site, and hands the result of `boilerplate_keys` to `Hints.boilerplate`. A sighting is a pair of short keys: the
block, and the story it stood in.

What makes it safe:
- a key counts stories, not pages: two addresses with the same text (copies, print views, a site of copies) are one;
- numbers are folded, so that "12 comments" and "15 comments" are one block, but a page whose blocks are all shared
  with another story is a template or a copy, and adds nothing (`SHARED_PAGE`);
- long paragraphs count only in three stories: quoted statements recur in follow-ups, small print everywhere;
- whoever applies the keys takes nothing away when too much would go (`boilerplate.MAX_SHARE`).
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
    """A stable key of 16 hex digits for a block's folded words (numbers count as one word), "" for no words.

    Blocks of more than 40 words get keys that end in "L".
    """
    folded = words(text)
    if not folded:
        return ""
    digest = blake2b(" ".join(folded).encode(), digest_size=8).hexdigest()
    return digest + "L" if len(folded) > LONG_WORDS else digest


@dataclass(frozen=True, slots=True)
class Traits:
    """What is learned from of one page.

    `story` is one key for all copies of a story on the site, "" where there is no article. `blocks` holds the keys of
    the page's blocks, at most 120: those of the article's lines with the line, those of removed boilerplate with "".
    """

    story: str = ""
    blocks: Mapping[str, str] = field(default_factory=dict)


def traits(extraction: Extraction) -> Traits:
    """The traits of a page. Numbers are folded, so that templates that differ in one number are one story, too."""
    lines = extraction.article.text.splitlines() if extraction.article else []
    keyed = {key: line for line in lines if (key := block_key(line))}
    longest = sorted(keyed, key=lambda key: (-len(keyed[key]), keyed[key]))[:_STORY_BLOCKS]
    story = blake2b("".join(sorted(longest)).encode(), digest_size=8).hexdigest() if keyed else ""
    removed = {key: "" for block in extraction.removed if (key := block_key(block.text))}
    return Traits(story, dict(islice((keyed | removed | keyed).items(), _MAX_BLOCKS)))


def sightings(page: Traits, known: Mapping[str, frozenset[str]]) -> dict[str, str]:
    """What a page adds to what its site is known for: block key -> story key; {} for a copy of a known story.

    `known` maps block keys to the stories they were seen in.
    """
    if not page.story or not page.blocks:
        return {}
    met: dict[str, int] = {}
    for block in page.blocks:
        for other in known.get(block, frozenset()):
            met[other] = met.get(other, 0) + 1
    if any(count > SHARED_PAGE * len(page.blocks) for other, count in met.items() if other != page.story):
        return {}
    return dict.fromkeys(page.blocks, page.story)


def boilerplate_keys(known: Mapping[str, frozenset[str]]) -> frozenset[str]:
    """The blocks that recur: in two different stories, long ones in three."""
    return frozenset(
        block
        for block, stories in known.items()
        if len(stories) >= (MIN_STORIES_LONG if block.endswith("L") else MIN_STORIES)
    )


def learn(extractions: Iterable[Extraction]) -> frozenset[str]:
    """The boilerplate of a site, from some of its pages at once."""
    known: dict[str, frozenset[str]] = {}
    for extraction in extractions:
        for block, story in sightings(traits(extraction), known).items():
            known[block] = known.get(block, frozenset()) | {story}
    return boilerplate_keys(known)
