"""Generated articles never end, and differ as real ones do."""

from __future__ import annotations

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from crawler.demo.generate import COPY_EVERY, SLOT, generated, number_in
from crawler.demo.outlets import OUTLETS
from crawler.demo.story import Story

numbers = st.integers(0, 10_000_000)


def shingles(story: Story) -> set[tuple[str, ...]]:
    words = " ".join(story.blocks).lower().split()
    return set(zip(words, words[1:], words[2:], strict=False))


@given(numbers)
def test_every_number_gives_one_complete_article(number: int):
    story = generated(number)
    assert story == generated(number)
    assert number_in(story.slug) == number
    assert 130 <= len(" ".join(story.blocks).split()) <= 300
    everything = [story.title, story.lead, story.caption, *story.authors, *story.blocks]
    assert all(everything)
    assert not any(SLOT.search(text) or "{" in text for text in everything)
    assert story.section in OUTLETS[story.outlet].sections
    assert story.title[0].isupper() or story.title[0].isdigit()


def test_different_articles_have_different_texts():
    stories = [generated(n) for n in range(150) if n % COPY_EVERY != COPY_EVERY - 1]
    sets = [shingles(story) for story in stories]
    shared = [len(a & b) / min(len(a), len(b)) for a, b in combinations(sets, 2)]
    assert max(shared) < 0.45
    assert sum(share >= 0.3 for share in shared) < 0.005 * len(shared)
    assert len({story.title for story in stories}) > 0.97 * len(stories)


@given(st.integers(0, 1_000_000))
def test_every_fifth_is_a_copy_in_another_outlet(n: int):
    copy = generated(n * COPY_EVERY + COPY_EVERY - 1)
    first = generated(n * COPY_EVERY + COPY_EVERY - 2)
    assert copy.outlet != first.outlet
    assert copy.title != first.title
    assert copy.blocks == first.blocks[:-1]
    assert copy.wire
