"""The effect of learned boilerplate: F1 with and without it, leave-one-out over the sites with several pages.

    python benchmarks/extract_boilerplate.py FOLDER [FOLDER ...]

FOLDER holds truth.jsonl (rows with `id`, `url`, and `body` or `paragraphs`) and html/ID.html.gz, as public extraction
benchmarks are laid out. `strict` learns from the other pages of the site (host) only; `recorded` adds the page's own
sightings first, as a service records a page before it applies what is known (a block must still be in
two stories). F1 is that of 4-word shingles, averaged over pages.
"""

from __future__ import annotations

import argparse
import gzip
import json
import statistics
from collections import Counter, defaultdict
from pathlib import Path
from urllib.parse import urlsplit

from crawler.extract import Hints, examine, learn
from crawler.extract.words import words
from crawler.items import Extraction


def shingles(text: str) -> Counter[tuple[str, ...]]:
    found = words(text)
    return Counter(tuple(found[i : i + 4]) for i in range(max(1, len(found) - 3)))


def f1(truth: str, extraction: Extraction) -> float:
    ours = shingles(extraction.article.text if extraction.article else "")
    want = shingles(truth)
    hits = sum((ours & want).values())
    return 2 * hits / (sum(ours.values()) + sum(want.values()))


def load(folder: Path) -> dict[str, list[tuple[bytes, str, str]]]:
    sites: dict[str, list[tuple[bytes, str, str]]] = defaultdict(list)
    for line in (folder / "truth.jsonl").read_text("utf-8").splitlines():
        row = json.loads(line)
        truth = row.get("body") or "\n".join(row.get("paragraphs") or ())
        html = gzip.decompress((folder / "html" / f"{row['id']}.html.gz").read_bytes())
        host = (urlsplit(row["url"]).hostname or "").removeprefix("www.")
        if truth and host:
            sites[host].append((html, row["url"], truth))
    return {host: pages for host, pages in sites.items() if len(pages) > 1}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=Path)
    for folder in parser.parse_args().folders:
        scores: dict[str, list[float]] = {"without": [], "strict": [], "recorded": []}
        for pages in load(folder).values():
            plain = [examine(html, url) for html, url, _ in pages]
            for at, (html, url, truth) in enumerate(pages):
                others = [e for other, e in enumerate(plain) if other != at]
                scores["without"].append(f1(truth, plain[at]))
                for name, known in (("strict", others), ("recorded", [*others, plain[at]])):
                    scores[name].append(f1(truth, examine(html, url, Hints(boilerplate=learn(known)))))
        if scores["without"]:
            figures = "  ".join(f"{name} {statistics.mean(values):.4f}" for name, values in scores.items())
            print(f"{folder.name:12s} pages {len(scores['without'])}  F1 {figures}")


if __name__ == "__main__":
    main()
