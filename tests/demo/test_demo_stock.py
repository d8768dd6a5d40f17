"""The written articles are what the newspaper promises: many, long enough, in many languages, and consistent."""

from __future__ import annotations

import pytest

from crawler.demo.layouts import LAYOUTS
from crawler.demo.outlets import OUTLETS
from crawler.demo.pages import labels
from crawler.demo.story import Story, parse, stock

STOCK = {story.slug: story for story in stock()}
each = pytest.mark.parametrize("story", stock(), ids=lambda story: story.slug)


def words(story: Story) -> float:
    """Words of the body; Chinese has none, so two characters count as one."""
    text = " ".join(story.blocks)
    return len(text) / 2 if story.language == "zh" else len(text.split())


@each
def test_every_article_is_long_enough_and_complete(story: Story):
    assert 150 <= words(story) <= 700
    assert story.title
    assert story.lead
    assert story.authors
    assert story.caption or story.captions
    assert labels(story.language)["l_read_more"]
    assert story.layout in set(LAYOUTS) - {"amp", "print"}


@each
def test_every_article_belongs_to_a_section_of_its_outlet(story: Story):
    sections = OUTLETS[story.outlet].sections
    assert story.section in sections or story.language in sections


@each
def test_every_edit_finds_what_it_replaces(story: Story):
    text = "\n".join(story.blocks)
    for edit in story.edits:
        assert edit.title or edit.replace or edit.add
        assert all(old in text and new not in text for old, new in edit.replace)


def test_the_stock_covers_what_a_newspaper_needs():
    assert len(STOCK) == len(stock()) >= 30
    assert {s.language for s in stock()} == {"en", "de", "fr", "es", "sw", "ar", "zh"}
    assert {s.layout for s in stock()} == {"semantic", "soup", "paywall", "twin", "plain", "live", "gallery"}
    assert {s.outlet for s in stock()} == {0, 1, 2}
    assert {s.gone_status for s in stock() if s.gone_after_s} == {404, 410}
    assert {edit.stealth for s in stock() for edit in s.edits} == {True, False}
    assert sum(s.age_min is None for s in stock()) >= 10


def test_all_languages_have_the_same_labels():
    assert {frozenset(labels(s.language)) for s in stock()} == {frozenset(labels("en"))}


@pytest.mark.parametrize(
    "slugs",
    [
        (
            "ferry-and-tanker-collide-off-cape-morrow",
            "night-shift-nurse-tells-of-ferry-crash-in-the-fog",
            "lady-anselm-collision-investigators-look-at-late-turn",
        ),
        (
            "fire-at-kestrel-refinery-sends-smoke-over-two-towns",
            "stay-indoors-order-as-refinery-tank-burns",
            "kestrel-point-rust-was-known-before-tank-fire",
        ),
    ],
)
def test_a_wire_story_stands_in_all_outlets_a_little_cut(slugs: tuple[str, ...]):
    first, *copies = (STOCK[slug] for slug in slugs)
    assert {story.outlet for story in (first, *copies)} == {0, 1, 2}
    assert len({story.title for story in (first, *copies)}) == 3
    for copy in copies:
        shared = [block for block in copy.blocks if block in first.blocks]
        assert len(first.blocks) - 2 == len(shared) >= len(copy.blocks) - 1


def test_the_article_that_this_began_with():
    story = STOCK["iraq-says-not-happy-with-dangerous-us-pullout-threat"]
    assert story.dated is not None
    assert story.dated.isoformat() == "2020-09-30T05:17:20+03:00"
    assert len(story.blocks) == 14
    assert story.blocks[0].startswith('Baghdad is "not happy"')
    assert story.blocks[-1].endswith("three bases across the country.")
    assert not any("Read More" in block for block in story.blocks)


def test_a_file_without_front_matter_is_refused():
    with pytest.raises(ValueError, match="not enough values"):
        parse("just text")
