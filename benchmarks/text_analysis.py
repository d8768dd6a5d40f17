"""The speed of text analysis: python benchmarks/text_analysis.py. CPU time of one core, words known and unknown."""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable

from crawler.text import Analysis, content_hash, word_count
from crawler.text.analysis import _pieces

_LATIN = "abcdefghijklmnopqrstuvwxyz"
_ARABIC = "ابتثجحخدذرزسشصضطظعغفقكلمنهوي"
_DEVANAGARI = ["क", "खा", "गि", "घी", "चु", "छे", "जो", "त", "थ", "द", "न", "प"]
_CHINESE = [chr(code) for code in range(0x4E00, 0x4E00 + 3_000)]


def text(letters: str | list[str], rng: random.Random, words: int, space: str = " ") -> str:
    known = ["".join(rng.choices(letters, k=rng.randint(2, 8))) for _ in range(words // 2)]
    return space.join(rng.choices(known, k=words))


def median_ms(call: Callable[[str], object], texts: list[str], *, fresh: bool) -> float:
    times = []
    for one in texts:
        if fresh:
            _pieces.clear()
        begin = time.process_time()
        call(one)
        times.append((time.process_time() - begin) * 1e3)
    return statistics.median(times)


def main() -> None:
    rng = random.Random(1)
    scripts = {
        "Latin, 600 words": [text(_LATIN, rng, 600) for _ in range(50)],
        "Latin with accents, 600 words": [text(_LATIN + "éüñç", rng, 600) for _ in range(50)],
        "Arabic, 600 words": [text(_ARABIC, rng, 600) for _ in range(50)],
        "Hindi, 600 words": [text(_DEVANAGARI, rng, 600) for _ in range(50)],
        "Chinese, 1,200 characters": [text(_CHINESE, rng, 240, "，") for _ in range(50)],
    }
    for name, texts in scripts.items():
        for one in texts:
            Analysis(one)
        known = median_ms(Analysis, texts, fresh=False)
        hashed = median_ms(lambda one: content_hash("", one), texts, fresh=False)
        counted = median_ms(word_count, texts, fresh=False)
        unknown = median_ms(Analysis, texts, fresh=True)
        print(f"{name}: analysed {known:.2f} ms (all words new: {unknown:.2f}), hash {hashed:.2f}, count {counted:.2f}")


if __name__ == "__main__":
    main()
