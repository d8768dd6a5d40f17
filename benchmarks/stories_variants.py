"""Syndicated variants of an article: what outlets make of a wire report."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeAlias

OUTLETS = ("Evening Leases", "Harbour Post", "The Morning Wire", "Nordkurier Online", "El Faro", "Valley Times")
BOILERPLATE = (
    "Sign up for the {outlet} newsletter and never miss a story. We will never share your address with anyone.",
    "Read more about this in the {outlet} app, which is free for all subscribers on every device you own.",
    "This article first appeared in the {outlet}. All rights reserved. It may not be republished or rewritten.",
    "Follow {outlet} on social media for the latest news from your region and around the world, day and night.",
    "The {outlet} is a member of the press council and follows its code. Complaints can be sent to the editor.",
)
BYLINES = ("By our correspondent", "{outlet} staff and agencies", "Von unserer Redaktion", "By Maria Keller, {outlet}")
HEADLINES = ("What we know so far", "Live: the latest from the scene", "Officials react to the news", "Explained")
_SENTENCE = re.compile(r"(?<=[.!?。！？])\s+|(?<=[。！？])")


@dataclass(frozen=True, slots=True)
class Text:
    """A title and paragraphs separated by blank lines."""

    title: str
    text: str


class Pool:
    """Sentences of articles without a story, as outlets write themselves."""

    def __init__(self, texts: Iterable[str]) -> None:
        self.sentences = [s for text in texts for s in _SENTENCE.split(text) if s and len(s) > 20]

    def draw(self, rng: random.Random, characters: int) -> str:
        """Return about so many characters of them, in paragraphs of three sentences."""
        drawn: list[str] = []
        while sum(map(len, drawn)) < characters:
            drawn.append(rng.choice(self.sentences))
        return "\n\n".join(" ".join(drawn[at : at + 3]) for at in range(0, len(drawn), 3))


Variant: TypeAlias = Callable[[Text, random.Random, Pool], Text]


def cut(share: float) -> Variant:
    """Return the beginning: the given share of characters, to the end of a word."""

    def variant(source: Text, _rng: random.Random, _pool: Pool) -> Text:
        end = int(len(source.text) * share)
        space = source.text.find(" ", end, end + 40)
        return Text(source.title, source.text[: space if space > 0 else end])

    return variant


def retitled(source: Text, rng: random.Random, _pool: Pool) -> Text:
    """Replace the headline, add a byline, and the outlet's boilerplate before, between and after."""
    outlet = rng.choice(OUTLETS)
    blocks = source.text.split("\n\n")
    blocks.insert(0, rng.choice(BYLINES).format(outlet=outlet))
    for _ in range(3):
        blocks.insert(rng.randint(1, len(blocks)), rng.choice(BOILERPLATE).format(outlet=outlet))
    return Text(rng.choice(HEADLINES), "\n\n".join(blocks))


def moved(source: Text, rng: random.Random, _pool: Pool) -> Text:
    """Reorder the paragraphs."""
    blocks = source.text.split("\n\n")
    rng.shuffle(blocks)
    return Text(source.title, "\n\n".join(blocks))


def words_changed(share: float) -> Variant:
    """Replace, omit or add the given share of words (characters in scripts without spaces)."""

    def variant(source: Text, rng: random.Random, pool: Pool) -> Text:
        spaced = len(source.text.split()) > len(source.text) / 15
        units, joint = (source.text.split(" "), " ") if spaced else (list(source.text), "")
        drawn = pool.draw(rng, 2000)
        other = drawn.split() if spaced else list(drawn)
        out: list[str] = []
        for unit in units:
            if rng.random() >= share:
                out.append(unit)
                continue
            kind = rng.random()
            if kind < 0.7:
                out.append(rng.choice(other))
            elif kind < 0.85:
                out += [unit, rng.choice(other)]
        return Text(source.title, joint.join(out))

    return variant


def sentences_changed(share: float) -> Variant:
    """Replace or omit the given share of sentences."""

    def variant(source: Text, rng: random.Random, pool: Pool) -> Text:
        kept = [
            sentence if rng.random() >= share else rng.choice((rng.choice(pool.sentences), ""))
            for sentence in _SENTENCE.split(source.text)
        ]
        return Text(source.title, " ".join(kept))

    return variant


def embedded(source: Text, rng: random.Random, pool: Pool) -> Text:
    """Embed it in an article of the outlet of the same length."""
    half = len(source.text) // 2
    return Text(rng.choice(HEADLINES), f"{pool.draw(rng, half)}\n\n{source.text}\n\n{pool.draw(rng, half)}")


def brief(source: Text, _rng: random.Random, _pool: Pool) -> Text:
    """Return the first 25 words (50 characters in scripts without spaces), as news in brief."""
    spaced = len(source.text.split()) > len(source.text) / 15
    return Text(source.title, " ".join(source.text.split()[:25]) if spaced else source.text[:50])


def condensed(source: Text, _rng: random.Random, _pool: Pool) -> Text:
    """Keep every third sentence."""
    return Text(source.title, " ".join(_SENTENCE.split(source.text)[::3]))


def lead_rewritten(source: Text, rng: random.Random, pool: Pool) -> Text:
    """Keep half of it, after another first sentence, with a paragraph of the outlet at the end."""
    sentences = _SENTENCE.split(source.text)
    kept = sentences[1 : max(2, len(sentences) // 2)]
    return Text(rng.choice(HEADLINES), " ".join([pool.draw(rng, 100), *kept, pool.draw(rng, 300)]))


def after(*steps: Variant) -> Variant:
    """Combine changes."""

    def variant(source: Text, rng: random.Random, pool: Pool) -> Text:
        for step in steps:
            source = step(source, rng, pool)
        return source

    return variant


VARIANTS: dict[str, Variant] = {
    "same": cut(1.0),
    "boilerplate": retitled,
    "cut-50": cut(0.5),
    "cut-30": cut(0.3),
    "cut-50-boilerplate": after(cut(0.5), retitled),
    "cut-30-boilerplate": after(cut(0.3), retitled),
    "moved": moved,
    "words-10": words_changed(0.1),
    "words-20": words_changed(0.2),
    "words-30": words_changed(0.3),
    "sentences-10": sentences_changed(0.1),
    "sentences-30": sentences_changed(0.3),
    "embedded": embedded,
    "moved-words-10": after(moved, words_changed(0.1), retitled),
    "brief": brief,
    "condensed": condensed,
    "lead-rewritten": lead_rewritten,
}
