"""How well copies of a report are found, the cost in Redis, and the growth of both.

    python benchmarks/stories_measure.py [ARTICLES] [--stories 400] [--scale 10000 100000]

ARTICLES: a file of JSON lines {title, text} or a folder of .txt files, each text different from all others; without it
texts are made up. Every fifth article is only a source of sentences for the variants; of the others `--stories` get
the variants of stories_variants.py, the rest are unique. Then come reports of one template (stories_templates.py).
"""

from __future__ import annotations

import argparse
import asyncio
import json
import platform
import random
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from redis.asyncio import Redis
from stories_templates import TEMPLATES, reports
from stories_variants import VARIANTS, Pool, Text

from crawler.dedupe.sketch import Sketch, sketch
from crawler.state import EmbeddedServer, State

_OF_TEMPLATES = ("same", "boilerplate", "cut-50", "moved", "words-10", "sentences-10")
NOW = datetime(2026, 11, 23, tzinfo=UTC)


def read(path: Path | None) -> list[Text]:
    if path is None:
        return made_up(600)
    if path.is_dir():
        return [Text(file.stem, file.read_text("utf-8")) for file in sorted(path.glob("*.txt"))]
    rows = [json.loads(line) for line in path.open(encoding="utf-8")]
    return [Text(row.get("title") or "", row["text"]) for row in rows]


def made_up(count: int) -> list[Text]:
    """Texts of made-up words, a few of them frequent and most of them rare, as in a language."""
    rng = random.Random(1)
    syllables = [first + second for first in "bdfgklmnprstvz" for second in "aeiou"]
    words = ["".join(rng.choices(syllables, k=rng.randint(1, 4))) for _ in range(8000)]
    weights = [1 / (rank + 5) for rank in range(len(words))]

    def sentence() -> str:
        return " ".join(rng.choices(words, weights, k=rng.randint(8, 24))).capitalize() + "."

    def paragraph() -> str:
        return " ".join(sentence() for _ in range(rng.randint(1, 4)))

    return [Text(sentence(), "\n\n".join(paragraph() for _ in range(rng.randint(4, 18)))) for _ in range(count)]


class Bench:
    """A separate state, and the number of texts in it."""

    def __init__(self, state: State, redis: Redis) -> None:
        self.state, self.redis, self.count = state, redis, 0

    async def empty(self) -> None:
        """Start again with an empty state."""
        await self.redis.execute_command("FLUSHALL", "SYNC")
        await self.redis.config_resetstat()

    async def place(self, text: Text) -> str:
        """Return the key of a text's story."""
        self.count += 1
        found = sketch(text.title, text.text, f"site-{self.count % 50}.example")
        return (await self.state.stories.place(found, f"{self.count:016x}", NOW)).key

    async def bytes_used(self) -> int:
        """Return the memory of Redis."""
        return int((await self.redis.info("memory"))["used_memory"])

    async def server_us(self) -> float:
        """Return the microseconds per call inside Redis."""
        return float((await self.redis.info("commandstats"))["cmdstat_evalsha"]["usec_per_call"])


async def one_by_one(bench: Bench, originals: list[Text], copies: list[tuple[int, str, Text]]) -> None:
    await bench.empty()
    empty = await bench.bytes_used()
    homes = [await bench.place(text) for text in originals]
    used = await bench.bytes_used() - empty
    merged = len(homes) - len(set(homes))
    print(f"originals: {len(homes)}, {merged} taken for a copy of another one; {used / len(homes):.0f} bytes each")
    good, total, wrong, split = Counter[str](), Counter[str](), 0, set[int]()
    for number, kind, text in copies:
        key = await bench.place(text)
        total[kind] += 1
        good[kind] += key == homes[number]
        if key != homes[number]:
            split.add(number)
        wrong += key != homes[number] and key in homes
    found = sum(good.values())
    print(f"copies: {len(copies)}; {wrong} wrong")
    whole = 1 - len(split) / len({number for number, _, _ in copies})
    print(
        f"  recall {found / len(copies):.4f}, precision {found / (found + wrong):.4f}; {whole:.3f} of the stories whole"
    )
    print("recall by variant: " + ", ".join(f"{kind} {good[kind] / total[kind]:.3f}" for kind in VARIANTS))


async def streamed(
    bench: Bench, originals: list[Text], copies: list[tuple[int, str, Text]], rng: random.Random
) -> None:
    await bench.empty()
    empty = await bench.bytes_used()
    stream = [(number, text) for number, text in enumerate(originals)] + [(n, text) for n, _, text in copies]
    rng.shuffle(stream)
    homes: dict[int, Counter[str]] = defaultdict(Counter)
    for number, text in stream:
        homes[number][await bench.place(text)] += 1
    syndicated = {number for number, _, _ in copies}
    used = (await bench.bytes_used() - empty) / len(stream)
    one = sum(len(keys) == 1 for keys in homes.values()) / len(homes)
    of_many = sum(len(homes[number]) == 1 for number in syndicated) / len(syndicated)
    alerts = sum(len(homes[number]) for number in syndicated) / len(syndicated)
    print(f"stream of {len(stream)} documents of {len(originals)} stories in random order:")
    print(f"  exactly one alert: {one:.3f} of all stories, {of_many:.3f} of those with {len(VARIANTS)} copies")
    print(f"  {alerts:.2f} alerts for a story with {len(VARIANTS)} copies; {used:.0f} bytes a document")
    print(f"  pairs: recall {pairs(homes.values()) / pairs_of_stories(homes):.4f}, precision {purity(homes):.4f}")


def pairs(groups: Iterable[Counter[str]]) -> int:
    return sum(count * (count - 1) // 2 for group in groups for count in group.values())


def pairs_of_stories(homes: dict[int, Counter[str]]) -> int:
    return sum(n * (n - 1) // 2 for group in homes.values() for n in [group.total()])


def purity(homes: dict[int, Counter[str]]) -> float:
    together: Counter[str] = Counter()
    for group in homes.values():
        together.update(group)
    return pairs(homes.values()) / max(1, pairs([together]))


async def templates(bench: Bench, count: int, rng: random.Random) -> None:
    """Measure reports of one template, and copies of the first of them."""
    for language, kinds in TEMPLATES.items():
        pool = Pool(text.text for text in made_up(5))
        for kind in kinds:
            await bench.empty()
            made = reports(language, kind, count, rng)
            homes = [await bench.place(text) for text in made]
            merged = pairs([Counter(homes)]) / (count * (count - 1) / 2)
            found = [
                await bench.place(VARIANTS[name](text, rng, pool)) == home
                for text, home in zip(made[:12], homes, strict=False)
                for name in _OF_TEMPLATES
            ]
            print(
                f"  {language} {kind}: {merged:.3f} of the pairs merged, {sum(found) / len(found):.2f} of copies found"
            )


async def scaled(bench: Bench, size: int, counts: list[int], rng: random.Random) -> None:
    """Store different articles with realistic numbers of hashes; then a thousand more, timed."""
    await bench.empty()
    empty = await bench.bytes_used()

    def some() -> Sketch:
        count = rng.choice(counts)
        return Sketch(tuple(rng.getrandbits(29) << 3 for _ in range(count)), count * 8, 8)

    for number in range(size):
        await bench.state.stories.place(some(), f"{number:016x}", NOW)
    used = (await bench.bytes_used() - empty) / size
    await bench.redis.config_resetstat()
    begun = time.perf_counter()
    for number in range(1000):
        await bench.state.stories.place(some(), f"{size + number:016x}", NOW)
    wall_us = (time.perf_counter() - begun) * 1000
    print(f"{size:>9,} articles in the window: {used:.0f} bytes an article, {wall_us:.0f} us a call, "
          f"{await bench.server_us():.0f} us of it in Redis")  # fmt: skip


async def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("articles", type=Path, nargs="?")
    parser.add_argument("--stories", type=int, default=400)
    parser.add_argument("--scale", type=int, nargs="*", default=[10_000, 100_000])
    chosen = parser.parse_args()
    rng = random.Random(2026)
    texts = read(chosen.articles)
    rng.shuffle(texts)
    pool = Pool(text.text for text in texts[: len(texts) // 5])
    originals = texts[len(texts) // 5 :]
    many = list(enumerate(originals[: chosen.stories]))
    copies = [(number, kind, make(text, rng, pool)) for number, text in many for kind, make in VARIANTS.items()]
    rng.shuffle(copies)
    print(f"{platform.processor() or platform.machine()}, Python {platform.python_version()}; {len(texts)} texts")
    begun = time.process_time()
    counts = [len(found.hashes) for text in originals if not (found := sketch(text.title, text.text)).exact]
    print(
        f"sketch: {(time.process_time() - begun) / len(originals) * 1e6:.0f} us; {sum(counts) / len(counts):.0f} hashes"
    )
    with tempfile.TemporaryDirectory() as folder, EmbeddedServer(Path(folder)) as server:
        state, redis = State.connect(server.url), Redis.from_url(server.url)
        bench = Bench(state, redis)
        await one_by_one(bench, originals, copies)
        await streamed(bench, originals, copies, rng)
        print("reports of one template, forty of each:")
        await templates(bench, 40, rng)
        for size in chosen.scale:
            await scaled(bench, size, counts, rng)
        await state.close()
        await redis.aclose()


if __name__ == "__main__":
    asyncio.run(main())
