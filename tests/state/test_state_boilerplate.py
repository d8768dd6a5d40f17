from __future__ import annotations

import asyncio
import random

import pytest

from crawler.extract import traits
from crawler.extract.layout import BASELINE, RECENT, Shape, layout_change
from crawler.items import Article, Extraction
from crawler.state import State, keys
from crawler.state.boilerplate import MAX_LEARNED, RING

SITE = "example.org"
SHAPE = Shape(500, (True, True, True))
WORDS = [
    "harbour",
    "council",
    "storm",
    "minister",
    "budget",
    "school",
    "ferry",
    "market",
    "price",
    "inquiry",
    "union",
    "driver",
    "hospital",
    "river",
]


def page(n: int, *extra: str, lines: int = 8) -> Extraction:
    """A page whose body nobody else has, and the lines `extra`."""
    rng = random.Random(n)
    body = [" ".join(rng.choice(WORDS) for _ in range(14)) + f" {rng.choice(WORDS)}." for _ in range(lines)]
    text = "\n\n".join((*body, *extra))
    return Extraction(Article(url=f"https://{SITE}/{n}", title=f"T{n}", text=text))


async def teach(state: State, *pages: Extraction) -> list[bool]:
    return [(await state.boilerplate.learn(SITE, traits(one), SHAPE)).boilerplate_changed for one in pages]


async def learned(state: State) -> set[str]:
    return set((await state.boilerplate.lines(SITE)).values())


async def test_a_line_that_two_articles_have_is_learned(state: State):
    assert await teach(state, page(1, "Send us your photos."), page(2, "Send us your photos.")) == [False, True]
    assert await learned(state) == {"Send us your photos."}


async def test_copies_of_one_story_teach_nothing(state: State):
    await teach(state, page(1), page(1), page(1))
    assert await learned(state) == set()


async def test_templates_with_one_changing_number_teach_nothing(state: State):
    for n in range(6):
        text = "\n\n".join(f"Flight {n} to the island leaves from gate {k} today." for k in "abcdefgh")
        await teach(state, Extraction(Article(url=f"https://{SITE}/{n}", title="T", text=text)))
    assert await learned(state) == set()


async def test_what_the_site_drops_is_forgotten(state: State):
    await teach(state, page(1, "Old box."), page(2, "Old box."))
    assert await learned(state) == {"Old box."}
    await teach(state, *(page(n) for n in range(3, 3 + RING + 1)))
    assert await learned(state) == set()


async def test_what_is_still_there_stays(state: State):
    await teach(state, *(page(n, "Box that stays.") for n in range(RING * 3)))
    assert await learned(state) == {"Box that stays."}


async def test_a_page_without_an_article_teaches_nothing(state: State):
    assert await teach(state, Extraction(None, "index-page")) == [False]


async def test_learning_starts_again_after_forgetting(state: State):
    await teach(state, page(1, "Box."), page(2, "Box."))
    await state.boilerplate.forget(SITE)
    assert await learned(state) == set()
    await teach(state, page(3, "Box."))
    assert await learned(state) == set()


@pytest.mark.slow
async def test_a_site_stays_under_64_kilobytes(state: State):
    boxes = [
        f"{word} {other} box of the site with a long line of words that goes on." for word in WORDS for other in WORDS
    ]
    for n in range(60):
        await teach(state, page(n, *random.Random(n).sample(boxes, 50), lines=60))
    assert len(await state.boilerplate.lines(SITE)) <= MAX_LEARNED
    used = sum([await state.redis.memory_usage(name) for name in await state.redis.keys("ww:boilerplate:*")])
    assert 0 < used < 64 * 1024


def shapes(*words: int, filled: tuple[bool, ...] = (True, True, True)) -> list[Shape]:
    return [Shape(count, filled) for count in words]


@pytest.mark.parametrize(
    ("recent", "told"),
    [
        (shapes(*[40] * RECENT), "500 words and now have 40"),
        (shapes(*[4000] * RECENT), "now have 4000"),
        (shapes(*[300, 700, 450, 500, 520, 610, 480, 90]), ""),
        (shapes(*[500] * RECENT, filled=(False, True, True)), "authors"),
        (shapes(*[500] * RECENT, filled=(True, False, True)), "published"),
        (shapes(*[40] * (RECENT - 1)), ""),
    ],
)
def test_a_jump_in_length_or_in_filled_fields_is_a_new_layout(recent: list[Shape], told: str):
    change = layout_change([*recent, *shapes(*[500] * BASELINE)])
    assert (told in change) if told else change == ""


def test_a_few_articles_say_nothing():
    assert layout_change(shapes(*[10] * RECENT, *[900] * (BASELINE - 1))) == ""


@pytest.mark.slow
async def test_a_new_layout_is_reported_once(state: State):
    async def see(n: int, words: int) -> str:
        return (await state.boilerplate.learn(SITE, traits(page(n)), Shape(words, (True, True, True)))).layout_change

    assert [await see(n, 500) for n in range(BASELINE)] == [""] * BASELINE
    told = [await see(n, 30) for n in range(100, 140)]
    assert len([change for change in told if change]) == 1
    assert await state.redis.ttl(keys.boilerplate(SITE, "shapes")) > 0


async def test_pages_that_come_at_once_learn_from_each_other(state: State):
    pages = [page(n, "Box of the site.") for n in range(4)]
    await asyncio.gather(*(state.boilerplate.learn(SITE, traits(one), SHAPE) for one in pages))
    assert await learned(state) == {"Box of the site."}
