"""The duration of `wirewatch rules test` and `rules try --batch`.

    python benchmarks/rules_backtest.py [--articles 100000]

English articles of 600 words in a SQLite archive; prints seconds for a rule that matches rarely, one that matches in
some per cent, and rows a second of a batch.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from crawler.archive import Archive, Entry
from crawler.items import Article

FREQUENT = [
    "the", "of", "to", "and", "in", "a", "said", "that", "for", "on", "was", "with", "as", "by",
    "at", "he", "his", "from", "it", "is", "were", "had", "been", "has", "have", "not",
]  # fmt: skip
RULES = ('("night train" AND harbour*) OR kestrel', "minister AND (flood* OR strike*)", "Kadhimi NEAR/10 embassy")


def article(rng: random.Random, words: list[str], number: int, found: datetime) -> Article:
    text = " ".join(rng.choice(FREQUENT) if rng.random() < 0.45 else rng.choice(words) for _ in range(600))
    text = "\n\n".join(text[at : at + 500] for at in range(0, len(text), 500)).replace("said", "said: “yes”")
    title = " ".join(rng.choices(words, k=9))
    return Article(
        url=f"https://e.x/{number}", title=title, text=text, markdown=text, source=f"s-{number % 50}", found=found,
        language="en", content_hash=f"{number:016x}",
    )  # fmt: skip


def fill(folder: Path, count: int) -> None:
    rng = random.Random(1)
    made = ["".join(rng.choices("abcdefghiklmnoprstuvwy", k=rng.randint(4, 9))) for _ in range(20_000)]
    words = made + ["night", "train", "harbour", "kestrel", "minister", "flood", "strikes", "embassy", "Kadhimi’s"] * 3
    now = datetime.now(UTC)
    with Archive.open(f"sqlite:///{folder}/var/wirewatch.db") as archive:
        for at in range(0, count, 1000):
            numbers = range(at, at + 1000)
            archive.store([Entry(article(rng, words, n, now - timedelta(days=29) * (1 - n / count))) for n in numbers])


def wirewatch(folder: Path, *args: str, text: str = "") -> str:
    command = [sys.executable, "-m", "crawler", *args]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, input=text, check=True)
    return done.stdout


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--articles", type=int, default=100_000)
    count = parser.parse_args().articles
    print(f"{count:,} articles, {len(os.sched_getaffinity(0))} cores, load {os.getloadavg()[0]:.1f}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        fill(folder, count)
        for rule in RULES:
            began = time.perf_counter()
            report = json.loads(wirewatch(folder, "rules", "test", rule, "--json"))
            took = time.perf_counter() - began
            print(f"  {took:5.1f} s in all, {report['seconds']:5.1f} s matching, {report['hits']:6,} hits: {rule}")
        rng = random.Random(2)
        rows = [
            {"id": n, "query": f"minister AND word{n % 500}", "text": " ".join(rng.choices(FREQUENT, k=100))}
            for n in range(10_000)
        ]
        text = "\n".join(map(json.dumps, rows))
        began = time.perf_counter()
        answers = wirewatch(folder, "rules", "try", "--batch", "-", text=text).splitlines()
        rate = len(answers) / (time.perf_counter() - began)
        print(f"  {rate:,.0f} rows a second in a batch (100 words each, start included)")


if __name__ == "__main__":
    main()
