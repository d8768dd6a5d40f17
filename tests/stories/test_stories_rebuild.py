"""Redis lost and rebuilt: what was seen stays seen, copies find their story, articles without one get one."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

from crawler.archive import Archive, Entry
from crawler.dedupe.content import content_key
from crawler.dedupe.sketch import sketch
from crawler.dedupe.urls import url_key
from crawler.items import Article
from crawler.pipelines.stories import story_key
from crawler.service.scheduler.revisits import rebuild
from crawler.state import State, keys

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
WORDS = [f"word{number}" for number in range(4000)]


def article(number: int, *, ago: timedelta = timedelta(0), seed: int | None = None) -> Article:
    rng = random.Random(number if seed is None else seed)
    body = " ".join(rng.choice(WORDS) for _ in range(200))
    url = f"https://outlet{number}.example/news/{number}"
    return Article(
        url, f"T{number}", body, canonical_url=url, found=NOW - ago, content_hash=f"1:{number}", word_count=200
    )


async def test_everything_is_known_again(state: State, tmp_path: Path):
    recent = [article(number) for number in range(1, 40)] + [article(100, seed=7)]
    old = article(500, ago=timedelta(days=30))
    with Archive.open(f"sqlite:///{tmp_path / 'items.db'}") as archive:
        homes = {}
        for item in [old, *recent]:
            place = await state.stories.place(sketch(item.title, item.text), story_key(item), item.found or NOW)
            homes[item.url] = place.key
            story = "" if item.url == recent[4].url else place.key
            archive.store([Entry(item, (), (), story)])
        await state.redis.flushall()
        assert await state.stories.lost()

        done = await rebuild(archive, state, NOW)
        assert (done.urls, done.articles, done.stories) == (41, 40, 39)
        assert not await state.stories.lost()
        assert await state.urls.unseen([url_key(item.url) for item in (old, *recent)], NOW) == [False] * 41
        assert await state.contents.unseen([content_key(item) for item in recent], NOW) == [False] * 40
        for item in recent:
            again = await state.stories.place(sketch(item.title, item.text), "x" * 16, NOW)
            assert again.key == homes[item.url]
        adopted = archive.stories.of_article(6)
        assert adopted is not None
        assert adopted.key == story_key(recent[4])

        size = await state.redis.hget(keys.STORIES, "fields:0")
        assert await rebuild(archive, state, NOW) == done, "a repeat gives the same"
        assert await state.redis.hget(keys.STORIES, "fields:0") == size


async def test_an_empty_archive_is_rebuilt_at_once(state: State, tmp_path: Path):
    with Archive.open(f"sqlite:///{tmp_path / 'items.db'}") as archive:
        done = await rebuild(archive, state, NOW)
    assert (done.urls, done.articles, done.stories) == (0, 0, 0)
    assert not await state.stories.lost()
