"""Generated articles for when the written ones are used up: sentences drawn from a grammar, all different.

grammar.toml holds words, kinds of story with pools of sentences for each paragraph, and asides that fit everywhere.
In a sentence `{town}` stands for a word drawn once per article, `{town2}` for another one, `{10..90}` for a number.
Every fifth article is the same text as the one before, printed by another outlet under another headline.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import replace
from functools import cache, lru_cache
from importlib.resources import files
from random import Random
from typing import Any

from crawler.demo.outlets import OUTLETS
from crawler.demo.story import Story

SLOT = re.compile(r"\{([a-z]+)(\d*)\}|\{(\d+)\.\.(\d+)\}")
LAYOUTS = ("semantic", "soup", "twin")  # of the three outlets
COPY_EVERY = 5
FIRST = 1001  # the number at the end of the first generated slug
FINAL_NUMBER = re.compile(r"[0-9]{4,11}")


@cache
def _grammar() -> dict[str, Any]:
    return tomllib.loads((files("crawler.demo") / "grammar.toml").read_text(encoding="utf-8"))


def number_in(slug: str) -> int | None:
    """Return the number of the generated article with this slug; None if the slug cannot be one."""
    tail = slug.rpartition("-")[2]
    if not FINAL_NUMBER.fullmatch(tail) or int(tail) < FIRST:
        return None
    return int(tail) - FIRST


@lru_cache(maxsize=1024)
def generated(number: int) -> Story:
    """Return the generated article with this number, which is always the same."""
    if number % COPY_EVERY == COPY_EVERY - 1:
        return _copy(generated(number - 1), number)
    rng = Random(number)  # noqa: S311 - a newspaper, not a secret
    kind = rng.choice(_grammar()["kind"])
    words: dict[str, str] = {}
    title = _fill(rng.choice(kind["title"]), rng, words)
    opening, *pools = kind["body"]
    left_out = rng.randrange(len(pools))
    pools = [rng.sample(pool, 2) for n, pool in enumerate(pools) if n != left_out]
    asides = rng.sample(_grammar()["asides"], 6)
    paragraphs = [[rng.choice(opening)], *pools[:2], asides[:3], *pools[2:-1], asides[3:], pools[-1]]
    outlet = number % 3
    return Story(
        slug=_slug(title, number),
        outlet=outlet,
        layout=LAYOUTS[outlet],
        title=title,
        lead=_fill(rng.choice(kind["lead"]), rng, words),
        blocks=tuple(" ".join(_fill(each, rng, words) for each in sentences) for sentences in paragraphs),
        section=_section(kind["section"], outlet),
        authors=(_fill("{reporter}", rng, words),),
        tags=tuple(kind["tags"]),
        caption=_fill(rng.choice(kind["caption"]), rng, words),
    )


def _copy(first: Story, number: int) -> Story:
    """Return a wire story in another outlet, with its own headline and byline and without the last paragraph."""
    title = first.lead.rstrip(".")
    outlet = (first.outlet + 1) % 3
    return replace(
        first,
        slug=_slug(title, number),
        outlet=outlet,
        layout=LAYOUTS[outlet],
        title=title,
        blocks=first.blocks[:-1],
        section=_section(first.section, outlet),
        authors=("Seaboard Press",),
        wire=True,
    )


def _section(name: str, outlet: int) -> str:
    sections = OUTLETS[outlet].sections
    return name if name in sections else sections[0]


def _slug(title: str, number: int) -> str:
    words = re.findall(r"[a-z0-9]+", title.lower())
    return "-".join([*words[:9], str(number + FIRST)])


def _fill(sentence: str, rng: Random, words: dict[str, str]) -> str:
    """Fill the slots of a sentence; `words` has the words that were drawn for this article."""

    def draw(match: re.Match[str]) -> str:
        name, which, low, high = match.groups()
        if low:
            return str(rng.randint(int(low), int(high)))
        if name + which not in words:
            taken = set(words.values())
            free = [word for word in _grammar()["words"][name] if word not in taken]
            words[name + which] = rng.choice(free)
        return words[name + which]

    filled = SLOT.sub(draw, sentence)
    return filled[:1].upper() + filled[1:]
