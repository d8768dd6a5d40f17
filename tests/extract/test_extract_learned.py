from __future__ import annotations

from crawler.extract import Traits, boilerplate_keys, learn, sightings, traits
from crawler.extract.boilerplate.learned import MAX_SIGHTINGS, block_key
from crawler.items import Article, Extraction

SMALL_PRINT = "The Harbour Post is read in every house between Lund and the last of the islands."


def story(name: str, *more: str, count: int = 5) -> Extraction:
    lines = [
        f"Paragraph {chr(97 + n)} of the story about the {name} tells what nobody had told before it."
        for n in range(count)
    ]
    return Extraction(Article("u", name, "\n\n".join((*lines, *more))))


def test_a_block_in_two_stories_is_boilerplate():
    keys = learn([story("ferry", SMALL_PRINT), story("storm", SMALL_PRINT), story("council")])
    assert keys == {block_key(SMALL_PRINT)}


def test_copies_of_one_story_teach_nothing():
    assert learn([story("ferry", SMALL_PRINT), story("ferry", SMALL_PRINT)]) == frozenset()
    assert (
        learn([story("ferry", SMALL_PRINT), story("ferry", SMALL_PRINT, "A note of the second copy only.")])
        == frozenset()
    )


def test_a_template_with_one_changing_number_teaches_nothing():
    pages = [story(f"match number {n}") for n in range(20)]
    assert learn(pages) == frozenset()


def test_a_long_quotation_needs_three_stories():
    quotation = " ".join(["We never thought of giving her up and we never will"] * 5)
    two = [story("ferry", quotation), story("storm", quotation)]
    assert learn(two) == frozenset()
    assert learn([*two, story("council", quotation)]) == {block_key(quotation)}


def test_numbers_are_one():
    assert block_key("12 comments") == block_key("1,315 comments") != block_key("comments")
    assert block_key("...") == ""


def test_pages_without_an_article_have_no_story():
    empty = Extraction(None, "too-short")
    assert traits(empty) == Traits()
    assert sightings(traits(empty), {}) == {}


def test_a_page_tells_at_most_so_much_and_a_site_fits_its_budget():
    big = story("ferry", *(f"Line {'x' * n} of many." for n in range(400)))
    seen = sightings(traits(big), {})
    assert 0 < len(seen) <= 120
    longest = max(len(block) + len(one) for block, one in seen.items())
    assert longest * MAX_SIGHTINGS <= 68_000


def test_boilerplate_keys_count_stories():
    assert boilerplate_keys({"a": frozenset("1"), "b": frozenset("12"), "cL": frozenset("12")}) == {"b"}
