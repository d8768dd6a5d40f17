"""The speed of the matcher: python benchmarks/alerts_matcher.py [number of rules].

A made-up language of 300,000 words with Zipf-Mandelbrot frequencies, as rich as English news (330 different words of
600, where news articles have about 310); rules of five boolean shapes, each with a name (a word beyond the 1,000 most
frequent) and topics (any word but the 100 most frequent). Prints build time, memory, and the time for an article of 600
words, its analysis included. All times are CPU time of one core.
"""

from __future__ import annotations

import gc
import itertools
import random
import resource
import statistics
import sys
import time
from pathlib import Path

from crawler.items import Article
from crawler.rules import Matcher, Rule, RuleSpec, compile_rule

_WORDS = 300_000
_ARTICLES = 1_200
_ARTICLE_WORDS = 600
_FRESH = 200  # articles measured; the others come before them, as on any day


def vocabulary(rng: random.Random) -> list[str]:
    syllables = [c + v + e for c in "bcdfghklmnprstvz" for v in "aeiou" for e in ("", "n", "r", "s", "l")]
    words: dict[str, None] = {}
    while len(words) < _WORDS:
        words["".join(rng.choices(syllables, k=rng.choice((1, 2, 3, 3, 4))))] = None
    return list(words)


def articles(words: list[str], rng: random.Random) -> list[Article]:
    weights = list(itertools.accumulate((rank + 2.7) ** -1.2 for rank in range(1, len(words) + 1)))
    made = []
    for number in range(_ARTICLES):
        drawn = rng.choices(words, cum_weights=weights, k=_ARTICLE_WORDS + 10)
        sentences = [" ".join(drawn[at : at + 20]).capitalize() + "." for at in range(10, len(drawn), 20)]
        made.append(Article(url=f"https://example.org/{number}", title=" ".join(drawn[:10]), text=" ".join(sentences)))
    return made


def queries(words: list[str], rng: random.Random, count: int) -> list[str]:
    ranks = range(100, len(words))
    weights = list(itertools.accumulate(rank**-0.5 for rank in ranks))

    def name() -> str:
        return words[rng.randrange(1_000, len(words))]

    def topic() -> str:
        return words[rng.choices(ranks, cum_weights=weights)[0]]

    def stem() -> str:
        while len(found := topic()) < 5:
            pass
        return found[:-1] + "*"

    shapes = (
        lambda: f"{name()} AND {topic()}",
        lambda: f"({name()} OR {name()}) AND ({topic()} OR {topic()}) NOT {topic()}",
        lambda: f'"{name()} {name()}" OR {name()}',
        lambda: f"({topic()} OR {stem()}) NEAR/10 {name()}",
        lambda: f'{name()} AND ({stem()} OR "{topic()} {topic()}" OR {topic()})',
    )
    return [rng.choice(shapes)() for _ in range(count)]


def resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / 1e6


def measure(matcher: Matcher, made: list[Article]) -> tuple[float, float, float]:
    times, hits = [], 0
    for article in made:
        begin = time.process_time()
        hits += len(matcher.match(article))
        times.append((time.process_time() - begin) * 1e3)
    times.sort()
    return statistics.median(times), times[int(len(times) * 0.95)], hits / len(made)


def main(count: int) -> None:
    rng = random.Random(1)
    words = vocabulary(rng)
    made = articles(words, rng)
    texts = queries(words, rng, count)
    before = resident_mb()
    begin = time.process_time()
    gc.disable()  # as the service does while it builds
    rules: list[Rule] = [compile_rule(RuleSpec(f"rule-{number}", text)) for number, text in enumerate(texts)]
    compiled = time.process_time()
    matcher = Matcher(rules)
    built = time.process_time()
    gc.enable()
    gc.collect()
    gc.freeze()
    print(f"{count:,} rules: compiled in {compiled - begin:.2f} s, indexed in {built - compiled:.2f} s")
    print(f"memory: {resident_mb() - before:.0f} MB")
    measure(matcher, made[_FRESH:])  # in a running service, words recur
    median, p95, hits = measure(matcher, made[:_FRESH])
    print(f"an article of {_ARTICLE_WORDS} words: median {median:.2f} ms, p95 {p95:.2f} ms, {hits:.1f} hits")
    begin = time.process_time()
    changed = matcher.with_changes([compile_rule(RuleSpec("rule-0", "changed AND rule"))], ["rule-1"])
    print(f"one changed rule: {(time.process_time() - begin) * 1e3:.2f} ms")
    median, p95, _ = measure(changed, made[:_FRESH])
    print(f"with a delta: median {median:.2f} ms, p95 {p95:.2f} ms")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
